/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Conversations as text: JSON with all that there is, Markdown to be read; and back.
 *
 * In JSON the messages of a conversation are numbered from 1 in the order in which they were made,
 * so that the same conversation gives the same text whatever the ids in a store are. In Markdown a
 * comment before each message says whose it is, and one ends it; a line of a message that looks
 * like such a comment gets a backslash. */

#include "app/base/json-write.h"
#include "app/talks/conversations-private.h"

#include <string.h>

#include "app/base/json-text.h"
#include "app/hearing/transcript-format.h"

const char *const app_conversations_role_names[] = { "user", "assistant" };
const char *const app_conversations_state_names[] = { "streaming", "complete", "interrupted" };

/* --- JSON out --- */

/* What tells a voice from others is not for others' eyes. */
static void
remove_embeddings (JsonNode *hearing)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (hearing) ? json_node_get_object (hearing) : NULL;
  JsonNode *speakers = object != NULL ? json_object_get_member (object, "speakers") : NULL;

  if (speakers == NULL || !JSON_NODE_HOLDS_ARRAY (speakers))
    return;
  for (guint i = 0; i < json_array_get_length (json_node_get_array (speakers)); i++) {
    JsonNode *speaker = json_array_get_element (json_node_get_array (speakers), i);

    if (JSON_NODE_HOLDS_OBJECT (speaker))
      json_object_remove_member (json_node_get_object (speaker), "embedding");
  }
}

/* A value that is JSON already; none if it is NULL or cannot be read. */
static void
add_json (JsonBuilder *builder, const char *name, const char *json, gboolean is_hearing)
{
  JsonNode *node = json != NULL ? json_from_string (json, NULL) : NULL;

  if (node == NULL)
    return;
  if (is_hearing)
    remove_embeddings (node);
  json_builder_set_member_name (builder, name);
  json_builder_add_value (builder, node);
}

static gboolean
export_recordings (AppConversations *store, gint64 message, JsonBuilder *builder, GError **error)
{
  g_autoptr (sqlite3_stmt) row = app_conversations_prepare (
      store, error,
      "SELECT path, sha256, seconds, hearing FROM recording WHERE message = ? ORDER BY id", "i",
      message);
  GError *problem = NULL;
  gboolean is_first = TRUE;

  if (row == NULL)
    return FALSE;
  while (app_conversations_step (store, row, &problem)) {
    if (is_first) {
      json_builder_set_member_name (builder, "recordings");
      json_builder_begin_array (builder);
    }
    is_first = FALSE;
    json_builder_begin_object (builder);
    app_json_add_string (builder, "path", (const char *) sqlite3_column_text (row, 0));
    app_json_add_string (builder, "sha256", (const char *) sqlite3_column_text (row, 1));
    json_builder_set_member_name (builder, "seconds");
    json_builder_add_double_value (builder, sqlite3_column_double (row, 2));
    add_json (builder, "hearing", (const char *) sqlite3_column_text (row, 3), TRUE);
    json_builder_end_object (builder);
  }
  if (!is_first)
    json_builder_end_array (builder);
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, problem);
  return FALSE;
}

static gint64
get_number (GHashTable *numbers, gint64 id)
{
  return GPOINTER_TO_INT (g_hash_table_lookup (numbers, &id));
}

static gboolean
export_message (AppConversations *store, sqlite3_stmt *row, GHashTable *numbers,
                JsonBuilder *builder, GError **error)
{
  gint64 id = sqlite3_column_int64 (row, 0);
  int role = CLAMP (sqlite3_column_int (row, 2), 0, 1);
  int state = CLAMP (sqlite3_column_int (row, 3), 0, 2);
  gboolean ok;

  g_hash_table_insert (numbers, g_memdup2 (&id, sizeof id),
                       GINT_TO_POINTER (g_hash_table_size (numbers) + 1));
  json_builder_begin_object (builder);
  app_json_add_int (builder, "parent", get_number (numbers, sqlite3_column_int64 (row, 1)));
  app_json_add_string (builder, "role", app_conversations_role_names[role]);
  app_json_add_string (builder, "state", app_conversations_state_names[state]);
  app_json_add_string (builder, "text", (const char *) sqlite3_column_text (row, 4));
  app_json_add_int (builder, "created_us", sqlite3_column_int64 (row, 5));
  add_json (builder, "evidence", (const char *) sqlite3_column_text (row, 6), FALSE);
  add_json (builder, "details", (const char *) sqlite3_column_text (row, 7), FALSE);
  ok = export_recordings (store, id, builder, error);
  json_builder_end_object (builder);
  return ok;
}

static gboolean
export_messages (AppConversations *store, const AppTalk *talk, JsonBuilder *builder, GError **error)
{
  g_autoptr (GHashTable) numbers =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_autoptr (sqlite3_stmt) row = app_conversations_prepare (
      store, error,
      "SELECT id, parent, role, state, text, created, evidence, details FROM message"
      " WHERE talk = ? ORDER BY id",
      "i", talk->id);
  GError *problem = NULL;

  if (row == NULL)
    return FALSE;
  json_builder_set_member_name (builder, "messages");
  json_builder_begin_array (builder);
  while (app_conversations_step (store, row, &problem))
    if (!export_message (store, row, numbers, builder, &problem))
      break;
  json_builder_end_array (builder);
  app_json_add_int (builder, "leaf", get_number (numbers, talk->leaf));
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, problem);
  return FALSE;
}

static gboolean
export_talk (AppConversations *store, const AppTalk *talk, JsonBuilder *builder, GError **error)
{
  g_autofree char *settings = app_talk_settings_to_json (&talk->settings);
  gboolean ok;

  json_builder_begin_object (builder);
  app_json_add_string (builder, "title", talk->title);
  app_json_add_string (builder, "folder", talk->folder);
  json_builder_set_member_name (builder, "pinned");
  json_builder_add_boolean_value (builder, talk->is_pinned);
  app_json_add_int (builder, "created_us", talk->created_us);
  app_json_add_int (builder, "changed_us", talk->changed_us);
  add_json (builder, "settings", settings, FALSE);
  ok = export_messages (store, talk, builder, error);
  json_builder_end_object (builder);
  return ok;
}

static int
compare_talks (gconstpointer a, gconstpointer b)
{
  const AppTalk *const *x = a;
  const AppTalk *const *y = b;

  return (*x)->id < (*y)->id ? -1 : (*x)->id > (*y)->id;
}

char *
app_conversations_export_json (AppConversations *store, gint64 talk, GError **error)
{
  g_autoptr (GPtrArray) talks = NULL;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  if (talk == 0)
    talks = app_conversations_list (store, error);
  else {
    AppTalk *one = app_conversations_get (store, talk, error);

    talks = one != NULL ? g_ptr_array_new_with_free_func ((GDestroyNotify) app_talk_free) : NULL;
    if (one != NULL)
      g_ptr_array_add (talks, one);
  }
  if (talks == NULL)
    return NULL;
  g_ptr_array_sort (talks, compare_talks);
  json_builder_begin_object (builder);
  app_json_add_string (builder, "format", APP_EXPORT_FORMAT);
  app_json_add_int (builder, "version", APP_EXPORT_VERSION);
  json_builder_set_member_name (builder, "conversations");
  json_builder_begin_array (builder);
  for (guint i = 0; i < talks->len; i++)
    if (!export_talk (store, g_ptr_array_index (talks, i), builder, error))
      return NULL;
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return app_json_to_text (root);
}

/* NULL: it is not there, or of another type. */
JsonArray *
app_conversations_json_array (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

/* NULL: another type. */
JsonObject *
app_conversations_json_element (JsonArray *array, guint i)
{
  JsonNode *node = json_array_get_element (array, i);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* --- Markdown --- */

static void
append_escaped (GString *out, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (int i = 0; lines[i] != NULL; i++) {
    const char *bare = lines[i] + strspn (lines[i], "\\");

    g_string_append_printf (out, "%s%s\n", g_str_has_prefix (bare, APP_EXPORT_MARK) ? "\\" : "",
                            lines[i]);
  }
}

static void
append_lines (GString *out, JsonArray *lines)
{
  for (guint i = 0; lines != NULL && i < json_array_get_length (lines); i++) {
    JsonObject *line = app_conversations_json_element (lines, i);

    if (line == NULL)
      continue;
    g_autofree char *start =
        app_format_time (json_object_get_double_member_with_default (line, "start", 0));
    g_autofree char *end =
        app_format_time (json_object_get_double_member_with_default (line, "end", 0));
    g_string_append_printf (out, "> [%s-%s] ", start, end);
    if (app_json_get_text (line, "speaker") != NULL)
      g_string_append_printf (out, "**%s:** ", app_json_get_text (line, "speaker"));
    g_string_append_printf (
        out, "%s  \n",
        app_json_get_text (line, "text") != NULL ? app_json_get_text (line, "text") : "");
  }
}

static void
append_recording (AppConversations *store, const AppRecording *recording, GString *out)
{
  g_autoptr (JsonNode) hearing = app_conversations_get_hearing (store, recording->id, NULL);
  g_autofree char *length = app_format_time (recording->seconds);

  g_string_append_printf (out, "\n> *%s* (%s)  \n", recording->title, length);
  if (hearing != NULL && JSON_NODE_HOLDS_OBJECT (hearing))
    append_lines (out, app_conversations_json_array (json_node_get_object (hearing), "segments"));
}

static void
append_message (AppConversations *store, const AppMessage *message, GString *out)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (message->created_us / G_USEC_PER_SEC);
  g_autofree char *date = utc != NULL ? g_date_time_format (utc, "%Y-%m-%d %H:%M UTC") : NULL;
  g_autoptr (JsonNode) evidence =
      message->evidence != NULL ? json_from_string (message->evidence, NULL) : NULL;

  g_string_append_printf (out, "\n## %s · %s\n\n" APP_EXPORT_MARK "%s -->\n",
                          message->role == APP_ROLE_USER ? "You" : "Hearsay",
                          date != NULL ? date : "", app_conversations_role_names[message->role]);
  append_escaped (out, message->text);
  g_string_append (out, APP_EXPORT_MARK "end -->\n");
  for (guint i = 0; i < message->recordings->len; i++)
    append_recording (store, g_ptr_array_index (message->recordings, i), out);
  if (evidence != NULL && JSON_NODE_HOLDS_ARRAY (evidence)
      && json_array_get_length (json_node_get_array (evidence)) > 0) {
    g_string_append_c (out, '\n');
    append_lines (out, json_node_get_array (evidence));
  }
}

char *
app_conversations_export_markdown (AppConversations *store, gint64 talk, GError **error)
{
  g_autoptr (AppTalk) found = app_conversations_get (store, talk, error);
  g_autoptr (GPtrArray) messages =
      found != NULL ? app_conversations_load (store, talk, error) : NULL;
  g_autoptr (GString) out = g_string_new (NULL);

  if (messages == NULL)
    return NULL;
  g_string_append_printf (out, "# %s\n", found->title);
  for (guint i = 0; i < messages->len; i++)
    append_message (store, g_ptr_array_index (messages, i), out);
  return g_string_free (g_steal_pointer (&out), FALSE);
}
