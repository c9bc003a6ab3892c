/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/hearing/speaker-names.h"

#include <glib/gstdio.h>
#include <math.h>

#include "tests/app/heard.h"

static const char *const lines[] = { "Hello.", "Hello you.", "Who else?", "Me.", NULL };

typedef struct {
  char *path;
  AppSpeakerNames *names;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  int fd = g_file_open_tmp ("hearsay-names-XXXXXX", &f->path, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_close (fd, NULL);
  f->names = app_speaker_names_new (f->path, NULL);
  g_assert_nonnull (f->names);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  app_speaker_names_free (f->names);
  g_remove (f->path);
  g_free (f->path);
}

/* A, B, C and A again; C is silent about pitch. */
static AppHearing *
hear (Fixture *f)
{
  AppHearing *hearing = heard_lines ("/tmp/three.wav", lines);
  static const char *const heard[] = { "A", "B", "C" };

  for (guint i = 0; i < 3; i++) {
    AppHearingSpeaker *speaker = app_hearing_add_speaker (hearing, heard[i]);

    speaker->seconds = i == 0 ? 18 : 9;
    speaker->has_attributes = TRUE;
    speaker->female = i == 1 ? 0.2f : 0.8f;
    speaker->gender_certain = TRUE;
    speaker->pitch_hz = i == 0 ? 200 : i == 1 ? 110 : NAN;
    speaker->embedding[i] = 1;
  }
  for (guint i = 0; i < 4; i++)
    ((AppHearingSegment *) g_ptr_array_index (hearing->segments, i))->speaker = (int) (i % 3);
  g_assert_true (app_speaker_names_apply (f->names, "abc", hearing, NULL));
  return hearing;
}

static void
assert_speakers (Fixture *f, const char *expected)
{
  g_autoptr (AppHearing) hearing = hear (f);
  g_autoptr (GString) who = g_string_new (NULL);

  for (guint i = 0; i < hearing->segments->len; i++)
    g_string_append_printf (who, "%s ",
                            app_hearing_get_speaker (hearing, app_hearing_get (hearing, i))->name);
  g_assert_cmpstr (who->str, ==, expected);
}

static void
rename_speaker (Fixture *f, const char *from, const char *to)
{
  g_autoptr (AppHearing) hearing = hear (f);
  g_autoptr (GError) error = NULL;

  app_speaker_names_rename (f->names, "abc", hearing, from, to, &error);
  g_assert_no_error (error);
}

static void
merge (Fixture *f, const char *name, const char *other)
{
  g_autoptr (AppHearing) hearing = hear (f);
  g_autoptr (GError) error = NULL;

  app_speaker_names_merge (f->names, "abc", hearing, name, other, &error);
  g_assert_no_error (error);
}

static void
test_rename (Fixture *f, gconstpointer data)
{
  assert_speakers (f, "A B C A ");
  rename_speaker (f, "A", "Mara");
  assert_speakers (f, "Mara B C Mara ");
  rename_speaker (f, "Mara", "李明");
  assert_speakers (f, "李明 B C 李明 ");
  rename_speaker (f, "B", "A");
  assert_speakers (f, "李明 A C 李明 ");
  g_assert_true (app_speaker_names_forget (f->names, "other", NULL));
  assert_speakers (f, "李明 A C 李明 ");
  g_assert_true (app_speaker_names_forget (f->names, "abc", NULL));
  assert_speakers (f, "A B C A ");
}

static void
test_merge (Fixture *f, gconstpointer data)
{
  g_autoptr (AppHearing) hearing = NULL;
  const AppHearingSpeaker *first;

  merge (f, "A", "C");
  assert_speakers (f, "A B A A ");
  rename_speaker (f, "A", "Mara");
  assert_speakers (f, "Mara B Mara Mara ");
  hearing = hear (f);
  g_assert_cmpuint (hearing->speakers->len, ==, 2);
  first = g_ptr_array_index (hearing->speakers, 0);
  g_assert_cmpfloat (first->seconds, ==, 27);
  g_assert_cmpfloat (first->pitch_hz, ==, 200);
  g_assert_cmpfloat_with_epsilon (first->female, 0.8, 1e-5);
  g_assert_cmpfloat_with_epsilon (first->embedding[0], 2 / sqrt (5), 1e-5);
  g_assert_cmpfloat_with_epsilon (first->embedding[2], 1 / sqrt (5), 1e-5);
  merge (f, "B", "Mara");
  assert_speakers (f, "B B B B ");
  g_clear_pointer (&hearing, app_hearing_unref);
  hearing = hear (f);
  first = g_ptr_array_index (hearing->speakers, 0);
  g_assert_false (first->gender_certain);
}

static void
test_kept (Fixture *f, gconstpointer data)
{
  rename_speaker (f, "C", "Ida");
  app_speaker_names_free (f->names);
  f->names = app_speaker_names_new (f->path, NULL);
  assert_speakers (f, "A B Ida A ");
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  static const char *const bad[] = { "",     "a=b",
                                     "a\nb", "<|speaker A|>",
                                     "\xff", "0123456789012345678901234567890123456789x" };
  g_autoptr (AppHearing) hearing = hear (f);
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_false (app_speaker_names_rename (f->names, "abc", hearing, "A", bad[i], &error));
    g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
    g_clear_error (&error);
  }
  g_assert_false (app_speaker_names_rename (f->names, "abc", hearing, "D", "Mara", &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (app_speaker_names_rename (f->names, "abc", hearing, "A", "B", &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (app_speaker_names_merge (f->names, "abc", hearing, "A", "\xff", &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
  assert_speakers (f, "A B C A ");
}

/* What people said is never thrown away in silence. */
static void
test_damage (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  app_speaker_names_free (g_steal_pointer (&f->names));
  g_assert_true (
      g_file_set_contents (f->path, "no database, and not a short one either", -1, NULL));
  f->names = app_speaker_names_new (f->path, &error);
  g_assert_null (f->names);
  g_assert_error (error, APP_ERROR, APP_ERROR_FORMAT);
  g_assert_true (g_file_get_contents (f->path, &text, NULL, NULL));
  g_assert_true (g_str_has_prefix (text, "no database"));
}

#define ADD(name, function)                                                                        \
  g_test_add ("/speaker-names/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("rename", test_rename);
  ADD ("merge", test_merge);
  ADD ("kept", test_kept);
  ADD ("refused", test_refused);
  ADD ("damage", test_damage);
  return g_test_run ();
}
