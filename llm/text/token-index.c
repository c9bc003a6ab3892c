/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "llm/text/token-index.h"

#include <stdlib.h>
#include <string.h>

#include "llm/text/pretokenizer.h"

typedef struct {
  const char *text;
  int length;
  int id;
  int n_plain; /* characters of a plain token, else 0 */
} Entry;

static int
compare_entries (const void *a, const void *b)
{
  const Entry *x = a, *y = b;
  int order = memcmp (x->text, y->text, (size_t) MIN (x->length, y->length));

  if (order == 0)
    order = x->length - y->length;
  return order != 0 ? order : x->id - y->id;
}

static int
count_plain (const char *text, size_t length)
{
  int n = 0;
  size_t used;

  for (size_t at = 0; at < length; at += used, n++) {
    gunichar c = llm_utf8_next (text + at, length - at, &used);

    if (c < 0x20 || c == '"' || c == '\\' || (c == 0xFFFD && used == 1))
      return 0;
  }
  return n;
}

static void
fill_order (LlmTokenOrder *order, const Entry *entries, int n, gboolean plain_too)
{
  const Entry *before = NULL;
  int byte = 0;

  order->ids = g_new (int, n);
  order->shared = g_malloc (n);
  for (int i = 0; i < n; i++) {
    const Entry *entry = &entries[i];
    int shared = 0;

    if (entry->n_plain > 0 && !plain_too)
      continue;
    while (before != NULL && shared < MIN (before->length, entry->length)
           && before->text[shared] == entry->text[shared])
      shared++;
    while (byte <= (uint8_t) entry->text[0])
      order->starts[byte++] = order->n;
    order->ids[order->n] = entry->id;
    order->shared[order->n++] = (uint8_t) shared;
    before = entry;
  }
  while (byte <= 256)
    order->starts[byte++] = order->n;
}

/* Counting sort by characters. */
static void
fill_plain (LlmTokenIndex *self, const Entry *entries, int n)
{
  int starts[LLM_TOKEN_MAX_BYTES + 1] = { 0 };

  for (int i = 0; i < n; i++)
    if (entries[i].n_plain > 0)
      self->plain_ends[entries[i].n_plain]++;
  for (int i = 1; i <= LLM_TOKEN_MAX_BYTES; i++) {
    starts[i] = self->plain_ends[i - 1];
    self->plain_ends[i] += self->plain_ends[i - 1];
  }
  self->plain = g_new (int, self->plain_ends[LLM_TOKEN_MAX_BYTES] + 1);
  for (int i = 0; i < n; i++)
    if (entries[i].n_plain > 0)
      self->plain[starts[entries[i].n_plain]++] = entries[i].id;
}

LlmTokenIndex *
llm_token_index_new (const LlmTokenizer *tokenizer)
{
  LlmTokenIndex *self = g_new0 (LlmTokenIndex, 1);
  int n_tokens = llm_tokenizer_get_n_tokens (tokenizer), n = 0;
  g_autofree Entry *entries = g_new (Entry, n_tokens);

  for (int id = 0; id < n_tokens; id++) {
    size_t length;
    const char *text = llm_tokenizer_piece (tokenizer, id, &length);

    if (length == 0 || length > LLM_TOKEN_MAX_BYTES || llm_tokenizer_is_end (tokenizer, id))
      continue;
    entries[n++] = (Entry){ text, (int) length, id, count_plain (text, length) };
    if (length == 1)
      self->has_byte[(uint8_t) text[0]] = TRUE;
  }
  qsort (entries, (size_t) n, sizeof *entries, compare_entries);
  fill_order (&self->all, entries, n, TRUE);
  fill_order (&self->special, entries, n, FALSE);
  fill_plain (self, entries, n);
  return self;
}

void
llm_token_index_free (LlmTokenIndex *self)
{
  g_free (self->all.ids);
  g_free (self->all.shared);
  g_free (self->special.ids);
  g_free (self->special.shared);
  g_free (self->plain);
  g_free (self);
}
