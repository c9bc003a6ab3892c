/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Which side a text begins at.
 *
 * What belongs to the window (its controls, titles, rows and where they stand) follows the
 * direction of the interface, as GTK does by itself. What somebody said or wrote, and what a
 * model answered, follows its own: an English transcript begins at the left also in a window in
 * Hebrew, a Hebrew one at the right also in a window in English. That is the habit of
 * GtkTextView, which looks at each paragraph, and that of `dir="auto"`; a GtkLabel turns its
 * lines so, but not the place of a line that is shorter than itself, nor what stands beside it:
 * the marker of a list, the bar of a quote, the columns of a table. A text without letters says
 * nothing and follows the interface. Code runs from left to right, and so does the time of a
 * recording, as players show it everywhere.
 *
 * One thread, that of GTK.
 *
 *   gtk_label_set_label (GTK_LABEL (label), text);
 *   hs_text_direct (label);
 *
 * Source: Unicode Standard Annex 9, rules P2 and P3; its classes R and AL by the blocks that
 * DerivedBidiClass.txt keeps for them. (Pango's own function for it is deprecated.)
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* That of the first letter; GTK_TEXT_DIR_NONE where there is none. Valid UTF-8. */
GtkTextDirection hs_text_find_direction (const char *text);
/* Gives a widget and all that it holds the direction of the first of its labels that has one. */
void hs_text_direct (GtkWidget *widget);
/* The widget and all that it holds. */
void hs_text_set_direction (GtkWidget *widget, GtkTextDirection direction);

G_END_DECLS
