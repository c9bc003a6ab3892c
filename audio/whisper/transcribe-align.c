/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/whisper/transcribe-align.h"

#include <math.h>
#include <string.h>

static inline void
order (float *a, float *b)
{
  const float low = *a < *b ? *a : *b;
  const float high = *a < *b ? *b : *a;

  *a = low;
  *b = high;
}

/* Thirteen exchanges leave the median of seven in the middle [Devillard 1998]. */
static inline float
median_of_seven (const float *x)
{
  float p[AUDIO_MEDIAN_WIDTH];

  memcpy (p, x, sizeof p);
  order (&p[0], &p[5]);
  order (&p[0], &p[3]);
  order (&p[1], &p[6]);
  order (&p[2], &p[4]);
  order (&p[0], &p[1]);
  order (&p[3], &p[5]);
  order (&p[2], &p[6]);
  order (&p[2], &p[3]);
  order (&p[3], &p[6]);
  order (&p[4], &p[5]);
  order (&p[1], &p[4]);
  order (&p[1], &p[3]);
  order (&p[3], &p[4]);
  return p[3];
}

void
audio_median_filter (const float *x, int n, float *y)
{
  const int half = AUDIO_MEDIAN_WIDTH / 2;

  if (n <= half) {
    memcpy (y, x, (size_t) n * sizeof *y);
    return;
  }
  for (int i = 0; i < n; i++) {
    float window[AUDIO_MEDIAN_WIDTH];

    if (i >= half && i < n - half) {
      y[i] = median_of_seven (x + i - half);
      continue;
    }
    for (int k = 0; k < AUDIO_MEDIAN_WIDTH; k++) {
      int j = ABS (i + k - half);

      if (j >= n)
        j = 2 * (n - 1) - j;
      window[k] = x[j];
    }
    y[i] = median_of_seven (window);
  }
}

static void
normalise_head (float *head, int n_tokens, int n_frames, float *mean, float *spread)
{
  memset (mean, 0, (size_t) n_frames * sizeof *mean);
  memset (spread, 0, (size_t) n_frames * sizeof *spread);
  for (int t = 0; t < n_tokens; t++)
    for (int k = 0; k < n_frames; k++)
      mean[k] += head[(size_t) t * (size_t) n_frames + (size_t) k];
  for (int k = 0; k < n_frames; k++)
    mean[k] /= (float) n_tokens;
  for (int t = 0; t < n_tokens; t++) {
    for (int k = 0; k < n_frames; k++) {
      const float d = head[(size_t) t * (size_t) n_frames + (size_t) k] - mean[k];

      spread[k] += d * d;
    }
  }
  for (int k = 0; k < n_frames; k++) {
    const float deviation = sqrtf (spread[k] / (float) n_tokens);

    spread[k] = deviation > 0.0f ? 1.0f / deviation : 0.0f;
  }
  for (int t = 0; t < n_tokens; t++) {
    float *row = head + (size_t) t * (size_t) n_frames;

    for (int k = 0; k < n_frames; k++)
      row[k] = (row[k] - mean[k]) * spread[k];
  }
}

void
audio_align_average (float *attention, int n_heads, int n_tokens, int n_frames, float *matrix)
{
  const size_t n = (size_t) n_tokens * (size_t) n_frames;
  g_autofree float *mean = g_new (float, n_frames);
  g_autofree float *spread = g_new (float, n_frames);

  memset (matrix, 0, n * sizeof *matrix);
  for (int h = 0; h < n_heads; h++) {
    float *head = attention + (size_t) h * n;

    normalise_head (head, n_tokens, n_frames, mean, spread);
    for (int t = 0; t < n_tokens; t++) {
      float *row = matrix + (size_t) t * (size_t) n_frames;

      audio_median_filter (head + (size_t) t * (size_t) n_frames, n_frames, mean);
      for (int k = 0; k < n_frames; k++)
        row[k] += mean[k] / (float) n_heads;
    }
  }
}

void
audio_align_path (const float *matrix, int n_rows, int n_frames, int *jumps)
{
  enum { DIAGONAL, DOWN, RIGHT };
  const size_t width = (size_t) n_frames + 1;
  /* sums[k]: the best path to (row, k), counted from 1; row and column 0 lie outside. */
  g_autofree double *sums = g_new (double, 2 * width);
  g_autofree guint8 *steps = g_new (guint8, (size_t) n_rows * (size_t) n_frames);
  double *above = sums;
  double *here = sums + width;
  int row = n_rows - 1;
  int frame = n_frames - 1;

  for (size_t k = 0; k < width; k++)
    above[k] = -INFINITY;
  above[0] = 0.0;
  for (int r = 0; r < n_rows; r++) {
    double *old = above;

    here[0] = -INFINITY;
    for (int k = 1; k <= n_frames; k++) {
      const size_t at = (size_t) r * (size_t) n_frames + (size_t) (k - 1);
      guint8 step = RIGHT;
      double best = here[k - 1];

      if (above[k - 1] > above[k] && above[k - 1] > here[k - 1]) {
        step = DIAGONAL;
        best = above[k - 1];
      } else if (above[k] > above[k - 1] && above[k] > here[k - 1]) {
        step = DOWN;
        best = above[k];
      }
      here[k] = best + (double) matrix[at];
      steps[at] = step;
    }
    above = here;
    here = old;
  }

  while (row >= 0 && frame >= 0) {
    const guint8 step = steps[(size_t) row * (size_t) n_frames + (size_t) frame];

    jumps[row] = frame;
    if (step != RIGHT)
      row--;
    if (step != DOWN)
      frame--;
  }
  for (; row >= 0; row--)
    jumps[row] = 0;
}
