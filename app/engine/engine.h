/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The one owner of all models: loads what a request needs when it needs it, and keeps it.
 *
 * Everything here belongs to one thread. Another thread may only call app_engine_cancel(), which
 * stops a running request within a layer or a token. A model that is not installed is
 * APP_ERROR_NOT_INSTALLED, and the message says how to install it.
 *
 *   g_autoptr (AppEngine) engine = app_engine_new (&(AppEngineOptions){ .n_threads = 2 });
 *   g_autoptr (AppHearing) hearing = app_listen (engine, path, &options, NULL, NULL, &error);
 */

#pragma once

#include "app/base/app-error.h"
#include "app/engine/archive.h"
#include "app/hearing/hearing.h"
#include "audio/heads/heads.h"
#include "audio/speaker/speaker.h"
#include "audio/vad/vad.h"
#include "audio/whisper/transcribe.h"
#include "llm/session/session.h"

G_BEGIN_DECLS

/* How many wordings are followed at a time, unless it is asked otherwise: against greedy, 1.4 times
 * the time for a minute of speech, and on 20 Chinese clips a character error rate of 30.6 % in
 * place of 36.8 %. */
#define APP_BEAM_SIZE 5

/* A model is an id of the store or a path to a GGUF file; NULL: the default of its task. */
typedef struct {
  int n_threads; /* 0: as many as there are cores */
  const char *chat_model;
  const char *listen_model;
  gboolean needs_chat; /* that a model answers, too: with a listener that is missing, it is named */
} AppEngineOptions;

typedef struct _AppEngine AppEngine;

/* What is being done, for a progress line: fraction 0..1. Called from the engine's thread. */
typedef enum {
  APP_STAGE_LOADING_LISTENER,
  APP_STAGE_READING_AUDIO,
  APP_STAGE_LISTENING,
  APP_STAGE_TELLING_SPEAKERS,
  APP_STAGE_HEARING_MANNER,
  APP_STAGE_LOADING_CHAT,
  APP_STAGE_SUMMING_UP,
  APP_STAGE_READING_PROMPT,
  APP_STAGE_THINKING,
  APP_STAGE_LOADING_VOICE,
  APP_STAGE_CHOOSING_VOICE,
  APP_STAGE_MAKING_VOICE
} AppStage;

typedef void (*AppOnProgress) (AppStage stage, double fraction, gpointer user_data);

AppEngine *app_engine_new (const AppEngineOptions *options);
void app_engine_free (AppEngine *engine);
void app_engine_set_progress (AppEngine *engine, AppOnProgress on_progress, gpointer user_data);
NnContext *app_engine_get_context (AppEngine *engine);
/* archive (transfer full) (nullable): where what is heard is kept, and looked for first; without
 * one, nothing is kept. */
void app_engine_set_archive (AppEngine *engine, AppArchive *archive);
AppArchive *app_engine_get_archive (AppEngine *engine); /* (transfer none) (nullable) */
/* (transfer full): which program and which models do the listening; a Hearing made by others may be
 * another. APP_ERROR_NOT_INSTALLED. */
char *app_engine_describe_listener (AppEngine *engine, GError **error);
/* Safe from any thread and from a signal handler. The next request clears nothing: call
 * app_engine_clear_cancel() first. */
void app_engine_cancel (AppEngine *engine);
void app_engine_clear_cancel (AppEngine *engine);
gboolean app_engine_is_cancelled (AppEngine *engine);

/* (transfer none): loaded on first use. */
AudioTranscriber *app_engine_get_transcriber (AppEngine *engine, GError **error);
AudioVad *app_engine_get_vad (AppEngine *engine, GError **error);
AudioSpeakerEncoder *app_engine_get_speaker_encoder (AppEngine *engine, GError **error);
AudioHeads *app_engine_get_heads (AppEngine *engine, GError **error);
LlmModel *app_engine_get_chat_model (AppEngine *engine, GError **error);
gboolean app_engine_has_chat_model (const AppEngine *engine); /* it is loaded */
/* The most positions a session is given, once the chat model is loaded: what the model was trained
 * for, within bounds of memory. */
int app_engine_get_max_positions (AppEngine *engine);
/* A session with room for n_positions, at most app_engine_get_max_positions(); a shorter session
 * that is already there is replaced. (transfer none). */
LlmSession *app_engine_get_session (AppEngine *engine, int n_positions, GError **error);
/* A short session beside it, for questions about the question: its cache keeps what introduces
 * them, while the other keeps the conversation. (transfer none). */
LlmSession *app_engine_get_side_session (AppEngine *engine, GError **error);
/* The chat model's unified vocabulary, with the audio blocks registered. (transfer none). */
LlmVocab *app_engine_get_vocab (AppEngine *engine, GError **error);

/* Gives the vocabulary trained rows (audio-rows.h), so that LLM_READ_ROW can be read. path: NULL
 * for those that come with the program; the errors are those of audio-rows.h. */
gboolean app_engine_load_audio_rows (AppEngine *engine, const char *path, GError **error);

/* For those who carry out a request: what begins now, and the progress function to give to the
 * layers below, with the engine as its user_data. */
void app_engine_begin_stage (AppEngine *engine, AppStage stage);
void app_engine_report (double fraction, gpointer engine);

/* llm_session_prefill() with the engine's progress. */
gboolean app_engine_prefill (AppEngine *engine, LlmSession *session, const LlmPrompt *prompt,
                             int *n_computed, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppEngine, app_engine_free)

G_END_DECLS
