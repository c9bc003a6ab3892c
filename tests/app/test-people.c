/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Enrolled people and the verdict on two voices, with made-up voices. */

#include "app/engine/people.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/app/heard.h"

typedef struct {
  char *path;
  AppPeople *people;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  int fd = g_file_open_tmp ("hearsay-people-XXXXXX", &f->path, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_close (fd, NULL);
  f->people = app_people_new (f->path, NULL);
  g_assert_nonnull (f->people);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  app_people_free (f->people);
  g_remove (f->path);
  g_free (f->path);
}

/* A voice whose cosine to voice 0 is cos (angle). */
static void
fill_voice (float *embedding, double angle)
{
  memset (embedding, 0, AUDIO_SPEAKER_DIM * sizeof (float));
  embedding[7] = (float) cos (angle);
  embedding[8] = (float) sin (angle);
}

static AppVoiceprint *
make_print (double angle, double seconds, int n_speakers)
{
  AppVoiceprint *print = g_new0 (AppVoiceprint, 1);

  print->title = g_strdup ("a.wav");
  print->seconds = seconds;
  fill_voice (print->embedding, angle);
  print->speakers = g_new0 (AudioDiarisation, 1);
  print->speakers->n_speakers = n_speakers;
  print->speakers->turns = g_array_new (FALSE, FALSE, sizeof (AudioTurn));
  return print;
}

/* (transfer full) (nullable): from up to two recordings. */
static AppPerson *
make_person (const char *name, const char *consent, AppVoiceprint *first, AppVoiceprint *second,
             GError **error)
{
  g_autoptr (AppVoiceprint) a = first;
  g_autoptr (AppVoiceprint) b = second;
  const AppVoiceprint *prints[] = { a, b };

  return app_person_new (name, consent, prints, b != NULL ? 2 : 1, error);
}

static void
assert_refused (const char *name, const char *consent, AppVoiceprint *first, AppVoiceprint *second,
                const char *why)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (make_person (name, consent, first, second, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
  g_assert_nonnull (strstr (error->message, why));
}

static const char agreed[] = "Mara agreed on 3 May";

static void
test_enrolment (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AppPerson) person =
      make_person (" Mara ", agreed, make_print (0.1, 6, 1), make_print (-0.1, 6, 1), &error);

  g_assert_no_error (error);
  g_assert_cmpstr (person->name, ==, "Mara");
  g_assert_cmpstr (person->consent, ==, agreed);
  g_assert_cmpint (person->n_recordings, ==, 2);
  g_assert_cmpfloat (fabs (person->seconds - 12), <, 1e-9);
  g_assert_cmpfloat (fabsf (person->embedding[7] - 1), <, 1e-6f);
  assert_refused ("", agreed, make_print (0, 20, 1), NULL, "a name");
  assert_refused ("a<b", agreed, make_print (0, 20, 1), NULL, "a name");
  assert_refused ("Mara\n", "  \n ", make_print (0, 20, 1), NULL, "consent");
  assert_refused ("Mara", agreed, make_print (0, 4, 1), make_print (0, 5, 1), "9.0 s");
  assert_refused ("Mara", agreed, make_print (0, 20, 2), NULL, "2 people");
  assert_refused ("Mara", agreed, make_print (0, 20, 1), make_print (1.5, 20, 1), "unlike");
}

static void
test_kept (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AppPerson) mara = make_person ("Mara", agreed, make_print (0, 20, 1), NULL, NULL);
  g_autoptr (AppPerson) ann = make_person ("Ann", agreed, make_print (1.4, 30, 1), NULL, NULL);
  struct stat info;

  g_assert_cmpuint (app_people_get_n (f->people), ==, 0);
  g_assert_true (app_people_add (f->people, mara, &error));
  g_assert_true (app_people_add (f->people, ann, &error));
  g_assert_false (app_people_add (f->people, ann, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
  g_clear_error (&error);
  g_assert_cmpint (stat (f->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);

  app_people_free (f->people);
  f->people = app_people_new (f->path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (app_people_get_n (f->people), ==, 2);
  g_assert_cmpstr (app_people_get (f->people, 0)->name, ==, "Ann");
  const AppPerson *kept = app_people_get (f->people, 1);
  g_assert_cmpstr (kept->consent, ==, agreed);
  g_assert_cmpstr (kept->date, ==, mara->date);
  g_assert_cmpfloat (fabs (kept->seconds - 20), <, 1e-9);
  g_assert_cmpmem (kept->embedding, sizeof kept->embedding, mara->embedding,
                   sizeof mara->embedding);

  g_assert_false (app_people_rename (f->people, "Mara", "Ann", &error));
  g_clear_error (&error);
  g_assert_false (app_people_rename (f->people, "Tom", "Tim", &error));
  g_assert_nonnull (strstr (error->message, "Tom"));
  g_clear_error (&error);
  g_assert_true (app_people_rename (f->people, "Mara", "Zoe", &error));
  g_assert_true (app_people_remove (f->people, "Ann", &error));
  g_assert_false (app_people_remove (f->people, "Ann", &error));
  g_clear_error (&error);
  g_assert_cmpuint (app_people_get_n (f->people), ==, 1);
  g_assert_cmpstr (app_people_get (f->people, 0)->name, ==, "Zoe");
}

/* What was removed is not in the file any more. */
static void
test_removed (Fixture *f, gconstpointer data)
{
  g_autoptr (AppPerson) mara = make_person ("Mara", agreed, make_print (0, 20, 1), NULL, NULL);
  static const char *const endings[] = { "", "-wal" };

  g_assert_true (app_people_add (f->people, mara, NULL));
  g_assert_true (app_people_remove (f->people, "Mara", NULL));
  g_clear_pointer (&f->people, app_people_free);
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++) {
    g_autofree char *path = g_strconcat (f->path, endings[i], NULL);
    g_autofree char *bytes = NULL;
    gsize n = 0;

    if (g_file_get_contents (path, &bytes, &n, NULL))
      g_assert_null (g_strstr_len (bytes, (gssize) n, "agreed"));
  }
}

static void
test_damaged (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&f->people, app_people_free);
  g_assert_true (g_file_set_contents (f->path, "no database, but long enough to be one", -1, NULL));
  g_assert_null (app_people_new (f->path, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_FORMAT);
}

static void
test_find (Fixture *f, gconstpointer data)
{
  g_autoptr (AppPerson) mara = make_person ("Mara", agreed, make_print (0, 20, 1), NULL, NULL);
  g_autoptr (AppPerson) ann = make_person ("Ann", agreed, make_print (1.2, 30, 1), NULL, NULL);
  float voices[3 * AUDIO_SPEAKER_DIM];
  const double seconds[] = { 20, 20, 20 };
  const AppPerson *found[3];
  AppVoiceMatch match;

  fill_voice (voices, 0.3);
  g_assert_null (app_people_find (f->people, voices, 20, &match));
  g_assert_true (app_people_add (f->people, mara, NULL));
  g_assert_true (app_people_add (f->people, ann, NULL));
  g_assert_cmpstr (app_people_find (f->people, voices, 20, &match)->name, ==, "Mara");
  g_assert_cmpfloat (fabs (match.score - cos (0.3)), <, 1e-5);
  g_assert_null (app_people_find (f->people, voices, 0.4, NULL));
  /* The second voice is Mara's as well, and nearer: nobody speaks as two. */
  fill_voice (voices + AUDIO_SPEAKER_DIM, 0.1);
  fill_voice (voices + 2 * AUDIO_SPEAKER_DIM, -1.5);
  app_people_find_all (f->people, voices, seconds, 3, found);
  g_assert_null (found[0]);
  g_assert_cmpstr (found[1]->name, ==, "Mara");
  g_assert_null (found[2]);
}

/* The speakers of a Hearing get names; a name that another speaker has is not given. */
static void
test_names (Fixture *f, gconstpointer data)
{
  static const char *const lines[] = { "Hello.", NULL };
  g_autoptr (AppHearing) hearing = heard_lines ("/tmp/two.wav", lines);
  g_autoptr (AppPerson) mara = make_person ("Mara", agreed, make_print (0, 20, 1), NULL, NULL);
  g_autoptr (AppPerson) ann = make_person ("C", agreed, make_print (1.2, 30, 1), NULL, NULL);
  static const double angles[] = { 0.2, 1.3, -1.5 };
  static const char *const expected[] = { "Mara", "B", "C" };

  g_assert_true (app_people_add (f->people, mara, NULL));
  g_assert_true (app_people_add (f->people, ann, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (angles); i++) {
    const char name[] = { (char) ('A' + i), '\0' };
    AppHearingSpeaker *speaker = app_hearing_add_speaker (hearing, name);

    speaker->seconds = 10;
    fill_voice (speaker->embedding, angles[i]);
  }
  app_people_name_speakers (f->people, hearing);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    const AppHearingSpeaker *speaker = g_ptr_array_index (hearing->speakers, i);

    g_assert_cmpstr (speaker->name, ==, expected[i]);
  }
}

static void
test_match (void)
{
  float a[AUDIO_SPEAKER_DIM], b[AUDIO_SPEAKER_DIM];
  double before = 0;

  fill_voice (a, 0);
  fill_voice (b, acos (0.7));
  g_assert_true (app_voice_match (a, 2, b, 20).is_same);
  g_assert_false (app_voice_match (a, 20, b, 20).is_same);
  g_assert_true (app_voice_match (a, 0.5, b, 20).is_short);
  /* More speech, a higher threshold. */
  for (double seconds = 1.6; seconds < 60; seconds *= 1.5) {
    const AppVoiceMatch match = app_voice_match (a, seconds, b, 60);

    g_assert_cmpfloat (match.threshold, >=, before);
    g_assert_cmpfloat (match.confidence, >=, 0.5);
    g_assert_cmpfloat (match.confidence, <=, 0.99);
    before = match.threshold;
  }
  g_assert_cmpfloat (app_voice_match (a, 20, a, 20).confidence, ==, 0.99);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/people/enrolment", test_enrolment);
  g_test_add ("/app/people/kept", Fixture, NULL, set_up, test_kept, tear_down);
  g_test_add ("/app/people/removed", Fixture, NULL, set_up, test_removed, tear_down);
  g_test_add ("/app/people/damaged", Fixture, NULL, set_up, test_damaged, tear_down);
  g_test_add ("/app/people/find", Fixture, NULL, set_up, test_find, tear_down);
  g_test_add ("/app/people/names", Fixture, NULL, set_up, test_names, tear_down);
  g_test_add_func ("/app/people/match", test_match);
  return g_test_run ();
}
