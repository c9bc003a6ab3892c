/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The window of preferences. Switches that the command line has, too, are those of
 * app/base/settings.h; the others are the window's own. */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void hs_preferences_show (GtkWindow *parent);

G_END_DECLS
