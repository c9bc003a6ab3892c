/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Finding the mark: band levels, their changes from slot to slot, folded by the period, compared
 * with the pattern at all offsets and speeds. */

#include <fftw3.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "audio/base/fft.h"
#include "audio/sound/mark-private.h"

#define FRAME_S 0.025
#define STEP_S 0.005
#define SLOT_STEPS 4 /* MARK_SLOT_S in steps */
#define PAIR_STEPS (2 * SLOT_STEPS)
#define PERIOD_STEPS (PAIR_STEPS * MARK_N_PAIRS)

/* The sound is searched in windows that overlap by half; where the mark begins and ends is then
 * looked for in longer ones. */
#define WINDOW_STEPS 1000
#define HOP_STEPS 500
#define MAX_STEPS (WINDOW_STEPS + HOP_STEPS)
#define MIN_STEPS 200 /* less says nothing */

#define N_SPEEDS 9
#define SPEED_STEP 0.0025

/* A level this far below the band's mean says nothing more. */
#define FLOOR_DB 35.0
#define NOISE_QUANTILE 0.1
#define NOISE_TIMES 8.0
/* Of a change, what the changes of the bands beside it let expect. */
#define SHARED 0.97f
/* Changes beyond this are speech that begins or ends, not the mark. */
#define LARGE_DB 2.5f

#define FALSE_ALARM 1e-6
/* In a window beside one where the mark was found, at the same alignment. */
#define BESIDE_SCORE 4.0
#define BESIDE_STEPS 2

typedef struct {
  double score;
  double offset; /* where a period begins, in steps from the sound's begin */
  double speed;
  int payload;
} Match;

typedef struct {
  const float *samples;
  size_t n_samples;
  size_t n_all; /* steps in the sound */
  double rate_hz;
  int size; /* of a frame */
  int first_bin[MARK_N_BANDS], end_bin[MARK_N_BANDS];
  float *window;
  fftwf_complex *in, *out;
  fftwf_plan plan;
  MarkPattern patterns[AUDIO_MARK_N_PAYLOADS];
  /* Of the window at hand. */
  size_t first, n_steps;
  float levels[MAX_STEPS][MARK_N_BANDS];
  double sums[MAX_STEPS + 1][MARK_N_BANDS];
  float changes[MAX_STEPS][MARK_N_BANDS]; /* between the slots of a pair that begins here */
  size_t n_changes;
  /* Of the whole sound, at speed 1. */
  double whole[PERIOD_STEPS][MARK_N_BANDS];
} Search;

static void
search_init (Search *search, const float *samples, size_t n, int rate_hz)
{
  search->samples = samples;
  search->n_samples = n;
  search->rate_hz = rate_hz;
  search->n_all = (size_t) ((double) n / (STEP_S * rate_hz));
  search->size = (int) lround (FRAME_S * rate_hz);
  search->window = g_new (float, search->size);
  for (int i = 0; i < search->size; i++)
    search->window[i] = (float) (0.5 - 0.5 * cos (2 * G_PI * (i + 0.5) / search->size));
  for (int b = 0; b < MARK_N_BANDS; b++) {
    double low = MARK_LOWEST_HZ + b * MARK_BAND_HZ, bin_hz = search->rate_hz / search->size;
    search->first_bin[b] = (int) ceil (low / bin_hz);
    search->end_bin[b] = (int) ceil ((low + MARK_BAND_HZ) / bin_hz);
  }
  search->in = fftwf_alloc_complex ((size_t) search->size);
  search->out = fftwf_alloc_complex ((size_t) search->size);
  search->plan = audio_fft_plan (search->size, 1, search->in, search->out, FFTW_FORWARD);
  for (int p = 0; p < AUDIO_MARK_N_PAYLOADS; p++)
    mark_pattern_init (&search->patterns[p], (AudioMarkPayload) p);
}

static void
search_free (Search *search)
{
  audio_fft_free (search->plan);
  fftwf_free (search->in);
  fftwf_free (search->out);
  g_free (search->window);
  g_free (search);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Search, search_free)

/* Powers of the bands in a frame around this step of the sound. */
static void
measure_frame (Search *search, size_t step, float *powers)
{
  ptrdiff_t from = (ptrdiff_t) lround ((double) step * STEP_S * search->rate_hz) - search->size / 2;

  for (int i = 0; i < search->size; i++) {
    ptrdiff_t at = from + i;
    bool is_inside = at >= 0 && (size_t) at < search->n_samples;
    search->in[i][0] = is_inside ? search->samples[at] * search->window[i] : 0;
    search->in[i][1] = 0;
  }
  fftwf_execute (search->plan);
  for (int b = 0; b < MARK_N_BANDS; b++) {
    powers[b] = 0;
    for (int k = search->first_bin[b]; k < search->end_bin[b]; k++)
      powers[b] += search->out[k][0] * search->out[k][0] + search->out[k][1] * search->out[k][1];
  }
}

static int
compare_floats (const void *a, const void *b)
{
  float x = *(const float *) a, y = *(const float *) b;

  return (x > y) - (x < y);
}

/* The power that a band is seldom below: that of the noise, if there is some. */
static double
find_noise (const Search *search, int b, float *powers)
{
  for (size_t i = 0; i < search->n_steps; i++)
    powers[i] = search->levels[i][b];
  qsort (powers, search->n_steps, sizeof *powers, compare_floats);
  return (double) powers[(size_t) (NOISE_QUANTILE * (double) search->n_steps)];
}

/* Levels in decibels, with a floor below which there is noise, or nothing. */
static void
measure_levels (Search *search)
{
  float powers[MAX_STEPS];

  for (size_t i = 0; i < search->n_steps; i++)
    measure_frame (search, search->first + i, search->levels[i]);
  for (int b = 0; b < MARK_N_BANDS; b++) {
    double mean = 0, noise = find_noise (search, b, powers);
    for (size_t i = 0; i < search->n_steps; i++)
      mean += (double) search->levels[i][b] / (double) search->n_steps;
    double floor = MAX (mean * pow (10, -FLOOR_DB / 10), NOISE_TIMES * noise) + 1e-12;
    search->sums[0][b] = 0;
    for (size_t i = 0; i < search->n_steps; i++) {
      double db = 10 * log10 ((double) search->levels[i][b] + floor);
      search->sums[i + 1][b] = search->sums[i][b] + db;
    }
  }
}

static double
get_change (const Search *search, size_t i, int b)
{
  return (2 * search->sums[i + SLOT_STEPS][b] - search->sums[i][b]
          - search->sums[i + PAIR_STEPS][b])
         / SLOT_STEPS;
}

/* What speech changes it changes in bands side by side; the mark does not. */
static void
measure_changes (Search *search)
{
  search->n_changes = search->n_steps - PAIR_STEPS;
  for (size_t i = 0; i < search->n_changes; i++) {
    float all[MARK_N_BANDS];
    for (int b = 0; b < MARK_N_BANDS; b++)
      all[b] = (float) get_change (search, i, b);
    for (int b = 0; b < MARK_N_BANDS; b++) {
      float below = all[b > 0 ? b - 1 : 1];
      float above = all[b + 1 < MARK_N_BANDS ? b + 1 : MARK_N_BANDS - 2];
      float own = all[b] - SHARED * (below + above) / 2;
      search->changes[i][b] = tanhf (own / LARGE_DB);
    }
  }
}

/* FALSE: too short. */
static bool
load_window (Search *search, size_t first, size_t end)
{
  size_t n_steps = MIN (end, search->n_all) - first;

  if (n_steps < MIN_STEPS)
    return false;
  search->first = first;
  search->n_steps = n_steps;
  measure_levels (search);
  measure_changes (search);
  return true;
}

/* Given the changes' sums over all periods, the signs of the pattern would be those of a fair coin
 * if there were no mark: the score then has mean 0, variance 1, and tails below a Gaussian's. */
static double
compare (const MarkPattern *pattern, float folded[MARK_N_PAIRS][MARK_N_BANDS])
{
  double sum = 0, squares = 1e-9;

  for (int t = 0; t < MARK_N_PAIRS; t++)
    for (int b = 0; b < MARK_N_BANDS; b++) {
      sum += (double) (pattern->signs[t][b] * folded[t][b]);
      squares += (double) (folded[t][b] * folded[t][b]);
    }
  return sum / sqrt (squares);
}

/* offset: in steps from the window's begin, may be negative. */
static void
fold (const Search *search, double offset, double speed, float folded[MARK_N_PAIRS][MARK_N_BANDS])
{
  const double pair = PAIR_STEPS / speed;

  memset (folded, 0, sizeof (float) * MARK_N_CHIPS);
  for (int i = 0;; i++) {
    ptrdiff_t at = (ptrdiff_t) lround (offset + i * pair);
    if (at >= (ptrdiff_t) search->n_changes)
      break;
    for (int b = 0; b < MARK_N_BANDS && at >= 0; b++)
      folded[i % MARK_N_PAIRS][b] += search->changes[at][b];
  }
}

static void
try_payloads (const Search *search, float folded[MARK_N_PAIRS][MARK_N_BANDS], double offset,
              double speed, Match *best)
{
  for (int p = 0; p < AUDIO_MARK_N_PAYLOADS; p++) {
    double score = compare (&search->patterns[p], folded);
    if (score > best->score)
      *best = (Match){ score, offset, speed, p };
  }
}

static Match
search_window (const Search *search)
{
  float folded[MARK_N_PAIRS][MARK_N_BANDS];
  Match best = { 0 };

  for (int s = 0; s < N_SPEEDS; s++) {
    double speed = 1 + (s - N_SPEEDS / 2) * SPEED_STEP, period = PERIOD_STEPS / speed;
    for (int i = 0; i < PERIOD_STEPS; i++) {
      double offset = i - period;
      fold (search, offset, speed, folded);
      try_payloads (search, folded, (double) search->first + offset, speed, &best);
    }
  }
  return best;
}

/* The part of the window at hand that the one after it does not have. */
static void
add_to_whole (Search *search, bool is_last)
{
  size_t n = is_last ? search->n_changes : MIN (search->n_changes, HOP_STEPS);

  for (size_t i = 0; i < n; i++)
    for (int b = 0; b < MARK_N_BANDS; b++)
      search->whole[(search->first + i) % PERIOD_STEPS][b] += (double) search->changes[i][b];
}

static Match
search_whole (const Search *search)
{
  float folded[MARK_N_PAIRS][MARK_N_BANDS];
  Match best = { .speed = 1 };

  for (int offset = 0; offset < PERIOD_STEPS; offset++) {
    for (int t = 0; t < MARK_N_PAIRS; t++)
      for (int b = 0; b < MARK_N_BANDS; b++)
        folded[t][b] = (float) search->whole[(offset + t * PAIR_STEPS) % PERIOD_STEPS][b];
    try_payloads (search, folded, offset, 1, &best);
  }
  return best;
}

/* The last begin of a period, in steps from the window's begin, that is not after it. */
static double
find_offset (const Search *search, const Match *match)
{
  double period = PERIOD_STEPS / match->speed, offset = match->offset - (double) search->first;

  return offset - ceil (offset / period) * period;
}

/* The score of the window at hand at nearly the alignment of a match elsewhere. */
static Match
follow (const Search *search, const Match *match)
{
  float folded[MARK_N_PAIRS][MARK_N_BANDS];
  const double offset = find_offset (search, match);
  Match best = *match;

  best.score = 0;
  for (int i = -BESIDE_STEPS; i <= BESIDE_STEPS; i++) {
    fold (search, offset + i, match->speed, folded);
    double score = compare (&search->patterns[match->payload], folded);
    if (score > best.score) {
      best.score = score;
      best.offset = offset + i + (double) search->first;
    }
  }
  return best;
}

/* Each window by itself, and all of them at speed 1. FALSE: cancelled. */
static bool
search_windows (Search *search, GArray *matches, Match *whole, atomic_bool *cancel)
{
  for (size_t first = 0;; first += HOP_STEPS) {
    bool is_last = first + WINDOW_STEPS >= search->n_all;

    if (cancel != NULL && atomic_load (cancel))
      return false;
    if (!load_window (search, first, first + WINDOW_STEPS))
      break;
    Match match = search_window (search);
    g_array_append_val (matches, match);
    add_to_whole (search, is_last);
    if (is_last)
      break;
  }
  *whole = search_whole (search);
  return true;
}

static double
count_tries (size_t n_windows)
{
  return AUDIO_MARK_N_PAYLOADS * PERIOD_STEPS * ((double) n_windows * N_SPEEDS + 1);
}

/* Hoeffding's inequality for the sum of signed numbers: its square root of squares exceeds z times
 * with at most exp(-z²/2); and as often as tried. */
static double
get_threshold (size_t n_windows)
{
  return sqrt (2 * log (count_tries (n_windows) / FALSE_ALARM));
}

static double
get_log10_by_chance (double score, size_t n_windows)
{
  return MIN (log10 (count_tries (n_windows)) - score * score / 2 * M_LOG10E, 0);
}

static Match *
get_match (GArray *matches, size_t i)
{
  return &g_array_index (matches, Match, i);
}

/* A window beside one where the mark is may have it as well, in a pause or under music. */
static void
spread_from (Search *search, GArray *matches, size_t from, size_t to, double threshold)
{
  const Match *match = get_match (matches, from);
  Match *beside = get_match (matches, to);

  if (match->score < threshold || beside->score >= threshold)
    return;
  load_window (search, to * HOP_STEPS, to * HOP_STEPS + WINDOW_STEPS);
  Match followed = follow (search, match);
  if (followed.score < BESIDE_SCORE)
    return;
  *beside = followed;
  beside->score = threshold;
}

static void
spread (Search *search, GArray *matches, double threshold)
{
  for (size_t i = 1; i < matches->len; i++)
    spread_from (search, matches, i - 1, i, threshold);
  for (size_t i = matches->len; i-- > 1;)
    spread_from (search, matches, i, i - 1, threshold);
}

/* Where, in the window at hand, the pairs begin (or end) to agree with the pattern: the place that
 * is likeliest if their agreement, for as much as changes in them, steps from 0 to that of the
 * pairs between from and to. In steps. */
static size_t
find_edge (const Search *search, const Match *match, size_t from, size_t to, bool is_begin)
{
  const double offset = find_offset (search, match), pair = PAIR_STEPS / match->speed;
  const MarkPattern *pattern = &search->patterns[match->payload];
  double agreements[MAX_STEPS / PAIR_STEPS * 2 + MARK_N_PAIRS], mean[2] = { 0, 1e-9 };
  double changes[G_N_ELEMENTS (agreements)], sum = 0, best = 0;
  size_t places[G_N_ELEMENTS (agreements)], n = 0, edge = is_begin ? to : from;

  for (int i = 0; n < G_N_ELEMENTS (agreements); i++) {
    ptrdiff_t at = (ptrdiff_t) lround (offset + i * pair);
    if (at < 0)
      continue;
    if ((size_t) at >= search->n_changes)
      break;
    agreements[n] = changes[n] = 0;
    places[n] = search->first + (size_t) at;
    for (int b = 0; b < MARK_N_BANDS; b++) {
      agreements[n] += (double) (pattern->signs[i % MARK_N_PAIRS][b] * search->changes[at][b]);
      changes[n] += (double) fabsf (search->changes[at][b]);
    }
    if (places[n] >= from && places[n] < to) {
      mean[0] += agreements[n];
      mean[1] += changes[n];
    }
    n++;
  }
  for (size_t i = 0; i < n; i++) {
    size_t k = is_begin ? n - 1 - i : i;
    sum += agreements[k] - mean[0] / mean[1] / 2 * changes[k];
    if (sum > best) {
      best = sum;
      edge = places[k] + (is_begin ? 0 : PAIR_STEPS);
    }
  }
  return edge;
}

/* Windows first to last, all with one payload. */
static void
add_span (Search *search, GArray *matches, size_t first, size_t last, GArray *spans)
{
  const Match *begin = get_match (matches, first), *end = get_match (matches, last);
  size_t at = first * HOP_STEPS;
  AudioMarkSpan span = { .payload = (AudioMarkPayload) begin->payload };

  load_window (search, at - MIN (at, HOP_STEPS), at + WINDOW_STEPS);
  span.start_s = STEP_S * (double) find_edge (search, begin, at, at + WINDOW_STEPS, true);
  at = last * HOP_STEPS;
  load_window (search, at, at + MAX_STEPS);
  span.end_s = STEP_S * (double) find_edge (search, end, at, at + WINDOW_STEPS, false);
  for (size_t i = first; i <= last; i++)
    span.score = MAX (span.score, get_match (matches, i)->score);
  if (span.end_s > span.start_s)
    g_array_append_val (spans, span);
}

static void
add_spans (Search *search, GArray *matches, double threshold, GArray *spans)
{
  for (size_t i = 0; i < matches->len; i++) {
    const Match *first = get_match (matches, i);
    size_t last = i;

    if (first->score < threshold)
      continue;
    while (last + 1 < matches->len && get_match (matches, last + 1)->score >= threshold
           && get_match (matches, last + 1)->payload == first->payload)
      last++;
    add_span (search, matches, i, last, spans);
    i = last;
  }
}

static void
conclude (Search *search, GArray *matches, const Match *whole, AudioMarkFinding *out)
{
  Match best = *whole;

  for (size_t i = 0; i < matches->len; i++)
    if (get_match (matches, i)->score > best.score)
      best = *get_match (matches, i);
  out->score = best.score;
  out->threshold = get_threshold (matches->len);
  out->log10_by_chance = get_log10_by_chance (best.score, matches->len);
  out->is_found = best.score >= out->threshold;
  out->payload = (AudioMarkPayload) best.payload;
  out->speed = best.speed;
  out->spans = g_array_new (FALSE, FALSE, sizeof (AudioMarkSpan));
  if (!out->is_found)
    return;
  spread (search, matches, out->threshold);
  add_spans (search, matches, out->threshold, out->spans);
  if (out->spans->len == 0) {
    AudioMarkSpan span = { 0, (double) search->n_samples / search->rate_hz, best.score,
                           out->payload };
    g_array_append_val (out->spans, span);
  }
}

bool
audio_mark_find (const float *samples, size_t n, int rate_hz, atomic_bool *cancel,
                 AudioMarkFinding *out)
{
  g_assert (rate_hz >= AUDIO_MARK_MIN_RATE_HZ);
  g_autoptr (GArray) matches = g_array_new (FALSE, FALSE, sizeof (Match));
  g_autoptr (Search) search = g_new0 (Search, 1);
  Match whole;

  *out = (AudioMarkFinding){ .speed = 1 };
  search_init (search, samples, n, rate_hz);
  if (!search_windows (search, matches, &whole, cancel))
    return false;
  conclude (search, matches, &whole, out);
  return true;
}

void
audio_mark_finding_clear (AudioMarkFinding *finding)
{
  g_clear_pointer (&finding->spans, g_array_unref);
}
