/* SPDX-License-Identifier: GPL-3.0-or-later */

/* STORE/added.json: {"format": 1, "models": [{"id", "title", "from", "bytes", "sha256"}]}. */

#include <json-glib/json-glib.h>

#include "app/base/json-text.h"
#include "app/models/model-store-private.h"

#define FORMAT 1
#define MAX_BYTES 1e15

void
app_added_model_free (AppAddedModel *model)
{
  g_free (model->id);
  g_free (model->title);
  g_free (model->from);
  g_free (model->sha256);
  g_free (model);
}

static char *
added_file (const AppModelStore *store)
{
  return g_build_filename (store->folder, "added.json", NULL);
}

const AppAddedModel *
app_added_models_find (GPtrArray *models, const char *id)
{
  for (guint i = 0; i < models->len; i++) {
    const AppAddedModel *model = g_ptr_array_index (models, i);
    if (g_str_equal (model->id, id))
      return model;
  }
  return NULL;
}

/* (transfer full): "" if it is no string. */
static char *
read_string (JsonObject *object, const char *member)
{
  const char *text = app_json_get_text (object, member);
  return g_strdup (text != NULL ? text : "");
}

static AppAddedModel *
read_model (JsonNode *node)
{
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return NULL;
  JsonObject *object = json_node_get_object (node);
  g_autofree char *id = read_string (object, "id");
  double n_bytes = app_json_get_number (object, "bytes", 0);
  if (!app_model_id_is_valid (id) || !(n_bytes >= 1 && n_bytes <= MAX_BYTES))
    return NULL;
  AppAddedModel *model = g_new0 (AppAddedModel, 1);
  model->id = g_steal_pointer (&id);
  model->title = read_string (object, "title");
  model->from = read_string (object, "from");
  model->sha256 = read_string (object, "sha256");
  model->n_bytes = (guint64) n_bytes;
  return model;
}

static JsonArray *
find_models (JsonNode *root)
{
  JsonObject *object =
      root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  JsonNode *models = object != NULL ? json_object_get_member (object, "models") : NULL;
  return models != NULL && JSON_NODE_HOLDS_ARRAY (models) ? json_node_get_array (models) : NULL;
}

GPtrArray *
app_added_models_read (const AppModelStore *store, GError **error)
{
  g_autoptr (GPtrArray) models =
      g_ptr_array_new_with_free_func ((GDestroyNotify) app_added_model_free);
  g_autofree char *path = added_file (store);
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&models);
  gboolean ok = json_parser_load_from_file (parser, path, NULL);
  JsonArray *array = ok ? find_models (json_parser_get_root (parser)) : NULL;
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    AppAddedModel *model = read_model (json_array_get_element (array, i));
    if (model != NULL)
      g_ptr_array_add (models, model);
    else
      array = NULL;
  }
  if (array != NULL)
    return g_steal_pointer (&models);
  g_set_error (error, APP_ERROR, APP_ERROR_CATALOGUE,
               "%s is damaged; remove it and add your models again", path);
  return NULL;
}

gboolean
app_added_models_write (const AppModelStore *store, GPtrArray *models, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new_immutable ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "format");
  json_builder_add_int_value (builder, FORMAT);
  json_builder_set_member_name (builder, "models");
  json_builder_begin_array (builder);
  for (guint i = 0; i < models->len; i++) {
    const AppAddedModel *model = g_ptr_array_index (models, i);
    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, "id");
    json_builder_add_string_value (builder, model->id);
    json_builder_set_member_name (builder, "title");
    json_builder_add_string_value (builder, model->title);
    json_builder_set_member_name (builder, "from");
    json_builder_add_string_value (builder, model->from);
    json_builder_set_member_name (builder, "bytes");
    json_builder_add_int_value (builder, (gint64) model->n_bytes);
    json_builder_set_member_name (builder, "sha256");
    json_builder_add_string_value (builder, model->sha256);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = json_to_string (root, TRUE);
  g_autofree char *path = added_file (store);
  return g_file_set_contents (path, text, -1, error);
}
