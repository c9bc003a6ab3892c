/* SPDX-License-Identifier: GPL-3.0-or-later */

/* SentencePiece unigram: the cut of a text into tokens with the greatest sum of scores, found with
 * Viterbi's algorithm [Kudo 2018, Subword Regularization; SentencePiece, unigram_model.cc]. Scores
 * are added in single precision, as there, so that ties fall the same way. */

#include "llm/text/tokenizer-private.h"

#include <string.h>

#define MAX_STRETCH ((size_t) 1 << 24)
#define UNKNOWN_PENALTY 10.0f
#define SEARCHED (1u << LLM_TOKEN_NORMAL | 1u << LLM_TOKEN_USER)

/* The best way to reach a position. */
typedef struct {
  int32_t from; /* -1: not reached */
  int32_t id;   /* -1: a character that no token holds */
  float score;
} Step;

static float
score_of (const LlmTokenizer *self, int id, size_t length)
{
  if (self->types[id] == LLM_TOKEN_USER)
    return (float) ((double) ((float) length * self->max_score) - 0.1);
  return self->scores[id];
}

static void
reach (Step *step, size_t from, int id, float score)
{
  if (step->from < 0 || score > step->score)
    *step = (Step){ (int32_t) from, id, score };
}

/* Tries every token that begins at `at`. */
static void
relax (const LlmTokenizer *self, const char *text, size_t length, size_t at, Step *steps)
{
  size_t longest = MIN (length - at, (size_t) self->max_piece), n_char;
  uint64_t hash = LLM_HASH_START;
  gboolean single = FALSE;

  llm_utf8_next (text + at, length - at, &n_char);
  for (size_t n = 1; n <= longest; n++) {
    int id;

    hash = llm_hash_byte (hash, text[at + n - 1]);
    if (n < n_char || (at + n < length && ((uint8_t) text[at + n] & 0xC0) == 0x80))
      continue;
    id = llm_tokenizer_lookup_hashed (self, hash, text + at, n, SEARCHED);
    if (id < 0)
      continue;
    single = single || n == n_char;
    reach (&steps[at + n], at, id, score_of (self, id, n) + steps[at].score);
  }
  if (!single)
    reach (&steps[at + n_char], at, -1, self->min_score - UNKNOWN_PENALTY + steps[at].score);
}

static void
encode_stretch (const LlmTokenizer *self, const char *text, size_t length, Step *steps,
                GArray *path, GArray *ids)
{
  size_t n;

  for (size_t i = 0; i <= length; i++)
    steps[i] = (Step){ -1, -1, 0 };
  for (size_t at = 0; at < length; at += n) {
    relax (self, text, length, at, steps);
    llm_utf8_next (text + at, length - at, &n);
  }
  g_array_set_size (path, 0);
  for (int32_t at = (int32_t) length; at > 0; at = steps[at].from)
    g_array_append_val (path, at);
  for (guint i = path->len; i > 0; i--) {
    int32_t end = g_array_index (path, int32_t, i - 1);
    const Step *step = &steps[end];

    if (step->id >= 0)
      g_array_append_val (ids, step->id);
    else
      llm_tokenizer_append_unknown (self, text + step->from, (size_t) (end - step->from), ids);
  }
}

void
llm_unigram_encode (const LlmTokenizer *self, const char *text, size_t length, GArray *ids)
{
  g_autofree Step *steps = g_new (Step, MIN (length, MAX_STRETCH) + 1);
  g_autoptr (GArray) path = g_array_new (FALSE, FALSE, sizeof (int32_t));

  for (size_t at = 0; at < length; at += MAX_STRETCH)
    encode_stretch (self, text + at, MIN (length - at, MAX_STRETCH), steps, path, ids);
}
