/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/base/database.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_MS 5000
#define PAUSE_MS 5

void
app_database_set_error (sqlite3 *db, GError **error)
{
  int code = sqlite3_errcode (db) & 0xff;
  const char *file = sqlite3_db_filename (db, "main");
  AppError kind = code == SQLITE_BUSY || code == SQLITE_LOCKED ? APP_ERROR_BUSY
                  : code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR
                      ? APP_ERROR_FORMAT
                      : APP_ERROR_DISK;

  g_set_error (error, APP_ERROR, kind, "%s: %s", file != NULL ? file : "in memory",
               sqlite3_errmsg (db));
}

static sqlite3_stmt *
prepare (sqlite3 *db, GError **error, const char *sql, va_list texts)
{
  sqlite3_stmt *statement = NULL;

  if (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL) != SQLITE_OK) {
    app_database_set_error (db, error);
    return NULL;
  }
  for (int i = 1;; i++) {
    const char *text = va_arg (texts, const char *);

    if (text == NULL)
      return statement;
    sqlite3_bind_text (statement, i, text, -1, SQLITE_TRANSIENT);
  }
}

sqlite3_stmt *
app_database_prepare (sqlite3 *db, GError **error, const char *sql, ...)
{
  va_list texts;
  sqlite3_stmt *statement;

  va_start (texts, sql);
  statement = prepare (db, error, sql, texts);
  va_end (texts);
  return statement;
}

gboolean
app_database_run (sqlite3 *db, GError **error, const char *sql, ...)
{
  va_list texts;
  g_autoptr (sqlite3_stmt) statement = NULL;
  int status;

  va_start (texts, sql);
  statement = prepare (db, error, sql, texts);
  va_end (texts);
  if (statement == NULL)
    return FALSE;
  do
    status = sqlite3_step (statement);
  while (status == SQLITE_ROW);
  if (status == SQLITE_DONE)
    return TRUE;
  app_database_set_error (db, error);
  return FALSE;
}

/* The file is there with its mode before SQLite opens it: the files beside it get the same. */
static gboolean
make_private (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = g_mkdir_with_parents (folder, 0700) == 0
               ? open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)
               : -1;
  gboolean is_private = fd >= 0 && fchmod (fd, 0600) == 0;

  if (!is_private)
    g_set_error (error, APP_ERROR, APP_ERROR_DISK, "cannot write %s: %s", path, g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return is_private;
}

static void
discard (const char *path)
{
  static const char *const endings[] = { "", "-wal", "-shm" };

  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++) {
    g_autofree char *file = g_strconcat (path, endings[i], NULL);

    g_unlink (file);
  }
}

/* 0: new; -1 with an error. */
static int
read_version (sqlite3 *db, GError **error)
{
  g_autoptr (sqlite3_stmt) statement =
      app_database_prepare (db, error, "PRAGMA user_version", NULL);

  if (statement == NULL)
    return -1;
  if (sqlite3_step (statement) == SQLITE_ROW)
    return sqlite3_column_int (statement, 0);
  app_database_set_error (db, error);
  return -1;
}

/* Changing a new file's mode needs it alone, and for that SQLite itself does not wait. */
static gboolean
write_ahead (sqlite3 *db, GError **error)
{
  for (int waited_ms = 0;; waited_ms += PAUSE_MS) {
    g_autoptr (GError) trouble = NULL;

    if (app_database_run (db, &trouble, "PRAGMA journal_mode = WAL", NULL))
      return TRUE;
    if (waited_ms >= BUSY_MS || !g_error_matches (trouble, APP_ERROR, APP_ERROR_BUSY)) {
      g_propagate_error (error, g_steal_pointer (&trouble));
      return FALSE;
    }
    g_usleep (PAUSE_MS * 1000);
  }
}

static gboolean
set_up (sqlite3 *db, const char *schema, int version, GError **error)
{
  g_autofree char *stamp = g_strdup_printf ("PRAGMA user_version = %d", version);
  int found;

  if (!write_ahead (db, error) || !app_database_run (db, error, "PRAGMA secure_delete = ON", NULL)
      || !app_database_run (db, error, "BEGIN IMMEDIATE", NULL))
    return FALSE;
  found = read_version (db, error);
  if (found < 0)
    return FALSE;
  if (found != 0 && found != version) {
    g_set_error (error, APP_ERROR, APP_ERROR_FORMAT, "%s is of version %d, not %d",
                 sqlite3_db_filename (db, "main"), found, version);
    return FALSE;
  }
  if (found == 0 && sqlite3_exec (db, schema, NULL, NULL, NULL) != SQLITE_OK) {
    app_database_set_error (db, error);
    return FALSE;
  }
  return (found != 0 || app_database_run (db, error, stamp, NULL))
         && app_database_run (db, error, "COMMIT", NULL);
}

static sqlite3 *
open_once (const char *path, const char *schema, int version, GError **error)
{
  g_autoptr (sqlite3) db = NULL;

  if (path != NULL && !make_private (path, error))
    return NULL;
  if (sqlite3_open_v2 (path != NULL ? path : ":memory:", &db,
                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL)
      != SQLITE_OK) {
    app_database_set_error (db, error);
    return NULL;
  }
  sqlite3_busy_timeout (db, BUSY_MS);
  return set_up (db, schema, version, error) ? g_steal_pointer (&db) : NULL;
}

sqlite3 *
app_database_open (const char *path, const char *schema, int version, AppDatabaseKind kind,
                   GError **error)
{
  g_autoptr (GError) trouble = NULL;
  sqlite3 *db = open_once (path, schema, version, &trouble);

  if (db != NULL)
    return db;
  if (kind == APP_DATABASE_CACHE && path != NULL
      && g_error_matches (trouble, APP_ERROR, APP_ERROR_FORMAT)) {
    discard (path);
    return open_once (path, schema, version, error);
  }
  g_propagate_error (error, g_steal_pointer (&trouble));
  return NULL;
}
