/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/batch/batch-store.h"

#include <string.h>

#include "app/base/json-text.h"

static const char *const states[] = { "waiting", "waiting", "done", "failed" };

void
hs_batch_entry_free (HsBatchEntry *entry)
{
  g_free (entry->address);
  g_free (entry->problem);
  g_free (entry);
}

/* (transfer full) */
static GFile *
get_file (const char *name)
{
  g_autofree char *path = g_build_filename (g_get_user_data_dir (), "hearsay", "batch", name, NULL);

  return g_file_new_for_path (path);
}

/* (transfer full): where what was heard in a recording is. */
static GFile *
get_hearing_file (const char *address)
{
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, address, -1);
  g_autofree char *name = g_strconcat (sum, ".json", NULL);

  return get_file (name);
}

static void
make_folder (void)
{
  g_autoptr (GFile) folder = get_file (NULL);

  g_mkdir_with_parents (g_file_peek_path (folder), 0700);
}

/* The list. */

/* "" if it is no string. */
static const char *
read_text (JsonObject *object, const char *name)
{
  const char *text = app_json_get_text (object, name);

  return text != NULL ? text : "";
}

/* Whether there can be a file. */
static gboolean
is_address (const char *text)
{
  g_autoptr (GFile) file = g_file_new_for_uri (text);
  g_autofree char *name = g_file_get_basename (file);

  return name != NULL;
}

/* (transfer full) (nullable) */
static HsBatchEntry *
read_entry (JsonNode *node)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  const char *address = object != NULL ? read_text (object, "file") : "";
  const char *state;
  HsBatchEntry *entry;

  if (!is_address (address))
    return NULL;
  state = read_text (object, "state");
  entry = g_new0 (HsBatchEntry, 1);
  entry->address = g_strdup (address);
  entry->seconds = app_json_get_number (object, "seconds", 0);
  entry->n_voices = (guint) CLAMP (app_json_get_number (object, "voices", 0), 0, G_MAXINT);
  entry->problem = g_strdup (read_text (object, "problem"));
  if (g_str_equal (state, states[HS_BATCH_DONE]))
    entry->state = HS_BATCH_DONE;
  else if (g_str_equal (state, states[HS_BATCH_FAILED]))
    entry->state = HS_BATCH_FAILED;
  return entry;
}

static void
run_load (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  g_autoptr (GPtrArray) entries =
      g_ptr_array_new_with_free_func ((GDestroyNotify) hs_batch_entry_free);
  g_autoptr (GFile) file = get_file ("list.json");
  g_autofree char *text = NULL;
  gsize length;
  g_autoptr (JsonNode) root = NULL;
  JsonArray *array;

  if (g_file_load_contents (file, NULL, &text, &length, NULL, NULL))
    root = app_json_parse (text, (gssize) length, NULL);
  array = root != NULL && JSON_NODE_HOLDS_ARRAY (root) ? json_node_get_array (root) : NULL;
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    HsBatchEntry *entry = read_entry (json_array_get_element (array, i));
    if (entry != NULL)
      g_ptr_array_add (entries, entry);
  }
  g_task_return_pointer (task, g_steal_pointer (&entries), (GDestroyNotify) g_ptr_array_unref);
}

void
hs_batch_store_load_async (GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);

  g_task_run_in_thread (task, run_load);
}

GPtrArray *
hs_batch_store_load_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}

/* (transfer full) */
static char *
list_to_text (GPtrArray *entries)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_array (builder);
  for (guint i = 0; i < entries->len; i++) {
    const HsBatchEntry *entry = entries->pdata[i];
    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, "file");
    json_builder_add_string_value (builder, entry->address);
    json_builder_set_member_name (builder, "state");
    json_builder_add_string_value (builder, states[entry->state]);
    json_builder_set_member_name (builder, "seconds");
    json_builder_add_double_value (builder, entry->seconds);
    json_builder_set_member_name (builder, "voices");
    json_builder_add_int_value (builder, entry->n_voices);
    json_builder_set_member_name (builder, "problem");
    json_builder_add_string_value (builder, entry->problem != NULL ? entry->problem : "");
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

/* A text to a file of ours. */
typedef struct {
  GFile *file;
  char *text;
  JsonNode *node; /* or this one as text */
} Writing;

static void
free_writing (Writing *writing)
{
  g_object_unref (writing->file);
  g_free (writing->text);
  g_clear_pointer (&writing->node, json_node_unref);
  g_free (writing);
}

static void
run_write (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Writing *writing = task_data;
  GError *error = NULL;

  if (writing->text == NULL)
    writing->text = json_to_string (writing->node, FALSE);
  make_folder ();
  if (g_file_replace_contents (writing->file, writing->text, strlen (writing->text), NULL, FALSE,
                               G_FILE_CREATE_PRIVATE, NULL, NULL, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
write_async (GFile *file, char *text, JsonNode *node, GAsyncReadyCallback callback,
             gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Writing *writing = g_new0 (Writing, 1);

  writing->file = file;
  writing->text = text;
  writing->node = node;
  g_task_set_task_data (task, writing, (GDestroyNotify) free_writing);
  g_task_run_in_thread (task, run_write);
}

void
hs_batch_store_save_async (GPtrArray *entries, GAsyncReadyCallback callback, gpointer user_data)
{
  write_async (get_file ("list.json"), list_to_text (entries), NULL, callback, user_data);
}

gboolean
hs_batch_store_save_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* What was heard. */

void
hs_batch_store_keep_async (const char *address, JsonNode *hearing, GAsyncReadyCallback callback,
                           gpointer user_data)
{
  write_async (get_hearing_file (address), NULL, json_node_ref (hearing), callback, user_data);
}

gboolean
hs_batch_store_keep_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
hs_batch_store_forget (const char *address)
{
  g_autoptr (GFile) file = get_hearing_file (address);

  g_file_delete_async (file, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
}

typedef struct {
  GStrv addresses;
  AppFormat format;
  GFile *folder;
} Export;

static void
free_export (Export *export)
{
  g_strfreev (export->addresses);
  g_object_unref (export->folder);
  g_free (export);
}

/* (transfer full) (nullable) */
static AppHearing *
read_hearing (const char *address, GError **error)
{
  g_autoptr (GFile) recording = g_file_new_for_uri (address);
  g_autoptr (GFile) file = get_hearing_file (address);
  g_autofree char *path = g_file_get_path (recording);
  g_autofree char *text = NULL;
  gsize length;
  g_autoptr (JsonNode) node = NULL;

  if (!g_file_load_contents (file, NULL, &text, &length, NULL, error))
    return NULL;
  node = app_json_parse (text, (gssize) length, error);
  return node != NULL ? app_hearing_new_from_json (path != NULL ? path : address, node, error)
                      : NULL;
}

/* (transfer full): a name that is not in the folder yet. */
static GFile *
choose_name (const Export *export, const char *address)
{
  g_autoptr (GFile) recording = g_file_new_for_uri (address);
  g_autofree char *stem = g_file_get_basename (recording);
  char *point = strrchr (stem, '.');

  if (point != NULL && point != stem)
    *point = '\0';
  for (guint n = 1;; n++) {
    g_autofree char *number = n > 1 ? g_strdup_printf (" (%u)", n) : g_strdup ("");
    g_autofree char *name =
        g_strconcat (stem, number, ".", app_format_get_name (export->format), NULL);
    g_autoptr (GFile) file = g_file_get_child (export->folder, name);
    if (!g_file_query_exists (file, NULL))
      return g_steal_pointer (&file);
  }
}

static gboolean
export_one (const Export *export, const char *address, GError **error)
{
  g_autoptr (AppHearing) hearing = read_hearing (address, error);
  g_autoptr (GFile) document = NULL;
  g_autofree char *text = NULL;

  if (hearing == NULL)
    return FALSE;
  text = app_hearing_export (hearing, export->format);
  document = choose_name (export, address);
  return g_file_replace_contents (document, text, strlen (text), NULL, FALSE, G_FILE_CREATE_NONE,
                                  NULL, NULL, error);
}

static void
run_export (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Export *export = task_data;
  GError *error = NULL;
  gssize n = 0;

  while (export->addresses[n] != NULL && export_one (export, export->addresses[n], &error))
    n++;
  if (error == NULL)
    g_task_return_int (task, n);
  else
    g_task_return_error (task, error);
}

void
hs_batch_store_export_async (GStrv addresses, AppFormat format, GFile *folder,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Export *export = g_new0 (Export, 1);

  export->addresses = g_strdupv (addresses);
  export->format = format;
  export->folder = g_object_ref (folder);
  g_task_set_task_data (task, export, (GDestroyNotify) free_export);
  g_task_run_in_thread (task, run_export);
}

gssize
hs_batch_store_export_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_int (G_TASK (result), error);
}

/* One document. */

typedef struct {
  char *address;
  AppFormat format;
  AppWatchResult *result; /* of the caller */
} Document;

static void
free_document (Document *document)
{
  g_free (document->address);
  g_free (document);
}

static void
run_document (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Document *document = task_data;
  GError *error = NULL;
  g_autoptr (AppHearing) hearing = read_hearing (document->address, &error);
  g_autofree char *text = hearing != NULL ? app_hearing_export (hearing, document->format) : NULL;

  if (text != NULL && app_watch_result_write (document->result, text, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
hs_batch_store_write_async (const char *address, AppFormat format, AppWatchResult *result,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Document *document = g_new (Document, 1);

  *document = (Document){ g_strdup (address), format, result };
  g_task_set_task_data (task, document, (GDestroyNotify) free_document);
  g_task_run_in_thread (task, run_document);
}

gboolean
hs_batch_store_write_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
