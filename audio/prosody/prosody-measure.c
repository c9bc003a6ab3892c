/* SPDX-License-Identifier: GPL-3.0-or-later */

/* From a track, the numbers of one stretch. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audio/prosody/prosody-private.h"
#include "audio/vad/vad.h"

#define FRAMES_PER_S 100
/* A silence from which on it is a pause. */
#define PAUSE_FRAMES 20
/* Speech is within this of the loudest frames (de Jong and Wempe 2009), unless what is between the
 * words comes nearer. */
#define RANGE_DB 25.0f
#define RANGE_PART 0.6f
/* What varies less is all speech, or none. */
#define LEAST_RANGE_DB 6.0f
/* The loudest and the quietest frames of a stretch, without its outliers. */
#define LOUD 0.99
#define QUIET 0.02
/* Nothing below is speech. */
#define LEAST_DB (-75.0f)
/* Fewer voiced frames tell no pitch. */
#define MIN_VOICED 5
/* Fewer seconds with speech tell no rate. */
#define MIN_RATE_S 0.4f
/* EBU R128: blocks of 400 ms each 100 ms; the two gates. */
#define BLOCK_FRAMES 40
#define BLOCK_STEP 10
#define ABSOLUTE_GATE (-70.0)
#define RELATIVE_GATE (-10.0)

static int
compare_floats (gconstpointer a, gconstpointer b)
{
  float left = *(const float *) a, right = *(const float *) b;
  return left < right ? -1 : left > right;
}

/* Of sorted values. */
static float
quantile (const float *sorted, size_t n, double part)
{
  double at = part * (double) (n - 1);
  size_t below = (size_t) at;
  float rest = (float) (at - (double) below);
  return below + 1 < n ? sorted[below] + rest * (sorted[below + 1] - sorted[below]) : sorted[below];
}

float
prosody_quantile (const float *values, size_t n, double part)
{
  g_autofree float *sorted = g_memdup2 (values, n * sizeof *sorted);
  qsort (sorted, n, sizeof *sorted, compare_floats);
  return quantile (sorted, n, part);
}

static float
find_threshold (const float *level_db, size_t n)
{
  float loud = prosody_quantile (level_db, n, LOUD), quiet = prosody_quantile (level_db, n, QUIET);
  float range = CLAMP (RANGE_PART * (loud - quiet), LEAST_RANGE_DB, RANGE_DB);
  return MAX (loud - range, LEAST_DB);
}

/* The first span that ends after a sample. */
static guint
find_span (const GArray *spans, size_t sample)
{
  guint low = 0, high = spans->len;
  while (low < high) {
    const guint middle = (low + high) / 2;
    if (g_array_index (spans, AudioSpan, middle).end > sample)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

/* Keeps the frames that a span covers. */
static void
keep_spans (ProsodyStretch *stretch, const GArray *spans)
{
  size_t at = stretch->first;
  for (guint i = find_span (spans, at * AUDIO_PITCH_HOP); i < spans->len && at < stretch->end;
       i++) {
    const AudioSpan *span = &g_array_index (spans, AudioSpan, i);
    size_t first = MIN (span->first / AUDIO_PITCH_HOP, stretch->end);
    size_t end =
        MIN (span->end / AUDIO_PITCH_HOP + (span->end % AUDIO_PITCH_HOP != 0), stretch->end);
    for (; at < first; at++)
      stretch->is_speech[at - stretch->first] = FALSE;
    at = MAX (at, end);
  }
  for (; at < stretch->end; at++)
    stretch->is_speech[at - stretch->first] = FALSE;
}

gboolean
prosody_stretch_init (ProsodyStretch *stretch, const AudioProsodyTrack *track, double start_s,
                      double end_s, const GArray *spans)
{
  double n_frames = (double) track->n_frames;
  memset (stretch, 0, sizeof *stretch);
  /* False if one is not a number, too. */
  if (!(start_s < end_s))
    return FALSE;
  double first = CLAMP (floor (start_s * FRAMES_PER_S + 0.5), 0, n_frames);
  double end = CLAMP (floor (end_s * FRAMES_PER_S + 0.5), 0, n_frames);
  if (first >= end)
    return FALSE;
  stretch->first = (size_t) first;
  stretch->end = (size_t) end;
  size_t n = stretch->end - stretch->first;
  const float *level_db = track->level_db + stretch->first;
  stretch->is_speech = g_malloc (n);
  stretch->threshold_db = find_threshold (level_db, n);
  for (size_t i = 0; i < n; i++)
    stretch->is_speech[i] = level_db[i] > stretch->threshold_db;
  if (spans != NULL)
    keep_spans (stretch, spans);
  const guint8 *found = memchr (stretch->is_speech, TRUE, n);
  if (found == NULL) {
    prosody_stretch_clear (stretch);
    return FALSE;
  }
  stretch->speech_first = stretch->first + (size_t) (found - stretch->is_speech);
  stretch->speech_end = stretch->end;
  while (!stretch->is_speech[stretch->speech_end - 1 - stretch->first])
    stretch->speech_end--;
  return TRUE;
}

void
prosody_stretch_clear (ProsodyStretch *stretch)
{
  g_clear_pointer (&stretch->is_speech, g_free);
}

/* Counts the pauses; what is too brief for one becomes speech. */
static void
measure_pauses (ProsodyStretch *stretch, AudioProsody *out)
{
  guint8 *is_speech = stretch->is_speech;
  size_t n_pause = 0;
  for (size_t i = stretch->speech_first; i < stretch->speech_end;) {
    size_t end = i;
    while (end < stretch->speech_end && !is_speech[end - stretch->first])
      end++;
    if (end - i >= PAUSE_FRAMES) {
      out->n_pauses++;
      n_pause += end - i;
    } else {
      memset (is_speech + (i - stretch->first), TRUE, end - i);
    }
    i = MAX (end, i + 1);
  }
  out->pause_s = (float) n_pause / FRAMES_PER_S;
  out->speech_s =
      (float) (stretch->speech_end - stretch->speech_first) / FRAMES_PER_S - out->pause_s;
}

static gboolean
is_voiced (const AudioProsodyTrack *track, const ProsodyStretch *stretch, size_t frame)
{
  return track->hz[frame] > 0 && stretch->is_speech[frame - stretch->first]
         && track->level_db[frame] > stretch->threshold_db;
}

static float
to_semitones (float hz)
{
  return 12 * log2f (hz);
}

typedef struct {
  double sum, squares;
  size_t n;
} Moments;

static void
add (Moments *moments, double value)
{
  moments->sum += value;
  moments->squares += value * value;
  moments->n++;
}

static float
get_deviation (const Moments *moments)
{
  double mean = moments->sum / (double) moments->n;
  return (float) sqrt (MAX (moments->squares / (double) moments->n - mean * mean, 0));
}

static void
measure_pitch (const AudioProsodyTrack *track, const ProsodyStretch *stretch, AudioProsody *out)
{
  size_t n = stretch->speech_end - stretch->speech_first;
  g_autofree float *hz = g_new (float, n);
  Moments pitch = { 0 }, hnr = { 0 }, moves = { 0 };
  for (size_t i = stretch->speech_first; i < stretch->speech_end; i++) {
    if (!is_voiced (track, stretch, i))
      continue;
    hz[pitch.n] = track->hz[i];
    add (&pitch, (double) to_semitones (track->hz[i]));
    if (!isnan (track->hnr_db[i]))
      add (&hnr, (double) track->hnr_db[i]);
    if (i > stretch->speech_first && is_voiced (track, stretch, i - 1))
      add (&moves, fabs ((double) (to_semitones (track->hz[i]) - to_semitones (track->hz[i - 1]))));
  }
  out->voiced = (float) pitch.n / (out->speech_s * FRAMES_PER_S);
  if (pitch.n < MIN_VOICED)
    return;
  qsort (hz, pitch.n, sizeof *hz, compare_floats);
  out->pitch_hz = quantile (hz, pitch.n, 0.5);
  out->pitch_low_hz = quantile (hz, pitch.n, 0.1);
  out->pitch_high_hz = quantile (hz, pitch.n, 0.9);
  out->pitch_sd_st = get_deviation (&pitch);
  if (hnr.n >= MIN_VOICED)
    out->hnr_db = (float) (hnr.sum / (double) hnr.n);
  if (moves.n >= MIN_VOICED)
    out->pitch_move = (float) (moves.sum / (double) moves.n * FRAMES_PER_S);
}

static void
measure_level (const AudioProsodyTrack *track, const ProsodyStretch *stretch, AudioProsody *out)
{
  Moments level = { 0 };
  double low = 0, high = 0;
  for (size_t i = stretch->speech_first; i < stretch->speech_end; i++) {
    if (!stretch->is_speech[i - stretch->first])
      continue;
    add (&level, (double) track->level_db[i]);
    low += (double) track->low[i];
    high += (double) track->high[i];
  }
  if (level.n < MIN_VOICED)
    return;
  out->level_sd_db = get_deviation (&level);
  if (low > 0 && high > 0)
    out->tilt_db = (float) CLAMP (10 * log10 (low / high), -100, 100);
}

/* The mean power of the blocks of 400 ms within [first, end) that are louder than a gate. */
static double
mean_power (const AudioProsodyTrack *track, size_t first, size_t end, double gate)
{
  double sum = 0;
  size_t n = 0;
  for (size_t i = first + BLOCK_FRAMES; i <= end; i += BLOCK_STEP) {
    double loudness = (double) track->loudness[i - 1];
    if (loudness <= gate)
      continue;
    sum += pow (10, loudness / 10);
    n++;
  }
  return n > 0 ? sum / (double) n : 0;
}

static float
measure_loudness (const AudioProsodyTrack *track, size_t first, size_t end)
{
  double power = mean_power (track, first, end, ABSOLUTE_GATE);
  if (power <= 0)
    return NAN;
  power = mean_power (track, first, end, MAX (10 * log10 (power) + RELATIVE_GATE, ABSOLUTE_GATE));
  return power > 0 ? (float) (10 * log10 (power)) : NAN;
}

void
audio_prosody_measure (const AudioProsodyTrack *track, double start_s, double end_s,
                       const GArray *spans, AudioProsody *out)
{
  ProsodyStretch stretch;
  *out = (AudioProsody){
    .pitch_hz = NAN,
    .pitch_low_hz = NAN,
    .pitch_high_hz = NAN,
    .voiced = NAN,
    .loudness_lufs = NAN,
    .rate_sps = NAN,
    .jitter = NAN,
    .shimmer = NAN,
    .hnr_db = NAN,
    .tilt_db = NAN,
    .pitch_sd_st = NAN,
    .pitch_move = NAN,
    .level_sd_db = NAN,
  };
  if (!prosody_stretch_init (&stretch, track, start_s, end_s, spans))
    return;
  out->loudness_lufs = measure_loudness (track, stretch.first, stretch.end);
  measure_pauses (&stretch, out);
  measure_pitch (track, &stretch, out);
  measure_level (track, &stretch, out);
  if (out->speech_s >= MIN_RATE_S)
    out->rate_sps = (float) prosody_count_syllables (track, &stretch) / out->speech_s;
  prosody_measure_periods (track, (double) (stretch.speech_first * AUDIO_PITCH_HOP),
                           (double) (stretch.speech_end * AUDIO_PITCH_HOP), &out->jitter,
                           &out->shimmer);
  prosody_stretch_clear (&stretch);
}
