/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "tests/audio/made-up-voice.h"

#include <math.h>
#include <string.h>

#include <glib.h>

#include "tests/audio/made-up.h"

#define RATE_HZ 16000.0
/* Of a pulse, to each side. */
#define REACH 16

static void
add_pulse (float *samples, ptrdiff_t n, double at, double amplitude)
{
  for (ptrdiff_t i = (ptrdiff_t) at - REACH; i <= (ptrdiff_t) at + REACH; i++) {
    double x = (double) i - at;
    if (i < 0 || i >= n || fabs (x) >= REACH)
      continue;
    /* Half of the band, so that nothing is lost between samples. */
    double sinc = fabs (x) < 1e-9 ? 1 : sin (G_PI * x / 2) / (G_PI * x / 2);
    samples[i] += (float) (amplitude * sinc * (0.5 + 0.5 * cos (G_PI * x / REACH)));
  }
}

VoicePulses
voice_add_pulses (float *samples, size_t n, double hz, double amplitude, double jitter,
                  double shimmer)
{
  double period = RATE_HZ / hz, at = period / 2, last_step = 0, last_height = 0;
  VoicePulses sum = { 0 };
  uint32_t state = 21;
  int n_pulses = 0;
  for (; at < (double) n; n_pulses++) {
    double step = period * (1 + jitter * (double) signal_next (&state));
    double height = amplitude * (1 + shimmer * (double) signal_next (&state));
    add_pulse (samples, (ptrdiff_t) n, at, height);
    at += step;
    if (n_pulses > 0) {
      sum.jitter += fabs (step - last_step) / period;
      sum.shimmer += fabs (height - last_height) / amplitude;
    }
    last_step = step;
    last_height = height;
  }
  return (VoicePulses){ sum.jitter / (n_pulses - 1), sum.shimmer / (n_pulses - 1) };
}

static void
ring (float *samples, size_t n, double hz, double band_hz)
{
  double r = exp (-G_PI * band_hz / RATE_HZ), a = 2 * r * cos (2 * G_PI * hz / RATE_HZ);
  double before = 0, last = 0;
  for (size_t i = 0; i < n; i++) {
    double next = (double) samples[i] + a * last - r * r * before;
    before = last;
    last = next;
    samples[i] = (float) (next * (1 - r));
  }
}

void
voice_make_vowel (float *samples, size_t n)
{
  ring (samples, n, 600, 80);
  ring (samples, n, 1500, 120);
}

void
voice_add_tone (float *samples, size_t n, double hz, double amplitude)
{
  for (size_t i = 0; i < n; i++)
    samples[i] += (float) (amplitude * sin (2 * G_PI * hz * (double) i / RATE_HZ));
}

void
voice_add_noise (float *samples, size_t n, double rms, uint32_t *state)
{
  for (size_t i = 0; i < n; i++)
    samples[i] += (float) (rms * sqrt (3)) * signal_next (state);
}

double
voice_get_rms (const float *samples, size_t n)
{
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += (double) samples[i] * samples[i];
  return sqrt (sum / (double) n);
}
