/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/voices/voices-page.h"

#include <glib/gi18n.h>

#include "app/speech/own-voice.h"
#include "ui/base/program.h"
#include "ui/base/stage.h"
#include "ui/base/trouble.h"
#include "ui/voices/voice-dialog.h"
#include "ui/voices/voice-row.h"

struct _HsVoicesPage {
  GtkBox parent_instance;
  GtkStack *stack;
  GtkWidget *add;
  AdwPreferencesGroup *making;
  AdwActionRow *task;
  GtkProgressBar *progress;
  GtkWidget *cancel;
  GtkWidget *models;
  GtkWidget *dismiss;
  AdwPreferencesGroup *voices;
  GHashTable *rows;    /* of HsVoiceRow, by name */
  AppRemoteCall *call; /* makes a voice */
  char *name;          /* of it */
  char *sentence;      /* that has to be read for it, or NULL */
};

G_DEFINE_FINAL_TYPE (HsVoicesPage, hs_voices_page, GTK_TYPE_BOX)

static void update (HsVoicesPage *self);

static void
tell (HsVoicesPage *self, const char *text)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.tell", "s", text);
}

static void
show_stack (HsVoicesPage *self)
{
  gboolean has_any =
      g_hash_table_size (self->rows) > 0 || gtk_widget_get_visible (GTK_WIDGET (self->making));

  gtk_stack_set_visible_child_name (self->stack, has_any ? "list" : "empty");
  gtk_widget_set_visible (GTK_WIDGET (self->voices), g_hash_table_size (self->rows) > 0);
  gtk_widget_set_sensitive (self->add, self->call == NULL);
}

static void
previewing_cb (HsVoicesPage *self, HsVoiceRow *row)
{
  GHashTableIter iter;
  gpointer other;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, NULL, &other))
    if (other != row)
      hs_voice_row_stop (other);
}

static void
show_voice (HsVoicesPage *self, const AppOwnVoice *voice)
{
  HsVoiceRow *row = g_hash_table_lookup (self->rows, voice->name);

  if (row != NULL) {
    hs_voice_row_update (row, voice);
    return;
  }
  row = hs_voice_row_new (voice);
  g_hash_table_insert (self->rows, g_strdup (voice->name), row);
  adw_preferences_group_add (self->voices, GTK_WIDGET (row));
  g_signal_connect_object (row, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (row, "previewing", G_CALLBACK (previewing_cb), self, G_CONNECT_SWAPPED);
}

static void
remove_rows (HsVoicesPage *self, GPtrArray *voices)
{
  GHashTableIter iter;
  gpointer name, row;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, &name, &row)) {
    gboolean is_there = FALSE;
    for (guint i = 0; i < voices->len; i++)
      is_there |= g_str_equal (((AppOwnVoice *) voices->pdata[i])->name, name);
    if (is_there)
      continue;
    adw_preferences_group_remove (self->voices, row);
    g_hash_table_iter_remove (&iter);
  }
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  HsVoicesPage *self = HS_VOICES_PAGE (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) voices = g_task_propagate_pointer (G_TASK (result), &error);

  /* It may have been closed meanwhile. */
  if (self->rows == NULL)
    return;
  if (voices == NULL) {
    hs_trouble_tell (GTK_WIDGET (self), error);
    return;
  }
  for (guint i = 0; i < voices->len; i++)
    show_voice (self, voices->pdata[i]);
  remove_rows (self, voices);
  show_stack (self);
}

/* Every file is read and hashed. */
static void
run_list (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;
  GPtrArray *voices = app_own_voices_list (&error);

  if (voices == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, voices, (GDestroyNotify) g_ptr_array_unref);
}

static void
update (HsVoicesPage *self)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, listed_cb, NULL);

  g_task_run_in_thread (task, run_list);
}

/* Making. */

/* What the row says besides its title; cancel is for what runs, dismiss for what has ended. */
static void
show_task (HsVoicesPage *self, const char *title, const char *text)
{
  g_autofree char *title_markup = g_markup_escape_text (title, -1);
  g_autofree char *markup = g_markup_escape_text (text, -1);
  gboolean is_busy = self->call != NULL;

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->task), title_markup);
  adw_action_row_set_subtitle (self->task, markup);
  gtk_widget_set_visible (GTK_WIDGET (self->making), TRUE);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), is_busy);
  gtk_widget_set_visible (self->cancel, is_busy);
  gtk_widget_set_visible (self->dismiss, !is_busy);
  gtk_widget_set_visible (self->models, FALSE);
  show_stack (self);
}

static void
hide_task (HsVoicesPage *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self->making), FALSE);
  show_stack (self);
}

static void
progress_cb (HsVoicesPage *self, const char *stage, double fraction, double seconds_left)
{
  gboolean is_reading = g_str_equal (stage, "recording") && self->sentence != NULL;
  g_autofree char *text = hs_stage_describe (stage, seconds_left);
  g_autofree char *markup = g_markup_escape_text (is_reading ? self->sentence : text, -1);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->task),
                                 is_reading ? _ ("Read This Aloud, Then Wait a Moment")
                                            : self->name);
  adw_action_row_set_subtitle (self->task, markup);
  if (fraction > 0)
    gtk_progress_bar_set_fraction (self->progress, MIN (fraction, 1));
  else
    gtk_progress_bar_pulse (self->progress);
}

/* (transfer full) (nullable): what is wrong with the recordings, a line each. */
static char *
get_notes (JsonNode *result)
{
  JsonObject *object = json_node_get_object (result);
  JsonArray *notes = json_object_has_member (object, "notes")
                         ? json_object_get_array_member (object, "notes")
                         : NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; notes != NULL && i < json_array_get_length (notes); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "",
                            json_array_get_string_element (notes, i));
  return text->len > 0 ? g_strdup (text->str) : NULL;
}

static void
done_cb (HsVoicesPage *self, JsonNode *result)
{
  g_autofree char *notes = get_notes (result);

  g_clear_object (&self->call);
  if (notes != NULL)
    show_task (self, _ ("The Voice Was Made, but the Recordings Are Not the Best"), notes);
  else {
    hide_task (self);
    tell (self, _ ("The voice was made"));
  }
  update (self);
}

static void
failed_cb (HsVoicesPage *self, const GError *error)
{
  g_clear_object (&self->call);
  if (g_error_matches (error, APP_ERROR, APP_ERROR_CANCELLED))
    hide_task (self);
  else {
    g_autofree char *text = hs_trouble_describe (error, "\n");
    show_task (self, _ ("The Voice Could Not Be Made"), text);
    gtk_widget_set_visible (self->models,
                            g_error_matches (error, APP_ERROR, APP_ERROR_NOT_INSTALLED));
  }
}

static void
cancel_cb (HsVoicesPage *self)
{
  if (self->call != NULL)
    app_remote_call_cancel (self->call);
}

static void
make_cb (HsVoicesPage *self, HsVoiceDialog *dialog)
{
  if (self->call != NULL)
    return;
  g_free (self->name);
  self->name = g_strdup (hs_voice_dialog_get_name (dialog));
  g_free (self->sentence);
  self->sentence = g_strdup (hs_voice_dialog_get_sentence (dialog));
  self->call = app_remote_start (hs_program_get_remote (hs_program_get ()), "voice",
                                 hs_voice_dialog_build_request (dialog));
  hs_program_keep_awake (self->call, _ ("A voice is being made"));
  g_signal_connect_object (self->call, "progress", G_CALLBACK (progress_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "done", G_CALLBACK (done_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
  gtk_progress_bar_set_fraction (self->progress, 0);
  show_task (self, self->name, "");
}

static void
add_cb (HsVoicesPage *self)
{
  HsVoiceDialog *dialog =
      hs_voice_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))));

  g_signal_connect_object (dialog, "make", G_CALLBACK (make_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
hs_voices_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (hs_voices_page_parent_class)->map (widget);
  update (HS_VOICES_PAGE (widget));
}

static void
make_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  add_cb (HS_VOICES_PAGE (widget));
}

static void
hs_voices_page_dispose (GObject *object)
{
  HsVoicesPage *self = HS_VOICES_PAGE (object);

  g_clear_object (&self->call);
  g_clear_pointer (&self->rows, g_hash_table_unref);
  G_OBJECT_CLASS (hs_voices_page_parent_class)->dispose (object);
}

static void
hs_voices_page_finalize (GObject *object)
{
  HsVoicesPage *self = HS_VOICES_PAGE (object);

  g_free (self->name);
  g_free (self->sentence);
  G_OBJECT_CLASS (hs_voices_page_parent_class)->finalize (object);
}

static void
hs_voices_page_class_init (HsVoicesPageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = hs_voices_page_dispose;
  G_OBJECT_CLASS (class)->finalize = hs_voices_page_finalize;
  widget_class->map = hs_voices_page_map;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/hearsay_app/Hearsay/ui/voices-page.ui");
  gtk_widget_class_bind_template_child (widget_class, HsVoicesPage, stack);
  gtk_widget_class_bind_template_child (widget_class, HsVoicesPage, add);
  gtk_widget_class_bind_template_child (widget_class, HsVoicesPage, making);
  gtk_widget_class_bind_template_child (widget_class, HsVoicesPage, task);
  gtk_widget_class_bind_template_child (widget_class, HsVoicesPage, progress);
  gtk_widget_class_bind_template_child (widget_class, HsVoicesPage, cancel);
  gtk_widget_class_bind_template_child (widget_class, HsVoicesPage, models);
  gtk_widget_class_bind_template_child (widget_class, HsVoicesPage, dismiss);
  gtk_widget_class_bind_template_child (widget_class, HsVoicesPage, voices);
  gtk_widget_class_bind_template_callback (widget_class, add_cb);
  gtk_widget_class_bind_template_callback (widget_class, cancel_cb);
  gtk_widget_class_bind_template_callback (widget_class, hide_task);
  gtk_widget_class_install_action (widget_class, "voices.make", NULL, make_action);
}

static void
hs_voices_page_init (HsVoicesPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}
