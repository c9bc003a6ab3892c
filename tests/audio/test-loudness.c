/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/sound/loudness.h"

#include <math.h>

#define RATE_HZ 24000

static float *
make_tone (size_t n, double hz, double level, double phase)
{
  float *samples = g_new (float, n);

  for (size_t i = 0; i < n; i++)
    samples[i] = (float) (level * sin (2 * G_PI * hz * (double) i / RATE_HZ + phase));
  return samples;
}

/* By definition a full-scale sine of 1 kHz in one channel has -3.01 LUFS. */
static void
test_meter (void)
{
  g_autofree float *tone = make_tone (5 * RATE_HZ, 997, 0.1, 0);
  g_autoptr (AudioLoudness) meter = audio_loudness_new (RATE_HZ);
  g_autoptr (AudioLoudness) silent = audio_loudness_new (RATE_HZ);

  for (size_t done = 0; done < 5 * RATE_HZ; done += 1000)
    audio_loudness_add (meter, tone + done, 1000);
  g_assert_cmpfloat_with_epsilon (audio_loudness_get_lufs (meter), -23.01, 0.1);
  g_assert_cmpfloat_with_epsilon (audio_loudness_get_true_peak (meter), -20, 0.1);
  g_assert_cmpfloat_with_epsilon (audio_loudness_gain (-22, -16), pow (10, 0.3), 1e-5);
  g_assert_cmpfloat_with_epsilon (audio_loudness_gain (-80, -16), 10, 1e-4);
  g_assert_true (isinf (audio_loudness_get_lufs (silent)));
  g_assert_true (isinf (audio_loudness_get_true_peak (silent)));
  g_assert_cmpfloat (audio_loudness_gain (-INFINITY, -16), ==, 1);
}

/* In pieces of random lengths; returns all that comes out, n samples. */
static float *
limit (const float *samples, size_t n, float gain, double ceiling)
{
  g_autoptr (AudioLimiter) limiter = audio_limiter_new (RATE_HZ, ceiling);
  float *out = g_new (float, n + audio_limiter_get_delay (limiter));
  size_t n_out = 0;

  audio_limiter_set_gain (limiter, gain);
  for (size_t done = 0; done < n;) {
    size_t block = (size_t) g_test_rand_int_range (1, 700);
    block = MIN (block, n - done);
    n_out += audio_limiter_process (limiter, samples + done, block, out + n_out);
    done += block;
  }
  g_assert_cmpuint (n - n_out, ==, audio_limiter_get_delay (limiter));
  n_out += audio_limiter_flush (limiter, out + n_out);
  g_assert_cmpuint (n_out, ==, n);
  return out;
}

/* What stays below the ceiling comes out as it went in, and in its place. */
static void
test_transparent (void)
{
  g_autofree float *tone = make_tone (RATE_HZ, 440, 0.2, 0);
  g_autofree float *out = limit (tone, RATE_HZ, 2, -1.5);

  for (size_t i = 0; i < RATE_HZ; i++)
    g_assert_cmpfloat_with_epsilon (out[i], 2 * tone[i], 1e-6);
}

/* Bursts beyond the ceiling, of tones whose highest points lie between the samples. */
static void
test_ceiling (void)
{
  static const double hz[] = { 150, 997, 3000, 6000, 7999 };

  for (size_t t = 0; t < G_N_ELEMENTS (hz); t++) {
    g_autofree float *tone = make_tone (2 * RATE_HZ, hz[t], 0.9, 0.785);
    g_autoptr (AudioLoudness) meter = audio_loudness_new (RATE_HZ);
    for (size_t i = 0; i < 2 * RATE_HZ; i++)
      if (i / 3000 % 3 != 1)
        tone[i] *= 0.1f;
    g_autofree float *out = limit (tone, 2 * RATE_HZ, 3, -1.5);
    audio_loudness_add (meter, out, 2 * RATE_HZ);
    g_test_message ("%.0f Hz: %.2f dBTP", hz[t], audio_loudness_get_true_peak (meter));
    g_assert_cmpfloat (audio_loudness_get_true_peak (meter), <, -1.2);
    g_assert_cmpfloat (audio_loudness_get_true_peak (meter), >, -2.2);
    /* Far from the bursts nothing is turned down. */
    g_assert_cmpfloat_with_epsilon (out[1500], 3 * tone[1500], 1e-6);
  }
}

/* The gain has no steps: a constant stays smooth when a burst is limited. */
static void
test_smooth (void)
{
  const size_t n = RATE_HZ;
  g_autofree float *samples = g_new (float, n);
  float largest = 0;

  for (size_t i = 0; i < n; i++)
    samples[i] = 0.3f + (i > 9000 && i < 15283 ? 0.6f * sinf ((float) (i - 9000) * 0.005f) : 0);
  g_autofree float *out = limit (samples, n, 2, -1.5);
  for (size_t i = 2; i + 200 < n; i++)
    largest = fmaxf (largest, fabsf (out[i] - out[i - 1]));
  g_assert_cmpfloat (largest, <, 0.03f);
}

static void
test_fade (void)
{
  float samples[100];

  for (size_t i = 0; i < 100; i++)
    samples[i] = 1;
  audio_fade (samples, 100, 20, 10);
  g_assert_cmpfloat (samples[0], <, 0.01f);
  g_assert_cmpfloat (samples[99], <, 0.01f);
  g_assert_cmpfloat_with_epsilon (samples[10], 0.5f, 0.05f);
  g_assert_cmpfloat (samples[20], ==, 1);
  g_assert_cmpfloat (samples[89], ==, 1);
  audio_fade (samples, 1, 20, 10);
  audio_fade (samples, 0, 20, 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/audio/loudness/meter", test_meter);
  g_test_add_func ("/audio/loudness/transparent", test_transparent);
  g_test_add_func ("/audio/loudness/ceiling", test_ceiling);
  g_test_add_func ("/audio/loudness/smooth", test_smooth);
  g_test_add_func ("/audio/loudness/fade", test_fade);
  return g_test_run ();
}
