/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The files of the narration that is worked on: its script, its sound, its subtitles, in the folder
 * that also keeps its takes, so that the same script goes on from there after a restart. Nothing
 * waits; what goes wrong, and that an export is there, is told by the action "win.tell" of
 * `teller`.
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

char *hs_narration_get_path (const char *ending); /* (transfer full): "wav", "srt" */
/* (transfer full) (nullable): "wav" of "talk.WAV". */
char *hs_narration_get_ending (GFile *file);

/* For the next start. */
void hs_narration_keep_script (GtkWidget *teller, const char *script);
void hs_narration_load_script (GAsyncReadyCallback callback, gpointer user_data);
/* (transfer full) (nullable): valid UTF-8. */
char *hs_narration_load_script_finish (GAsyncResult *result);

/* Copies the sound that has the ending of the target. */
void hs_narration_export (GtkWidget *teller, GFile *target);
/* "talk.mp3": "talk.srt", beside it. */
void hs_narration_export_subtitles (GtkWidget *teller, GFile *target);

G_END_DECLS
