/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A command that does the same to many recordings: one that fails is said, and the rest is done.
 *
 *   static gboolean do_one (const char *path, const char *title, gpointer data, GError **error);
 *   AppCliFiles files = { &options, engine, json, do_one, &job };
 *   status = app_cli_files_run (&files);
 */

#pragma once

#include "app/cli/cli.h"
#include "app/cli/terminal.h"
#include "app/engine/engine.h"

G_BEGIN_DECLS

typedef struct {
  const AppCliOptions *options; /* its arguments are the files */
  AppEngine *engine;
  JsonBuilder *json; /* NULL, or an open array: a file that fails is {"file", "error"} in it */
  /* title: the name without its folder, to be shown. */
  gboolean (*run) (const char *path, const char *title, gpointer user_data, GError **error);
  gpointer user_data;
  AppProgress *progress; /* erased before a failure is said; may be NULL */
  gboolean is_hopeless;  /* set by run(): the other files would fail as well */
} AppCliFiles;

/* Returns the exit code: that of the last failure, if there was one. Ends early if cancelled, or if
 * it is hopeless. */
int app_cli_files_run (AppCliFiles *files);

G_END_DECLS
