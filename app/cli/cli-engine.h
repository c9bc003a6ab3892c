/* SPDX-License-Identifier: GPL-3.0-or-later */

/* An engine on the command line: its progress drawn on stderr, Ctrl-C wired to its cancel flag.
 *
 *   g_auto (AppCliEngine) cli = { 0 };
 *   app_cli_engine_init (&cli, &options);
 *   hearing = app_listen (cli.engine, path, NULL, NULL, NULL, &error);
 */

#pragma once

#include "app/cli/cli.h"
#include "app/cli/terminal.h"
#include "app/listen/listen.h"

G_BEGIN_DECLS

typedef struct {
  gboolean is_listener; /* set before: --model is what listens, not what answers */
  gboolean is_answerer; /* set before: what was heard is asked about */
  gboolean no_archive;  /* set before: nothing is listened to that is kept, or could have been */
  AppEngine *engine;
  AppProgress *progress; /* NULL where nothing is to be drawn */
} AppCliEngine;

/* Threads and model as the common options say. */
void app_cli_engine_init (AppCliEngine *cli, const AppCliOptions *options);
void app_cli_engine_clear (AppCliEngine *cli);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AppCliEngine, app_cli_engine_clear)

G_END_DECLS
