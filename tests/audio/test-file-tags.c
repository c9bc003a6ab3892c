/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a file says of itself, and that descriptors are closed once. */

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "audio/sound/file-tags.h"
#include "audio/sound/sound-writer.h"
#include "tests/support/folder.h"

static int n_wrong;

/* In place of libc's, for the libraries as well: closing what is closed may close what another
 * thread has just opened. */
int
close (int fd)
{
  const long result = syscall (SYS_close, fd);

  if (result != 0 && errno == EBADF)
    n_wrong++;
  return (int) result;
}

static void
test_written (void)
{
  g_autofree char *folder = g_dir_make_tmp ("hearsay-tags-XXXXXX", NULL);
  const AudioSoundTags tags = { .title = "A title", .software = "a program", .comment = "ünsaid" };
  static const char *const names[] = { "a.wav", "a.flac" };
  float samples[4800] = { 0 };

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (folder, names[i], NULL);
    AudioSoundWriter *writer = audio_sound_writer_open (path, 24000, NULL);
    g_auto (AudioFileTags) found = { 0 };

    g_assert_true (audio_sound_writer_append (writer, samples, G_N_ELEMENTS (samples), NULL));
    g_assert_true (audio_sound_writer_close (writer, &tags, NULL));
    audio_file_tags_read (path, &found);
    g_assert_cmpstr (found.title, ==, tags.title);
    g_assert_cmpstr (found.comment, ==, tags.comment);
  }
  test_folder_remove (folder);
  g_assert_cmpint (n_wrong, ==, 0);
}

static void
test_others (void)
{
  g_autofree char *folder = g_dir_make_tmp ("hearsay-tags-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "text.wav", NULL);
  g_autofree char *absent = g_build_filename (folder, "absent", NULL);
  const char *const paths[] = { path, absent, folder };

  test_folder_put (folder, "text.wav", "this is no sound");
  for (size_t i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_auto (AudioFileTags) found = { 0 };

    audio_file_tags_read (paths[i], &found);
    g_assert_null (found.title);
    g_assert_null (found.software);
    g_assert_null (found.comment);
  }
  test_folder_remove (folder);
  g_assert_cmpint (n_wrong, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/file-tags/written", test_written);
  g_test_add_func ("/file-tags/others", test_others);
  return g_test_run ();
}
