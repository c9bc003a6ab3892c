/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What people decided once: switches, kept in hearsay/settings.ini in the user's configuration
 * folder ($XDG_CONFIG_HOME), a key file that may be edited by hand. An option of a command goes
 * before a setting.
 *
 *   if (app_settings_get (APP_SETTING_ATTRIBUTES)) ...
 */

#pragma once

#include <glib.h>

#include "app/base/app-error.h"

G_BEGIN_DECLS

typedef enum {
  APP_SETTING_ATTRIBUTES, /* "attributes": emotion and gender are computed; on */
  APP_SETTING_SPEAKERS,   /* "speakers": voices are told apart; on */
  APP_SETTING_CACHE,      /* "cache": what was heard in a file is kept for the next question; on */
  APP_N_SETTINGS
} AppSetting;

const char *app_setting_get_name (AppSetting setting);
const char *app_setting_get_summary (AppSetting setting);
/* FALSE if there is none of this name. */
gboolean app_setting_find (const char *name, AppSetting *setting);

/* The default where the file is missing, cannot be read or does not say. */
gboolean app_settings_get (AppSetting setting);
/* FALSE if there is a file that cannot be read, or says something else than true or false of a
 * setting: then defaults hold that nobody chose. APP_ERROR_FORMAT. */
gboolean app_settings_check (GError **error);
/* APP_ERROR_DISK; APP_ERROR_FORMAT for a file that cannot be read, which is left alone. What else
 * is in the file stays there. */
gboolean app_settings_set (AppSetting setting, gboolean value, GError **error);
/* (transfer full): the file. */
char *app_settings_get_path (void);

G_END_DECLS
