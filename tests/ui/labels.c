/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "tests/ui/labels.h"

void
test_load_style (void)
{
  g_autoptr (GtkCssProvider) provider = gtk_css_provider_new ();

  gtk_css_provider_load_from_resource (provider, "/io/github/hearsay_app/Hearsay/style.css");
  gtk_style_context_add_provider_for_display (gdk_display_get_default (),
                                              GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

GtkWidget *
test_find_label (GtkWidget *widget, const char *text)
{
  GtkWidget *found = NULL;

  if (GTK_IS_LABEL (widget) && g_str_equal (gtk_label_get_text (GTK_LABEL (widget)), text))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = test_find_label (child, text);
  return found;
}

void
test_wait_for_label (GtkWidget *widget, const char *text)
{
  gint64 end = g_get_monotonic_time () + 5 * G_USEC_PER_SEC;

  while (test_find_label (widget, text) == NULL && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, FALSE);
}

GtkTextDirection
test_get_direction (GtkWidget *view, const char *text)
{
  GtkWidget *label = test_find_label (view, text);

  if (label == NULL)
    g_error ("there is no label “%s”", text);
  return gtk_widget_get_direction (label);
}
