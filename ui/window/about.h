/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The window that says what this is, under which licences, and of whose work it is made. */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void hs_about_show (GtkWindow *parent);

G_END_DECLS
