/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The periods of the voice: from the strongest sample of a voiced run, on to both sides, each next
 * period where the wave is most like the one before (Boersma and Weenink's cross-correlation
 * method). */

#include <math.h>

#include "audio/prosody/prosody-private.h"

/* How far from the expected distance the next period is looked for. */
#define NEAREST 0.8f
#define FARTHEST 1.25f
/* Less alike than this is no period. */
#define LEAST_LIKENESS 0.3
/* Periods and amplitudes that differ by more are not neighbours; as in Praat. */
#define MAX_PERIOD_FACTOR 1.3
#define MAX_AMPLITUDE_FACTOR 1.6
#define MIN_PERIODS 3
/* An amplitude is that of so much of a period to both sides of a pulse. */
#define AMPLITUDE_PART 0.2

/* The likeness of n samples, a multiple of 8, at two places, -1..1. */
static double
compare (const float *a, const float *b, ptrdiff_t n)
{
  /* Several sums each, so that compilers make vector code of the loop. */
  float ab[8] = { 0 }, aa[8] = { 0 }, bb[8] = { 0 };
  for (ptrdiff_t i = 0; i + 8 <= n; i += 8) {
    for (int j = 0; j < 8; j++) {
      ab[j] += a[i + j] * b[i + j];
      aa[j] += a[i + j] * a[i + j];
      bb[j] += b[i + j] * b[i + j];
    }
  }
  double x = 0, y = 0, z = 0;
  for (int j = 0; j < 8; j++) {
    x += (double) ab[j];
    y += (double) aa[j];
    z += (double) bb[j];
  }
  return y > 0 && z > 0 ? x / sqrt (y * z) : 0;
}

/* From a pulse at `at` to the next one in a direction, 1 or -1; FALSE: none. */
static gboolean
find_next (const AudioClip *clip, double at, float period, int direction, double *next)
{
  ptrdiff_t half = ((ptrdiff_t) (period / 2) + 3) / 4 * 4, n = 2 * half;
  ptrdiff_t here = (ptrdiff_t) lround (at), size = (ptrdiff_t) clip->n_samples;
  ptrdiff_t from = (ptrdiff_t) (period * NEAREST), to = (ptrdiff_t) (period * FARTHEST) + 1;
  double best = -2, before = 0, after = 0, last = 0;
  ptrdiff_t at_best = 0;
  gboolean wants_after = FALSE;
  if (here < half || here + half >= size)
    return FALSE;
  for (ptrdiff_t distance = from - 1; distance <= to; distance++) {
    ptrdiff_t there = here + direction * distance;
    if (there < half || there + half >= size)
      return FALSE;
    double likeness = compare (clip->samples + here - half, clip->samples + there - half, n);
    if (wants_after)
      after = likeness;
    wants_after = FALSE;
    if (distance >= from && distance < to && likeness > best) {
      best = likeness;
      at_best = distance;
      before = last;
      wants_after = TRUE;
    }
    last = likeness;
  }
  if (best < LEAST_LIKENESS)
    return FALSE;
  double bend = before - 2 * best + after;
  double shift = bend < 0 ? CLAMP (0.5 * (before - after) / bend, -0.5, 0.5) : 0;
  /* Rounding `at` moves the window, not the distance. */
  *next = at + direction * ((double) at_best + shift);
  return TRUE;
}

static float
measure_amplitude (const AudioClip *clip, double at, float period)
{
  double reach = AMPLITUDE_PART * (double) period, sum = 0, weights = 0;
  ptrdiff_t first = MAX ((ptrdiff_t) (at - reach), 0);
  ptrdiff_t end = MIN ((ptrdiff_t) (at + reach) + 1, (ptrdiff_t) clip->n_samples);
  for (ptrdiff_t i = first; i < end; i++) {
    double weight = 0.5 + 0.5 * cos (G_PI * CLAMP (((double) i - at) / reach, -1, 1));
    sum += weight * clip->samples[i] * clip->samples[i];
    weights += weight;
  }
  return weights > 0 ? (float) sqrt (sum / weights) : 0;
}

static float
get_hz (const AudioProsodyTrack *track, double at)
{
  return track->hz[CLAMP ((ptrdiff_t) (at / AUDIO_PITCH_HOP), 0, (ptrdiff_t) track->n_frames - 1)];
}

static double
find_start (const AudioProsodyTrack *track, const AudioClip *clip, size_t first, size_t end)
{
  double middle = 0.5 * (double) (first + end) * AUDIO_PITCH_HOP;
  float hz = get_hz (track, middle);
  double half = 0.5 * AUDIO_RATE_HZ / (double) (hz > 0 ? hz : AUDIO_PITCH_MIN_HZ);
  size_t from = (size_t) MAX (middle - half, 0);
  size_t to = (size_t) MIN (middle + half, (double) clip->n_samples), best = from;
  for (size_t i = from; i < to; i++)
    if (fabsf (clip->samples[i]) > fabsf (clip->samples[best]))
      best = i;
  return (double) best;
}

static int
compare_pulses (gconstpointer a, gconstpointer b)
{
  const AudioPulse *left = a, *right = b;
  return left->at < right->at ? -1 : left->at > right->at;
}

/* Of the voiced frames [first, end). */
static void
add_run (AudioProsodyTrack *track, const AudioClip *clip, size_t first, size_t end)
{
  double from = (double) first * AUDIO_PITCH_HOP, to = (double) end * AUDIO_PITCH_HOP;
  double start = find_start (track, clip, first, end);
  guint n_before = track->pulses->len;
  for (int direction = -1; direction <= 1; direction += 2) {
    double at = start;
    for (;;) {
      float hz = get_hz (track, CLAMP (at, from, to - 1));
      float period = AUDIO_RATE_HZ / (hz > 0 ? hz : AUDIO_PITCH_MIN_HZ);
      AudioPulse pulse = { at, measure_amplitude (clip, at, period), FALSE };
      if (direction < 0 || at > start)
        g_array_append_val (track->pulses, pulse);
      if (!find_next (clip, at, period, direction, &at) || at < from || at >= to)
        break;
    }
  }
  AudioPulse *pulses = &g_array_index (track->pulses, AudioPulse, n_before);
  qsort (pulses, track->pulses->len - n_before, sizeof *pulses, compare_pulses);
  pulses[0].is_first = TRUE;
}

void
prosody_track_pulses (AudioProsodyTrack *track, const AudioClip *clip)
{
  for (size_t first = 0; first < track->n_frames; first++) {
    size_t end = first;
    while (end < track->n_frames && track->hz[end] > 0)
      end++;
    if (end > first) {
      add_run (track, clip, first, end);
      audio_clip_release (clip, first * AUDIO_PITCH_HOP, end * AUDIO_PITCH_HOP);
    }
    first = end;
  }
}

/* The first pulse at or after a sample. */
static guint
find_pulse (const GArray *pulses, double at)
{
  guint low = 0, high = pulses->len;
  while (low < high) {
    guint middle = low + (high - low) / 2;
    if (g_array_index (pulses, AudioPulse, middle).at < at)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

void
prosody_measure_periods (const AudioProsodyTrack *track, double first, double end, float *jitter,
                         float *shimmer)
{
  const AudioPulse *pulses = (const AudioPulse *) track->pulses->data;
  guint from = find_pulse (track->pulses, first), to = find_pulse (track->pulses, end);
  double moves = 0, periods = 0, steps = 0, amplitudes = 0;
  int n_moves = 0, n_steps = 0;
  for (guint i = from + 2; i < to; i++) {
    if (pulses[i].is_first || pulses[i - 1].is_first)
      continue;
    double a = pulses[i - 1].at - pulses[i - 2].at, b = pulses[i].at - pulses[i - 1].at;
    if (MAX (a, b) > MAX_PERIOD_FACTOR * MIN (a, b))
      continue;
    moves += fabs (b - a);
    periods += 0.5 * (a + b);
    n_moves++;
    double x = pulses[i - 1].amplitude, y = pulses[i].amplitude;
    if (MIN (x, y) <= 0 || MAX (x, y) > MAX_AMPLITUDE_FACTOR * MIN (x, y))
      continue;
    steps += fabs (y - x);
    amplitudes += 0.5 * (x + y);
    n_steps++;
  }
  *jitter = n_moves >= MIN_PERIODS ? (float) (moves / periods) : NAN;
  *shimmer = n_steps >= MIN_PERIODS ? (float) (steps / amplitudes) : NAN;
}
