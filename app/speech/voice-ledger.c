/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/speech/voice-ledger.h"

#include "app/base/database.h"

#define VERSION 1
#define ID_DIGITS 16
#define COLUMNS "id, name, origin, attestation, clips, date, revoked"
#define N_COLUMNS 7

static const char schema[] =
    "CREATE TABLE voice (id TEXT PRIMARY KEY, name TEXT, origin TEXT, attestation TEXT, clips TEXT,"
    " date TEXT, revoked TEXT) WITHOUT ROWID;";

struct _AppVoiceLedger {
  sqlite3 *db;
};

void
app_voice_entry_free (AppVoiceEntry *entry)
{
  if (entry == NULL)
    return;
  g_free (entry->id);
  g_free (entry->name);
  g_free (entry->origin);
  g_free (entry->attestation);
  g_free (entry->clips);
  g_free (entry->date);
  g_free (entry->revoked);
  g_free (entry);
}

char *
app_voice_identify (GBytes *bytes)
{
  g_autofree char *sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);

  return g_strndup (sum, ID_DIGITS);
}

AppVoiceLedger *
app_voice_ledger_new (const char *path, GError **error)
{
  g_autofree char *own = g_build_filename (g_get_user_data_dir (), "hearsay", "voices.db", NULL);
  sqlite3 *db =
      app_database_open (path != NULL ? path : own, schema, VERSION, APP_DATABASE_DATA, error);
  AppVoiceLedger *ledger;

  if (db == NULL)
    return NULL;
  ledger = g_new0 (AppVoiceLedger, 1);
  ledger->db = db;
  return ledger;
}

void
app_voice_ledger_free (AppVoiceLedger *ledger)
{
  if (ledger == NULL)
    return;
  sqlite3_close (ledger->db);
  g_free (ledger);
}

static AppVoiceEntry *
read_entry (sqlite3_stmt *row)
{
  AppVoiceEntry *entry = g_new0 (AppVoiceEntry, 1);
  char **const fields[N_COLUMNS] = { &entry->id,          &entry->name,  &entry->origin,
                                     &entry->attestation, &entry->clips, &entry->date,
                                     &entry->revoked };

  for (int i = 0; i < N_COLUMNS; i++) {
    const char *text = (const char *) sqlite3_column_text (row, i);

    *fields[i] = g_utf8_make_valid (text != NULL ? text : "", -1);
  }
  return entry;
}

/* (transfer full): what a statement finds. */
static GPtrArray *
read_all (AppVoiceLedger *ledger, sqlite3_stmt *statement, GError **error)
{
  g_autoptr (GPtrArray) all =
      g_ptr_array_new_with_free_func ((GDestroyNotify) app_voice_entry_free);
  int status;

  if (statement == NULL)
    return NULL;
  while ((status = sqlite3_step (statement)) == SQLITE_ROW)
    g_ptr_array_add (all, read_entry (statement));
  if (status == SQLITE_DONE)
    return g_steal_pointer (&all);
  app_database_set_error (ledger->db, error);
  return NULL;
}

GPtrArray *
app_voice_ledger_list (AppVoiceLedger *ledger, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = app_database_prepare (
      ledger->db, error, "SELECT " COLUMNS " FROM voice ORDER BY date, id", NULL);

  return read_all (ledger, statement, error);
}

AppVoiceEntry *
app_voice_ledger_find (AppVoiceLedger *ledger, const char *id, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = app_database_prepare (
      ledger->db, error, "SELECT " COLUMNS " FROM voice WHERE id = ?1", id, NULL);
  g_autoptr (GPtrArray) found = read_all (ledger, statement, error);

  return found != NULL && found->len > 0 ? g_ptr_array_steal_index (found, 0) : NULL;
}

static char *
get_now (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();

  return g_date_time_format_iso8601 (now);
}

gboolean
app_voice_ledger_add (AppVoiceLedger *ledger, const AppVoiceEntry *entry, GError **error)
{
  g_autofree char *now = get_now ();
  g_autoptr (GError) problem = NULL;
  g_autoptr (AppVoiceEntry) known = app_voice_ledger_find (ledger, entry->id, &problem);

  if (problem != NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  if (known != NULL && known->revoked[0] != '\0') {
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT,
                 "the consent to this voice was revoked on %.10s", known->revoked);
    return FALSE;
  }
  return app_database_run (ledger->db, error,
                           "INSERT OR IGNORE INTO voice (" COLUMNS
                           ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, '')",
                           entry->id, entry->name, entry->origin, entry->attestation, entry->clips,
                           entry->date != NULL ? entry->date : now, NULL);
}

/* Runs a change of the one entry with this id. */
static gboolean
change (AppVoiceLedger *ledger, const char *sql, const char *id, GError **error)
{
  g_autofree char *now = get_now ();

  if (!app_database_run (ledger->db, error, sql, id, now, NULL))
    return FALSE;
  if (sqlite3_changes (ledger->db) > 0)
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "the ledger has no voice %s", id);
  return FALSE;
}

gboolean
app_voice_ledger_revoke (AppVoiceLedger *ledger, const char *id, GError **error)
{
  return change (ledger,
                 "UPDATE voice SET revoked = CASE revoked WHEN '' THEN ?2 ELSE revoked END"
                 " WHERE id = ?1",
                 id, error);
}

gboolean
app_voice_ledger_delete (AppVoiceLedger *ledger, const char *id, GError **error)
{
  return change (ledger, "DELETE FROM voice WHERE id = ?1 AND ?2 != ''", id, error);
}

gboolean
app_voice_ledger_rename (AppVoiceLedger *ledger, const char *id, const char *name, GError **error)
{
  return app_database_run (ledger->db, error, "UPDATE voice SET name = ?2 WHERE id = ?1", id, name,
                           NULL);
}
