/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What tests of widgets look for, and the style of the program. */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Needs a display. */
void test_load_style (void);
/* (transfer none) (nullable): the label with this text, in a widget. */
GtkWidget *test_find_label (GtkWidget *widget, const char *text);
/* Turns the main loop until it is there, at most 5 seconds. */
void test_wait_for_label (GtkWidget *widget, const char *text);
GtkTextDirection test_get_direction (GtkWidget *view, const char *text);

G_END_DECLS
