/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/recording/linked-words.h"

struct _HsLinkedWords {
  GtkWidget parent_instance;
  GtkWidget *label;
};

G_DEFINE_FINAL_TYPE (HsLinkedWords, hs_linked_words, GTK_TYPE_WIDGET)

static gboolean
hs_linked_words_focus (GtkWidget *widget, GtkDirectionType direction)
{
  if (gtk_widget_get_focus_child (widget) != NULL)
    return FALSE;
  return gtk_widget_child_focus (HS_LINKED_WORDS (widget)->label, direction);
}

static gboolean
key_pressed_cb (HsLinkedWords *self, guint key, guint code, GdkModifierType modifiers)
{
  gboolean is_mirrored = gtk_widget_get_direction (self->label) == GTK_TEXT_DIR_RTL;
  gboolean is_left = key == GDK_KEY_Left || key == GDK_KEY_KP_Left;

  if (!is_left && key != GDK_KEY_Right && key != GDK_KEY_KP_Right)
    return GDK_EVENT_PROPAGATE;
  /* To a label the next link is what the Tab key goes to. */
  gtk_widget_child_focus (self->label,
                          is_left == is_mirrored ? GTK_DIR_TAB_FORWARD : GTK_DIR_TAB_BACKWARD);
  return GDK_EVENT_STOP;
}

GtkLabel *
hs_linked_words_get_label (HsLinkedWords *self)
{
  return GTK_LABEL (self->label);
}

GtkWidget *
hs_linked_words_new (void)
{
  return g_object_new (HS_TYPE_LINKED_WORDS, NULL);
}

static void
hs_linked_words_dispose (GObject *object)
{
  g_clear_pointer (&HS_LINKED_WORDS (object)->label, gtk_widget_unparent);
  G_OBJECT_CLASS (hs_linked_words_parent_class)->dispose (object);
}

static void
hs_linked_words_class_init (HsLinkedWordsClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = hs_linked_words_dispose;
  widget_class->focus = hs_linked_words_focus;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
hs_linked_words_init (HsLinkedWords *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  self->label = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (self->label), 0);
  gtk_widget_set_parent (self->label, GTK_WIDGET (self));
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}
