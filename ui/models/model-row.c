/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/models/model-row.h"

#include <glib/gi18n.h>

#include "ui/base/program.h"
#include "ui/base/stage.h"
#include "ui/base/trouble.h"

struct _HsModelRow {
  AdwActionRow parent_instance;
  GtkWidget *check;
  GtkWidget *warning;
  GtkWidget *pause;
  GtkProgressBar *progress;
  GtkWidget *cancel;
  GtkButton *install;
  GtkWidget *menu;
  char *id;
  char *description;
  gboolean is_installed;
  gboolean is_needed;
  gboolean is_begun;   /* a part of it was fetched */
  gboolean is_fetched; /* by the call */
  gboolean is_given_up;
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

/* What its speed is, in words that can be compared. */
static void
add_speed (GString *text, const AppSpeed *speed)
{
  if (speed->generate > 0) {
    g_string_append (text, " · ");
    g_string_append_printf (text, _ ("%.0f tokens/s"), speed->generate);
  }
  if (speed->listen > 0 || speed->speak > 0) {
    g_string_append (text, " · ");
    /* Translators: of listening or speaking, as in "6 times as fast as speech". */
    g_string_append_printf (text, _ ("%.1f times as fast as speech"),
                            MAX (speed->listen, speed->speak));
  }
}

/* (transfer full) */
static char *
describe (const AppModel *model, const AppSpeed *speed)
{
  g_autofree char *size = g_format_size (model->n_bytes);
  GString *text = g_string_new (get_task (model->task));

  g_string_append_printf (text, " · %s", size);
  if (model->licence[0] != '\0')
    g_string_append_printf (text, " · %s", model->licence);
  if (model->memory_bytes > 0) {
    g_autofree char *memory = g_format_size (model->memory_bytes);
    /* Translators: how much memory a model takes. */
    g_string_append_printf (text, _ (" · %s of memory"), memory);
  }
  add_speed (text, speed);
  return g_string_free (text, FALSE);
}

/* Only where there is something to say: most models are small. */
static void
show_fit (HsModelRow *self, const AppModel *model, const AppMemory *memory)
{
  guint64 total = memory->limit_bytes > 0 ? MIN (memory->limit_bytes, memory->total_bytes)
                                          : memory->total_bytes;
  AppFit fit = app_model_fits (model, total, memory->available_bytes);
  const char *text = fit == APP_FITS_NOT ? _ ("Needs more memory than this machine has")
                                         : _ ("Needs more memory than is free now");

  gtk_widget_set_visible (self->warning, fit != APP_FITS);
  gtk_widget_set_tooltip_text (self->warning, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->warning), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  text, -1);
}

/* For screen readers also the model that the button is of. */
static void
name_button (HsModelRow *self, GtkWidget *button, const char *action)
{
  const char *title = adw_preferences_row_get_title (ADW_PREFERENCES_ROW (self));
  /* Translators: what is done, then the model that it is done to. */
  g_autofree char *label = g_strdup_printf (_ ("%s: %s"), action, title);

  gtk_widget_set_tooltip_text (button, action);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
}

static void
show_buttons (HsModelRow *self)
{
  gtk_button_set_icon_name (self->install, self->is_begun ? "media-playback-start-symbolic"
                                                          : "folder-download-symbolic");
  name_button (self, GTK_WIDGET (self->install), self->is_begun ? _ ("Resume") : _ ("Install"));
  name_button (self, self->pause, _ ("Pause"));
  name_button (self, self->cancel, _ ("Cancel"));
  name_button (self, self->menu, _ ("More"));
}

static void
show_state (HsModelRow *self)
{
  gboolean is_busy = self->call != NULL;
  gboolean is_paused = !is_busy && self->is_begun && !self->is_installed;
  /* Translators: what is paused. */
  g_autofree char *paused = g_strdup_printf (_ ("Paused · %s"), self->description);

  gtk_widget_set_visible (GTK_WIDGET (self->progress), is_busy);
  gtk_widget_set_visible (self->pause, is_busy && self->is_fetched);
  gtk_widget_set_visible (self->cancel, is_busy || is_paused);
  gtk_widget_set_visible (GTK_WIDGET (self->install), !is_busy && !self->is_installed);
  gtk_widget_set_visible (self->menu, !is_busy && self->is_installed);
  show_buttons (self);
  if (!is_busy)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (self), is_paused ? paused : self->description);
}

static gboolean
has_speed (AppTask task)
{
  return task == APP_TASK_CHAT || task == APP_TASK_LISTEN || task == APP_TASK_SPEAK;
}

void
hs_model_row_update (HsModelRow *self, const AppModel *model, const AppSpeeds *speeds,
                     const AppMemory *memory)
{
  g_autofree char *title = g_markup_escape_text (model->title, -1);
  AppSpeed speed = app_speeds_get (speeds, model->sha256);
  g_autofree char *description = describe (model, &speed);

  self->is_installed = model->is_installed;
  self->is_begun = model->is_begun;
  self->is_needed = g_str_equal (model->set, "default") && !model->is_installed;
  g_free (self->description);
  self->description = g_markup_escape_text (description, -1);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), title);
  gtk_widget_set_visible (self->check,
                          model->is_installed && model->is_default && model->task == APP_TASK_CHAT);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "model.default",
                                 model->task == APP_TASK_CHAT && !model->is_default);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "model.measure", has_speed (model->task));
  show_fit (self, model, memory);
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
  self->is_fetched = self->is_given_up = FALSE;
  show_state (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void start (HsModelRow *self, const char *task);

static void
failed_cb (HsModelRow *self, const GError *error)
{
  gboolean is_cancelled = g_error_matches (error, APP_ERROR, APP_ERROR_CANCELLED);
  gboolean was_fetched = self->is_fetched;

  g_clear_object (&self->call);
  self->is_fetched = FALSE;
  if (was_fetched && self->is_given_up) {
    /* What was fetched goes, too; that there is none does not matter. */
    start (self, "remove");
    return;
  }
  self->is_begun |= was_fetched;
  show_state (self);
  if (!is_cancelled && !self->is_given_up)
    hs_trouble_tell (GTK_WIDGET (self), error);
  self->is_given_up = FALSE;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
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
  self->call = app_remote_start (hs_program_get_remote (hs_program_get ()), task,
                                 json_builder_get_root (builder));
  hs_program_keep_awake (self->call, _ ("A model is being installed"));
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
  if (self->is_installed || self->call != NULL)
    return;
  self->is_fetched = TRUE;
  self->is_given_up = FALSE;
  start (self, "install");
}

static void
pause_cb (HsModelRow *self)
{
  if (self->call != NULL)
    app_remote_call_cancel (self->call);
}

static void
cancel_cb (HsModelRow *self)
{
  self->is_given_up = TRUE;
  if (self->call != NULL)
    app_remote_call_cancel (self->call);
  else
    start (self, "remove");
}

static void
measure_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  start (HS_MODEL_ROW (widget), "measure");
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
  gtk_widget_class_bind_template_child (widget_class, HsModelRow, warning);
  gtk_widget_class_bind_template_child (widget_class, HsModelRow, pause);
  gtk_widget_class_bind_template_child (widget_class, HsModelRow, progress);
  gtk_widget_class_bind_template_child (widget_class, HsModelRow, cancel);
  gtk_widget_class_bind_template_child (widget_class, HsModelRow, install);
  gtk_widget_class_bind_template_child (widget_class, HsModelRow, menu);
  gtk_widget_class_bind_template_callback (widget_class, cancel_cb);
  gtk_widget_class_bind_template_callback (widget_class, pause_cb);
  gtk_widget_class_bind_template_callback (widget_class, hs_model_row_install);
  gtk_widget_class_install_action (widget_class, "model.default", NULL, default_action);
  gtk_widget_class_install_action (widget_class, "model.measure", NULL, measure_action);
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
