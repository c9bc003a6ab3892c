/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Keeps a made-up voice among those of the user's data folder, for the window to show. usage:
 * fill-voice NAME */

#include <stdio.h>
#include <stdlib.h>

#include "app/speech/own-voice.h"
#include "tests/audio/made-up-own-voice.h"

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (argc != 2) {
    fprintf (stderr, "usage: fill-voice NAME\n");
    return EXIT_FAILURE;
  }
  bytes = made_up_voice_bytes (argv[1], 64, FALSE);
  if (app_own_voice_keep (argv[1], bytes, NULL, NULL, &error))
    return EXIT_SUCCESS;
  fprintf (stderr, "fill-voice: %s\n", error->message);
  return EXIT_FAILURE;
}
