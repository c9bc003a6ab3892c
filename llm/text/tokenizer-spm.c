/* SPDX-License-Identifier: GPL-3.0-or-later */

/* SentencePiece BPE: characters are merged, the pair whose union has the best score first
 * [Kudo and Richardson 2018, SentencePiece, bpe_model.cc]. What no token holds becomes byte tokens,
 * or <unk> where the vocabulary has none. */

#include "llm/text/tokenizer-private.h"

#include <string.h>

#include "llm/text/pair-heap.h"

/* A text is cut in stretches of this length, so that positions fit 32 bits and memory is bounded.
 */
#define MAX_STRETCH ((size_t) 1 << 24)
#define MERGEABLE (1u << LLM_TOKEN_NORMAL | 1u << LLM_TOKEN_USER)

typedef struct {
  int32_t start, length; /* length 0: merged into the one before */
  int32_t prev, next;
  gboolean whole; /* a user-defined token, never merged */
} Symbol;

typedef struct {
  const LlmTokenizer *tokenizer;
  const char *text;
  GArray *symbols;
  GArray *heap;
} Work;

void
llm_tokenizer_append_unknown (const LlmTokenizer *self, const char *text, size_t length,
                              GArray *ids)
{
  gboolean follows_unknown =
      ids->len > 0 && self->unk >= 0 && g_array_index (ids, int, ids->len - 1) == self->unk;

  for (size_t i = 0; i < length; i++) {
    int id = self->byte_ids[(uint8_t) text[i]];

    if (id < 0 && (self->unk < 0 || follows_unknown))
      continue;
    follows_unknown = id < 0;
    if (follows_unknown)
      id = self->unk;
    g_array_append_val (ids, id);
  }
}

static Symbol *
symbol_at (Work *work, int index)
{
  return &g_array_index (work->symbols, Symbol, index);
}

static void
push_pair (Work *work, int left)
{
  const LlmTokenizer *self = work->tokenizer;
  const Symbol *a, *b;
  LlmPair pair;
  int id;

  if (left < 0 || symbol_at (work, left)->next < 0)
    return;
  a = symbol_at (work, left);
  b = symbol_at (work, a->next);
  if (a->whole || b->whole || a->length + b->length > self->max_piece)
    return;
  id = llm_tokenizer_lookup (self, work->text + a->start, (size_t) (a->length + b->length),
                             MERGEABLE);
  if (id < 0)
    return;
  pair = (LlmPair){ .order = -(double) self->scores[id],
                    .left = left,
                    .right = a->next,
                    .check = (uint64_t) a->length << 32 | (uint64_t) b->length };
  llm_pair_heap_push (work->heap, &pair);
}

static void
split_symbols (Work *work, size_t length)
{
  const LlmTokenizer *self = work->tokenizer;
  size_t n;

  g_array_set_size (work->symbols, 0);
  for (size_t at = 0; at < length; at += n) {
    int index = (int) work->symbols->len;
    int id = llm_tokenizer_match_special (self, work->text + at, length - at, FALSE, &n);
    Symbol symbol;

    if (id < 0)
      llm_utf8_next (work->text + at, length - at, &n);
    symbol = (Symbol){ (int32_t) at, (int32_t) n, index - 1, index + 1, id >= 0 };
    g_array_append_val (work->symbols, symbol);
  }
  symbol_at (work, (int) work->symbols->len - 1)->next = -1;
}

static void
merge_symbols (Work *work)
{
  LlmPair pair;

  g_array_set_size (work->heap, 0);
  for (int i = 0; i < (int) work->symbols->len; i++)
    push_pair (work, i);
  while (llm_pair_heap_pop (work->heap, &pair)) {
    Symbol *left = symbol_at (work, pair.left), *right = symbol_at (work, pair.right);

    if (left->length == 0 || right->length == 0 || left->next != pair.right
        || ((uint64_t) left->length << 32 | (uint64_t) right->length) != pair.check)
      continue;
    left->length += right->length;
    left->next = right->next;
    right->length = 0;
    if (left->next >= 0)
      symbol_at (work, left->next)->prev = pair.left;
    push_pair (work, left->prev);
    push_pair (work, pair.left);
  }
}

void
llm_score_bpe_encode (const LlmTokenizer *self, const char *text, size_t length, GArray *ids)
{
  g_autoptr (GArray) symbols = g_array_new (FALSE, FALSE, sizeof (Symbol));
  g_autoptr (GArray) heap = g_array_new (FALSE, FALSE, sizeof (LlmPair));

  for (size_t at = 0; at < length; at += MAX_STRETCH) {
    Work work = { self, text + at, symbols, heap };

    split_symbols (&work, MIN (length - at, MAX_STRETCH));
    merge_symbols (&work);
    for (int i = 0; i >= 0; i = symbol_at (&work, i)->next) {
      const Symbol *symbol = symbol_at (&work, i);
      int id = llm_tokenizer_lookup (self, work.text + symbol->start, (size_t) symbol->length,
                                     MERGEABLE);

      if (id >= 0)
        g_array_append_val (ids, id);
      else
        llm_tokenizer_append_unknown (self, work.text + symbol->start, (size_t) symbol->length,
                                      ids);
    }
  }
}
