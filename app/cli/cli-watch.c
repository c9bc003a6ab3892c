/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/cli/cli-watch.h"

#include <errno.h>
#include <unistd.h>

#include "app/base/json-write.h"

/* An interrupt that comes just before the wait begins is noticed after it. */
#define TICK_MS 500

typedef struct {
  const AppCliWatch *watch;
  AppWatcher *watcher;
  gboolean is_away; /* the folder, and that was said */
  gboolean is_greeted;
} Run;

static gboolean
check_folder (const char *path, int mode)
{
  g_autofree char *shown = g_filename_display_name (path);

  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    app_cli_fail_text ("%s: there is no such folder", shown);
  else if (access (path, mode) != 0)
    app_cli_fail_text ("%s: %s", shown, g_strerror (errno));
  else
    return TRUE;
  return FALSE;
}

int
app_cli_watch_check (const AppCliOptions *options, const AppWatchFolder *folder)
{
  if (options->n_arguments > 0)
    return app_cli_usage ("--watch takes the recordings of its folder, and no others");
  if (!check_folder (folder->path, folder->into == NULL ? R_OK | W_OK | X_OK : R_OK | X_OK)
      || (folder->into != NULL && !check_folder (folder->into, W_OK | X_OK)))
    return APP_EXIT_FAILED;
  return APP_EXIT_OK;
}

/* (transfer full): on one line. Strings have no line breaks in them that are not escaped. */
static char *
to_line (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = app_json_to_text (root);
  g_autoptr (GString) line = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p++) {
    if (*p != '\n') {
      g_string_append_c (line, *p);
      continue;
    }
    while (p[1] == ' ')
      p++;
    if (line->str[line->len - 1] == ',')
      g_string_append_c (line, ' ');
  }
  g_string_append_c (line, '\n');
  return g_string_free (g_steal_pointer (&line), FALSE);
}

/* (transfer full): the name below the folder, to be shown. */
static char *
get_title (const Run *run, const char *path)
{
  g_autofree char *folder = g_canonicalize_filename (run->watch->folder.path, NULL);
  g_autoptr (GFile) parent = g_file_new_for_path (folder);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autofree char *name = g_file_get_relative_path (parent, file);

  return app_json_display (name != NULL ? name : path);
}

static void
tell (const Run *run, const char *title, double seconds, const char *result, const GError *error)
{
  g_autoptr (JsonBuilder) builder = NULL;
  g_autofree char *shown = result != NULL ? app_json_display (result) : NULL;
  g_autofree char *line = NULL;

  app_progress_erase (run->watch->progress);
  if (error != NULL)
    app_cli_fail (error);
  if (!run->watch->options->json) {
    if (error == NULL) {
      g_autofree char *length = app_duration_format (seconds);
      app_cli_printf ("%s  %s  %s\n", title, length, shown);
      app_cli_print ("");
    }
    return;
  }
  builder = json_builder_new ();
  json_builder_begin_object (builder);
  app_json_add_string (builder, "file", title);
  if (error != NULL) {
    app_json_add_string (builder, "error", error->message);
  } else {
    app_json_add_number (builder, "seconds", seconds, 3);
    app_json_add_string (builder, "result", shown);
  }
  json_builder_end_object (builder);
  line = to_line (builder);
  app_cli_print (line);
}

/* Whether the trouble is with this recording, and not with all or with the place for results. */
static AppWatchEnd
judge (const GError *error)
{
  return g_error_matches (error, APP_ERROR, APP_ERROR_DISK) ? APP_WATCH_LATER : APP_WATCH_FAILED;
}

/* FALSE: it would be the same with each, or somebody stopped it. */
static gboolean
do_one (Run *run, const char *path)
{
  const AppCliWatch *watch = run->watch;
  g_autofree char *title = get_title (run, path);
  g_autoptr (AppWatchResult) result = app_watcher_plan (run->watcher, path);
  g_autoptr (GError) error = NULL;
  double seconds = 0;
  g_autofree char *document = watch->listen (path, &seconds, watch->user_data, &error);

  if (app_engine_is_cancelled (watch->engine))
    return FALSE;
  if (document != NULL && app_watch_result_write (result, document, &error)) {
    tell (run, title, seconds, result->path, NULL);
    app_watcher_end (run->watcher, path, APP_WATCH_DONE, g_steal_pointer (&result));
    return TRUE;
  }
  if (g_error_matches (error, APP_ERROR, APP_ERROR_NOT_INSTALLED)) {
    tell (run, title, 0, NULL, error);
    return FALSE;
  }
  /* One that has gone needs no word. */
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    tell (run, title, 0, NULL, error);
  app_watcher_end (run->watcher, path, judge (error), NULL);
  return TRUE;
}

static void
greet (Run *run)
{
  const AppCliWatch *watch = run->watch;
  g_autofree char *shown = g_filename_display_name (watch->folder.path);
  AppWatchCounts counts;

  app_watcher_count (run->watcher, &counts);
  app_cli_note (watch->options, "watching %s: %u to do, %u done before; Ctrl-C ends it", shown,
                counts.n_waiting, counts.n_before);
  run->is_greeted = TRUE;
}

static void
note_problem (Run *run)
{
  const AppCliWatch *watch = run->watch;
  const char *problem = app_watcher_get_problem (run->watcher);
  g_autofree char *shown = g_filename_display_name (watch->folder.path);

  if (problem != NULL && !run->is_away)
    app_cli_note (watch->options, "%s; waiting for it", problem);
  else if (problem == NULL && run->is_away)
    app_cli_note (watch->options, "%s is there again", shown);
  run->is_away = problem != NULL;
  if (!run->is_greeted && !run->is_away && app_watcher_has_looked (run->watcher))
    greet (run);
}

static gboolean
tick_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

int
app_cli_watch_run (AppCliWatch *watch)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *listener = app_engine_describe_listener (watch->engine, &error);
  g_autoptr (AppWatcher) watcher = NULL;
  Run run = { .watch = watch };
  guint tick;
  gboolean goes_on = TRUE;

  /* Now, and not when the first recording comes. */
  if (listener == NULL)
    return app_cli_fail (error);
  watcher = run.watcher = app_watcher_new (&watch->folder);
  tick = g_timeout_add (TICK_MS, tick_cb, NULL);
  while (goes_on && !app_engine_is_cancelled (watch->engine)) {
    g_autofree char *path = app_watcher_take (watcher);
    if (path != NULL) {
      goes_on = do_one (&run, path);
      while (g_main_context_iteration (NULL, FALSE)) {}
    } else {
      g_main_context_iteration (NULL, TRUE);
    }
    note_problem (&run);
  }
  g_source_remove (tick);
  return goes_on || app_cli_was_interrupted () ? APP_EXIT_OK : APP_EXIT_FAILED;
}
