/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/prosody/pitch.h"

#include <fftw3.h>
#include <math.h>
#include <string.h>

#include "audio/base/fft.h"
#include "audio/prosody/pitch-private.h"

/* Samples compared at each lag: nearly two periods of the lowest pitch. */
#define WINDOW 400
#define MIN_LAG 26  /* above 600 Hz */
#define MAX_LAG 267 /* below 60 Hz */
#define SPAN (WINDOW + MAX_LAG + 1)
#define N_FFT 800
G_STATIC_ASSERT (N_FFT >= SPAN);
/* Frames per call of the transforms. */
#define BLOCK 16

#define N_THRESHOLDS 100
/* How much less the next trough below a threshold is believed: the decay of a Boltzmann
 * distribution, as in the authors' own program. */
#define DECAY 2.0
#define BETA 18.0
/* Part of a threshold's weight that goes to the lowest trough where none is below it. */
#define NO_TROUGH 0.01f
/* Below this power (-80 dB of full scale) nothing has a pitch. */
#define SILENCE 1e-8f

#define BLOCK_FRAMES 3000
#define LOOKAHEAD_FRAMES 200

struct _AudioPitch {
  fftwf_plan forward, inverse;
  fftwf_complex *spans;        /* [BLOCK, N_FFT]: the window as real part, the span as imaginary */
  fftwf_complex *spectra;      /* [BLOCK, N_FFT] */
  fftwf_complex *products;     /* [BLOCK / 2, N_FFT]: of two frames, one as i times the other */
  fftwf_complex *sums;         /* [BLOCK / 2, N_FFT] their correlations, real and imaginary */
  float weights[N_THRESHOLDS]; /* of the thresholds */
  float decay[MAX_LAG];        /* exp (-DECAY k) */
  float unit[MAX_LAG + 1];     /* what makes the first k of decay sum to one */
  PitchPath *path;
};

/* The cumulative Beta(2, 18) distribution: that of two or more of 19 draws. */
static double
beta_cdf (double x)
{
  return 1 - pow (1 - x, BETA) * (1 + BETA * x);
}

AudioPitch *
audio_pitch_new (void)
{
  AudioPitch *pitch = g_new0 (AudioPitch, 1);
  double sum = 0;
  for (int i = 0; i < N_THRESHOLDS; i++)
    pitch->weights[i] =
        (float) (beta_cdf ((i + 1) / (double) N_THRESHOLDS) - beta_cdf (i / (double) N_THRESHOLDS));
  for (int k = 0; k < MAX_LAG; k++)
    pitch->decay[k] = (float) exp (-DECAY * k);
  for (int k = 1; k <= MAX_LAG; k++) {
    sum += exp (-DECAY * (k - 1));
    pitch->unit[k] = (float) (1 / sum);
  }
  pitch->spans = fftwf_alloc_complex (BLOCK * N_FFT);
  pitch->spectra = fftwf_alloc_complex (BLOCK * N_FFT);
  pitch->products = fftwf_alloc_complex (BLOCK / 2 * N_FFT);
  pitch->sums = fftwf_alloc_complex (BLOCK / 2 * N_FFT);
  pitch->forward = audio_fft_plan (N_FFT, BLOCK, pitch->spans, pitch->spectra, FFTW_FORWARD);
  pitch->inverse = audio_fft_plan (N_FFT, BLOCK / 2, pitch->products, pitch->sums, FFTW_BACKWARD);
  memset (pitch->spans, 0, BLOCK * N_FFT * sizeof *pitch->spans);
  pitch->path = pitch_path_new (BLOCK_FRAMES + LOOKAHEAD_FRAMES + BLOCK);
  return pitch;
}

void
audio_pitch_free (AudioPitch *pitch)
{
  if (pitch == NULL)
    return;
  audio_fft_free (pitch->forward);
  audio_fft_free (pitch->inverse);
  fftwf_free (pitch->spans);
  fftwf_free (pitch->spectra);
  fftwf_free (pitch->products);
  fftwf_free (pitch->sums);
  pitch_path_free (pitch->path);
  g_free (pitch);
}

size_t
audio_pitch_count_frames (size_t n_samples)
{
  return n_samples / AUDIO_PITCH_HOP + (n_samples % AUDIO_PITCH_HOP != 0);
}

/* The samples that a frame compares, zeros beyond the ends, without their mean: an offset would
 * cost precision. The middle of the samples compared at a lag of 100 is that of the frame. */
static void
fill_span (const float *samples, ptrdiff_t n_samples, size_t frame, float span[SPAN])
{
  ptrdiff_t first = (ptrdiff_t) frame * AUDIO_PITCH_HOP + AUDIO_PITCH_HOP / 2 - (WINDOW + 100) / 2;
  ptrdiff_t skip = CLAMP (-first, 0, SPAN), end = CLAMP (n_samples - first, skip, SPAN);
  double sum = 0;
  for (ptrdiff_t i = 0; i < skip; i++)
    span[i] = 0;
  for (ptrdiff_t i = end; i < SPAN; i++)
    span[i] = 0;
  for (ptrdiff_t i = skip; i < end; i++)
    sum += span[i] = samples[first + i];
  float mean = end > skip ? (float) (sum / (double) (end - skip)) : 0;
  for (ptrdiff_t i = skip; i < end; i++)
    span[i] -= mean;
}

/* The product conj (A) B of the spectra of window and span, both real, from that of a + ib; for two
 * frames at once, as X + iY, so that one inverse transform gives both correlations. */
static void
multiply (const fftwf_complex *z, const fftwf_complex *w, fftwf_complex *out)
{
  for (int k = 0; k < N_FFT; k++) {
    int m = k == 0 ? 0 : N_FFT - k;
    float x[2], y[2];
    for (int half = 0; half < 2; half++) {
      const fftwf_complex *v = half == 0 ? z : w;
      float *p = half == 0 ? x : y;
      float a_re = v[k][0] + v[m][0], a_im = v[k][1] - v[m][1];
      float b_re = v[k][1] + v[m][1], b_im = v[m][0] - v[k][0];
      p[0] = 0.25f * (a_re * b_re + a_im * b_im);
      p[1] = 0.25f * (a_re * b_im - a_im * b_re);
    }
    out[k][0] = x[0] - y[1];
    out[k][1] = x[1] + y[0];
  }
}

/* YIN's difference function over its own mean at shorter lags, [MAX_LAG + 2]. correlation: every
 * second number is a lag's. False: nothing to be heard. */
static gboolean
normalise (const float *span, const float *correlation, float out[MAX_LAG + 2])
{
  double energy = 0, moved, sum = 0;
  for (int i = 0; i < WINDOW; i++)
    energy += (double) span[i] * span[i];
  if (energy < (double) SILENCE * WINDOW)
    return FALSE;
  moved = energy;
  out[0] = 1;
  for (int lag = 1; lag <= MAX_LAG + 1 && lag + WINDOW <= SPAN; lag++) {
    double gone = span[lag - 1], come = span[lag + WINDOW - 1];
    moved += come * come - gone * gone;
    double difference = energy + moved - 2.0 * (double) correlation[2 * lag] / N_FFT;
    difference = MAX (difference, 0);
    sum += difference;
    out[lag] = sum > 0 ? (float) (difference * lag / sum) : 1;
  }
  return TRUE;
}

/* Where a parabola through three neighbours is lowest, from the middle one. */
static float
find_vertex (float left, float middle, float right)
{
  float bend = left - 2 * middle + right;
  return bend > 0 ? CLAMP (0.5f * (left - right) / bend, -0.5f, 0.5f) : 0;
}

static void
add_candidate (PitchFrame *frame, float hz, float probability)
{
  int bin = (int) lrintf (PITCH_BINS_PER_OCTAVE * log2f (hz / AUDIO_PITCH_MIN_HZ));
  bin = CLAMP (bin, 0, PITCH_N_BINS - 1);
  frame->voicing += probability;
  for (int i = 0; i < frame->n_candidates; i++) {
    if (frame->bins[i] != bin)
      continue;
    if (probability > frame->probabilities[i])
      frame->hz[i] = hz;
    frame->probabilities[i] += probability;
    return;
  }
  if (frame->n_candidates == PITCH_MAX_CANDIDATES)
    return;
  frame->bins[frame->n_candidates] = bin;
  frame->probabilities[frame->n_candidates] = probability;
  frame->hz[frame->n_candidates++] = hz;
}

/* The troughs of the function share the weight of each threshold above them, shorter lags first. */
static void
find_candidates (const AudioPitch *pitch, const float *d, PitchFrame *frame)
{
  int lags[MAX_LAG], n_troughs = 0, lowest = 0;
  float heights[MAX_LAG], shares[MAX_LAG] = { 0 };
  for (int lag = MIN_LAG; lag <= MAX_LAG; lag++) {
    if (d[lag] >= d[lag + 1] || (lag > MIN_LAG && d[lag] >= d[lag - 1]) || d[lag] >= 1)
      continue;
    lags[n_troughs] = lag;
    heights[n_troughs] = d[lag];
    if (d[lag] < heights[lowest])
      lowest = n_troughs;
    n_troughs++;
  }
  if (n_troughs == 0)
    return;
  for (int i = 0; i < N_THRESHOLDS; i++) {
    float threshold = (float) (i + 1) / N_THRESHOLDS;
    int n_below = 0;
    for (int j = 0; j < n_troughs; j++)
      n_below += heights[j] < threshold;
    if (n_below == 0) {
      shares[lowest] += NO_TROUGH * pitch->weights[i];
      continue;
    }
    float weight = pitch->weights[i] * pitch->unit[n_below];
    for (int j = 0, rank = 0; j < n_troughs; j++)
      if (heights[j] < threshold)
        shares[j] += weight * pitch->decay[rank++];
  }
  for (int j = 0; j < n_troughs; j++) {
    int lag = lags[j];
    float exact = (float) lag + find_vertex (d[lag - 1], d[lag], d[lag + 1]);
    if (shares[j] > 1e-7f)
      add_candidate (frame, AUDIO_RATE_HZ / exact, shares[j]);
  }
  frame->voicing = MIN (frame->voicing, 1);
}

/* The next frames, at most BLOCK of them, from samples to the path. */
static void
push_frames (AudioPitch *pitch, const float *samples, size_t n_samples, size_t first, int n_frames,
             float *voicing)
{
  float spans[BLOCK][SPAN];
  for (int j = 0; j < BLOCK; j++) {
    fftwf_complex *z = pitch->spans + j * N_FFT;
    /* Past the end the last frame is done again, for nothing. */
    fill_span (samples, (ptrdiff_t) n_samples, first + MIN (j, n_frames - 1), spans[j]);
    for (int i = 0; i < SPAN; i++) {
      z[i][0] = i < WINDOW ? spans[j][i] : 0;
      z[i][1] = spans[j][i];
    }
  }
  fftwf_execute (pitch->forward);
  for (int j = 0; j < BLOCK; j += 2)
    multiply (pitch->spectra + j * N_FFT, pitch->spectra + (j + 1) * N_FFT,
              pitch->products + j / 2 * N_FFT);
  fftwf_execute (pitch->inverse);
  for (int j = 0; j < n_frames; j++) {
    const fftwf_complex *sums = pitch->sums + j / 2 * N_FFT;
    PitchFrame frame = { 0 };
    float d[MAX_LAG + 2];
    if (normalise (spans[j], &sums[0][j % 2], d))
      find_candidates (pitch, d, &frame);
    voicing[j] = frame.voicing;
    pitch_path_push (pitch->path, &frame);
  }
}

gboolean
audio_pitch_track (AudioPitch *pitch, const float *samples, size_t n_samples, float *hz,
                   float *voicing, AudioProgress progress, gpointer user_data, atomic_bool *cancel,
                   GError **error)
{
  size_t n_frames = audio_pitch_count_frames (n_samples), n_done = 0, n_taken = 0;
  pitch_path_reset (pitch->path);
  while (n_done < n_frames) {
    int n = (int) MIN (BLOCK, n_frames - n_done);
    if (cancel != NULL && atomic_load (cancel)) {
      g_set_error_literal (error, AUDIO_ERROR, AUDIO_ERROR_CANCELLED, "cancelled");
      return FALSE;
    }
    push_frames (pitch, samples, n_samples, n_done, n, voicing + n_done);
    n_done += (size_t) n;
    size_t n_ready = n_done == n_frames ? n_frames - n_taken : BLOCK_FRAMES;
    if (n_done - n_taken < n_ready + LOOKAHEAD_FRAMES && n_done < n_frames)
      continue;
    pitch_path_take (pitch->path, n_ready, hz + n_taken);
    n_taken += n_ready;
    if (progress != NULL)
      progress ((double) n_done / (double) n_frames, user_data);
  }
  return TRUE;
}
