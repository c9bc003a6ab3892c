/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the check makes of what was heard, and takes on disk; no model is needed. */

#include "app/speech/narration-private.h"

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>
#include <unistd.h>

/* Words parted by spaces; each letter is a sound. (transfer full). */
static AudioReading *
read_letters (const char *text)
{
  AudioReading *reading = g_new0 (AudioReading, 1);

  reading->phonemes = g_strdup (text);
  reading->n_symbols = (int) g_utf8_strlen (text, -1);
  reading->words = g_new0 (AudioReadingWord, (gsize) reading->n_symbols + 1);
  for (int i = 0; text[i] != '\0';) {
    int begin = i;
    while (g_ascii_isalpha (text[i]))
      i++;
    if (i > begin)
      reading->words[reading->n_words++] =
          (AudioReadingWord){ (size_t) begin, (size_t) i, begin, i };
    else
      i++;
  }
  return reading;
}

static char *
join (GPtrArray *words)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < words->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? " " : "", (char *) words->pdata[i]);
  return g_strdup (text->str);
}

static void
assert_comparison (const char *text, const char *heard, double score, guint longest_gap,
                   const char *missed, const char *added)
{
  g_autoptr (AudioReading) a = read_letters (text), b = read_letters (heard);
  g_auto (AppSoundComparison) comparison = { 0 };

  app_sounds_compare (text, a, heard, b, &comparison);
  g_autofree char *found_missed = join (comparison.missed), *found_added = join (comparison.added);
  g_assert_cmpfloat_with_epsilon (comparison.score, score, 1e-6);
  g_assert_cmpuint (comparison.longest_gap, ==, longest_gap);
  g_assert_cmpstr (found_missed, ==, missed);
  g_assert_cmpstr (found_added, ==, added);
}

static void
test_comparison (void)
{
  assert_comparison ("the cat sat.", "the cat sat", 1, 0, "", "");
  assert_comparison ("the cat sat", "the sat", 1 - 3 / 9.0, 3, "cat", "");
  assert_comparison ("the cat sat", "the cat cat sat", 1 - 3 / 9.0, 3, "", "cat");
  assert_comparison ("the cat sat", "the bat sat", 1 - 1 / 9.0, 0, "", "");
  assert_comparison ("the cat sat", "thecat sat", 1, 0, "", "");
  assert_comparison ("the cat", "", 0, 6, "the cat", "");
  assert_comparison ("", "yes", 0, 3, "", "yes");
  assert_comparison ("", "", 1, 0, "", "");
  assert_comparison ("ab", "abababababab", 0, 10, "", "abababababab");
}

static void
test_bad (void)
{
  AppTake take = { .n_sounds = 40, .score = 0.95, .likeness = NAN, .is_checked = TRUE };

  g_assert_false (app_take_is_bad (&take));
  take.longest_gap = 9;
  g_assert_true (app_take_is_bad (&take));
  take.longest_gap = 0;
  take.score = 0.7;
  g_assert_true (app_take_is_bad (&take));
  take.is_checked = FALSE;
  g_assert_false (app_take_is_bad (&take));
  take = (AppTake){ .n_sounds = 40, .score = 1, .likeness = 0.3, .is_checked = TRUE };
  g_assert_true (app_take_is_bad (&take));
  /* Of a word alone the recogniser may hear another. */
  take = (AppTake){ .n_sounds = 5, .score = 0.5, .likeness = NAN, .is_checked = TRUE };
  g_assert_false (app_take_is_bad (&take));
}

static void
fill_take (AppTake *take)
{
  static const AppSaidWord words[] = { { 0, 3, 0, 0.5 }, { 4, 7, 0.5, 1.25 } };

  g_array_append_vals (take->words, words, 2);
}

/* What somebody changed in the file of a take, or what is left of it. */
static void
assert_broken (const AppNarration *narration, const AppSentence *sentence, const char *known)
{
  static const char *const broken[] = {
    "",
    "[]",
    "{}",
    "{\"text\": \"one two\", \"seconds\": 1}",
    "{\"text\": \"one two\", \"seconds\": \"long\", \"words\": []}",
    "{\"text\": \"one two\", \"seconds\": 1, \"words\": [[0, 99, 0, 1]]}",
    "{\"text\": \"one two\", \"seconds\": 1, \"words\": [[0, 3, 1, 0]]}",
    "{\"text\": \"one two\", \"seconds\": 1, \"words\": [[0, 3, {}, 0]]}",
    "{\"text\": \"one two\", \"seconds\": 1, \"words\": [[4, 7, 0, 0.5], [0, 3, 0.5, 1]]}",
    "{\"text\": \"one two\", \"seconds\": 1, \"words\": [[-1, 3, 0, 1]]}",
    "{\"text\": \"one two\", \"seconds\": 1, \"words\": [3]}",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (broken); i++) {
    g_assert_true (g_file_set_contents (known, broken[i], -1, NULL));
    g_assert_null (app_take_load (narration, sentence));
  }
}

/* Two narrations into one file would take each other's sounds. */
static void
test_lock (void)
{
  g_autofree char *folder = g_dir_make_tmp ("hearsay-narration-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, ".lock", NULL);
  g_autoptr (GError) error = NULL;
  const int first = app_takes_lock (folder, &error);

  g_assert_no_error (error);
  g_assert_cmpint (first, >=, 0);
  g_assert_cmpint (app_takes_lock (folder, &error), ==, -1);
  g_assert_error (error, APP_ERROR, APP_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, folder));
  g_clear_error (&error);
  close (first);
  const int second = app_takes_lock (folder, &error);
  g_assert_no_error (error);
  g_assert_cmpint (second, >=, 0);
  close (second);
  g_assert_cmpint (g_unlink (file), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  g_assert_cmpint (app_takes_lock (folder, &error), ==, -1);
  g_assert_error (error, APP_ERROR, APP_ERROR_DISK);
}

/* What is kept comes back; what does not fit the sentence does not. */
static void
test_keep (void)
{
  g_autofree char *folder = g_dir_make_tmp ("hearsay-narration-XXXXXX", NULL);
  const AppNarration narration = { .takes = folder };
  AppSentence sentence = { .text = (char *) "one two", .voice = (char *) "v", .key = "abc" };
  AppTake take = { .seconds = 1.5,
                   .phonemes = (char *) "wan tu",
                   .variant = 2,
                   .n_retakes = 1,
                   .is_checked = TRUE,
                   .score = 0.875,
                   .likeness = 0.75,
                   .heard = (char *) "one",
                   .missed = (char *[]){ (char *) "two", NULL },
                   .words = g_array_new (FALSE, FALSE, sizeof (AppSaidWord)) };
  g_autofree char *path = g_build_filename (folder, "new.flac", NULL);
  g_autofree char *known = g_build_filename (folder, "abc.json", NULL);
  g_autofree char *sound = app_take_get_path (&narration, &sentence);
  g_autoptr (GError) error = NULL;

  fill_take (&take);
  g_assert_true (g_file_set_contents (path, "sound", -1, NULL));
  g_assert_null (app_take_load (&narration, &sentence));
  g_assert_true (app_take_keep (&narration, &sentence, &take, path, &error));
  AppTake *found = app_take_load (&narration, &sentence);
  g_assert_nonnull (found);
  g_assert_cmpfloat (found->seconds, ==, 1.5);
  g_assert_cmpint (found->variant, ==, 2);
  g_assert_cmpuint (found->n_retakes, ==, 1);
  g_assert_true (found->is_checked);
  g_assert_cmpfloat (found->score, ==, 0.875);
  g_assert_cmpfloat (found->likeness, ==, 0.75);
  g_assert_cmpstr (found->missed[0], ==, "two");
  g_assert_cmpuint (g_strv_length (found->added), ==, 0);
  g_assert_cmpuint (found->words->len, ==, 2);
  g_assert_cmpfloat (g_array_index (found->words, AppSaidWord, 1).end_s, ==, 1.25);
  app_take_free (found);
  sentence.text = (char *) "one";
  g_assert_null (app_take_load (&narration, &sentence));
  sentence.text = (char *) "one two";
  assert_broken (&narration, &sentence, known);
  g_array_unref (take.words);
  g_remove (known);
  g_remove (sound);
  g_rmdir (folder);
}

/* A folder with takes of one sentence: the one that is used says "0", an earlier one its number. */
typedef struct {
  AppNarration narration;
  AppSentence sentence;
  AppTake take;
} Takes;

static void
add_take (Takes *takes, const char *sound)
{
  g_autofree char *path = g_build_filename (takes->narration.takes, "new.flac", NULL);

  g_assert_true (g_file_set_contents (path, sound, -1, NULL));
  g_assert_true (app_take_keep (&takes->narration, &takes->sentence, &takes->take, path, NULL));
}

static void
assert_sound (const Takes *takes, const char *expected)
{
  g_autofree char *path = app_take_get_path (&takes->narration, &takes->sentence);
  g_autofree char *sound = NULL;

  g_assert_true (g_file_get_contents (path, &sound, NULL, NULL));
  g_assert_cmpstr (sound, ==, expected);
}

static guint
count_files (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
make_old (const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);

  g_assert_true (g_file_set_attribute_uint64 (file, G_FILE_ATTRIBUTE_TIME_MODIFIED, 1000,
                                              G_FILE_QUERY_INFO_NONE, NULL, NULL));
}

static void
test_earlier (void)
{
  g_autofree char *folder = g_dir_make_tmp ("hearsay-narration-XXXXXX", NULL);
  Takes takes = {
    .narration = { .takes = folder, .sentences = g_ptr_array_new () },
    .sentence = { .text = (char *) "one", .key = "0123456789abcdef0123456789abcdef" },
    .take = { .seconds = 1,
              .likeness = NAN,
              .words = g_array_new (FALSE, FALSE, sizeof (AppSaidWord)) },
  };
  g_autoptr (GError) error = NULL;
  g_autofree char *stray = g_build_filename (folder, "fedcba9876543210fedcba9876543210.flac", NULL);
  g_autofree char *note = g_build_filename (folder, "note.txt", NULL);

  add_take (&takes, "first");
  g_assert_true (app_take_set_aside (&takes.narration, &takes.sentence, &error));
  add_take (&takes, "second");
  g_assert_true (app_take_set_aside (&takes.narration, &takes.sentence, &error));
  add_take (&takes, "third");
  g_autoptr (GArray) numbers = app_take_list_earlier (&takes.narration, &takes.sentence);
  g_assert_cmpuint (numbers->len, ==, 2);
  g_assert_false (app_take_choose (&takes.narration, &takes.sentence, 3, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
  g_clear_error (&error);
  assert_sound (&takes, "third");
  g_assert_true (app_take_choose (&takes.narration, &takes.sentence, 1, &error));
  assert_sound (&takes, "first");
  g_assert_cmpuint (count_files (folder), ==, 2);

  /* Sentences that have left the script go, but not at once, and nothing else does. */
  g_ptr_array_add (takes.narration.sentences, &takes.sentence);
  g_assert_true (g_file_set_contents (stray, "", -1, NULL));
  g_assert_true (g_file_set_contents (note, "", -1, NULL));
  app_takes_forget_others (&takes.narration);
  g_assert_true (g_file_test (stray, G_FILE_TEST_EXISTS));
  make_old (stray);
  make_old (note);
  app_takes_forget_others (&takes.narration);
  g_assert_false (g_file_test (stray, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (note, G_FILE_TEST_EXISTS));
  assert_sound (&takes, "first");
  g_ptr_array_unref (takes.narration.sentences);
  g_array_unref (takes.take.words);
  g_remove (note);
  g_assert_true (app_take_choose (&takes.narration, &takes.sentence, 0, NULL));
  g_autofree char *path = app_take_get_path (&takes.narration, &takes.sentence);
  g_remove (path);
  memcpy (strrchr (path, '.'), ".json", 5);
  g_remove (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/narration/comparison", test_comparison);
  g_test_add_func ("/app/narration/bad", test_bad);
  g_test_add_func ("/app/narration/lock", test_lock);
  g_test_add_func ("/app/narration/keep", test_keep);
  g_test_add_func ("/app/narration/earlier", test_earlier);
  return g_test_run ();
}
