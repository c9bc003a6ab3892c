/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/cli/cli-files.h"
#include "app/base/json-write.h"

int
app_cli_files_run (AppCliFiles *files)
{
  const AppCliOptions *options = files->options;
  int status = APP_EXIT_OK;

  for (int i = 0; i < options->n_arguments; i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *base = g_path_get_basename (options->arguments[i]);
    g_autofree char *title = app_json_display (base);

    if (files->run (options->arguments[i], title, files->user_data, &error))
      continue;
    app_progress_erase (files->progress);
    status = app_cli_fail (error);
    if (app_engine_is_cancelled (files->engine) || files->is_hopeless)
      return status;
    if (files->json != NULL) {
      json_builder_begin_object (files->json);
      app_json_add_string (files->json, "file", title);
      app_json_add_string (files->json, "error", error->message);
      json_builder_end_object (files->json);
    }
  }
  return status;
}
