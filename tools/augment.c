/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "tools/augment.h"

#include <math.h>
#include <string.h>

#define RATE 16000.0
#define ROOM_TAPS 4000

static double
uniform (GRand *rand, double low, double high)
{
  return g_rand_double_range (rand, low, high);
}

static gboolean
chance (GRand *rand, double probability)
{
  return g_rand_double (rand) < probability;
}

/* Of mean 0 and deviation 1, nearly normal. */
static double
noise (GRand *rand)
{
  double sum = 0.0;

  for (int i = 0; i < 4; i++)
    sum += g_rand_double (rand);
  return (sum - 2.0) * sqrt (3.0);
}

static double
rms (const float *x, gsize n)
{
  double sum = 0.0;

  for (gsize i = 0; i < n; i++)
    sum += (double) x[i] * (double) x[i];
  return sqrt (sum / (double) MAX (n, 1));
}

static float
sample_at (const float *x, gsize n, gssize i)
{
  return i < 0 || i >= (gssize) n ? 0.0f : x[i];
}

/* Cubic interpolation after Catmull and Rom: pitch and tempo change together. */
static float *
change_speed (const float *x, gsize n, double speed, gsize *n_out)
{
  float *y;

  *n_out = (gsize) ((double) n / speed);
  y = g_new (float, MAX (*n_out, 1));
  for (gsize i = 0; i < *n_out; i++) {
    const double at = (double) i * speed;
    const gssize k = (gssize) at;
    const float t = (float) (at - (double) k);
    const float a = sample_at (x, n, k - 1), b = sample_at (x, n, k);
    const float c = sample_at (x, n, k + 1), d = sample_at (x, n, k + 2);

    y[i] = b + 0.5f * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
  }
  return y;
}

/* The direct sound, then noise that decays by 60 dB in `decay_s`. */
static void
add_room (GRand *rand, float *x, gsize n, double decay_s, double reverberant)
{
  g_autofree float *taps = g_new (float, ROOM_TAPS);
  g_autofree float *dry = g_memdup2 (x, n * sizeof *x);
  double power = 0.0;
  const gsize first = (gsize) uniform (rand, 30, 200);

  for (gsize i = 0; i < ROOM_TAPS; i++) {
    taps[i] =
        i < first ? 0.0f : (float) (noise (rand) * pow (10.0, -3.0 * (double) i / RATE / decay_s));
    power += (double) taps[i] * (double) taps[i];
  }
  for (gsize i = 0; i < ROOM_TAPS; i++)
    taps[i] *= (float) (reverberant / sqrt (power));
  for (gsize k = first; k < ROOM_TAPS && k < n; k++)
    for (gsize i = k; i < n; i++)
      x[i] += taps[k] * dry[i - k];
}

/* Butterworth of order 2; the bilinear transform as in Bristow-Johnson's cookbook. */
static void
filter (float *x, gsize n, double hz, gboolean high)
{
  const double w = 2.0 * G_PI * hz / RATE, c = cos (w), alpha = sin (w) / G_SQRT2;
  const double b1 = high ? -(1.0 + c) : 1.0 - c, b0 = fabs (b1) / 2.0, a0 = 1.0 + alpha;
  double x1 = 0.0, x2 = 0.0, y1 = 0.0, y2 = 0.0;

  for (gsize i = 0; i < n; i++) {
    const double in = (double) x[i];
    const double y = (b0 * in + b1 * x1 + b0 * x2 + 2.0 * c * y1 - (1.0 - alpha) * y2) / a0;

    x2 = x1;
    x1 = in;
    y2 = y1;
    y1 = y;
    x[i] = (float) y;
  }
}

/* Louder or softer treble: what a microphone and the distance to it do. */
static void
tilt (float *x, gsize n, double hz, double treble)
{
  const double k = exp (-2.0 * G_PI * hz / RATE);
  double low = 0.0;

  for (gsize i = 0; i < n; i++) {
    low = k * low + (1.0 - k) * (double) x[i];
    x[i] = (float) (low + treble * ((double) x[i] - low));
  }
}

static void
add_noise (GRand *rand, float *x, gsize n, double snr_db)
{
  const double k = uniform (rand, 0.0, 0.98); /* white to nearly brown */
  const double level = rms (x, n) * pow (10.0, -snr_db / 20.0) * sqrt (1.0 - k * k);
  double state = 0.0;

  for (gsize i = 0; i < n; i++) {
    state = k * state + noise (rand);
    x[i] += (float) (level * state);
  }
}

/* Logarithmic 8 bits, as telephones have it. */
static void
quantise (float *x, gsize n)
{
  double peak = 1e-9;

  for (gsize i = 0; i < n; i++)
    peak = MAX (peak, fabs ((double) x[i]));
  for (gsize i = 0; i < n; i++) {
    const double code = rint (127.0 * log1p (255.0 * fabs ((double) x[i]) / peak) / log (256.0));

    x[i] = (float) copysign (peak * expm1 (code / 127.0 * log (256.0)) / 255.0, (double) x[i]);
  }
}

float *
augment (const float *samples, gsize n_samples, guint32 seed, gsize *n_out)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  const double speed = chance (rand, 0.5) ? exp (uniform (rand, -0.1, 0.1)) : 1.0;
  float *x = change_speed (samples, n_samples, speed, n_out);
  const gsize n = *n_out;
  float gain;

  if (chance (rand, 0.4))
    add_room (rand, x, n, uniform (rand, 0.1, 0.6), uniform (rand, 0.1, 0.8));
  if (chance (rand, 0.4))
    tilt (x, n, uniform (rand, 500, 2500), exp (uniform (rand, -0.8, 0.8)));
  if (chance (rand, 0.5))
    add_noise (rand, x, n, uniform (rand, 8, 40));
  if (chance (rand, 0.25))
    filter (x, n, uniform (rand, 2800, 7000), FALSE);
  if (chance (rand, 0.2))
    filter (x, n, uniform (rand, 80, 350), TRUE);
  if (chance (rand, 0.15))
    quantise (x, n);
  gain = (float) pow (10.0, uniform (rand, -8, 8) / 20.0);
  for (gsize i = 0; i < n; i++)
    x[i] = CLAMP (gain * x[i], -1.0f, 1.0f);
  return x;
}
