/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Answers of the engine's process: chat and ask.
 *
 * Each request has the whole conversation. What is kept is the conversation of the request before:
 * as far as the new one begins like it, its recordings are not listened to again and its indices
 * are not made again, and the session's cache does the same for what the model has read. */

#include <glib/gstdio.h>
#include <string.h>

#include "app/answer/ask.h"
#include "app/base/json-write.h"
#include "app/service/job-kept.h"

typedef struct {
  AppJob *job;
  double listen_s;
  double first_token_s; /* 0: there was none yet */
} Talk;

AppJobKept *
app_job_kept_new (void)
{
  AppJobKept *kept = g_new0 (AppJobKept, 1);

  kept->keys = g_ptr_array_new_with_free_func (g_free);
  return kept;
}

static void
forget (AppJobKept *kept)
{
  g_clear_pointer (&kept->conversation, app_conversation_free);
  g_clear_pointer (&kept->system, g_free);
  g_ptr_array_set_size (kept->keys, 0);
}

void
app_job_kept_free (AppJobKept *kept)
{
  if (kept == NULL)
    return;
  forget (kept);
  g_ptr_array_unref (kept->keys);
  g_clear_pointer (&kept->voice, app_voice_models_free);
  g_free (kept);
}

/* What tells a recording from another, without reading it: of a Hearing that was sent its words,
 * which may have been corrected; of a file its size and time of change. */
static void
add_recording_key (GString *key, const AppRequestRecording *recording)
{
  GStatBuf info = { 0 };

  g_string_append_printf (key, "\n%s", recording->path);
  if (recording->hearing == NULL) {
    if (g_stat (recording->path, &info) == 0)
      g_string_append_printf (key, " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT ".%ld",
                              (gint64) info.st_size, (gint64) info.st_mtim.tv_sec,
                              info.st_mtim.tv_nsec);
    return;
  }
  for (guint i = 0; i < recording->hearing->segments->len; i++) {
    const AppHearingSegment *segment = app_hearing_get (recording->hearing, i);
    const AppHearingSpeaker *speaker = app_hearing_get_speaker (recording->hearing, segment);

    g_string_append_printf (key, "\n%.3f %s: %s", segment->start,
                            speaker != NULL ? speaker->name : "", segment->text);
  }
}

/* (transfer full): equal for turns that are. */
static char *
make_key (const AppRequest *request, const AppRequestTurn *turn)
{
  g_autoptr (GString) key = g_string_new (turn->is_user ? "user" : "assistant");
  const AppListenOptions *listen = &request->listen;

  g_string_append_printf (key, " %s", turn->text);
  for (guint i = 0; i < turn->recordings->len; i++) {
    add_recording_key (key, g_ptr_array_index (turn->recordings, i));
    g_string_append_printf (key, " %s %d %d %d", request->language != NULL ? request->language : "",
                            listen->n_speakers, listen->no_speakers, listen->no_attributes);
  }
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, key->str, (gssize) key->len);
}

/* How many of the first turns are those that are kept; the others are taken back. Where that
 * cannot be, or where turns were forgotten for lack of room, all begins anew. */
static guint
keep_beginning (AppJobKept *kept, const AppRequest *request, const GPtrArray *keys)
{
  guint n = 0;

  while (n < kept->keys->len && n < keys->len && g_str_equal (kept->keys->pdata[n], keys->pdata[n]))
    n++;
  if (kept->conversation != NULL && g_strcmp0 (kept->system, request->system) == 0 && n > 0
      && app_conversation_get_n_turns (kept->conversation) == kept->keys->len
      && n + 1 >= kept->keys->len) {
    if (n < kept->keys->len)
      app_conversation_drop_last (kept->conversation);
    g_ptr_array_set_size (kept->keys, (gint) n);
    return n;
  }
  forget (kept);
  kept->system = g_strdup (request->system);
  kept->conversation = app_conversation_new (request->system);
  return 0;
}

static gboolean
add_user_turn (Talk *talk, const AppRequestTurn *turn, int first_recording, GError **error)
{
  g_autoptr (GPtrArray) hearings =
      g_ptr_array_new_with_free_func ((GDestroyNotify) app_hearing_unref);
  double start_s = app_job_get_seconds (talk->job);

  for (guint i = 0; i < turn->recordings->len; i++) {
    AppHearing *hearing = app_job_hear (talk->job, g_ptr_array_index (turn->recordings, i),
                                        first_recording + (int) i, error);

    if (hearing == NULL)
      return FALSE;
    g_ptr_array_add (hearings, hearing);
  }
  talk->listen_s += app_job_get_seconds (talk->job) - start_s;
  app_conversation_add_user (talk->job->kept->conversation, (AppHearing **) hearings->pdata,
                             hearings->len, turn->text);
  return TRUE;
}

/* Brings what is kept to the conversation that is asked for. */
static gboolean
bring_up (Talk *talk, GError **error)
{
  AppJobKept *kept = talk->job->kept;
  const AppRequest *request = talk->job->request;
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  guint n_kept;
  int n_recordings = 0;

  for (guint i = 0; i < request->turns->len; i++)
    g_ptr_array_add (keys, make_key (request, g_ptr_array_index (request->turns, i)));
  n_kept = keep_beginning (kept, request, keys);
  for (guint i = 0; i < request->turns->len; i++) {
    const AppRequestTurn *turn = g_ptr_array_index (request->turns, i);

    if (i >= n_kept) {
      if (!turn->is_user)
        app_conversation_add_assistant (kept->conversation, turn->text);
      else if (!add_user_turn (talk, turn, n_recordings, error))
        return FALSE;
      g_ptr_array_add (kept->keys, g_strdup (keys->pdata[i]));
    }
    n_recordings += (int) turn->recordings->len;
  }
  return TRUE;
}

static gboolean
tell_thought (const char *text, int n_tokens, gpointer user_data)
{
  Talk *talk = user_data;

  app_job_tell_thought (talk->job, text, n_tokens);
  return TRUE;
}

static gboolean
tell_text (const char *text, int n_tokens, gpointer user_data)
{
  Talk *talk = user_data;

  if (talk->first_token_s <= 0)
    talk->first_token_s = app_job_get_seconds (talk->job);
  app_job_tell_token (talk->job, text, n_tokens);
  return TRUE;
}

static const char *
get_stop_name (LlmStop stop)
{
  static const char *const names[] = {
    [LLM_STOP_END] = "end",
    [LLM_STOP_MAX_TOKENS] = "max-tokens",
    [LLM_STOP_CONTEXT] = "context",
    [LLM_STOP_CANCELLED] = "cancelled",
    [LLM_STOP_REPETITION] = "repetition",
  };

  return names[stop];
}

static double
rate (int n, double seconds)
{
  return seconds > 0 ? n / seconds : 0;
}

/* Lines are referred to by their recording, since two of them may have the same name. */
static void
add_evidence (const AppAnswer *answer, const AppConversation *conversation, JsonBuilder *builder)
{
  g_autoptr (GPtrArray) hearings = app_conversation_get_hearings (conversation);

  json_builder_set_member_name (builder, "evidence");
  json_builder_begin_array (builder);
  for (guint i = 0; i < answer->evidence->len; i++) {
    AppHearing *hearing;
    const AppHearingSegment *line = app_conversation_get_line (
        conversation, g_array_index (answer->evidence, guint, i), &hearing);
    const AppHearingSpeaker *speaker = app_hearing_get_speaker (hearing, line);
    guint recording = 0;

    g_ptr_array_find (hearings, hearing, &recording);
    json_builder_begin_object (builder);
    app_json_add_int (builder, "recording", recording);
    app_json_add_string (builder, "file", hearing->title);
    app_json_add_number (builder, "start", line->start, 3);
    app_json_add_number (builder, "end", line->end, 3);
    app_json_add_string (builder, "text", line->text);
    app_json_add_string (builder, "speaker", speaker != NULL ? speaker->name : NULL);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
add_timing (const Talk *talk, const AppAnswer *answer, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "timing");
  json_builder_begin_object (builder);
  app_json_add_number (builder, "listen_s", talk->listen_s, 3);
  app_json_add_number (builder, "load_s", answer->load_s, 3);
  app_json_add_number (builder, "prompt_s", answer->prompt_s, 3);
  app_json_add_number (builder, "generate_s", answer->generate_s, 3);
  app_json_add_number (builder, "first_token_s", talk->first_token_s, 3);
  app_json_add_int (builder, "prompt_tokens", answer->n_prompt_tokens);
  app_json_add_int (builder, "computed_tokens", answer->n_computed_tokens);
  app_json_add_int (builder, "generated_tokens", answer->n_generated_tokens);
  app_json_add_number (builder, "prompt_tokens_per_s",
                       rate (answer->n_computed_tokens, answer->prompt_s), 1);
  app_json_add_number (builder, "generated_tokens_per_s",
                       rate (answer->n_generated_tokens, answer->generate_s), 1);
  json_builder_end_object (builder);
}

static void
add_answer (const Talk *talk, const AppAnswer *answer, JsonBuilder *builder)
{
  AppEngine *engine = talk->job->engine;

  app_json_add_string (builder, "answer", answer->text);
  if (answer->thought != NULL)
    app_json_add_string (builder, "thought", answer->thought);
  app_json_add_string (builder, "stop", get_stop_name (answer->stop));
  add_evidence (answer, talk->job->kept->conversation, builder);
  add_timing (talk, answer, builder);
  json_builder_set_member_name (builder, "context");
  json_builder_begin_object (builder);
  app_json_add_int (builder, "used", answer->n_prompt_tokens + answer->n_generated_tokens);
  app_json_add_int (builder, "size", app_engine_get_max_positions (engine));
  json_builder_end_object (builder);
  app_json_add_string (builder, "model",
                       llm_model_get_name (app_engine_get_chat_model (engine, NULL)));
}

/* What app_ask() has added, so that the next question finds it. */
static void
remember_answer (AppJob *job, const char *text)
{
  AppRequestTurn turn = { .text = (char *) text };
  g_autoptr (GPtrArray) none = g_ptr_array_new ();

  turn.recordings = none;
  g_ptr_array_add (job->kept->keys, make_key (job->request, &turn));
}

gboolean
app_job_talk (AppJob *job, GError **error)
{
  const AppRequest *request = job->request;
  AppAskOptions options = { .sampling = request->sampling,
                            .max_tokens = request->max_tokens,
                            .thinking_tokens = request->thinking,
                            .on_thought = tell_thought,
                            .no_evidence = request->no_evidence,
                            .schema = request->schema };
  Talk talk = { .job = job };
  g_autoptr (AppAnswer) answer = NULL;

  if (bring_up (&talk, error))
    answer = app_ask (job->engine, job->kept->conversation, &options, tell_text, &talk, error);
  if (answer == NULL) {
    /* How far it came is not known here. */
    forget (job->kept);
    return FALSE;
  }
  remember_answer (job, answer->text);
  add_answer (&talk, answer, job->result);
  return TRUE;
}
