/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/conversion/envelope.h"

#include <math.h>
#include <string.h>

#include "audio/base/fft.h"

#define RATE_HZ 16000.0f
#define SIZE 1024
#define N_BINS (SIZE / 2 + 1)
#define BIN_HZ (RATE_HZ / SIZE)
#define MIN_F0_HZ 60.0f
#define MAX_F0_HZ 1000.0f
#define UNVOICED_HZ 500.0f
/* The window has three periods. */
#define PERIODS 1.5f
/* Of the lifter that compensates for the smoothing: 1 - 2 Q1, and Q1. */
#define Q1 -0.09f
/* Of full scale: what stands in for no sound at all. */
#define LEAST_POWER 1e-12f

struct _AudioEnvelope {
  fftwf_plan plan;
  fftwf_complex *x; /* [SIZE], in place */
  float power[N_BINS];
  double sums[2 * N_BINS]; /* running sums of the power, mirrored below zero */
};

AudioEnvelope *
audio_envelope_new (void)
{
  AudioEnvelope *envelope = g_new0 (AudioEnvelope, 1);

  envelope->x = fftwf_alloc_complex (SIZE);
  envelope->plan = audio_fft_plan (SIZE, 1, envelope->x, envelope->x, FFTW_FORWARD);
  return envelope;
}

void
audio_envelope_free (AudioEnvelope *envelope)
{
  audio_fft_free (envelope->plan);
  fftwf_free (envelope->x);
  g_free (envelope);
}

/* The windowed samples, of unit energy of the window, and without a mean. */
static void
fill_window (AudioEnvelope *envelope, const float *samples, size_t n_samples, size_t centre,
             float f0)
{
  const int half = (int) lrintf (PERIODS * RATE_HZ / f0);
  double energy = 0, sum = 0, weights = 0;

  memset (envelope->x, 0, sizeof (fftwf_complex) * SIZE);
  for (int i = -half; i <= half; i++) {
    const size_t at = centre + (size_t) (i + half) - (size_t) half;
    const float w = 0.5f + 0.5f * cosf ((float) M_PI * (float) i * f0 / (PERIODS * RATE_HZ));
    const float value =
        centre + (size_t) (i + half) >= (size_t) half && at < n_samples ? w * samples[at] : 0.0f;

    envelope->x[i + half][0] = value;
    envelope->x[i + half][1] = w;
    energy += (double) w * (double) w;
    sum += (double) value;
    weights += (double) w;
  }
  const float mean = (float) (sum / weights), scale = (float) (1 / sqrt (energy));
  for (int i = 0; i <= 2 * half; i++) {
    envelope->x[i][0] = scale * (envelope->x[i][0] - mean * envelope->x[i][1]);
    envelope->x[i][1] = 0;
  }
}

/* Below f0 there is nothing of the voice: what lies as far below it as above zero is added. */
static void
fill_below (float *power, float f0)
{
  const int n = MIN ((int) (f0 / BIN_HZ), N_BINS - 1);
  float below[N_BINS];

  for (int k = 0; k <= n; k++) {
    const float at = MAX (f0 / BIN_HZ - (float) k, 0.0f);
    const int i = MIN ((int) at, N_BINS - 2);

    below[k] = power[i] + (at - (float) i) * (power[i + 1] - power[i]);
  }
  for (int k = 0; k <= n; k++)
    power[k] += below[k];
}

/* The integral of the power from far below zero up to bin `at`, linear between bins. */
static double
integral (const double *sums, float at)
{
  const float shifted = CLAMP (at + (float) (N_BINS / 2), 0.0f, (float) (2 * N_BINS - 2));
  const int i = MIN ((int) shifted, 2 * N_BINS - 2);

  return sums[i] + (double) (shifted - (float) i) * (sums[i + 1] - sums[i]);
}

static void
smooth (AudioEnvelope *envelope, float f0)
{
  const float half = f0 / 3 / BIN_HZ; /* of a width of two thirds of f0 */
  double sum = 0;

  /* sums[i]: of the bins from -N_BINS / 2 to i - N_BINS / 2 - 1. */
  for (int i = 0; i < 2 * N_BINS; i++) {
    const int bin = abs (i - N_BINS / 2);

    envelope->sums[i] = sum;
    sum += (double) envelope->power[bin < N_BINS ? bin : 2 * (N_BINS - 1) - bin];
  }
  for (int k = 0; k < N_BINS; k++) {
    const float at = (float) k + 0.5f;
    const double area = integral (envelope->sums, at + half) - integral (envelope->sums, at - half);

    envelope->power[k] = (float) (area / (2 * (double) half));
  }
}

void
audio_envelope_compute (AudioEnvelope *envelope, const float *samples, size_t n_samples,
                        size_t centre, float f0_hz, float cepstrum[AUDIO_ENVELOPE_SIZE])
{
  const float f0 = f0_hz > 0 ? CLAMP (f0_hz, MIN_F0_HZ, MAX_F0_HZ) : UNVOICED_HZ;
  fftwf_complex *x = envelope->x;

  fill_window (envelope, samples, n_samples, centre, f0);
  fftwf_execute (envelope->plan);
  for (int k = 0; k < N_BINS; k++)
    envelope->power[k] = x[k][0] * x[k][0] + x[k][1] * x[k][1];
  fill_below (envelope->power, f0);
  smooth (envelope, f0);
  for (int k = 0; k < SIZE; k++) {
    const int bin = k < N_BINS ? k : SIZE - k;

    x[k][0] = logf (MAX (envelope->power[bin], LEAST_POWER));
    x[k][1] = 0;
  }
  fftwf_execute (envelope->plan);
  for (int n = 1; n <= AUDIO_ENVELOPE_SIZE; n++) {
    const float turns = f0 * (float) n / RATE_HZ, angle = (float) M_PI * turns;
    const float smoothing = sinf (angle) / angle;
    const float compensation = 1 - 2 * Q1 + 2 * Q1 * cosf (2 * angle);

    cepstrum[n - 1] = x[n][0] / SIZE * smoothing * compensation;
  }
}
