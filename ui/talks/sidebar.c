/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/talks/sidebar.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "app/talks/conversations.h"
#include "ui/base/program.h"
#include "ui/base/slices.h"
#include "ui/base/trouble.h"
#include "ui/talks/talk-row.h"
#include "ui/talks/talk-search.h"

#define MAX_FOUND 100

struct _HsSidebar {
  GtkBox parent_instance;
  GtkSearchBar *search_bar;
  GtkSearchEntry *search_entry;
  GtkListBox *pages;
  GtkListBox *list;
  GtkStack *stack;
  GtkPopover *menu;
  GtkMenuButton *menu_button; /* with the same menu, beside the conversation */
  gint64 talk;
  GPtrArray *items;          /* of HsTalkItem */
  guint n_shown;             /* of the items */
  GCancellable *cancellable; /* of the search that runs; or NULL */
};

enum { SIGNAL_CHOSEN, SIGNAL_PAGE_CHOSEN, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (HsSidebar, hs_sidebar, GTK_TYPE_BOX)

static gboolean
is_closed (const char *folder)
{
  GSettings *settings = hs_program_get_settings (hs_program_get ());
  g_auto (GStrv) closed = g_settings_get_strv (settings, "closed-folders");

  return g_strv_contains ((const char *const *) closed, folder);
}

static void
set_closed (const char *folder, gboolean value)
{
  GSettings *settings = hs_program_get_settings (hs_program_get ());
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

static void
add_item (GPtrArray *items, const HsTalkItem *item)
{
  g_ptr_array_add (items, g_memdup2 (item, sizeof *item));
}

/* (transfer full): the folders, each with what is in it, then what is in none. */
static GPtrArray *
list_items (AppConversations *store)
{
  GPtrArray *items = g_ptr_array_new_with_free_func ((GDestroyNotify) hs_talk_item_free);
  g_auto (GStrv) folders = app_conversations_list_folders (store, NULL);
  g_autoptr (GPtrArray) talks = app_conversations_list (store, NULL);
  guint n_folders = folders != NULL ? g_strv_length (folders) : 0;

  for (guint f = 0; f <= n_folders; f++) {
    const char *folder = f < n_folders ? folders[f] : NULL;
    gboolean is_open = folder == NULL || !is_closed (folder);
    if (folder != NULL)
      add_item (items, &(HsTalkItem){ .folder = g_strdup (folder), .is_open = is_open });
    for (guint i = 0; is_open && talks != NULL && i < talks->len; i++) {
      AppTalk *talk = talks->pdata[i];
      if (talk != NULL && g_strcmp0 (talk->folder, folder) == 0)
        add_item (items, &(HsTalkItem){ .talk = g_steal_pointer (&talks->pdata[i]) });
    }
  }
  return items;
}

/* (nullable): the row that looks like this, from place i on. */
static GtkWidget *
find_row (HsSidebar *self, const char *key, int i)
{
  GtkListBoxRow *row;

  for (; (row = gtk_list_box_get_row_at_index (self->list, i)) != NULL; i++)
    if (g_str_equal (hs_talk_row_get_place (GTK_WIDGET (row))->key, key))
      return GTK_WIDGET (row);
  return NULL;
}

static void
select_shown (HsSidebar *self, GtkWidget *row)
{
  const HsPlace *place = hs_talk_row_get_place (row);

  if (place->talk == self->talk && place->message == 0)
    gtk_list_box_select_row (self->list, GTK_LIST_BOX_ROW (row));
}

/* The next item has its row at its place: the one that is there, one from further down, or a new
 * one. */
static gboolean
show_next (gpointer object)
{
  HsSidebar *self = object;
  int i = (int) self->n_shown;
  GtkListBoxRow *rest;

  if (self->n_shown < self->items->len) {
    const HsTalkItem *item = self->items->pdata[i];
    g_autofree char *key = hs_talk_item_make_key (item);
    g_autoptr (GtkWidget) row = find_row (self, key, i);
    if (row != NULL)
      g_object_ref (row);
    else {
      row = g_object_ref_sink (hs_talk_row_new (item));
    }
    if (gtk_list_box_get_row_at_index (self->list, i) != GTK_LIST_BOX_ROW (row)) {
      if (gtk_widget_get_parent (row) != NULL)
        gtk_list_box_remove (self->list, row);
      gtk_list_box_insert (self->list, row, i);
    }
    select_shown (self, row);
    self->n_shown++;
    return TRUE;
  }
  rest = gtk_list_box_get_row_at_index (self->list, i);
  if (rest != NULL)
    gtk_list_box_remove (self->list, GTK_WIDGET (rest));
  return rest != NULL;
}

/* Most changes are small and done at once; many rows come in slices. */
static void
show_items (HsSidebar *self, GPtrArray *items)
{
  gint64 end = g_get_monotonic_time () + 2 * HS_SLICE_US;
  gboolean is_more = TRUE;

  g_clear_pointer (&self->items, g_ptr_array_unref);
  self->items = items;
  self->n_shown = 0;
  while (is_more && g_get_monotonic_time () < end)
    is_more = show_next (self);
  if (is_more)
    hs_slices_add (G_OBJECT (self), show_next);
}

static const char *
get_query (HsSidebar *self)
{
  return gtk_search_bar_get_search_mode (self->search_bar)
             ? gtk_editable_get_text (GTK_EDITABLE (self->search_entry))
             : "";
}

static void
searched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  HsSidebar *self = HS_SIDEBAR (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) found = hs_talk_search_finish (result, &error);
  GPtrArray *items;

  /* Other words were typed since. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (error != NULL)
    hs_trouble_tell (GTK_WIDGET (self), error);
  items = g_ptr_array_new_with_free_func ((GDestroyNotify) hs_talk_item_free);
  for (guint i = 0; found != NULL && i < found->len; i++)
    add_item (items, &(HsTalkItem){ .found = g_steal_pointer (&found->pdata[i]) });
  gtk_stack_set_visible_child_name (self->stack, items->len == 0 ? "nothing" : "list");
  show_items (self, items);
}

static void
fill (HsSidebar *self)
{
  AppConversations *store = hs_program_get_store (hs_program_get ());
  const char *query = get_query (self);
  GPtrArray *items;

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (store == NULL)
    return;
  if (query[0] != '\0') {
    self->cancellable = g_cancellable_new ();
    hs_talk_search_async (self, store, query, MAX_FOUND, self->cancellable, searched_cb, NULL);
    return;
  }
  items = list_items (store);
  gtk_stack_set_visible_child_name (self->stack, items->len == 0 ? "none" : "list");
  show_items (self, items);
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
  g_autofree char *folder = g_strdup (hs_talk_row_get_place (GTK_WIDGET (row))->folder);
  GtkWidget *other;

  set_closed (folder, !is_closed (folder));
  fill (self);
  other = gtk_widget_get_first_child (GTK_WIDGET (self->list));
  for (; other != NULL; other = gtk_widget_get_next_sibling (other))
    if (g_strcmp0 (hs_talk_row_get_place (other)->folder, folder) == 0)
      gtk_widget_grab_focus (other);
}

static void
row_activated_cb (HsSidebar *self, GtkListBoxRow *row)
{
  const HsPlace *place = hs_talk_row_get_place (GTK_WIDGET (row));

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
    if (hs_talk_row_get_place (GTK_WIDGET (row))->folder == NULL && n-- == 0)
      break;
  if (row == NULL)
    return;
  gtk_list_box_select_row (self->list, row);
  row_activated_cb (self, row);
}

/* In a narrow window, where the conversation takes the place of the list. */
static gboolean
is_covered (HsSidebar *self)
{
  GtkWidget *leaflet = gtk_widget_get_ancestor (GTK_WIDGET (self), ADW_TYPE_LEAFLET);

  return leaflet != NULL && adw_leaflet_get_folded (ADW_LEAFLET (leaflet));
}

/* The conversation is shown, and then what can be done to it. */
static gboolean
show_menu (HsSidebar *self, GtkListBoxRow *row, const GdkRectangle *place)
{
  const HsPlace *shown = row != NULL ? hs_talk_row_get_place (GTK_WIDGET (row)) : NULL;

  if (shown == NULL || self->menu == NULL)
    return FALSE;
  if (shown->menu_button != NULL) {
    gtk_menu_button_popup (shown->menu_button);
    return TRUE;
  }
  gtk_list_box_select_row (self->list, row);
  row_activated_cb (self, row);
  if (is_covered (self)) {
    gtk_menu_button_popup (self->menu_button);
    return TRUE;
  }
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
hs_sidebar_set_menu_button (HsSidebar *self, GtkMenuButton *button)
{
  GMenuModel *menu = gtk_menu_button_get_menu_model (button);
  GtkGesture *click = gtk_gesture_click_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();

  self->menu_button = button;
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
hs_sidebar_select (HsSidebar *self, const char *page, gint64 talk)
{
  GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (self->list));

  hs_sidebar_select_page (self, page);
  if (gtk_list_box_get_selected_row (self->pages) != NULL)
    return;
  gtk_list_box_unselect_all (self->list);
  for (; talk != 0 && row != NULL; row = gtk_widget_get_next_sibling (row))
    if (GTK_IS_LIST_BOX_ROW (row) && hs_talk_row_get_place (row)->folder == NULL
        && hs_talk_row_get_place (row)->talk == talk)
      gtk_list_box_select_row (self->list, GTK_LIST_BOX_ROW (row));
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
  gtk_box_append (GTK_BOX (box), hs_talk_row_create_label (title, NULL));
  gtk_widget_set_margin_top (box, 6);
  gtk_widget_set_margin_bottom (box, 6);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_widget_set_name (row, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  gtk_list_box_append (self->pages, row);
}

/* Where one is: the row of what is shown. */
static gboolean
hs_sidebar_grab_focus (GtkWidget *widget)
{
  HsSidebar *self = HS_SIDEBAR (widget);
  GtkListBoxRow *row = gtk_list_box_get_selected_row (self->pages);

  if (row == NULL)
    row = gtk_list_box_get_selected_row (self->list);
  return row != NULL ? gtk_widget_grab_focus (GTK_WIDGET (row))
                     : gtk_widget_child_focus (GTK_WIDGET (self->pages), GTK_DIR_TAB_FORWARD);
}

static void
hs_sidebar_dispose (GObject *object)
{
  HsSidebar *self = HS_SIDEBAR (object);

  hs_slices_drop (object);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->items, g_ptr_array_unref);
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
  widget_class->grab_focus = hs_sidebar_grab_focus;
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
  self->items = g_ptr_array_new_with_free_func ((GDestroyNotify) hs_talk_item_free);
  gtk_search_bar_connect_entry (self->search_bar, GTK_EDITABLE (self->search_entry));
  g_signal_connect_object (self->search_bar, "notify::search-mode-enabled",
                           G_CALLBACK (search_changed_cb), self, G_CONNECT_SWAPPED);
  add_page (self, "narration", "audio-speakers-symbolic", _ ("Narration"));
  add_page (self, "batch", "view-list-symbolic", _ ("Many Recordings"));
  add_page (self, "models", "drive-harddisk-symbolic", _ ("Models"));
  add_page (self, "voices", "avatar-default-symbolic", _ ("Voices"));
}
