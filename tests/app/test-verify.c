/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Every file that goes through app/speech/sound-file.h is known again, whatever its kind. */

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "app/speech/sound-file.h"
#include "app/speech/verify.h"
#include "audio/base/audio-error.h"

static char *folder;

static char *
in_folder (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

/* Noise in bands that rise and fall, so that there is something to mark; kept below clipping. */
static float *
make_sound (size_t n)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  float *samples = g_new (float, n), state = 0;

  for (size_t i = 0; i < n; i++) {
    float level = (float) (0.1 + 0.09 * sin (2 * G_PI * 3 * (double) i / APP_SOUND_FILE_RATE));
    state = 0.7f * state + level * (float) g_rand_double_range (rand, -1, 1);
    samples[i] = state;
  }
  return samples;
}

static void
write_file_in_voice (const char *path, size_t n, const char *voice)
{
  g_autoptr (GError) error = NULL;
  g_autofree float *samples = make_sound (n);
  AppSoundFile *file = app_sound_file_open (path, &(AppSoundFileTags){ .voice = voice }, &error);

  g_assert_no_error (error);
  for (size_t done = 0; done < n; done += MIN (n - done, 10001))
    g_assert_true (app_sound_file_append (file, samples + done, MIN (n - done, 10001), &error));
  g_assert_true (app_sound_file_close (file, &error));
  g_assert_no_error (error);
}

static void
write_file (const char *path, size_t n)
{
  write_file_in_voice (path, n, "af_heart");
}

static void
test_kinds (void)
{
  static const char *const names[] = { "a.wav", "a.flac", "a.opus", "a.mp3" };

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    const size_t n = 6 * APP_SOUND_FILE_RATE + 17;
    g_autofree char *path = in_folder (names[i]);
    g_autoptr (GError) error = NULL;
    g_auto (AppVerdict) verdict = { 0 };

    write_file (path, n);
    g_assert_true (app_verify (path, NULL, &verdict, &error));
    g_test_message ("%s: score %.1f", names[i], verdict.mark.score);
    g_assert_true (verdict.mark.is_found);
    g_assert_cmpint (verdict.mark.payload, ==, AUDIO_MARK_STOCK_VOICE);
    g_assert_true (verdict.says_made_by_hearsay);
    g_assert_cmpstr (verdict.tags.title, ==, "a");
    g_assert_cmpfloat_with_epsilon (verdict.seconds, (double) n / APP_SOUND_FILE_RATE, 1e-3);
  }
}

/* As long as the sound that went in, also when that is shorter than what the marker holds back. */
static void
test_short (void)
{
  static const size_t lengths[] = { 1, 149, 150, 700, 4096, 12000 };

  for (size_t i = 0; i < G_N_ELEMENTS (lengths); i++) {
    g_autofree char *path = in_folder ("short.wav");
    g_autoptr (GError) error = NULL;
    g_auto (AppVerdict) verdict = { 0 };
    g_autofree char *bytes = NULL;
    gsize n_bytes;

    write_file (path, lengths[i]);
    g_assert_true (g_file_get_contents (path, &bytes, &n_bytes, NULL));
    g_assert_cmpuint (n_bytes, >=, 44 + 2 * lengths[i]);
    if (lengths[i] < 2400) {
      g_assert_false (app_verify (path, NULL, &verdict, &error));
      g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_TOO_SHORT);
      continue;
    }
    g_assert_true (app_verify (path, NULL, &verdict, &error));
    g_assert_cmpfloat_with_epsilon (verdict.seconds, (double) lengths[i] / APP_SOUND_FILE_RATE,
                                    1e-3);
    g_assert_false (verdict.mark.is_found);
  }
}

/* Whose voice it is shows in the mark; a part of another file is read without it. */
static void
test_own_voice (void)
{
  const size_t n = 6 * APP_SOUND_FILE_RATE;
  g_autofree char *path = in_folder ("a.flac");
  g_autoptr (GError) error = NULL;
  g_auto (AppVerdict) verdict = { 0 };
  size_t n_read;

  write_file_in_voice (path, n, "mine");
  g_assert_true (app_verify (path, NULL, &verdict, &error));
  g_assert_cmpint (verdict.mark.payload, ==, AUDIO_MARK_OWN_VOICE);
  g_autofree float *samples = app_sound_file_read (path, "mine", &n_read, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_read, ==, n);
  g_auto (AudioMarkFinding) finding = { 0 };
  g_assert_true (audio_mark_find (samples, n, APP_SOUND_FILE_RATE, NULL, &finding));
  g_assert_false (finding.is_found);
}

static void
test_cancel (void)
{
  g_autofree char *path = in_folder ("a.wav");
  g_autoptr (GError) error = NULL;
  g_auto (AppVerdict) verdict = { 0 };
  atomic_bool cancel = true;

  write_file (path, 48000);
  g_assert_false (app_verify (path, &cancel, &verdict, &error));
  g_assert_nonnull (error);
}

static void
test_chance (void)
{
  static const struct {
    double log10;
    const char *text;
  } cases[] = {
    { 0, "1 in 1" }, { -0.5, "1 in 3" }, { -6.2, "1 in 10^6" }, { -900, "1 in 10^300" }
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = app_verdict_format_chance (cases[i].log10);
    g_assert_cmpstr (text, ==, cases[i].text);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("hearsay-verify-XXXXXX", NULL);
  g_test_add_func ("/verify/kinds", test_kinds);
  g_test_add_func ("/verify/short", test_short);
  g_test_add_func ("/verify/own-voice", test_own_voice);
  g_test_add_func ("/verify/cancel", test_cancel);
  g_test_add_func ("/verify/chance", test_chance);
  int status = g_test_run ();
  static const char *const names[] = { "a.wav", "a.flac", "a.opus", "a.mp3", "short.wav" };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = in_folder (names[i]);
    g_unlink (path);
  }
  g_rmdir (folder);
  g_free (folder);
  return status;
}
