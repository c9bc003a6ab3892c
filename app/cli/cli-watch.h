/* SPDX-License-Identifier: GPL-3.0-or-later */

/* --watch FOLDER: a command listens to whatever appears in a folder, until Ctrl-C.
 *
 *   AppCliWatch watch = { &options, { path, into, "srt", FALSE }, cli.engine, cli.progress,
 *                         listen_to_one, &job };
 *   status = app_cli_watch_run (&watch);
 */

#pragma once

#include "app/cli/cli.h"
#include "app/cli/terminal.h"
#include "app/engine/engine.h"
#include "app/listen/watcher.h"

G_BEGIN_DECLS

typedef struct {
  const AppCliOptions *options; /* json: a line of it for each recording */
  AppWatchFolder folder;
  AppEngine *engine;
  AppProgress *progress;
  /* (transfer full): the document. seconds: of the recording, to be set. */
  char *(*listen) (const char *path, double *seconds, gpointer user_data, GError **error);
  gpointer user_data;
} AppCliWatch;

/* Says what cannot be: then return APP_EXIT_USAGE or APP_EXIT_FAILED. */
int app_cli_watch_check (const AppCliOptions *options, const AppWatchFolder *folder);
/* Returns the exit code: Ctrl-C is the good end. */
int app_cli_watch_run (AppCliWatch *watch);

G_END_DECLS
