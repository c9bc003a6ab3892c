/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A palette of everything that can be done, found by typing a part of its name. */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void hs_commands_show (GtkWindow *parent);

G_END_DECLS
