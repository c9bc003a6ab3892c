/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Readings with the real lexicons, against lists that were written from the rules of the language
 * (tests/golden/reading). What may fail of a list are the failures that audio/reading/READING.md
 * names. */

#include <string.h>

#include "audio/reading/chinese.h"
#include "audio/reading/reading.h"
#include "tests/support/weights.h"

typedef struct {
  AudioReader *reader;
  AudioChinese *chinese;
} Fixture;

/* What a line of a list is read as, in the form of its expectation. (transfer full). */
typedef char *(*ReadLine) (Fixture *fixture, char *const *columns);

static char *
read_chinese (Fixture *fixture, char *const *columns)
{
  return audio_chinese_spell (fixture->chinese, columns[0]);
}

static char *
read_phonemes (Fixture *fixture, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AudioReading) reading = audio_reader_read (fixture->reader, text, NULL, &error);

  g_assert_no_error (error);
  return g_strdup (reading->phonemes);
}

/* "at 7 PM" and "at seven P.M." end otherwise, and are the same. */
static void
drop_full_stop (char *phonemes)
{
  const size_t n = strlen (phonemes);

  if (n > 0 && phonemes[n - 1] == '.')
    phonemes[n - 1] = '\0';
}

/* Columns: text, a word of it, its phonemes. */
static char *
read_one_word (Fixture *fixture, char *const *columns)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AudioReading) reading = audio_reader_read (fixture->reader, columns[0], "en", &error);
  const size_t begin = (size_t) (strstr (columns[0], columns[1]) - columns[0]);

  g_assert_no_error (error);
  for (size_t i = 0; i < reading->n_words; i++)
    if (reading->words[i].begin == begin) {
      const char *first = g_utf8_offset_to_pointer (reading->phonemes, reading->words[i].first);
      const char *last = g_utf8_offset_to_pointer (reading->phonemes, reading->words[i].last);
      return g_strndup (first, (size_t) (last - first));
    }
  return g_strdup ("");
}

static char *
read_whole (Fixture *fixture, char *const *columns)
{
  return read_phonemes (fixture, columns[0]);
}

static guint
check_list (Fixture *fixture, const char *name, ReadLine read_line, gboolean is_written_out,
            double least)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "golden", "reading", name, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  guint n = 0, n_right = 0;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    g_auto (GStrv) columns = g_strsplit (lines[i], "\t", -1);
    const guint n_columns = g_strv_length (columns);
    if (n_columns < 2)
      continue;
    g_autofree char *found = read_line (fixture, columns);
    g_autofree char *expected = is_written_out ? read_phonemes (fixture, columns[n_columns - 1])
                                               : g_strdup (columns[n_columns - 1]);
    n++;
    if (is_written_out) {
      drop_full_stop (found);
      drop_full_stop (expected);
    }
    if (g_str_equal (found, expected))
      n_right++;
    else
      g_test_message ("%s: %s: %s, expected %s", name, columns[0], found, expected);
  }
  g_test_message ("%s: %u of %u", name, n_right, n);
  g_assert_cmpuint (n, >, 20);
  if (n_right < least * n)
    g_test_fail ();
  return n;
}

static void
test_lists (void)
{
  g_autofree char *english = weights_find ("english-pronunciations");
  g_autofree char *chinese = weights_find ("chinese-pronunciations");
  g_autoptr (GError) error = NULL;
  guint n = 0;

  if (english == NULL || chinese == NULL)
    return;
  g_autoptr (AudioReader) reader =
      audio_reader_load (&(AudioReaderFiles){ english, chinese, NULL }, &error);
  g_assert_no_error (error);
  g_autoptr (AudioChinese) spelled = audio_chinese_load (chinese, &error);
  g_assert_no_error (error);
  Fixture fixture = { reader, spelled };
  n += check_list (&fixture, "chinese-polyphones.tsv", read_chinese, FALSE, 0.98);
  n += check_list (&fixture, "chinese-tones.tsv", read_chinese, FALSE, 0.98);
  n += check_list (&fixture, "chinese-numbers.tsv", read_chinese, FALSE, 0.98);
  n += check_list (&fixture, "chinese-traditional.tsv", read_chinese, FALSE, 0.98);
  n += check_list (&fixture, "chinese-mixed.tsv", read_chinese, FALSE, 0.98);
  n += check_list (&fixture, "news-chinese.tsv", read_chinese, FALSE, 0.98);
  audio_chinese_set_taiwan (spelled, TRUE);
  n += check_list (&fixture, "chinese-taiwan.tsv", read_chinese, FALSE, 1);
  audio_chinese_set_taiwan (spelled, FALSE);
  n += check_list (&fixture, "english-heteronyms.tsv", read_one_word, FALSE, 0.98);
  n += check_list (&fixture, "english-written-out.tsv", read_whole, TRUE, 0.98);
  n += check_list (&fixture, "english-phonemes.tsv", read_whole, FALSE, 0.98);
  n += check_list (&fixture, "news-english.tsv", read_whole, TRUE, 0.98);
  n += check_list (&fixture, "everyday-english.tsv", read_whole, TRUE, 1);
  n += check_list (&fixture, "everyday-chinese.tsv", read_whole, TRUE, 1);
  g_assert_cmpuint (n, >=, 400);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/weights-reading/lists", test_lists);
  return g_test_run ();
}
