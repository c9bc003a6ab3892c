/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/sidebar.h"

#include <glib/gi18n.h>

#include "ui/application.h"

#define MAX_FOUND 100
/* Of what is in a folder. */
#define INDENT 22

struct _HsSidebar {
  GtkBox parent_instance;
  GtkSearchBar *search_bar;
  GtkSearchEntry *search_entry;
  GtkListBox *pages;
  GtkListBox *list;
  GtkStack *stack;
  GtkPopover *menu;
  gint64 talk;
};

enum { SIGNAL_CHOSEN, SIGNAL_PAGE_CHOSEN, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (HsSidebar, hs_sidebar, GTK_TYPE_BOX)

/* Where a row leads: to a conversation, or into a folder. */
typedef struct {
  gint64 talk;
  gint64 message;
  char *folder;
} Place;

static void
free_place (gpointer data)
{
  g_free (((Place *) data)->folder);
  g_free (data);
}

static void
clear_list (GtkListBox *list)
{
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (list))) != NULL)
    gtk_list_box_remove (list, row);
}

static GtkWidget *
create_label (const char *text, const char *style)
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

static const Place *
get_place (GtkWidget *row)
{
  return g_object_get_data (G_OBJECT (row), "place");
}

/* (transfer none): the row, for more to be put into its box. */
static GtkWidget *
add_row (HsSidebar *self, const char *title, gint64 talk, gint64 message, GtkWidget **box)
{
  GtkWidget *row = gtk_list_box_row_new ();
  Place *place = g_new (Place, 1);

  *place = (Place){ .talk = talk, .message = message };
  g_object_set_data_full (G_OBJECT (row), "place", place, free_place);
  *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  gtk_widget_set_valign (*box, GTK_ALIGN_CENTER);
  gtk_widget_set_margin_top (*box, 6);
  gtk_widget_set_margin_bottom (*box, 6);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), *box);
  gtk_widget_set_tooltip_text (row, title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  gtk_list_box_append (self->list, row);
  if (talk == self->talk && message == 0)
    gtk_list_box_select_row (self->list, GTK_LIST_BOX_ROW (row));
  return row;
}

static GdkContentProvider *
drag_cb (GtkDragSource *source, double x, double y, GtkWidget *row)
{
  return gdk_content_provider_new_typed (G_TYPE_INT64, get_place (row)->talk);
}

static void
add_talk (HsSidebar *self, const AppTalk *talk)
{
  const char *title = talk->title[0] != '\0' ? talk->title : _ ("New Conversation");
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkDragSource *drag = gtk_drag_source_new ();
  GtkWidget *box, *row;

  row = add_row (self, title, talk->id, 0, &box);
  if (talk->folder != NULL)
    gtk_widget_set_margin_start (box, INDENT);
  gtk_drag_source_set_actions (drag, GDK_ACTION_MOVE);
  g_signal_connect_object (drag, "prepare", G_CALLBACK (drag_cb), row, 0);
  gtk_widget_add_controller (row, GTK_EVENT_CONTROLLER (drag));
  gtk_box_append (GTK_BOX (line), create_label (title, NULL));
  if (talk->is_pinned) {
    GtkWidget *pin = gtk_image_new_from_icon_name ("view-pin-symbolic");
    gtk_widget_add_css_class (pin, "dim-label");
    gtk_widget_set_tooltip_text (pin, _ ("Pinned"));
    gtk_box_append (GTK_BOX (line), pin);
  }
  gtk_box_append (GTK_BOX (box), line);
}

static void
add_found (HsSidebar *self, const AppFound *found)
{
  const char *title = found->title[0] != '\0' ? found->title : _ ("New Conversation");
  GtkWidget *box;

  add_row (self, title, found->talk, found->message, &box);
  gtk_box_append (GTK_BOX (box), create_label (title, "caption-heading"));
  if (found->message != 0) {
    g_autofree char *before = g_strndup (found->text, found->match_start);
    g_autofree char *match = g_strndup (found->text + found->match_start, found->match_length);
    g_autofree char *markup = g_markup_printf_escaped (
        "%s<b>%s</b>%s", before, match, found->text + found->match_start + found->match_length);
    GtkWidget *label = create_label (NULL, "caption");
    gtk_label_set_markup (GTK_LABEL (label), markup);
    gtk_box_append (GTK_BOX (box), label);
  }
}

static gboolean
is_closed (const char *folder)
{
  GSettings *settings = hs_application_get_settings (hs_application_get ());
  g_auto (GStrv) closed = g_settings_get_strv (settings, "closed-folders");

  return g_strv_contains ((const char *const *) closed, folder);
}

static void
set_closed (const char *folder, gboolean value)
{
  GSettings *settings = hs_application_get_settings (hs_application_get ());
  g_auto (GStrv) closed = g_settings_get_strv (settings, "closed-folders");
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) now = NULL;

  for (guint i = 0; closed[i] != NULL; i++)
    if (!g_str_equal (closed[i], folder))
      g_strv_builder_add (builder, closed[i]);
  if (value)
    g_strv_builder_add (builder, folder);
  now = g_strv_builder_end (builder);
  g_settings_set_strv (settings, "closed-folders", (const char *const *) now);
}

static gboolean
drop_cb (GtkDropTarget *target, const GValue *value, double x, double y, GtkWidget *row)
{
  gtk_widget_activate_action (row, "win.move-to", "(xs)", g_value_get_int64 (value),
                              get_place (row)->folder);
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

static void
add_folder (HsSidebar *self, const char *folder, gboolean is_open)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkDropTarget *drop = gtk_drop_target_new (G_TYPE_INT64, GDK_ACTION_MOVE);
  GtkWidget *box;
  GtkWidget *row = add_row (self, folder, 0, -1, &box);

  ((Place *) get_place (row))->folder = g_strdup (folder);
  gtk_list_box_row_set_selectable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_widget_set_margin_top (box, 3);
  gtk_widget_set_margin_bottom (box, 3);
  gtk_box_append (GTK_BOX (line), gtk_image_new_from_icon_name (is_open ? "pan-down-symbolic"
                                                                        : "pan-end-symbolic"));
  gtk_box_append (GTK_BOX (line), gtk_image_new_from_icon_name ("folder-symbolic"));
  gtk_box_append (GTK_BOX (line), create_label (folder, "caption-heading"));
  gtk_box_append (GTK_BOX (line), create_folder_menu (folder));
  gtk_box_append (GTK_BOX (box), line);
  gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_EXPANDED, is_open, -1);
  g_signal_connect_object (drop, "drop", G_CALLBACK (drop_cb), row, 0);
  gtk_widget_add_controller (row, GTK_EVENT_CONTROLLER (drop));
}

/* The folders, each with what is in it, then what is in none. */
static void
add_talks (HsSidebar *self, GPtrArray *talks)
{
  g_auto (GStrv) folders =
      app_conversations_list_folders (hs_application_get_store (hs_application_get ()), NULL);

  for (guint f = 0; folders != NULL && folders[f] != NULL; f++) {
    gboolean is_open = !is_closed (folders[f]);
    add_folder (self, folders[f], is_open);
    for (guint i = 0; is_open && i < talks->len; i++) {
      const AppTalk *talk = g_ptr_array_index (talks, i);
      if (g_strcmp0 (talk->folder, folders[f]) == 0)
        add_talk (self, talk);
    }
  }
  for (guint i = 0; i < talks->len; i++) {
    const AppTalk *talk = g_ptr_array_index (talks, i);
    if (talk->folder == NULL)
      add_talk (self, talk);
  }
}

static const char *
get_query (HsSidebar *self)
{
  return gtk_search_bar_get_search_mode (self->search_bar)
             ? gtk_editable_get_text (GTK_EDITABLE (self->search_entry))
             : "";
}

static void
fill (HsSidebar *self)
{
  AppConversations *store = hs_application_get_store (hs_application_get ());
  const char *query = get_query (self);
  g_autoptr (GPtrArray) items = NULL;
  gboolean is_search = query[0] != '\0';

  if (store == NULL)
    return;
  items = is_search ? app_conversations_search (store, query, MAX_FOUND, NULL)
                    : app_conversations_list (store, NULL);
  clear_list (self->list);
  for (guint i = 0; is_search && items != NULL && i < items->len; i++)
    add_found (self, g_ptr_array_index (items, i));
  if (!is_search && items != NULL)
    add_talks (self, items);
  gtk_stack_set_visible_child_name (
      self->stack, is_search && (items == NULL || items->len == 0) ? "nothing" : "list");
}

void
hs_sidebar_update (HsSidebar *self, gint64 talk)
{
  self->talk = talk;
  fill (self);
}

static void
search_changed_cb (HsSidebar *self)
{
  fill (self);
}

/* The rows are made anew, and the one of the folder has the focus again. */
static void
toggle_folder (HsSidebar *self, GtkListBoxRow *row)
{
  g_autofree char *folder = g_strdup (get_place (GTK_WIDGET (row))->folder);
  GtkWidget *other;

  set_closed (folder, !is_closed (folder));
  fill (self);
  other = gtk_widget_get_first_child (GTK_WIDGET (self->list));
  for (; other != NULL; other = gtk_widget_get_next_sibling (other))
    if (g_strcmp0 (get_place (other)->folder, folder) == 0)
      gtk_widget_grab_focus (other);
}

static void
row_activated_cb (HsSidebar *self, GtkListBoxRow *row)
{
  const Place *place = get_place (GTK_WIDGET (row));

  if (place->folder != NULL) {
    toggle_folder (self, row);
    return;
  }
  gtk_list_box_unselect_all (self->pages);
  g_signal_emit (self, signals[SIGNAL_CHOSEN], 0, place->talk, place->message);
}

void
hs_sidebar_open_nth (HsSidebar *self, int n)
{
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->list, i)) != NULL; i++)
    if (get_place (GTK_WIDGET (row))->folder == NULL && n-- == 0)
      break;
  if (row == NULL)
    return;
  gtk_list_box_select_row (self->list, row);
  row_activated_cb (self, row);
}

/* The conversation is shown, and then what can be done to it. */
static gboolean
show_menu (HsSidebar *self, GtkListBoxRow *row, const GdkRectangle *place)
{
  if (row == NULL || self->menu == NULL || get_place (GTK_WIDGET (row))->folder != NULL)
    return FALSE;
  gtk_list_box_select_row (self->list, row);
  row_activated_cb (self, row);
  gtk_popover_set_pointing_to (self->menu, place);
  gtk_popover_popup (self->menu);
  return TRUE;
}

static void
pressed_cb (HsSidebar *self, int n, double x, double y, GtkGesture *gesture)
{
  double left, top;

  if (gtk_widget_translate_coordinates (GTK_WIDGET (self->list), GTK_WIDGET (self), x, y, &left,
                                        &top)
      && show_menu (self, gtk_list_box_get_row_at_y (self->list, (int) y),
                    &(GdkRectangle){ (int) left, (int) top, 1, 1 }))
    gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
}

static gboolean
key_pressed_cb (HsSidebar *self, guint key, guint code, GdkModifierType modifiers)
{
  GtkWidget *row = gtk_root_get_focus (gtk_widget_get_root (GTK_WIDGET (self)));
  graphene_rect_t bounds;

  if (key != GDK_KEY_Menu && !(key == GDK_KEY_F10 && (modifiers & GDK_SHIFT_MASK) != 0))
    return GDK_EVENT_PROPAGATE;
  return GTK_IS_LIST_BOX_ROW (row) && gtk_widget_is_ancestor (row, GTK_WIDGET (self->list))
         && gtk_widget_compute_bounds (row, GTK_WIDGET (self), &bounds)
         && show_menu (self, GTK_LIST_BOX_ROW (row),
                       &(GdkRectangle){ (int) graphene_rect_get_x (&bounds),
                                        (int) graphene_rect_get_y (&bounds),
                                        (int) graphene_rect_get_width (&bounds),
                                        (int) graphene_rect_get_height (&bounds) });
}

void
hs_sidebar_set_menu (HsSidebar *self, GMenuModel *menu)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();

  self->menu = GTK_POPOVER (gtk_popover_menu_new_from_model (menu));
  gtk_widget_set_parent (GTK_WIDGET (self->menu), GTK_WIDGET (self));
  gtk_popover_set_has_arrow (self->menu, FALSE);
  gtk_widget_set_halign (GTK_WIDGET (self->menu), GTK_ALIGN_START);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect_swapped (click, "pressed", G_CALLBACK (pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->list), GTK_EVENT_CONTROLLER (click));
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->list), keys);
}

static void
page_activated_cb (HsSidebar *self, GtkListBoxRow *row)
{
  gtk_list_box_unselect_all (self->list);
  g_signal_emit (self, signals[SIGNAL_PAGE_CHOSEN], 0, gtk_widget_get_name (GTK_WIDGET (row)));
}

void
hs_sidebar_select_page (HsSidebar *self, const char *name)
{
  GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (self->pages));

  gtk_list_box_unselect_all (self->pages);
  for (; row != NULL; row = gtk_widget_get_next_sibling (row))
    if (g_str_equal (gtk_widget_get_name (row), name)) {
      gtk_list_box_select_row (self->pages, GTK_LIST_BOX_ROW (row));
      gtk_list_box_unselect_all (self->list);
    }
}

void
hs_sidebar_set_search_button (HsSidebar *self, GtkToggleButton *button)
{
  g_object_bind_property (button, "active", self->search_bar, "search-mode-enabled",
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
}

void
hs_sidebar_search (HsSidebar *self)
{
  gtk_search_bar_set_search_mode (self->search_bar, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}

void
hs_sidebar_search_for (HsSidebar *self, const char *query)
{
  gtk_search_bar_set_search_mode (self->search_bar, TRUE);
  gtk_editable_set_text (GTK_EDITABLE (self->search_entry), query);
}

static void
add_page (HsSidebar *self, const char *name, const char *icon, const char *title)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);

  gtk_box_append (GTK_BOX (box), gtk_image_new_from_icon_name (icon));
  gtk_box_append (GTK_BOX (box), create_label (title, NULL));
  gtk_widget_set_margin_top (box, 6);
  gtk_widget_set_margin_bottom (box, 6);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_widget_set_name (row, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  gtk_list_box_append (self->pages, row);
}

static void
hs_sidebar_dispose (GObject *object)
{
  HsSidebar *self = HS_SIDEBAR (object);

  if (self->menu != NULL)
    gtk_widget_unparent (GTK_WIDGET (self->menu));
  self->menu = NULL;
  G_OBJECT_CLASS (hs_sidebar_parent_class)->dispose (object);
}

static void
hs_sidebar_class_init (HsSidebarClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = hs_sidebar_dispose;
  signals[SIGNAL_CHOSEN] = g_signal_new ("chosen", HS_TYPE_SIDEBAR, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 2, G_TYPE_INT64, G_TYPE_INT64);
  signals[SIGNAL_PAGE_CHOSEN] = g_signal_new ("page-chosen", HS_TYPE_SIDEBAR, G_SIGNAL_RUN_LAST, 0,
                                              NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/hearsay_app/Hearsay/ui/sidebar.ui");
  gtk_widget_class_bind_template_child (widget_class, HsSidebar, search_bar);
  gtk_widget_class_bind_template_child (widget_class, HsSidebar, search_entry);
  gtk_widget_class_bind_template_child (widget_class, HsSidebar, pages);
  gtk_widget_class_bind_template_child (widget_class, HsSidebar, list);
  gtk_widget_class_bind_template_child (widget_class, HsSidebar, stack);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, page_activated_cb);
}

static void
hs_sidebar_init (HsSidebar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_search_bar_connect_entry (self->search_bar, GTK_EDITABLE (self->search_entry));
  g_signal_connect_object (self->search_bar, "notify::search-mode-enabled",
                           G_CALLBACK (search_changed_cb), self, G_CONNECT_SWAPPED);
  add_page (self, "narration", "audio-speakers-symbolic", _ ("Narration"));
  add_page (self, "batch", "view-list-symbolic", _ ("Many Recordings"));
  add_page (self, "models", "drive-harddisk-symbolic", _ ("Models"));
  add_page (self, "voices", "avatar-default-symbolic", _ ("Voices"));
}
