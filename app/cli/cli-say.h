/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Between the files of hearsay say: the options (cli-say.c), speaking at once (cli-say-now.c), and
 * making a narration (cli-narrate.c). */

#pragma once

#include "app/cli/cli-engine.h"
#include "app/speech/narration.h"
#include "app/speech/script.h"

G_BEGIN_DECLS

typedef struct {
  AppCliOptions common;
  char *path; /* NULL: the loudspeaker; "-": standard output */
  char *voice;
  double speed;
  char *accent_name; /* of the option, read into: */
  AppAccent accent;
  char *script_path; /* NULL: the arguments are the text */
  char *subtitles;
  char *device; /* of playback; NULL: the default */
  gboolean check, no_check;
  int retake, choose, take;
  AppScript *script;
} AppSayCommand;

/* Sentence by sentence to the loudspeaker, to standard output or into one file; returns the exit
 * code. */
int app_cli_say_now (AppCliEngine *cli, AppSayCommand *command);
/* A script into a file, with takes beside it. */
int app_cli_narrate (AppCliEngine *cli, AppSayCommand *command);

G_END_DECLS
