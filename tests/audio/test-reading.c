/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Text of both languages to phonemes with small lexicons: where the words stand, marks, what is
 * marked up, the user's own lexicon, bad input; and where a text is cut. */

#include <string.h>

#include <glib/gstdio.h>

#include "audio/base/audio-error.h"
#include "audio/reading/reading.h"
#include "tests/support/tiny-lexicons.h"

static AudioReader *
load (const char *lexicon, gboolean has_chinese, GError **error)
{
  g_autofree char *english = tiny_lexicon_write_english ();
  g_autofree char *chinese = tiny_lexicon_write_chinese ();
  const AudioReaderFiles files = { english, has_chinese ? chinese : NULL, lexicon };
  AudioReader *reader = audio_reader_load (&files, error);

  g_remove (english);
  g_remove (chinese);
  return reader;
}

static AudioReader *
load_plain (void)
{
  g_autoptr (GError) error = NULL;
  AudioReader *reader = load (NULL, TRUE, &error);

  g_assert_no_error (error);
  return reader;
}

static void
test_languages (void)
{
  static const char *const cases[][2] = {
    { "Hello, world!", "həlˈO, wˈɜɹld!" },
    { "你好，世界！", "ni↗ xau↓, ʂɨ↘ʨje↘!" },
    { "你好, world。", "ni↗ xau↓, wˈɜɹld." },
    { "我们 run 五天", "wo↓mən ɹˈʌn u↓ tʰjɛ→n" },
    { "“Hello” (cat)", "“həlˈO” (kˈæt)" },
    { "《世界》", "“ʂɨ↘ʨje↘”" },
    { "five 世界", "fˈIv ʂɨ↘ʨje↘" },
    { "天 5 天", "tʰjɛ→n u↓ tʰjɛ→n" },
    { "cat 5 cat", "kˈæt fˈIv kˈæt" },
    { "cat 5天", "kˈæt u↓ tʰjɛ→n" },
    { "the use of it", "ðə jˈus ʌv ɪt" },
    { "we use it", "wi jˈuz ɪt" },
    { "close the table", "klˈOz ðə tˈAbᵊl" },
    { "it read it", "ɪt ɹˈɛd ɪt" },
    { "March 3", "mˈɑɹʧ θˈɜɹd" },
    { "$2", "tˈu dˈɑləɹz" },
    { "ｃａｔ　５", "kˈæt fˈIv" },
    { "cat’s", "kˈæts" },
    { "c\xc2\xad"
      "at",
      "kˈæt" },
  };
  g_autoptr (AudioReader) reader = load_plain ();

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (AudioReading) reading = audio_reader_read (reader, cases[i][0], NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (reading->phonemes, ==, cases[i][1]);
    g_assert_cmpint (reading->n_symbols, ==, g_utf8_strlen (reading->phonemes, -1));
  }
  g_assert_cmpstr (audio_reading_guess_language ("Say 你好 to the world."), ==, "en");
  g_assert_cmpstr (audio_reading_guess_language ("我用 Python 写程序"), ==, "zh");
  g_assert_null (audio_reading_guess_language ("12, 34"));
  /* What has no letters is read in the language that is asked for. */
  g_autoptr (AudioReading) chinese = audio_reader_read (reader, "5", "zh", NULL);
  g_autoptr (AudioReading) english = audio_reader_read (reader, "5", NULL, NULL);
  g_assert_cmpstr (chinese->phonemes, ==, "u↓");
  g_assert_cmpstr (english->phonemes, ==, "fˈIv");
}

/* The words of a reading as "text=symbols", apart by "|". */
static char *
describe_words (const char *text, const AudioReading *reading)
{
  GString *out = g_string_new (NULL);

  for (size_t i = 0; i < reading->n_words; i++) {
    const AudioReadingWord *word = &reading->words[i];
    g_autofree char *symbols = g_utf8_substring (reading->phonemes, word->first, word->last);
    g_string_append_printf (out, "%s%.*s=%s", i > 0 ? "|" : "", (int) (word->end - word->begin),
                            text + word->begin, symbols);
  }
  return g_string_free (out, FALSE);
}

static void
test_words (void)
{
  static const char *const cases[][2] = {
    { "Hello, world!", "Hello=həlˈO|world=wˈɜɹld" },
    { "the $5 cat", "the=ðə|$5=fˈIv dˈɑləɹz|cat=kˈæt" },
    { "世界和 cat’s", "世界=ʂɨ↘ʨje↘|cat’s=kˈæts" },
    { "12天", "12=ʂɨ↗ ɚ↘|天=tʰjɛ→n" },
    { "好[:hao4]人", "好[:hao4]=xau↘|人=ɻə↗n" },
    { "a [cat](/kɑt/) 🙂 ran", NULL },
    { "[cat](/kɑt/), \xff"
      "five",
      "cat=kɑt|five=fˈIv" },
  };
  g_autoptr (AudioReader) reader = load_plain ();

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (AudioReading) reading = audio_reader_read (reader, cases[i][0], NULL, &error);
    g_assert_no_error (error);
    g_autofree char *found = describe_words (cases[i][0], reading);
    if (cases[i][1] != NULL)
      g_assert_cmpstr (found, ==, cases[i][1]);
  }
}

static void
test_pauses (void)
{
  static const char text[] = "cat [pause 0.5s] five [pause 250 ms]";
  g_autoptr (AudioReader) reader = load_plain ();
  g_autoptr (AudioReading) reading = audio_reader_read (reader, text, NULL, NULL);

  g_assert_cmpstr (reading->phonemes, ==, "kˈæt fˈIv");
  g_assert_cmpuint (reading->n_pauses, ==, 2);
  g_assert_cmpint (reading->pauses[0].symbol, ==, 4);
  g_assert_cmpfloat (reading->pauses[0].seconds, ==, 0.5);
  g_assert_cmpuint (reading->pauses[0].begin, ==, 4);
  g_assert_cmpuint (reading->pauses[0].end, ==, 16);
  g_assert_cmpint (reading->pauses[1].symbol, ==, reading->n_symbols);
  g_assert_cmpfloat (reading->pauses[1].seconds, ==, 0.25);
  g_autoptr (AudioReading) alone = audio_reader_read (reader, "[pause 2]", NULL, NULL);
  g_assert_cmpstr (alone->phonemes, ==, "");
  g_assert_cmpuint (alone->n_pauses, ==, 1);
}

static void
test_errors (void)
{
  static const struct {
    const char *text;
    AudioError code;
    const char *says;
  } cases[] = {
    { "A cat. Привет, мир! Five.", AUDIO_ERROR_LANGUAGE, "*Cyrillic*“Привет, мир!”*" },
    { "こんにちは", AUDIO_ERROR_LANGUAGE, "*Japanese*" },
    { "안녕", AUDIO_ERROR_LANGUAGE, "*Korean*" },
    { "مرحبا", AUDIO_ERROR_LANGUAGE, "*Arabic*" },
    { "𐎀𐎁", AUDIO_ERROR_LANGUAGE, "*script*" },
    { "cat [pause ten]", AUDIO_ERROR_MARKUP, "*as ?pause 0.5s?*" },
    { "cat [pause 1000s]", AUDIO_ERROR_MARKUP, "*60 seconds*" },
    { "cat [pause -1s]", AUDIO_ERROR_MARKUP, "*60 seconds*" },
    { "好[:xyz9]", AUDIO_ERROR_MARKUP, "*bopomofo*" },
    { "好[:hao3hao3]", AUDIO_ERROR_MARKUP, "*more syllables*" },
    { "cat[:hao3]", AUDIO_ERROR_MARKUP, "*more syllables*" },
    { "好[:ㄏㄠ3", AUDIO_ERROR_MARKUP, "*bopomofo*" },
    { "[cat](/kж/)", AUDIO_ERROR_MARKUP, "*no symbol ж*" },
  };
  g_autoptr (AudioReader) reader = load_plain ();
  g_autoptr (GError) error = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_clear_error (&error);
    g_test_message ("%s", cases[i].text);
    g_assert_null (audio_reader_read (reader, cases[i].text, NULL, &error));
    g_assert_error (error, AUDIO_ERROR, (int) cases[i].code);
    if (!g_pattern_match_simple (cases[i].says, error->message))
      g_assert_cmpstr (error->message, ==, cases[i].says);
  }
  g_clear_error (&error);
  g_assert_null (audio_reader_read (reader, "chat", "fr", &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_LANGUAGE);
  g_clear_error (&error);
  g_autoptr (AudioReader) english = load (NULL, FALSE, NULL);
  g_assert_null (audio_reader_read (english, "你好", NULL, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_LANGUAGE);
  g_clear_error (&error);

  /* What is quoted ends with a whole character. */
  g_autoptr (GString) text = g_string_new ("5");
  while (text->len < 400)
    g_string_append (text, "世界");
  g_assert_null (audio_reader_read (english, text->str, NULL, &error));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_cmpuint (strlen (error->message), <, 250);
}

static void
test_bad_input (void)
{
  static const char *const nothing[] = { "",    " \n",      "🙂🎉", "\x01\x02\x1b",
                                         "...", "\xff\xfe", "，。" };
  g_autoptr (AudioReader) reader = load_plain ();

  for (size_t i = 0; i < G_N_ELEMENTS (nothing); i++) {
    g_autoptr (AudioReading) reading = audio_reader_read (reader, nothing[i], NULL, NULL);
    g_assert_cmpstr (reading->phonemes, ==, "");
    g_assert_cmpuint (reading->n_words, ==, 0);
  }
  /* One sentence of 5,000 characters without a mark. */
  g_autoptr (GString) text = g_string_new (NULL);
  while (text->len < 5000)
    g_string_append (text, text->len % 3 == 0 ? "世界" : "cat ");
  g_autoptr (AudioReading) reading = audio_reader_read (reader, text->str, NULL, NULL);
  g_assert_cmpuint (reading->n_words, >, 800);
  g_autoptr (GArray) spans = audio_reading_split (text->str, 300);
  g_assert_cmpuint (spans->len, >, 16);
}

static void
test_lexicon (void)
{
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "hearsay-own-XXXXXX", NULL);
  g_autoptr (GError) error = NULL;
  static const char *const broken[] = { "cat kˈɑt\n",   "cat\t\n",      "cat\tж\n",
                                        "好人\tkˈɑt\n", "好人\thao3\n", "\xff\ta\n" };

  g_close (g_mkstemp (path), NULL);
  g_file_set_contents (path, "# mine\nCat\tkˈɑt\n\n世界\tㄕˋㄐㄧㄝˊ\n", -1, NULL);
  g_autoptr (AudioReader) reader = load (path, TRUE, &error);
  g_assert_no_error (error);
  g_autoptr (AudioReading) reading = audio_reader_read (reader, "cat 世界", NULL, NULL);
  g_assert_cmpstr (reading->phonemes, ==, "kˈɑt ʂɨ↘ʨje↗");
  for (size_t i = 0; i < G_N_ELEMENTS (broken); i++) {
    g_file_set_contents (path, broken[i], -1, NULL);
    g_assert_null (load (path, TRUE, &error));
    g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL);
    g_assert_true (strstr (error->message, "line 1") != NULL);
    g_clear_error (&error);
  }
  g_remove (path);
  g_autoptr (AudioReader) without = load (path, TRUE, &error);
  g_assert_no_error (error);
  g_assert_nonnull (without);
}

/* A long row of what closes a sentence, or seems to, takes no longer than other text. */
static void
test_split_rows (void)
{
  static const char *const signs[] = { "]", "\"", "」", "[pause ", "a.", "\n" };

  for (size_t i = 0; i < G_N_ELEMENTS (signs); i++) {
    g_autoptr (GString) text = g_string_new (NULL);
    while (text->len < 60000)
      g_string_append (text, signs[i]);
    g_autoptr (GArray) spans = audio_reading_split (text->str, 300);
    g_assert_cmpuint (spans->len, <, 60000);
  }
}

static void
check_split (const char *text, size_t max_bytes, const char *expected)
{
  g_autoptr (GArray) spans = audio_reading_split (text, max_bytes);
  g_autoptr (GString) joined = g_string_new (NULL);

  for (guint i = 0; i < spans->len; i++) {
    const AudioReadingSpan *span = &g_array_index (spans, AudioReadingSpan, i);
    g_assert_cmpuint (span->end - span->begin, <=, max_bytes);
    g_string_append_printf (joined, "%s%.*s%s", i > 0 ? "|" : "", (int) (span->end - span->begin),
                            text + span->begin, span->ends_paragraph ? "¶" : "");
  }
  g_assert_cmpstr (joined->str, ==, expected);
}

static void
test_split (void)
{
  check_split ("One. Two! Three? Four", 100, "One.|Two!|Three?|Four¶");
  check_split ("Mr. A. Smith paid 3.5 dollars. He left.", 100,
               "Mr. A. Smith paid 3.5 dollars.|He left.¶");
  check_split ("A title\n\nThen \"this.\" And that", 100, "A title¶|Then \"this.\"|And that¶");
  check_split ("one line\nof two", 100, "one line\nof two¶");
  check_split ("one two, three four five", 16, "one two,|three four five¶");
  check_split ("aaaaaaaaaaaaaaaaaaaa", 8, "aaaaaaaa|aaaaaaaa|aaaa¶");
  check_split ("ééééééé", 8, "éééé|ééé¶");
  check_split ("Pears, e.g. green ones. Etc.", 100, "Pears, e.g. green ones.|Etc.¶");
  check_split ("你好。再見！「真的？」他說。", 100, "你好。|再見！|「真的？」|他說。¶");
  check_split ("什么？！好。", 100, "什么？！|好。¶");
  check_split ("一二三，四五六七", 15, "一二三，|四五六七¶");
  check_split ("一二三四五六七", 9, "一二三|四五六|七¶");
  check_split ("你好。Hello. 再见", 100, "你好。|Hello.|再见¶");
  check_split ("One [pause 1s] two", 100, "One [pause 1s]|two¶");
  check_split ("One ([pause 300 ms]) two [x] three", 100, "One ([pause 300 ms]|) two [x] three¶");
  check_split ("a\n\n\n\nb", 100, "a¶|b¶");
  check_split ("\xff\xff a. b", 100, "a.|b¶");
  check_split ("", 8, "");
  check_split (" \n\n ", 8, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reading/languages", test_languages);
  g_test_add_func ("/reading/words", test_words);
  g_test_add_func ("/reading/pauses", test_pauses);
  g_test_add_func ("/reading/errors", test_errors);
  g_test_add_func ("/reading/bad-input", test_bad_input);
  g_test_add_func ("/reading/lexicon", test_lexicon);
  g_test_add_func ("/reading/split", test_split);
  g_test_add_func ("/reading/split-rows", test_split_rows);
  return g_test_run ();
}
