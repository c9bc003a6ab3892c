/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/talks/conversations-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define VERSION 1
/* Pages ahead of the file before they are brought into it, by another thread. */
#define MAX_WAL_PAGES 500
/* A few tenths of a second. */
#define MAX_INDEXED_AT_START 200
/* Where the file is held by another program, the next of these names is tried. */
#define MAX_FILES 9
/* A search that indexes waits for the other connection, which writes. */
#define BUSY_MS 5000

static const char schema[] =
    "CREATE TABLE talk (id INTEGER PRIMARY KEY, title TEXT NOT NULL DEFAULT '', folder TEXT,"
    " pinned INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL, changed INTEGER NOT NULL,"
    " deleted INTEGER, leaf INTEGER NOT NULL DEFAULT 0, settings TEXT NOT NULL DEFAULT '{}');"
    "CREATE TABLE message (id INTEGER PRIMARY KEY, talk INTEGER NOT NULL, parent INTEGER NOT NULL,"
    " role INTEGER NOT NULL, state INTEGER NOT NULL, text TEXT NOT NULL, created INTEGER NOT NULL,"
    " evidence TEXT, details TEXT);"
    "CREATE INDEX message_place ON message (talk, parent);"
    "CREATE INDEX message_streaming ON message (state) WHERE state = 0;"
    /* What an answer has grown by, until it is finished. */
    "CREATE TABLE piece (id INTEGER PRIMARY KEY, message INTEGER NOT NULL, text TEXT NOT NULL);"
    "CREATE INDEX piece_message ON piece (message);"
    "CREATE TABLE recording (id INTEGER PRIMARY KEY, message INTEGER NOT NULL, path TEXT NOT NULL,"
    " sha256 TEXT, seconds REAL NOT NULL, hearing TEXT);"
    "CREATE INDEX recording_message ON recording (message);"
    "CREATE INDEX recording_path ON recording (path);"
    "CREATE TABLE preset (name TEXT PRIMARY KEY, settings TEXT NOT NULL);"
    "CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = 'trigram');"
    "CREATE TABLE unindexed (message INTEGER PRIMARY KEY);";

/* --- opening --- */

/* FALSE: another program has it. */
static gboolean
take_lock (AppConversations *store, const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *file = g_strconcat (path, ".lock", NULL);

  if (g_mkdir_with_parents (folder, 0700) == 0)
    store->lock = open (file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (store->lock >= 0 && flock (store->lock, LOCK_EX | LOCK_NB) == 0)
    return TRUE;
  if (store->lock < 0 || errno != EWOULDBLOCK)
    g_set_error (error, APP_ERROR, APP_ERROR_DISK, "cannot write %s: %s", file, g_strerror (errno));
  else
    g_set_error (error, APP_ERROR, APP_ERROR_BUSY, "%s is in use by another program", path);
  if (store->lock >= 0)
    close (store->lock);
  store->lock = -1;
  return FALSE;
}

static void
checkpoint (gpointer data, gpointer user_data)
{
  AppConversations *store = user_data;
  sqlite3 *db = NULL;

  /* What does not succeed now is done the next time. */
  if (sqlite3_open_v2 (store->path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL)
      == SQLITE_OK)
    sqlite3_wal_checkpoint_v2 (db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
  sqlite3_close (db);
  g_atomic_int_set (&store->is_checkpointing, 0);
}

/* Forcing pages to the disk takes longer than a frame: it is done beside. */
static int
watch_wal (void *data, sqlite3 *db, const char *name, int n_pages)
{
  AppConversations *store = data;

  if (n_pages > MAX_WAL_PAGES && g_atomic_int_compare_and_exchange (&store->is_checkpointing, 0, 1))
    g_thread_pool_push (store->checkpointer, store, NULL);
  return SQLITE_OK;
}

static gboolean
check_file (AppConversations *store, GError **error)
{
  g_autoptr (sqlite3_stmt) statement =
      app_conversations_prepare (store, error, "PRAGMA quick_check (1)", "");

  if (statement == NULL || !app_conversations_step (store, statement, error))
    return FALSE;
  if (g_strcmp0 ((const char *) sqlite3_column_text (statement, 0), "ok") == 0)
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_FORMAT, "%s is damaged: %s", store->path,
               (const char *) sqlite3_column_text (statement, 0));
  return FALSE;
}

static gboolean
open_file (AppConversations *store, GError **error)
{
  store->db = app_database_open (store->path, schema, VERSION, APP_DATABASE_DATA, error);
  /* A process that is killed loses nothing with this; a commit need not wait for the disk. */
  if (store->db == NULL || !app_conversations_run (store, error, "PRAGMA synchronous = NORMAL", "")
      || !check_file (store, error) || !app_conversations_recover (store, error)
      || !app_conversations_index_all (store, MAX_INDEXED_AT_START, error)) {
    g_clear_pointer (&store->db, sqlite3_close);
    return FALSE;
  }
  app_conversations_add_functions (store);
  if (store->path != NULL) {
    store->checkpointer = g_thread_pool_new (checkpoint, store, 1, FALSE, NULL);
    sqlite3_wal_hook (store->db, watch_wal, store);
  }
  return TRUE;
}

/* (transfer full): where a file that cannot be used now is. */
static char *
put_aside (const char *path, GError **error)
{
  static const char *const endings[] = { "-wal", "-shm", "" };
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *stamp = g_date_time_format (now, "%Y%m%d-%H%M%S");
  g_autofree char *aside = NULL;

  for (int i = 0; aside == NULL || g_file_test (aside, G_FILE_TEST_EXISTS); i++) {
    g_free (aside);
    aside = i == 0 ? g_strdup_printf ("%s.kept-%s", path, stamp)
                   : g_strdup_printf ("%s.kept-%s-%d", path, stamp, i);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++) {
    g_autofree char *from = g_strconcat (path, endings[i], NULL);
    g_autofree char *to = g_strconcat (aside, endings[i], NULL);

    if (g_rename (from, to) != 0 && (errno != ENOENT || endings[i][0] == '\0')) {
      g_set_error (error, APP_ERROR, APP_ERROR_DISK, "cannot rename %s: %s", from,
                   g_strerror (errno));
      return NULL;
    }
  }
  return g_steal_pointer (&aside);
}

static gboolean
open_or_begin_anew (AppConversations *store, GError **error)
{
  g_autoptr (GError) trouble = NULL;
  g_autofree char *aside = NULL;

  if (open_file (store, &trouble))
    return TRUE;
  if (!g_error_matches (trouble, APP_ERROR, APP_ERROR_FORMAT)) {
    g_propagate_error (error, g_steal_pointer (&trouble));
    return FALSE;
  }
  aside = put_aside (store->path, error);
  if (aside == NULL || !open_file (store, error))
    return FALSE;
  g_free (store->notice);
  store->notice =
      g_strdup_printf ("%s. It is kept as %s, and a new one was begun.", trouble->message, aside);
  return TRUE;
}

/* "conversations.db", "conversations-2.db", ... */
static char *
make_name (const char *path, int i)
{
  g_autofree char *stem =
      g_str_has_suffix (path, ".db") ? g_strndup (path, strlen (path) - 3) : g_strdup (path);

  return i <= 1 ? g_strdup (path) : g_strdup_printf ("%s-%d.db", stem, i);
}

static gboolean
open_free_one (AppConversations *store, const char *path, GError **error)
{
  g_autofree char *reason = NULL;

  for (int i = 1; i <= MAX_FILES; i++) {
    g_autoptr (GError) trouble = NULL;

    g_free (store->path);
    store->path = make_name (path, i);
    if (take_lock (store, store->path, &trouble) && open_or_begin_anew (store, &trouble)) {
      if (reason != NULL && store->notice == NULL)
        store->notice = g_strdup_printf ("%s. New conversations are in %s until it is free.",
                                         reason, store->path);
      return TRUE;
    }
    if (store->lock >= 0)
      close (store->lock);
    store->lock = -1;
    if (!g_error_matches (trouble, APP_ERROR, APP_ERROR_BUSY) || i == MAX_FILES) {
      g_propagate_error (error, g_steal_pointer (&trouble));
      return FALSE;
    }
    if (reason == NULL)
      reason = g_strdup (trouble->message);
  }
  return FALSE;
}

static void
remove_file (const char *path)
{
  static const char *const endings[] = { "", "-wal", "-shm", ".lock" };

  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++) {
    g_autofree char *file = g_strconcat (path, endings[i], NULL);

    g_unlink (file);
  }
}

/* What was written beside the file while another program held it comes into it. */
static void
gather (AppConversations *store, const char *path)
{
  for (int i = 2; i <= MAX_FILES; i++) {
    g_autofree char *name = make_name (path, i);
    g_autoptr (AppConversations) other = g_new0 (AppConversations, 1);
    g_autofree char *json = NULL;
    g_autoptr (GArray) ids = NULL;

    other->lock = -1;
    other->path = g_strdup (name);
    if (!g_file_test (name, G_FILE_TEST_EXISTS) || !take_lock (other, name, NULL)
        || !open_file (other, NULL))
      continue;
    json = app_conversations_export_json (other, 0, NULL);
    if (json != NULL)
      ids = app_conversations_import (store, json, -1, NULL);
    g_clear_pointer (&other, app_conversations_free);
    if (ids != NULL)
      remove_file (name);
  }
}

AppConversations *
app_conversations_new (const char *path, GError **error)
{
  g_autoptr (AppConversations) store = g_new0 (AppConversations, 1);
  g_autofree char *own =
      g_build_filename (g_get_user_data_dir (), "hearsay", "conversations.db", NULL);

  if (path == NULL)
    path = own;
  store->lock = -1;
  if (!open_free_one (store, path, error))
    return NULL;
  if (g_str_equal (store->path, path))
    gather (store, path);
  return g_steal_pointer (&store);
}

AppConversations *
app_conversations_open_again (AppConversations *store, GError **error)
{
  g_autoptr (AppConversations) other = g_new0 (AppConversations, 1);

  other->lock = -1;
  if (store->path == NULL) {
    g_set_error (error, APP_ERROR, APP_ERROR_DISK, "the conversations are in no file");
    return NULL;
  }
  if (sqlite3_open_v2 (store->path, &other->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL)
      != SQLITE_OK) {
    app_database_set_error (other->db, error);
    return NULL;
  }
  sqlite3_busy_timeout (other->db, BUSY_MS);
  app_conversations_add_functions (other);
  return g_steal_pointer (&other);
}

void
app_conversations_free (AppConversations *store)
{
  if (store == NULL)
    return;
  if (store->checkpointer != NULL)
    g_thread_pool_free (store->checkpointer, FALSE, TRUE);
  g_clear_pointer (&store->db, sqlite3_close);
  if (store->lock >= 0)
    close (store->lock);
  g_free (store->path);
  g_free (store->notice);
  g_free (store);
}

const char *
app_conversations_get_notice (AppConversations *store)
{
  return store->notice;
}

/* --- statements --- */

static sqlite3_stmt *
prepare (AppConversations *store, GError **error, const char *sql, const char *format,
         va_list values)
{
  sqlite3_stmt *statement = NULL;

  if (sqlite3_prepare_v2 (store->db, sql, -1, &statement, NULL) != SQLITE_OK) {
    app_database_set_error (store->db, error);
    return NULL;
  }
  for (int i = 0; format[i] != '\0'; i++) {
    if (format[i] == 'i')
      sqlite3_bind_int64 (statement, i + 1, va_arg (values, gint64));
    else if (format[i] == 'd')
      sqlite3_bind_double (statement, i + 1, va_arg (values, double));
    else
      sqlite3_bind_text (statement, i + 1, va_arg (values, const char *), -1, SQLITE_TRANSIENT);
  }
  return statement;
}

sqlite3_stmt *
app_conversations_prepare (AppConversations *store, GError **error, const char *sql,
                           const char *format, ...)
{
  va_list values;
  sqlite3_stmt *statement;

  va_start (values, format);
  statement = prepare (store, error, sql, format, values);
  va_end (values);
  return statement;
}

gboolean
app_conversations_run (AppConversations *store, GError **error, const char *sql, const char *format,
                       ...)
{
  va_list values;
  g_autoptr (sqlite3_stmt) statement = NULL;
  int status;

  va_start (values, format);
  statement = prepare (store, error, sql, format, values);
  va_end (values);
  if (statement == NULL)
    return FALSE;
  do
    status = sqlite3_step (statement);
  while (status == SQLITE_ROW);
  if (status == SQLITE_DONE)
    return TRUE;
  app_database_set_error (store->db, error);
  return FALSE;
}

gboolean
app_conversations_step (AppConversations *store, sqlite3_stmt *statement, GError **error)
{
  int status = sqlite3_step (statement);

  if (status != SQLITE_ROW && status != SQLITE_DONE)
    app_database_set_error (store->db, error);
  return status == SQLITE_ROW;
}

gint64
app_conversations_get_last_id (AppConversations *store)
{
  return sqlite3_last_insert_rowid (store->db);
}

gboolean
app_conversations_begin (AppConversations *store, GError **error)
{
  return app_conversations_run (store, error, "BEGIN IMMEDIATE", "");
}

gboolean
app_conversations_end (AppConversations *store, gboolean ok, GError **error)
{
  if (ok && app_conversations_run (store, error, "COMMIT", ""))
    return TRUE;
  app_conversations_run (store, NULL, "ROLLBACK", "");
  return FALSE;
}

char *
app_conversations_column (sqlite3_stmt *statement, int column)
{
  return g_strdup ((const char *) sqlite3_column_text (statement, column));
}

gint64
app_conversations_now (void)
{
  return g_get_real_time ();
}
