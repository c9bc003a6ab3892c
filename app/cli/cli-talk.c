/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/cli/cli-talk.h"

#include <errno.h>

#include <gio/gio.h>
#include <glib/gstdio.h>

#include "app/speech/narration.h"
#include "app/speech/sound-file.h"

const char *
app_cli_talk_begin (AppCliTalk *talk, const char *text, GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (talk->folder == NULL)
    talk->folder = g_dir_make_tmp ("hearsay-XXXXXX", &problem);
  if (talk->folder == NULL) {
    g_set_error_literal (error, APP_ERROR, APP_ERROR_DISK, problem->message);
    return NULL;
  }
  g_autofree char *name = g_strdup_printf ("%u.flac", ++talk->n);
  g_free (talk->path);
  g_free (talk->text);
  talk->path = g_build_filename (talk->folder, name, NULL);
  talk->text = g_strdup (text);
  return talk->path;
}

/* Takes of the same sentences are found by their names. */
static gboolean
copy_takes (const char *from_path, const char *path, GError **error)
{
  g_autofree char *from = app_narration_get_takes_folder (from_path);
  g_autofree char *to = app_narration_get_takes_folder (path);
  g_autoptr (GDir) dir = g_dir_open (from, 0, NULL);
  const char *name;

  if (g_mkdir_with_parents (to, 0777) != 0) {
    g_set_error (error, APP_ERROR, APP_ERROR_DISK, "%s: %s", to, g_strerror (errno));
    return FALSE;
  }
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *source = g_build_filename (from, name, NULL);
    g_autofree char *target = g_build_filename (to, name, NULL);
    g_autoptr (GFile) source_file = g_file_new_for_path (source);
    g_autoptr (GFile) target_file = g_file_new_for_path (target);

    if (!g_file_copy (source_file, target_file, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
app_cli_talk_save (const AppCliTalk *talk, const char *path, AppCliSpeaking *speaking,
                   GError **error)
{
  if (talk->path == NULL) {
    g_set_error_literal (error, APP_ERROR, APP_ERROR_ARGUMENT,
                         "nothing was read out yet; ask for it, as “write a 30-second talk on "
                         "tides and read it out”");
    return FALSE;
  }
  if (!app_sound_file_check (path, error) || !copy_takes (talk->path, path, error))
    return FALSE;
  return app_cli_speaking_narrate (speaking, talk->text, path, TRUE, error);
}

static void
delete_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *inner = g_build_filename (path, name, NULL);

    if (g_file_test (inner, G_FILE_TEST_IS_DIR) && !g_file_test (inner, G_FILE_TEST_IS_SYMLINK))
      delete_tree (inner);
    else
      g_unlink (inner);
  }
  g_rmdir (path);
}

void
app_cli_talk_clear (AppCliTalk *talk)
{
  if (talk->folder != NULL)
    delete_tree (talk->folder);
  g_clear_pointer (&talk->folder, g_free);
  g_clear_pointer (&talk->path, g_free);
  g_clear_pointer (&talk->text, g_free);
}
