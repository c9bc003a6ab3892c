/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/models-page.h"

#include <glib/gi18n.h>

#include "app/model-store.h"
#include "ui/application.h"
#include "ui/model-row.h"

struct _HsModelsPage {
  GtkBox parent_instance;
  AdwPreferencesGroup *setup;
  AdwActionRow *setup_row;
  AdwPreferencesGroup *needed;
  AdwPreferencesGroup *more;
  GHashTable *rows; /* of HsModelRow, by id */
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
add_row (HsModelsPage *self, const AppModel *model)
{
  HsModelRow *row = g_hash_table_lookup (self->rows, model->id);

  if (row == NULL) {
    row = hs_model_row_new (model->id);
    g_hash_table_insert (self->rows, g_strdup (model->id), row);
    adw_preferences_group_add (g_str_equal (model->set, "default") ? self->needed : self->more,
                               GTK_WIDGET (row));
    g_signal_connect_object (row, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  }
  hs_model_row_update (row, model);
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
update (HsModelsPage *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AppModelStore) store = app_model_store_new (NULL, &error);
  g_autoptr (GPtrArray) models = store != NULL ? app_model_store_list (store, &error) : NULL;
  guint64 n_missing = 0;

  if (models == NULL) {
    tell (self, error->message);
    return;
  }
  for (guint i = 0; i < models->len; i++) {
    const AppModel *model = g_ptr_array_index (models, i);
    if (g_str_equal (model->set, "default") && !model->is_installed)
      n_missing += model->n_bytes;
    if (!g_str_equal (model->set, "test") || model->is_installed)
      add_row (self, model);
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
added_cb (HsModelsPage *self)
{
  update (self);
  tell (self, _ ("The model was added"));
}

static void
not_added_cb (HsModelsPage *self, const GError *error)
{
  tell (self, error->message);
}

static void
add (HsModelsPage *self, const char *path)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  AppRemoteCall *call;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "source");
  json_builder_add_string_value (builder, path);
  json_builder_end_object (builder);
  call = app_remote_start (hs_application_get_remote (hs_application_get ()), "add",
                           json_builder_get_root (builder));
  g_signal_connect_object (call, "done", G_CALLBACK (added_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (call, "failed", G_CALLBACK (not_added_cb), self, G_CONNECT_SWAPPED);
  g_object_unref (call);
  tell (self, _ ("The model is being checked and copied"));
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
  g_clear_object (&self->chooser);
}

static void
add_cb (HsModelsPage *self)
{
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

  if (self->chooser != NULL)
    return;
  self->chooser = gtk_file_chooser_native_new (_ ("Add a Chat Model"),
                                               GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                                               GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Add"), NULL);
  gtk_file_filter_set_name (filter, _ ("Models (GGUF)"));
  gtk_file_filter_add_suffix (filter, "gguf");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), filter);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (file_chosen_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
hs_models_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (hs_models_page_parent_class)->map (widget);
  update (HS_MODELS_PAGE (widget));
}

static void
hs_models_page_dispose (GObject *object)
{
  HsModelsPage *self = HS_MODELS_PAGE (object);

  g_clear_object (&self->chooser);
  g_clear_pointer (&self->rows, g_hash_table_unref);
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
  gtk_widget_class_bind_template_callback (widget_class, setup_cb);
  gtk_widget_class_bind_template_callback (widget_class, add_cb);
}

static void
hs_models_page_init (HsModelsPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}
