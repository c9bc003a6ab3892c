/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Files of every kind, read back by libsndfile; tags and chapters by their bytes. */

#include "audio/sound/sound-writer.h"

#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <sndfile.h>

#define RATE_HZ 24000

static const char *const names[] = { "a.wav", "a.FLAC", "a.ogg", "a.opus", "a.mp3" };
static const AudioChapter chapters[] = { { 0, "One" }, { 1.5, "第二" } };
static const char *const pairs[] = { "SYNTHESISED", "yes", NULL };
static const AudioSoundTags tags = { "A talk", "Hearsay", "made by", pairs, chapters, 2 };

static char *folder;

static char *
in_folder (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static gboolean
append_tone (AudioSoundWriter *writer, double seconds, GError **error)
{
  size_t n = (size_t) (seconds * RATE_HZ);
  g_autofree float *samples = g_new (float, n);

  for (size_t i = 0; i < n; i++)
    samples[i] = 0.5f * sinf ((float) i * 0.1f);
  return audio_sound_writer_append (writer, samples, n, error);
}

static AudioSoundWriter *
open_writer (const char *path)
{
  g_autoptr (GError) error = NULL;
  AudioSoundWriter *writer = audio_sound_writer_open (path, RATE_HZ, &error);

  g_assert_no_error (error);
  return writer;
}

static void
assert_sound (const char *path, double seconds)
{
  SF_INFO info = { 0 };
  SNDFILE *file = sf_open (path, SFM_READ, &info);
  double power = 0;

  g_assert_nonnull (file);
  g_assert_cmpint (info.samplerate, ==, RATE_HZ);
  g_assert_cmpint (info.channels, ==, 1);
  g_autofree float *samples = g_new (float, (size_t) info.frames);
  g_assert_cmpint (sf_readf_float (file, samples, info.frames), ==, info.frames);
  for (sf_count_t i = 0; i < info.frames; i++)
    power += samples[i] * samples[i];
  g_assert_cmpfloat_with_epsilon ((double) info.frames / RATE_HZ, seconds, 1e-9);
  g_assert_cmpfloat_with_epsilon (sqrt (power / (double) info.frames), 0.3535, 0.03);
  g_assert_cmpstr (sf_get_string (file, SF_STR_TITLE), ==, "A talk");
  sf_close (file);
}

static guint
count_files (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static gboolean
holds (const char *path, const char *bytes, size_t n)
{
  g_autofree char *contents = NULL;
  gsize length = 0;

  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  return memmem (contents, length, bytes, n) != NULL;
}

static void
test_kinds (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = in_folder (names[i]);
    g_autoptr (GError) error = NULL;
    AudioSoundWriter *writer = open_writer (path);
    g_assert_true (append_tone (writer, 3, &error));
    /* Nothing is there before it is whole. */
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    g_assert_true (audio_sound_writer_close (writer, &tags, &error));
    assert_sound (path, 3);
    g_assert_true (holds (path, "yes", 3));
    g_assert_true (holds (path, "第二", strlen ("第二")));
    g_assert_cmpuint (count_files (), ==, 1);
    g_remove (path);
  }
}

static void
test_chapters (void)
{
  static const struct {
    const char *name;
    const char *bytes;
    size_t n;
  } expected[] = {
    { "a.wav", "\xa0\x8c\0\0data", 8 }, /* 36000 */
    { "a.flac", "CHAPTER001=00:00:01.500", 23 },
    { "a.opus", "CHAPTER001NAME=", 15 },
    { "a.mp3", "chp1\0\0\0\x05\xdc\0\0\x0b\xb8", 13 }, /* 1500 and 3000 ms */
  };
  SF_CUES cues = { 0 };

  for (size_t i = 0; i < G_N_ELEMENTS (expected); i++) {
    g_autofree char *path = in_folder (expected[i].name);
    AudioSoundWriter *writer = open_writer (path);
    append_tone (writer, 3, NULL);
    g_assert_true (audio_sound_writer_close (writer, &tags, NULL));
    g_assert_true (holds (path, expected[i].bytes, expected[i].n));
    SF_INFO info = { 0 };
    SNDFILE *file = sf_open (path, SFM_READ, &info);
    if (i == 0) {
      g_assert_true (sf_command (file, SFC_GET_CUE, &cues, sizeof cues));
      g_assert_cmpuint (cues.cue_count, ==, 2);
      g_assert_cmpuint (cues.cue_points[1].sample_offset, ==, 36000);
      g_assert_cmpstr (cues.cue_points[1].name, ==, "第二");
    }
    sf_close (file);
    g_remove (path);
  }
}

/* Tags longer than an ogg page, so that all pages after them are numbered anew. */
static void
test_long_tags (void)
{
  g_autofree char *comment = g_strnfill (200000, 'x');
  AudioSoundTags long_tags = tags;

  long_tags.comment = comment;
  for (size_t i = 1; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = in_folder (names[i]);
    AudioSoundWriter *writer = open_writer (path);
    append_tone (writer, 20, NULL);
    g_assert_true (audio_sound_writer_close (writer, &long_tags, NULL));
    assert_sound (path, 20);
    g_assert_true (holds (path, "xxxxxxxx", 8));
    g_remove (path);
  }
}

static void
test_replace (void)
{
  g_autofree char *path = in_folder ("old.wav");
  g_autofree char *contents = NULL;

  g_assert_true (g_file_set_contents (path, "precious", -1, NULL));
  AudioSoundWriter *writer = open_writer (path);
  append_tone (writer, 1, NULL);
  audio_sound_writer_discard (writer);
  g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
  g_assert_cmpstr (contents, ==, "precious");
  writer = open_writer (path);
  append_tone (writer, 1, NULL);
  g_assert_true (audio_sound_writer_close (writer, &tags, NULL));
  assert_sound (path, 1);
  g_assert_cmpuint (count_files (), ==, 1);
  g_remove (path);
}

static void
test_refusals (void)
{
  static const struct {
    const char *name;
    AudioError code;
  } refusals[] = { { "out.m4a", AUDIO_ERROR_FORMAT },
                   { "out", AUDIO_ERROR_FORMAT },
                   { "no/such/folder/out.wav", AUDIO_ERROR_OPEN } };

  for (size_t i = 0; i < G_N_ELEMENTS (refusals); i++) {
    g_autofree char *path = in_folder (refusals[i].name);
    g_autoptr (GError) error = NULL;
    g_assert_null (audio_sound_writer_open (path, RATE_HZ, &error));
    g_assert_error (error, AUDIO_ERROR, (int) refusals[i].code);
    g_assert_true (g_str_has_prefix (error->message, path));
  }
}

/* In a child with a limit on the size of files: 0 if it is told, and by which call. */
static int
write_until_full (const char *path)
{
  g_autoptr (GError) error = NULL;

  signal (SIGXFSZ, SIG_IGN);
  setrlimit (RLIMIT_FSIZE, &(struct rlimit){ 20000, 20000 });
  AudioSoundWriter *writer = open_writer (path);
  for (int i = 0; i < 60; i++)
    append_tone (writer, 1, NULL);
  return audio_sound_writer_close (writer, &tags, &error)
                 || !g_error_matches (error, AUDIO_ERROR, AUDIO_ERROR_DISK)
                 || !g_str_has_prefix (error->message, path)
             ? 1
             : 0;
}

/* A full disk: what could be written is kept where nothing stood, and what stood there stays. */
static void
test_disk_full (void)
{
  for (size_t i = 0; i < 2 * G_N_ELEMENTS (names); i++) {
    g_autofree char *path = in_folder (names[i / 2]);
    g_autofree char *contents = NULL;
    gboolean is_there = i % 2;
    int status;
    if (is_there)
      g_assert_true (g_file_set_contents (path, "precious", -1, NULL));
    pid_t pid = fork ();
    if (pid == 0)
      _exit (write_until_full (path));
    g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
    g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);
    g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
    g_assert_true (g_str_equal (contents, "precious") == is_there);
    g_assert_cmpuint (count_files (), ==, 1);
    if (!is_there) {
      SF_INFO info = { 0 };
      SNDFILE *file = sf_open (path, SFM_READ, &info);
      g_assert_nonnull (file);
      sf_close (file);
    }
    g_remove (path);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("hearsay-sound-XXXXXX", NULL);
  g_test_add_func ("/audio/sound-writer/kinds", test_kinds);
  g_test_add_func ("/audio/sound-writer/chapters", test_chapters);
  g_test_add_func ("/audio/sound-writer/long-tags", test_long_tags);
  g_test_add_func ("/audio/sound-writer/replace", test_replace);
  g_test_add_func ("/audio/sound-writer/refusals", test_refusals);
  g_test_add_func ("/audio/sound-writer/disk-full", test_disk_full);
  int status = g_test_run ();
  g_rmdir (folder);
  g_free (folder);
  return status;
}
