/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The user's voices and the ledger of consent: which may speak, and which may not. */

#include "app/speech/own-voice.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "app/speech/own-voice-read-out.h"
#include "app/speech/own-voice-stock.h"
#include "tests/audio/made-up-own-voice.h"
#include "tests/support/folder.h"

static GBytes *
make_voice (const char *name)
{
  return made_up_voice_bytes (name, 64, FALSE);
}

static void
keep (const char *name)
{
  g_autoptr (GBytes) bytes = make_voice (name);
  g_autoptr (GError) error = NULL;

  g_assert_true (app_own_voice_keep (name, bytes, NULL, NULL, &error));
  g_assert_no_error (error);
}

static void
assert_silent (const char *name, const char *why)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = app_own_voice_find (name, &error);

  g_assert_null (path);
  g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
  g_assert_nonnull (strstr (error->message, why));
  g_assert_null (strchr (error->message, '\n'));
}

static void
test_keep (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  struct stat info;

  g_autoptr (GPtrArray) none = app_own_voices_list (&error);

  g_assert_no_error (error);
  g_assert_cmpuint (none->len, ==, 0);
  keep ("mine");
  path = app_own_voice_find ("mine", &error);
  g_assert_no_error (error);
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);

  g_autoptr (AppOwnVoice) voice = app_own_voice_get ("mine", NULL);
  g_assert_null (voice->problem);
  g_assert_cmpstr (voice->entry->origin, ==, "file");
  g_assert_cmpstr (voice->entry->attestation, ==, "my own voice");
  g_assert_cmpstr (voice->entry->clips, ==, "00ff 11ee");
  g_assert_cmpuint (strlen (voice->entry->id), ==, 16);
  g_autofree char *ledger = g_build_filename (g_get_user_data_dir (), "hearsay", "voices.db", NULL);
  g_assert_cmpint (stat (ledger, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_assert_true (app_own_voice_remove ("mine", &error));
  assert_silent ("mine", "there is no voice mine");
}

static void
test_names (void)
{
  static const char *const names[] = { "",    "a/b",     "..", ".hidden", "-x",
                                       "a b", "af_mine", "é",  "a\nb",    "bm_x" };
  g_autofree char *long_name = g_strnfill (65, 'a');

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (app_own_voice_check_name (names[i], &error));
    g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
  }
  g_assert_false (app_own_voice_check_name (long_name, NULL));
  g_assert_true (app_own_voice_check_name ("Grandma-1.b_c", NULL));
  keep ("taken");
  g_autoptr (GError) error = NULL;
  g_assert_false (app_own_voice_check_name ("taken", &error));
  g_assert_nonnull (strstr (error->message, "already"));
  app_own_voice_remove ("taken", NULL);
}

/* A voice that was revoked stays silent, also as a copy, and under another name. */
static void
test_revoke (void)
{
  g_autoptr (GBytes) bytes = make_voice ("gone");
  g_autoptr (GError) error = NULL;

  keep ("gone");
  g_assert_true (app_own_voice_revoke ("gone", &error));
  assert_silent ("gone", "was revoked on");
  g_assert_true (app_own_voice_remove ("gone", &error));
  g_assert_false (app_own_voice_keep ("back", bytes, "import", "it is mine", &error));
  g_assert_nonnull (strstr (error->message, "was revoked on"));
  assert_silent ("back", "there is no voice back");
}

/* What was put there by hand, or changed there, is not known to the ledger. */
static void
test_foreign_files (void)
{
  g_autofree char *path = NULL;
  g_autofree char *content = NULL;
  g_autoptr (GBytes) bytes = make_voice ("other");
  g_autofree char *foreign =
      g_build_filename (g_get_user_data_dir (), "hearsay", "voices", "foreign.voice", NULL);
  gsize n;

  keep ("changed");
  path = app_own_voice_find ("changed", NULL);
  g_assert_true (g_file_get_contents (path, &content, &n, NULL));
  content[n - 1] ^= 1;
  g_assert_true (g_file_set_contents (path, content, (gssize) n, NULL));
  assert_silent ("changed", "the ledger does not know the voice changed");
  g_assert_true (g_file_set_contents (path, content, 1000, NULL));
  assert_silent ("changed", "changed.voice");
  g_assert_true (app_own_voice_remove ("changed", NULL));

  g_assert_true (g_file_set_contents (foreign, g_bytes_get_data (bytes, NULL),
                                      (gssize) g_bytes_get_size (bytes), NULL));
  assert_silent ("foreign", "the ledger does not know");
  g_autoptr (GPtrArray) voices = app_own_voices_list (NULL);
  g_assert_cmpuint (voices->len, ==, 1);
  g_assert_nonnull (((AppOwnVoice *) voices->pdata[0])->problem);
  g_unlink (foreign);
}

static void
test_not_a_voice (void)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static ("no voice", 8);
  g_autoptr (GError) error = NULL;

  g_assert_false (app_own_voice_keep ("none", bytes, NULL, NULL, &error));
  g_assert_nonnull (error);
  g_assert_false (g_file_test ("none.voice", G_FILE_TEST_EXISTS));
  assert_silent ("none", "there is no voice none");
}

static void
test_ledger (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AppVoiceLedger) ledger = app_voice_ledger_new (NULL, &error);
  AppVoiceEntry entry = { "0123456789abcdef", "a", "microphone", "I said so", "ff", NULL, NULL };
  g_autoptr (GPtrArray) before = app_voice_ledger_list (ledger, NULL);

  g_assert_true (app_voice_ledger_add (ledger, &entry, &error));
  entry.attestation = (char *) "something else";
  g_assert_true (app_voice_ledger_add (ledger, &entry, &error));
  g_autoptr (GPtrArray) after = app_voice_ledger_list (ledger, NULL);
  g_assert_cmpuint (after->len, ==, before->len + 1);
  g_autoptr (AppVoiceEntry) found = app_voice_ledger_find (ledger, entry.id, &error);
  g_assert_cmpstr (found->attestation, ==, "I said so");
  g_assert_cmpstr (found->revoked, ==, "");
  g_assert_true (g_str_has_prefix (found->date, "20"));
  g_assert_null (app_voice_ledger_find (ledger, "none", &error));
  g_assert_no_error (error);
  g_assert_false (app_voice_ledger_revoke (ledger, "none", &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
  g_clear_error (&error);
  g_assert_true (app_voice_ledger_delete (ledger, entry.id, &error));
  g_assert_null (app_voice_ledger_find (ledger, entry.id, &error));
}

/* The sentence is another each time, and what is heard may be a little wrong. */
static void
test_sentence (void)
{
  g_autofree char *a = app_consent_sentence_new ();
  g_autofree char *b = app_consent_sentence_new ();
  g_autofree char *loud = g_utf8_strup (a, -1);

  g_assert_cmpstr (a, !=, b);
  g_assert_cmpfloat (app_consent_compare (a, loud), ==, 0);
  g_assert_cmpfloat (app_consent_compare (a, ""), ==, 1);
  g_assert_cmpfloat (app_consent_compare ("one two three four", "One, two! Tree four."), ==, 0.25);
  g_assert_cmpfloat (app_consent_compare (a, "I like this weather, and nothing else."), >, 0.7);
  g_assert_cmpfloat (app_consent_compare ("forty-two", "forty two"), ==, 0);
}

/* How many of the eight English stock voices that come first are men's. */
static guint
count_men (double f0_hz, float female, gboolean is_certain)
{
  g_autoptr (GArray) ranked = app_stock_voices_rank (f0_hz, 3, female, is_certain);
  guint n_men = 0, n = 0;

  for (guint i = 0; i < ranked->len && n < 8; i++) {
    const AppStockVoice *voice = &g_array_index (ranked, AppStockVoice, i);

    g_assert_cmpfloat (voice->f0_factor, >=, 0.6);
    g_assert_cmpfloat (voice->f0_factor, <=, 1.6);
    if (voice->name[0] == 'z')
      continue;
    n++;
    n_men += voice->name[1] == 'm';
  }
  return n_men;
}

/* A raised voice has the pitch of the other gender. */
static void
test_stock (void)
{
  g_assert_cmpuint (count_men (243, 0.5f, FALSE), ==, 0);
  g_assert_cmpuint (count_men (243, 0.08f, TRUE), ==, 3);
  g_assert_cmpuint (count_men (200, 0.95f, TRUE), ==, 0);
  g_assert_cmpuint (count_men (105, 0.05f, TRUE), ==, 8);
  g_assert_cmpuint (count_men (120, 0.95f, TRUE), ==, 5);
}

/* Clear words come first, likeness then. */
static void
test_trial (void)
{
  const AppVoiceTrial clear = { 0.75, 1 }, clearer = { 0.74, -1 }, more_alike = { 0.76, 0 };
  const AppVoiceTrial unclear = { 0.9, 2 }, worse = { 0.95, 3 }, as_unclear = { 0.91, 2 };

  g_assert_true (app_voice_trial_is_clear (&clear));
  g_assert_false (app_voice_trial_is_clear (&unclear));
  g_assert_true (app_voice_trial_is_better (&clear, &unclear));
  g_assert_false (app_voice_trial_is_better (&unclear, &clear));
  g_assert_true (app_voice_trial_is_better (&more_alike, &clear));
  g_assert_true (app_voice_trial_is_better (&clear, &clearer));
  g_assert_true (app_voice_trial_is_better (&unclear, &worse));
  g_assert_false (app_voice_trial_is_better (&worse, &unclear));
  g_assert_true (app_voice_trial_is_better (&as_unclear, &unclear));
  g_assert_false (app_voice_trial_is_better (&clear, &clear));
}

int
main (int argc, char **argv)
{
  g_autofree char *data = g_dir_make_tmp ("hearsay-own-voice-XXXXXX", NULL);
  int status;

  /* Before GLib looks: it does so once. */
  g_setenv ("XDG_DATA_HOME", data, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/own-voice/keep", test_keep);
  g_test_add_func ("/own-voice/names", test_names);
  g_test_add_func ("/own-voice/revoke", test_revoke);
  g_test_add_func ("/own-voice/foreign-files", test_foreign_files);
  g_test_add_func ("/own-voice/not-a-voice", test_not_a_voice);
  g_test_add_func ("/own-voice/ledger", test_ledger);
  g_test_add_func ("/own-voice/sentence", test_sentence);
  g_test_add_func ("/own-voice/stock", test_stock);
  g_test_add_func ("/own-voice/trial", test_trial);
  status = g_test_run ();
  test_folder_remove (data);
  return status;
}
