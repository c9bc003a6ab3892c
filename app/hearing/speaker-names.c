/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/hearing/speaker-names.h"

#include <math.h>
#include <string.h>

#include "app/base/database.h"

#define VERSION 1

static const char schema[] = "CREATE TABLE speaker (content TEXT, heard TEXT, name TEXT,"
                             " PRIMARY KEY (content, heard)) WITHOUT ROWID;";

struct _AppSpeakerNames {
  sqlite3 *db;
};

AppSpeakerNames *
app_speaker_names_new (const char *path, GError **error)
{
  g_autofree char *own_path =
      g_build_filename (g_get_user_data_dir (), "hearsay", "names.db", NULL);
  sqlite3 *db =
      app_database_open (path != NULL ? path : own_path, schema, VERSION, APP_DATABASE_DATA, error);
  AppSpeakerNames *names;

  if (db == NULL)
    return NULL;
  names = g_new0 (AppSpeakerNames, 1);
  names->db = db;
  return names;
}

void
app_speaker_names_free (AppSpeakerNames *names)
{
  if (names == NULL)
    return;
  sqlite3_close (names->db);
  g_free (names);
}

static int
find_speaker (const AppHearing *hearing, guint n_speakers, const char *name)
{
  for (guint i = 0; i < n_speakers; i++) {
    const AppHearingSpeaker *speaker = g_ptr_array_index (hearing->speakers, i);

    if (g_str_equal (speaker->name, name))
      return (int) i;
  }
  return -1;
}

/* What is known of both, each by its share of the speech. */
static void
join_voices (AppHearingSpeaker *into, const AppHearingSpeaker *other)
{
  double total = MAX (into->seconds + other->seconds, 1e-9);
  float share = (float) (other->seconds / total), norm = 0;

  if (into->has_attributes && other->has_attributes) {
    into->gender_certain = into->gender_certain && other->gender_certain
                           && (into->female > 0.5f) == (other->female > 0.5f);
    into->female += share * (other->female - into->female);
  } else if (other->has_attributes) {
    into->has_attributes = TRUE;
    into->gender_certain = other->gender_certain;
    into->female = other->female;
  }
  if (!isfinite (into->pitch_hz))
    into->pitch_hz = other->pitch_hz;
  else if (isfinite (other->pitch_hz))
    into->pitch_hz += share * (other->pitch_hz - into->pitch_hz);
  for (int i = 0; i < APP_HEARING_SPEAKER_DIM; i++) {
    into->embedding[i] += share * (other->embedding[i] - into->embedding[i]);
    norm += into->embedding[i] * into->embedding[i];
  }
  for (int i = 0; norm > 0 && i < APP_HEARING_SPEAKER_DIM; i++)
    into->embedding[i] /= sqrtf (norm);
  into->seconds = total;
}

/* Speakers of one name become the first of them. */
static void
join_namesakes (AppHearing *hearing)
{
  guint n = hearing->speakers->len;
  g_autofree int *becomes = g_new (int, MAX (n, 1));
  guint n_kept = 0;

  for (guint i = 0; i < n; i++) {
    AppHearingSpeaker *speaker = g_ptr_array_index (hearing->speakers, n_kept);

    becomes[i] = find_speaker (hearing, n_kept, speaker->name);
    if (becomes[i] >= 0) {
      join_voices (g_ptr_array_index (hearing->speakers, (guint) becomes[i]), speaker);
      g_ptr_array_remove_index (hearing->speakers, n_kept);
    } else {
      becomes[i] = (int) n_kept++;
    }
  }
  for (guint s = 0; s < hearing->segments->len; s++) {
    AppHearingSegment *segment = g_ptr_array_index (hearing->segments, s);

    if (segment->speaker >= 0 && (guint) segment->speaker < n)
      segment->speaker = becomes[segment->speaker];
  }
}

gboolean
app_speaker_names_apply (AppSpeakerNames *names, const char *content, AppHearing *hearing,
                         GError **error)
{
  g_autoptr (sqlite3_stmt) statement = app_database_prepare (
      names->db, error, "SELECT heard, name FROM speaker WHERE content = ?1", content, NULL);
  g_autoptr (GHashTable) given = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  int status;

  if (statement == NULL)
    return FALSE;
  while ((status = sqlite3_step (statement)) == SQLITE_ROW)
    g_hash_table_insert (given, g_strdup ((const char *) sqlite3_column_text (statement, 0)),
                         g_strdup ((const char *) sqlite3_column_text (statement, 1)));
  if (status != SQLITE_DONE) {
    app_database_set_error (names->db, error);
    return FALSE;
  }
  for (guint i = 0; i < hearing->speakers->len; i++) {
    AppHearingSpeaker *speaker = g_ptr_array_index (hearing->speakers, i);
    const char *name = g_hash_table_lookup (given, speaker->name);

    if (name != NULL) {
      g_free (speaker->name);
      speaker->name = g_strdup (name);
    }
  }
  join_namesakes (hearing);
  return TRUE;
}

static gboolean
check_name (const char *name, GError **error)
{
  gboolean is_name = g_utf8_validate (name, -1, NULL) && *name != '\0'
                     && g_utf8_strlen (name, -1) <= APP_SPEAKER_NAME_MAX_CHARS;

  for (const char *p = name; is_name && *p != '\0'; p = g_utf8_next_char (p))
    is_name = g_unichar_isprint (g_utf8_get_char (p)) && strchr ("<>|=,", *p) == NULL;
  if (!is_name)
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT,
                 "a name has 1 to %d printable characters, none of < > | = ,",
                 APP_SPEAKER_NAME_MAX_CHARS);
  return is_name;
}

static gboolean
check_speaker (const AppHearing *hearing, const char *name, GError **error)
{
  g_autofree char *shown = g_utf8_make_valid (name, -1);

  if (find_speaker (hearing, hearing->speakers->len, shown) >= 0)
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "%s has no speaker \"%s\"", hearing->title,
               shown);
  return FALSE;
}

/* All that are called `from` are now called `to`: those that people called so, and the one that
 * the Hearing itself calls so, unless it has another name. */
static gboolean
call (AppSpeakerNames *names, const char *content, AppHearing *hearing, const char *from,
      const char *to, GError **error)
{
  if (app_database_run (names->db, error, "BEGIN IMMEDIATE", NULL)
      && app_database_run (names->db, error,
                           "UPDATE speaker SET name = ?3 WHERE content = ?1 AND name = ?2", content,
                           from, to, NULL)
      && app_database_run (names->db, error, "INSERT OR IGNORE INTO speaker VALUES (?1, ?2, ?3)",
                           content, from, to, NULL)
      && app_database_run (names->db, error, "COMMIT", NULL)) {
    int index = find_speaker (hearing, hearing->speakers->len, from);
    AppHearingSpeaker *speaker = g_ptr_array_index (hearing->speakers, (guint) index);

    g_free (speaker->name);
    speaker->name = g_strdup (to);
    join_namesakes (hearing);
    return TRUE;
  }
  app_database_run (names->db, NULL, "ROLLBACK", NULL);
  return FALSE;
}

gboolean
app_speaker_names_rename (AppSpeakerNames *names, const char *content, AppHearing *hearing,
                          const char *from, const char *to, GError **error)
{
  if (!check_speaker (hearing, from, error) || !check_name (to, error))
    return FALSE;
  if (g_str_equal (from, to))
    return TRUE;
  if (find_speaker (hearing, hearing->speakers->len, to) >= 0) {
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT,
                 "another speaker is called \"%s\"; to say that both are one, merge them", to);
    return FALSE;
  }
  return call (names, content, hearing, from, to, error);
}

gboolean
app_speaker_names_merge (AppSpeakerNames *names, const char *content, AppHearing *hearing,
                         const char *name, const char *other, GError **error)
{
  if (!check_speaker (hearing, name, error) || !check_speaker (hearing, other, error))
    return FALSE;
  return g_str_equal (name, other) || call (names, content, hearing, other, name, error);
}

gboolean
app_speaker_names_forget (AppSpeakerNames *names, const char *content, GError **error)
{
  return (content != NULL ? app_database_run (
              names->db, error, "DELETE FROM speaker WHERE content = ?1", content, NULL)
                          : app_database_run (names->db, error, "DELETE FROM speaker", NULL))
         && app_database_run (names->db, error, "PRAGMA wal_checkpoint (TRUNCATE)", NULL);
}
