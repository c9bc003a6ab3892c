/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The messages of a conversation, or the last of them, as rows that come in slices: first those
 * that are looked at. Rows of messages that were shown already stay, with what plays in them.
 *
 * Signals: "row" (HsMessageRow *row): one was made; "earlier" (): those before are wanted.
 */

#pragma once

#include "ui/conversation/message-row.h"
#include "ui/recording/audio-card.h"

G_BEGIN_DECLS

#define HS_TYPE_MESSAGE_LIST (hs_message_list_get_type ())
G_DECLARE_FINAL_TYPE (HsMessageList, hs_message_list, HS, MESSAGE_LIST, GtkWidget)

/* messages: of AppMessage, which the list takes; the first may have a parent that is not shown. */
void hs_message_list_show (HsMessageList *list, GPtrArray *messages);
/* Another conversation comes: its rows are new ones. message: the one that is to be looked at, or
 * 0 for the end. */
void hs_message_list_begin (HsMessageList *list, gint64 message);
void hs_message_list_scroll_to_end (HsMessageList *list);
/* The row of this message is made next, if it is one of those that are shown, and comes into view
 * with the focus. */
void hs_message_list_look_at (HsMessageList *list, gint64 message);
/* Scrolls only as far as it has to. */
void hs_message_list_reveal (HsMessageList *list, GtkWidget *widget);
/* (nullable): what is made already. */
HsMessageRow *hs_message_list_find (HsMessageList *list, gint64 message);
/* (nullable): the last answer. */
HsMessageRow *hs_message_list_find_answer (HsMessageList *list);
/* The card with this recording; below 0: the last one. */
HsAudioCard *hs_message_list_find_card (HsMessageList *list, gint64 recording);
/* Recordings that nobody listened to are listened to: those that are shown, and those that come. */
void hs_message_list_listen (HsMessageList *list, gboolean is_wanted);

G_END_DECLS
