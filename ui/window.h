/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The window: conversations at the side, and the page that is chosen. */

#pragma once

#include "ui/application.h"

G_BEGIN_DECLS

/* So many are rather written down one after the other than asked about. */
#define HS_MANY_FILES 5

#define HS_TYPE_WINDOW (hs_window_get_type ())
G_DECLARE_FINAL_TYPE (HsWindow, hs_window, HS, WINDOW, AdwApplicationWindow)

HsWindow *hs_window_new (HsApplication *application);
/* A recording, for a new conversation about it. */
void hs_window_open_file (HsWindow *window, GFile *file);
/* Many of them, of GFile: to be written down one after the other. */
void hs_window_open_files (HsWindow *window, GSList *files);
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
