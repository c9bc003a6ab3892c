/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/heads/voice-features.h"

#include "audio/sound/clip.h"
#include "audio/whisper/mel.h"

#include <math.h>
#include <string.h>

#define ROW (2 * AUDIO_MEL_HOP) /* samples of a row of the encoder: 20 ms */
#define MAX_PART (AUDIO_VOICE_PART_SECONDS * AUDIO_RATE_HZ)
#define MAX_ROWS (MAX_PART / ROW)
#define MARGIN 8           /* rows kept before and after the loud ones */
#define SILENT_POWER 1e-10 /* -100 dB: nothing is louder than that where there is no sound */
#define RANGE 1e-4         /* of power: rows up to 40 dB below the loud ones count as speech */

struct _AudioVoiceFeatures {
  AudioMel *mel;
  int n_mels;
  int n_state;
  int *blocks;
  int n_blocks;
  float *frames;   /* [2 MAX_ROWS, n_mels] */
  guint8 *is_loud; /* [MAX_ROWS] */
  double *sum;     /* [n_state] */
  double *squares; /* [n_state] */
};

/* One part on its way through the encoder. */
typedef struct {
  AudioVoiceFeatures *features;
  int n_loud;
  float weight;
  float *out;
} Part;

AudioVoiceFeatures *
audio_voice_features_new (int n_mels, int n_state, const int *blocks, int n_blocks)
{
  AudioVoiceFeatures *features = g_new0 (AudioVoiceFeatures, 1);

  g_return_val_if_fail (n_blocks > 0 && blocks[0] > 0, NULL);

  features->mel = audio_mel_new (n_mels);
  features->n_mels = n_mels;
  features->n_state = n_state;
  features->blocks = g_memdup2 (blocks, (gsize) n_blocks * sizeof *blocks);
  features->n_blocks = n_blocks;
  features->frames = g_new (float, (gsize) 2 * MAX_ROWS * (gsize) n_mels);
  features->is_loud = g_new (guint8, MAX_ROWS);
  features->sum = g_new (double, n_state);
  features->squares = g_new (double, n_state);
  return features;
}

void
audio_voice_features_free (AudioVoiceFeatures *features)
{
  if (features == NULL)
    return;
  audio_mel_free (features->mel);
  g_free (features->blocks);
  g_free (features->frames);
  g_free (features->is_loud);
  g_free (features->sum);
  g_free (features->squares);
  g_free (features);
}

int
audio_voice_features_get_width (const AudioVoiceFeatures *features)
{
  return 2 * features->n_state * features->n_blocks;
}

int
audio_voice_features_get_last_block (const AudioVoiceFeatures *features)
{
  return features->blocks[features->n_blocks - 1];
}

static double
row_power (const float *samples, size_t n_samples, size_t row)
{
  const size_t first = row * ROW;
  const size_t n = MIN ((size_t) ROW, n_samples - first);
  double sum = 0.0;

  for (size_t i = 0; i < n; i++)
    sum += (double) samples[first + i] * (double) samples[first + i];
  return sum / ROW;
}

/* The power that a row must have to count: RANGE below the mean of what is near the loudest. Two
 * passes over the samples instead of a list of all rows, as there may be any number. */
static double
least_power (const float *samples, size_t n_samples)
{
  const size_t n_rows = (n_samples + ROW - 1) / ROW;
  double highest = 0.0, sum = 0.0;
  size_t n = 0;

  for (size_t row = 0; row < n_rows; row++)
    highest = MAX (highest, row_power (samples, n_samples, row));
  for (size_t row = 0; row < n_rows; row++) {
    const double power = row_power (samples, n_samples, row);

    if (power > 0.01 * highest) {
      sum += power;
      n++;
    }
  }
  return n > 0 ? RANGE * sum / (double) n : 0.0;
}

static void
pool_block (int block, const float *states, int n_rows, gpointer user_data)
{
  Part *part = user_data;
  AudioVoiceFeatures *features = part->features;
  const int d = features->n_state;
  float *out = part->out;

  for (int i = 0; i < features->n_blocks; i++, out += 2 * d)
    if (features->blocks[i] == block + 1)
      break;
  if (out == part->out + 2 * (size_t) d * (size_t) features->n_blocks)
    return;
  memset (features->sum, 0, (gsize) d * sizeof *features->sum);
  memset (features->squares, 0, (gsize) d * sizeof *features->squares);
  for (int row = 0; row < n_rows; row++) {
    const float *x = states + (size_t) row * (size_t) d;

    for (int i = 0; features->is_loud[row] && i < d; i++) {
      features->sum[i] += (double) x[i];
      features->squares[i] += (double) x[i] * (double) x[i];
    }
  }
  for (int i = 0; i < d; i++) {
    const double mean = features->sum[i] / part->n_loud;
    const double variance = MAX (features->squares[i] / part->n_loud - mean * mean, 0.0);

    out[i] += part->weight * (float) mean;
    out[d + i] += part->weight * (float) sqrt (variance);
  }
}

static gboolean
compute_part (AudioVoiceFeatures *features, AudioWhisper *whisper, AudioWhisperState *state,
              const float *samples, size_t n_samples, double threshold, float weight, float *out,
              int *n_loud)
{
  const int n_rows = (int) ((n_samples + ROW - 1) / ROW);
  Part part = { .features = features, .weight = weight, .out = out };

  for (int row = 0; row < n_rows; row++) {
    features->is_loud[row] = row_power (samples, n_samples, (size_t) row) >= threshold;
    part.n_loud += features->is_loud[row];
  }
  if (part.n_loud == 0) {
    memset (features->is_loud, 1, (gsize) n_rows);
    part.n_loud = n_rows;
  } else {
    *n_loud += part.n_loud;
  }
  audio_mel_compute (features->mel, samples, n_samples, 2 * n_rows, features->frames);
  return audio_whisper_encode_blocks (whisper, state, features->frames, 2 * n_rows,
                                      features->blocks[features->n_blocks - 1], pool_block, &part)
         != NULL;
}

gboolean
audio_voice_features_compute (AudioVoiceFeatures *features, AudioWhisper *whisper,
                              AudioWhisperState *state, const float *samples, size_t n_samples,
                              float *out, double *speech_s)
{
  size_t first = 0, last = (n_samples + ROW - 1) / ROW;
  const double threshold = least_power (samples, n_samples);
  int n_loud = 0;

  memset (out, 0, (gsize) audio_voice_features_get_width (features) * sizeof *out);
  *speech_s = 0.0;
  if (threshold < RANGE * SILENT_POWER)
    return TRUE;
  while (row_power (samples, n_samples, first) < threshold)
    first++;
  while (row_power (samples, n_samples, last - 1) < threshold)
    last--;
  first = first > MARGIN ? (first - MARGIN) * ROW : 0;
  last = MIN ((last + MARGIN) * ROW, n_samples);

  const size_t n = last - first;
  const size_t most =
      MIN (MAX_PART, (size_t) audio_whisper_get_config (whisper)->n_audio_ctx * ROW);
  const size_t n_parts = (n + most - 1) / most;

  for (size_t i = 0; i < n_parts; i++) {
    const size_t from = first + n * i / n_parts, to = first + n * (i + 1) / n_parts;

    if (!compute_part (features, whisper, state, samples + from, to - from, threshold,
                       1.0f / (float) n_parts, out, &n_loud))
      return FALSE;
  }
  *speech_s = (double) n_loud * ROW / AUDIO_RATE_HZ;
  return TRUE;
}
