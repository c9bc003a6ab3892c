/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Conversations as text: JSON with all that there is, Markdown to be read; and back.
 *
 * In JSON the messages of a conversation are numbered from 1 in the order in which they were made,
 * so that the same conversation gives the same text whatever the ids in a store are. In Markdown a
 * comment before each message says whose it is, and one ends it; a line of a message that looks
 * like such a comment gets a backslash. */

#include "app/conversations-private.h"

#include <string.h>

#include "app/cli.h"
#include "app/json-text.h"

#define FORMAT "hearsay-conversations"
#define VERSION 1
#define MARK "<!-- hearsay:"

static const char *const role_names[] = { "user", "assistant" };
static const char *const state_names[] = { "streaming", "complete", "interrupted" };

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
    app_cli_json_add_string (builder, "path", (const char *) sqlite3_column_text (row, 0));
    app_cli_json_add_string (builder, "sha256", (const char *) sqlite3_column_text (row, 1));
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
  app_cli_json_add_int (builder, "parent", get_number (numbers, sqlite3_column_int64 (row, 1)));
  app_cli_json_add_string (builder, "role", role_names[role]);
  app_cli_json_add_string (builder, "state", state_names[state]);
  app_cli_json_add_string (builder, "text", (const char *) sqlite3_column_text (row, 4));
  app_cli_json_add_int (builder, "created_us", sqlite3_column_int64 (row, 5));
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
  app_cli_json_add_int (builder, "leaf", get_number (numbers, talk->leaf));
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
  app_cli_json_add_string (builder, "title", talk->title);
  app_cli_json_add_string (builder, "folder", talk->folder);
  json_builder_set_member_name (builder, "pinned");
  json_builder_add_boolean_value (builder, talk->is_pinned);
  app_cli_json_add_int (builder, "created_us", talk->created_us);
  app_cli_json_add_int (builder, "changed_us", talk->changed_us);
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
  app_cli_json_add_string (builder, "format", FORMAT);
  app_cli_json_add_int (builder, "version", VERSION);
  json_builder_set_member_name (builder, "conversations");
  json_builder_begin_array (builder);
  for (guint i = 0; i < talks->len; i++)
    if (!export_talk (store, g_ptr_array_index (talks, i), builder, error))
      return NULL;
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return app_cli_json_to_text (root);
}

/* --- JSON in --- */

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error (error, APP_ERROR, APP_ERROR_FORMAT, "not an export of conversations: %s", what);
  return FALSE;
}

/* NULL: it is not there, or of another type. */
static const char *
get_text (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node)
                 && json_node_get_value_type (node) == G_TYPE_STRING
                 && g_utf8_validate (json_node_get_string (node), -1, NULL)
             ? json_node_get_string (node)
             : NULL;
}

static gint64
get_int (JsonObject *object, const char *name, gint64 fallback)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node)
                 && json_node_get_value_type (node) == G_TYPE_INT64
             ? json_node_get_int (node)
             : fallback;
}

static JsonArray *
get_array (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

/* NULL: another type. */
static JsonObject *
get_element (JsonArray *array, guint i)
{
  JsonNode *node = json_array_get_element (array, i);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* (transfer full) (nullable): the member as text of JSON. */
static char *
get_json (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && !JSON_NODE_HOLDS_NULL (node) ? json_to_string (node, FALSE) : NULL;
}

/* -1: none of them */
static int
find_name (const char *const *names, int n, const char *name)
{
  for (int i = 0; name != NULL && i < n; i++)
    if (g_str_equal (names[i], name))
      return i;
  return -1;
}

static gboolean
import_recordings (AppConversations *store, JsonArray *recordings, gint64 message, GError **error)
{
  for (guint i = 0; recordings != NULL && i < json_array_get_length (recordings); i++) {
    JsonObject *recording = get_element (recordings, i);
    const char *path = recording != NULL ? get_text (recording, "path") : NULL;
    g_autofree char *hearing = recording != NULL ? get_json (recording, "hearing") : NULL;

    if (path == NULL)
      return refuse (error, "a recording without a “path”");
    if (!app_conversations_run (
            store, error,
            "INSERT INTO recording (message, path, sha256, seconds, hearing)"
            " VALUES (?, ?, ?, ?, ?)",
            "issds", message, path, get_text (recording, "sha256"),
            json_object_get_double_member_with_default (recording, "seconds", 0), hearing))
      return FALSE;
  }
  return TRUE;
}

/* ids: of the messages before it, in order. */
static gboolean
import_message (AppConversations *store, JsonObject *message, gint64 talk, GArray *ids,
                GError **error)
{
  gint64 parent = get_int (message, "parent", 0);
  int role = find_name (role_names, G_N_ELEMENTS (role_names), get_text (message, "role"));
  int state = find_name (state_names, G_N_ELEMENTS (state_names), get_text (message, "state"));
  g_autofree char *evidence = get_json (message, "evidence");
  g_autofree char *details = get_json (message, "details");
  gint64 id;

  if (get_text (message, "text") == NULL)
    return refuse (error, "a message without a “text”");
  if (role < 0)
    return refuse (error, "a message whose “role” is neither “user” nor “assistant”");
  if (parent < 0 || parent > ids->len)
    return refuse (error, "a message whose “parent” does not come before it");
  if (!app_conversations_run (
          store, error,
          "INSERT INTO message (talk, parent, role, state, text, created, evidence, details)"
          " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          "iiiisiss", talk, parent == 0 ? 0 : g_array_index (ids, gint64, parent - 1),
          (gint64) role,
          (gint64) (state <= APP_MESSAGE_STREAMING ? APP_MESSAGE_INTERRUPTED : state),
          get_text (message, "text"), get_int (message, "created_us", app_conversations_now ()),
          evidence, details))
    return FALSE;
  id = app_conversations_get_last_id (store);
  g_array_append_val (ids, id);
  return import_recordings (store, get_array (message, "recordings"), id, error)
         && app_conversations_index (store, id, error);
}

static gboolean
import_talk (AppConversations *store, JsonObject *object, GArray *talks, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_auto (AppTalkSettings) settings = { 0 };
  JsonArray *messages = get_array (object, "messages");
  JsonNode *given = json_object_get_member (object, "settings");
  gint64 now = app_conversations_now ();
  gint64 talk, leaf;

  if (messages == NULL)
    return refuse (error, "a conversation without “messages”");
  if (given != NULL && JSON_NODE_HOLDS_OBJECT (given))
    app_talk_settings_read (&settings, json_node_get_object (given));
  talk = app_conversations_create (store, &settings, error);
  if (talk == 0)
    return FALSE;
  g_array_append_val (talks, talk);
  for (guint i = 0; i < json_array_get_length (messages); i++) {
    JsonObject *message = get_element (messages, i);

    if (message == NULL)
      return refuse (error, "a message that is no object");
    if (!import_message (store, message, talk, ids, error))
      return FALSE;
  }
  leaf = get_int (object, "leaf", ids->len);
  leaf = leaf >= 1 && leaf <= ids->len ? g_array_index (ids, gint64, leaf - 1) : 0;
  return app_conversations_run (
      store, error,
      "UPDATE talk SET title = ?, folder = ?, pinned = ?, created = ?, changed = ?, leaf = ?"
      " WHERE id = ?",
      "ssiiiii", get_text (object, "title") != NULL ? get_text (object, "title") : "",
      get_text (object, "folder"),
      (gint64) json_object_get_boolean_member_with_default (object, "pinned", FALSE),
      get_int (object, "created_us", now), get_int (object, "changed_us", now), leaf, talk);
}

static gboolean
import_json (AppConversations *store, const char *text, gssize length, GArray *talks,
             GError **error)
{
  g_autoptr (JsonNode) root = app_json_parse (text, length, error);
  JsonObject *object;
  JsonArray *conversations;

  if (root == NULL)
    return FALSE;
  object = JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  if (object == NULL || g_strcmp0 (get_text (object, "format"), FORMAT) != 0)
    return refuse (error, "its “format” is not “" FORMAT "”");
  if (get_int (object, "version", 0) != VERSION)
    return refuse (error, "it is of another version");
  conversations = get_array (object, "conversations");
  if (conversations == NULL)
    return refuse (error, "“conversations” is missing");
  for (guint i = 0; i < json_array_get_length (conversations); i++) {
    JsonObject *talk = get_element (conversations, i);

    if (talk == NULL)
      return refuse (error, "a conversation that is no object");
    if (!import_talk (store, talk, talks, error))
      return FALSE;
  }
  return TRUE;
}

/* --- Markdown --- */

static void
append_escaped (GString *out, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (int i = 0; lines[i] != NULL; i++) {
    const char *bare = lines[i] + strspn (lines[i], "\\");

    g_string_append_printf (out, "%s%s\n", g_str_has_prefix (bare, MARK) ? "\\" : "", lines[i]);
  }
}

/* "1:02.3" */
static void
append_time (GString *out, double seconds)
{
  g_string_append_printf (out, "%d:%04.1f", (int) seconds / 60,
                          seconds - 60 * ((int) seconds / 60));
}

static void
append_lines (GString *out, JsonArray *lines)
{
  for (guint i = 0; lines != NULL && i < json_array_get_length (lines); i++) {
    JsonObject *line = get_element (lines, i);

    if (line == NULL)
      continue;
    g_string_append (out, "> [");
    append_time (out, json_object_get_double_member_with_default (line, "start", 0));
    g_string_append_c (out, '-');
    append_time (out, json_object_get_double_member_with_default (line, "end", 0));
    g_string_append (out, "] ");
    if (get_text (line, "speaker") != NULL)
      g_string_append_printf (out, "**%s:** ", get_text (line, "speaker"));
    g_string_append_printf (out, "%s  \n",
                            get_text (line, "text") != NULL ? get_text (line, "text") : "");
  }
}

static void
append_recording (AppConversations *store, const AppRecording *recording, GString *out)
{
  g_autoptr (JsonNode) hearing = app_conversations_get_hearing (store, recording->id, NULL);

  g_string_append_printf (out, "\n> *%s* (", recording->title);
  append_time (out, recording->seconds);
  g_string_append (out, ")  \n");
  if (hearing != NULL && JSON_NODE_HOLDS_OBJECT (hearing))
    append_lines (out, get_array (json_node_get_object (hearing), "segments"));
}

static void
append_message (AppConversations *store, const AppMessage *message, GString *out)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (message->created_us / G_USEC_PER_SEC);
  g_autofree char *date = utc != NULL ? g_date_time_format (utc, "%Y-%m-%d %H:%M UTC") : NULL;
  g_autoptr (JsonNode) evidence =
      message->evidence != NULL ? json_from_string (message->evidence, NULL) : NULL;

  g_string_append_printf (out, "\n## %s · %s\n\n" MARK "%s -->\n",
                          message->role == APP_ROLE_USER ? "You" : "Hearsay",
                          date != NULL ? date : "", role_names[message->role]);
  append_escaped (out, message->text);
  g_string_append (out, MARK "end -->\n");
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

/* (transfer full): the message that begins behind line `*i`, which is moved to its end. */
static char *
read_escaped (char *const *lines, int *i)
{
  g_autoptr (GString) text = g_string_new (NULL);
  int first = *i + 1;

  for (*i = first; lines[*i] != NULL && !g_str_has_prefix (lines[*i], MARK); (*i)++) {
    const char *line = lines[*i];

    if (*line == '\\' && g_str_has_prefix (line + strspn (line, "\\"), MARK))
      line++;
    g_string_append_printf (text, "%s%s", *i > first ? "\n" : "", line);
  }
  if (lines[*i] == NULL)
    (*i)--;
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
import_markdown (AppConversations *store, const char *text, gssize length, GArray *talks,
                 GError **error)
{
  g_autofree char *all = length < 0 ? g_strdup (text) : g_strndup (text, (gsize) length);
  g_auto (GStrv) lines = NULL;
  gint64 talk = 0, parent = 0;

  if (!g_utf8_validate (all, -1, NULL))
    return refuse (error, "it is not valid UTF-8");
  lines = g_strsplit (all, "\n", -1);
  for (int i = 0; lines[i] != NULL; i++) {
    int role = g_str_has_prefix (lines[i], MARK "user ")        ? APP_ROLE_USER
               : g_str_has_prefix (lines[i], MARK "assistant ") ? APP_ROLE_ASSISTANT
                                                                : -1;
    g_autofree char *message = role >= 0 ? read_escaped (lines, &i) : NULL;

    if (message == NULL)
      continue;
    if (talk == 0) {
      talk = app_conversations_create (store, NULL, error);
      if (talk == 0)
        return FALSE;
      g_array_append_val (talks, talk);
    }
    parent = app_conversations_add_within (store, talk, parent, (AppRole) role, message, error);
    if (parent == 0)
      return FALSE;
  }
  if (talk == 0)
    return refuse (error, "there is no message in it");
  return !g_str_has_prefix (all, "# ")
         || app_conversations_rename (store, talk, lines[0] + strlen ("# "), error);
}

GArray *
app_conversations_import (AppConversations *store, const char *text, gssize length, GError **error)
{
  g_autoptr (GArray) talks = g_array_new (FALSE, FALSE, sizeof (gint64));
  gsize n = length < 0 ? strlen (text) : (gsize) length;
  gsize start = 0;
  gboolean ok;

  if (!app_conversations_begin (store, error))
    return NULL;
  while (start < n && g_ascii_isspace (text[start]))
    start++;
  ok = start < n && text[start] == '{' ? import_json (store, text, (gssize) n, talks, error)
                                       : import_markdown (store, text, (gssize) n, talks, error);
  return app_conversations_end (store, ok, error)
                 && app_conversations_index_all (store, G_MAXINT, error)
             ? g_steal_pointer (&talks)
             : NULL;
}
