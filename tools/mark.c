/* SPDX-License-Identifier: GPL-3.0-or-later */

/* mark IN OUT.wav: a copy of a mono recording with the mark, for measuring what the mark costs, and
 * on standard output how far the two are apart: ratio of sound to change in all and per 30 ms, and
 * by how much loudness (LU) and true peak (dB) changed. */

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>

#include "audio/sound/loudness.h"
#include "audio/sound/mark.h"

#define SEGMENT_S 0.03
/* Segments softer than this do not count. */
#define QUIET 1e-6

static int
fail (const char *path)
{
  fprintf (stderr, "mark: %s: %s\n", path, sf_strerror (NULL));
  return EXIT_FAILURE;
}

static void
measure (const float *samples, size_t n, int rate_hz, double *loudness, double *peak)
{
  g_autoptr (AudioLoudness) meter = audio_loudness_new (rate_hz);

  audio_loudness_add (meter, samples, n);
  *loudness = audio_loudness_get_lufs (meter);
  *peak = audio_loudness_get_true_peak (meter);
}

static void
compare (const float *samples, const float *marked, size_t n, int rate_hz)
{
  const size_t n_segment = (size_t) (SEGMENT_S * rate_hz);
  double all[2] = { 0 }, segmental = 0, loudness[2], peak[2];
  int n_counted = 0;

  for (size_t from = 0; from + n_segment <= n; from += n_segment) {
    double power = 0, change = 1e-20;
    for (size_t i = from; i < from + n_segment; i++) {
      power += pow ((double) samples[i], 2);
      change += pow ((double) (marked[i] - samples[i]), 2);
    }
    all[0] += power;
    all[1] += change;
    if (power / (double) n_segment > QUIET) {
      segmental += 10 * log10 (power / change);
      n_counted++;
    }
  }
  measure (samples, n, rate_hz, &loudness[0], &peak[0]);
  measure (marked, n, rate_hz, &loudness[1], &peak[1]);
  printf ("{\"snr_db\": %.2f, \"segmental_snr_db\": %.2f, \"loudness_lu\": %.3f, "
          "\"peak_db\": %.2f}\n",
          10 * log10 (all[0] / all[1]), segmental / MAX (n_counted, 1), loudness[1] - loudness[0],
          peak[1] - peak[0]);
}

int
main (int argc, char **argv)
{
  SF_INFO info = { 0 };

  if (argc != 3) {
    fprintf (stderr, "usage: mark IN OUT.wav\n");
    return EXIT_FAILURE;
  }
  SNDFILE *in = sf_open (argv[1], SFM_READ, &info);
  if (in == NULL || info.channels != 1 || info.samplerate < AUDIO_MARK_MIN_RATE_HZ)
    return fail (argv[1]);
  size_t n = (size_t) info.frames;
  g_autofree float *samples = g_new (float, n);
  n = (size_t) sf_readf_float (in, samples, info.frames);
  sf_close (in);
  g_autofree float *marked = g_memdup2 (samples, n * sizeof (float));
  audio_mark_add (marked, n, info.samplerate, AUDIO_MARK_STOCK_VOICE);
  compare (samples, marked, n, info.samplerate);
  info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  SNDFILE *out = sf_open (argv[2], SFM_WRITE, &info);
  if (out == NULL || sf_writef_float (out, marked, (sf_count_t) n) != (sf_count_t) n)
    return fail (argv[2]);
  return sf_close (out) == 0 ? EXIT_SUCCESS : fail (argv[2]);
}
