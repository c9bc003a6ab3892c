/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Push to talk: F9 in the window, and where the desktop's portal grants it and the setting
 * "talk-from-anywhere" asks for it, a shortcut from everywhere. The window hears of it by its
 * actions "win.begin-talking" and "win.end-talking", which come in pairs. Main thread.
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Listens to the window's keys as long as it lives. */
void hs_talk_key_install (GtkWindow *window, GSettings *settings);

G_END_DECLS
