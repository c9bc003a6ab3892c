/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A sentence of a narration: to be played or spoken again, with what the check found, at its words,
 * and the takes of it while there is more than one.
 *
 * What is pressed activates the actions "narration.play" (u: number), "narration.retake" (u),
 * "narration.play-take" (s: name of the file) and "narration.choose" ((uu): number, take) of a
 * widget around it.
 */

#pragma once

#include <gtk/gtk.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define HS_TYPE_SENTENCE_ROW (hs_sentence_row_get_type ())
G_DECLARE_FINAL_TYPE (HsSentenceRow, hs_sentence_row, HS, SENTENCE_ROW, GtkBox)

/* sentence: of "sentences" in docs/json.md. */
GtkWidget *hs_sentence_row_new (JsonObject *sentence);
/* Whether there is something to look at: a finding, or takes to choose from. */
gboolean hs_sentence_needs_a_look (JsonObject *sentence);

G_END_DECLS
