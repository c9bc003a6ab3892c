/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A script, paragraph by paragraph: each a card with its voice. Two line breaks begin a paragraph,
 * Backspace at its beginning joins it with the one before. What goes beyond MAX_CARDS paragraphs
 * stays in the last card as text.
 *
 * Signals: "changed" (); "play-from" (guint place): a paragraph, from 0.
 */

#pragma once

#include <gtk/gtk.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define HS_TYPE_SCRIPT_EDITOR (hs_script_editor_get_type ())
G_DECLARE_FINAL_TYPE (HsScriptEditor, hs_script_editor, HS, SCRIPT_EDITOR, GtkBox)

/* Of GtkStringObject, empty at first: the names that can be chosen. (transfer none). */
GtkStringList *hs_script_editor_get_voices (HsScriptEditor *editor);
void hs_script_editor_set_text (HsScriptEditor *editor, const char *text);
/* (transfer full): from a paragraph on, 0 for all. */
char *hs_script_editor_get_text (HsScriptEditor *editor, guint from);
gboolean hs_script_editor_is_empty (HsScriptEditor *editor);
/* The sentences of a narration of this text, at their paragraphs. report: "narration" of
 * docs/engine.md. */
void hs_script_editor_show_report (HsScriptEditor *editor, JsonObject *report);
void hs_script_editor_clear_report (HsScriptEditor *editor);
/* The first sentence of a paragraph, from 1; 0: it was not spoken as it is now. */
guint hs_script_editor_get_first_sentence (HsScriptEditor *editor, guint place);
/* The card with the next finding behind that which was found last. (transfer none) (nullable). */
GtkWidget *hs_script_editor_next_finding (HsScriptEditor *editor);

G_END_DECLS
