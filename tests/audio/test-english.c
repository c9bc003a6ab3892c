/* SPDX-License-Identifier: GPL-3.0-or-later */

/* English text to phonemes with a small lexicon: forms of words, numbers, letters, choice by the
 * words around, marks. */

#include <string.h>

#include <glib/gstdio.h>

#include "audio/base/audio-error.h"
#include "audio/reading/english.h"
#include "tests/support/gguf-builder.h"

/* Sorted by bytes. */
static const char *const words[] = {
  "B",      "London",      "S",   "U",    "apple", "cat",  "cry",       "five",   "hello",
  "record", "record|VERB", "run", "stop", "table", "this", "this|None", "twenty", "walk"
};
static const char *const sounds[] = { "bˈi",   "lˈʌndən", "ˈɛs",   "jˈu",     "ˈæpᵊl",   "kˈæt",
                                      "kɹˈI",  "fˈIv",    "həlˈO", "ɹˈɛkəɹd", "ɹəkˈɔɹd", "ɹˈʌn",
                                      "stˈɑp", "tˈAbᵊl",  "ðɪs",   "ðˈɪs",    "twˈɛnti", "wˈɔk" };

static char *
write_lexicon_of (const char *architecture, const char *const *values, size_t n_sounds)
{
  g_autoptr (GgufBuilder) builder = gguf_builder_new ();
  char *path = g_build_filename (g_get_tmp_dir (), "hearsay-english-XXXXXX", NULL);

  gguf_builder_add_string (builder, "general.architecture", architecture);
  gguf_builder_add_strings (builder, "pronunciations.words", words, G_N_ELEMENTS (words));
  gguf_builder_add_strings (builder, "pronunciations.sounds", values, n_sounds);
  g_close (g_mkstemp (path), NULL);
  gguf_builder_write (builder, path);
  return path;
}

static char *
write_lexicon (const char *architecture, size_t n_sounds)
{
  return write_lexicon_of (architecture, sounds, n_sounds);
}

static void
test_read (void)
{
  static const char *const cases[][2] = {
    { "Hello", "həlˈO" },
    { "hello, London!", "həlˈO, lˈʌndən!" },
    { "HELLO", "həlˈO" },
    { "cats' cat's apples", "kˈæts kˈæts ˈæpᵊlz" },
    { "walked stopped cried", "wˈɔkt stˈɑpt kɹˈId" },
    { "running walking", "ɹˈʌnɪŋ wˈɔkɪŋ" },
    { "the cat, the apple", "ðə kˈæt, ði ˈæpᵊl" },
    { "a cat. A", "ɐ kˈæt. ˈA" },
    { "to walk to apples", "tə wˈɔk tʊ ˈæpᵊlz" },
    { "the record", "ðə ɹˈɛkəɹd" },
    { "to record", "tə ɹəkˈɔɹd" },
    { "this table, this", "ðɪs tˈAbᵊl, ðˈɪs" },
    { "US U.S.", "jˌuˈɛs jˌuˈɛs." },
    { "25 cats", "twˈɛnti fˈIv kˈæts" },
    { "cat-cat and/or", NULL }, /* the other words are espeak-ng's: only that nothing breaks */
    { "cat: \"apple\"", "kˈæt: ˈæpᵊl" },
    { "“cat” (cat) — cat…", "“kˈæt” (kˈæt) — kˈæt…" },
    { "", "" },
    { "?! ...", "" },
    { " \n\t ", "" },
    { "🙂 \xff\xfe\x01", "" },
  };
  g_autofree char *path = write_lexicon ("pronunciations", G_N_ELEMENTS (sounds));
  g_autoptr (GError) error = NULL;
  g_autoptr (AudioEnglish) english = audio_english_load (path, &error);

  g_remove (path);
  g_assert_no_error (error);
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *found = audio_english_read (english, cases[i][0]);
    g_assert_true (g_utf8_validate (found, -1, NULL));
    if (cases[i][1] != NULL)
      g_assert_cmpstr (found, ==, cases[i][1]);
  }
}

/* What no lexicon has is still spoken. */
static void
test_unknown (void)
{
  g_autofree char *path = write_lexicon ("pronunciations", G_N_ELEMENTS (sounds));
  g_autoptr (GError) error = NULL;
  g_autoptr (AudioEnglish) english = audio_english_load (path, &error);
  g_autofree char *found = audio_english_read (english, "flimble");

  g_remove (path);
  g_assert_cmpstr (found, ==, "flˈɪmbᵊl");
}

static void
test_numbers (void)
{
  static const char *const cases[][2] = {
    { "0", "zero" },
    { "7", "seven" },
    { "13", "thirteen" },
    { "20", "twenty" },
    { "342", "three hundred forty two" },
    { "1,024", "one thousand twenty four" },
    { "1000000", "one million" },
    { "12345678", "twelve million three hundred forty five thousand six hundred seventy eight" },
    { "1999", "nineteen ninety nine" },
    { "1905", "nineteen oh five" },
    { "1800", "eighteen hundred" },
    { "2005", "two thousand five" },
    { "2026", "twenty twenty six" },
    { "1990s", "nineteen nineties" },
    { "3.14", "three point one four" },
    { "007", "zero zero seven" },
    { "1st", "first" },
    { "22nd", "twenty second" },
    { "20th", "twentieth" },
    { "1000th", "one thousandth" },
    { "50%", "fifty percent" },
    { "$1", "one dollar" },
    { "$5.20", "five dollars and twenty cents" },
    { "£3", "three pounds" },
    { "10:30", "ten thirty" },
    { "9:05", "nine oh five" },
    { "12:00", "twelve o'clock" },
    { "25:61", NULL },
    { "1:2", NULL },
    { "1234567890123456", NULL },
    { "x", NULL },
    { "5kg", NULL },
    { "", NULL },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *found = audio_english_read_number (cases[i][0]);
    g_assert_cmpstr (found, ==, cases[i][1]);
  }
}

static void
test_broken_file (void)
{
  g_autofree char *other = write_lexicon ("kokoro", G_N_ELEMENTS (sounds));
  g_autofree char *uneven = write_lexicon ("pronunciations", G_N_ELEMENTS (sounds) - 1);
  g_autoptr (GError) error = NULL;

  g_assert_null (audio_english_load (other, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL);
  g_clear_error (&error);
  g_assert_null (audio_english_load (uneven, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL);
  g_remove (other);
  g_remove (uneven);

  /* A character that ends with the string would be read beyond it. */
  const char *cut[G_N_ELEMENTS (sounds)];
  memcpy (cut, sounds, sizeof sounds);
  cut[5] = "k\xf0";
  g_autofree char *torn = write_lexicon_of ("pronunciations", cut, G_N_ELEMENTS (cut));
  g_clear_error (&error);
  g_assert_null (audio_english_load (torn, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL);
  g_assert_nonnull (strstr (error->message, "entry 5"));
  g_remove (torn);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/english/read", test_read);
  g_test_add_func ("/english/unknown", test_unknown);
  g_test_add_func ("/english/numbers", test_numbers);
  g_test_add_func ("/english/broken-file", test_broken_file);
  return g_test_run ();
}
