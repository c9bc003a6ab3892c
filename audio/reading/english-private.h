/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The rooms of audio/reading/english.h. */

#pragma once

#include "audio/reading/english.h"
#include "audio/reading/reading-private.h"
#include "audio/reading/word-list.h"

G_BEGIN_DECLS

typedef enum { TOKEN_WORD, TOKEN_PUNCTUATION } TokenKind;

typedef struct {
  TokenKind kind;
  char *text; /* as it is read: what is written out stands here as words */
  char *sound;
  size_t begin, end; /* bytes of the text; of a number, all of it */
  gboolean follows_space;
  gboolean is_spelled; /* letter by letter: U.S. */
} EnglishToken;

/* english-written.c: the words for what is written short at `at` in `text`, and its bytes; "," is a
 * pause, "~PM" is spelled. NULL: nothing is. (transfer full). */
char *english_write_out (const char *text, const char *at, size_t *n_bytes);

/* english-dates.c: March 3, 3 May 2024, 2024-03-15, Mon.-Fri., 9:05 a.m. at `at` in `text`: its
 * bytes, 0 for none, and its words behind those of `out`. */
size_t english_read_date (GString *out, const char *text, const char *at);

/* english-say.c: words behind those of `out`, apart by spaces. */
void english_say (GString *out, const char *words);
void english_say_number (GString *out, const char *digits, size_t n); /* n bytes of the text */
void english_say_count (GString *out, int value); /* 2024: two thousand twenty four */
void english_say_ordinal (GString *out, int value);
/* Bytes of the text at `at`: of figures, of a number with commas and a decimal part, of a dash. */
size_t english_count_digits (const char *at);
size_t english_measure_figure (const char *at);
size_t english_measure_dash (const char *at);
gboolean english_ends_here (const char *at); /* no word and no number goes on */
int english_parse_int (const char *at, size_t n);

/* english-address.c: www.example.com, https://example.com/docs, me@example.org: its bytes, 0 for
 * none, and its words behind those of `out`. */
size_t english_read_address (GString *out, const char *at);

/* english-units.c: the name of the unit at `at`, and its bytes; NULL: none. */
const char *english_find_unit (const char *at, gboolean is_one, size_t *n_bytes);

/* Whether the word at `at` is of things that are counted: homes, people. */
gboolean english_names_things (const char *at);
/* Whether a sum at `at` in `text`, which ends at `after`, tells what a thing is worth: a $5 bill.
 */
gboolean english_is_attribute (const char *text, const char *at, const char *after);

/* english-tokens.c: (transfer full): an array of EnglishToken. */
GPtrArray *english_tokenize (const char *text, size_t begin, size_t end);

enum { ENGLISH_MAX_PARTS = 5 };

/* english-tagger.c: the parts of speech, in the lexicon's names, that the words around give to a
 * word with several sounds: the likeliest first, NULL after the last. */
void english_find_parts (const GPtrArray *tokens, guint at, const char *parts[ENGLISH_MAX_PARTS]);
/* A sound that the lexicon has not; NULL: none. */
const char *english_find_own_sound (const GPtrArray *tokens, guint at);

/* The user's own. sound: in the symbols of the voice. */
void english_add_word (AudioEnglish *english, const char *word, const char *sound);

/* Writes the words of text[begin, end). */
void english_append (AudioEnglish *english, const char *text, size_t begin, size_t end,
                     AudioReadingBuilder *builder);

G_END_DECLS
