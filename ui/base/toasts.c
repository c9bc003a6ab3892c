/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/base/toasts.h"

struct _HsToasts {
  GtkWidget parent_instance;
  GtkWidget *revealer;
  GtkLabel *title;
  GtkButton *button;
  GQueue *waiting;   /* of AdwToast */
  AdwToast *current; /* shown or coming in; NULL: none, or the last one is going */
  guint timeout;
  gboolean is_held; /* the pointer or the focus is on it */
};

G_DEFINE_FINAL_TYPE (HsToasts, hs_toasts, GTK_TYPE_WIDGET)
/* By which a window knows its own. */
static G_DEFINE_QUARK (hs - toasts, toasts)

static gboolean
timeout_cb (gpointer user_data)
{
  HsToasts *self = user_data;

  self->timeout = 0;
  hs_toasts_dismiss (self);
  return G_SOURCE_REMOVE;
}

static void
update_timeout (HsToasts *self)
{
  guint seconds = self->current != NULL ? adw_toast_get_timeout (self->current) : 0;

  g_clear_handle_id (&self->timeout, g_source_remove);
  if (seconds > 0 && !self->is_held)
    self->timeout = g_timeout_add_seconds (seconds, timeout_cb, self);
}

static void
show_next (HsToasts *self)
{
  const char *label;

  if (self->current != NULL || gtk_revealer_get_child_revealed (GTK_REVEALER (self->revealer)))
    return;
  self->current = g_queue_pop_head (self->waiting);
  gtk_widget_set_visible (GTK_WIDGET (self), self->current != NULL);
  if (self->current == NULL)
    return;
  label = adw_toast_get_button_label (self->current);
  gtk_label_set_markup (self->title, adw_toast_get_title (self->current));
  gtk_button_set_label (self->button, label != NULL ? label : "");
  gtk_widget_set_visible (GTK_WIDGET (self->button), label != NULL);
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->revealer), TRUE);
  update_timeout (self);
}

gboolean
hs_toasts_dismiss (HsToasts *self)
{
  if (self->current == NULL)
    return FALSE;
  g_clear_object (&self->current);
  self->is_held = FALSE;
  update_timeout (self);
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->revealer), FALSE);
  /* One that had not begun to come in does not go, either. */
  show_next (self);
  return TRUE;
}

/* It may go whenever something newer comes. */
static gboolean
is_news (AdwToast *toast)
{
  return toast != NULL && adw_toast_get_button_label (toast) == NULL
         && adw_toast_get_timeout (toast) > 0;
}

static gboolean
is_same (AdwToast *a, AdwToast *b)
{
  return is_news (a) && is_news (b)
         && g_str_equal (adw_toast_get_title (a), adw_toast_get_title (b));
}

static void
drop_old_news (HsToasts *self)
{
  GList *next;

  for (GList *l = self->waiting->head; l != NULL; l = next) {
    next = l->next;
    if (is_news (l->data)) {
      g_object_unref (l->data);
      g_queue_delete_link (self->waiting, l);
    }
  }
}

HsToasts *
hs_toasts_of (GtkWidget *widget)
{
  GtkRoot *root = gtk_widget_get_root (widget);

  return root != NULL ? g_object_get_qdata (G_OBJECT (root), toasts_quark ()) : NULL;
}

void
hs_toasts_add (HsToasts *self, AdwToast *toast)
{
  if (self == NULL) {
    g_object_unref (toast);
    return;
  }
  if (is_same (self->current, toast)) {
    g_object_unref (toast);
    update_timeout (self);
    return;
  }
  drop_old_news (self);
  g_queue_push_tail (self->waiting, toast);
  if (is_news (self->current))
    hs_toasts_dismiss (self);
  else
    show_next (self);
}

void
hs_toasts_remove (HsToasts *self, AdwToast *toast)
{
  if (g_queue_remove (self->waiting, toast))
    g_object_unref (toast);
  if (self->current == toast)
    hs_toasts_dismiss (self);
}

static void
revealed_cb (HsToasts *self)
{
  show_next (self);
}

static void
button_cb (HsToasts *self)
{
  g_autoptr (AdwToast) toast = self->current != NULL ? g_object_ref (self->current) : NULL;

  if (toast == NULL)
    return;
  hs_toasts_dismiss (self);
  g_signal_emit_by_name (toast, "button-clicked");
}

static void
close_cb (HsToasts *self)
{
  hs_toasts_dismiss (self);
}

static void
hold_cb (HsToasts *self)
{
  self->is_held = TRUE;
  update_timeout (self);
}

static void
let_go_cb (HsToasts *self)
{
  self->is_held = FALSE;
  update_timeout (self);
}

static void
hs_toasts_root (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (hs_toasts_parent_class)->root (widget);
  g_object_set_qdata (G_OBJECT (gtk_widget_get_root (widget)), toasts_quark (), widget);
}

static void
hs_toasts_unroot (GtkWidget *widget)
{
  g_object_set_qdata (G_OBJECT (gtk_widget_get_root (widget)), toasts_quark (), NULL);
  GTK_WIDGET_CLASS (hs_toasts_parent_class)->unroot (widget);
}

static void
hs_toasts_dispose (GObject *object)
{
  HsToasts *self = HS_TOASTS (object);

  g_clear_handle_id (&self->timeout, g_source_remove);
  g_clear_object (&self->current);
  g_queue_clear_full (self->waiting, g_object_unref);
  if (self->revealer != NULL)
    g_signal_handlers_disconnect_by_data (self->revealer, self);
  g_clear_pointer (&self->revealer, gtk_widget_unparent);
  G_OBJECT_CLASS (hs_toasts_parent_class)->dispose (object);
}

static void
hs_toasts_finalize (GObject *object)
{
  g_queue_free (HS_TOASTS (object)->waiting);
  G_OBJECT_CLASS (hs_toasts_parent_class)->finalize (object);
}

static void
hs_toasts_class_init (HsToastsClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = hs_toasts_dispose;
  widget_class->root = hs_toasts_root;
  widget_class->unroot = hs_toasts_unroot;
  G_OBJECT_CLASS (class)->finalize = hs_toasts_finalize;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_ALERT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/hearsay_app/Hearsay/ui/toasts.ui");
  gtk_widget_class_bind_template_child (widget_class, HsToasts, revealer);
  gtk_widget_class_bind_template_child (widget_class, HsToasts, title);
  gtk_widget_class_bind_template_child (widget_class, HsToasts, button);
  gtk_widget_class_bind_template_callback (widget_class, revealed_cb);
  gtk_widget_class_bind_template_callback (widget_class, button_cb);
  gtk_widget_class_bind_template_callback (widget_class, close_cb);
  gtk_widget_class_bind_template_callback (widget_class, hold_cb);
  gtk_widget_class_bind_template_callback (widget_class, let_go_cb);
}

static void
hs_toasts_init (HsToasts *self)
{
  self->waiting = g_queue_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}
