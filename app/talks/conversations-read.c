/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Messages as they are read: one, the end of a branch, or all of it. */

#include "app/talks/conversations-private.h"

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

#define MESSAGE_COLUMNS                                                                            \
  "id, talk, parent, role, state, CASE state WHEN 0 THEN text || " APP_PIECES                      \
  " ELSE text END, created, evidence, details"
#define SIBLING_COLUMNS                                                                            \
  ", (SELECT count (*) FROM message AS other WHERE other.talk = message.talk"                      \
  " AND other.parent = message.parent),"                                                           \
  " (SELECT count (*) FROM message AS other WHERE other.talk = message.talk"                       \
  " AND other.parent = message.parent AND other.id < message.id)"

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
      store, error, "SELECT " MESSAGE_COLUMNS " FROM message WHERE talk = ? ORDER BY id", "i",
      talk);
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

static AppRecording *
read_recording (sqlite3_stmt *row)
{
  AppRecording *recording = g_new0 (AppRecording, 1);
  g_autofree char *name = NULL;

  recording->id = sqlite3_column_int64 (row, 0);
  recording->path = app_conversations_column (row, 2);
  name = g_path_get_basename (recording->path);
  recording->title = g_filename_display_name (name);
  recording->sha256 = app_conversations_column (row, 3);
  recording->seconds = sqlite3_column_double (row, 4);
  recording->has_hearing = sqlite3_column_int (row, 5);
  return recording;
}

#define RECORDING_COLUMNS                                                                          \
  "recording.id, recording.message, path, sha256, seconds, hearing IS NOT NULL"

static gboolean
read_recordings (AppConversations *store, gint64 talk, GHashTable *tree, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = app_conversations_prepare (
      store, error,
      "SELECT " RECORDING_COLUMNS " FROM message JOIN recording ON recording.message = message.id"
      " WHERE message.talk = ? ORDER BY recording.id",
      "i", talk);
  GError *problem = NULL;

  if (statement == NULL)
    return FALSE;
  while (app_conversations_step (store, statement, &problem)) {
    gint64 id = sqlite3_column_int64 (statement, 1);
    AppMessage *message = g_hash_table_lookup (tree, &id);

    g_ptr_array_add (message->recordings, read_recording (statement));
  }
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, problem);
  return FALSE;
}

static gboolean
add_recordings (AppConversations *store, AppMessage *message, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = app_conversations_prepare (
      store, error, "SELECT " RECORDING_COLUMNS " FROM recording WHERE message = ? ORDER BY id",
      "i", message->id);
  GError *problem = NULL;

  if (statement == NULL)
    return FALSE;
  while (app_conversations_step (store, statement, &problem))
    g_ptr_array_add (message->recordings, read_recording (statement));
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, problem);
  return FALSE;
}

/* (transfer full): the messages of a statement, which has the columns of siblings too. */
static GPtrArray *
read_messages (AppConversations *store, sqlite3_stmt *statement, GError **error)
{
  g_autoptr (GPtrArray) messages =
      g_ptr_array_new_with_free_func ((GDestroyNotify) app_message_free);
  GError *problem = NULL;

  if (statement == NULL)
    return NULL;
  while (app_conversations_step (store, statement, &problem)) {
    AppMessage *message = read_message (statement);

    message->n_siblings = (guint) sqlite3_column_int64 (statement, 9);
    message->sibling = (guint) sqlite3_column_int64 (statement, 10);
    g_ptr_array_add (messages, message);
    if (!add_recordings (store, message, &problem))
      break;
  }
  if (problem == NULL)
    return g_steal_pointer (&messages);
  g_propagate_error (error, problem);
  return NULL;
}

/* A parent is always older than its children, so whatever a file holds, this ends. */
GPtrArray *
app_conversations_load_end (AppConversations *store, gint64 talk, guint n_last, gint64 through,
                            GError **error)
{
  g_autoptr (sqlite3_stmt) statement = app_conversations_prepare (
      store, error,
      "WITH RECURSIVE way (way_id, way_parent, n) AS ("
      " SELECT message.id, parent, 1 FROM talk JOIN message ON message.id = talk.leaf"
      " WHERE talk.id = ?1 UNION ALL"
      " SELECT message.id, parent, n + 1 FROM way JOIN message ON message.id = way_parent"
      " WHERE message.id < way_id AND (n < ?2 OR (way_id > ?3 AND ?3 > 0)))"
      " SELECT " MESSAGE_COLUMNS SIBLING_COLUMNS
      " FROM way JOIN message ON message.id = way_id ORDER BY message.id",
      "iii", talk, (gint64) n_last, through);

  return read_messages (store, statement, error);
}

AppMessage *
app_conversations_get_message (AppConversations *store, gint64 message, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = app_conversations_prepare (
      store, error, "SELECT " MESSAGE_COLUMNS SIBLING_COLUMNS " FROM message WHERE id = ?", "i",
      message);
  g_autoptr (GPtrArray) found = read_messages (store, statement, error);

  if (found != NULL && found->len > 0)
    return g_ptr_array_steal_index (found, 0);
  if (found != NULL)
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "there is no such message");
  return NULL;
}

GArray *
app_conversations_read_ids (AppConversations *store, sqlite3_stmt *statement, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
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

GArray *
app_conversations_list_recordings (AppConversations *store, gint64 talk, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = app_conversations_prepare (
      store, error,
      "WITH RECURSIVE way (way_id, way_parent) AS ("
      " SELECT message.id, parent FROM talk JOIN message ON message.id = talk.leaf"
      " WHERE talk.id = ? UNION ALL"
      " SELECT message.id, parent FROM way JOIN message ON message.id = way_parent"
      " WHERE message.id < way_id)"
      " SELECT recording.id FROM way JOIN recording ON recording.message = way_id"
      " ORDER BY recording.message, recording.id",
      "i", talk);

  return app_conversations_read_ids (store, statement, error);
}

gint64
app_conversations_find_recording (AppConversations *store, gint64 recording, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = app_conversations_prepare (
      store, error, "SELECT message FROM recording WHERE id = ?", "i", recording);
  g_autoptr (GArray) found = app_conversations_read_ids (store, statement, error);

  if (found != NULL && found->len > 0)
    return g_array_index (found, gint64, 0);
  if (found != NULL)
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "there is no such recording");
  return 0;
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
  g_autoptr (sqlite3_stmt) statement =
      app_conversations_prepare (store, error,
                                 "SELECT other.id FROM message JOIN message AS other"
                                 " ON other.talk = message.talk AND other.parent = message.parent"
                                 " WHERE message.id = ? ORDER BY other.id",
                                 "i", message);

  return app_conversations_read_ids (store, statement, error);
}
