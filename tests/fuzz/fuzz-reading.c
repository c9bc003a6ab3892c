/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Any bytes as text to read: what comes out is in order and inside of what it says it is. */

#include <string.h>

#include <glib/gstdio.h>

#include "audio/reading/chinese.h"
#include "audio/reading/reading.h"
#include "tests/fuzz/fuzz-target.h"
#include "tests/support/tiny-lexicons.h"

static AudioReader *
get_reader (void)
{
  static AudioReader *reader;

  if (reader == NULL) {
    g_autofree char *english = tiny_lexicon_write_english ();
    g_autofree char *chinese = tiny_lexicon_write_chinese ();
    reader = audio_reader_load (&(AudioReaderFiles){ english, chinese, NULL }, NULL);
    g_assert_nonnull (reader);
    g_remove (english);
    g_remove (chinese);
  }
  return reader;
}

static void
check_reading (const char *text, const char *language)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AudioReading) reading = audio_reader_read (get_reader (), text, language, &error);
  size_t at = 0;
  int symbol = 0;

  g_assert_true ((reading == NULL) == (error != NULL));
  if (reading == NULL) {
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
    return;
  }
  g_assert_true (g_utf8_validate (reading->phonemes, -1, NULL));
  g_assert_cmpint (reading->n_symbols, ==, g_utf8_strlen (reading->phonemes, -1));
  for (size_t i = 0; i < reading->n_words; i++) {
    const AudioReadingWord *word = &reading->words[i];
    g_assert_true (at <= word->begin && word->begin < word->end && word->end <= strlen (text));
    g_assert_true (symbol <= word->first && word->first < word->last);
    at = word->end;
    symbol = word->last;
  }
  g_assert_cmpint (symbol, <=, reading->n_symbols);
  for (size_t i = 0; i < reading->n_pauses; i++)
    g_assert_true (reading->pauses[i].symbol <= reading->n_symbols
                   && reading->pauses[i].end <= strlen (text));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, MIN (size, 4096));
  g_auto (GStrv) sounds = NULL;
  size_t at = 0;

  check_reading (text, NULL);
  check_reading (text, "zh");
  for (size_t max_bytes = 8; max_bytes < 300; max_bytes *= 6) {
    g_autoptr (GArray) spans = audio_reading_split (text, max_bytes);
    at = 0;
    for (guint i = 0; i < spans->len; i++) {
      const AudioReadingSpan *span = &g_array_index (spans, AudioReadingSpan, i);
      g_assert_true (at <= span->begin && span->begin < span->end);
      g_assert_true (span->end - span->begin <= max_bytes && span->end <= strlen (text));
      at = span->end;
    }
  }
  if (g_utf8_validate (text, -1, NULL))
    sounds = audio_chinese_parse_sounds (text);
  for (guint i = 0; sounds != NULL && sounds[i] != NULL; i++) {
    g_autofree char *symbols = audio_chinese_read_syllable (sounds[i]);
    g_assert_nonnull (symbols);
  }
  return 0;
}
