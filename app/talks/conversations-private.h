/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Between the files of the store of conversations. */

#pragma once

#include "app/base/database.h"
#include "app/talks/conversations.h"

G_BEGIN_DECLS

struct _AppConversations {
  sqlite3 *db;
  char *path;   /* NULL: in memory */
  char *notice; /* or NULL */
  int lock;     /* a file that is held as long as the store is open; -1: none */
  GThreadPool *checkpointer;
  gint is_checkpointing;
};

/* In SQL: what an answer has grown by. */
#define APP_PIECES                                                                                 \
  "coalesce ((SELECT group_concat (text, '') FROM"                                                 \
  " (SELECT text FROM piece WHERE message = message.id ORDER BY id)), '')"

/* The statement with parameters by letters: i a gint64, s a text (may be NULL), d a double.
 * (transfer full) */
sqlite3_stmt *app_conversations_prepare (AppConversations *store, GError **error, const char *sql,
                                         const char *format, ...);
/* The same, run to its end. */
gboolean app_conversations_run (AppConversations *store, GError **error, const char *sql,
                                const char *format, ...);
/* TRUE: there is a row. At the end FALSE without an error, else with one. */
gboolean app_conversations_step (AppConversations *store, sqlite3_stmt *statement, GError **error);
gint64 app_conversations_get_last_id (AppConversations *store);
gboolean app_conversations_begin (AppConversations *store, GError **error);
/* Commits if `ok`, else takes all back; returns whether it is all there. */
gboolean app_conversations_end (AppConversations *store, gboolean ok, GError **error);
/* (transfer full) (nullable) */
char *app_conversations_column (sqlite3_stmt *statement, int column);
/* (transfer full): the first column of all rows, of gint64; statement: NULL with an error already.
 */
GArray *app_conversations_read_ids (AppConversations *store, sqlite3_stmt *statement,
                                    GError **error);
gint64 app_conversations_now (void);

/* Exports: what begins their JSON, and in Markdown each of a message's comments. */
#define APP_EXPORT_FORMAT "hearsay-conversations"
#define APP_EXPORT_VERSION 1
#define APP_EXPORT_MARK "<!-- hearsay:"
/* Of AppRole and AppMessageState. */
extern const char *const app_conversations_role_names[2];
extern const char *const app_conversations_state_names[3];
/* Members and elements; NULL: there is none, or it is of another type. */
JsonArray *app_conversations_json_array (JsonObject *object, const char *name);
JsonObject *app_conversations_json_element (JsonArray *array, guint i);

/* (transfer full) */
char *app_talk_settings_to_json (const AppTalkSettings *settings);
/* What the text does not say stays as it is. */
void app_talk_settings_read (AppTalkSettings *settings, JsonObject *object);
gboolean app_talk_settings_parse (AppTalkSettings *settings, const char *json, GError **error);

/* Of a message; 0 with an error. */
gint64 app_conversations_find_talk (AppConversations *store, gint64 message, GError **error);
/* (transfer full): AppMessage, from the beginning to `leaf`. */
GPtrArray *app_conversations_load_branch (AppConversations *store, gint64 talk, gint64 leaf,
                                          GError **error);
/* app_conversations_add() within a transaction. */
gint64 app_conversations_add_within (AppConversations *store, gint64 talk, gint64 parent,
                                     AppRole role, const char *text, GError **error);
/* For good, what was deleted until then. */
gboolean app_conversations_remove_deleted (AppConversations *store, gint64 until_us,
                                           GError **error);
/* What the statements of the search call. */
void app_conversations_add_functions (AppConversations *store);
/* What search finds of a message is to be brought up to date. */
gboolean app_conversations_index (AppConversations *store, gint64 message, GError **error);
/* That is done now, for the latest `max` messages. */
gboolean app_conversations_index_all (AppConversations *store, guint max, GError **error);
/* Answers that were being written when the program ended are marked so. */
gboolean app_conversations_recover (AppConversations *store, GError **error);

G_END_DECLS
