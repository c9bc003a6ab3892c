/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The rooms of audio/reading/chinese.h: a text is a row of items, each pass fills in more of them.
 */

#pragma once

#include "audio/base/script.h"
#include "audio/reading/chinese.h"
#include "audio/reading/reading-private.h"
#include "audio/reading/word-list.h"

G_BEGIN_DECLS

enum { CHINESE_MAX_READING = 12, CHINESE_MAX_WORD = 10 };

struct _AudioChinese {
  AudioWordList list;
  const int32_t *counts;
  double log_total;
  AudioScriptConverter *to_simplified;
  GHashTable *neutral; /* words whose last syllable has no tone */
  GHashTable *own;     /* the user's words: char * -> GStrv */
  size_t max_own;      /* characters of the longest of them */
  gboolean is_taiwan;
};

typedef enum { CHINESE_SYLLABLE, CHINESE_MARK, CHINESE_SPACE } ChineseKind;

typedef struct {
  ChineseKind kind;
  gunichar c;        /* simplified; the sign of a mark; 0 for a syllable without a character */
  gunichar written;  /* as the text has it */
  size_t begin, end; /* bytes of the text; of a number, all of it */
  char reading[CHINESE_MAX_READING];
  gboolean is_fixed;  /* the reading stands, and takes part in no sandhi of 一 and 不 */
  gboolean is_figure; /* of a number that the text has in figures */
  gboolean begins_word;
  gboolean has_r; /* erhua: the item after it, 儿, is spoken with it */
  gboolean is_r;  /* that 儿 */
} ChineseItem;

/* chinese-text.c: the items of text[begin, end). */
GArray *chinese_read_text (AudioChinese *chinese, const char *text, size_t begin, size_t end);

/* chinese-numbers.c: the characters that a number is read as, "=" before one that keeps its tone;
 * NULL if there is none at text[at]. `n_bytes`: what of the text it stands for. (transfer full). */
char *chinese_read_number (const char *text, size_t at, size_t end, size_t *n_bytes);

/* The name of the unit at text[at], past one space, and its bytes with that; NULL: none. */
const char *chinese_find_unit (const char *text, size_t at, size_t end, size_t *n_bytes);

/* chinese-words.c: words, and readings of what has none. */
void chinese_find_words (AudioChinese *chinese, GArray *items);
/* chinese-polyphones.c: the reading of a word of one character; NULL: the usual one. first, last:
 * the items that stand together without a mark. */
const char *chinese_choose_reading (const ChineseItem *items, guint first, guint last, guint at);
/* chinese-neutral.c */
GHashTable *chinese_make_neutral_words (void);
void chinese_make_neutral (AudioChinese *chinese, ChineseItem *word, size_t n_items);
void chinese_reduce_again (ChineseItem *items, guint n);
/* A syllable that has lost its tone gets the one that its character has alone. */
void chinese_give_tone (AudioChinese *chinese, ChineseItem *item);
/* chinese-taiwan.c: a word, after its readings are there; ends: a mark follows. */
void chinese_speak_as_in_taiwan (AudioChinese *chinese, ChineseItem *word, guint n, gboolean ends);
/* chinese-sandhi.c: tones in context, after all readings are there. */
void chinese_apply_sandhi (GArray *items);

/* Whether a character is in a row of characters. */
gboolean chinese_is_in (gunichar c, const char *characters);
/* The tone of a reading: 1 .. 5. */
int chinese_get_tone (const ChineseItem *item);
void chinese_set_tone (ChineseItem *item, int tone);
void chinese_set_reading (ChineseItem *item, const char *reading, size_t length);

/* Writes the words of text[begin, end). */
void chinese_append (AudioChinese *chinese, const char *text, size_t begin, size_t end,
                     AudioReadingBuilder *builder);

G_END_DECLS
