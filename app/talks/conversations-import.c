/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Conversations from text, as conversations-export.c writes it. */

#include "app/talks/conversations-private.h"

#include <string.h>

#include "app/base/json-text.h"

/* Of an import: how long others that write wait for it, and how long it waits for them. */
#define TURN_US 4000
#define PAUSE_US 2000
/* When what is being imported counts as deleted: long before anything was. */
#define BEING_MADE_US ((gint64) 1)

/* --- JSON in --- */

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error (error, APP_ERROR, APP_ERROR_FORMAT, "not an export of conversations: %s", what);
  return FALSE;
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
    JsonObject *recording = app_conversations_json_element (recordings, i);
    const char *path = recording != NULL ? app_json_get_text (recording, "path") : NULL;
    g_autofree char *hearing = recording != NULL ? get_json (recording, "hearing") : NULL;

    if (path == NULL)
      return refuse (error, "a recording without a “path”");
    if (!app_conversations_run (store, error,
                                "INSERT INTO recording (message, path, sha256, seconds, hearing)"
                                " VALUES (?, ?, ?, ?, ?)",
                                "issds", message, path, app_json_get_text (recording, "sha256"),
                                app_json_get_number (recording, "seconds", 0), hearing))
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
  int role = find_name (app_conversations_role_names, 2, app_json_get_text (message, "role"));
  int state = find_name (app_conversations_state_names, 3, app_json_get_text (message, "state"));
  g_autofree char *evidence = get_json (message, "evidence");
  g_autofree char *details = get_json (message, "details");
  gint64 id;

  if (app_json_get_text (message, "text") == NULL)
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
          app_json_get_text (message, "text"),
          get_int (message, "created_us", app_conversations_now ()), evidence, details))
    return FALSE;
  id = app_conversations_get_last_id (store);
  g_array_append_val (ids, id);
  return import_recordings (store, app_conversations_json_array (message, "recordings"), id, error)
         && app_conversations_index (store, id, error);
}

typedef struct {
  AppConversations *store;
  GArray *talks;  /* ids of what was begun */
  gint64 turn_us; /* when the present transaction began */
} Import;

/* Others that write must not wait for the whole: it takes many transactions, and until the last one
 * what came is out of sight. */
static gboolean
give_way (Import *import, GError **error)
{
  if (g_get_monotonic_time () - import->turn_us < TURN_US)
    return TRUE;
  if (!app_conversations_end (import->store, TRUE, error))
    return FALSE;
  g_usleep (PAUSE_US);
  import->turn_us = g_get_monotonic_time ();
  return app_conversations_begin (import->store, error);
}

static gint64
begin_talk (Import *import, const AppTalkSettings *settings, GError **error)
{
  gint64 talk = app_conversations_create (import->store, settings, error);

  if (talk == 0
      || !app_conversations_run (import->store, error, "UPDATE talk SET deleted = ? WHERE id = ?",
                                 "ii", BEING_MADE_US, talk))
    return 0;
  g_array_append_val (import->talks, talk);
  return talk;
}

static gboolean
import_talk (Import *import, JsonObject *object, GError **error)
{
  AppConversations *store = import->store;
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_auto (AppTalkSettings) settings = { 0 };
  JsonArray *messages = app_conversations_json_array (object, "messages");
  JsonNode *given = json_object_get_member (object, "settings");
  gint64 now = app_conversations_now ();
  gint64 talk, leaf;

  if (messages == NULL)
    return refuse (error, "a conversation without “messages”");
  if (given != NULL && JSON_NODE_HOLDS_OBJECT (given))
    app_talk_settings_read (&settings, json_node_get_object (given));
  talk = begin_talk (import, &settings, error);
  if (talk == 0)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (messages); i++) {
    JsonObject *message = app_conversations_json_element (messages, i);

    if (message == NULL)
      return refuse (error, "a message that is no object");
    if (!import_message (store, message, talk, ids, error) || !give_way (import, error))
      return FALSE;
  }
  leaf = get_int (object, "leaf", ids->len);
  leaf = leaf >= 1 && leaf <= ids->len ? g_array_index (ids, gint64, leaf - 1) : 0;
  return app_conversations_run (
      store, error,
      "UPDATE talk SET title = ?, folder = ?, pinned = ?, created = ?, changed = ?, leaf = ?"
      " WHERE id = ?",
      "ssiiiii",
      app_json_get_text (object, "title") != NULL ? app_json_get_text (object, "title") : "",
      app_json_get_text (object, "folder"), (gint64) app_json_get_flag (object, "pinned"),
      get_int (object, "created_us", now), get_int (object, "changed_us", now), leaf, talk);
}

static gboolean
import_json (Import *import, JsonNode *root, GError **error)
{
  JsonObject *object;
  JsonArray *conversations;

  object = JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  if (object == NULL || g_strcmp0 (app_json_get_text (object, "format"), APP_EXPORT_FORMAT) != 0)
    return refuse (error, "its “format” is not “" APP_EXPORT_FORMAT "”");
  if (get_int (object, "version", 0) != APP_EXPORT_VERSION)
    return refuse (error, "it is of another version");
  conversations = app_conversations_json_array (object, "conversations");
  if (conversations == NULL)
    return refuse (error, "“conversations” is missing");
  for (guint i = 0; i < json_array_get_length (conversations); i++) {
    JsonObject *talk = app_conversations_json_element (conversations, i);

    if (talk == NULL)
      return refuse (error, "a conversation that is no object");
    if (!import_talk (import, talk, error))
      return FALSE;
  }
  return TRUE;
}

/* (transfer full): the message that begins behind line `*i`, which is moved to its end. */
static char *
read_escaped (char *const *lines, int *i)
{
  g_autoptr (GString) text = g_string_new (NULL);
  int first = *i + 1;

  for (*i = first; lines[*i] != NULL && !g_str_has_prefix (lines[*i], APP_EXPORT_MARK); (*i)++) {
    const char *line = lines[*i];

    if (*line == '\\' && g_str_has_prefix (line + strspn (line, "\\"), APP_EXPORT_MARK))
      line++;
    g_string_append_printf (text, "%s%s", *i > first ? "\n" : "", line);
  }
  if (lines[*i] == NULL)
    (*i)--;
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
import_markdown (Import *import, char *const *lines, GError **error)
{
  gint64 talk = 0, parent = 0;

  for (int i = 0; lines[i] != NULL; i++) {
    int role = g_str_has_prefix (lines[i], APP_EXPORT_MARK "user ")        ? APP_ROLE_USER
               : g_str_has_prefix (lines[i], APP_EXPORT_MARK "assistant ") ? APP_ROLE_ASSISTANT
                                                                           : -1;
    g_autofree char *message = role >= 0 ? read_escaped (lines, &i) : NULL;

    if (message == NULL)
      continue;
    if (talk == 0)
      talk = begin_talk (import, NULL, error);
    if (talk == 0)
      return FALSE;
    parent =
        app_conversations_add_within (import->store, talk, parent, (AppRole) role, message, error);
    if (parent == 0 || !give_way (import, error))
      return FALSE;
  }
  if (talk == 0)
    return refuse (error, "there is no message in it");
  return !g_str_has_prefix (lines[0], "# ")
         || app_conversations_rename (import->store, talk, lines[0] + strlen ("# "), error);
}

static gboolean
show_all (Import *import, GError **error)
{
  gboolean ok = TRUE;

  for (guint i = 0; i < import->talks->len && ok; i++)
    ok = app_conversations_restore (import->store, g_array_index (import->talks, gint64, i), error);
  return ok;
}

/* Of what is read already: either JSON or lines. */
static gboolean
import_read (Import *import, JsonNode *root, char *const *lines, GError **error)
{
  gboolean ok;

  if (!app_conversations_begin (import->store, error))
    return FALSE;
  import->turn_us = g_get_monotonic_time ();
  ok = (root != NULL ? import_json (import, root, error) : import_markdown (import, lines, error))
       && show_all (import, error);
  if (app_conversations_end (import->store, ok, error)) {
    /* It is all there: were this an error, it would be imported once more. What is not indexed now
     * is so before the next search. */
    app_conversations_index_all (import->store, G_MAXINT, NULL);
    return TRUE;
  }
  app_conversations_remove_deleted (import->store, BEING_MADE_US, NULL);
  return FALSE;
}

GArray *
app_conversations_import (AppConversations *store, const char *text, gssize length, GError **error)
{
  g_autoptr (GArray) talks = g_array_new (FALSE, FALSE, sizeof (gint64));
  Import import = { .store = store, .talks = talks };
  gsize n = length < 0 ? strlen (text) : (gsize) length;
  g_autoptr (JsonNode) root = NULL;
  g_auto (GStrv) lines = NULL;
  gsize start = 0;

  while (start < n && g_ascii_isspace (text[start]))
    start++;
  if (start < n && text[start] == '{') {
    root = app_json_parse (text, (gssize) n, error);
    if (root == NULL)
      return NULL;
  } else {
    g_autofree char *all = g_strndup (text, n);
    if (!g_utf8_validate (all, -1, NULL)) {
      refuse (error, "it is not valid UTF-8");
      return NULL;
    }
    lines = g_strsplit (all, "\n", -1);
  }
  return import_read (&import, root, lines, error) ? g_steal_pointer (&talks) : NULL;
}
