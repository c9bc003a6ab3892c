/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Conversations as wholes, their settings, and presets. */

#include "app/base/json-write.h"
#include "app/talks/conversations-private.h"

#include <stddef.h>

#include "app/base/json-text.h"

#define TALK_COLUMNS                                                                               \
  "id, title, folder, pinned, created, changed, leaf, settings,"                                   \
  " (SELECT count (*) FROM message WHERE talk = talk.id)"

void
app_talk_settings_clear (AppTalkSettings *settings)
{
  g_clear_pointer (&settings->system, g_free);
  g_clear_pointer (&settings->preset, g_free);
  g_clear_pointer (&settings->model, g_free);
  *settings = (AppTalkSettings){ 0 };
}

void
app_talk_free (AppTalk *talk)
{
  if (talk == NULL)
    return;
  g_free (talk->title);
  g_free (talk->folder);
  app_talk_settings_clear (&talk->settings);
  g_free (talk);
}

static const struct {
  const char *name;
  char type; /* s, d, i: int, l: gint64 */
  size_t offset;
} members[] = {
  { "system", 's', offsetof (AppTalkSettings, system) },
  { "preset", 's', offsetof (AppTalkSettings, preset) },
  { "model", 's', offsetof (AppTalkSettings, model) },
  { "temperature", 'd', offsetof (AppTalkSettings, temperature) },
  { "top_p", 'd', offsetof (AppTalkSettings, top_p) },
  { "min_p", 'd', offsetof (AppTalkSettings, min_p) },
  { "repeat_penalty", 'd', offsetof (AppTalkSettings, repeat_penalty) },
  { "top_k", 'i', offsetof (AppTalkSettings, top_k) },
  { "max_tokens", 'i', offsetof (AppTalkSettings, max_tokens) },
  { "thinking", 'i', offsetof (AppTalkSettings, thinking) },
  { "seed", 'l', offsetof (AppTalkSettings, seed) },
};

static void
add_member (JsonBuilder *builder, const AppTalkSettings *settings, gsize m)
{
  const char *place = (const char *) settings + members[m].offset;

  if (members[m].type == 's' && *(char *const *) place != NULL)
    app_json_add_string (builder, members[m].name, *(char *const *) place);
  else if (members[m].type == 'i' && *(const int *) place != 0)
    app_json_add_int (builder, members[m].name, *(const int *) place);
  else if (members[m].type == 'l' && *(const gint64 *) place != 0)
    app_json_add_int (builder, members[m].name, *(const gint64 *) place);
  else if (members[m].type == 'd' && *(const double *) place != 0) {
    json_builder_set_member_name (builder, members[m].name);
    json_builder_add_double_value (builder, *(const double *) place);
  }
}

char *
app_talk_settings_to_json (const AppTalkSettings *settings)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  for (gsize m = 0; settings != NULL && m < G_N_ELEMENTS (members); m++)
    add_member (builder, settings, m);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

void
app_talk_settings_read (AppTalkSettings *settings, JsonObject *object)
{
  for (gsize m = 0; m < G_N_ELEMENTS (members); m++) {
    JsonNode *node = json_object_get_member (object, members[m].name);
    char *place = (char *) settings + members[m].offset;
    GType type = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node)
                                                              : G_TYPE_NONE;

    if (members[m].type == 's' && type == G_TYPE_STRING) {
      g_free (*(char **) place);
      *(char **) place = g_utf8_make_valid (json_node_get_string (node), -1);
    } else if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
      continue;
    else if (members[m].type == 'i')
      *(int *) place = (int) CLAMP (json_node_get_double (node), 0, G_MAXINT);
    else if (members[m].type == 'l' && type == G_TYPE_INT64)
      *(gint64 *) place = MAX (json_node_get_int (node), 0);
    else if (members[m].type == 'd')
      *(double *) place = json_node_get_double (node);
  }
}

gboolean
app_talk_settings_parse (AppTalkSettings *settings, const char *json, GError **error)
{
  g_autoptr (JsonNode) root = app_json_parse (json, -1, error);

  if (root == NULL)
    return FALSE;
  if (JSON_NODE_HOLDS_OBJECT (root))
    app_talk_settings_read (settings, json_node_get_object (root));
  return TRUE;
}

gint64
app_conversations_create (AppConversations *store, const AppTalkSettings *settings, GError **error)
{
  g_autofree char *json = app_talk_settings_to_json (settings);
  gint64 now = app_conversations_now ();

  if (!app_conversations_run (store, error,
                              "INSERT INTO talk (created, changed, settings) VALUES (?, ?, ?)",
                              "iis", now, now, json))
    return 0;
  return app_conversations_get_last_id (store);
}

static AppTalk *
read_talk (sqlite3_stmt *row)
{
  AppTalk *talk = g_new0 (AppTalk, 1);

  talk->id = sqlite3_column_int64 (row, 0);
  talk->title = app_conversations_column (row, 1);
  talk->folder = app_conversations_column (row, 2);
  talk->is_pinned = sqlite3_column_int (row, 3) != 0;
  talk->created_us = sqlite3_column_int64 (row, 4);
  talk->changed_us = sqlite3_column_int64 (row, 5);
  talk->leaf = sqlite3_column_int64 (row, 6);
  /* Settings that cannot be read are the defaults. */
  app_talk_settings_parse (&talk->settings, (const char *) sqlite3_column_text (row, 7), NULL);
  talk->n_messages = (guint) sqlite3_column_int64 (row, 8);
  return talk;
}

GPtrArray *
app_conversations_list (AppConversations *store, GError **error)
{
  g_autoptr (GPtrArray) talks = g_ptr_array_new_with_free_func ((GDestroyNotify) app_talk_free);
  g_autoptr (sqlite3_stmt) statement =
      app_conversations_prepare (store, error,
                                 "SELECT " TALK_COLUMNS " FROM talk WHERE deleted IS NULL"
                                 " ORDER BY pinned DESC, changed DESC, id DESC",
                                 "");
  GError *problem = NULL;

  if (statement == NULL)
    return NULL;
  while (app_conversations_step (store, statement, &problem))
    g_ptr_array_add (talks, read_talk (statement));
  if (problem == NULL)
    return g_steal_pointer (&talks);
  g_propagate_error (error, problem);
  return NULL;
}

AppTalk *
app_conversations_get (AppConversations *store, gint64 talk, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = app_conversations_prepare (
      store, error, "SELECT " TALK_COLUMNS " FROM talk WHERE id = ?", "i", talk);
  GError *problem = NULL;

  if (statement == NULL)
    return NULL;
  if (app_conversations_step (store, statement, &problem))
    return read_talk (statement);
  if (problem == NULL)
    g_set_error (&problem, APP_ERROR, APP_ERROR_ARGUMENT, "there is no such conversation");
  g_propagate_error (error, problem);
  return NULL;
}

/* Whether the statement that has just run met something. */
static gboolean
has_changed (AppConversations *store, const char *what, GError **error)
{
  if (sqlite3_changes (store->db) > 0)
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "there is no such %s", what);
  return FALSE;
}

gboolean
app_conversations_rename (AppConversations *store, gint64 talk, const char *title, GError **error)
{
  return app_conversations_run (store, error, "UPDATE talk SET title = ? WHERE id = ?", "si", title,
                                talk)
         && has_changed (store, "conversation", error);
}

gboolean
app_conversations_pin (AppConversations *store, gint64 talk, gboolean is_pinned, GError **error)
{
  return app_conversations_run (store, error, "UPDATE talk SET pinned = ? WHERE id = ?", "ii",
                                (gint64) (is_pinned != FALSE), talk)
         && has_changed (store, "conversation", error);
}

gboolean
app_conversations_move (AppConversations *store, gint64 talk, const char *folder, GError **error)
{
  return app_conversations_run (store, error, "UPDATE talk SET folder = ? WHERE id = ?", "si",
                                folder != NULL && *folder != '\0' ? folder : NULL, talk)
         && has_changed (store, "conversation", error);
}

gboolean
app_conversations_set_settings (AppConversations *store, gint64 talk,
                                const AppTalkSettings *settings, GError **error)
{
  g_autofree char *json = app_talk_settings_to_json (settings);

  return app_conversations_run (store, error, "UPDATE talk SET settings = ? WHERE id = ?", "si",
                                json, talk)
         && has_changed (store, "conversation", error);
}

/* (transfer full): the first column. */
static GStrv
list_texts (AppConversations *store, GError **error, const char *sql)
{
  g_autoptr (GStrvBuilder) texts = g_strv_builder_new ();
  g_autoptr (sqlite3_stmt) statement = app_conversations_prepare (store, error, sql, "");
  GError *problem = NULL;

  if (statement == NULL)
    return NULL;
  while (app_conversations_step (store, statement, &problem))
    g_strv_builder_add (texts, (const char *) sqlite3_column_text (statement, 0));
  if (problem == NULL)
    return g_strv_builder_end (texts);
  g_propagate_error (error, problem);
  return NULL;
}

GStrv
app_conversations_list_folders (AppConversations *store, GError **error)
{
  return list_texts (store, error,
                     "SELECT DISTINCT folder FROM talk WHERE folder IS NOT NULL AND deleted IS NULL"
                     " ORDER BY folder");
}

gboolean
app_conversations_move_folder (AppConversations *store, const char *from, const char *to,
                               GArray **moved, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = app_conversations_prepare (
      store, error, "UPDATE talk SET folder = ? WHERE folder = ? RETURNING id", "ss",
      to != NULL && *to != '\0' ? to : NULL, from);
  g_autoptr (GArray) ids = app_conversations_read_ids (store, statement, error);

  if (ids != NULL && moved != NULL)
    *moved = g_array_ref (ids);
  return ids != NULL;
}

gboolean
app_conversations_delete (AppConversations *store, gint64 talk, GError **error)
{
  return app_conversations_run (store, error, "UPDATE talk SET deleted = ? WHERE id = ?", "ii",
                                app_conversations_now (), talk)
         && has_changed (store, "conversation", error);
}

gboolean
app_conversations_restore (AppConversations *store, gint64 talk, GError **error)
{
  return app_conversations_run (store, error, "UPDATE talk SET deleted = NULL WHERE id = ?", "i",
                                talk)
         && has_changed (store, "conversation", error);
}

#define OLD "(SELECT id FROM talk WHERE deleted <= ?)"
#define OLD_MESSAGES "(SELECT id FROM message WHERE talk IN " OLD ")"

gboolean
app_conversations_remove_deleted (AppConversations *store, gint64 until_us, GError **error)
{
  static const char *const statements[] = {
    "DELETE FROM words WHERE rowid IN " OLD_MESSAGES,
    "DELETE FROM unindexed WHERE message IN " OLD_MESSAGES,
    "DELETE FROM piece WHERE message IN " OLD_MESSAGES,
    "DELETE FROM recording WHERE message IN " OLD_MESSAGES,
    "DELETE FROM message WHERE talk IN " OLD,
    "DELETE FROM talk WHERE deleted <= ?",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (statements); i++)
    if (!app_conversations_run (store, error, statements[i], "i", until_us))
      return FALSE;
  return TRUE;
}

/* Of the recordings of what goes, those that nothing else has. */
static gboolean
find_orphans (AppConversations *store, gint64 before, GStrv *orphans, GError **error)
{
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();
  g_autoptr (sqlite3_stmt) statement = app_conversations_prepare (
      store, error,
      "SELECT DISTINCT path FROM recording WHERE message IN " OLD_MESSAGES
      " AND path NOT IN (SELECT path FROM recording WHERE message NOT IN " OLD_MESSAGES ")",
      "ii", before, before);
  GError *problem = NULL;

  if (statement == NULL)
    return FALSE;
  while (app_conversations_step (store, statement, &problem))
    g_strv_builder_add (paths, (const char *) sqlite3_column_text (statement, 0));
  if (problem != NULL) {
    g_propagate_error (error, problem);
    return FALSE;
  }
  *orphans = g_strv_builder_end (paths);
  return TRUE;
}

gboolean
app_conversations_purge (AppConversations *store, double seconds, GStrv *orphans, GError **error)
{
  gint64 before = app_conversations_now () - (gint64) (seconds * G_USEC_PER_SEC);
  g_auto (GStrv) found = NULL;
  gboolean ok;

  if (!app_conversations_begin (store, error))
    return FALSE;
  ok = find_orphans (store, before, &found, error)
       && app_conversations_remove_deleted (store, before, error);
  if (!app_conversations_end (store, ok, error))
    return FALSE;
  if (orphans != NULL)
    *orphans = g_steal_pointer (&found);
  return TRUE;
}

gboolean
app_conversations_set_preset (AppConversations *store, const char *name,
                              const AppTalkSettings *settings, GError **error)
{
  g_autofree char *json = app_talk_settings_to_json (settings);

  return app_conversations_run (store, error,
                                "INSERT INTO preset (name, settings) VALUES (?, ?)"
                                " ON CONFLICT (name) DO UPDATE SET settings = excluded.settings",
                                "ss", name, json);
}

gboolean
app_conversations_remove_preset (AppConversations *store, const char *name, GError **error)
{
  return app_conversations_run (store, error, "DELETE FROM preset WHERE name = ?", "s", name)
         && has_changed (store, "preset", error);
}

GStrv
app_conversations_list_presets (AppConversations *store, GError **error)
{
  return list_texts (store, error, "SELECT name FROM preset ORDER BY name");
}

gboolean
app_conversations_get_preset (AppConversations *store, const char *name, AppTalkSettings *settings,
                              GError **error)
{
  g_autoptr (sqlite3_stmt) statement = app_conversations_prepare (
      store, error, "SELECT settings FROM preset WHERE name = ?", "s", name);
  GError *problem = NULL;

  *settings = (AppTalkSettings){ 0 };
  if (statement == NULL)
    return FALSE;
  if (app_conversations_step (store, statement, &problem)) {
    app_talk_settings_parse (settings, (const char *) sqlite3_column_text (statement, 0), NULL);
    g_free (settings->preset);
    settings->preset = g_strdup (name);
    return TRUE;
  }
  if (problem == NULL)
    g_set_error (&problem, APP_ERROR, APP_ERROR_ARGUMENT, "there is no preset “%s”", name);
  g_propagate_error (error, problem);
  return FALSE;
}
