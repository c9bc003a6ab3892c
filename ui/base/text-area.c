/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/base/text-area.h"

struct _HsTextArea {
  GtkTextView parent_instance;
};

G_DEFINE_FINAL_TYPE (HsTextArea, hs_text_area, GTK_TYPE_TEXT_VIEW)

static void
hs_text_area_snapshot_layer (GtkTextView *view, GtkTextViewLayer layer, GtkSnapshot *snapshot)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (view);
  GdkRectangle place;
  GdkRGBA color;

  if (layer != GTK_TEXT_VIEW_LAYER_ABOVE_TEXT || gtk_text_buffer_get_char_count (buffer) > 0
      || !gtk_widget_has_focus (GTK_WIDGET (view)) || !gtk_text_view_get_editable (view))
    return;
  gtk_text_view_get_cursor_locations (view, NULL, &place, NULL);
  if (gtk_widget_get_direction (GTK_WIDGET (view)) == GTK_TEXT_DIR_RTL)
    place.x = gtk_widget_get_width (GTK_WIDGET (view)) - gtk_text_view_get_right_margin (view) - 1;
  else
    place.x = gtk_text_view_get_left_margin (view);
  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (view)), &color);
  gtk_snapshot_append_color (
      snapshot, &color,
      &GRAPHENE_RECT_INIT ((float) place.x, (float) place.y, 1, (float) place.height));
}

static void
hs_text_area_class_init (HsTextAreaClass *class)
{
  GTK_TEXT_VIEW_CLASS (class)->snapshot_layer = hs_text_area_snapshot_layer;
}

/* GTK shows its own in some empty texts, after they held another, on the side of the keyboard. */
static void
written_cb (GtkTextView *view, GtkTextBuffer *buffer)
{
  gtk_text_view_set_cursor_visible (view, gtk_text_buffer_get_char_count (buffer) > 0);
}

static void
hs_text_area_init (HsTextArea *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (self));

  g_signal_connect_object (buffer, "changed", G_CALLBACK (written_cb), self, G_CONNECT_SWAPPED);
  written_cb (GTK_TEXT_VIEW (self), buffer);
}
