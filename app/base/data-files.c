/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/base/data-files.h"

#include "app/base/app-error.h"

static char *
existing (const char *folder, const char *name)
{
  char *path = g_build_filename (folder, name, NULL);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    g_clear_pointer (&path, g_free);
  return path;
}

/* The source tree, if this program lies in its build folder: SOURCE/BUILD/app/hearsay or
 * SOURCE/BUILD/tests/LAYER/test. The tree may have been moved since, so it is recognised by what
 * lies in it. */
static char *
find_above_program (const char *name)
{
  g_autofree char *folder = g_file_read_link ("/proc/self/exe", NULL);
  for (int level = 0; folder != NULL && level < 5; level++) {
    char *parent = g_path_get_dirname (folder);
    g_free (folder);
    folder = parent;
    g_autofree char *mark = existing (folder, "app/base/data-files.h");
    if (mark != NULL)
      return existing (folder, name);
  }
  return NULL;
}

char *
app_data_file_beside_program (const char *path)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  if (program == NULL)
    return NULL;
  g_autofree char *folder = g_path_get_dirname (program);
  return existing (folder, path);
}

/* Of an installed tree, PREFIX/bin/hearsay and PREFIX/share/hearsay, wherever it stands. */
static char *
find_installed (const char *name)
{
  g_autofree char *path = g_build_filename ("../share/hearsay", name, NULL);
  return app_data_file_beside_program (path);
}

char *
app_data_file_find (const char *name, GError **error)
{
  const char *root = g_getenv ("HEARSAY_SOURCE_ROOT");
  char *path = root != NULL ? existing (root, name) : NULL;
  if (path == NULL)
    path = find_above_program (name);
  if (path == NULL)
    path = find_installed (name);
  if (path == NULL)
    path = existing (HEARSAY_PKGDATADIR, name);
  if (path == NULL)
    g_set_error (error, APP_ERROR, APP_ERROR_CATALOGUE,
                 "%s is missing; it belongs to the program: install it again", name);
  return path;
}
