/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/sidebar.h"

#include <glib/gi18n.h>

#include "ui/application.h"

#define MAX_FOUND 100

struct _HsSidebar {
  GtkBox parent_instance;
  GtkSearchBar *search_bar;
  GtkSearchEntry *search_entry;
  GtkListBox *pages;
  GtkListBox *list;
  GtkStack *stack;
  gint64 talk;
};

enum { SIGNAL_CHOSEN, SIGNAL_PAGE_CHOSEN, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (HsSidebar, hs_sidebar, GTK_TYPE_BOX)

typedef struct {
  gint64 talk;
  gint64 message;
} Place;

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

/* (transfer none): the row, for more to be put into its box. */
static GtkWidget *
add_row (HsSidebar *self, const char *title, gint64 talk, gint64 message, GtkWidget **box)
{
  GtkWidget *row = gtk_list_box_row_new ();
  Place *place = g_new (Place, 1);

  *place = (Place){ .talk = talk, .message = message };
  g_object_set_data_full (G_OBJECT (row), "place", place, g_free);
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

static void
add_talk (HsSidebar *self, const AppTalk *talk)
{
  const char *title = talk->title[0] != '\0' ? talk->title : _ ("New Conversation");
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *box;

  add_row (self, title, talk->id, 0, &box);
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
  for (guint i = 0; items != NULL && i < items->len; i++) {
    if (is_search)
      add_found (self, g_ptr_array_index (items, i));
    else
      add_talk (self, g_ptr_array_index (items, i));
  }
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

static void
row_activated_cb (HsSidebar *self, GtkListBoxRow *row)
{
  const Place *place = g_object_get_data (G_OBJECT (row), "place");

  gtk_list_box_unselect_all (self->pages);
  g_signal_emit (self, signals[SIGNAL_CHOSEN], 0, place->talk, place->message);
}

void
hs_sidebar_open_nth (HsSidebar *self, int n)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->list, n);

  if (row == NULL)
    return;
  gtk_list_box_select_row (self->list, row);
  row_activated_cb (self, row);
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
hs_sidebar_class_init (HsSidebarClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

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
  add_page (self, "models", "drive-harddisk-symbolic", _ ("Models"));
  add_page (self, "voices", "avatar-default-symbolic", _ ("Voices"));
}
