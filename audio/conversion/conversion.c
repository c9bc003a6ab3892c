/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/conversion/conversion.h"

#include <math.h>
#include <soxr.h>
#include <string.h>

#include "audio/conversion/conversion-private.h"
#include "audio/sound/clip.h"

/* Peaks above this are brought down, the sentence as a whole. */
#define MAX_PEAK 0.98f
/* Seconds of the speaker up to which the reference is brief, and from which it is not. */
#define BRIEF_S 10.0
#define LONG_S 20.0
/* Of the difference of levels: more than it was found to be, as means of matched rows are nearer to
 * each other than the voices. */
#define LEVEL 2.0f

static gboolean
load_set (AudioConversion *conversion, const char *name, ConversionSet *set, GError **error)
{
  const NnGguf *gguf = audio_voice_file_get_gguf (conversion->file);
  g_autofree char *features = g_strconcat (name, ".features", NULL);
  g_autofree char *envelope = g_strconcat (name, ".envelope", NULL);
  g_autofree char *properties = g_strconcat (name, ".properties", NULL);
  const NnTensor *tensor = nn_gguf_find (gguf, features);
  const size_t width = CONVERSION_N_ENVELOPES;

  set->n = (int) tensor->dims[1];
  set->features = nn_linear_new (conversion->context, NULL, &tensor, 1, NULL, error);
  if (set->features == NULL)
    return FALSE;
  set->envelope = g_new (float, (size_t) set->n *width);
  nn_dequantize_row (NN_TYPE_F16, nn_gguf_find (gguf, envelope)->data, set->envelope,
                     (size_t) set->n * width);
  set->properties =
      g_memdup2 (nn_gguf_find (gguf, properties)->data, 2 * (gsize) set->n * sizeof (float));
  return TRUE;
}

static void
clear_set (ConversionSet *set)
{
  nn_linear_free (set->features);
  g_free (set->envelope);
  g_free (set->properties);
}

AudioConversion *
audio_conversion_new (AudioWhisper *whisper, AudioWhisperState *state, AudioVoiceFile *file,
                      GError **error)
{
  g_autoptr (AudioConversion) conversion = g_new0 (AudioConversion, 1);
  const NnGguf *gguf = audio_voice_file_get_gguf (file);
  const int n_state = audio_whisper_get_config (whisper)->n_state;
  const float *normalisation = nn_gguf_find (gguf, "calibration.normalisation")->data;
  double level_db;

  conversion->file = file;
  conversion->context = audio_whisper_get_context (whisper);
  conversion->n_state = n_state;
  conversion->recipe =
      (ConversionRecipe){ .strength = (float) audio_voice_file_get_facts (file)->strength,
                          .n_best = CONVERSION_N_BEST,
                          .temperature = 0.1f,
                          .n_cepstrum = 60,
                          .n_window = CONVERSION_WINDOW,
                          .bands = 1,
                          .level = LEVEL };
  conversion_prepare_filter (conversion);
  conversion->analyser = audio_voice_analyser_new (whisper, state);
  if (audio_voice_file_get_n_state (file) != n_state) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                 "%s: made with another listening model: %d features, this one has %d",
                 nn_gguf_get_path (gguf), audio_voice_file_get_n_state (file), n_state);
    return NULL;
  }
  if (!nn_gguf_get_double (gguf, "voice.calibration_level_db", &level_db, error)
      || !load_set (conversion, "reference", &conversion->reference, error)
      || !load_set (conversion, "calibration", &conversion->calibration, error))
    return NULL;
  conversion->level_db = (float) level_db;
  conversion->mean = normalisation;
  conversion->deviation = normalisation + n_state;
  const double reference_s = audio_voice_file_get_facts (file)->reference_s;
  conversion->recipe.brief = (float) CLAMP ((LONG_S - reference_s) / (LONG_S - BRIEF_S), 0.0, 1.0);
  if (conversion->recipe.brief > 0)
    conversion_pair (conversion);
  conversion->has_moments = audio_voice_file_get_moments (file, &conversion->moments);
  return g_steal_pointer (&conversion);
}

AudioConversion *
audio_conversion_load (AudioWhisper *whisper, AudioWhisperState *state, const char *path,
                       GError **error)
{
  AudioVoiceFile *file = audio_voice_file_open (path, error);

  return file != NULL ? audio_conversion_new (whisper, state, file, error) : NULL;
}

void
audio_conversion_free (AudioConversion *conversion)
{
  if (conversion == NULL)
    return;
  clear_set (&conversion->reference);
  clear_set (&conversion->calibration);
  conversion_finish_filter (conversion);
  g_clear_pointer (&conversion->analyser, audio_voice_analyser_free);
  audio_voice_file_free (conversion->file);
  g_free (conversion);
}

const AudioVoiceFacts *
audio_conversion_get_facts (const AudioConversion *conversion)
{
  return audio_voice_file_get_facts (conversion->file);
}

void
audio_conversion_set_strength (AudioConversion *conversion, double strength)
{
  conversion->recipe.strength = (float) strength;
}

float *
audio_conversion_resample (const float *samples, size_t n_samples, size_t *n)
{
  const size_t most = n_samples * 2 / 3 + 1;
  float *out = g_new (float, most);

  /* Steep: what is cut off below 8 kHz would look like a trait of the voice. */
  const soxr_quality_spec_t quality = soxr_quality_spec (SOXR_HQ | SOXR_STEEP_FILTER, 0);

  *n = 0;
  if (soxr_oneshot (AUDIO_CONVERSION_RATE, AUDIO_RATE_HZ, 1, samples, n_samples, NULL, out, most, n,
                    NULL, &quality, NULL)
      != NULL)
    *n = 0;
  return out;
}

/* What the rows of 24 kHz samples are to be filtered by. */
typedef struct {
  float *envelopes;
  float *levels;
  int n_rows;
} Matched;

static void
matched_clear (Matched *matched)
{
  g_free (matched->envelopes);
  g_free (matched->levels);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Matched, matched_clear)

static gboolean
match (AudioConversion *conversion, const float *samples, size_t n_samples, int excluded,
       Matched *matched, GError **error)
{
  size_t n = 0;
  g_autofree float *narrow = audio_conversion_resample (samples, n_samples, &n);
  g_autoptr (AudioVoiceFrames) frames = NULL;

  matched->n_rows = 1;
  if (n >= AUDIO_VOICE_ROW) {
    frames = audio_voice_analyser_run (conversion->analyser, narrow, n, FALSE, error);
    if (frames == NULL)
      return FALSE;
    matched->n_rows = frames->n;
  }
  matched->envelopes = g_new0 (float, (size_t) matched->n_rows *CONVERSION_N_ENVELOPES);
  matched->levels = g_new0 (float, matched->n_rows);
  if (frames != NULL)
    conversion_match (conversion, frames, excluded, matched->envelopes, matched->levels);
  return TRUE;
}

gboolean
audio_conversion_apply (AudioConversion *conversion, float *samples, size_t n_samples,
                        GError **error)
{
  g_auto (Matched) matched = { 0 };
  g_autofree float *out = NULL;
  float peak = 0;

  if (!match (conversion, samples, n_samples, -1, &matched, error))
    return FALSE;
  out = g_new (float, n_samples);
  conversion_filter (conversion, samples, n_samples, matched.envelopes, matched.levels,
                     matched.n_rows, out, NULL);
  for (size_t i = 0; i < n_samples; i++)
    peak = MAX (peak, fabsf (out[i]));
  const float scale = peak > MAX_PEAK ? MAX_PEAK / peak : 1;
  for (size_t i = 0; i < n_samples; i++)
    samples[i] = scale * out[i];
  return TRUE;
}

gboolean
conversion_measure (AudioConversion *conversion, const float *samples, size_t n_samples,
                    int first_row, ConversionBandSums *sums, GError **error)
{
  g_auto (Matched) matched = { 0 };

  if (!match (conversion, samples, n_samples, first_row, &matched, error))
    return FALSE;
  conversion_filter (conversion, samples, n_samples, matched.envelopes, matched.levels,
                     matched.n_rows, NULL, sums);
  return TRUE;
}
