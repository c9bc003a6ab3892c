/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Messages: how they come, grow and are finished. */

#include "app/talks/conversations-private.h"

#include <string.h>

#include "app/base/json-text.h"

#define MAX_TITLE_CHARS 60

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
app_conversations_set_hearing_text (AppConversations *store, gint64 recording, const char *sha256,
                                    double seconds, const char *hearing, GError **error)
{
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
          "sdsi", sha256, seconds, hearing, recording)
      && app_conversations_index (store, message, &problem);
  if (problem != NULL)
    g_propagate_error (error, problem);
  return app_conversations_end (store, ok, error);
}

gboolean
app_conversations_copy_recordings (AppConversations *store, gint64 from, gint64 to, GError **error)
{
  gboolean ok;

  if (!app_conversations_begin (store, error))
    return FALSE;
  ok = app_conversations_run (store, error,
                              "INSERT INTO recording (message, path, sha256, seconds, hearing)"
                              " SELECT ?2, path, sha256, seconds, hearing FROM recording"
                              " WHERE message = ?1 ORDER BY id",
                              "ii", from, to)
       && app_conversations_index (store, to, error);
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

/* The ids of messages that were being written. */
static GArray *
list_streaming (AppConversations *store, GError **error)
{
  g_autoptr (sqlite3_stmt) statement =
      app_conversations_prepare (store, error, "SELECT id FROM message WHERE state = 0", "");

  return app_conversations_read_ids (store, statement, error);
}

gboolean
app_conversations_recover (AppConversations *store, GError **error)
{
  const AppAnswerParts parts = { .was_interrupted = TRUE };
  g_autoptr (GArray) ids = list_streaming (store, error);
  gboolean ok = ids != NULL;

  for (guint i = 0; ok && i < ids->len; i++)
    ok = app_conversations_finish (store, g_array_index (ids, gint64, i), &parts, error);
  return ok;
}
