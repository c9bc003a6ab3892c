/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/hearing/hearing-cache.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/base/database.h"
#include "app/models/model-store-private.h"

/* Counts up when the tables, or what a Hearing holds, change. */
#define VERSION 1

/* last_used counts uses, so that a wrong clock changes nothing. */
static const char schema[] =
    "CREATE TABLE hearing (content TEXT, settings TEXT, title TEXT, json TEXT, n_bytes INTEGER,"
    " last_used INTEGER, PRIMARY KEY (content, settings)) WITHOUT ROWID;"
    "CREATE TABLE note (content TEXT, name TEXT, text TEXT, PRIMARY KEY (content, name))"
    " WITHOUT ROWID;"
    "CREATE TRIGGER notes_go AFTER DELETE ON hearing"
    " WHEN NOT EXISTS (SELECT 1 FROM hearing WHERE content = OLD.content)"
    " BEGIN DELETE FROM note WHERE content = OLD.content; END;";

struct _AppHearingCache {
  sqlite3 *db;
  gsize max_bytes;
};

AppHearingCache *
app_hearing_cache_new (const char *path, gsize max_bytes, GError **error)
{
  g_autofree char *own_path =
      g_build_filename (g_get_user_cache_dir (), "hearsay", "hearings.db", NULL);
  sqlite3 *db = app_database_open (path != NULL ? path : own_path, schema, VERSION,
                                   APP_DATABASE_CACHE, error);
  AppHearingCache *cache;

  if (db == NULL)
    return NULL;
  cache = g_new0 (AppHearingCache, 1);
  cache->db = db;
  cache->max_bytes = max_bytes > 0 ? max_bytes : APP_HEARING_CACHE_MAX_BYTES;
  return cache;
}

void
app_hearing_cache_free (AppHearingCache *cache)
{
  if (cache == NULL)
    return;
  sqlite3_close (cache->db);
  g_free (cache);
}

char *
app_recording_identify (const char *path, atomic_bool *cancel, GError **error)
{
  const AppInstallContext context = { .cancel = cancel };
  g_autofree char *name = g_filename_display_name (path);
  struct stat info;

  if (stat (path, &info) != 0) {
    g_set_error (error, APP_ERROR, APP_ERROR_DISK, "cannot read %s: %s", name, g_strerror (errno));
    return NULL;
  }
  if (!S_ISREG (info.st_mode)) {
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "%s is not a file", name);
    return NULL;
  }
  return app_file_sha256 (path, NULL, &context, error);
}

/* (transfer full) (nullable): the first column of the first row. */
static char *
find_text (sqlite3_stmt *statement)
{
  if (statement == NULL || sqlite3_step (statement) != SQLITE_ROW)
    return NULL;
  return g_strdup ((const char *) sqlite3_column_text (statement, 0));
}

AppHearing *
app_hearing_cache_get (AppHearingCache *cache, const char *content, const char *settings,
                       const char *path)
{
  g_autoptr (sqlite3_stmt) statement = app_database_prepare (
      cache->db, NULL, "SELECT json FROM hearing WHERE content = ?1 AND settings = ?2", content,
      settings, NULL);
  g_autofree char *text = find_text (statement);
  g_autoptr (JsonNode) json = text != NULL ? json_from_string (text, NULL) : NULL;
  AppHearing *hearing = json != NULL ? app_hearing_new_from_json (path, json, NULL) : NULL;

  if (statement != NULL)
    sqlite3_reset (statement);
  if (hearing != NULL)
    app_database_run (cache->db, NULL,
                      "UPDATE hearing SET title = ?3,"
                      " last_used = (SELECT MAX (last_used) + 1 FROM hearing)"
                      " WHERE content = ?1 AND settings = ?2",
                      content, settings, hearing->title, NULL);
  return hearing;
}

/* What was used longest ago goes, until the rest is small enough; the latest always stays. */
static void
evict (AppHearingCache *cache)
{
  g_autofree char *max_bytes = g_strdup_printf ("%" G_GSIZE_FORMAT, cache->max_bytes);

  app_database_run (cache->db, NULL,
                    "DELETE FROM hearing WHERE (content, settings) IN (SELECT content, settings"
                    " FROM (SELECT content, settings, last_used, SUM (n_bytes) OVER (ORDER BY"
                    " last_used DESC) AS n_so_far FROM hearing) WHERE n_so_far > CAST (?1 AS"
                    " INTEGER) AND last_used < (SELECT MAX (last_used) FROM hearing))",
                    max_bytes, NULL);
}

void
app_hearing_cache_put (AppHearingCache *cache, const char *content, const char *settings,
                       const AppHearing *hearing)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) json = NULL;
  g_autofree char *text = NULL;

  app_hearing_build_json (hearing, APP_HEARING_WHOLE, builder);
  json = json_builder_get_root (builder);
  text = json_to_string (json, FALSE);
  if (app_database_run (
          cache->db, NULL,
          "INSERT OR REPLACE INTO hearing VALUES (?1, ?2, ?3, ?4, LENGTH (CAST (?4 AS BLOB)),"
          " (SELECT IFNULL (MAX (last_used), 0) + 1 FROM hearing))",
          content, settings, hearing->title, text, NULL))
    evict (cache);
}

char *
app_hearing_cache_get_note (AppHearingCache *cache, const char *content, const char *name)
{
  g_autoptr (sqlite3_stmt) statement = app_database_prepare (
      cache->db, NULL, "SELECT text FROM note WHERE content = ?1 AND name = ?2", content, name,
      NULL);

  return find_text (statement);
}

void
app_hearing_cache_put_note (AppHearingCache *cache, const char *content, const char *name,
                            const char *text)
{
  app_database_run (cache->db, NULL,
                    "INSERT OR REPLACE INTO note SELECT ?1, ?2, ?3"
                    " WHERE EXISTS (SELECT 1 FROM hearing WHERE content = ?1)",
                    content, name, text, NULL);
}

void
app_kept_hearing_free (AppKeptHearing *kept)
{
  g_free (kept->content);
  g_free (kept->title);
  g_free (kept);
}

GPtrArray *
app_hearing_cache_list (AppHearingCache *cache, GError **error)
{
  g_autoptr (GPtrArray) list =
      g_ptr_array_new_with_free_func ((GDestroyNotify) app_kept_hearing_free);
  g_autoptr (sqlite3_stmt) statement =
      app_database_prepare (cache->db, error,
                            "SELECT content, title, SUM (n_bytes), MAX (last_used) AS latest"
                            " FROM hearing GROUP BY content ORDER BY latest DESC",
                            NULL);
  int status = SQLITE_DONE;

  if (statement == NULL)
    return NULL;
  while ((status = sqlite3_step (statement)) == SQLITE_ROW) {
    AppKeptHearing *kept = g_new0 (AppKeptHearing, 1);

    kept->content = g_strdup ((const char *) sqlite3_column_text (statement, 0));
    kept->title = g_strdup ((const char *) sqlite3_column_text (statement, 1));
    kept->n_bytes = sqlite3_column_int64 (statement, 2);
    g_ptr_array_add (list, kept);
  }
  if (status == SQLITE_DONE)
    return g_steal_pointer (&list);
  app_database_set_error (cache->db, error);
  return NULL;
}

gboolean
app_hearing_cache_forget (AppHearingCache *cache, const char *content, guint *n_forgotten,
                          GError **error)
{
  g_autoptr (GPtrArray) before = app_hearing_cache_list (cache, error);
  guint n = 0;

  if (before == NULL)
    return FALSE;
  for (guint i = 0; i < before->len; i++) {
    const AppKeptHearing *kept = g_ptr_array_index (before, i);

    n += content == NULL || g_strcmp0 (kept->content, content) == 0;
  }
  if (n_forgotten != NULL)
    *n_forgotten = n;
  /* The log of what was written is emptied too, or the text would stand there. */
  return (content != NULL ? app_database_run (
              cache->db, error, "DELETE FROM hearing WHERE content = ?1", content, NULL)
                          : app_database_run (cache->db, error, "DELETE FROM hearing", NULL))
         && app_database_run (cache->db, error, "PRAGMA wal_checkpoint (TRUNCATE)", NULL);
}
