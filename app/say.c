/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/say.h"

#include <string.h>

#include "app/model-store.h"
#include "audio/audio-error.h"

/* About 18 s of speech: memory grows with the length of a piece. */
#define MAX_PIECE_BYTES 300

static char *
find (AppModelStore *store, const char *id, GError **error)
{
  return store != NULL ? app_model_store_get_path (store, id, error) : NULL;
}

AppVoiceModels *
app_voice_models_load (AppEngine *engine, GError **error)
{
  g_autoptr (AppModelStore) store = app_model_store_new (NULL, error);
  g_autofree char *kokoro = find (store, "kokoro-82m-v1.0", error);
  g_autofree char *voices = kokoro != NULL ? find (store, "kokoro-voices", error) : NULL;
  g_autofree char *english = voices != NULL ? find (store, "english-pronunciations", error) : NULL;
  g_autoptr (AppVoiceModels) models = g_new0 (AppVoiceModels, 1);

  if (english == NULL)
    return NULL;
  app_engine_begin_stage (engine, APP_STAGE_LOADING_VOICE);
  models->voices = audio_voices_load (voices, error);
  models->english = models->voices != NULL ? audio_english_load (english, error) : NULL;
  if (models->english == NULL)
    return NULL;
  models->kokoro = audio_kokoro_load (app_engine_get_context (engine), kokoro, error);
  return models->kokoro != NULL ? g_steal_pointer (&models) : NULL;
}

void
app_voice_models_free (AppVoiceModels *models)
{
  if (models == NULL)
    return;
  g_clear_pointer (&models->kokoro, audio_kokoro_free);
  g_clear_pointer (&models->voices, audio_voices_free);
  g_clear_pointer (&models->english, audio_english_free);
  g_free (models);
}

static gboolean
check_voice (const AppVoiceModels *models, const char *voice, GError **error)
{
  g_autoptr (GString) known = g_string_new (NULL);

  for (size_t i = 0; i < audio_voices_get_n (models->voices); i++) {
    const char *name = audio_voices_get_name (models->voices, i);

    if (g_str_equal (name, voice))
      return TRUE;
    /* Of other languages there are voices, but no way yet from their letters to sounds. */
    if (name[0] == 'a' || name[0] == 'b')
      g_string_append_printf (known, "%s%s", known->len > 0 ? ", " : "", name);
  }
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "there is no voice %s; there are %s", voice,
               known->str);
  return FALSE;
}

/* One piece of at most AUDIO_KOKORO_MAX_SYMBOLS; what has none is passed over. */
static gboolean
say_piece (AppVoiceModels *models, AppSaid *said, const AppSayOptions *options, AppOnSaid on_said,
           gpointer user_data, GError **error)
{
  g_auto (AudioKokoroSpeech) speech = { 0 };
  g_autofree char *phonemes = audio_english_read (models->english, said->text);
  const float speed = options->speed > 0 ? (float) options->speed : 1.0f;
  gint64 begin = g_get_monotonic_time ();
  int ids[AUDIO_KOKORO_MAX_SYMBOLS];
  float style[AUDIO_KOKORO_STYLE];
  int n = audio_kokoro_read_symbols (models->kokoro, phonemes, ids);

  if (n == 0)
    return TRUE;
  if (!audio_voices_get_style (models->voices, options->voice, n, style, error)
      || !audio_kokoro_speak (models->kokoro, ids, n, style, speed, &speech, error))
    return FALSE;
  said->phonemes = phonemes;
  said->samples = speech.samples;
  said->n_samples = speech.n_samples;
  said->seconds = (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
  gboolean goes_on = on_said (said, user_data, error);
  said->start_s += (double) speech.n_samples / AUDIO_KOKORO_RATE;
  return goes_on;
}

gboolean
app_say (AppVoiceModels *models, const char *text, const AppSayOptions *options, AppOnSaid on_said,
         gpointer user_data, GError **error)
{
  AppSayOptions chosen = *options;
  g_auto (GStrv) pieces = audio_english_split (text, MAX_PIECE_BYTES);
  const double n_pieces = g_strv_length (pieces);
  AppSaid said = { 0 };
  GError *problem = NULL;

  if (chosen.voice == NULL)
    chosen.voice = APP_SAY_VOICE;
  if (!check_voice (models, chosen.voice, error))
    return FALSE;
  for (guint i = 0; pieces[i] != NULL; i++) {
    said.text = pieces[i];
    said.fraction = (i + 1) / n_pieces;
    if (say_piece (models, &said, &chosen, on_said, user_data, &problem))
      continue;
    if (g_error_matches (problem, AUDIO_ERROR, AUDIO_ERROR_CANCELLED)) {
      g_clear_error (&problem);
      g_set_error (error, APP_ERROR, APP_ERROR_CANCELLED, "stopped");
    } else
      g_propagate_error (error, problem);
    return FALSE;
  }
  if (said.start_s > 0)
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "there is nothing in the text to speak");
  return FALSE;
}
