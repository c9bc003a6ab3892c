/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Adding the mark: a short-time Fourier transform, gains by tile, and back. */

#include "audio/sound/mark.h"

#include <fftw3.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "audio/base/fft.h"
#include "audio/sound/mark-private.h"

/* How much louder or softer a tile is made. */
#define STRENGTH_DB 1.25
/* Frames in steps of a quarter of them. */
#define FRAME_S 0.025
#define STEPS 4
/* Of the Hann window over all frames that a sample lies in. */
#define WINDOW_SUM (STEPS / 2.0f)

#define KEY 0x48656172736179ull

struct AudioMarker {
  int rate_hz;
  int size; /* of a frame, a multiple of STEPS */
  int step;
  float *window;  /* [size]: square root of Hann's */
  float *recent;  /* [size]: the last samples pushed */
  float *overlap; /* [size]: what frames have added so far */
  float *gains;   /* [2 * MARK_N_PAIRS, size / 2 + 1] by slot of the period */
  fftwf_complex *in, *out;
  fftwf_plan forward, backward;
  int n_waiting;   /* pushed since the last frame, less than step */
  uint64_t frame;  /* number of the next one */
  uint64_t n_in;   /* samples pushed */
  uint64_t n_done; /* samples given back */
};

/* splitmix64 (Steele, Lea and Flood, 2014): well mixed, and the same everywhere. */
static uint64_t
next_random (uint64_t *state)
{
  uint64_t z = *state += 0x9e3779b97f4a7c15ull;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ z >> 27) * 0x94d049bb133111ebull;
  return z ^ z >> 31;
}

void
mark_pattern_init (MarkPattern *pattern, AudioMarkPayload payload)
{
  uint64_t state = KEY + (uint64_t) payload;

  state = next_random (&state);
  for (int t = 0; t < MARK_N_PAIRS; t++)
    for (int b = 0; b < MARK_N_BANDS; b++)
      pattern->signs[t][b] = next_random (&state) >> 63 ? 1.0f : -1.0f;
}

/* Of a frequency: constant within a band, a straight line over 20 % of a band where
 * two meet, and nothing outside of all. */
static double
get_sign (const float signs[MARK_N_BANDS], double hz)
{
  const double edge = 0.1;
  double position = (hz - MARK_LOWEST_HZ) / MARK_BAND_HZ;
  double nearest = round (position);
  int b = (int) floor (position);
  double here = b >= 0 && b < MARK_N_BANDS ? signs[b] : 0;

  if (fabs (position - nearest) < edge) {
    int above = (int) nearest, below = above - 1;
    double high = above >= 0 && above < MARK_N_BANDS ? signs[above] : 0;
    double low = below >= 0 && below < MARK_N_BANDS ? signs[below] : 0;
    double part = (position - nearest + edge) / (2 * edge);
    here = part * high + (1 - part) * low;
  }
  return here;
}

/* As much louder here as softer there, in decibels, would be more power in all: the mean of the two
 * powers is a hyperbolic cosine. */
static double
get_gain_db (double sign)
{
  const double more_db = 10 * log10 (cosh (STRENGTH_DB * G_LN10 / 10));

  return STRENGTH_DB * sign - more_db * sign * sign;
}

static void
fill_gains (AudioMarker *marker, AudioMarkPayload payload, bool is_inverse)
{
  const int n_bins = marker->size / 2 + 1;
  MarkPattern pattern;

  mark_pattern_init (&pattern, payload);
  for (int slot = 0; slot < 2 * MARK_N_PAIRS; slot++)
    for (int k = 0; k < n_bins; k++) {
      double hz = (double) k * marker->rate_hz / marker->size;
      double db = get_gain_db (get_sign (pattern.signs[slot / 2], hz) * (slot % 2 == 0 ? 1 : -1));
      /* FFTW does not divide by the size. */
      marker->gains[slot * n_bins + k] =
          (float) (pow (10, (is_inverse ? -db : db) / 20) / marker->size);
    }
}

static AudioMarker *
new_marker (int rate_hz, AudioMarkPayload payload, bool is_inverse)
{
  g_assert (rate_hz >= AUDIO_MARK_MIN_RATE_HZ && payload < AUDIO_MARK_N_PAYLOADS);
  AudioMarker *marker = g_new0 (AudioMarker, 1);

  marker->rate_hz = rate_hz;
  marker->step = (int) lround (FRAME_S * rate_hz / STEPS);
  marker->size = marker->step * STEPS;
  marker->window = g_new (float, marker->size);
  for (int i = 0; i < marker->size; i++)
    marker->window[i] = (float) sin (G_PI * (i + 0.5) / marker->size);
  marker->recent = g_new0 (float, marker->size);
  marker->overlap = g_new0 (float, marker->size);
  marker->gains = g_new (float, 2 * MARK_N_PAIRS * (marker->size / 2 + 1));
  fill_gains (marker, payload, is_inverse);
  marker->in = fftwf_alloc_complex ((size_t) marker->size);
  marker->out = fftwf_alloc_complex ((size_t) marker->size);
  marker->forward = audio_fft_plan (marker->size, 1, marker->in, marker->out, FFTW_FORWARD);
  marker->backward = audio_fft_plan (marker->size, 1, marker->out, marker->in, FFTW_BACKWARD);
  return marker;
}

AudioMarker *
audio_marker_new (int rate_hz, AudioMarkPayload payload)
{
  return new_marker (rate_hz, payload, false);
}

void
audio_marker_free (AudioMarker *marker)
{
  if (marker == NULL)
    return;
  audio_fft_free (marker->forward);
  audio_fft_free (marker->backward);
  fftwf_free (marker->in);
  fftwf_free (marker->out);
  g_free (marker->window);
  g_free (marker->recent);
  g_free (marker->overlap);
  g_free (marker->gains);
  g_free (marker);
}

/* The slot in whose middle part the frame lies: frame 0 ends with the first step of samples. */
static int
find_slot (const AudioMarker *marker)
{
  double middle = ((double) marker->frame + 1) * marker->step - marker->size / 2.0;
  double slots = floor (middle / (MARK_SLOT_S * marker->rate_hz));
  double in_period = fmod (slots, 2 * MARK_N_PAIRS);

  return (int) (in_period < 0 ? in_period + 2 * MARK_N_PAIRS : in_period);
}

/* Adds the frame of the last samples to the overlap, whose first step is then done. */
static void
mark_frame (AudioMarker *marker)
{
  const int size = marker->size, n_bins = size / 2 + 1;
  const float *gains = marker->gains + (size_t) find_slot (marker) * n_bins;

  for (int i = 0; i < size; i++) {
    marker->in[i][0] = marker->window[i] * marker->recent[i];
    marker->in[i][1] = 0;
  }
  fftwf_execute (marker->forward);
  for (int k = 0; k < size; k++) {
    float gain = gains[k < n_bins ? k : size - k];
    marker->out[k][0] *= gain;
    marker->out[k][1] *= gain;
  }
  fftwf_execute (marker->backward);
  for (int i = 0; i < size; i++)
    marker->overlap[i] += marker->window[i] * marker->in[i][0] / WINDOW_SUM;
  marker->frame++;
}

/* The first of the overlap are samples that lie (STEPS - 1) steps behind the newest. */
static void
take_step (AudioMarker *marker, GArray *out)
{
  const size_t n_kept = (size_t) (marker->size - marker->step);

  mark_frame (marker);
  if (marker->frame >= STEPS) {
    uint64_t n = MIN ((uint64_t) marker->step, marker->n_in - marker->n_done);
    g_array_append_vals (out, marker->overlap, (guint) n);
    marker->n_done += n;
  }
  memmove (marker->overlap, marker->overlap + marker->step, n_kept * sizeof (float));
  memset (marker->overlap + n_kept, 0, (size_t) marker->step * sizeof (float));
  memmove (marker->recent, marker->recent + marker->step, n_kept * sizeof (float));
  marker->n_waiting = 0;
}

void
audio_marker_push (AudioMarker *marker, const float *samples, size_t n, GArray *out)
{
  while (n > 0) {
    float *to = marker->recent + marker->size - marker->step + marker->n_waiting;
    size_t n_taken = MIN (n, (size_t) (marker->step - marker->n_waiting));

    memcpy (to, samples, n_taken * sizeof (float));
    samples += n_taken;
    n -= n_taken;
    marker->n_waiting += (int) n_taken;
    marker->n_in += n_taken;
    if (marker->n_waiting == marker->step)
      take_step (marker, out);
  }
}

void
audio_marker_finish (AudioMarker *marker, GArray *out)
{
  while (marker->n_done < marker->n_in) {
    float *to = marker->recent + marker->size - marker->step + marker->n_waiting;
    memset (to, 0, (size_t) (marker->step - marker->n_waiting) * sizeof (float));
    take_step (marker, out);
  }
  memset (marker->recent, 0, (size_t) marker->size * sizeof (float));
  memset (marker->overlap, 0, (size_t) marker->size * sizeof (float));
  marker->n_waiting = 0;
  marker->frame = marker->n_in = marker->n_done = 0;
}

static void
apply (AudioMarker *marker, float *samples, size_t n)
{
  g_autoptr (GArray) out = g_array_new (FALSE, FALSE, sizeof (float));

  audio_marker_push (marker, samples, n, out);
  audio_marker_finish (marker, out);
  g_assert (out->len == n);
  memcpy (samples, out->data, n * sizeof (float));
}

void
audio_mark_add (float *samples, size_t n, int rate_hz, AudioMarkPayload payload)
{
  g_autoptr (AudioMarker) marker = new_marker (rate_hz, payload, false);

  apply (marker, samples, n);
}

void
audio_mark_take_off (float *samples, size_t n, int rate_hz, AudioMarkPayload payload)
{
  g_autoptr (AudioMarker) marker = new_marker (rate_hz, payload, true);

  apply (marker, samples, n);
}
