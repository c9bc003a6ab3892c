/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The options that every command takes that listens for its own use: ask, chat, listen, tokens.
 *
 *   g_auto (AppCliListening) listening = { 0 };
 *   if (!app_cli_listening_parse (argc, argv, entries, &options, &listening, &status))
 *     return status;
 *   hearing = app_listen (engine, path, &listening.options, NULL, NULL, &error);
 */

#pragma once

#include "app/cli/cli.h"
#include "app/listen/listen.h"

G_BEGIN_DECLS

typedef struct {
  AppListenOptions options; /* of the command line, and of the settings where it does not say */
  char *language;           /* what options points to */
} AppCliListening;

/* app_cli_parse() with these options after the command's own (NULL: it has none). */
gboolean app_cli_listening_parse (int argc, char **argv, const GOptionEntry *entries,
                                  AppCliOptions *options, AppCliListening *listening, int *status);
void app_cli_listening_clear (AppCliListening *listening);
/* What is said to be spoken, in the form of the models: "EN" becomes "en", "auto" NULL. FALSE,
 * after saying so, if it cannot be a language. chosen: points into language. */
gboolean app_cli_choose_language (char *language, const char **chosen);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AppCliListening, app_cli_listening_clear)

G_END_DECLS
