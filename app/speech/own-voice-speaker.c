/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/speech/own-voice-speaker.h"

#include <string.h>

#include "app/speech/own-voice.h"

static gboolean
is_stock_voice (const AppVoiceModels *models, const char *voice)
{
  for (size_t i = 0; i < audio_voices_get_n (models->voices); i++)
    if (g_str_equal (audio_voices_get_name (models->voices, i), voice))
      return TRUE;
  return FALSE;
}

static void
set_unknown_voice (const AppVoiceModels *models, const char *voice, GError **error)
{
  g_autoptr (GString) known = g_string_new (NULL);
  g_autoptr (GPtrArray) own = app_own_voices_list (NULL);

  for (guint i = 0; own != NULL && i < own->len; i++)
    g_string_append_printf (known, "%s, ", ((const AppOwnVoice *) own->pdata[i])->name);
  for (size_t i = 0; i < audio_voices_get_n (models->voices); i++) {
    const char *name = audio_voices_get_name (models->voices, i);

    /* Of other languages there are voices, but no way yet from their letters to sounds. */
    if (strchr ("abz", name[0]) != NULL)
      g_string_append_printf (known, "%s, ", name);
  }
  g_string_truncate (known, known->len > 2 ? known->len - 2 : 0);
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "there is no voice %s; there are %s", voice,
               known->str);
}

/* A voice of the user's: the conversion stays loaded for the next text. */
static gboolean
find_own_speaker (AppVoiceModels *models, const char *voice, AppSpeaker *speaker, GError **error)
{
  g_autoptr (AppOwnVoice) own = app_own_voice_get (voice, NULL);
  g_autofree char *path = NULL;
  AudioTranscriber *transcriber;

  if (own == NULL) {
    set_unknown_voice (models, voice, error);
    return FALSE;
  }
  path = app_own_voice_find (voice, error);
  transcriber = path != NULL ? app_engine_get_transcriber (models->engine, error) : NULL;
  if (transcriber == NULL)
    return FALSE;
  if (g_strcmp0 (models->conversion_id, own->entry->id) != 0) {
    g_clear_pointer (&models->conversion, audio_conversion_free);
    g_clear_pointer (&models->conversion_id, g_free);
    models->conversion =
        audio_conversion_load (audio_transcriber_get_whisper (transcriber),
                               audio_transcriber_get_state (transcriber), path, error);
    if (models->conversion == NULL)
      return FALSE;
    models->conversion_id = g_strdup (own->entry->id);
  }
  const AudioVoiceFacts *facts = audio_conversion_get_facts (models->conversion);
  speaker->conversion = models->conversion;
  speaker->stock = facts->stock;
  speaker->manner.f0_factor = (float) facts->f0_factor;
  speaker->manner.f0_spread = (float) facts->f0_spread;
  return TRUE;
}

/* A parameter of the voice, and what is asked for on top of it; 0 stands for 1. */
static float
multiply (double own, double asked)
{
  return (float) ((own > 0 ? own : 1) * (asked > 0 ? asked : 1));
}

gboolean
app_speaker_find (AppVoiceModels *models, const char *voice, const AppSayOptions *options,
                  AppSpeaker *speaker, GError **error)
{
  *speaker = (AppSpeaker){ .stock = voice };
  if (!is_stock_voice (models, voice) && !find_own_speaker (models, voice, speaker, error))
    return FALSE;
  if (!is_stock_voice (models, speaker->stock)) {
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT,
                 "the voice %s is made from a stock voice that is not there: %s", voice,
                 speaker->stock);
    return FALSE;
  }
  if (options != NULL) {
    AudioKokoroManner *manner = &speaker->manner;

    manner->speed = (float) options->speed;
    manner->f0_factor = multiply ((double) manner->f0_factor, options->pitch);
    speaker->feeling = options->feeling;
    manner->f0_spread = multiply ((double) manner->f0_spread, options->spread);
  }
  return TRUE;
}

gboolean
app_voice_models_check_voice (AppVoiceModels *models, const char *voice, GError **error)
{
  AppSpeaker speaker;

  return app_speaker_find (models, voice, NULL, &speaker, error);
}

gboolean
app_speaker_speak (AppVoiceModels *models, const AppSpeaker *speaker, const AudioReading *reading,
                   AudioKokoroSpeech *speech, GError **error)
{
  int ids[AUDIO_KOKORO_MAX_SYMBOLS];
  float plain[AUDIO_KOKORO_STYLE], style[AUDIO_KOKORO_STYLE];
  AudioKokoroManner manner = speaker->manner;
  const int n = audio_kokoro_read_symbols (models->kokoro, reading->phonemes, ids);

  if (n != reading->n_symbols) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL, "the voice has %d of the %d symbols of %s",
                 n, reading->n_symbols, reading->phonemes);
    return FALSE;
  }
  if (!audio_voices_get_style (models->voices, speaker->stock, n, plain, error))
    return FALSE;
  memcpy (style, plain, sizeof style);
  /* The feeling must not take the voice an octave away: how high it is, the manner says. */
  if (speaker->feeling != AUDIO_FEELING_NONE)
    manner.f0_style = plain;
  if (!audio_voices_lean (models->voices, speaker->feeling, style, error)
      || !audio_kokoro_speak_as (models->kokoro, ids, n, style, &manner, speech, error))
    return FALSE;
  return speaker->conversion == NULL
         || audio_conversion_apply (speaker->conversion, speech->samples, speech->n_samples, error);
}
