/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The pages and the conversations, in their folders, with a search through all that was said in
 * them. A conversation is moved by its menu, or dragged onto a folder.
 *
 * Signals: "chosen" (gint64 talk, gint64 message): a conversation, and of a search's result the
 * message (else 0); "page-chosen" (const char *name).
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define HS_TYPE_SIDEBAR (hs_sidebar_get_type ())
G_DECLARE_FINAL_TYPE (HsSidebar, hs_sidebar, HS, SIDEBAR, GtkBox)

/* Reads the conversations anew; talk: the one that is shown, or 0. */
void hs_sidebar_update (HsSidebar *sidebar, gint64 talk);
/* Which page is shown. */
void hs_sidebar_select_page (HsSidebar *sidebar, const char *name);
/* The same, and of conversations which one; 0: a new one. */
void hs_sidebar_select (HsSidebar *sidebar, const char *page, gint64 talk);
void hs_sidebar_set_search_button (HsSidebar *sidebar, GtkToggleButton *button);
/* Its menu is what can be done to the conversation that is shown; rows have it, too. */
void hs_sidebar_set_menu_button (HsSidebar *sidebar, GtkMenuButton *button);
/* Opens the conversation that is so far down the list, from 0, if there is one. */
void hs_sidebar_open_nth (HsSidebar *sidebar, int n);
void hs_sidebar_search (HsSidebar *sidebar);
void hs_sidebar_search_for (HsSidebar *sidebar, const char *query);

G_END_DECLS
