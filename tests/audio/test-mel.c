/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The log-mel spectrogram against the reference's (tools/goldens/mel), and where its input ends. */

#include <math.h>
#include <string.h>

#include "audio/whisper/mel.h"
#include "tests/audio/made-up.h"

#define N_SAMPLES 480000
#define N_FRAMES 3000
#define TOLERANCE 1e-4

/* The signal of tools/goldens/mel. */
static float *
make_signal (void)
{
  float *samples = g_new0 (float, N_SAMPLES);
  uint32_t state = 1;
  for (int i = 0; i < 80000; i++) {
    samples[i] = signal_next (&state) * (float) (i / 4000 % 2) * 0.25f;
    samples[i] += i / 64 % 2 == 0 ? 0.125f : -0.125f;
  }
  samples[479990] = 0.5f;
  return samples;
}

static void
check_golden (int n_bands)
{
  g_autofree char *name = g_strdup_printf ("mel-%d.txt", n_bands);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "golden", "audio", name, NULL);
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_auto (GStrv) lines = g_strsplit (g_strchomp (text), "\n", -1);
  g_autoptr (AudioMel) mel = audio_mel_new (n_bands);
  g_autofree float *samples = make_signal ();
  g_autofree float *out = g_new (float, (gsize) N_FRAMES *n_bands);
  double worst = 0;
  g_assert_cmpint (audio_mel_get_n_bands (mel), ==, n_bands);
  audio_mel_compute (mel, samples, N_SAMPLES, N_FRAMES, out);
  g_assert_cmpuint (g_strv_length (lines), >, 10);
  for (int i = 0; lines[i] != NULL; i++) {
    char *at = lines[i];
    gint64 frame = g_ascii_strtoll (at, &at, 10);
    g_assert_cmpint (frame, <, N_FRAMES);
    for (int b = 0; b < n_bands; b++) {
      double difference = fabs (g_ascii_strtod (at, &at) - out[frame * n_bands + b]);
      worst = MAX (worst, difference);
    }
    g_assert_cmpint (*at, ==, '\0');
  }
  g_test_message ("largest difference %g", worst);
  g_assert_cmpfloat (worst, <, TOLERANCE);
}

static void
test_golden_80 (void)
{
  check_golden (80);
}

static void
test_golden_128 (void)
{
  check_golden (128);
}

/* Samples that are not given count as zeros, whatever the number of frames. */
static void
test_padding (void)
{
  static const int frames[] = { 1, 15, 16, 17, 100 };
  g_autoptr (AudioMel) mel = audio_mel_new (80);
  g_autofree float *samples = make_signal ();
  memset (samples + 9000, 0, (N_SAMPLES - 9000) * sizeof (float));
  for (size_t i = 0; i < G_N_ELEMENTS (frames); i++) {
    g_autofree float *whole = g_new (float, (gsize) frames[i] * 80);
    g_autofree float *cut = g_new (float, (gsize) frames[i] * 80);
    /* Exactly as large as it is, so that address sanitizer sees a read past the end. */
    g_autofree float *copy = g_memdup2 (samples, 9000 * sizeof (float));
    audio_mel_compute (mel, samples, N_SAMPLES, frames[i], whole);
    audio_mel_compute (mel, copy, 9000, frames[i], cut);
    g_assert_cmpmem (whole, frames[i] * 80 * sizeof (float), cut, frames[i] * 80 * sizeof (float));
  }
}

/* Silence is as far down as the clamp: (log10 (1e-10) + 4) / 4. */
static void
test_silence (void)
{
  float out[3 * 80];
  g_autoptr (AudioMel) mel = audio_mel_new (80);
  audio_mel_compute (mel, NULL, 0, 3, out);
  for (size_t i = 0; i < G_N_ELEMENTS (out); i++)
    g_assert_cmpfloat_with_epsilon (out[i], -1.5f, 1e-6f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/audio/mel/golden-80", test_golden_80);
  g_test_add_func ("/audio/mel/golden-128", test_golden_128);
  g_test_add_func ("/audio/mel/padding", test_padding);
  g_test_add_func ("/audio/mel/silence", test_silence);
  return g_test_run ();
}
