/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the spectrum of 60 ms around each 10 ms tells: level, tilt, and the ratio of harmonics to
 * noise from the autocorrelation at one period (Boersma 1993). */

#include <fftw3.h>
#include <math.h>
#include <string.h>

#include "audio/base/fft.h"
#include "audio/prosody/prosody-private.h"

/* 4.5 periods of 75 Hz. */
#define WINDOW 960
#define N_FFT 1280
#define BLOCK 16
/* Ten seconds, in blocks. */
#define FRAMES_AT_ONCE ((size_t) 64 * BLOCK)
#define MAX_LAG 280
/* Neighbours on each side that the value between two lags is made of. */
#define DEPTH 24
G_STATIC_ASSERT (N_FFT >= WINDOW + MAX_LAG + DEPTH);
#define BIN(hz) ((hz) *N_FFT / AUDIO_RATE_HZ)
#define MAX_HNR_DB 40.0f

typedef struct {
  fftwf_plan forward, inverse;
  fftwf_complex *frames, *spectrum; /* [BLOCK / 2, N_FFT]: two frames each */
  float window[WINDOW];
  float own[MAX_LAG + DEPTH]; /* autocorrelation of the window, 1 at lag 0 */
  double gain;                /* sum of the window's squares */
} Spectrum;

static void
spectrum_init (Spectrum *s)
{
  s->frames = fftwf_alloc_complex (BLOCK / 2 * N_FFT);
  s->spectrum = fftwf_alloc_complex (BLOCK / 2 * N_FFT);
  s->forward = audio_fft_plan (N_FFT, BLOCK / 2, s->frames, s->spectrum, FFTW_FORWARD);
  s->inverse = audio_fft_plan (N_FFT, BLOCK / 2, s->spectrum, s->frames, FFTW_BACKWARD);
  s->gain = 0;
  for (int i = 0; i < WINDOW; i++) {
    s->window[i] = (float) (0.5 - 0.5 * cos (2 * G_PI * (i + 0.5) / WINDOW));
    s->gain += (double) s->window[i] * s->window[i];
  }
  for (int lag = 0; lag < MAX_LAG + DEPTH; lag++) {
    double sum = 0;
    for (int i = 0; i + lag < WINDOW; i++)
      sum += (double) s->window[i] * s->window[i + lag];
    s->own[lag] = (float) (sum / s->gain);
  }
}

static void
spectrum_clear (Spectrum *s)
{
  audio_fft_free (s->forward);
  audio_fft_free (s->inverse);
  fftwf_free (s->frames);
  fftwf_free (s->spectrum);
}

/* Into every second number of out. */
static void
fill_frame (const Spectrum *s, const AudioClip *clip, size_t frame, float *out)
{
  ptrdiff_t n = (ptrdiff_t) clip->n_samples;
  ptrdiff_t first = (ptrdiff_t) frame * AUDIO_PITCH_HOP + AUDIO_PITCH_HOP / 2 - WINDOW / 2;
  ptrdiff_t skip = CLAMP (-first, 0, WINDOW), end = CLAMP (n - first, skip, WINDOW);
  double sum = 0;
  for (ptrdiff_t i = skip; i < end; i++)
    sum += clip->samples[first + i];
  float mean = end > skip ? (float) (sum / (double) (end - skip)) : 0;
  for (ptrdiff_t i = 0; i < WINDOW; i++)
    out[2 * i] = i >= skip && i < end ? (clip->samples[first + i] - mean) * s->window[i] : 0;
  for (ptrdiff_t i = WINDOW; i < N_FFT; i++)
    out[2 * i] = 0;
}

/* From the spectrum of two real frames, as a + ib, their power spectra, in place, in the same
 * form: the inverse transform then gives both autocorrelations. */
static void
make_power (fftwf_complex *z)
{
  for (int k = 0; k <= N_FFT / 2; k++) {
    int m = k == 0 ? 0 : N_FFT - k;
    float a_re = z[k][0] + z[m][0], a_im = z[k][1] - z[m][1];
    float b_re = z[k][1] + z[m][1], b_im = z[m][0] - z[k][0];
    float a = 0.25f * (a_re * a_re + a_im * a_im), b = 0.25f * (b_re * b_re + b_im * b_im);
    z[k][0] = z[m][0] = a;
    z[k][1] = z[m][1] = b;
  }
}

static void
read_power (AudioProsodyTrack *track, size_t frame, const Spectrum *s, const float *power)
{
  double low = 0, mid = 0, high = 0;
  for (int k = 1; k < BIN (300); k++)
    low += power[2 * k];
  for (int k = BIN (300); k < BIN (1000); k++)
    mid += power[2 * k];
  for (int k = BIN (1000); k < N_FFT / 2; k++)
    high += power[2 * k];
  /* Both halves of the spectrum; by Parseval, over the window's gain, mean squares. */
  double unit = 2.0 / (N_FFT * s->gain);
  low += mid;
  track->low[frame] = (float) (low * unit);
  track->nucleus_db[frame] = MAX (10 * log10f ((float) (mid * unit) + 1e-12f), PROSODY_SILENCE_DB);
  track->high[frame] = (float) (high * unit);
  track->level_db[frame] =
      MAX (10 * log10f ((float) ((low + high) * unit) + 1e-12f), PROSODY_SILENCE_DB);
}

/* The value between lags, by the sinc of a band-limited signal under a raised cosine. r: every
 * second number, over the window's own. */
static double
interpolate (const float *r, double lag)
{
  int middle = (int) lag;
  double x = lag - middle, sum = 0;
  if (x < 1e-9)
    return r[middle];
  double sine = sin (G_PI * x) / G_PI;
  for (int i = -DEPTH + 1; i <= DEPTH; i++) {
    double far = x - i, value = r[abs (middle + i)];
    double weight = 0.5 + 0.5 * cos (G_PI * far / (DEPTH + 1));
    sum += value * weight * (i % 2 == 0 ? sine : -sine) / far;
  }
  return sum;
}

/* The highest value within half a sample of a lag, by golden section. */
static double
find_top (const float *r, int lag)
{
  const double golden = 0.6180339887498949;
  double low = lag - 0.99, high = lag + 0.99;
  double a = high - golden * (high - low), b = low + golden * (high - low);
  double at_a = interpolate (r, a), at_b = interpolate (r, b);
  for (int i = 0; i < 12; i++) {
    if (at_a > at_b) {
      high = b, b = a, at_b = at_a;
      a = high - golden * (high - low), at_a = interpolate (r, a);
    } else {
      low = a, a = b, at_a = at_b;
      b = low + golden * (high - low), at_b = interpolate (r, b);
    }
  }
  return MAX (MAX (at_a, at_b), r[lag]);
}

static float
measure_hnr (const Spectrum *s, const float *correlation, float hz)
{
  float r[MAX_LAG + DEPTH], period = AUDIO_RATE_HZ / hz;
  if (correlation[0] <= 0)
    return NAN;
  for (int lag = 0; lag < MAX_LAG + DEPTH; lag++)
    r[lag] = correlation[2 * lag] / (correlation[0] * s->own[lag]);
  int first = MAX ((int) (period * 0.9f), 2), end = MIN ((int) (period * 1.1f) + 2, MAX_LAG);
  int best = first;
  for (int lag = first; lag < end; lag++)
    if (r[lag] > r[best])
      best = lag;
  double top = find_top (r, best);
  if (top <= 0)
    return -MAX_HNR_DB;
  return top >= 1 ? MAX_HNR_DB
                  : CLAMP ((float) (10 * log10 (top / (1 - top))), -MAX_HNR_DB, MAX_HNR_DB);
}

gboolean
prosody_track_spectrum (AudioProsodyTrack *track, const AudioClip *clip, atomic_bool *cancel)
{
  Spectrum s;
  gboolean is_cancelled = FALSE;
  spectrum_init (&s);
  for (size_t first = 0; first < track->n_frames && !is_cancelled; first += BLOCK) {
    size_t n = MIN (BLOCK, track->n_frames - first);
    for (size_t j = 0; j < BLOCK; j++)
      fill_frame (&s, clip, first + MIN (j, n - 1), &s.frames[j / 2 * N_FFT][j % 2]);
    fftwf_execute (s.forward);
    for (size_t j = 0; j < BLOCK; j += 2)
      make_power (s.spectrum + j / 2 * N_FFT);
    for (size_t j = 0; j < n; j++)
      read_power (track, first + j, &s, &s.spectrum[j / 2 * N_FFT][j % 2]);
    fftwf_execute (s.inverse);
    for (size_t j = 0; j < n; j++) {
      float hz = track->hz[first + j];
      track->hnr_db[first + j] =
          hz > 0 ? measure_hnr (&s, &s.frames[j / 2 * N_FFT][j % 2], hz) : NAN;
    }
    if (first % FRAMES_AT_ONCE == 0 && first > 0)
      audio_clip_release (clip, (first - FRAMES_AT_ONCE) * AUDIO_PITCH_HOP,
                          first * AUDIO_PITCH_HOP);
    is_cancelled = cancel != NULL && atomic_load (cancel);
  }
  spectrum_clear (&s);
  return !is_cancelled;
}
