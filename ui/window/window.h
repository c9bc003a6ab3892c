/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The window: conversations at the side, and the page that is chosen. */

#pragma once

#include "app/talks/conversations.h"
#include "ui/window/application.h"

G_BEGIN_DECLS

#define HS_TYPE_WINDOW (hs_window_get_type ())
G_DECLARE_FINAL_TYPE (HsWindow, hs_window, HS, WINDOW, AdwApplicationWindow)

HsWindow *hs_window_new (HsApplication *application);
/* Recordings, for a new conversation about them; many of them to be written down one after the
 * other. */
void hs_window_open_files (HsWindow *window, GFile **files, int n_files);
/* (transfer full) (nullable): the conversation that is shown. */
AppTalk *hs_window_get_talk (HsWindow *window);
/* Shows a page and activates an action of its own. target may be NULL. */
void hs_window_activate_on_page (HsWindow *window, const char *page, const char *action,
                                 GVariant *target);
/* Conversations have changed: their list and the title are read anew. */
void hs_window_update (HsWindow *window);
/* A line that goes away by itself. */
void hs_window_tell (HsWindow *window, const char *text);
/* The same of what went wrong. */
void hs_window_tell_error (HsWindow *window, const GError *error);
/* (transfer full) toast, for those that have a button or stay. */
void hs_window_add_toast (HsWindow *window, AdwToast *toast);
void hs_window_remove_toast (HsWindow *window, AdwToast *toast);

G_END_DECLS
