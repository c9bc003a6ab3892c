/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Between waves and short-time spectra: the harmonic source's spectrum, and the inverse transform
 * [Kaneko et al. 2022, Wang et al. 2019]. Rows are shared out to the threads. */

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "audio/base/fft.h"
#include "audio/kokoro/kokoro-private.h"

#define VOICED_HZ 10.0f
#define AMPLITUDE 0.1
#define NOISE 1e-6f
#define SPECTRUM (2 * KOKORO_N_BINS)

enum { CHUNK = 64 }; /* rows, or values of the curve, that a thread takes at once */

typedef struct {
  AudioKokoro *kokoro;
  const float *f0;
  const double *turns; /* [n_curve, KOKORO_N_HARMONICS] */
  int n_curve;
  int n_rows;
  float *wave; /* of the source, or the samples */
  float *rows; /* [n_rows, SPECTRUM] */
  float window[KOKORO_FFT];
  fftwf_plan plan;
  atomic_int next_curve, next_row;
} Job;

int
kokoro_source_rows (int n_frames)
{
  return n_frames * AUDIO_KOKORO_FRAME / KOKORO_HOP + 1;
}

static void
fill_window (float *window)
{
  for (int i = 0; i < KOKORO_FFT; i++)
    window[i] = (float) (0.5 - 0.5 * cos (2 * G_PI * i / KOKORO_FFT));
}

/* The next part of n; FALSE if there is none. */
static gboolean
take (atomic_int *next, int n, int *begin, int *end)
{
  *begin = atomic_fetch_add_explicit (next, CHUNK, memory_order_relaxed);
  *end = MIN (*begin + CHUNK, n);
  return *begin < n;
}

/* Turns of each harmonic up to each value of the curve. (transfer full). */
static double *
count_turns (const float *f0, int n)
{
  double *turns = g_new (double, (size_t) n *KOKORO_N_HARMONICS);

  for (int h = 0; h < KOKORO_N_HARMONICS; h++) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
      double step = (double) (f0[i] * (float) (h + 1) / (float) AUDIO_KOKORO_RATE);
      sum += (step - floor (step)) * KOKORO_CURVE_HOP;
      turns[(size_t) i * KOKORO_N_HARMONICS + (size_t) h] = sum;
    }
  }
  return turns;
}

/* Between the values of the curve turns are interpolated; where the curve says that nobody's voice
 * sounds, the harmonics are silent. */
static float
make_sample (const Job *job, int t)
{
  const typeof (job->kokoro->weights.generator) *w = &job->kokoro->weights.generator;
  const int n = job->n_curve, hop = KOKORO_CURVE_HOP;
  const double at = CLAMP ((t + 0.5) / hop - 0.5, 0.0, (double) (n - 1));
  const int i = MIN ((int) at, MAX (n - 2, 0));
  const double *left = job->turns + (size_t) i * KOKORO_N_HARMONICS;
  const double *right = n > 1 ? left + KOKORO_N_HARMONICS : left;
  float sum = *w->source_bias;

  for (int h = 0; job->f0[t / hop] > VOICED_HZ && h < KOKORO_N_HARMONICS; h++) {
    double turn = left[h] + (right[h] - left[h]) * (at - i);
    sum += w->source[h] * (float) AMPLITUDE * sinf ((float) ((turn - floor (turn)) * 2 * G_PI));
  }
  return tanhf (sum);
}

static void
make_wave_part (void *data, int part, int n_parts)
{
  Job *job = data;

  for (int begin, end; take (&job->next_curve, job->n_curve, &begin, &end);)
    for (int t = begin * KOKORO_CURVE_HOP; t < end * KOKORO_CURVE_HOP; t++)
      job->wave[t] = make_sample (job, t);
}

/* What is only rounding has no angle of its own: zero, so that the phases of silence, and of frames
 * that mirror themselves, do not depend on the transform's last bits. */
static float
above_noise (float value)
{
  return fabsf (value) > NOISE ? value : 0.0f;
}

static void
analyse_part (void *data, int part, int n_parts)
{
  Job *job = data;
  const int n = job->n_curve * KOKORO_CURVE_HOP;
  _Alignas(64) fftwf_complex in[KOKORO_FFT] = { 0 }, out[KOKORO_FFT];

  for (int begin, end; take (&job->next_row, job->n_rows, &begin, &end);)
    for (int r = begin; r < end; r++) {
      float *row = job->rows + (size_t) r * SPECTRUM;
      for (int i = 0; i < KOKORO_FFT; i++) {
        int t = ABS (r * KOKORO_HOP + i - KOKORO_FFT / 2); /* mirrored at both ends */
        t = t < n ? t : 2 * (n - 1) - t;
        in[i][0] = job->wave[t] * job->window[i];
      }
      fftwf_execute_dft (job->plan, in, out);
      for (int i = 0; i < KOKORO_N_BINS; i++) {
        float re = above_noise (out[i][0]), im = above_noise (out[i][1]);
        row[i] = sqrtf (re * re + im * im);
        row[KOKORO_N_BINS + i] = atan2f (im, re);
      }
    }
}

static fftwf_plan
make_plan (int sign)
{
  _Alignas(64) fftwf_complex in[KOKORO_FFT], out[KOKORO_FFT];

  return audio_fft_plan (KOKORO_FFT, 1, in, out, sign);
}

void
kokoro_make_source (AudioKokoro *kokoro, const float *f0, int n_frames, float *source)
{
  g_autofree float *wave = g_new (float, n_frames *AUDIO_KOKORO_FRAME);
  g_autofree double *turns = count_turns (f0, 2 * n_frames);
  Job job = { .kokoro = kokoro,
              .f0 = f0,
              .turns = turns,
              .n_curve = 2 * n_frames,
              .n_rows = kokoro_source_rows (n_frames),
              .wave = wave,
              .rows = source,
              .plan = make_plan (FFTW_FORWARD) };

  fill_window (job.window);
  nn_pool_share (kokoro->context->pool, make_wave_part, &job);
  nn_pool_share (kokoro->context->pool, analyse_part, &job);
  audio_fft_free (job.plan);
}

/* A row of log magnitudes and phases becomes its windowed frame, in the same place. */
static void
invert_part (void *data, int part, int n_parts)
{
  Job *job = data;
  _Alignas(64) fftwf_complex in[KOKORO_FFT], out[KOKORO_FFT];

  for (int begin, end; take (&job->next_row, job->n_rows, &begin, &end);)
    for (int r = begin; r < end; r++) {
      float *row = job->rows + (size_t) r * SPECTRUM;
      for (int i = 0; i < KOKORO_N_BINS; i++) {
        float magnitude = expf (row[i]), phase = sinf (row[KOKORO_N_BINS + i]);
        in[i][0] = magnitude * cosf (phase);
        in[i][1] = i % (KOKORO_FFT / 2) != 0 ? magnitude * sinf (phase) : 0.0f;
        if (i > 0) { /* of a real signal: the upper half mirrors the lower */
          in[KOKORO_FFT - i][0] = in[i][0];
          in[KOKORO_FFT - i][1] = -in[i][1];
        }
      }
      fftwf_execute_dft (job->plan, in, out);
      for (int i = 0; i < KOKORO_FFT; i++)
        row[i] = out[i][0] * job->window[i] / KOKORO_FFT;
    }
}

void
kokoro_invert (AudioKokoro *kokoro, float *spectra, int n_rows, float *samples)
{
  const int n = (n_rows - 1) * KOKORO_HOP;
  Job job = { .n_rows = n_rows, .rows = spectra, .plan = make_plan (FFTW_BACKWARD) };

  fill_window (job.window);
  nn_pool_share (kokoro->context->pool, invert_part, &job);
  audio_fft_free (job.plan);
  memset (samples, 0, sizeof (float) * (size_t) n);
  for (int r = 0; r < n_rows; r++)
    for (int i = 0; i < KOKORO_FFT; i++) {
      int t = r * KOKORO_HOP + i - KOKORO_FFT / 2;
      if (t >= 0 && t < n)
        samples[t] += spectra[(size_t) r * SPECTRUM + (size_t) i];
    }
}
