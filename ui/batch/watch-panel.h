/* SPDX-License-Identifier: GPL-3.0-or-later */

/* "Watch a Folder": of which folder, where results go and in which form, and how it stands. It
 * watches while the window is open, and goes on when the window is opened again; recordings that it
 * finds are listened to by the page around it, which tells what became of each.
 *
 * signal "found" (GFile *): a recording to be listened to, perhaps another time.
 * signal "stopped" (): those that were found and not yet listened to are no longer wanted.
 */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define HS_TYPE_WATCH_PANEL (hs_watch_panel_get_type ())
G_DECLARE_FINAL_TYPE (HsWatchPanel, hs_watch_panel, HS, WATCH_PANEL, AdwBin)

/* Goes on, if it was on when the window was closed. */
void hs_watch_panel_start (HsWatchPanel *panel);
/* As its switch does. */
void hs_watch_panel_toggle (HsWatchPanel *panel);
/* What became of one that was found: what was heard is kept by the batch's store, and is written
 * now; or it could not be heard; or somebody took it off the list. */
void hs_watch_panel_write (HsWatchPanel *panel, GFile *file);
void hs_watch_panel_fail (HsWatchPanel *panel, GFile *file);
void hs_watch_panel_skip (HsWatchPanel *panel, GFile *file);

G_END_DECLS
