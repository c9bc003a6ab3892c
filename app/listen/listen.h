/* SPDX-License-Identifier: GPL-3.0-or-later */

/* From a file to its Hearing: what was said, then who said it, then how.
 *
 *   clip -> transcript with word times -> Hearing; which words where the sound leaves it open:
 *                                         wording.h
 *        -> turns of the speakers     -> its segments, cut where the speaker changes
 *        -> pitch, loudness, rate     -> how each segment is said
 *        -> emotion and gender        -> with what makes them doubtful
 *        -> the words against the tone, where both are certain
 *
 * Where the engine has an archive, what was heard of the same content before is taken from there,
 * reworded or not.
 * What a missing optional model would tell is left out of the Hearing, and `missing` says so.
 * Everything runs in the engine's thread.
 *
 *   g_autoptr (AppHearing) hearing = app_listen (engine, path, &options, NULL, NULL, &error);
 */

#pragma once

#include "app/engine/engine.h"

G_BEGIN_DECLS

/* Zero is the default of each. */
typedef struct {
  AudioTranscribeOptions transcribe; /* beam_size 0: APP_BEAM_SIZE */
  gboolean no_attributes;            /* neither emotion nor gender is computed */
  gboolean no_speakers;              /* all are one voice */
  /* Words that were heard with doubt are weighed as language (wording.h), by the chat model, which
   * takes a gigabyte and a second: so where it is needed anyway, or where this is asked for. */
  gboolean reword;
  int n_speakers; /* how many there are; 0: to be found out */
} AppListenOptions;

/* (transfer full). options may be NULL. APP_ERROR_NO_SPEECH if nobody speaks in it, and what the
 * layers below have to say of files and models. on_segment may be NULL; it is called as words come,
 * before the speakers are known, and not for what was heard before. */
AppHearing *app_listen (AppEngine *engine, const char *path, const AppListenOptions *options,
                        AudioOnSegment on_segment, gpointer user_data, GError **error);

G_END_DECLS
