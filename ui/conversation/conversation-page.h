/* SPDX-License-Identifier: GPL-3.0-or-later */

/* One conversation: its messages, the answer that is being written, and where the next question is
 * made. A conversation begins with the first message that is sent.
 *
 * Of a long conversation the latest messages are shown, and earlier ones as one goes back.
 *
 * Signal: "changed" (): there is a new conversation, or a title changed.
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Nobody asks one question about so many recordings: they are written down one after the other
 * ("win.open-files"). */
#define HS_MANY_FILES 5

#define HS_TYPE_CONVERSATION_PAGE (hs_conversation_page_get_type ())
G_DECLARE_FINAL_TYPE (HsConversationPage, hs_conversation_page, HS, CONVERSATION_PAGE, GtkBox)

/* talk 0: a new one; message: to be brought into view, or 0. */
void hs_conversation_page_open (HsConversationPage *page, gint64 talk, gint64 message);
/* 0: nothing has been said yet. */
gint64 hs_conversation_page_get_talk (HsConversationPage *page);
void hs_conversation_page_add_file (HsConversationPage *page, GFile *file);
void hs_conversation_page_choose_files (HsConversationPage *page);
/* Begins a recording, or ends the one that is being made. */
void hs_conversation_page_toggle_recording (HsConversationPage *page);
/* Push to talk: what is said between the two is asked. */
void hs_conversation_page_begin_talking (HsConversationPage *page);
void hs_conversation_page_end_talking (HsConversationPage *page);
void hs_conversation_page_stop (HsConversationPage *page);
void hs_conversation_page_write (HsConversationPage *page);
/* Plays or pauses the latest recording. */
void hs_conversation_page_toggle_play (HsConversationPage *page);

G_END_DECLS
