/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/base/settings.h"

#include <errno.h>

#include <glib/gstdio.h>

#define GROUP "listening"

static const struct {
  const char *name, *summary;
  gboolean value; /* the default */
} settings[APP_N_SETTINGS] = {
  [APP_SETTING_ATTRIBUTES] = { "attributes", "Estimate emotion and gender from voices", TRUE },
  [APP_SETTING_SPEAKERS] = { "speakers", "Tell the voices of a recording apart", TRUE },
  [APP_SETTING_CACHE] = { "cache", "Keep what was heard in a file for the next question", TRUE },
};

const char *
app_setting_get_name (AppSetting setting)
{
  return settings[setting].name;
}

const char *
app_setting_get_summary (AppSetting setting)
{
  return settings[setting].summary;
}

gboolean
app_setting_find (const char *name, AppSetting *setting)
{
  for (AppSetting i = 0; i < APP_N_SETTINGS; i++)
    if (g_str_equal (settings[i].name, name)) {
      *setting = i;
      return TRUE;
    }
  return FALSE;
}

char *
app_settings_get_path (void)
{
  return g_build_filename (g_get_user_config_dir (), "hearsay", "settings.ini", NULL);
}

gboolean
app_settings_get (AppSetting setting)
{
  g_autofree char *path = app_settings_get_path ();
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  gboolean value;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    return settings[setting].value;
  value = g_key_file_get_boolean (file, GROUP, settings[setting].name, &error);
  return error == NULL ? value : settings[setting].value;
}

/* FALSE if there is a file that cannot be read. */
static gboolean
load (GKeyFile *file, const char *path, GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (g_key_file_load_from_file (file, path, G_KEY_FILE_KEEP_COMMENTS, &problem)
      || g_error_matches (problem, G_FILE_ERROR, G_FILE_ERROR_NOENT)
      || g_error_matches (problem, G_FILE_ERROR, G_FILE_ERROR_NOTDIR))
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_FORMAT, "%s: %s", path, problem->message);
  return FALSE;
}

gboolean
app_settings_check (GError **error)
{
  g_autofree char *path = app_settings_get_path ();
  g_autoptr (GKeyFile) file = g_key_file_new ();

  if (!load (file, path, error))
    return FALSE;
  for (AppSetting i = 0; i < APP_N_SETTINGS; i++) {
    g_autoptr (GError) problem = NULL;

    g_key_file_get_boolean (file, GROUP, settings[i].name, &problem);
    if (g_error_matches (problem, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE)) {
      g_set_error (error, APP_ERROR, APP_ERROR_FORMAT, "%s: %s is true or false: %s", path,
                   settings[i].name, problem->message);
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
app_settings_set (AppSetting setting, gboolean value, GError **error)
{
  g_autofree char *path = app_settings_get_path ();
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) failure = NULL;

  if (!load (file, path, error))
    return FALSE;
  g_key_file_set_boolean (file, GROUP, settings[setting].name, value);
  if (g_mkdir_with_parents (folder, 0700) != 0) {
    g_set_error (error, APP_ERROR, APP_ERROR_DISK, "%s: %s", folder, g_strerror (errno));
    return FALSE;
  }
  if (!g_key_file_save_to_file (file, path, &failure)) {
    g_set_error (error, APP_ERROR, APP_ERROR_DISK, "%s", failure->message);
    return FALSE;
  }
  return TRUE;
}
