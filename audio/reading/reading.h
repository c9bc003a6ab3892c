/* SPDX-License-Identifier: GPL-3.0-or-later */

/* From text to phonemes in the symbols of audio/kokoro/kokoro.h: English and Chinese (Traditional
 * and Simplified), also within one sentence. The rules and their sources: audio/reading/READING.md.
 *
 * A reader holds the lexicons; a reading is the sounds of one piece of text, with where each word
 * stands in the text (bytes) and in the phonemes (symbols: code points), so that the durations of
 * the symbols are the times of the words.
 *
 * In the text, besides words: "[word](/ipa/)" speaks `word` as these symbols; "好[:ㄏㄠ3]" or
 * "好[:hao3]" gives the characters before it these syllables, a number after each its tone;
 * "[pause 0.5s]" is silence that the caller makes. A lexicon of the user's own comes before all.
 *
 * Not thread-safe: espeak-ng keeps global state. One thread at a time reads.
 *
 *   g_autoptr (AudioReader) reader = audio_reader_load (&files, &error);
 *   g_autoptr (AudioReading) reading = audio_reader_read (reader, "Hello, 世界。", NULL, &error);
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _AudioReader AudioReader;

typedef struct {
  const char *english; /* a GGUF of architecture "pronunciations" */
  const char *chinese; /* of "chinese-pronunciations"; NULL: Chinese text is an error */
  const char *lexicon; /* the user's: lines WORD TAB IPA, or bopomofo or pinyin. NULL, or a file
                          that is not there: none */
} AudioReaderFiles;

/* (transfer full). Errors: of nn/gguf/gguf.h; AUDIO_ERROR_MODEL: a file does not hold what it
 * should; a line of the lexicon that cannot be read. */
AudioReader *audio_reader_load (const AudioReaderFiles *files, GError **error);
void audio_reader_free (AudioReader *reader);

/* Chinese as it is read in Taiwan from now on, or, as at first, on the mainland. */
void audio_reader_set_taiwan (AudioReader *reader, gboolean is_taiwan);

typedef struct {
  size_t begin, end; /* bytes of the text: begin <= i < end */
  int first, last;   /* symbols of the phonemes: first <= i < last, never none */
} AudioReadingWord;

typedef struct {
  size_t begin, end; /* bytes of the mark in the text */
  int symbol;        /* how many symbols are spoken before it */
  double seconds;    /* 0 .. AUDIO_READING_MAX_PAUSE */
} AudioReadingPause;

#define AUDIO_READING_MAX_PAUSE 60.0

typedef struct {
  char *phonemes; /* every symbol is one that the voice has; "" if there is nothing to speak */
  int n_symbols;
  AudioReadingWord *words; /* in the order of the text, apart from each other */
  size_t n_words;
  AudioReadingPause *pauses;
  size_t n_pauses;
} AudioReading;

/* text: bytes that are no UTF-8, control characters and emoji are passed over. language: "en" or
 * "zh", by which numbers and signs are read that stand between words of both; NULL: that of most of
 * the text, "en" if it has no letters. (transfer full). Errors: AUDIO_ERROR_LANGUAGE: a script or
 * language that cannot be spoken, with the sentence; AUDIO_ERROR_MARKUP: an override that cannot be
 * read. */
AudioReading *audio_reader_read (AudioReader *reader, const char *text, const char *language,
                                 GError **error);
void audio_reading_free (AudioReading *reading);

/* "zh" if the text is Chinese for the most part, else "en"; NULL if it has no letters. (transfer
 * none). */
const char *audio_reading_guess_language (const char *text);

/* A piece of a text: a sentence as a rule. */
typedef struct {
  size_t begin, end;       /* bytes, without the white space around */
  gboolean ends_paragraph; /* an empty line, or the end of the text, follows */
} AudioReadingSpan;

/* Sentences of either language, of at most max_bytes (8 or more) each where there is a place to
 * cut: after . ! ? 。！？ and an empty line and "[pause ...]", then after other punctuation, then
 * between words or Chinese characters. (transfer full): an array of AudioReadingSpan. */
GArray *audio_reading_split (const char *text, size_t max_bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioReader, audio_reader_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioReading, audio_reading_free)

G_END_DECLS
