/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/engine/people.h"

#include <string.h>

#include "app/base/database.h"
#include "app/hearing/speaker-names.h"

#define VERSION 1
/* Recordings of one person differ more in mood and microphone than the threshold of two strangers
 * allows; further apart than this, somebody else was recorded. */
#define LEAST_ALIKE 0.6

static const char schema[] = "CREATE TABLE person (name TEXT PRIMARY KEY, consent TEXT, date TEXT,"
                             " seconds TEXT, recordings TEXT, voice TEXT) WITHOUT ROWID;";

struct _AppPeople {
  sqlite3 *db;
  GPtrArray *all; /* of AppPerson, by name */
};

void
app_person_free (AppPerson *person)
{
  if (person == NULL)
    return;
  g_free (person->name);
  g_free (person->consent);
  g_free (person->date);
  g_free (person);
}

/* (transfer full): the text without space around it; NULL if it is none. */
static char *
clean (const char *text, glong min_chars, glong max_chars)
{
  g_autofree char *clean = g_strstrip (g_strdup (text));

  if (!g_utf8_validate (clean, -1, NULL))
    return NULL;
  const glong n = g_utf8_strlen (clean, -1);
  if (n < min_chars || n > max_chars)
    return NULL;
  for (const char *p = clean; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      return NULL;
  return g_steal_pointer (&clean);
}

static char *
clean_name (const char *name, GError **error)
{
  g_autofree char *cleaned = clean (name, 1, APP_SPEAKER_NAME_MAX_CHARS);

  /* The rule for all names of speakers: they stand in prompts. */
  if (cleaned != NULL && strpbrk (cleaned, "<>|=,") == NULL)
    return g_steal_pointer (&cleaned);
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT,
               "a name has 1 to %d printable characters, none of < > | = ,",
               APP_SPEAKER_NAME_MAX_CHARS);
  return NULL;
}

/* The cosine of a recording's voice with those of all the others together; 1 if there are none. */
static double
compare_with_others (const AppVoiceprint *const *prints, guint n, guint index)
{
  float others[AUDIO_SPEAKER_DIM] = { 0 };

  for (guint i = 0; i < n; i++)
    for (int j = 0; i != index && j < AUDIO_SPEAKER_DIM; j++)
      others[j] += prints[i]->embedding[j] * (float) prints[i]->seconds;
  return audio_speaker_normalise (others)
             ? (double) audio_speaker_compare (prints[index]->embedding, others)
             : 1.0;
}

/* Each recording is of one voice, and of the same one. */
static gboolean
check_prints (const AppPerson *person, const AppVoiceprint *const *prints, guint n, GError **error)
{
  guint n_long = 0;

  for (guint i = 0; i < n; i++) {
    const double score = compare_with_others (prints, n, i);

    n_long += prints[i]->seconds >= APP_ENROL_RECORDING_SECONDS;
    if (prints[i]->speakers != NULL && prints[i]->speakers->n_speakers > 1) {
      g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT,
                   "%s: %d people speak in it, and it should be %s alone", prints[i]->title,
                   prints[i]->speakers->n_speakers, person->name);
      return FALSE;
    }
    if (score < LEAST_ALIKE) {
      g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT,
                   "%s: the voice is unlike that of the other recordings (score %.2f)",
                   prints[i]->title, score);
      return FALSE;
    }
  }
  if (person->seconds >= APP_ENROL_SECONDS || n_long >= APP_ENROL_RECORDINGS)
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT,
               "%.1f s of speech are too little to know %s by: give %g s, or %d recordings of %g s",
               person->seconds, person->name, APP_ENROL_SECONDS, APP_ENROL_RECORDINGS,
               APP_ENROL_RECORDING_SECONDS);
  return FALSE;
}

AppPerson *
app_person_new (const char *name, const char *consent, const AppVoiceprint *const *prints,
                guint n_prints, GError **error)
{
  g_autoptr (AppPerson) person = g_new0 (AppPerson, 1);
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();

  person->name = clean_name (name, error);
  if (person->name == NULL)
    return NULL;
  person->consent = clean (consent, APP_CONSENT_MIN_CHARS, G_MAXLONG);
  if (person->consent == NULL) {
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT,
                 "the consent is to be in words: who agreed to what, and when");
    return NULL;
  }
  person->date = g_date_time_format_iso8601 (now);
  person->n_recordings = (int) n_prints;
  for (guint i = 0; i < n_prints; i++) {
    person->seconds += prints[i]->seconds;
    for (int j = 0; j < AUDIO_SPEAKER_DIM; j++)
      person->embedding[j] += prints[i]->embedding[j] * (float) prints[i]->seconds;
  }
  audio_speaker_normalise (person->embedding);
  return check_prints (person, prints, n_prints, error) ? g_steal_pointer (&person) : NULL;
}

/* (transfer full) (nullable): NULL if the row does not hold what it should. */
static AppPerson *
read_person (sqlite3_stmt *row)
{
  g_autoptr (AppPerson) person = g_new0 (AppPerson, 1);
  g_autofree guchar *voice = NULL;
  const char *texts[6];
  gsize n_bytes = 0;

  for (int i = 0; i < 6; i++) {
    texts[i] = (const char *) sqlite3_column_text (row, i);
    if (texts[i] == NULL)
      return NULL;
  }
  voice = g_base64_decode (texts[5], &n_bytes);
  if (n_bytes != sizeof person->embedding)
    return NULL;
  memcpy (person->embedding, voice, n_bytes);
  for (int i = 0; i < AUDIO_SPEAKER_DIM; i++)
    if (!(person->embedding[i] >= 0 && person->embedding[i] <= 1.001f))
      return NULL;
  person->name = g_strdup (texts[0]);
  person->consent = g_strdup (texts[1]);
  person->date = g_strdup (texts[2]);
  person->seconds = g_ascii_strtod (texts[3], NULL);
  person->n_recordings = (int) g_ascii_strtoll (texts[4], NULL, 10);
  return g_steal_pointer (&person);
}

static gboolean
read_all (AppPeople *people, GError **error)
{
  g_autoptr (sqlite3_stmt) statement =
      app_database_prepare (people->db, error,
                            "SELECT name, consent, date, seconds, recordings, voice"
                            " FROM person ORDER BY name",
                            NULL);
  int status;

  if (statement == NULL)
    return FALSE;
  g_ptr_array_set_size (people->all, 0);
  while ((status = sqlite3_step (statement)) == SQLITE_ROW) {
    AppPerson *person = read_person (statement);

    if (person == NULL) {
      g_set_error (error, APP_ERROR, APP_ERROR_FORMAT, "%s: a person is damaged",
                   sqlite3_db_filename (people->db, "main"));
      return FALSE;
    }
    g_ptr_array_add (people->all, person);
  }
  if (status == SQLITE_DONE)
    return TRUE;
  app_database_set_error (people->db, error);
  return FALSE;
}

static char *
get_own_path (void)
{
  return g_build_filename (g_get_user_data_dir (), "hearsay", "people.db", NULL);
}

AppPeople *
app_people_new_if_any (void)
{
  g_autofree char *path = get_own_path ();

  return g_file_test (path, G_FILE_TEST_EXISTS) ? app_people_new (path, NULL) : NULL;
}

AppPeople *
app_people_new (const char *path, GError **error)
{
  g_autofree char *own_path = get_own_path ();
  g_autoptr (AppPeople) people = g_new0 (AppPeople, 1);

  people->all = g_ptr_array_new_with_free_func ((GDestroyNotify) app_person_free);
  people->db =
      app_database_open (path != NULL ? path : own_path, schema, VERSION, APP_DATABASE_DATA, error);
  if (people->db == NULL || !read_all (people, error))
    return NULL;
  return g_steal_pointer (&people);
}

void
app_people_free (AppPeople *people)
{
  if (people == NULL)
    return;
  g_clear_pointer (&people->db, sqlite3_close);
  g_ptr_array_unref (people->all);
  g_free (people);
}

guint
app_people_get_n (const AppPeople *people)
{
  return people->all->len;
}

const AppPerson *
app_people_get (const AppPeople *people, guint index)
{
  return g_ptr_array_index (people->all, index);
}

static const AppPerson *
find_name (const AppPeople *people, const char *name)
{
  for (guint i = 0; i < people->all->len; i++)
    if (g_str_equal (app_people_get (people, i)->name, name))
      return app_people_get (people, i);
  return NULL;
}

static gboolean
check_free (const AppPeople *people, const char *name, GError **error)
{
  if (find_name (people, name) == NULL)
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "%s is enrolled already", name);
  return FALSE;
}

static gboolean
check_known (const AppPeople *people, const char *name, GError **error)
{
  g_autofree char *shown = g_utf8_make_valid (name, -1);

  if (find_name (people, shown) != NULL)
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "nobody called %s is enrolled", shown);
  return FALSE;
}

gboolean
app_people_add (AppPeople *people, const AppPerson *person, GError **error)
{
  g_autofree char *voice =
      g_base64_encode ((const guchar *) person->embedding, sizeof person->embedding);
  g_autofree char *recordings = g_strdup_printf ("%d", person->n_recordings);
  char seconds[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (seconds, sizeof seconds, "%.3f", person->seconds);
  return check_free (people, person->name, error)
         && app_database_run (people->db, error,
                              "INSERT INTO person VALUES (?1, ?2, ?3, ?4, ?5, ?6)", person->name,
                              person->consent, person->date, seconds, recordings, voice, NULL)
         && read_all (people, error);
}

gboolean
app_people_remove (AppPeople *people, const char *name, GError **error)
{
  return check_known (people, name, error)
         && app_database_run (people->db, error, "DELETE FROM person WHERE name = ?1", name, NULL)
         && read_all (people, error);
}

gboolean
app_people_rename (AppPeople *people, const char *name, const char *to, GError **error)
{
  g_autofree char *new_name = clean_name (to, error);

  return new_name != NULL && check_known (people, name, error)
         && check_free (people, new_name, error)
         && app_database_run (people->db, error, "UPDATE person SET name = ?2 WHERE name = ?1",
                              name, new_name, NULL)
         && read_all (people, error);
}

const AppPerson *
app_people_find (const AppPeople *people, const float *embedding, double seconds,
                 AppVoiceMatch *match)
{
  AppVoiceMatch nearest = { 0 };
  const AppPerson *found = NULL;

  for (guint i = 0; i < people->all->len; i++) {
    const AppPerson *person = app_people_get (people, i);
    const AppVoiceMatch this =
        app_voice_match (embedding, seconds, person->embedding, person->seconds);

    if (found != NULL && this.score <= nearest.score)
      continue;
    nearest = this;
    found = person;
  }
  if (match != NULL)
    *match = nearest;
  return nearest.is_same && !nearest.is_short ? found : NULL;
}

void
app_people_find_all (const AppPeople *people, const float *embeddings, const double *seconds,
                     guint n, const AppPerson **found)
{
  g_autofree double *scores = g_new0 (double, n);

  for (guint i = 0; i < n; i++) {
    AppVoiceMatch match;

    found[i] =
        app_people_find (people, embeddings + (size_t) i * AUDIO_SPEAKER_DIM, seconds[i], &match);
    scores[i] = match.score;
    for (guint j = 0; j < i && found[i] != NULL; j++)
      if (found[j] == found[i])
        found[scores[j] >= scores[i] ? i : j] = NULL;
  }
}

void
app_people_name_speakers (const AppPeople *people, AppHearing *hearing)
{
  const guint n = hearing->speakers->len;
  g_autofree float *embeddings = g_new (float, (gsize) n *AUDIO_SPEAKER_DIM);
  g_autofree double *seconds = g_new (double, n);
  g_autofree const AppPerson **found = g_new0 (const AppPerson *, n);

  for (guint i = 0; i < n; i++) {
    const AppHearingSpeaker *speaker = g_ptr_array_index (hearing->speakers, i);

    memcpy (embeddings + (gsize) i * AUDIO_SPEAKER_DIM, speaker->embedding,
            sizeof speaker->embedding);
    seconds[i] = speaker->seconds;
  }
  app_people_find_all (people, embeddings, seconds, n, found);
  for (guint i = 0; i < n; i++) {
    AppHearingSpeaker *speaker = g_ptr_array_index (hearing->speakers, i);
    gboolean is_free = found[i] != NULL;

    for (guint j = 0; j < n && is_free; j++) {
      const AppHearingSpeaker *other = g_ptr_array_index (hearing->speakers, j);

      is_free = j == i || !g_str_equal (other->name, found[i]->name);
    }
    if (!is_free)
      continue;
    g_free (speaker->name);
    speaker->name = g_strdup (found[i]->name);
  }
}
