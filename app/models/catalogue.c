/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/models/catalogue.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "app/models/model-store-private.h"

#define FORMAT 1
#define MAX_ID 80

struct _AppCatalogue {
  char *path;
  GPtrArray *entries;
};

static const char *const task_names[] = { "chat",  "listen", "vad",           "speaker",
                                          "speak", "voices", "pronunciations" };

const char *
app_task_name (AppTask task)
{
  return task_names[task];
}

gboolean
app_task_from_name (const char *name, AppTask *task)
{
  for (guint i = 0; i < G_N_ELEMENTS (task_names); i++)
    if (g_strcmp0 (name, task_names[i]) == 0) {
      *task = (AppTask) i;
      return TRUE;
    }
  return FALSE;
}

gboolean
app_model_id_is_valid (const char *id)
{
  size_t length = id != NULL ? strlen (id) : 0;
  if (length == 0 || length > MAX_ID || !g_ascii_isalnum (id[0]))
    return FALSE;
  return strspn (id, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "._-") == length;
}

static void
entry_free (gpointer data)
{
  AppCatalogueEntry *entry = data;
  g_free (entry->id);
  g_free (entry->title);
  g_free (entry->set);
  g_free (entry->licence);
  g_strfreev (entry->languages);
  g_free (entry->sha256);
  g_free (entry->url);
  g_free (entry);
}

/* A reader that remembers the first thing that was wrong. */
typedef struct {
  const char *name;
  const char *id;
  GError **error;
  gboolean failed;
} Reader;

static void
fail (Reader *reader, const char *member, const char *expected)
{
  if (reader->failed)
    return;
  reader->failed = TRUE;
  g_set_error (reader->error, APP_ERROR, APP_ERROR_CATALOGUE, "%s: model %s: “%s” must be %s",
               reader->name, reader->id, member, expected);
}

static char *
read_string (Reader *reader, JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  if (node == NULL || json_node_get_value_type (node) != G_TYPE_STRING) {
    fail (reader, member, "a string");
    return g_strdup ("");
  }
  return json_node_dup_string (node);
}

static guint64
read_size (Reader *reader, JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  if (node == NULL || json_node_get_value_type (node) != G_TYPE_INT64
      || json_node_get_int (node) <= 0) {
    fail (reader, member, "a positive number");
    return 0;
  }
  return (guint64) json_node_get_int (node);
}

static JsonArray *
read_array (Reader *reader, JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    return json_node_get_array (node);
  fail (reader, member, "a list");
  return NULL;
}

static char **
read_strings (Reader *reader, JsonObject *object, const char *member)
{
  GStrvBuilder *builder = g_strv_builder_new ();
  JsonArray *array = read_array (reader, object, member);
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    JsonNode *node = json_array_get_element (array, i);
    if (json_node_get_value_type (node) == G_TYPE_STRING)
      g_strv_builder_add (builder, json_node_get_string (node));
    else
      fail (reader, member, "a list of strings");
  }
  char **strings = g_strv_builder_end (builder);
  g_strv_builder_unref (builder);
  return strings;
}

static gboolean
is_sha256 (const char *text)
{
  return strlen (text) == 64 && strspn (text, "0123456789abcdef") == 64;
}

static void
read_sources (Reader *reader, JsonObject *object, AppCatalogueEntry *entry)
{
  JsonArray *sources = read_array (reader, object, "sources");
  for (guint i = 0; sources != NULL && i < json_array_get_length (sources); i++) {
    JsonNode *node = json_array_get_element (sources, i);
    JsonObject *source = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
    if (source != NULL && json_object_has_member (source, "packages")) {
      entry->has_packages = TRUE;
    } else if (source != NULL && json_object_has_member (source, "url")) {
      g_free (entry->url);
      entry->url = read_string (reader, source, "url");
      if (!app_address_is_safe (entry->url))
        fail (reader, "url", "an https address");
    } else {
      fail (reader, "sources", "a list of packages or addresses");
    }
  }
  if (!entry->has_packages && entry->url == NULL)
    fail (reader, "sources", "not empty");
}

static AppCatalogueEntry *
read_entry (Reader *reader, JsonObject *object)
{
  AppCatalogueEntry *entry = g_new0 (AppCatalogueEntry, 1);
  entry->id = read_string (reader, object, "id");
  reader->id = entry->id;
  if (!app_model_id_is_valid (entry->id))
    fail (reader, "id", "letters, digits and . _ -");
  entry->title = read_string (reader, object, "title");
  g_autofree char *task = read_string (reader, object, "task");
  if (!app_task_from_name (task, &entry->task))
    fail (reader, "task", "chat, listen, vad, speaker, speak, voices or pronunciations");
  entry->set = read_string (reader, object, "set");
  entry->licence = read_string (reader, object, "licence");
  entry->languages = read_strings (reader, object, "languages");
  entry->n_bytes = read_size (reader, object, "bytes");
  entry->sha256 = read_string (reader, object, "sha256");
  if (!is_sha256 (entry->sha256))
    fail (reader, "sha256", "64 hexadecimal digits");
  entry->memory_bytes = read_size (reader, object, "memory_bytes");
  read_sources (reader, object, entry);
  return entry;
}

static gboolean
read_models (AppCatalogue *catalogue, JsonObject *root, Reader *reader)
{
  JsonArray *models = read_array (reader, root, "models");
  for (guint i = 0; models != NULL && i < json_array_get_length (models); i++) {
    JsonNode *node = json_array_get_element (models, i);
    reader->id = "?";
    if (!JSON_NODE_HOLDS_OBJECT (node)) {
      fail (reader, "models", "a list of objects");
      break;
    }
    AppCatalogueEntry *entry = read_entry (reader, json_node_get_object (node));
    if (app_catalogue_find (catalogue, entry->id) != NULL)
      fail (reader, "id", "given once");
    g_ptr_array_add (catalogue->entries, entry);
  }
  return !reader->failed;
}

AppCatalogue *
app_catalogue_parse (const char *text, gssize length, const char *name, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) inner = NULL;
  if (!json_parser_load_from_data (parser, text, length, &inner)) {
    g_set_error (error, APP_ERROR, APP_ERROR_CATALOGUE, "%s: %s", name, inner->message);
    return NULL;
  }
  JsonNode *root = json_parser_get_root (parser);
  JsonObject *object =
      root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  if (object == NULL || json_object_get_int_member_with_default (object, "format", 0) != FORMAT) {
    g_set_error (error, APP_ERROR, APP_ERROR_CATALOGUE, "%s: not a catalogue of format %d", name,
                 FORMAT);
    return NULL;
  }
  g_autoptr (AppCatalogue) catalogue = g_new0 (AppCatalogue, 1);
  catalogue->path = g_strdup (name);
  catalogue->entries = g_ptr_array_new_with_free_func (entry_free);
  Reader reader = { .name = name, .id = "?", .error = error };
  return read_models (catalogue, object, &reader) ? g_steal_pointer (&catalogue) : NULL;
}

AppCatalogue *
app_catalogue_load (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  gsize length = 0;
  if (!g_file_get_contents (path, &text, &length, error))
    return NULL;
  return app_catalogue_parse (text, (gssize) length, path, error);
}

void
app_catalogue_free (AppCatalogue *catalogue)
{
  g_ptr_array_unref (catalogue->entries);
  g_free (catalogue->path);
  g_free (catalogue);
}

const char *
app_catalogue_get_path (const AppCatalogue *catalogue)
{
  return catalogue->path;
}

guint
app_catalogue_get_n_entries (const AppCatalogue *catalogue)
{
  return catalogue->entries->len;
}

const AppCatalogueEntry *
app_catalogue_get_entry (const AppCatalogue *catalogue, guint index)
{
  return g_ptr_array_index (catalogue->entries, index);
}

const AppCatalogueEntry *
app_catalogue_find (const AppCatalogue *catalogue, const char *id)
{
  for (guint i = 0; i < catalogue->entries->len; i++) {
    const AppCatalogueEntry *entry = g_ptr_array_index (catalogue->entries, i);
    if (g_str_equal (entry->id, id))
      return entry;
  }
  return NULL;
}

const AppCatalogueEntry *
app_catalogue_find_default (const AppCatalogue *catalogue, AppTask task)
{
  for (guint i = 0; i < catalogue->entries->len; i++) {
    const AppCatalogueEntry *entry = g_ptr_array_index (catalogue->entries, i);
    if (entry->task == task && g_str_equal (entry->set, "default"))
      return entry;
  }
  return NULL;
}
