/* SPDX-License-Identifier: GPL-3.0-or-later */

/* hearsay forget FILE…|--all: delete what is kept about recordings; --list: say what is kept. */

#include "app/base/json-write.h"
#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "app/engine/archive.h"

static void
print_list_json (GPtrArray *list)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_array (builder);
  for (guint i = 0; i < list->len; i++) {
    const AppKeptHearing *kept = g_ptr_array_index (list, i);

    json_builder_begin_object (builder);
    app_json_add_string (builder, "file", kept->title);
    app_json_add_string (builder, "sha256", kept->content);
    app_json_add_int (builder, "bytes", kept->n_bytes);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  app_cli_print_json (builder);
}

static int
print_list (AppArchive *archive, const AppCliOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = app_hearing_cache_list (archive->hearings, &error);

  if (list == NULL)
    return app_cli_fail (error);
  if (options->json) {
    print_list_json (list);
    return APP_EXIT_OK;
  }
  for (guint i = 0; i < list->len; i++) {
    const AppKeptHearing *kept = g_ptr_array_index (list, i);
    g_autofree char *size = g_format_size ((guint64) kept->n_bytes);

    app_cli_printf ("%.12s  %10s  %s\n", kept->content, size, kept->title);
  }
  app_cli_print ("");
  return APP_EXIT_OK;
}

/* content: NULL for everything. */
static gboolean
forget (AppArchive *archive, const char *content, guint *n_forgotten, GError **error)
{
  guint n = 0;

  if (!app_hearing_cache_forget (archive->hearings, content, &n, error)
      || !app_speaker_names_forget (archive->names, content, error))
    return FALSE;
  *n_forgotten += n;
  return TRUE;
}

/* A recording that is still there goes by its content, one that is gone by its name. */
static gboolean
forget_file (AppArchive *archive, const char *path, guint *n_forgotten, GError **error)
{
  g_autoptr (GPtrArray) list = NULL;
  g_autofree char *content = NULL;
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *title = g_filename_display_name (base);
  guint n_before = *n_forgotten;

  if (g_file_test (path, G_FILE_TEST_EXISTS)) {
    content = app_recording_identify (path, NULL, error);
    return content != NULL && forget (archive, content, n_forgotten, error);
  }
  list = app_hearing_cache_list (archive->hearings, error);
  if (list == NULL)
    return FALSE;
  for (guint i = 0; i < list->len; i++) {
    const AppKeptHearing *kept = g_ptr_array_index (list, i);

    if (g_str_equal (kept->title, title) && !forget (archive, kept->content, n_forgotten, error))
      return FALSE;
  }
  if (*n_forgotten > n_before)
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT,
               "%s: no such file, and nothing is kept of one of this name", title);
  return FALSE;
}

static int
forget_all (AppArchive *archive, const AppCliOptions *options, gboolean all)
{
  g_autoptr (GError) error = NULL;
  guint n_forgotten = 0;

  if (all && !forget (archive, NULL, &n_forgotten, &error))
    return app_cli_fail (error);
  for (int i = 0; i < options->n_arguments; i++)
    if (!forget_file (archive, options->arguments[i], &n_forgotten, &error))
      return app_cli_fail (error);
  app_cli_note (options, n_forgotten == 1 ? "forgot %u recording" : "forgot %u recordings",
                n_forgotten);
  return APP_EXIT_OK;
}

int
app_command_forget (int argc, char **argv)
{
  gboolean all = FALSE, list = FALSE;
  const GOptionEntry entries[] = {
    { "all", 'a', 0, G_OPTION_ARG_NONE, &all, "Forget all recordings", NULL },
    { "list", 0, 0, G_OPTION_ARG_NONE, &list, "Say of which recordings something is kept", NULL },
    { NULL },
  };
  g_auto (AppCliOptions) options = { 0 };
  g_autoptr (AppArchive) archive = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  if (!app_cli_parse (argc, argv, entries, &options, &status))
    return status;
  if (all + list + (options.n_arguments > 0) != 1)
    return app_cli_usage ("forget what? hearsay forget FILE…, --all, or --list");
  archive = app_archive_new (FALSE, &error);
  if (archive->names == NULL)
    return app_cli_fail (error);
  if (archive->hearings == NULL)
    return app_cli_fail_text ("what was heard cannot be opened, in %s/hearsay",
                              g_get_user_cache_dir ());
  return list ? print_list (archive, &options) : forget_all (archive, &options, all);
}
