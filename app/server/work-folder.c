/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/server/work-folder.h"

#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

#include "app/base/app-error.h"

#define MAX_NAME 100

struct _AppWorkFolder {
  char *path;
  guint n_opened;
};

AppWorkFolder *
app_work_folder_new (GError **error)
{
  g_autoptr (GError) problem = NULL;
  char *path = g_dir_make_tmp ("hearsay-serve-XXXXXX", &problem);
  AppWorkFolder *work;

  if (path == NULL) {
    g_set_error (error, APP_ERROR, APP_ERROR_DISK, "no folder for temporary files: %s",
                 problem->message);
    return NULL;
  }
  work = g_new0 (AppWorkFolder, 1);
  work->path = path;
  return work;
}

/* A folder of files. */
static void
remove_files (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);

    g_unlink (path);
  }
  g_rmdir (folder);
}

void
app_work_folder_free (AppWorkFolder *work)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (work == NULL)
    return;
  dir = g_dir_open (work->path, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (work->path, name, NULL);

    remove_files (path);
  }
  g_rmdir (work->path);
  g_free (work->path);
  g_free (work);
}

const char *
app_work_folder_get_path (const AppWorkFolder *work)
{
  return work->path;
}

char *
app_work_folder_open (AppWorkFolder *work, GError **error)
{
  g_autofree char *name = g_strdup_printf ("%u", ++work->n_opened);
  g_autofree char *path = g_build_filename (work->path, name, NULL);

  if (g_mkdir (path, 0700) == 0)
    return g_steal_pointer (&path);
  g_set_error (error, APP_ERROR, APP_ERROR_DISK, "%s: %s", path, g_strerror (errno));
  return NULL;
}

void
app_work_folder_close (AppWorkFolder *work, const char *folder)
{
  remove_files (folder);
}

char *
app_work_folder_make_name (const char *name, const char *otherwise)
{
  const char *last = name != NULL ? name : "";
  GString *made = g_string_new (NULL);

  for (const char *c = last; *c != '\0'; c++)
    if (*c == '/' || *c == '\\')
      last = c + 1;
  for (const char *c = last; *c != '\0'; c++) {
    gboolean is_plain = g_ascii_isalnum (*c) || strchr ("-_.", *c) != NULL;

    if (made->len > 0 || (is_plain && *c != '.'))
      g_string_append_c (made, is_plain ? *c : '_');
  }
  /* The ending is what tells a format. */
  if (made->len > MAX_NAME)
    g_string_erase (made, 0, (gssize) (made->len - MAX_NAME));
  while (made->len > 0 && made->str[0] == '.')
    g_string_erase (made, 0, 1);
  if (made->len == 0)
    g_string_assign (made, otherwise);
  return g_string_free (made, FALSE);
}
