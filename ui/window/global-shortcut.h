/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Push to talk while another program has the keyboard: the GlobalShortcuts portal of the desktop,
 * which asks for the key and says when it is pressed and let go. Where the portal does not exist,
 * "failed" says so.
 *
 * Signals: "pressed" (), "released" (); "failed" (const char *message), at most once. Main thread.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define HS_TYPE_GLOBAL_SHORTCUT (hs_global_shortcut_get_type ())
G_DECLARE_FINAL_TYPE (HsGlobalShortcut, hs_global_shortcut, HS, GLOBAL_SHORTCUT, GObject)

/* The key is free again with the last reference. */
HsGlobalShortcut *hs_global_shortcut_new (void);

G_END_DECLS
