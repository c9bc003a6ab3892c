/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What stands in a scrolled window around rows that come and grow at any place: what is read stays
 * where it is. As long as the view is at its end it stays there; elsewhere the row at its top keeps
 * its place while rows above it come and grow.
 *
 * It has one child, in which the rows stand anywhere below. */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define HS_TYPE_TAIL_VIEW (hs_tail_view_get_type ())
G_DECLARE_FINAL_TYPE (HsTailView, hs_tail_view, HS, TAIL_VIEW, GtkWidget)

void hs_tail_view_set_child (HsTailView *view, GtkWidget *child);
/* The box whose children are the rows. */
void hs_tail_view_set_rows (HsTailView *view, GtkWidget *rows);
void hs_tail_view_scroll_to_end (HsTailView *view);
/* A row that stands at the top from now on, until somebody scrolls. */
void hs_tail_view_scroll_to (HsTailView *view, GtkWidget *row);
/* Scrolls only as far as it has to. */
void hs_tail_view_reveal (HsTailView *view, GtkWidget *widget);

G_END_DECLS
