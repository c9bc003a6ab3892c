/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A file of SQLite that is private to the user, and the few calls that its owners make.
 *
 * The file is of mode 0600 in a folder of mode 0700, written ahead (WAL) so that several processes
 * may have it open, and what is deleted from it is overwritten. A connection belongs to one thread.
 *
 *   sqlite3 *db = app_database_open (path, schema, 1, APP_DATABASE_CACHE, &error);
 *   app_database_run (db, &error, "DELETE FROM note WHERE content = ?", content, NULL);
 */

#pragma once

#include <sqlite3.h>

#include "app/base/app-error.h"

G_BEGIN_DECLS

typedef enum {
  APP_DATABASE_CACHE, /* damaged, or of another version: begun anew */
  APP_DATABASE_DATA   /* damaged, or of a later version: APP_ERROR_FORMAT */
} AppDatabaseKind;

/* schema: statements that make the tables; version: of the schema, from 1. path NULL: in memory.
 * (transfer full): sqlite3_close(). APP_ERROR_DISK, _FORMAT, _BUSY. */
sqlite3 *app_database_open (const char *path, const char *schema, int version, AppDatabaseKind kind,
                            GError **error);
/* (transfer full): the statement with its parameters ?1, ?2, ... bound to the texts that follow,
 * up to NULL. The texts are copied. */
sqlite3_stmt *app_database_prepare (sqlite3 *db, GError **error, const char *sql,
                                    ...) G_GNUC_NULL_TERMINATED;
/* The same, run to its end. */
gboolean app_database_run (sqlite3 *db, GError **error, const char *sql,
                           ...) G_GNUC_NULL_TERMINATED;
/* Sets an error from what went wrong last: APP_ERROR_BUSY, _FORMAT for damage, else _DISK. */
void app_database_set_error (sqlite3 *db, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3_stmt, sqlite3_finalize)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3, sqlite3_close)

G_END_DECLS
