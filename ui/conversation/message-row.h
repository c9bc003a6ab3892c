/* SPDX-License-Identifier: GPL-3.0-or-later */

/* One message: what a person wrote, with recordings; or an answer, with the passages that it rests
 * on.
 *
 * Signals: "edit" (), "regenerate" (), "branch" (int step), "evidence" (gint recording, double
 * start, double end): recording is its place among all recordings of the conversation.
 */

#pragma once

#include <gtk/gtk.h>

#include "app/talks/conversations.h"
#include "ui/conversation/answer.h"

G_BEGIN_DECLS

#define HS_TYPE_MESSAGE_ROW (hs_message_row_get_type ())
G_DECLARE_FINAL_TYPE (HsMessageRow, hs_message_row, HS, MESSAGE_ROW, GtkBox)

/* Takes what it needs of the message. */
HsMessageRow *hs_message_row_new (const AppMessage *message);
/* The same message as it is now in the store. */
void hs_message_row_update (HsMessageRow *row, const AppMessage *message);
/* Shows the answer while it is written. */
void hs_message_row_follow (HsMessageRow *row, HsAnswer *answer);
gint64 hs_message_row_get_id (HsMessageRow *row);
AppRole hs_message_row_get_role (HsMessageRow *row);
const char *hs_message_row_get_text (HsMessageRow *row);
/* What its buttons do. */
void hs_message_row_answer_again (HsMessageRow *row);
void hs_message_row_copy (HsMessageRow *row);
void hs_message_row_read_aloud (HsMessageRow *row);
/* Where the cards of its recordings stand. */
GtkBox *hs_message_row_get_recordings (HsMessageRow *row);

G_END_DECLS
