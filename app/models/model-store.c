/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/models/model-store.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/base/data-files.h"
#include "app/models/model-store-private.h"

#define DEFAULT_FILE "default"

AppModelStore *
app_model_store_new (const AppModelStoreOptions *options, GError **error)
{
  static const AppModelStoreOptions none = { NULL };
  if (options == NULL)
    options = &none;
  g_autofree char *path = options->catalogue != NULL
                              ? g_strdup (options->catalogue)
                              : app_data_file_find ("data/models.json", error);
  if (path == NULL)
    return NULL;
  g_autoptr (AppCatalogue) catalogue = app_catalogue_load (path, error);
  if (catalogue == NULL)
    return NULL;
  AppModelStore *store = g_new0 (AppModelStore, 1);
  store->catalogue = g_steal_pointer (&catalogue);
  store->tool = g_strdup (options->tool);
  const char *folder = options->folder != NULL ? options->folder : g_getenv ("HEARSAY_MODELS");
  if (folder != NULL && folder[0] != '\0')
    store->folder = g_canonicalize_filename (folder, NULL);
  else
    store->folder = g_build_filename (g_get_user_data_dir (), "hearsay", "models", NULL);
  return store;
}

void
app_model_store_free (AppModelStore *store)
{
  app_catalogue_free (store->catalogue);
  g_free (store->folder);
  g_free (store->tool);
  g_free (store);
}

const char *
app_model_store_get_folder (const AppModelStore *store)
{
  return store->folder;
}

const AppCatalogue *
app_model_store_get_catalogue (const AppModelStore *store)
{
  return store->catalogue;
}

char *
app_model_store_file (const AppModelStore *store, const char *id)
{
  g_autofree char *name = g_strconcat (id, ".gguf", NULL);
  return g_build_filename (store->folder, name, NULL);
}

gboolean
app_model_store_has (const AppModelStore *store, const char *id)
{
  g_autofree char *path = app_model_store_file (store, id);
  return g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

gboolean
app_model_store_make_folders (const AppModelStore *store, GError **error)
{
  g_autofree char *staging = g_build_filename (store->folder, ".staging", NULL);
  if (g_mkdir_with_parents (staging, 0755) == 0 && access (store->folder, W_OK) == 0)
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_DISK,
               "cannot write to the model folder %s: %s (HEARSAY_MODELS names another folder)",
               store->folder, g_strerror (errno));
  return FALSE;
}

static gboolean
is_path (const char *model)
{
  return strchr (model, '/') != NULL || g_str_has_suffix (model, ".gguf");
}

char *
app_model_store_get_path (AppModelStore *store, const char *model, GError **error)
{
  if (is_path (model)) {
    if (g_file_test (model, G_FILE_TEST_IS_REGULAR))
      return g_strdup (model);
    g_set_error (error, APP_ERROR, APP_ERROR_NOT_INSTALLED, "there is no model file %s", model);
    return NULL;
  }
  if (app_model_id_is_valid (model) && app_model_store_has (store, model))
    return app_model_store_file (store, model);
  if (app_catalogue_find (store->catalogue, model) != NULL)
    g_set_error (error, APP_ERROR, APP_ERROR_NOT_INSTALLED,
                 "%s is not installed; run: hearsay models install %s", model, model);
  else
    g_set_error (error, APP_ERROR, APP_ERROR_CATALOGUE,
                 "no model is called %s; see: hearsay models list", model);
  return NULL;
}

gboolean
app_model_store_require (AppModelStore *store, const char *const *models, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);
  g_autoptr (GString) ids = g_string_new (NULL);
  guint n = 0;
  for (; *models != NULL; models++) {
    g_autoptr (GError) problem = NULL;
    g_autofree char *path = app_model_store_get_path (store, *models, &problem);
    if (path != NULL)
      continue;
    if (app_catalogue_find (store->catalogue, *models) == NULL) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
    g_string_append_printf (names, "%s%s", n > 0 ? ", " : "", *models);
    g_string_append_printf (ids, " %s", *models);
    n++;
  }
  if (n > 0)
    g_set_error (error, APP_ERROR, APP_ERROR_NOT_INSTALLED,
                 n == 1 ? "%s is not installed; run: hearsay models install%s"
                        : "%s are not installed; run: hearsay models install%s",
                 names->str, ids->str);
  return n == 0;
}

char *
app_model_store_get_default (AppModelStore *store, AppTask task)
{
  if (task == APP_TASK_CHAT) {
    g_autofree char *path = g_build_filename (store->folder, DEFAULT_FILE, NULL);
    g_autofree char *id = NULL;
    if (g_file_get_contents (path, &id, NULL, NULL) && app_model_id_is_valid (g_strstrip (id))
        && app_model_store_has (store, id))
      return g_steal_pointer (&id);
  }
  const AppCatalogueEntry *entry = app_catalogue_find_default (store->catalogue, task);
  return g_strdup (entry != NULL ? entry->id : NULL);
}

char *
app_model_store_get_path_for_task (AppModelStore *store, AppTask task, GError **error)
{
  g_autofree char *id = app_model_store_get_default (store, task);
  if (id != NULL)
    return app_model_store_get_path (store, id, error);
  g_set_error (error, APP_ERROR, APP_ERROR_CATALOGUE, "%s: the default set has no model for %s",
               app_catalogue_get_path (store->catalogue), app_task_name (task));
  return NULL;
}

gboolean
app_model_store_set_default (AppModelStore *store, const char *id, GError **error)
{
  g_autofree char *path = g_build_filename (store->folder, DEFAULT_FILE, NULL);
  if (id == NULL) {
    if (unlink (path) == 0 || errno == ENOENT)
      return TRUE;
    g_set_error (error, APP_ERROR, APP_ERROR_DISK, "cannot remove %s: %s", path,
                 g_strerror (errno));
    return FALSE;
  }
  if (is_path (id)) {
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT,
                 "%s is a file, and the default is a model's id; run: hearsay models add FILE", id);
    return FALSE;
  }
  const AppCatalogueEntry *entry = app_catalogue_find (store->catalogue, id);
  if (entry != NULL && entry->task != APP_TASK_CHAT) {
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "%s is no chat model: its task is %s", id,
                 app_task_name (entry->task));
    return FALSE;
  }
  g_autofree char *file = app_model_store_get_path (store, id, error);
  return file != NULL && app_model_store_make_folders (store, error)
         && g_file_set_contents (path, id, -1, error);
}

static void
model_free (gpointer data)
{
  AppModel *model = data;
  g_free (model->id);
  g_free (model->title);
  g_free (model->set);
  g_free (model->licence);
  g_strfreev (model->languages);
  g_free (model->sha256);
  g_free (model);
}

/* What model-store-install.c and tools/models leave of a download. */
static gboolean
has_begun (const AppModelStore *store, const char *id)
{
  static const char *const suffixes[] = { "", ".partial", ".download" };

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++) {
    g_autofree char *path = g_strdup_printf ("%s/.staging/%s%s", store->folder, id, suffixes[i]);
    if (g_file_test (path, G_FILE_TEST_EXISTS))
      return TRUE;
  }
  return FALSE;
}

static void
list_catalogue (AppModelStore *store, GPtrArray *models)
{
  for (guint i = 0; i < app_catalogue_get_n_entries (store->catalogue); i++) {
    const AppCatalogueEntry *entry = app_catalogue_get_entry (store->catalogue, i);
    g_autofree char *chosen = app_model_store_get_default (store, entry->task);
    AppModel *model = g_new0 (AppModel, 1);
    model->id = g_strdup (entry->id);
    model->title = g_strdup (entry->title);
    model->task = entry->task;
    model->set = g_strdup (entry->set);
    model->licence = g_strdup (entry->licence);
    model->languages = g_strdupv (entry->languages);
    model->n_bytes = entry->n_bytes;
    model->memory_bytes = entry->memory_bytes;
    model->sha256 = g_strdup (entry->sha256);
    model->is_installed = app_model_store_has (store, entry->id);
    model->is_begun = !model->is_installed && has_begun (store, entry->id);
    model->is_default = g_strcmp0 (chosen, entry->id) == 0;
    g_ptr_array_add (models, model);
  }
}

GPtrArray *
app_model_store_list (AppModelStore *store, GError **error)
{
  g_autoptr (GPtrArray) added = app_added_models_read (store, error);
  if (added == NULL)
    return NULL;
  GPtrArray *models = g_ptr_array_new_with_free_func (model_free);
  list_catalogue (store, models);
  g_autofree char *chosen = app_model_store_get_default (store, APP_TASK_CHAT);
  for (guint i = 0; i < added->len; i++) {
    const AppAddedModel *own = g_ptr_array_index (added, i);
    AppModel *model = g_new0 (AppModel, 1);
    model->id = g_strdup (own->id);
    model->title = g_strdup (own->title);
    model->task = APP_TASK_CHAT;
    model->set = g_strdup ("added");
    model->licence = g_strdup ("");
    model->languages = g_new0 (char *, 1);
    model->n_bytes = own->n_bytes;
    model->sha256 = g_strdup (own->sha256);
    model->is_installed = app_model_store_has (store, own->id);
    model->is_default = g_strcmp0 (chosen, own->id) == 0;
    g_ptr_array_add (models, model);
  }
  return models;
}
