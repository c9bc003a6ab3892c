/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/engine/engine.h"

#include <glib/gstdio.h>

#include "app/base/data-files.h"
#include "app/engine/audio-rows.h"
#include "app/engine/audio-vocab.h"
#include "app/models/model-store.h"
#include "app/models/room.h"

/* Longer prompts are cut to the passages that matter: at 28 KB per position of the default model
 * this is half a gigabyte of cache, and an hour of speech. */
#define MAX_POSITIONS 16384
#define POSITIONS_STEP 1024
#define SIDE_POSITIONS 2048

/* Trained by tools/train, and part of the program. */
#define HEADS "data/weights/heads.gguf"

struct _AppEngine {
  AppModelStore *store;
  NnContext *context;
  char *chat_name; /* what the user asked for, or NULL */
  char *listen_name;
  gboolean needs_chat;
  AudioTranscriber *transcriber;
  AudioVad *vad;
  AudioSpeakerEncoder *speaker_encoder;
  AudioHeads *heads;
  LlmModel *chat_model;
  LlmVocab *vocab;
  LlmSession *session;
  LlmSession *side_session;
  AppArchive *archive;
  AppOnProgress on_progress;
  gpointer progress_data;
  AppStage stage;
};

AppEngine *
app_engine_new (const AppEngineOptions *options)
{
  AppEngine *engine = g_new0 (AppEngine, 1);

  engine->context = nn_context_new (options->n_threads);
  engine->chat_name = g_strdup (options->chat_model);
  engine->listen_name = g_strdup (options->listen_model);
  engine->needs_chat = options->needs_chat;
  return engine;
}

void
app_engine_free (AppEngine *engine)
{
  if (engine == NULL)
    return;
  g_clear_pointer (&engine->session, llm_session_free);
  g_clear_pointer (&engine->side_session, llm_session_free);
  g_clear_pointer (&engine->vocab, llm_vocab_unref);
  g_clear_pointer (&engine->chat_model, llm_model_unref);
  g_clear_pointer (&engine->heads, audio_heads_free);
  g_clear_pointer (&engine->vad, audio_vad_free);
  g_clear_pointer (&engine->speaker_encoder, audio_speaker_encoder_free);
  g_clear_pointer (&engine->transcriber, audio_transcriber_free);
  g_clear_pointer (&engine->store, app_model_store_free);
  g_clear_pointer (&engine->archive, app_archive_free);
  nn_context_free (engine->context);
  g_free (engine->chat_name);
  g_free (engine->listen_name);
  g_free (engine);
}

void
app_engine_set_progress (AppEngine *engine, AppOnProgress on_progress, gpointer user_data)
{
  engine->on_progress = on_progress;
  engine->progress_data = user_data;
}

NnContext *
app_engine_get_context (AppEngine *engine)
{
  return engine->context;
}

void
app_engine_set_archive (AppEngine *engine, AppArchive *archive)
{
  g_clear_pointer (&engine->archive, app_archive_free);
  engine->archive = archive;
}

AppArchive *
app_engine_get_archive (AppEngine *engine)
{
  return engine->archive;
}

void
app_engine_cancel (AppEngine *engine)
{
  atomic_store (&engine->context->cancel, true);
}

void
app_engine_clear_cancel (AppEngine *engine)
{
  atomic_store (&engine->context->cancel, false);
}

gboolean
app_engine_is_cancelled (AppEngine *engine)
{
  return nn_context_is_cancelled (engine->context);
}

void
app_engine_report (double fraction, gpointer user_data)
{
  AppEngine *engine = user_data;

  if (engine->on_progress != NULL)
    engine->on_progress (engine->stage, fraction, engine->progress_data);
}

void
app_engine_begin_stage (AppEngine *engine, AppStage stage)
{
  engine->stage = stage;
  app_engine_report (0, engine);
}

/* (transfer full): the file of the model that is asked for, or else of the task's default. */
static char *
find_model (AppEngine *engine, AppTask task, const char *name, GError **error)
{
  if (engine->store == NULL)
    engine->store = app_model_store_new (NULL, error);
  if (engine->store == NULL)
    return NULL;
  return name != NULL ? app_model_store_get_path (engine->store, name, error)
                      : app_model_store_get_path_for_task (engine->store, task, error);
}

/* Name, size and time of change: enough to see that a file is another. */
static void
append_file (GString *out, const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  GStatBuf info;

  if (g_stat (path, &info) == 0)
    g_string_append_printf (out, "%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT ";", name,
                            (gint64) info.st_size, (gint64) info.st_mtime);
}

char *
app_engine_describe_listener (AppEngine *engine, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *whisper_path = find_model (engine, APP_TASK_LISTEN, engine->listen_name, error);
  g_autofree char *vad_path =
      whisper_path != NULL ? find_model (engine, APP_TASK_VAD, NULL, error) : NULL;
  g_autofree char *speaker_path = find_model (engine, APP_TASK_SPEAKER, NULL, NULL);
  g_autofree char *heads_path = app_data_file_find (HEADS, NULL);

  if (vad_path == NULL)
    return NULL;
  append_file (out, "/proc/self/exe");
  append_file (out, whisper_path);
  append_file (out, vad_path);
  if (speaker_path != NULL)
    append_file (out, speaker_path);
  if (heads_path != NULL)
    append_file (out, heads_path);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
add_model (AppEngine *engine, AppTask task, const char *name, GStrvBuilder *models)
{
  g_autofree char *usual = name == NULL ? app_model_store_get_default (engine->store, task) : NULL;

  if (name != NULL || usual != NULL)
    g_strv_builder_add (models, name != NULL ? name : usual);
}

/* So that whoever begins learns at once of all that is missing. */
static gboolean
require_models (AppEngine *engine, GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) models = NULL;

  if (engine->store == NULL)
    engine->store = app_model_store_new (NULL, error);
  if (engine->store == NULL)
    return FALSE;
  add_model (engine, APP_TASK_LISTEN, engine->listen_name, builder);
  add_model (engine, APP_TASK_VAD, NULL, builder);
  if (engine->needs_chat)
    add_model (engine, APP_TASK_CHAT, engine->chat_name, builder);
  models = g_strv_builder_end (builder);
  return app_model_store_require (engine->store, (const char *const *) models, error);
}

AudioTranscriber *
app_engine_get_transcriber (AppEngine *engine, GError **error)
{
  g_autofree char *whisper_path = NULL;
  g_autofree char *vad_path = NULL;

  if (engine->transcriber != NULL)
    return engine->transcriber;
  if (!require_models (engine, error))
    return NULL;
  whisper_path = find_model (engine, APP_TASK_LISTEN, engine->listen_name, error);
  vad_path = whisper_path != NULL ? find_model (engine, APP_TASK_VAD, NULL, error) : NULL;
  if (vad_path == NULL
      || !app_room_check (engine->store, whisper_path, APP_TASK_LISTEN, app_room_get_free (),
                          error))
    return NULL;
  app_engine_begin_stage (engine, APP_STAGE_LOADING_LISTENER);
  engine->transcriber = audio_transcriber_load (engine->context, whisper_path, vad_path, error);
  return engine->transcriber;
}

AudioVad *
app_engine_get_vad (AppEngine *engine, GError **error)
{
  g_autofree char *path = NULL;

  if (engine->vad != NULL)
    return engine->vad;
  path = find_model (engine, APP_TASK_VAD, NULL, error);
  if (path != NULL)
    engine->vad = audio_vad_load (path, error);
  return engine->vad;
}

AudioSpeakerEncoder *
app_engine_get_speaker_encoder (AppEngine *engine, GError **error)
{
  g_autofree char *path = NULL;

  if (engine->speaker_encoder != NULL)
    return engine->speaker_encoder;
  path = find_model (engine, APP_TASK_SPEAKER, NULL, error);
  if (path != NULL)
    engine->speaker_encoder = audio_speaker_encoder_load (engine->context, path, error);
  return engine->speaker_encoder;
}

AudioHeads *
app_engine_get_heads (AppEngine *engine, GError **error)
{
  g_autofree char *path = NULL;

  if (engine->heads != NULL)
    return engine->heads;
  path = app_data_file_find (HEADS, error);
  if (path != NULL)
    engine->heads = audio_heads_load (engine->context, path, error);
  return engine->heads;
}

gboolean
app_engine_has_chat_model (const AppEngine *engine)
{
  return engine->chat_model != NULL;
}

LlmModel *
app_engine_get_chat_model (AppEngine *engine, GError **error)
{
  g_autofree char *path = NULL;

  if (engine->chat_model != NULL)
    return engine->chat_model;
  path = find_model (engine, APP_TASK_CHAT, engine->chat_name, error);
  if (path == NULL
      || !app_room_check (engine->store, path, APP_TASK_CHAT, app_room_get_free (), error))
    return NULL;
  app_engine_begin_stage (engine, APP_STAGE_LOADING_CHAT);
  engine->chat_model = llm_model_load (engine->context, path, app_engine_report, engine, error);
  return engine->chat_model;
}

int
app_engine_get_max_positions (AppEngine *engine)
{
  return MIN (llm_model_get_config (engine->chat_model)->n_ctx_train, MAX_POSITIONS);
}

LlmSession *
app_engine_get_session (AppEngine *engine, int n_positions, GError **error)
{
  int limit;

  if (app_engine_get_chat_model (engine, error) == NULL)
    return NULL;
  if (engine->session != NULL && llm_session_get_n_ctx (engine->session) >= n_positions)
    return engine->session;
  g_clear_pointer (&engine->session, llm_session_free);
  limit = app_engine_get_max_positions (engine);
  /* Some room for the turns to come, so that the cache is seldom built anew. */
  n_positions = (n_positions / POSITIONS_STEP + 2) * POSITIONS_STEP;
  engine->session =
      llm_session_new (engine->chat_model, engine->context, MIN (n_positions, limit), error);
  return engine->session;
}

LlmSession *
app_engine_get_side_session (AppEngine *engine, GError **error)
{
  if (app_engine_get_chat_model (engine, error) == NULL)
    return NULL;
  if (engine->side_session == NULL)
    engine->side_session =
        llm_session_new (engine->chat_model, engine->context, SIDE_POSITIONS, error);
  return engine->side_session;
}

LlmVocab *
app_engine_get_vocab (AppEngine *engine, GError **error)
{
  g_autoptr (LlmVocab) vocab = NULL;

  if (engine->vocab != NULL)
    return engine->vocab;
  if (app_engine_get_chat_model (engine, error) == NULL)
    return NULL;
  vocab = llm_vocab_new (llm_model_get_tokenizer (engine->chat_model));
  if (app_audio_vocab_register (vocab, error))
    engine->vocab = g_steal_pointer (&vocab);
  return engine->vocab;
}

gboolean
app_engine_load_audio_rows (AppEngine *engine, const char *path, GError **error)
{
  LlmVocab *vocab = app_engine_get_vocab (engine, error);
  g_autofree char *found = NULL;

  if (vocab == NULL)
    return FALSE;
  if (path == NULL)
    path = found = app_audio_rows_find (engine->chat_model, error);
  return path != NULL && app_audio_rows_load (vocab, engine->chat_model, path, error);
}

gboolean
app_engine_prefill (AppEngine *engine, LlmSession *session, const LlmPrompt *prompt,
                    int *n_computed, GError **error)
{
  app_engine_begin_stage (engine, APP_STAGE_READING_PROMPT);
  return llm_session_prefill (session, prompt, app_engine_report, engine, n_computed, error);
}
