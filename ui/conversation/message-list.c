/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/conversation/message-list.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "ui/base/slices.h"
#include "ui/base/tail-view.h"

#define SPACING 24
#define MARGIN 18
#define MAX_WIDTH 760
#define TIGHT_WIDTH 600

struct _HsMessageList {
  GtkWidget parent_instance;
  GtkWidget *scrolled;
  HsTailView *view;
  GtkBox *column;
  GtkWidget *earlier;
  GtkBox *rows;
  GPtrArray *messages; /* of AppMessage */
  GPtrArray *made;     /* of HsMessageRow, weak; NULL where it is still to come */
  guint n_made;
  gint64 looked_at; /* a message, or 0: the end */
  gboolean is_listening;
};

enum { SIGNAL_ROW, SIGNAL_EARLIER, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (HsMessageList, hs_message_list, GTK_TYPE_WIDGET)

HsMessageRow *
hs_message_list_find (HsMessageList *self, gint64 message)
{
  for (guint i = 0; i < self->messages->len; i++)
    if (((AppMessage *) self->messages->pdata[i])->id == message)
      return self->made->pdata[i];
  return NULL;
}

HsMessageRow *
hs_message_list_find_answer (HsMessageList *self)
{
  for (guint i = self->made->len; i > 0; i--)
    if (self->made->pdata[i - 1] != NULL
        && hs_message_row_get_role (self->made->pdata[i - 1]) == APP_ROLE_ASSISTANT)
      return self->made->pdata[i - 1];
  return NULL;
}

HsAudioCard *
hs_message_list_find_card (HsMessageList *self, gint64 recording)
{
  HsAudioCard *found = NULL;

  for (guint i = 0; i < self->made->len; i++) {
    GtkWidget *card = self->made->pdata[i] != NULL ? gtk_widget_get_first_child (
                          GTK_WIDGET (hs_message_row_get_recordings (self->made->pdata[i])))
                                                   : NULL;
    for (; card != NULL; card = gtk_widget_get_next_sibling (card)) {
      if (hs_audio_card_get_recording (HS_AUDIO_CARD (card)) == recording)
        return HS_AUDIO_CARD (card);
      if (recording < 0)
        found = HS_AUDIO_CARD (card);
    }
  }
  return found;
}

static void
listen_to (HsMessageRow *row)
{
  GtkWidget *card = gtk_widget_get_first_child (GTK_WIDGET (hs_message_row_get_recordings (row)));

  for (; card != NULL; card = gtk_widget_get_next_sibling (card))
    hs_audio_card_listen (HS_AUDIO_CARD (card));
}

void
hs_message_list_listen (HsMessageList *self, gboolean is_wanted)
{
  self->is_listening = is_wanted;
  for (guint i = 0; is_wanted && i < self->made->len; i++)
    if (self->made->pdata[i] != NULL)
      listen_to (self->made->pdata[i]);
}

/* Where the looking begins. */
static guint
get_focus (HsMessageList *self)
{
  for (guint i = 0; i < self->messages->len; i++)
    if (((AppMessage *) self->messages->pdata[i])->id == self->looked_at)
      return i;
  return self->messages->len - 1;
}

/* The message without a row that is nearest to where one looks. */
static guint
find_next (HsMessageList *self)
{
  guint focus = get_focus (self), best = 0, best_distance = G_MAXUINT;

  for (guint i = 0; i < self->made->len; i++) {
    guint distance = i >= focus ? i - focus : focus - i;
    if (self->made->pdata[i] == NULL && distance < best_distance) {
      best = i;
      best_distance = distance;
    }
  }
  return best;
}

static GtkWidget *
find_before (HsMessageList *self, guint i)
{
  while (i-- > 0)
    if (self->made->pdata[i] != NULL)
      return self->made->pdata[i];
  return NULL;
}

static gboolean
make_next (gpointer object)
{
  HsMessageList *self = object;
  const AppMessage *message;
  HsMessageRow *row;
  guint i;

  if (self->n_made >= self->messages->len)
    return FALSE;
  i = find_next (self);
  message = self->messages->pdata[i];
  row = hs_message_row_new (message);
  for (guint r = 0; r < message->recordings->len; r++)
    gtk_box_append (hs_message_row_get_recordings (row),
                    hs_audio_card_new (message->recordings->pdata[r]));
  gtk_box_insert_child_after (self->rows, GTK_WIDGET (row), find_before (self, i));
  self->made->pdata[i] = row;
  self->n_made++;
  if (self->looked_at == message->id) {
    hs_tail_view_scroll_to (self->view, GTK_WIDGET (row));
    gtk_widget_grab_focus (GTK_WIDGET (row));
  }
  g_signal_emit (self, signals[SIGNAL_ROW], 0, row);
  if (self->is_listening)
    listen_to (row);
  return self->n_made < self->messages->len;
}

/* Rows that are no longer wanted go. */
static void
remove_others (HsMessageList *self, GHashTable *wanted)
{
  GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (self->rows));

  while (row != NULL) {
    GtkWidget *next = gtk_widget_get_next_sibling (row);
    if (!g_hash_table_contains (wanted, row))
      gtk_box_remove (self->rows, row);
    row = next;
  }
}

/* The first row is made at once: what was just written is seen without delay. */
void
hs_message_list_show (HsMessageList *self, GPtrArray *messages)
{
  g_autoptr (GPtrArray) made = g_ptr_array_new ();
  g_autoptr (GHashTable) wanted = g_hash_table_new (NULL, NULL);
  GtkWidget *previous = NULL;

  self->n_made = 0;
  for (guint i = 0; i < messages->len; i++) {
    const AppMessage *message = messages->pdata[i];
    HsMessageRow *row = hs_message_list_find (self, message->id);
    g_ptr_array_add (made, row);
    if (row == NULL)
      continue;
    hs_message_row_update (row, message);
    gtk_box_reorder_child_after (self->rows, GTK_WIDGET (row), previous);
    g_hash_table_add (wanted, row);
    previous = GTK_WIDGET (row);
    self->n_made++;
  }
  remove_others (self, wanted);
  gtk_widget_set_visible (self->earlier,
                          messages->len > 0 && ((AppMessage *) messages->pdata[0])->parent != 0);
  g_ptr_array_unref (self->messages);
  self->messages = messages;
  g_ptr_array_unref (self->made);
  self->made = g_steal_pointer (&made);
  if (make_next (self))
    hs_slices_add (G_OBJECT (self), make_next);
}

/* To destroy forty rows takes as long as to make them. */
static gboolean
remove_old (gpointer object)
{
  GtkBox *old = object;
  GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (old));

  if (row != NULL) {
    gtk_box_remove (old, row);
    return TRUE;
  }
  gtk_widget_unparent (GTK_WIDGET (old));
  return FALSE;
}

static GtkBox *
create_rows (HsMessageList *self)
{
  GtkWidget *rows = gtk_box_new (GTK_ORIENTATION_VERTICAL, SPACING);

  gtk_box_append (self->column, rows);
  hs_tail_view_set_rows (self->view, rows);
  return GTK_BOX (rows);
}

void
hs_message_list_begin (HsMessageList *self, gint64 message)
{
  GtkWidget *old = GTK_WIDGET (self->rows);

  hs_slices_drop (G_OBJECT (self));
  self->rows = create_rows (self);
  gtk_widget_set_visible (old, FALSE);
  hs_slices_add (G_OBJECT (old), remove_old);
  g_ptr_array_set_size (self->messages, 0);
  g_ptr_array_set_size (self->made, 0);
  self->n_made = 0;
  self->looked_at = message;
  gtk_widget_set_visible (self->earlier, FALSE);
  hs_tail_view_scroll_to_end (self->view);
}

void
hs_message_list_scroll_to_end (HsMessageList *self)
{
  self->looked_at = 0;
  hs_tail_view_scroll_to_end (self->view);
}

void
hs_message_list_look_at (HsMessageList *self, gint64 message)
{
  HsMessageRow *row = hs_message_list_find (self, message);

  self->looked_at = message;
  if (row == NULL)
    return;
  hs_tail_view_scroll_to (self->view, GTK_WIDGET (row));
  gtk_widget_grab_focus (GTK_WIDGET (row));
}

void
hs_message_list_reveal (HsMessageList *self, GtkWidget *widget)
{
  hs_tail_view_reveal (self->view, widget);
}

static void
earlier_cb (HsMessageList *self)
{
  g_signal_emit (self, signals[SIGNAL_EARLIER], 0);
}

static void
hs_message_list_dispose (GObject *object)
{
  HsMessageList *self = HS_MESSAGE_LIST (object);

  hs_slices_drop (object);
  g_ptr_array_set_size (self->made, 0);
  g_clear_pointer (&self->scrolled, gtk_widget_unparent);
  G_OBJECT_CLASS (hs_message_list_parent_class)->dispose (object);
}

static void
hs_message_list_finalize (GObject *object)
{
  HsMessageList *self = HS_MESSAGE_LIST (object);

  g_ptr_array_unref (self->messages);
  g_ptr_array_unref (self->made);
  G_OBJECT_CLASS (hs_message_list_parent_class)->finalize (object);
}

static void
hs_message_list_class_init (HsMessageListClass *class)
{
  G_OBJECT_CLASS (class)->dispose = hs_message_list_dispose;
  G_OBJECT_CLASS (class)->finalize = hs_message_list_finalize;
  signals[SIGNAL_ROW] = g_signal_new ("row", HS_TYPE_MESSAGE_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                      NULL, G_TYPE_NONE, 1, HS_TYPE_MESSAGE_ROW);
  signals[SIGNAL_EARLIER] = g_signal_new ("earlier", HS_TYPE_MESSAGE_LIST, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (class), GTK_TYPE_BIN_LAYOUT);
}

static void
hs_message_list_init (HsMessageList *self)
{
  GtkWidget *clamp = adw_clamp_new ();

  self->messages = g_ptr_array_new_with_free_func ((GDestroyNotify) app_message_free);
  self->made = g_ptr_array_new ();
  self->scrolled = gtk_scrolled_window_new ();
  self->view = g_object_new (HS_TYPE_TAIL_VIEW, NULL);
  self->column = GTK_BOX (gtk_box_new (GTK_ORIENTATION_VERTICAL, SPACING));
  self->earlier = gtk_button_new_with_label (_ ("Show Earlier Messages"));
  gtk_widget_set_halign (self->earlier, GTK_ALIGN_CENTER);
  gtk_widget_set_visible (self->earlier, FALSE);
  gtk_widget_add_css_class (self->earlier, "flat");
  g_signal_connect_swapped (self->earlier, "clicked", G_CALLBACK (earlier_cb), self);
  gtk_box_append (self->column, self->earlier);
  self->rows = create_rows (self);
  gtk_widget_set_margin_top (GTK_WIDGET (self->column), MARGIN);
  gtk_widget_set_margin_bottom (GTK_WIDGET (self->column), MARGIN);
  gtk_widget_set_margin_start (GTK_WIDGET (self->column), MARGIN);
  gtk_widget_set_margin_end (GTK_WIDGET (self->column), MARGIN);
  adw_clamp_set_maximum_size (ADW_CLAMP (clamp), MAX_WIDTH);
  adw_clamp_set_tightening_threshold (ADW_CLAMP (clamp), TIGHT_WIDTH);
  adw_clamp_set_child (ADW_CLAMP (clamp), GTK_WIDGET (self->column));
  hs_tail_view_set_child (self->view, clamp);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scrolled), GTK_WIDGET (self->view));
  gtk_widget_set_parent (self->scrolled, GTK_WIDGET (self));
}
