/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/base/text-direction.h"

/* Where all letters run from right to left, those that are to come included. */
static const struct {
  gunichar first, last;
} from_the_right[] = {
  { 0x0590, 0x08ff },   { 0xfb1d, 0xfdff },   { 0xfe70, 0xfeff },
  { 0x10800, 0x10fff }, { 0x1e800, 0x1efff },
};

GtkTextDirection
hs_text_find_direction (const char *text)
{
  for (; *text != '\0'; text = g_utf8_next_char (text)) {
    gunichar letter = g_utf8_get_char (text);

    if (!g_unichar_isalpha (letter))
      continue;
    for (gsize i = 0; i < G_N_ELEMENTS (from_the_right); i++)
      if (letter >= from_the_right[i].first && letter <= from_the_right[i].last)
        return GTK_TEXT_DIR_RTL;
    return GTK_TEXT_DIR_LTR;
  }
  return GTK_TEXT_DIR_NONE;
}

static GtkTextDirection
find (GtkWidget *widget)
{
  GtkTextDirection found = GTK_TEXT_DIR_NONE;

  if (GTK_IS_LABEL (widget))
    return hs_text_find_direction (gtk_label_get_text (GTK_LABEL (widget)));
  for (GtkWidget *child = gtk_widget_get_first_child (widget);
       child != NULL && found == GTK_TEXT_DIR_NONE; child = gtk_widget_get_next_sibling (child))
    found = find (child);
  return found;
}

void
hs_text_set_direction (GtkWidget *widget, GtkTextDirection direction)
{
  gtk_widget_set_direction (widget, direction);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    hs_text_set_direction (child, direction);
}

void
hs_text_direct (GtkWidget *widget)
{
  hs_text_set_direction (widget, find (widget));
}
