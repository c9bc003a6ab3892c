/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the engine's process hears: listen, tokens, and the recordings of a conversation. */

#include "app/base/json-write.h"
#include "app/engine/token-view.h"
#include "app/service/job.h"

typedef struct {
  AppJob *job;
  const char *file; /* as JSON has it */
  int recording;
} Hearer;

/* (transfer full): an object with its first members. */
static JsonBuilder *
begin_heard (const Hearer *hearer)
{
  JsonBuilder *builder = json_builder_new ();

  json_builder_begin_object (builder);
  app_json_add_string (builder, "file", hearer->file);
  if (hearer->recording >= 0)
    app_json_add_int (builder, "recording", hearer->recording);
  return builder;
}

static void
tell_segment (const AudioSegment *segment, double fraction, gpointer user_data)
{
  const Hearer *hearer = user_data;
  g_autoptr (JsonBuilder) builder = begin_heard (hearer);

  json_builder_set_member_name (builder, "segment");
  json_builder_begin_object (builder);
  app_json_add_number (builder, "start", segment->start, 3);
  app_json_add_number (builder, "end", segment->end, 3);
  app_json_add_string (builder, "text", segment->text);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  app_job_tell_heard (hearer->job, builder);
}

static void
add_hearing (const AppHearing *hearing, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "hearing");
  app_hearing_build_json (hearing, APP_HEARING_WHOLE, builder);
  app_json_add_string (builder, "content", hearing->content);
}

AppHearing *
app_job_hear (AppJob *job, const AppRequestRecording *asked, int recording, GError **error)
{
  g_autofree char *file = g_filename_display_name (asked->path);
  Hearer hearer = { job, file, recording };
  AppListenOptions listen = job->request->listen;
  g_autoptr (AppHearing) hearing = NULL;

  if (asked->hearing != NULL)
    return app_hearing_ref (asked->hearing);
  /* For a talk it will be needed. */
  listen.reword = recording >= 0 || app_engine_has_chat_model (job->engine);
  hearing = app_listen (job->engine, asked->path, &listen, tell_segment, &hearer, error);
  if (hearing != NULL && recording >= 0) {
    g_autoptr (JsonBuilder) builder = begin_heard (&hearer);

    add_hearing (hearing, builder);
    json_builder_end_object (builder);
    app_job_tell_heard (job, builder);
  }
  return g_steal_pointer (&hearing);
}

gboolean
app_job_listen (AppJob *job, GError **error)
{
  const AppRequestRecording *asked = g_ptr_array_index (job->request->recordings, 0);
  g_autoptr (AppHearing) hearing = app_job_hear (job, asked, -1, error);
  g_autofree char *file = g_filename_display_name (asked->path);

  if (hearing == NULL)
    return FALSE;
  app_json_add_string (job->result, "file", file);
  add_hearing (hearing, job->result);
  json_builder_set_member_name (job->result, "timing");
  json_builder_begin_object (job->result);
  app_json_add_number (job->result, "listen_s", app_job_get_seconds (job), 3);
  json_builder_end_object (job->result);
  return TRUE;
}

gboolean
app_job_tokens (AppJob *job, GError **error)
{
  g_autoptr (AppHearing) hearing =
      app_job_hear (job, g_ptr_array_index (job->request->recordings, 0), -1, error);
  LlmVocab *vocab = hearing != NULL ? app_engine_get_vocab (job->engine, error) : NULL;

  if (vocab == NULL)
    return FALSE;
  app_token_view_build_json (vocab, hearing, job->result);
  return TRUE;
}
