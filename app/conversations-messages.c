/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Messages: how they come, grow and are finished, and the branch that is shown. */

#include "app/conversations-private.h"

#include <string.h>

#include "app/json-text.h"

#define MAX_TITLE_CHARS 60

static void
recording_free (gpointer data)
{
  AppRecording *recording = data;

  g_free (recording->path);
  g_free (recording->title);
  g_free (recording->sha256);
  g_free (recording);
}

void
app_message_free (AppMessage *message)
{
  if (message == NULL)
    return;
  g_free (message->text);
  g_free (message->evidence);
  g_free (message->details);
  g_ptr_array_unref (message->recordings);
  g_free (message);
}

/* (transfer full) (nullable) */
static char *
to_text (JsonNode *node)
{
  return node != NULL ? json_to_string (node, FALSE) : NULL;
}

gint64
app_conversations_find_talk (AppConversations *store, gint64 message, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = app_conversations_prepare (
      store, error, "SELECT talk FROM message WHERE id = ?", "i", message);
  GError *problem = NULL;

  if (statement == NULL)
    return 0;
  if (app_conversations_step (store, statement, &problem))
    return sqlite3_column_int64 (statement, 0);
  if (problem == NULL)
    g_set_error (&problem, APP_ERROR, APP_ERROR_ARGUMENT, "there is no such message");
  g_propagate_error (error, problem);
  return 0;
}

/* Whether there is the conversation, and the message before is one of its own. */
static gboolean
check_place (AppConversations *store, gint64 talk, gint64 parent, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = app_conversations_prepare (
      store, error,
      "SELECT ?2 = 0 OR EXISTS (SELECT 1 FROM message WHERE id = ?2 AND talk = ?1)"
      " FROM talk WHERE id = ?1",
      "ii", talk, parent);
  GError *problem = NULL;

  if (statement == NULL)
    return FALSE;
  if (app_conversations_step (store, statement, &problem)) {
    if (sqlite3_column_int (statement, 0))
      return TRUE;
    g_set_error (&problem, APP_ERROR, APP_ERROR_ARGUMENT,
                 "the message before it is not of this conversation");
  } else if (problem == NULL)
    g_set_error (&problem, APP_ERROR, APP_ERROR_ARGUMENT, "there is no such conversation");
  g_propagate_error (error, problem);
  return FALSE;
}

/* A conversation is called like its first question, as long as nobody calls it anything else. */
static gboolean
give_title (AppConversations *store, gint64 talk, const char *text, GError **error)
{
  g_autofree char *line = g_strstrip (g_strdup (text));
  g_autofree char *title = NULL;

  g_strdelimit (line, "\n\r\t", ' ');
  title = g_utf8_substring (line, 0, MIN (MAX_TITLE_CHARS, g_utf8_strlen (line, -1)));
  return app_conversations_run (
      store, error, "UPDATE talk SET title = ? WHERE id = ? AND title = ''", "si", title, talk);
}

static gint64
add_message (AppConversations *store, gint64 talk, gint64 parent, AppRole role,
             AppMessageState state, const char *text, GError **error)
{
  gint64 now = app_conversations_now ();
  gint64 id;

  if (!check_place (store, talk, parent, error)
      || !app_conversations_run (store, error,
                                 "INSERT INTO message (talk, parent, role, state, text, created)"
                                 " VALUES (?, ?, ?, ?, ?, ?)",
                                 "iiiisi", talk, parent, (gint64) role, (gint64) state, text, now))
    return 0;
  id = app_conversations_get_last_id (store);
  if (!app_conversations_run (store, error, "UPDATE talk SET changed = ?, leaf = ? WHERE id = ?",
                              "iii", now, id, talk)
      || (role == APP_ROLE_USER && !give_title (store, talk, text, error))
      || (state != APP_MESSAGE_STREAMING && !app_conversations_index (store, id, error)))
    return 0;
  return id;
}

gint64
app_conversations_add_within (AppConversations *store, gint64 talk, gint64 parent, AppRole role,
                              const char *text, GError **error)
{
  return add_message (store, talk, parent, role, APP_MESSAGE_COMPLETE, text, error);
}

/* As one transaction. */
static gint64
add (AppConversations *store, gint64 talk, gint64 parent, AppRole role, AppMessageState state,
     const char *text, GError **error)
{
  gint64 id;

  if (!app_conversations_begin (store, error))
    return 0;
  id = add_message (store, talk, parent, role, state, text, error);
  return app_conversations_end (store, id != 0, error) ? id : 0;
}

gint64
app_conversations_add (AppConversations *store, gint64 talk, gint64 parent, AppRole role,
                       const char *text, GError **error)
{
  return add (store, talk, parent, role, APP_MESSAGE_COMPLETE, text, error);
}

gint64
app_conversations_begin_answer (AppConversations *store, gint64 talk, gint64 parent, GError **error)
{
  return add (store, talk, parent, APP_ROLE_ASSISTANT, APP_MESSAGE_STREAMING, "", error);
}

gint64
app_conversations_add_recording (AppConversations *store, gint64 message, const char *path,
                                 const char *sha256, double seconds, JsonNode *hearing,
                                 GError **error)
{
  g_autofree char *text = to_text (hearing);
  gint64 id = 0;
  gboolean ok;

  if (!app_conversations_begin (store, error))
    return 0;
  ok = app_conversations_find_talk (store, message, error) != 0
       && app_conversations_run (store, error,
                                 "INSERT INTO recording (message, path, sha256, seconds, hearing)"
                                 " VALUES (?, ?, ?, ?, ?)",
                                 "issds", message, path, sha256, seconds, text);
  if (ok) {
    id = app_conversations_get_last_id (store);
    ok = app_conversations_index (store, message, error);
  }
  return app_conversations_end (store, ok, error) ? id : 0;
}

gboolean
app_conversations_set_hearing (AppConversations *store, gint64 recording, const char *sha256,
                               double seconds, JsonNode *hearing, GError **error)
{
  g_autofree char *text = to_text (hearing);
  g_autoptr (sqlite3_stmt) statement = NULL;
  GError *problem = NULL;
  gint64 message = 0;
  gboolean ok;

  if (!app_conversations_begin (store, error))
    return FALSE;
  statement = app_conversations_prepare (
      store, &problem, "SELECT message FROM recording WHERE id = ?", "i", recording);
  if (statement != NULL && app_conversations_step (store, statement, &problem))
    message = sqlite3_column_int64 (statement, 0);
  else if (problem == NULL)
    g_set_error (&problem, APP_ERROR, APP_ERROR_ARGUMENT, "there is no such recording");
  g_clear_pointer (&statement, sqlite3_finalize);
  ok =
      problem == NULL
      && app_conversations_run (
          store, &problem, "UPDATE recording SET sha256 = ?, seconds = ?, hearing = ? WHERE id = ?",
          "sdsi", sha256, seconds, text, recording)
      && app_conversations_index (store, message, &problem);
  if (problem != NULL)
    g_propagate_error (error, problem);
  return app_conversations_end (store, ok, error);
}

char *
app_conversations_get_hearing_text (AppConversations *store, gint64 recording, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = app_conversations_prepare (
      store, error, "SELECT hearing FROM recording WHERE id = ?", "i", recording);

  return statement != NULL && app_conversations_step (store, statement, error)
             ? app_conversations_column (statement, 0)
             : NULL;
}

JsonNode *
app_conversations_get_hearing (AppConversations *store, gint64 recording, GError **error)
{
  g_autofree char *text = app_conversations_get_hearing_text (store, recording, error);

  return text != NULL ? app_json_parse (text, -1, error) : NULL;
}

gboolean
app_conversations_append (AppConversations *store, gint64 message, const char *text, GError **error)
{
  return app_conversations_run (store, error, "INSERT INTO piece (message, text) VALUES (?, ?)",
                                "is", message, text);
}

gboolean
app_conversations_begin_anew (AppConversations *store, gint64 message, GError **error)
{
  return app_conversations_run (store, error, "DELETE FROM piece WHERE message = ?", "i", message);
}

#define PIECES                                                                                     \
  "coalesce ((SELECT group_concat (text, '') FROM"                                                 \
  " (SELECT text FROM piece WHERE message = message.id ORDER BY id)), '')"

static gboolean
finish (AppConversations *store, gint64 message, const AppAnswerParts *parts, GError **error)
{
  g_autofree char *evidence = to_text (parts->evidence);
  g_autofree char *details = to_text (parts->details);
  gint64 state = parts->was_interrupted ? APP_MESSAGE_INTERRUPTED : APP_MESSAGE_COMPLETE;

  return app_conversations_find_talk (store, message, error) != 0
         && app_conversations_run (store, error,
                                   "UPDATE message SET state = ?, text = coalesce (?, text || "
                                   "(SELECT coalesce (group_concat (text, ''), '') FROM (SELECT "
                                   "text FROM piece WHERE message = ? ORDER BY id))), evidence = "
                                   "?, details = ? WHERE id = ?",
                                   "isissi", state, parts->text, message, evidence, details,
                                   message)
         && app_conversations_run (store, error, "DELETE FROM piece WHERE message = ?", "i",
                                   message)
         && app_conversations_index (store, message, error);
}

gboolean
app_conversations_finish (AppConversations *store, gint64 message, const AppAnswerParts *parts,
                          GError **error)
{
  return app_conversations_begin (store, error)
         && app_conversations_end (store, finish (store, message, parts, error), error);
}

gboolean
app_conversations_recover (AppConversations *store, GError **error)
{
  const AppAnswerParts parts = { .was_interrupted = TRUE };
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  GError *problem = NULL;

  {
    g_autoptr (sqlite3_stmt) statement =
        app_conversations_prepare (store, error, "SELECT id FROM message WHERE state = 0", "");

    if (statement == NULL)
      return FALSE;
    while (app_conversations_step (store, statement, &problem)) {
      gint64 id = sqlite3_column_int64 (statement, 0);

      g_array_append_val (ids, id);
    }
  }
  for (guint i = 0; i < ids->len && problem == NULL; i++)
    app_conversations_finish (store, g_array_index (ids, gint64, i), &parts, &problem);
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, problem);
  return FALSE;
}

static AppMessage *
read_message (sqlite3_stmt *row)
{
  AppMessage *message = g_new0 (AppMessage, 1);

  message->id = sqlite3_column_int64 (row, 0);
  message->talk = sqlite3_column_int64 (row, 1);
  message->parent = sqlite3_column_int64 (row, 2);
  message->role = sqlite3_column_int (row, 3) == APP_ROLE_USER ? APP_ROLE_USER : APP_ROLE_ASSISTANT;
  message->state =
      (AppMessageState) CLAMP (sqlite3_column_int (row, 4), 0, APP_MESSAGE_INTERRUPTED);
  message->text = app_conversations_column (row, 5);
  message->created_us = sqlite3_column_int64 (row, 6);
  message->evidence = app_conversations_column (row, 7);
  message->details = app_conversations_column (row, 8);
  message->recordings = g_ptr_array_new_with_free_func (recording_free);
  return message;
}

/* (transfer full): id -> AppMessage, all of a conversation, each knowing its place among its
 * siblings. */
static GHashTable *
read_tree (AppConversations *store, gint64 talk, GError **error)
{
  g_autoptr (GHashTable) tree =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, (GDestroyNotify) app_message_free);
  g_autoptr (GHashTable) counts = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  g_autoptr (sqlite3_stmt) statement = app_conversations_prepare (
      store, error,
      "SELECT id, talk, parent, role, state,"
      " CASE state WHEN 0 THEN text || " PIECES " ELSE text END, created, evidence, details"
      " FROM message WHERE talk = ? ORDER BY id",
      "i", talk);
  GHashTableIter iter;
  gpointer value;
  GError *problem = NULL;

  if (statement == NULL)
    return NULL;
  while (app_conversations_step (store, statement, &problem)) {
    AppMessage *message = read_message (statement);
    guint *count = g_hash_table_lookup (counts, &message->parent);

    g_hash_table_insert (tree, &message->id, message);
    if (count == NULL) {
      count = g_new0 (guint, 1);
      g_hash_table_insert (counts, &message->parent, count);
    }
    message->sibling = (*count)++;
  }
  if (problem != NULL) {
    g_propagate_error (error, problem);
    return NULL;
  }
  g_hash_table_iter_init (&iter, tree);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    AppMessage *message = value;

    message->n_siblings = *(guint *) g_hash_table_lookup (counts, &message->parent);
  }
  return g_steal_pointer (&tree);
}

static gboolean
read_recordings (AppConversations *store, gint64 talk, GHashTable *tree, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = app_conversations_prepare (
      store, error,
      "SELECT recording.id, recording.message, path, sha256, seconds, hearing IS NOT NULL"
      " FROM message JOIN recording ON recording.message = message.id WHERE message.talk = ?"
      " ORDER BY recording.id",
      "i", talk);
  GError *problem = NULL;

  if (statement == NULL)
    return FALSE;
  while (app_conversations_step (store, statement, &problem)) {
    gint64 id = sqlite3_column_int64 (statement, 1);
    AppMessage *message = g_hash_table_lookup (tree, &id);
    AppRecording *recording = g_new0 (AppRecording, 1);
    g_autofree char *name = NULL;

    recording->id = sqlite3_column_int64 (statement, 0);
    recording->path = app_conversations_column (statement, 2);
    name = g_path_get_basename (recording->path);
    recording->title = g_filename_display_name (name);
    recording->sha256 = app_conversations_column (statement, 3);
    recording->seconds = sqlite3_column_double (statement, 4);
    recording->has_hearing = sqlite3_column_int (statement, 5);
    g_ptr_array_add (message->recordings, recording);
  }
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, problem);
  return FALSE;
}

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  const AppMessage *const *x = a;
  const AppMessage *const *y = b;

  return (*x)->id < (*y)->id ? -1 : (*x)->id > (*y)->id;
}

/* (transfer full): from the beginning to `leaf`. A parent is always older than its children, so
 * whatever a file holds, this ends. */
static GPtrArray *
take_branch (GHashTable *tree, gint64 leaf)
{
  GPtrArray *branch = g_ptr_array_new_with_free_func ((GDestroyNotify) app_message_free);
  gint64 id = leaf;
  AppMessage *message;

  while ((message = g_hash_table_lookup (tree, &id)) != NULL) {
    gint64 parent = message->parent;

    g_hash_table_steal (tree, &id);
    g_ptr_array_add (branch, message);
    if (parent >= message->id)
      break;
    id = parent;
  }
  g_ptr_array_sort (branch, compare_ids);
  return branch;
}

GPtrArray *
app_conversations_load_branch (AppConversations *store, gint64 talk, gint64 leaf, GError **error)
{
  g_autoptr (GHashTable) tree = read_tree (store, talk, error);

  if (tree == NULL || !read_recordings (store, talk, tree, error))
    return NULL;
  return take_branch (tree, leaf);
}

GPtrArray *
app_conversations_load (AppConversations *store, gint64 talk, GError **error)
{
  g_autoptr (AppTalk) found = app_conversations_get (store, talk, error);

  return found != NULL ? app_conversations_load_branch (store, talk, found->leaf, error) : NULL;
}

gboolean
app_conversations_choose (AppConversations *store, gint64 message, GError **error)
{
  gint64 talk = app_conversations_find_talk (store, message, error);

  /* Each step goes to the latest child; a child is younger, so it ends. */
  return talk != 0
         && app_conversations_run (
             store, error,
             "UPDATE talk SET leaf = (WITH RECURSIVE way (id) AS (SELECT ?1 UNION ALL"
             " SELECT (SELECT max (id) FROM message WHERE talk = ?2 AND parent = way.id"
             " AND message.id > way.id) FROM way WHERE way.id IS NOT NULL)"
             " SELECT max (id) FROM way) WHERE id = ?2",
             "ii", message, talk);
}

GArray *
app_conversations_list_siblings (AppConversations *store, gint64 message, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (sqlite3_stmt) statement =
      app_conversations_prepare (store, error,
                                 "SELECT other.id FROM message JOIN message AS other"
                                 " ON other.talk = message.talk AND other.parent = message.parent"
                                 " WHERE message.id = ? ORDER BY other.id",
                                 "i", message);
  GError *problem = NULL;

  if (statement == NULL)
    return NULL;
  while (app_conversations_step (store, statement, &problem)) {
    gint64 id = sqlite3_column_int64 (statement, 0);

    g_array_append_val (ids, id);
  }
  if (problem == NULL)
    return g_steal_pointer (&ids);
  g_propagate_error (error, problem);
  return NULL;
}
