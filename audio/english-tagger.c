/* SPDX-License-Identifier: GPL-3.0-or-later */

#include <string.h>

#include "audio/english-private.h"

/* Words before which a word is a verb, or a noun. */
static const char *const before_verb[] = { "to",     "will", "would", "can",   "could", "shall",
                                           "should", "may",  "might", "must",  "i",     "you",
                                           "we",     "they", "don't", "can't", "won't", "let's" };
static const char *const before_noun[] = { "the", "a",   "an",    "my",    "your", "his",
                                           "her", "its", "our",   "their", "this", "that",
                                           "of",  "no",  "every", "some",  "new",  "in" };

static gboolean
is_one_of (const char *word, const char *const *words, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (g_ascii_strcasecmp (word, words[i]) == 0)
      return TRUE;
  return FALSE;
}

const char *
english_find_part (const GPtrArray *tokens, guint at)
{
  const EnglishToken *before = at > 0 ? g_ptr_array_index (tokens, at - 1) : NULL;

  if (before == NULL || before->kind != TOKEN_WORD)
    return NULL;
  if (is_one_of (before->text, before_verb, G_N_ELEMENTS (before_verb)))
    return "VERB";
  if (is_one_of (before->text, before_noun, G_N_ELEMENTS (before_noun)))
    return "NOUN";
  return NULL;
}
