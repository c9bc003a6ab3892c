/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Where a question is written, a recording is made, and files are attached.
 *
 * It holds a text and a list of files until somebody takes them. Enter sends, Shift+Enter begins a
 * line. While an answer comes (busy), the button that sends stops instead.
 *
 * Signals: "send" when there is something to take, "stop" when the answer is to end; "recorded"
 * (GFile *file): TRUE from a handler keeps a new recording from becoming an attachment.
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define HS_TYPE_COMPOSER (hs_composer_get_type ())
G_DECLARE_FINAL_TYPE (HsComposer, hs_composer, HS, COMPOSER, GtkBox)

/* (transfer full) both: what was written and attached, which is then gone from here. files: of
 * GFile. */
void hs_composer_take (HsComposer *composer, char **text, GListModel **files);
void hs_composer_set_text (HsComposer *composer, const char *text);
void hs_composer_add_file (HsComposer *composer, GFile *file);
void hs_composer_set_busy (HsComposer *composer, gboolean is_busy);
gboolean hs_composer_is_recording (HsComposer *composer);
/* Shows the recorder and begins. */
void hs_composer_record (HsComposer *composer);
/* Ends a recording that is under way; it becomes an attachment. */
void hs_composer_finish_recording (HsComposer *composer);
/* The dialogue that chooses files. */
void hs_composer_choose_files (HsComposer *composer);

G_END_DECLS
