/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The sound of a narration that was made, and in how many sentences the check did not hear what is
 * written.
 *
 * Signals: "next" (): the next such sentence is wanted; "export" ().
 */

#pragma once

#include <gtk/gtk.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define HS_TYPE_NARRATION_RESULT (hs_narration_result_get_type ())
G_DECLARE_FINAL_TYPE (HsNarrationResult, hs_narration_result, HS, NARRATION_RESULT, GtkBox)

/* path: of the sound; report: "narration" of docs/engine.md. */
void hs_narration_result_show (HsNarrationResult *result, const char *path, JsonObject *report);
/* Shows nothing. */
void hs_narration_result_clear (HsNarrationResult *result);
/* number: of a sentence, from 1; 0: all. */
void hs_narration_result_play (HsNarrationResult *result, guint number);
/* From a sentence on. */
void hs_narration_result_play_from (HsNarrationResult *result, guint number);
void hs_narration_result_pause (HsNarrationResult *result);
/* Busy: nothing can be exported now. */
void hs_narration_result_set_busy (HsNarrationResult *result, gboolean is_busy);

G_END_DECLS
