/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/models/models-page.h"

#include <glib/gi18n.h>

#include "app/base/json-write.h"
#include "app/models/model-store.h"
#include "ui/base/file-dialog.h"
#include "ui/base/program.h"
#include "ui/base/stage.h"
#include "ui/base/toasts.h"
#include "ui/base/trouble.h"
#include "ui/models/model-row.h"

struct _HsModelsPage {
  GtkBox parent_instance;
  AdwPreferencesGroup *setup;
  AdwActionRow *setup_row;
  AdwPreferencesGroup *needed;
  AdwPreferencesGroup *more;
  AdwActionRow *memory_row;
  GtkProgressBar *measuring;
  GtkButton *measure;
  AdwActionRow *adding;
  GtkProgressBar *adding_progress;
  GHashTable *rows; /* of HsModelRow, by id */
  AppRemoteCall *add_call;
  AppRemoteCall *measure_call;
  GPtrArray *to_measure; /* of ids */
  guint n_measured;
  char *chosen_before; /* the chat model before another was chosen by its speed */
  GtkFileChooserNative *chooser;
};

G_DEFINE_FINAL_TYPE (HsModelsPage, hs_models_page, GTK_TYPE_BOX)

static void update (HsModelsPage *self);

static void
tell (HsModelsPage *self, const char *text)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.tell", "s", text);
}

static void
show_setup (HsModelsPage *self, guint64 n_missing_bytes)
{
  g_autofree char *size = g_format_size (n_missing_bytes);
  /* Translators: the size of what is fetched. */
  g_autofree char *text =
      g_strdup_printf (_ ("%s are fetched once, then it works without network"), size);

  gtk_widget_set_visible (GTK_WIDGET (self->setup), n_missing_bytes > 0);
  adw_action_row_set_subtitle (self->setup_row, text);
}

static void
add_row (HsModelsPage *self, const AppModel *model, const AppSpeeds *speeds,
         const AppMemory *memory)
{
  HsModelRow *row = g_hash_table_lookup (self->rows, model->id);

  if (row == NULL) {
    row = hs_model_row_new (model->id);
    g_hash_table_insert (self->rows, g_strdup (model->id), row);
    adw_preferences_group_add (g_str_equal (model->set, "default") ? self->needed : self->more,
                               GTK_WIDGET (row));
    g_signal_connect_object (row, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  }
  hs_model_row_update (row, model, speeds, memory);
}

/* Rows of models that are no longer there go. */
static void
remove_rows (HsModelsPage *self, GPtrArray *models)
{
  GHashTableIter iter;
  gpointer id, row;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, &id, &row)) {
    gboolean is_there = FALSE;
    for (guint i = 0; i < models->len; i++)
      is_there |= g_str_equal (((AppModel *) g_ptr_array_index (models, i))->id, id);
    if (is_there)
      continue;
    adw_preferences_group_remove (self->more, row);
    g_hash_table_iter_remove (&iter);
  }
}

static void
show_memory (HsModelsPage *self, const AppMemory *memory)
{
  g_autofree char *free_text = g_format_size (memory->available_bytes);
  g_autofree char *total_text = g_format_size (memory->total_bytes);
  g_autofree char *text = g_strdup_printf (_ ("%s free of %s"), free_text, total_text);

  gtk_widget_set_visible (GTK_WIDGET (self->memory_row), memory->total_bytes > 0);
  adw_action_row_set_subtitle (self->memory_row, text);
}

static void
update (HsModelsPage *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AppModelStore) store = app_model_store_new (NULL, &error);
  g_autoptr (GPtrArray) models = store != NULL ? app_model_store_list (store, &error) : NULL;
  g_autoptr (AppSpeeds) speeds = app_speeds_load ();
  AppMemory memory;
  guint64 n_missing = 0;

  app_machine_get_memory (&memory);
  show_memory (self, &memory);
  if (models == NULL) {
    hs_trouble_tell (GTK_WIDGET (self), error);
    return;
  }
  for (guint i = 0; i < models->len; i++) {
    const AppModel *model = g_ptr_array_index (models, i);
    if (g_str_equal (model->set, "default") && !model->is_installed)
      n_missing += model->n_bytes;
    if (!g_str_equal (model->set, "test") || model->is_installed)
      add_row (self, model, speeds, &memory);
  }
  remove_rows (self, models);
  show_setup (self, n_missing);
}

static void
setup_cb (HsModelsPage *self)
{
  GHashTableIter iter;
  gpointer row;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, NULL, &row))
    if (hs_model_row_is_needed (row))
      hs_model_row_install (row);
}

static void
end_adding (HsModelsPage *self)
{
  g_clear_object (&self->add_call);
  gtk_widget_set_visible (GTK_WIDGET (self->adding), FALSE);
  update (self);
}

static void
added_cb (HsModelsPage *self)
{
  end_adding (self);
  tell (self, _ ("The model was added"));
}

static void
not_added_cb (HsModelsPage *self, const GError *error)
{
  end_adding (self);
  if (!g_error_matches (error, APP_ERROR, APP_ERROR_CANCELLED))
    hs_trouble_tell (GTK_WIDGET (self), error);
}

static void
adding_cb (HsModelsPage *self, const char *stage, double fraction, double seconds_left)
{
  g_autofree char *text = hs_stage_describe (stage, seconds_left);

  adw_action_row_set_subtitle (self->adding, text);
  gtk_progress_bar_set_fraction (self->adding_progress, CLAMP (fraction, 0, 1));
}

static void
cancel_adding_cb (HsModelsPage *self)
{
  if (self->add_call != NULL)
    app_remote_call_cancel (self->add_call);
}

/* (transfer full): starts a task whose request is one text. */
static AppRemoteCall *
start (const char *task, const char *member, const char *value)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  app_json_add_string (builder, member, value);
  json_builder_end_object (builder);
  return app_remote_start (hs_program_get_remote (hs_program_get ()), task,
                           json_builder_get_root (builder));
}

/* source: a path or an address. */
static void
add (HsModelsPage *self, const char *source)
{
  if (self->add_call != NULL)
    return;
  self->add_call = start ("add", "source", source);
  g_signal_connect_object (self->add_call, "progress", G_CALLBACK (adding_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->add_call, "done", G_CALLBACK (added_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->add_call, "failed", G_CALLBACK (not_added_cb), self,
                           G_CONNECT_SWAPPED);
  adding_cb (self, NULL, 0, -1);
  gtk_widget_set_visible (GTK_WIDGET (self->adding), TRUE);
}

static void
file_chosen_cb (HsModelsPage *self, int response)
{
  if (response == GTK_RESPONSE_ACCEPT) {
    g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser));
    g_autofree char *path = g_file_get_path (file);
    if (path != NULL)
      add (self, path);
  }
  hs_file_dialog_let_go (g_steal_pointer (&self->chooser));
}

static void
add_file_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsModelsPage *self = HS_MODELS_PAGE (widget);
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

  if (self->chooser != NULL)
    return;
  self->chooser = gtk_file_chooser_native_new (_ ("Add a Chat Model"),
                                               GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                                               GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Add"), NULL);
  gtk_file_filter_set_name (filter, _ ("Models (GGUF)"));
  gtk_file_filter_add_suffix (filter, "gguf");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), filter);
  hs_file_dialog_show (self->chooser, G_CALLBACK (file_chosen_cb), self);
}

static void
address_cb (HsModelsPage *self, const char *response, AdwMessageDialog *dialog)
{
  GtkEditable *entry = GTK_EDITABLE (adw_message_dialog_get_extra_child (dialog));
  g_autofree char *address = g_strstrip (g_strdup (gtk_editable_get_text (entry)));

  if (g_str_equal (response, "add") && address[0] != '\0')
    add (self, address);
}

static void
add_address_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GtkWidget *dialog = adw_message_dialog_new (
      GTK_WINDOW (gtk_widget_get_root (widget)), _ ("Add a Chat Model"),
      _ ("The https address of a GGUF file. It is fetched, checked and kept on this computer."));
  GtkWidget *entry = gtk_entry_new ();

  gtk_entry_set_input_purpose (GTK_ENTRY (entry), GTK_INPUT_PURPOSE_URL);
  gtk_entry_set_placeholder_text (GTK_ENTRY (entry), "https://");
  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Address"), -1);
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), entry);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "add",
                                    _ ("_Add"), NULL);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "add");
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "add",
                                              ADW_RESPONSE_SUGGESTED);
  g_signal_connect_object (dialog, "response", G_CALLBACK (address_cb), widget, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* The self-test. */

static void measure_next (HsModelsPage *self);

static void
show_measuring (HsModelsPage *self, double part)
{
  gboolean is_busy = self->measure_call != NULL;
  guint n = MAX (self->to_measure->len, 1);

  gtk_widget_set_visible (GTK_WIDGET (self->measuring), is_busy);
  gtk_progress_bar_set_fraction (self->measuring, CLAMP ((self->n_measured + part) / n, 0, 1));
  gtk_button_set_label (self->measure, is_busy ? _ ("_Cancel") : _ ("_Measure"));
}

static void
measuring_cb (HsModelsPage *self, const char *stage, double fraction, double seconds_left)
{
  show_measuring (self, CLAMP (fraction, 0, 1));
}

static void
undo_choice_cb (HsModelsPage *self)
{
  AppRemoteCall *call = start ("default", "id", self->chosen_before);

  g_signal_connect_object (call, "done", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_object_unref (call);
}

/* The best model that is fast enough here answers from now on. */
static void
choose (HsModelsPage *self)
{
  g_autoptr (AppModelStore) store = app_model_store_new (NULL, NULL);
  g_autoptr (GPtrArray) models = store != NULL ? app_model_store_list (store, NULL) : NULL;
  g_autoptr (AppSpeeds) speeds = app_speeds_load ();
  AppMemory memory;
  const AppModel *best;

  app_machine_get_memory (&memory);
  best = models != NULL ? app_speeds_choose_chat (speeds, models, memory.total_bytes) : NULL;
  if (best == NULL || best->is_default) {
    tell (self, _ ("Measured"));
    return;
  }
  g_free (self->chosen_before);
  self->chosen_before = app_model_store_get_default (store, APP_TASK_CHAT);
  if (!app_model_store_set_default (store, best->id, NULL))
    return;
  g_autofree char *text =
      g_strdup_printf (_ ("%s answers now, the best that is fast enough here"), best->title);
  g_autofree char *markup = g_markup_escape_text (text, -1);
  AdwToast *toast = adw_toast_new (markup);
  adw_toast_set_button_label (toast, _ ("_Undo"));
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (undo_choice_cb), self,
                           G_CONNECT_SWAPPED);
  hs_toasts_add (hs_toasts_of (GTK_WIDGET (self)), toast);
}

static void
measured_cb (HsModelsPage *self)
{
  g_clear_object (&self->measure_call);
  self->n_measured++;
  update (self);
  measure_next (self);
}

/* A model that cannot be measured does not keep the others from it. */
static void
not_measured_cb (HsModelsPage *self, const GError *error)
{
  if (g_error_matches (error, APP_ERROR, APP_ERROR_CANCELLED))
    g_ptr_array_set_size (self->to_measure, 0);
  else
    hs_trouble_tell (GTK_WIDGET (self), error);
  measured_cb (self);
}

static void
measure_next (HsModelsPage *self)
{
  if (self->n_measured < self->to_measure->len) {
    self->measure_call =
        start ("measure", "id", g_ptr_array_index (self->to_measure, self->n_measured));
    g_signal_connect_object (self->measure_call, "progress", G_CALLBACK (measuring_cb), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (self->measure_call, "done", G_CALLBACK (measured_cb), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (self->measure_call, "failed", G_CALLBACK (not_measured_cb), self,
                             G_CONNECT_SWAPPED);
  } else if (self->to_measure->len > 0 && gtk_widget_get_root (GTK_WIDGET (self)) != NULL) {
    choose (self);
    update (self);
  }
  show_measuring (self, 0);
}

static void
measure_cb (HsModelsPage *self)
{
  g_autoptr (AppModelStore) store = app_model_store_new (NULL, NULL);
  g_autoptr (GPtrArray) models = store != NULL ? app_model_store_list (store, NULL) : NULL;

  if (self->measure_call != NULL) {
    app_remote_call_cancel (self->measure_call);
    return;
  }
  g_ptr_array_set_size (self->to_measure, 0);
  self->n_measured = 0;
  for (guint i = 0; models != NULL && i < models->len; i++) {
    const AppModel *model = g_ptr_array_index (models, i);
    gboolean has_speed = model->task == APP_TASK_CHAT || model->task == APP_TASK_LISTEN
                         || model->task == APP_TASK_SPEAK;
    if (model->is_installed && has_speed)
      g_ptr_array_add (self->to_measure, g_strdup (model->id));
  }
  if (self->to_measure->len == 0)
    tell (self, _ ("Nothing is installed yet"));
  measure_next (self);
}

static void
hs_models_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (hs_models_page_parent_class)->map (widget);
  update (HS_MODELS_PAGE (widget));
}

static void
install_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  setup_cb (HS_MODELS_PAGE (widget));
}

static void
measure_all_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  measure_cb (HS_MODELS_PAGE (widget));
}

static void
hs_models_page_dispose (GObject *object)
{
  HsModelsPage *self = HS_MODELS_PAGE (object);

  hs_file_dialog_clear (&self->chooser);
  g_clear_object (&self->add_call);
  g_clear_object (&self->measure_call);
  g_clear_pointer (&self->rows, g_hash_table_unref);
  g_clear_pointer (&self->to_measure, g_ptr_array_unref);
  g_clear_pointer (&self->chosen_before, g_free);
  G_OBJECT_CLASS (hs_models_page_parent_class)->dispose (object);
}

static void
hs_models_page_class_init (HsModelsPageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = hs_models_page_dispose;
  widget_class->map = hs_models_page_map;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/hearsay_app/Hearsay/ui/models-page.ui");
  gtk_widget_class_bind_template_child (widget_class, HsModelsPage, setup);
  gtk_widget_class_bind_template_child (widget_class, HsModelsPage, setup_row);
  gtk_widget_class_bind_template_child (widget_class, HsModelsPage, needed);
  gtk_widget_class_bind_template_child (widget_class, HsModelsPage, more);
  gtk_widget_class_bind_template_child (widget_class, HsModelsPage, adding_progress);
  gtk_widget_class_bind_template_child (widget_class, HsModelsPage, adding);
  gtk_widget_class_bind_template_child (widget_class, HsModelsPage, measure);
  gtk_widget_class_bind_template_child (widget_class, HsModelsPage, measuring);
  gtk_widget_class_bind_template_child (widget_class, HsModelsPage, memory_row);
  gtk_widget_class_bind_template_callback (widget_class, setup_cb);
  gtk_widget_class_bind_template_callback (widget_class, measure_cb);
  gtk_widget_class_bind_template_callback (widget_class, cancel_adding_cb);
  gtk_widget_class_install_action (widget_class, "models.add-file", NULL, add_file_action);
  gtk_widget_class_install_action (widget_class, "models.add-address", NULL, add_address_action);
  gtk_widget_class_install_action (widget_class, "models.install", NULL, install_action);
  gtk_widget_class_install_action (widget_class, "models.measure-all", NULL, measure_all_action);
}

static void
hs_models_page_init (HsModelsPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->to_measure = g_ptr_array_new_with_free_func (g_free);
}
