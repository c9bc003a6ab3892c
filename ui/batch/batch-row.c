/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/batch/batch-row.h"

#include <glib/gi18n.h>

#include "ui/base/file-name.h"
#include "ui/base/stage.h"

struct _HsBatchRow {
  AdwActionRow parent_instance;
  GtkImage *image;
  GtkWidget *spinner;
  GtkWidget *open;
  GFile *file;
  HsBatchState state;
  double seconds; /* both of what was heard */
  guint n_voices;
  char *problem; /* or NULL */
  guint64 size;
  gboolean is_watched;
};

G_DEFINE_FINAL_TYPE (HsBatchRow, hs_batch_row, ADW_TYPE_ACTION_ROW)

GFile *
hs_batch_row_get_file (HsBatchRow *self)
{
  return self->file;
}

HsBatchState
hs_batch_row_get_state (HsBatchRow *self)
{
  return self->state;
}

guint64
hs_batch_row_get_size (HsBatchRow *self)
{
  return self->size;
}

HsBatchEntry *
hs_batch_row_get_entry (HsBatchRow *self)
{
  HsBatchEntry *entry = g_new0 (HsBatchEntry, 1);

  entry->address = g_file_get_uri (self->file);
  entry->state = self->state;
  entry->seconds = self->seconds;
  entry->n_voices = self->n_voices;
  entry->problem = g_strdup (self->problem);
  return entry;
}

static void
show (HsBatchRow *self, HsBatchState state, const char *text)
{
  static const char *const icons[] = { "content-loading-symbolic", NULL, "object-select-symbolic",
                                       "dialog-warning-symbolic" };
  g_autofree char *markup = g_markup_escape_text (text, -1);
  gboolean is_working = state == HS_BATCH_WORKING;

  self->state = state;
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), markup);
  gtk_widget_set_visible (self->spinner, is_working);
  gtk_spinner_set_spinning (GTK_SPINNER (self->spinner), is_working);
  gtk_widget_set_visible (GTK_WIDGET (self->image), !is_working);
  if (!is_working)
    gtk_image_set_from_icon_name (self->image, icons[state]);
  gtk_widget_set_visible (self->open, state == HS_BATCH_DONE);
}

void
hs_batch_row_wait (HsBatchRow *self)
{
  show (self, HS_BATCH_WAITING, _ ("Waiting"));
}

void
hs_batch_row_set_watched (HsBatchRow *self, gboolean is_watched)
{
  self->is_watched = is_watched;
}

gboolean
hs_batch_row_is_watched (HsBatchRow *self)
{
  return self->is_watched;
}

void
hs_batch_row_work (HsBatchRow *self, const char *stage, double fraction, double seconds_left)
{
  g_autofree char *text = hs_stage_describe (stage, seconds_left);

  show (self, HS_BATCH_WORKING, text);
}

void
hs_batch_row_finish (HsBatchRow *self, double seconds, guint n_voices)
{
  g_autofree char *length = hs_time_format (seconds);
  g_autofree char *voices =
      g_strdup_printf (ngettext ("%u voice", "%u voices", n_voices), n_voices);
  g_autofree char *text =
      n_voices > 0 ? g_strdup_printf ("%s · %s", length, voices) : g_strdup (length);

  self->seconds = seconds;
  self->n_voices = n_voices;
  show (self, HS_BATCH_DONE, text);
}

void
hs_batch_row_fail (HsBatchRow *self, const char *message)
{
  g_free (self->problem);
  self->problem = g_strdup (message);
  show (self, HS_BATCH_FAILED, message);
}

void
hs_batch_row_restore (HsBatchRow *self, const HsBatchEntry *entry)
{
  if (entry->state == HS_BATCH_DONE)
    hs_batch_row_finish (self, entry->seconds, entry->n_voices);
  else if (entry->state == HS_BATCH_FAILED)
    hs_batch_row_fail (self, entry->problem);
}

static void
hs_batch_row_dispose (GObject *object)
{
  HsBatchRow *self = HS_BATCH_ROW (object);

  g_clear_object (&self->file);
  g_clear_pointer (&self->problem, g_free);
  G_OBJECT_CLASS (hs_batch_row_parent_class)->dispose (object);
}

static void
hs_batch_row_class_init (HsBatchRowClass *class)
{
  G_OBJECT_CLASS (class)->dispose = hs_batch_row_dispose;
}

static void
hs_batch_row_init (HsBatchRow *self)
{
  self->image = GTK_IMAGE (gtk_image_new ());
  self->spinner = gtk_spinner_new ();
  adw_action_row_add_prefix (ADW_ACTION_ROW (self), GTK_WIDGET (self->image));
  adw_action_row_add_prefix (ADW_ACTION_ROW (self), self->spinner);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (self), 1);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (self), 2);
}

/* (transfer none) */
static GtkWidget *
add_button (HsBatchRow *self, const char *icon, const char *text, const char *name,
            const char *action)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);
  g_autofree char *address = g_file_get_uri (self->file);
  /* Translators: what is done, then the recording that it is done to. */
  g_autofree char *label = g_strdup_printf (_ ("%s: %s"), text, name);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", address);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  adw_action_row_add_suffix (ADW_ACTION_ROW (self), button);
  return button;
}

HsBatchRow *
hs_batch_row_new (GFile *file)
{
  HsBatchRow *self = g_object_new (HS_TYPE_BATCH_ROW, NULL);
  g_autofree char *name = hs_file_show_name (file);
  g_autofree char *title = g_markup_escape_text (name, -1);
  g_autoptr (GFileInfo) info =
      g_file_query_info (file, G_FILE_ATTRIBUTE_STANDARD_SIZE, G_FILE_QUERY_INFO_NONE, NULL, NULL);

  self->file = g_object_ref (file);
  self->size = info != NULL ? (guint64) MAX (g_file_info_get_size (info), 1) : 1;
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), title);
  self->open =
      add_button (self, "chat-message-new-symbolic", _ ("Ask About It"), name, "win.open-file");
  add_button (self, "list-remove-symbolic", _ ("Remove"), name, "batch.remove");
  hs_batch_row_wait (self);
  return self;
}
