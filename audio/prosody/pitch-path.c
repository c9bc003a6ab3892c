/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The hidden Markov model of pYIN: states are a pitch bin, voiced or unvoiced; the pitch moves at
 * most two semitones a frame, its probability falling linearly with the distance; voicing switches
 * with a probability of 0.01. Viterbi over logarithms.
 *
 * Only a few voiced states of a frame have a probability at all, those of its candidates, so the
 * work is that of the unvoiced states. How a state was reached takes one byte: a step in bins and a
 * bit that says from which half.
 */

#include "audio/prosody/pitch-private.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include <glib.h>

#define N PITCH_N_BINS
/* Bins that the pitch may move a frame, up or down. */
#define REACH 10
#define SWITCH 0.01
#define IMPOSSIBLE (-1e30f)
/* No frame is so surely voiced that silence in it is impossible. */
#define LEAST_UNVOICED 1e-6f
#define FROM_VOICED 0x80
#define STEP_MASK 0x7f

typedef struct {
  uint8_t from_voiced[N]; /* how the voiced state of a bin was reached: step + REACH, a bit */
  uint8_t from_unvoiced[N];
  float hz[N]; /* of voiced states */
} Column;

struct _PitchPath {
  float step[2 * REACH + 1]; /* log probability of a move */
  float stay, change;        /* of voicing */
  /* Log probabilities with room for moves beyond both ends. */
  float voiced[N + 2 * REACH], unvoiced[N + 2 * REACH];
  Column *columns;
  size_t n_columns, max_columns;
};

PitchPath *
pitch_path_new (size_t max_frames)
{
  PitchPath *path = g_new0 (PitchPath, 1);
  for (int d = -REACH; d <= REACH; d++) {
    double height = 1.0 - abs (d) / (REACH + 1.0);
    path->step[d + REACH] = (float) log (height / (REACH + 1.0));
  }
  path->stay = (float) log (1 - SWITCH);
  path->change = (float) log (SWITCH);
  path->columns = g_new (Column, max_frames);
  path->max_columns = max_frames;
  pitch_path_reset (path);
  return path;
}

void
pitch_path_free (PitchPath *path)
{
  if (path == NULL)
    return;
  g_free (path->columns);
  g_free (path);
}

void
pitch_path_reset (PitchPath *path)
{
  for (int i = 0; i < N + 2 * REACH; i++)
    path->voiced[i] = path->unvoiced[i] = IMPOSSIBLE;
  for (int i = 0; i < N; i++)
    path->voiced[REACH + i] = path->unvoiced[REACH + i] = 0;
  path->n_columns = 0;
}

/* The best way into a bin from one half: from is that half's row at the bin, REACH before it. */
static float
best_move (const float step[2 * REACH + 1], const float *from, uint8_t *how)
{
  float best = from[0] + step[0];
  uint8_t at = 0;
  for (int d = 1; d <= 2 * REACH; d++) {
    float value = from[d] + step[d];
    if (value > best) {
      best = value;
      at = (uint8_t) d;
    }
  }
  *how = at;
  return best;
}

static float
best_way (const PitchPath *path, int bin, bool to_voiced, uint8_t *how)
{
  uint8_t how_voiced, how_unvoiced;
  float voiced = best_move (path->step, path->voiced + bin, &how_voiced);
  float unvoiced = best_move (path->step, path->unvoiced + bin, &how_unvoiced);
  voiced += to_voiced ? path->stay : path->change;
  unvoiced += to_voiced ? path->change : path->stay;
  *how = voiced > unvoiced ? how_voiced | FROM_VOICED : how_unvoiced;
  return voiced > unvoiced ? voiced : unvoiced;
}

void
pitch_path_push (PitchPath *path, const PitchFrame *frame)
{
  g_assert (path->n_columns < path->max_columns);
  Column *column = &path->columns[path->n_columns++];
  float voiced[N], unvoiced[N], top = IMPOSSIBLE;
  float rest = MAX (1 - frame->voicing, LEAST_UNVOICED), log_rest = logf (rest / N);

  for (int i = 0; i < N; i++) {
    voiced[i] = IMPOSSIBLE;
    unvoiced[i] = best_way (path, i, false, &column->from_unvoiced[i]) + log_rest;
    top = MAX (top, unvoiced[i]);
  }
  for (int c = 0; c < frame->n_candidates; c++) {
    int bin = frame->bins[c];
    voiced[bin] = best_way (path, bin, true, &column->from_voiced[bin])
                  + logf (MAX (frame->probabilities[c], LEAST_UNVOICED / N));
    column->hz[bin] = frame->hz[c];
    top = MAX (top, voiced[bin]);
  }
  /* Relative to the best, so that sums of any length stay precise. */
  for (int i = 0; i < N; i++) {
    path->voiced[REACH + i] = MAX (voiced[i] - top, IMPOSSIBLE);
    path->unvoiced[REACH + i] = unvoiced[i] - top;
  }
}

static int
find_best (const float *values)
{
  int best = 0;
  for (int i = 1; i < N; i++)
    if (values[i] > values[best])
      best = i;
  return best;
}

void
pitch_path_take (PitchPath *path, size_t n_frames, float *hz)
{
  g_assert (n_frames <= path->n_columns);
  int voiced = find_best (path->voiced + REACH), bin = find_best (path->unvoiced + REACH);
  bool is_voiced = path->voiced[REACH + voiced] > path->unvoiced[REACH + bin];
  bin = is_voiced ? voiced : bin;
  for (size_t i = path->n_columns; i-- > 0;) {
    const Column *column = &path->columns[i];
    uint8_t how = is_voiced ? column->from_voiced[bin] : column->from_unvoiced[bin];
    if (i < n_frames)
      hz[i] = is_voiced ? column->hz[bin] : 0;
    bin += (how & STEP_MASK) - REACH;
    is_voiced = (how & FROM_VOICED) != 0;
    /* The first column was reached from anywhere. */
    bin = CLAMP (bin, 0, N - 1);
  }
  path->n_columns -= n_frames;
  memmove (path->columns, path->columns + n_frames, path->n_columns * sizeof *path->columns);
}
