/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/base/settings.h"

#include <string.h>

#include <glib/gstdio.h>

/* Each test begins without settings. */
static void
forget (void)
{
  g_autofree char *path = app_settings_get_path ();
  g_autofree char *folder = g_path_get_dirname (path);

  g_remove (path);
  g_rmdir (folder);
}

static void
write_file (const char *text)
{
  g_autofree char *path = app_settings_get_path ();
  g_autofree char *folder = g_path_get_dirname (path);

  g_mkdir_with_parents (folder, 0700);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
test_defaults (void)
{
  AppSetting setting;

  forget ();
  for (AppSetting i = 0; i < APP_N_SETTINGS; i++) {
    g_assert_true (app_settings_get (i));
    g_assert_true (app_setting_find (app_setting_get_name (i), &setting));
    g_assert_cmpint (setting, ==, i);
  }
  g_assert_false (app_setting_find ("colour", &setting));
}

static void
test_set (void)
{
  g_autofree char *path = app_settings_get_path ();
  g_autofree char *text = NULL;

  forget ();
  write_file ("# mine\n[window]\nwidth=3\n");
  g_assert_true (app_settings_set (APP_SETTING_ATTRIBUTES, FALSE, NULL));
  g_assert_false (app_settings_get (APP_SETTING_ATTRIBUTES));
  g_assert_true (app_settings_get (APP_SETTING_SPEAKERS));
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "# mine\n"));
  g_assert_nonnull (strstr (text, "[window]\nwidth=3\n"));
}

static void
assert_damaged (const char *text, const char *message)
{
  g_autoptr (GError) error = NULL;

  write_file (text);
  g_assert_true (app_settings_get (APP_SETTING_ATTRIBUTES));
  g_assert_false (app_settings_check (&error));
  g_assert_error (error, APP_ERROR, APP_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "settings.ini: "));
  g_assert_nonnull (strstr (error->message, message));
  g_assert_null (strchr (error->message, '\n'));
}

static void
test_damaged (void)
{
  g_autofree char *path = app_settings_get_path ();
  g_autofree char *kept = NULL;
  g_autoptr (GError) error = NULL;

  forget ();
  g_assert_true (app_settings_check (&error));
  assert_damaged ("[listening]\nattributes=perhaps\n", "attributes is true or false");
  g_assert_true (app_settings_set (APP_SETTING_ATTRIBUTES, FALSE, &error));
  g_assert_true (app_settings_check (&error));

  /* What cannot be read is not written over: it may say more than what is set now. */
  assert_damaged ("gibberish\n[listening]\nattributes=false\n", "gibberish");
  g_assert_false (app_settings_set (APP_SETTING_CACHE, FALSE, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_FORMAT);
  g_assert_true (g_file_get_contents (path, &kept, NULL, NULL));
  g_assert_cmpstr (kept, ==, "gibberish\n[listening]\nattributes=false\n");
}

static void
test_folder_that_cannot_be (void)
{
  g_autofree char *folder = g_build_filename (g_get_user_config_dir (), "hearsay", NULL);
  g_autoptr (GError) error = NULL;

  forget ();
  g_assert_true (g_file_set_contents (folder, "a file", -1, NULL));
  g_assert_false (app_settings_set (APP_SETTING_CACHE, FALSE, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_DISK);
  g_remove (folder);
}

int
main (int argc, char **argv)
{
  g_autofree char *config = g_dir_make_tmp ("hearsay-settings-XXXXXX", NULL);
  int status;

  /* Before GLib looks: it does so once. */
  g_setenv ("XDG_CONFIG_HOME", config, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/settings/defaults", test_defaults);
  g_test_add_func ("/settings/set", test_set);
  g_test_add_func ("/settings/damaged", test_damaged);
  g_test_add_func ("/settings/folder-that-cannot-be", test_folder_that_cannot_be);
  status = g_test_run ();
  forget ();
  g_rmdir (config);
  return status;
}
