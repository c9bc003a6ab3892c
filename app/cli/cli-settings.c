/* SPDX-License-Identifier: GPL-3.0-or-later */

/* hearsay settings [NAME on|off]: what was decided once for all commands. */

#include "app/base/settings.h"
#include "app/cli/commands.h"

static void
print_all (const AppCliOptions *options)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  for (AppSetting i = 0; i < APP_N_SETTINGS; i++) {
    json_builder_set_member_name (builder, app_setting_get_name (i));
    json_builder_add_boolean_value (builder, app_settings_get (i));
    if (!options->json)
      app_cli_printf ("%-12s %-4s %s\n", app_setting_get_name (i),
                      app_settings_get (i) ? "on" : "off", app_setting_get_summary (i));
  }
  json_builder_end_object (builder);
  if (options->json)
    app_cli_print_json (builder);
}

int
app_command_settings (int argc, char **argv)
{
  g_auto (AppCliOptions) options = { 0 };
  g_autoptr (GError) error = NULL;
  AppSetting setting;
  gboolean value;
  int status;

  if (!app_cli_parse (argc, argv, NULL, &options, &status))
    return status;
  if (options.n_arguments == 0) {
    if (!app_settings_check (&error))
      return app_cli_fail (error);
    print_all (&options);
    return APP_EXIT_OK;
  }
  if (options.n_arguments != 2)
    return app_cli_usage ("settings takes a name and on or off: hearsay settings attributes off");
  if (!app_setting_find (options.arguments[0], &setting))
    return app_cli_usage ("there is no setting “%s” (see hearsay settings)", options.arguments[0]);
  value = g_str_equal (options.arguments[1], "on");
  if (!value && !g_str_equal (options.arguments[1], "off"))
    return app_cli_usage ("a setting is on or off, not “%s”", options.arguments[1]);
  if (!app_settings_set (setting, value, &error))
    return app_cli_fail (error);
  return APP_EXIT_OK;
}
