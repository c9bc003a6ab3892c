/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/base/focus-keeper.h"

#define KEY "hs-kept-focus"

static void
focus_cb (GtkWindow *window)
{
  GtkWidget *focus = gtk_window_get_focus (window);
  GtkWidget *before = g_object_steal_data (G_OBJECT (window), KEY);

  if (before != NULL)
    g_idle_add_once (g_object_unref, before);
  if (focus != NULL)
    g_object_set_data_full (G_OBJECT (window), KEY, g_object_ref (focus), g_object_unref);
}

static void
windows_cb (GListModel *windows, guint position, guint n_removed, guint n_added)
{
  for (guint i = 0; i < n_added; i++) {
    g_autoptr (GtkWindow) window = g_list_model_get_item (windows, position + i);

    g_signal_connect (window, "notify::focus-widget", G_CALLBACK (focus_cb), NULL);
  }
}

void
hs_focus_keep (void)
{
  g_signal_connect (gtk_window_get_toplevels (), "items-changed", G_CALLBACK (windows_cb), NULL);
}
