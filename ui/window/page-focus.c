/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/window/page-focus.h"

void
hs_page_focus_move (GtkStack *pages, GHashTable *opened)
{
  GtkWidget *page = gtk_stack_get_visible_child (pages);
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (page));
  const gboolean is_inside = focus != NULL && gtk_widget_is_ancestor (focus, page);
  const gboolean is_known = !g_hash_table_add (opened, page);

  if (!(is_known && is_inside) && !gtk_widget_grab_focus (page) && !is_inside)
    gtk_widget_child_focus (page, GTK_DIR_TAB_FORWARD);
}
