/* SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <string.h>

#include "audio/conversion/conversion-private.h"

/* Rows of the source that are compared at once: so many times a set's rows are kept. */
#define BLOCK 128
#define OTHER_VOICING 0.3f
#define PER_DB 0.01f
#define MOST_DB 20.0f
/* Rows around the same one that a calibration row is not compared with: half a second. */
#define NEAR 25
/* The part of the difference that is taken by pairs, of a brief reference. */
#define PAIRED 0.3f

void
conversion_choose (const float *const scores[3], int n, int first_excluded, int end_excluded,
                   int n_best, float temperature, ConversionBest *best)
{
  float value[CONVERSION_N_BEST];
  double sum = 0;

  best->n = 0;
  for (int r = 0; r < n; r++) {
    const float *before = scores[0], *after = scores[2];
    float score = 0.5f * scores[1][r];
    int at;

    if (r >= first_excluded && r < end_excluded)
      continue;
    /* What comes before and after counts as well, along the diagonal. */
    score += 0.25f * (before != NULL && r > 0 ? before[r - 1] : scores[1][r]);
    score += 0.25f * (after != NULL && r + 1 < n ? after[r + 1] : scores[1][r]);
    if (best->n == n_best && score <= value[n_best - 1])
      continue;
    at = best->n < n_best ? best->n++ : n_best - 1;
    for (; at > 0 && value[at - 1] < score; at--) {
      value[at] = value[at - 1];
      best->row[at] = best->row[at - 1];
    }
    value[at] = score;
    best->row[at] = r;
  }
  for (int i = 0; i < best->n; i++) {
    best->weight[i] = expf ((value[i] - value[0]) / temperature);
    sum += (double) best->weight[i];
  }
  for (int i = 0; i < best->n; i++)
    best->weight[i] = (float) (best->weight[i] / sum);
}

/* scores: [n_rows, set->n], the cosines, less what level and voicing differ. */
static void
compare (AudioConversion *conversion, const ConversionSet *set, const float *rows,
         const float *properties, int n_rows, float *scores)
{
  nn_linear_forward (set->features, conversion->context, rows, n_rows, (size_t) conversion->n_state,
                     scores, (size_t) set->n);
  for (int t = 0; t < n_rows; t++) {
    const float level = properties[2 * t], voiced = properties[2 * t + 1];
    float *row = scores + (size_t) t * (size_t) set->n;

    for (int r = 0; r < set->n; r++) {
      const float *theirs = set->properties + 2 * r;
      const float distance = MIN (fabsf (level - theirs[0]), MOST_DB);

      row[r] -= PER_DB * distance + (theirs[1] != voiced ? OTHER_VOICING : 0);
    }
  }
}

/* Adds the mean envelopes of the best rows, times sign. */
static void
add_envelopes (const ConversionSet *set, const ConversionBest *best, float sign, float *envelopes)
{
  for (int i = 0; i < best->n; i++) {
    const float *from = set->envelope + (size_t) best->row[i] * CONVERSION_N_ENVELOPES;
    const float weight = sign * best->weight[i];

    for (int j = 0; j < CONVERSION_N_ENVELOPES; j++)
      envelopes[j] += weight * from[j];
  }
}

/* In dB over the level of the set's speech. */
static float
mean_level (const ConversionSet *set, const ConversionBest *best)
{
  float sum = 0;

  for (int i = 0; i < best->n; i++)
    sum += best->weight[i] * set->properties[2 * best->row[i]];
  return sum;
}

/* Rows first .. first + n - 1 of the source in one set; one row more on either side is compared
 * where there is one. levels may be NULL. */
static void
match_block (AudioConversion *conversion, const ConversionSet *set, float sign, const float *rows,
             const float *properties, int n_rows, int first, int n, int excluded, float *scores,
             float *envelopes, float *levels)
{
  const int from = MAX (first - 1, 0), to = MIN (first + n + 1, n_rows);
  const ConversionRecipe *recipe = &conversion->recipe;

  compare (conversion, set, rows + (size_t) from * (size_t) conversion->n_state,
           properties + 2 * from, to - from, scores);
  for (int t = first; t < first + n; t++) {
    const float *here = scores + (size_t) (t - from) * (size_t) set->n;
    const float *const around[3] = { t > 0 ? here - set->n : NULL, here,
                                     t + 1 < n_rows ? here + set->n : NULL };
    const int same = excluded >= 0 ? excluded + t : -2 * NEAR;
    ConversionBest best;

    conversion_choose (around, set->n, same - NEAR, same + NEAR + 1, recipe->n_best,
                       recipe->temperature, &best);
    add_envelopes (set, &best, sign, envelopes + (size_t) t * CONVERSION_N_ENVELOPES);
    if (levels != NULL)
      levels[t] += (sign > 0 ? 1 : -1) * mean_level (set, &best);
  }
}

void
conversion_pair (AudioConversion *conversion)
{
  const ConversionSet *reference = &conversion->reference, *set = &conversion->calibration;
  const NnTensor *features =
      nn_gguf_find (audio_voice_file_get_gguf (conversion->file), "reference.features");
  const size_t n_features = (size_t) reference->n * (size_t) conversion->n_state;
  g_autofree float *rows = g_new (float, n_features);
  g_autofree float *scores = g_new (float, (BLOCK + 2) * (size_t) set->n);

  nn_dequantize_row (NN_TYPE_Q8_0, features->data, rows, n_features);
  for (int first = 0; first < reference->n; first += BLOCK)
    match_block (conversion, set, -PAIRED * conversion->recipe.brief, rows, reference->properties,
                 reference->n, first, MIN (BLOCK, reference->n - first), -1, scores,
                 reference->envelope, NULL);
}

void
conversion_match (AudioConversion *conversion, const AudioVoiceFrames *source, int excluded,
                  float *envelopes, float *levels)
{
  const size_t d = (size_t) conversion->n_state;
  const ConversionSet *reference = &conversion->reference;
  const ConversionSet *calibration = &conversion->calibration;
  const size_t widest = (size_t) MAX (reference->n, calibration->n);
  const float paired = PAIRED * conversion->recipe.brief;
  g_autofree float *rows = g_new (float, (size_t) source->n *d);
  g_autofree float *properties = g_new (float, 2 * source->n);
  g_autofree float *scores = g_new (float, (BLOCK + 2) * widest);

  for (int t = 0; t < source->n; t++) {
    audio_voice_frames_normalise (source->features + (size_t) t * d, conversion->mean,
                                  conversion->deviation, (int) d, rows + (size_t) t * d);
    properties[2 * t] = source->level_db[t] - conversion->level_db;
    properties[2 * t + 1] = source->voiced[t];
  }
  memset (envelopes, 0, (size_t) source->n * CONVERSION_N_ENVELOPES * sizeof (float));
  memset (levels, 0, (size_t) source->n * sizeof (float));
  for (int first = 0; first < source->n; first += BLOCK) {
    const int n = MIN (BLOCK, source->n - first);

    match_block (conversion, reference, 1, rows, properties, source->n, first, n, -1, scores,
                 envelopes, levels);
    match_block (conversion, calibration, paired - 1, rows, properties, source->n, first, n,
                 excluded, scores, envelopes, levels);
  }
}
