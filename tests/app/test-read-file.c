/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/base/read-file.h"

#include <string.h>

#include "tests/support/folder.h"

static void
assert_error (const char *path, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (app_read_file (path, 1000, NULL, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
  g_assert_true (g_str_has_prefix (error->message, path));
  g_assert_nonnull (strstr (error->message, message));
}

static void
test_read (void)
{
  g_autofree char *folder = g_dir_make_tmp ("hearsay-read-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "file", NULL);
  g_autofree char *zeros = g_malloc0 (1001);
  g_autofree char *empty = NULL, *text = NULL, *most = NULL;
  gsize n = 7;

  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  empty = app_read_file (path, 1000, &n, NULL);
  g_assert_cmpstr (empty, ==, "");
  g_assert_cmpuint (n, ==, 0);
  g_assert_true (g_file_set_contents (path, "a\0b", 3, NULL));
  text = app_read_file (path, 1000, &n, NULL);
  g_assert_cmpmem (text, n + 1, "a\0b", 4);
  g_assert_true (g_file_set_contents (path, zeros, 1000, NULL));
  most = app_read_file (path, 1000, &n, NULL);
  g_assert_cmpuint (n, ==, 1000);
  g_assert_true (g_file_set_contents (path, zeros, 1001, NULL));
  assert_error (path, "larger than 1000 bytes");
  assert_error (folder, "directory");
  assert_error ("/dev/zero", "larger than");
  assert_error ("/no/such/file", "No such file");
  test_folder_remove (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/read-file", test_read);
  return g_test_run ();
}
