/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Stretched sound has the length that the speed says and keeps its pitch; a file is read as it is,
 * from anywhere. */

#include <glib/gstdio.h>
#include <math.h>
#include <sndfile.h>

#include "audio/sound/source.h"
#include "audio/sound/stretch.h"

#define RATE_HZ 16000
#define TONE_HZ 200.0

static GArray *
make_tone (double seconds)
{
  GArray *tone = g_array_new (FALSE, FALSE, sizeof (float));

  for (int i = 0; i < (int) (seconds * RATE_HZ); i++) {
    float sample = (float) (0.5 * sin (2 * G_PI * TONE_HZ * i / RATE_HZ));
    g_array_append_val (tone, sample);
  }
  return tone;
}

/* How often it rises through zero, per second. */
static double
measure_hz (const GArray *sound)
{
  guint n = 0;

  for (guint i = 1; i < sound->len; i++)
    n += g_array_index (sound, float, i - 1) < 0 && g_array_index (sound, float, i) >= 0;
  return (double) n * RATE_HZ / sound->len;
}

static void
test_length_and_pitch (void)
{
  g_autoptr (GArray) tone = make_tone (2);

  for (double speed = 0.5; speed <= 2; speed += 0.25) {
    g_autoptr (AudioStretch) stretch = audio_stretch_new (RATE_HZ);
    g_autoptr (GArray) out = g_array_new (FALSE, FALSE, sizeof (float));
    float peak = 0;
    for (guint i = 0; i < tone->len; i += 777)
      audio_stretch_run (stretch, speed, &g_array_index (tone, float, i), MIN (777, tone->len - i),
                         out);
    double expected = (tone->len - (double) audio_stretch_get_held (stretch)) / speed;
    g_assert_cmpfloat (fabs (out->len - expected), <=, 0.05 * RATE_HZ);
    g_assert_cmpfloat_with_epsilon (measure_hz (out), TONE_HZ, 4);
    for (guint i = 0; i < out->len; i++)
      peak = fmaxf (peak, fabsf (g_array_index (out, float, i)));
    g_assert_cmpfloat (peak, <=, 0.51f);
  }
}

static void
test_speed_of_one_changes_nothing (void)
{
  g_autoptr (GArray) tone = make_tone (0.1);
  g_autoptr (GArray) out = g_array_new (FALSE, FALSE, sizeof (float));
  g_autoptr (AudioStretch) stretch = audio_stretch_new (RATE_HZ);

  audio_stretch_run (stretch, 1, (const float *) (void *) tone->data, tone->len, out);
  g_assert_cmpmem (out->data, out->len * sizeof (float), tone->data, tone->len * sizeof (float));
}

static void
test_source (void)
{
  g_autofree char *folder = g_dir_make_tmp ("hearsay-source-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.wav", NULL);
  SF_INFO info = { .samplerate = 8000, .channels = 2, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT };
  SNDFILE *file = sf_open (path, SFM_WRITE, &info);
  float samples[64];

  for (int i = 0; i < 8000; i++)
    sf_writef_float (file, (float[]){ (float) i / 8000, i == 5 ? NAN : 0 }, 1);
  sf_close (file);
  g_autoptr (GError) error = NULL;
  g_autoptr (AudioSource) source = audio_source_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (audio_source_get_rate (source), ==, 8000);
  g_assert_cmpfloat (audio_source_get_seconds (source), ==, 1);
  g_assert_cmpuint (audio_source_read (source, samples, 64), ==, 64);
  g_assert_cmpfloat_with_epsilon (samples[5], 5.0 / 8000 / 2, 1e-6);
  g_assert_true (audio_source_seek (source, 0.5));
  g_assert_cmpuint (audio_source_read (source, samples, 1), ==, 1);
  g_assert_cmpfloat_with_epsilon (samples[0], 0.25, 1e-4);
  g_assert_true (audio_source_seek (source, 99));
  g_assert_cmpuint (audio_source_read (source, samples, 64), ==, 0);
  g_unlink (path);
  g_assert_null (audio_source_open (path, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_OPEN);
  g_rmdir (folder);
}

static void
test_source_that_is_no_sound (void)
{
  g_autofree char *folder = g_dir_make_tmp ("hearsay-source-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.wav", NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, "no sound", -1, NULL);
  g_assert_null (audio_source_open (path, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_FORMAT);
  g_clear_error (&error);
  g_assert_null (audio_source_open (folder, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_OPEN);
  g_unlink (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/audio/stretch/length-and-pitch", test_length_and_pitch);
  g_test_add_func ("/audio/stretch/one", test_speed_of_one_changes_nothing);
  g_test_add_func ("/audio/source/read", test_source);
  g_test_add_func ("/audio/source/no-sound", test_source_that_is_no_sound);
  return g_test_run ();
}
