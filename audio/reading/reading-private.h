/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the readers of the two languages write into. Internal to audio/. */

#pragma once

#include "audio/reading/reading.h"

G_BEGIN_DECLS

typedef struct {
  GString *phonemes;
  int n_symbols;
  GArray *words;  /* AudioReadingWord */
  GArray *pauses; /* AudioReadingPause */
} AudioReadingBuilder;

/* A word's sound, apart from the last one by a space if `is_apart`. A word with the same bytes as
 * the last one (a part of a number) goes on with it. Symbols that the voice has not are left out.
 */
void audio_reading_add_word (AudioReadingBuilder *builder, size_t begin, size_t end,
                             const char *sound, gboolean is_apart);
/* A mark of punctuation. What closes stands at the word before it, what opens at the next. */
void audio_reading_add_mark (AudioReadingBuilder *builder, const char *mark, gboolean is_apart);
/* Whether the voice has a symbol. */
gboolean audio_reading_is_symbol (gunichar c);
/* The voice's mark for a character of punctuation of either language, "" where it has none. */
const char *audio_reading_find_mark (gunichar c);

/* Parts of a text, by the language that they are read in. */
typedef enum {
  AUDIO_RUN_ENGLISH,
  AUDIO_RUN_CHINESE,
  AUDIO_RUN_SPOKEN,
  AUDIO_RUN_PAUSE
} AudioRunKind;

typedef struct {
  AudioRunKind kind;
  size_t begin, end; /* bytes */
  char *sound;       /* SPOKEN: the symbols */
  double seconds;    /* PAUSE */
} AudioRun;

/* text: valid UTF-8. (transfer full): an array of AudioRun. Errors: as of audio_reader_read. */
GArray *audio_reading_find_runs (const char *text, gboolean is_chinese, GError **error);
/* The sentence around a place, short enough for a message. text: valid UTF-8. (transfer full). */
char *audio_reading_quote (const char *text, size_t at);

G_END_DECLS
