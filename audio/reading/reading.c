/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/reading/reading.h"

#include <string.h>

#include "audio/base/audio-error.h"
#include "audio/reading/chinese-private.h"
#include "audio/reading/english-private.h"

struct _AudioReader {
  AudioEnglish *english;
  AudioChinese *chinese; /* NULL: there is none */
};

/* Text as the readers want it, and where each of its bytes (and its end) is in what was given. */
typedef struct {
  GString *text;
  GArray *places; /* size_t */
} Clean;

static gboolean
is_chinese_letter (gunichar c)
{
  return g_unichar_get_script (c) == G_UNICODE_SCRIPT_HAN && g_unichar_isalpha (c);
}

const char *
audio_reading_guess_language (const char *text)
{
  size_t n_chinese = 0, n_words = 0;
  gboolean in_word = FALSE;

  for (const char *at = text; *at != '\0';) {
    const gunichar c = g_utf8_get_char_validated (at, -1);
    const gboolean is_valid = c != (gunichar) -1 && c != (gunichar) -2;
    const gboolean is_han = is_valid && is_chinese_letter (c);
    const gboolean is_letter = is_valid && !is_han && g_unichar_isalpha (c);
    n_chinese += is_han;
    n_words += is_letter && !in_word;
    in_word = is_letter || (in_word && c == '\'');
    at = is_valid ? g_utf8_next_char (at) : at + 1;
  }
  if (n_chinese == 0 && n_words == 0)
    return NULL;
  return n_chinese >= n_words ? "zh" : "en";
}

/* The user's words of a language are checked as they are read: IPA in the voice's symbols is
 * English (a word of any script may have it), bopomofo or pinyin is Chinese. */
static gboolean
add_line (AudioReader *reader, const char *word, const char *sound)
{
  g_auto (GStrv) syllables = audio_chinese_parse_sounds (sound);
  const glong n = g_utf8_strlen (word, -1);

  if (is_chinese_letter (g_utf8_get_char (word))) {
    if (syllables == NULL || g_strv_length (syllables) != (guint) n)
      return FALSE;
    if (reader->chinese != NULL)
      audio_chinese_add_word (reader->chinese, word, (const char *const *) syllables);
    return TRUE;
  }
  for (const char *c = sound; *c != '\0'; c = g_utf8_next_char (c))
    if (!audio_reading_is_symbol (g_utf8_get_char (c)))
      return FALSE;
  english_add_word (reader->english, word, sound);
  return TRUE;
}

static gboolean
add_lexicon (AudioReader *reader, const char *path, GError **error)
{
  g_autofree char *text = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  if (!g_file_get_contents (path, &text, NULL, error))
    return FALSE;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    char *line = g_strstrip (lines[i]);
    if (*line == '\0' || *line == '#')
      continue;
    g_auto (GStrv) columns = g_strsplit (line, "\t", 2);
    gboolean is_read = g_utf8_validate (line, -1, NULL) && g_strv_length (columns) == 2;
    if (is_read && *g_strstrip (columns[0]) != '\0' && *g_strstrip (columns[1]) != '\0'
        && add_line (reader, columns[0], columns[1]))
      continue;
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                 "%s: line %u is not WORD, a tab, and IPA in the voice's symbols, or bopomofo or "
                 "pinyin for each character",
                 path, i + 1);
    return FALSE;
  }
  return TRUE;
}

AudioReader *
audio_reader_load (const AudioReaderFiles *files, GError **error)
{
  g_autoptr (AudioReader) reader = g_new0 (AudioReader, 1);

  reader->english = audio_english_load (files->english, error);
  if (reader->english == NULL)
    return NULL;
  if (files->chinese != NULL) {
    reader->chinese = audio_chinese_load (files->chinese, error);
    if (reader->chinese == NULL)
      return NULL;
  }
  if (files->lexicon != NULL && !add_lexicon (reader, files->lexicon, error))
    return NULL;
  return g_steal_pointer (&reader);
}

void
audio_reader_free (AudioReader *reader)
{
  if (reader == NULL)
    return;
  g_clear_pointer (&reader->english, audio_english_free);
  g_clear_pointer (&reader->chinese, audio_chinese_free);
  g_free (reader);
}

void
audio_reader_set_taiwan (AudioReader *reader, gboolean is_taiwan)
{
  if (reader->chinese != NULL)
    audio_chinese_set_taiwan (reader->chinese, is_taiwan);
}

/* One character as it is read: letters and figures of full width as the plain ones, curved
 * apostrophes straight, what is not text as a space. 0: it is passed over. */
static gunichar
clean_char (gunichar c)
{
  if (c >= 0xff10 && c <= 0xff5a && g_unichar_isalnum (c))
    return c - 0xff00 + 0x20;
  switch (c) {
  case 0xff05:
    return '%';
  case 0xff04:
    return '$';
  case 0xff0b:
    return '+';
  case 0x2019:
  case 0x2018:
  case 0x02bc:
    return '\'';
  case 0x2011:
    return '-';
  case 0xad:
  case 0xfeff:
  case 0xfe0f:
    return 0;
  default:
    break;
  }
  if (g_unichar_iscntrl (c))
    return g_unichar_isspace (c) ? c : ' ';
  return g_unichar_iszerowidth (c) && !g_unichar_ismark (c) ? 0 : c;
}

static void
clean (Clean *clean, const char *text)
{
  clean->text = g_string_new (NULL);
  clean->places = g_array_new (FALSE, FALSE, sizeof (size_t));
  for (const char *at = text; *at != '\0';) {
    gunichar c = g_utf8_get_char_validated (at, -1);
    const gboolean is_valid = c != (gunichar) -1 && c != (gunichar) -2;
    const size_t place = (size_t) (at - text);
    c = is_valid ? clean_char (c) : ' ';
    if (c != 0)
      g_string_append_unichar (clean->text, c);
    while (clean->places->len < clean->text->len)
      g_array_append_val (clean->places, place);
    at = is_valid ? g_utf8_next_char (at) : at + 1;
  }
  const size_t end = strlen (text);
  g_array_append_val (clean->places, end);
}

static gboolean
append_run (AudioReader *reader, const char *text, const AudioRun *run,
            AudioReadingBuilder *builder, GError **error)
{
  switch (run->kind) {
  case AUDIO_RUN_ENGLISH:
    english_append (reader->english, text, run->begin, run->end, builder);
    return TRUE;
  case AUDIO_RUN_SPOKEN:
    audio_reading_add_word (builder, run->begin, run->end, run->sound, TRUE);
    return TRUE;
  case AUDIO_RUN_PAUSE: {
    AudioReadingPause pause = { run->begin, run->end, builder->n_symbols, run->seconds };
    g_array_append_val (builder->pauses, pause);
    return TRUE;
  }
  case AUDIO_RUN_CHINESE:
  default:
    if (reader->chinese != NULL) {
      chinese_append (reader->chinese, text, run->begin, run->end, builder);
      return TRUE;
    }
    g_autofree char *quoted = audio_reading_quote (text, run->begin);
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_LANGUAGE,
                 "Chinese cannot be spoken without its pronunciations: “%s”", quoted);
    return FALSE;
  }
}

/* To the places in the text that was given. */
static void
restore_places (AudioReadingBuilder *builder, const GArray *places)
{
  for (guint i = 0; i < builder->words->len; i++) {
    AudioReadingWord *word = &g_array_index (builder->words, AudioReadingWord, i);
    word->begin = g_array_index (places, size_t, word->begin);
    word->end = g_array_index (places, size_t, word->end);
  }
  for (guint i = 0; i < builder->pauses->len; i++) {
    AudioReadingPause *pause = &g_array_index (builder->pauses, AudioReadingPause, i);
    pause->begin = g_array_index (places, size_t, pause->begin);
    pause->end = g_array_index (places, size_t, pause->end);
  }
}

static AudioReading *
finish (AudioReadingBuilder *builder)
{
  AudioReading *reading = g_new0 (AudioReading, 1);

  /* Marks alone are nothing to speak. */
  if (builder->words->len == 0) {
    g_string_truncate (builder->phonemes, 0);
    builder->n_symbols = 0;
    for (guint i = 0; i < builder->pauses->len; i++)
      g_array_index (builder->pauses, AudioReadingPause, i).symbol = 0;
  }
  reading->phonemes = g_string_free (builder->phonemes, FALSE);
  reading->n_symbols = builder->n_symbols;
  reading->n_words = builder->words->len;
  reading->words = (AudioReadingWord *) g_array_free (builder->words, FALSE);
  reading->n_pauses = builder->pauses->len;
  reading->pauses = (AudioReadingPause *) g_array_free (builder->pauses, FALSE);
  return reading;
}

AudioReading *
audio_reader_read (AudioReader *reader, const char *text, const char *language, GError **error)
{
  AudioReadingBuilder builder = { 0 };
  Clean plain;
  gboolean is_read = TRUE;

  if (language == NULL)
    language = audio_reading_guess_language (text);
  if (language == NULL)
    language = "en";
  if (!g_str_equal (language, "en") && !g_str_equal (language, "zh")) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_LANGUAGE,
                 "the language %s cannot be spoken, only en and zh", language);
    return NULL;
  }
  clean (&plain, text);
  g_autoptr (GArray) runs =
      audio_reading_find_runs (plain.text->str, g_str_equal (language, "zh"), error);
  builder.phonemes = g_string_new (NULL);
  builder.words = g_array_new (FALSE, FALSE, sizeof (AudioReadingWord));
  builder.pauses = g_array_new (FALSE, FALSE, sizeof (AudioReadingPause));
  is_read = runs != NULL;
  for (guint i = 0; is_read && i < runs->len; i++)
    is_read =
        append_run (reader, plain.text->str, &g_array_index (runs, AudioRun, i), &builder, error);
  restore_places (&builder, plain.places);
  g_string_free (plain.text, TRUE);
  g_array_unref (plain.places);
  AudioReading *reading = finish (&builder);
  if (!is_read)
    g_clear_pointer (&reading, audio_reading_free);
  return reading;
}

void
audio_reading_free (AudioReading *reading)
{
  if (reading == NULL)
    return;
  g_free (reading->phonemes);
  g_free (reading->words);
  g_free (reading->pauses);
  g_free (reading);
}
