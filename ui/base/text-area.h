/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A GtkTextView that shows its caret also where nothing is written yet: that of GTK 4.8 draws it
 * with the text of its line, and an empty line has none. It stands where the placeholder begins, on
 * the side of the interface's direction; with the first letter it goes to that of the text. One
 * thread, that of GTK. */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define HS_TYPE_TEXT_AREA (hs_text_area_get_type ())
G_DECLARE_FINAL_TYPE (HsTextArea, hs_text_area, HS, TEXT_AREA, GtkTextView)

G_END_DECLS
