/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/conversation/composer.h"

#include <glib/gi18n.h>
#include <string.h>

#include "ui/base/file-dialog.h"
#include "ui/base/file-name.h"
#include "ui/base/prompt-button.h"
#include "ui/base/read-aloud.h"
#include "ui/base/text-area.h"
#include "ui/conversation/recorder.h"

/* More than this at once is not shown but kept as an attachment: a line of megabytes would hold the
 * window for seconds each time it is laid out. */
#define MAX_INSERTED 20000

struct _HsComposer {
  GtkBox parent_instance;
  GtkFlowBox *attachments;
  GtkStack *stack;
  GtkTextView *text;
  GtkLabel *placeholder;
  GtkButton *send;
  HsRecorder *recorder;
  GListStore *files;
  GPtrArray *pasted;    /* of char *: long texts */
  GtkBox *pasted_chips; /* one for each, in order */
  GtkFileChooserNative *chooser;
  gboolean is_busy;
};

enum { SIGNAL_SEND, SIGNAL_STOP, SIGNAL_RECORDED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (HsComposer, hs_composer, GTK_TYPE_BOX)

static char *
get_text (HsComposer *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->text);
  GtkTextIter start, end;

  g_autoptr (GString) whole = NULL;
  g_autofree char *typed = NULL;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  typed = g_strstrip (gtk_text_buffer_get_text (buffer, &start, &end, FALSE));
  whole = g_string_new (typed);
  for (guint i = 0; i < self->pasted->len; i++)
    g_string_append_printf (whole, "%s%s", whole->len > 0 ? "\n\n" : "",
                            (char *) self->pasted->pdata[i]);
  return g_string_free (g_steal_pointer (&whole), FALSE);
}

static gboolean
has_content (HsComposer *self)
{
  GtkTextIter iter;

  gtk_text_buffer_get_start_iter (gtk_text_view_get_buffer (self->text), &iter);
  while (!gtk_text_iter_is_end (&iter) && g_unichar_isspace (gtk_text_iter_get_char (&iter)))
    gtk_text_iter_forward_char (&iter);
  return !gtk_text_iter_is_end (&iter) || self->pasted->len > 0
         || g_list_model_get_n_items (G_LIST_MODEL (self->files)) > 0;
}

static void
update (HsComposer *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->text);
  guint n_files = g_list_model_get_n_items (G_LIST_MODEL (self->files));
  const char *action = self->is_busy ? _ ("Stop") : _ ("Send");

  gtk_widget_set_visible (GTK_WIDGET (self->placeholder),
                          gtk_text_buffer_get_char_count (buffer) == 0);
  gtk_label_set_label (self->placeholder,
                       n_files > 0 ? _ ("Ask about the recording") : _ ("Ask anything"));
  gtk_widget_set_visible (GTK_WIDGET (self->attachments), n_files > 0);
  gtk_widget_set_visible (GTK_WIDGET (self->pasted_chips), self->pasted->len > 0);
  gtk_widget_set_sensitive (GTK_WIDGET (self->send), self->is_busy || has_content (self));
  gtk_button_set_icon_name (self->send,
                            self->is_busy ? "media-playback-stop-symbolic" : "go-up-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->send), action);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->send), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  action, -1);
}

/* Who writes is not read to. */
static void
written_cb (HsComposer *self)
{
  hs_read_aloud_stop_current ();
  update (self);
}

static void
send_cb (HsComposer *self)
{
  if (self->is_busy)
    g_signal_emit (self, signals[SIGNAL_STOP], 0);
  else if (has_content (self))
    g_signal_emit (self, signals[SIGNAL_SEND], 0);
}

static gboolean
key_pressed_cb (HsComposer *self, guint key, guint code, GdkModifierType modifiers)
{
  gboolean is_enter = key == GDK_KEY_Return || key == GDK_KEY_KP_Enter;

  if (!is_enter || (modifiers & (GDK_SHIFT_MASK | GDK_ALT_MASK)) != 0)
    return GDK_EVENT_PROPAGATE;
  if (!self->is_busy)
    send_cb (self);
  return GDK_EVENT_STOP;
}

static void
remove_cb (GtkButton *button, GFile *file)
{
  HsComposer *self = HS_COMPOSER (gtk_widget_get_ancestor (GTK_WIDGET (button), HS_TYPE_COMPOSER));
  guint position;

  if (g_list_store_find (self->files, file, &position))
    g_list_store_remove (self->files, position);
  update (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->text));
}

/* button: (out): the one that removes it. */
static GtkWidget *
create_chip (const char *icon_name, const char *text, GtkWidget **removing)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *icon = gtk_image_new_from_icon_name (icon_name);
  GtkWidget *label = gtk_label_new (text);
  GtkWidget *button = gtk_button_new_from_icon_name ("window-close-symbolic");

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 24);
  gtk_widget_set_tooltip_text (button, _ ("Remove"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Remove"), -1);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "circular");
  gtk_widget_add_css_class (button, "small");
  gtk_widget_add_css_class (box, "chip");
  gtk_box_append (GTK_BOX (box), icon);
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), button);
  *removing = button;
  return box;
}

static GtkWidget *
create_attachment (gpointer item, gpointer user_data)
{
  g_autofree char *shown = hs_file_show_name (item);
  GtkWidget *button;
  GtkWidget *chip = create_chip ("audio-x-generic-symbolic", shown, &button);

  g_signal_connect_object (button, "clicked", G_CALLBACK (remove_cb), item, 0);
  return chip;
}

static void
remove_pasted_cb (GtkButton *button, GtkWidget *chip)
{
  HsComposer *self = HS_COMPOSER (gtk_widget_get_ancestor (chip, HS_TYPE_COMPOSER));
  GtkWidget *other = gtk_widget_get_first_child (GTK_WIDGET (self->pasted_chips));
  guint i = 0;

  for (; other != chip; other = gtk_widget_get_next_sibling (other))
    i++;
  g_ptr_array_remove_index (self->pasted, i);
  gtk_box_remove (self->pasted_chips, chip);
  update (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->text));
}

static void
add_pasted (HsComposer *self, char *text)
{
  g_autofree char *size = g_format_size (strlen (text));
  /* Translators: a long text that was pasted, and its size. */
  g_autofree char *shown = g_strdup_printf (_ ("Pasted text, %s"), size);
  GtkWidget *button;
  GtkWidget *chip = create_chip ("edit-paste-symbolic", shown, &button);

  g_signal_connect_object (button, "clicked", G_CALLBACK (remove_pasted_cb), chip, 0);
  gtk_widget_set_halign (chip, GTK_ALIGN_START);
  gtk_box_append (self->pasted_chips, chip);
  g_ptr_array_add (self->pasted, text);
  update (self);
}

static void
clear_pasted (HsComposer *self)
{
  GtkWidget *chip;

  while ((chip = gtk_widget_get_first_child (GTK_WIDGET (self->pasted_chips))) != NULL)
    gtk_box_remove (self->pasted_chips, chip);
  g_ptr_array_set_size (self->pasted, 0);
}

/* Before the buffer takes it. */
static void
insert_cb (HsComposer *self, GtkTextIter *place, const char *text, int length,
           GtkTextBuffer *buffer)
{
  if (length <= MAX_INSERTED)
    return;
  g_signal_stop_emission_by_name (buffer, "insert-text");
  add_pasted (self, g_strndup (text, (gsize) length));
}

void
hs_composer_add_file (HsComposer *self, GFile *file)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->files)); i++) {
    g_autoptr (GFile) other = g_list_model_get_item (G_LIST_MODEL (self->files), i);
    if (g_file_equal (file, other))
      return;
  }
  g_list_store_append (self->files, file);
  update (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->text));
}

static void
files_pasted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsComposer) self = user_data;
  const GValue *value = gdk_clipboard_read_value_finish (GDK_CLIPBOARD (source), result, NULL);

  if (value == NULL)
    return;
  for (GSList *l = g_value_get_boxed (value); l != NULL; l = l->next)
    hs_composer_add_file (self, l->data);
}

/* Files on the clipboard become attachments, not their names text. */
static void
paste_cb (GtkTextView *view, HsComposer *self)
{
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (view));

  if (!gdk_content_formats_contain_gtype (gdk_clipboard_get_formats (clipboard),
                                          GDK_TYPE_FILE_LIST))
    return;
  g_signal_stop_emission_by_name (view, "paste-clipboard");
  gdk_clipboard_read_value_async (clipboard, GDK_TYPE_FILE_LIST, G_PRIORITY_DEFAULT, NULL,
                                  files_pasted_cb, g_object_ref (self));
}

static void
files_chosen_cb (HsComposer *self, int response)
{
  if (response == GTK_RESPONSE_ACCEPT) {
    g_autoptr (GListModel) files = gtk_file_chooser_get_files (GTK_FILE_CHOOSER (self->chooser));
    for (guint i = 0; i < g_list_model_get_n_items (files); i++) {
      g_autoptr (GFile) file = g_list_model_get_item (files, i);
      hs_composer_add_file (self, file);
    }
  }
  hs_file_dialog_let_go (g_steal_pointer (&self->chooser));
}

void
hs_composer_choose_files (HsComposer *self)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));

  if (self->chooser == NULL)
    self->chooser = hs_file_dialog_open_recordings (window, G_CALLBACK (files_chosen_cb), self);
}

void
hs_composer_record (HsComposer *self)
{
  if (hs_composer_is_recording (self))
    return;
  hs_read_aloud_stop_current ();
  gtk_stack_set_visible_child_name (self->stack, "recorder");
  hs_recorder_start (self->recorder);
}

void
hs_composer_finish_recording (HsComposer *self)
{
  hs_recorder_finish (self->recorder);
}

gboolean
hs_composer_is_recording (HsComposer *self)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "recorder") == 0;
}

static void
recorded_cb (HsComposer *self, GFile *file)
{
  gboolean is_taken = FALSE;

  g_signal_emit (self, signals[SIGNAL_RECORDED], 0, file, &is_taken);
  if (!is_taken)
    hs_composer_add_file (self, file);
}

static void
recorder_closed_cb (HsComposer *self)
{
  gtk_stack_set_visible_child_name (self->stack, "text");
  gtk_widget_grab_focus (GTK_WIDGET (self->text));
}

void
hs_composer_take (HsComposer *self, char **text, GListModel **files)
{
  *text = get_text (self);
  *files = G_LIST_MODEL (g_steal_pointer (&self->files));
  self->files = g_list_store_new (G_TYPE_FILE);
  gtk_flow_box_bind_model (self->attachments, G_LIST_MODEL (self->files), create_attachment, NULL,
                           NULL);
  clear_pasted (self);
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->text), "", 0);
  update (self);
}

void
hs_composer_set_text (HsComposer *self, const char *text)
{
  clear_pasted (self);
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->text), text, -1);
  gtk_widget_grab_focus (GTK_WIDGET (self->text));
}

void
hs_composer_set_busy (HsComposer *self, gboolean is_busy)
{
  self->is_busy = is_busy;
  update (self);
}

static gboolean
hs_composer_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (HS_COMPOSER (widget)->text));
}

static void
hs_composer_dispose (GObject *object)
{
  HsComposer *self = HS_COMPOSER (object);

  hs_file_dialog_clear (&self->chooser);
  g_clear_object (&self->files);
  g_clear_pointer (&self->pasted, g_ptr_array_unref);
  G_OBJECT_CLASS (hs_composer_parent_class)->dispose (object);
}

static void
hs_composer_class_init (HsComposerClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = hs_composer_dispose;
  widget_class->grab_focus = hs_composer_grab_focus;
  g_type_ensure (HS_TYPE_PROMPT_BUTTON);
  g_type_ensure (HS_TYPE_RECORDER);
  signals[SIGNAL_SEND] = g_signal_new ("send", HS_TYPE_COMPOSER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                       NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_STOP] = g_signal_new ("stop", HS_TYPE_COMPOSER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                       NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_RECORDED] =
      g_signal_new ("recorded", HS_TYPE_COMPOSER, G_SIGNAL_RUN_LAST, 0,
                    g_signal_accumulator_true_handled, NULL, NULL, G_TYPE_BOOLEAN, 1, G_TYPE_FILE);
  g_type_ensure (HS_TYPE_TEXT_AREA);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/hearsay_app/Hearsay/ui/composer.ui");
  gtk_widget_class_bind_template_child (widget_class, HsComposer, attachments);
  gtk_widget_class_bind_template_child (widget_class, HsComposer, pasted_chips);
  gtk_widget_class_bind_template_child (widget_class, HsComposer, stack);
  gtk_widget_class_bind_template_child (widget_class, HsComposer, text);
  gtk_widget_class_bind_template_child (widget_class, HsComposer, placeholder);
  gtk_widget_class_bind_template_child (widget_class, HsComposer, send);
  gtk_widget_class_bind_template_child (widget_class, HsComposer, recorder);
  gtk_widget_class_bind_template_callback (widget_class, send_cb);
  gtk_widget_class_bind_template_callback (widget_class, paste_cb);
  gtk_widget_class_bind_template_callback (widget_class, recorded_cb);
  gtk_widget_class_bind_template_callback (widget_class, recorder_closed_cb);
  gtk_widget_class_bind_template_callback (widget_class, hs_composer_choose_files);
}

static void
hs_composer_init (HsComposer *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  self->files = g_list_store_new (G_TYPE_FILE);
  self->pasted = g_ptr_array_new_with_free_func (g_free);
  gtk_flow_box_bind_model (self->attachments, G_LIST_MODEL (self->files), create_attachment, NULL,
                           NULL);
  g_signal_connect_object (gtk_text_view_get_buffer (self->text), "insert-text",
                           G_CALLBACK (insert_cb), self, G_CONNECT_SWAPPED);
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->text), keys);
  g_signal_connect_object (gtk_text_view_get_buffer (self->text), "changed",
                           G_CALLBACK (written_cb), self, G_CONNECT_SWAPPED);
  update (self);
}
