/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Text to speech: sentence by sentence, so that what is done can be heard, or written, while the
 * next is made. The models are those of the store, loaded for the call.
 *
 *   g_autoptr (AppVoiceModels) models = app_voice_models_load (engine, &error);
 *   app_say (models, text, &(AppSayOptions){ .voice = "af_heart" }, on_sentence, data, &error);
 */

#pragma once

#include "app/engine/engine.h"
#include "app/speech/accent.h"
#include "audio/conversion/conversion.h"
#include "audio/kokoro/kokoro.h"
#include "audio/reading/reading.h"

G_BEGIN_DECLS

#define APP_SAY_VOICE "af_heart" /* unless another is asked for */
#define APP_SAY_VOICE_CHINESE "zf_xiaobei"

typedef struct {
  AudioKokoro *kokoro;
  AudioVoices *voices;
  AudioReader *reader;
  AppEngine *engine;           /* borrowed */
  AudioConversion *conversion; /* of the voice of the user's that spoke last, or NULL */
  char *conversion_id;
} AppVoiceModels;

/* (transfer full). The engine must outlive it. APP_ERROR_NOT_INSTALLED, and what loading gives. */
AppVoiceModels *app_voice_models_load (AppEngine *engine, GError **error);
void app_voice_models_free (AppVoiceModels *models);

/* Whether a voice of this name can speak: APP_ERROR_ARGUMENT, with the names there are. */
gboolean app_voice_models_check_voice (AppVoiceModels *models, const char *voice, GError **error);
/* (transfer full): the sounds of a text. APP_ERROR_NOT_INSTALLED, AUDIO_ERROR_LANGUAGE, _MARKUP. */
AudioReading *app_voice_models_read (AppVoiceModels *models, const char *text, GError **error);

/* APP_ACCENT_TAIWAN or _MAINLAND: for all that is spoken from now on; at first the mainland's. */
void app_voice_models_set_accent (AppVoiceModels *models, AppAccent accent);

typedef struct {
  const char *voice; /* a stock voice or one's own; NULL: app_say_choose_voice */
  double speed;      /* 0: 1; 2 is twice as fast */
  double pitch;      /* 0: 1; 2 is an octave up */
  double spread;     /* 0: 1; 2: the pitch moves twice as far */
  AudioFeeling feeling;
  size_t max_bytes;  /* of a piece; 0: as many as are spoken well */
  gboolean is_heard; /* while it is made: it begins without silence, and a long first sentence is
                        cut (app/speech/first-words.h) */
} AppSayOptions;

/* The voice for a text that none was asked for, by its language. (transfer none). */
const char *app_say_choose_voice (const char *text);

typedef struct {
  size_t begin, end;     /* bytes of the piece's text */
  double start_s, end_s; /* in the whole speech */
} AppSaidWord;

/* A piece of the text, a sentence as a rule. (transfer none). */
typedef struct {
  const char *text;
  size_t begin; /* byte of the whole text where it begins */
  gboolean ends_paragraph;
  const char *phonemes; /* "": a pause alone */
  const AppSaidWord *words;
  size_t n_words;
  const float *samples; /* AUDIO_KOKORO_RATE, mono; with the pauses after it */
  size_t n_samples;
  double start_s;  /* in the whole speech */
  double seconds;  /* that making it took */
  double fraction; /* of the text that is done with it */
} AppSaid;

/* FALSE with an error to stop. */
typedef gboolean (*AppOnSaid) (const AppSaid *said, gpointer user_data, GError **error);

/* Errors: APP_ERROR_ARGUMENT: no such voice or it may not speak, or nothing in the text that can be
 * spoken; APP_ERROR_NOT_INSTALLED: Chinese text without its pronunciations; AUDIO_ERROR_LANGUAGE
 * and _MARKUP, of audio_reader_read; APP_ERROR_CANCELLED by the engine's flag; the callback's own.
 */
gboolean app_say (AppVoiceModels *models, const char *text, const AppSayOptions *options,
                  AppOnSaid on_said, gpointer user_data, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppVoiceModels, app_voice_models_free)

G_END_DECLS
