/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How a button that plays and pauses shows which of the two it will do. */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Icon, tooltip and accessible name. */
void hs_play_button_show (GtkButton *button, gboolean is_playing);

G_END_DECLS
