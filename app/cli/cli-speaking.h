/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Speaking on the command line: what is asked for with options, the wait until all is heard, and
 * what ends it: Ctrl-C, or Enter on a terminal.
 *
 *   AppCliSpeaking speaking = { 0 };
 *   if (!app_cli_speaking_start (&speaking, &options, &cancel, &error)) …
 *   app_cli_speaking_add (&speaking, text);
 *   app_cli_speaking_finish (&speaking);
 */

#pragma once

#include "app/cli/cli.h"
#include "app/speech/speak.h"

G_BEGIN_DECLS

typedef struct {
  char *voice;         /* of the option; NULL: the default */
  double speed;        /* of the option */
  AppAccent accent;    /* of the option */
  AppSpeaker *speaker; /* NULL: nothing is spoken */
  const AppCliOptions *options;
  atomic_bool *cancel; /* that Ctrl-C sets */
  gboolean is_terminal;
  AppNarrationCheck check; /* of narrations */
  gboolean is_silent;      /* somebody wants no more of this text */
} AppCliSpeaking;

gboolean app_cli_speaking_start (AppCliSpeaking *speaking, const AppCliOptions *options,
                                 atomic_bool *cancel, gboolean is_terminal, GError **error);
void app_cli_speaking_clear (AppCliSpeaking *speaking);
/* A piece of a text that is being written. */
void app_cli_speaking_add (AppCliSpeaking *speaking, const char *text);
/* A whole text as a narration in the file `path`; waits until it is there, and has been heard
 * unless it is silent. FALSE with an error if it did not become one; a stop is none, and the file
 * has what was spoken until then. */
gboolean app_cli_speaking_narrate (AppCliSpeaking *speaking, const char *text, const char *path,
                                   gboolean is_silent, GError **error);
/* The text is complete: waits until it has been heard or nobody wants it. */
void app_cli_speaking_finish (AppCliSpeaking *speaking);
/* Silence: the text will not be completed. */
void app_cli_speaking_stop (AppCliSpeaking *speaking);
/* The members of "speech", if something is spoken. */
void app_cli_speaking_build_json (AppCliSpeaking *speaking, JsonBuilder *builder);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AppCliSpeaking, app_cli_speaking_clear)

G_END_DECLS
