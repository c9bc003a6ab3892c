/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/talks/talk-row.h"

#include <glib/gi18n.h>

/* Of what is in a folder. */
#define INDENT 22

void
hs_talk_item_free (HsTalkItem *item)
{
  g_clear_pointer (&item->talk, app_talk_free);
  g_clear_pointer (&item->found, app_found_free);
  g_free (item->folder);
  g_free (item);
}

/* (transfer full) */
char *
hs_talk_item_make_key (const HsTalkItem *item)
{
  if (item->folder != NULL)
    return g_strdup_printf ("%c %s", item->is_open ? '-' : '+', item->folder);
  if (item->found != NULL)
    return g_strdup_printf ("? %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s\n%s", item->found->talk,
                            item->found->message, item->found->title,
                            item->found->text != NULL ? item->found->text : "");
  return g_strdup_printf ("%" G_GINT64_FORMAT " %d %d %s", item->talk->id, item->talk->is_pinned,
                          item->talk->folder != NULL, item->talk->title);
}

static void
free_place (gpointer data)
{
  g_free (((HsPlace *) data)->folder);
  g_free (((HsPlace *) data)->key);
  g_free (data);
}

GtkWidget *
hs_talk_row_create_label (const char *text, const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_single_line_mode (GTK_LABEL (label), TRUE);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_set_hexpand (label, TRUE);
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  return label;
}

const HsPlace *
hs_talk_row_get_place (GtkWidget *row)
{
  return g_object_get_data (G_OBJECT (row), "place");
}

/* The row, for more to be put into its box. */
static GtkWidget *
create_row (const char *title, gint64 talk, gint64 message, GtkWidget **box)
{
  GtkWidget *row = gtk_list_box_row_new ();
  HsPlace *place = g_new (HsPlace, 1);

  *place = (HsPlace){ .talk = talk, .message = message };
  g_object_set_data_full (G_OBJECT (row), "place", place, free_place);
  *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  gtk_widget_set_valign (*box, GTK_ALIGN_CENTER);
  gtk_widget_set_margin_top (*box, 6);
  gtk_widget_set_margin_bottom (*box, 6);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), *box);
  gtk_widget_set_tooltip_text (row, title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  return row;
}

static GdkContentProvider *
drag_cb (GtkDragSource *source, double x, double y, GtkWidget *row)
{
  return gdk_content_provider_new_typed (G_TYPE_INT64, hs_talk_row_get_place (row)->talk);
}

static GtkWidget *
create_talk (const AppTalk *talk)
{
  const char *title = talk->title[0] != '\0' ? talk->title : _ ("New Conversation");
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkDragSource *drag = gtk_drag_source_new ();
  GtkWidget *box, *row;

  row = create_row (title, talk->id, 0, &box);
  if (talk->folder != NULL)
    gtk_widget_set_margin_start (box, INDENT);
  gtk_drag_source_set_actions (drag, GDK_ACTION_MOVE);
  g_signal_connect_object (drag, "prepare", G_CALLBACK (drag_cb), row, 0);
  gtk_widget_add_controller (row, GTK_EVENT_CONTROLLER (drag));
  gtk_box_append (GTK_BOX (line), hs_talk_row_create_label (title, NULL));
  if (talk->is_pinned) {
    GtkWidget *pin = gtk_image_new_from_icon_name ("view-pin-symbolic");
    gtk_widget_add_css_class (pin, "dim-label");
    gtk_widget_set_tooltip_text (pin, _ ("Pinned"));
    gtk_box_append (GTK_BOX (line), pin);
  }
  gtk_box_append (GTK_BOX (box), line);
  return row;
}

static GtkWidget *
create_found (const AppFound *found)
{
  const char *title = found->title[0] != '\0' ? found->title : _ ("New Conversation");
  GtkWidget *box;
  GtkWidget *row = create_row (title, found->talk, found->message, &box);

  gtk_box_append (GTK_BOX (box), hs_talk_row_create_label (title, "caption-heading"));
  if (found->message != 0) {
    g_autofree char *before = g_strndup (found->text, found->match_start);
    g_autofree char *match = g_strndup (found->text + found->match_start, found->match_length);
    g_autofree char *markup = g_markup_printf_escaped (
        "%s<b>%s</b>%s", before, match, found->text + found->match_start + found->match_length);
    GtkWidget *label = hs_talk_row_create_label (NULL, "caption");
    gtk_label_set_markup (GTK_LABEL (label), markup);
    gtk_box_append (GTK_BOX (box), label);
  }
  return row;
}

static gboolean
drop_cb (GtkDropTarget *target, const GValue *value, double x, double y, GtkWidget *row)
{
  gtk_widget_activate_action (row, "win.move-to", "(xs)", g_value_get_int64 (value),
                              hs_talk_row_get_place (row)->folder);
  return TRUE;
}

static GtkWidget *
create_folder_menu (const char *folder)
{
  GtkWidget *button = gtk_menu_button_new ();
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autoptr (GMenuItem) rename = g_menu_item_new (_ ("_Rename Folder…"), NULL);
  g_autoptr (GMenuItem) remove = g_menu_item_new (_ ("_Remove Folder"), NULL);
  g_autofree char *label = g_strdup_printf (_ ("Folder “%s”"), folder);

  g_menu_item_set_action_and_target (rename, "win.rename-folder", "s", folder);
  g_menu_item_set_action_and_target (remove, "win.remove-folder", "s", folder);
  g_menu_append_item (menu, rename);
  g_menu_append_item (menu, remove);
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), G_MENU_MODEL (menu));
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "view-more-symbolic");
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  gtk_widget_set_tooltip_text (button, label);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "small");
  return button;
}

static GtkWidget *
create_folder (const char *folder, gboolean is_open)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkDropTarget *drop = gtk_drop_target_new (G_TYPE_INT64, GDK_ACTION_MOVE);
  GtkWidget *box;
  GtkWidget *row = create_row (folder, 0, -1, &box);

  HsPlace *place = g_object_get_data (G_OBJECT (row), "place");

  place->folder = g_strdup (folder);
  place->menu_button = GTK_MENU_BUTTON (create_folder_menu (folder));
  gtk_list_box_row_set_selectable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_widget_set_margin_top (box, 3);
  gtk_widget_set_margin_bottom (box, 3);
  gtk_box_append (GTK_BOX (line), gtk_image_new_from_icon_name (is_open ? "pan-down-symbolic"
                                                                        : "pan-end-symbolic"));
  gtk_box_append (GTK_BOX (line), gtk_image_new_from_icon_name ("folder-symbolic"));
  gtk_box_append (GTK_BOX (line), hs_talk_row_create_label (folder, "caption-heading"));
  gtk_box_append (GTK_BOX (line), GTK_WIDGET (place->menu_button));
  gtk_box_append (GTK_BOX (box), line);
  gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_EXPANDED, is_open, -1);
  g_signal_connect_object (drop, "drop", G_CALLBACK (drop_cb), row, 0);
  gtk_widget_add_controller (row, GTK_EVENT_CONTROLLER (drop));
  return row;
}

static GtkWidget *
create_item (const HsTalkItem *item)
{
  if (item->folder != NULL)
    return create_folder (item->folder, item->is_open);
  return item->found != NULL ? create_found (item->found) : create_talk (item->talk);
}

GtkWidget *
hs_talk_row_new (const HsTalkItem *item)
{
  GtkWidget *row = create_item (item);

  ((HsPlace *) hs_talk_row_get_place (row))->key = hs_talk_item_make_key (item);
  return row;
}
