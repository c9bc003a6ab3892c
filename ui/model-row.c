/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/model-row.h"

#include <glib/gi18n.h>

#include "ui/application.h"
#include "ui/stage.h"

struct _HsModelRow {
  AdwActionRow parent_instance;
  GtkWidget *check;
  GtkProgressBar *progress;
  GtkWidget *cancel;
  GtkWidget *install;
  GtkWidget *menu;
  char *id;
  char *description;
  gboolean is_installed;
  gboolean is_needed;
  AppRemoteCall *call; /* what is being done with it */
};

enum { SIGNAL_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (HsModelRow, hs_model_row, ADW_TYPE_ACTION_ROW)

static const char *
get_task (AppTask task)
{
  switch (task) {
  case APP_TASK_CHAT:
    return _ ("Answers");
  case APP_TASK_LISTEN:
    return _ ("Writes down speech");
  case APP_TASK_VAD:
    return _ ("Finds speech");
  case APP_TASK_SPEAKER:
    return _ ("Tells voices apart");
  case APP_TASK_SPEAK:
    return _ ("Speaks");
  case APP_TASK_VOICES:
    return _ ("Voices");
  case APP_TASK_PRONUNCIATIONS:
    return _ ("Pronunciations");
  }
  return "";
}

/* (transfer full) */
static char *
describe (const AppModel *model)
{
  g_autofree char *size = g_format_size (model->n_bytes);
  GString *text = g_string_new (get_task (model->task));

  g_string_append_printf (text, " · %s · %s", size, model->licence);
  if (model->memory_bytes > 0) {
    g_autofree char *memory = g_format_size (model->memory_bytes);
    /* Translators: how much memory a model takes. */
    g_string_append_printf (text, _ (" · %s of memory"), memory);
  }
  return g_string_free (text, FALSE);
}

static void
show_state (HsModelRow *self)
{
  gboolean is_busy = self->call != NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->progress), is_busy);
  gtk_widget_set_visible (self->cancel, is_busy);
  gtk_widget_set_visible (self->install, !is_busy && !self->is_installed);
  gtk_widget_set_visible (self->menu, !is_busy && self->is_installed);
  if (!is_busy)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (self), self->description);
}

void
hs_model_row_update (HsModelRow *self, const AppModel *model)
{
  g_autofree char *title = g_markup_escape_text (model->title, -1);
  g_autofree char *description = describe (model);

  self->is_installed = model->is_installed;
  self->is_needed = g_str_equal (model->set, "default") && !model->is_installed;
  g_free (self->description);
  self->description = g_markup_escape_text (description, -1);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), title);
  gtk_widget_set_visible (self->check,
                          model->is_installed && model->is_default && model->task == APP_TASK_CHAT);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "model.default",
                                 model->task == APP_TASK_CHAT && !model->is_default);
  show_state (self);
}

gboolean
hs_model_row_is_needed (HsModelRow *self)
{
  return self->is_needed;
}

static void
progress_cb (HsModelRow *self, const char *stage, double fraction, double seconds_left)
{
  g_autofree char *text = hs_stage_describe (stage, seconds_left);
  g_autofree char *markup = g_markup_escape_text (text, -1);

  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), markup);
  if (fraction >= 0)
    gtk_progress_bar_set_fraction (self->progress, MIN (fraction, 1));
  else
    gtk_progress_bar_pulse (self->progress);
}

static void
done_cb (HsModelRow *self)
{
  g_clear_object (&self->call);
  show_state (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
failed_cb (HsModelRow *self, const GError *error)
{
  g_clear_object (&self->call);
  show_state (self);
  if (!g_error_matches (error, APP_ERROR, APP_ERROR_CANCELLED))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.tell", "s", error->message);
}

static void
start (HsModelRow *self, const char *task)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  if (self->call != NULL)
    return;
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "id");
  json_builder_add_string_value (builder, self->id);
  json_builder_end_object (builder);
  self->call = app_remote_start (hs_application_get_remote (hs_application_get ()), task,
                                 json_builder_get_root (builder));
  g_signal_connect_object (self->call, "progress", G_CALLBACK (progress_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "done", G_CALLBACK (done_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
  gtk_progress_bar_set_fraction (self->progress, 0);
  show_state (self);
}

void
hs_model_row_install (HsModelRow *self)
{
  if (!self->is_installed)
    start (self, "install");
}

static void
cancel_cb (HsModelRow *self)
{
  if (self->call != NULL)
    app_remote_call_cancel (self->call);
}

static void
default_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  start (HS_MODEL_ROW (widget), "default");
}

static void
remove_confirmed_cb (HsModelRow *self, const char *response)
{
  if (g_str_equal (response, "remove"))
    start (self, "remove");
}

static void
remove_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GtkWidget *dialog =
      adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (widget)), _ ("Remove This Model?"),
                              _ ("To use it again it has to be fetched again."));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "remove",
                                    _ ("_Remove"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "remove",
                                              ADW_RESPONSE_DESTRUCTIVE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (remove_confirmed_cb), widget,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
hs_model_row_dispose (GObject *object)
{
  HsModelRow *self = HS_MODEL_ROW (object);

  g_clear_object (&self->call);
  G_OBJECT_CLASS (hs_model_row_parent_class)->dispose (object);
}

static void
hs_model_row_finalize (GObject *object)
{
  HsModelRow *self = HS_MODEL_ROW (object);

  g_free (self->id);
  g_free (self->description);
  G_OBJECT_CLASS (hs_model_row_parent_class)->finalize (object);
}

static void
hs_model_row_class_init (HsModelRowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = hs_model_row_dispose;
  G_OBJECT_CLASS (class)->finalize = hs_model_row_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", HS_TYPE_MODEL_ROW, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/hearsay_app/Hearsay/ui/model-row.ui");
  gtk_widget_class_bind_template_child (widget_class, HsModelRow, check);
  gtk_widget_class_bind_template_child (widget_class, HsModelRow, progress);
  gtk_widget_class_bind_template_child (widget_class, HsModelRow, cancel);
  gtk_widget_class_bind_template_child (widget_class, HsModelRow, install);
  gtk_widget_class_bind_template_child (widget_class, HsModelRow, menu);
  gtk_widget_class_bind_template_callback (widget_class, cancel_cb);
  gtk_widget_class_bind_template_callback (widget_class, hs_model_row_install);
  gtk_widget_class_install_action (widget_class, "model.default", NULL, default_action);
  gtk_widget_class_install_action (widget_class, "model.remove", NULL, remove_action);
}

static void
hs_model_row_init (HsModelRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

HsModelRow *
hs_model_row_new (const char *id)
{
  HsModelRow *self = g_object_new (HS_TYPE_MODEL_ROW, NULL);

  self->id = g_strdup (id);
  return self;
}
