/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/conversion/voice-maker.h"

#include <string.h>

#include "audio/conversion/conversion-private.h"
#include "audio/sound/clip.h"

/* Samples, and the row of the set that they begin with. */
typedef struct {
  float *samples;
  size_t n_samples;
  int first_row;
} Stretch;

struct _AudioVoiceMaker {
  AudioWhisper *whisper;
  AudioWhisperState *state;
  AudioVoiceAnalyser *analyser;
  AudioVoiceFrames *reference;
  AudioVoiceFrames *calibration;
  GArray *reference_stretches;
  GArray *calibration_stretches;
};

static void
clear_stretch (gpointer data)
{
  g_free (((Stretch *) data)->samples);
}

static GArray *
new_stretches (void)
{
  GArray *stretches = g_array_new (FALSE, FALSE, sizeof (Stretch));

  g_array_set_clear_func (stretches, clear_stretch);
  return stretches;
}

static AudioVoiceFrames *
new_set (AudioVoiceMaker *maker)
{
  return audio_voice_frames_new (0, audio_whisper_get_config (maker->whisper)->n_state, TRUE);
}

AudioVoiceMaker *
audio_voice_maker_new (AudioWhisper *whisper, AudioWhisperState *state)
{
  AudioVoiceMaker *maker = g_new0 (AudioVoiceMaker, 1);

  maker->whisper = whisper;
  maker->state = state;
  maker->analyser = audio_voice_analyser_new (whisper, state);
  maker->reference = new_set (maker);
  maker->calibration = new_set (maker);
  maker->reference_stretches = new_stretches ();
  maker->calibration_stretches = new_stretches ();
  return maker;
}

void
audio_voice_maker_free (AudioVoiceMaker *maker)
{
  if (maker == NULL)
    return;
  audio_voice_analyser_free (maker->analyser);
  audio_voice_frames_free (maker->reference);
  audio_voice_frames_free (maker->calibration);
  g_array_unref (maker->reference_stretches);
  g_array_unref (maker->calibration_stretches);
  g_free (maker);
}

/* Takes the samples. narrow: the same at 16 kHz. */
static gboolean
add (AudioVoiceMaker *maker, AudioVoiceFrames *set, GArray *stretches, const float *narrow,
     size_t n_narrow, const float *samples, size_t n_samples, GError **error)
{
  g_autoptr (AudioVoiceFrames) frames = NULL;
  Stretch stretch = { NULL, n_samples, set->n };

  if (n_narrow < AUDIO_VOICE_ROW)
    return TRUE;
  frames = audio_voice_analyser_run (maker->analyser, narrow, n_narrow, TRUE, error);
  if (frames == NULL)
    return FALSE;
  audio_voice_frames_append (set, frames, 0, frames->n);
  stretch.samples = g_memdup2 (samples, n_samples * sizeof (float));
  g_array_append_val (stretches, stretch);
  return TRUE;
}

gboolean
audio_voice_maker_add_reference (AudioVoiceMaker *maker, const float *samples, size_t n_samples,
                                 GError **error)
{
  return add (maker, maker->reference, maker->reference_stretches, samples, n_samples, samples,
              n_samples, error);
}

gboolean
audio_voice_maker_add_calibration (AudioVoiceMaker *maker, const float *samples, size_t n_samples,
                                   GError **error)
{
  size_t n;
  g_autofree float *narrow = audio_conversion_resample (samples, n_samples, &n);

  return add (maker, maker->calibration, maker->calibration_stretches, narrow, n, samples,
              n_samples, error);
}

void
audio_voice_maker_clear_calibration (AudioVoiceMaker *maker)
{
  audio_voice_frames_free (maker->calibration);
  maker->calibration = new_set (maker);
  g_array_set_size (maker->calibration_stretches, 0);
}

static double
get_seconds (const AudioVoiceFrames *frames)
{
  return (double) frames->n * AUDIO_VOICE_ROW / AUDIO_RATE_HZ;
}

double
audio_voice_maker_get_reference_seconds (const AudioVoiceMaker *maker)
{
  return get_seconds (maker->reference);
}

double
audio_voice_maker_get_calibration_seconds (const AudioVoiceMaker *maker)
{
  return get_seconds (maker->calibration);
}

/* How loud the bands are, of the speaker and of the converted calibration. */
static gboolean
measure (AudioVoiceMaker *maker, AudioConversion *conversion, AudioVoiceMoments *moments,
         GError **error)
{
  const float level_db = audio_voice_frames_get_level (maker->reference);
  g_autofree ConversionBandSums *reference = g_new0 (ConversionBandSums, 1);
  g_autofree ConversionBandSums *converted = g_new0 (ConversionBandSums, 1);

  for (guint i = 0; i < maker->reference_stretches->len; i++) {
    const Stretch *stretch = &g_array_index (maker->reference_stretches, Stretch, i);

    conversion_measure_reference (stretch->samples, stretch->n_samples, level_db, reference);
  }
  for (guint i = 0; i < maker->calibration_stretches->len; i++) {
    const Stretch *stretch = &g_array_index (maker->calibration_stretches, Stretch, i);

    if (!conversion_measure (conversion, stretch->samples, stretch->n_samples, stretch->first_row,
                             converted, error))
      return FALSE;
  }
  conversion_get_moments (reference, converted, moments);
  return TRUE;
}

GBytes *
audio_voice_maker_make (AudioVoiceMaker *maker, const AudioVoiceFacts *facts, GError **error)
{
  AudioVoiceFacts whole = *facts;
  AudioVoiceMoments moments;
  g_autoptr (GBytes) draft = NULL;
  g_autoptr (AudioConversion) conversion = NULL;
  AudioVoiceFile *file;

  whole.reference_s = audio_voice_maker_get_reference_seconds (maker);
  whole.calibration_s = audio_voice_maker_get_calibration_seconds (maker);
  if (maker->reference->n < AUDIO_VOICE_MIN_ROWS || maker->calibration->n < AUDIO_VOICE_MIN_ROWS) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_TOO_SHORT,
                 "a voice needs more than %.1f s of speech and %.1f s of calibration",
                 whole.reference_s, whole.calibration_s);
    return NULL;
  }
  draft = audio_voice_file_make (&whole, maker->reference, maker->calibration, NULL);
  file = audio_voice_file_open_bytes (draft, "a new voice", error);
  conversion =
      file != NULL ? audio_conversion_new (maker->whisper, maker->state, file, error) : NULL;
  if (conversion == NULL || !measure (maker, conversion, &moments, error))
    return NULL;
  return audio_voice_file_make (&whole, maker->reference, maker->calibration, &moments);
}
