/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Byte-level BPE: a pre-token's bytes become ids, and the pair of lowest rank is merged until no
 * pair is in the table of merges [Sennrich et al. 2016; the byte alphabet of GPT-2]. The pairs wait
 * in a heap and the ids in a linked list, so a pre-token of n bytes costs O(n log n). */

#include "llm/text/tokenizer-private.h"

#include <string.h>

#include "llm/text/pair-heap.h"

/* A pre-token longer than this is cut: positions are 32 bits wide and memory stays bounded. */
#define MAX_WORD ((size_t) 1 << 24)

/* The characters that stand for the bytes 0..255: printable Latin-1 for itself, the others from
 * U+0100 on in the order of the bytes. */
static gboolean
stands_for_itself (unsigned byte)
{
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

static int
alphabet_byte (gunichar c)
{
  unsigned n = 0;

  if (c < 256)
    return stands_for_itself (c) ? (int) c : -1;
  for (unsigned byte = 0; byte < 256; byte++)
    if (!stands_for_itself (byte) && 256 + n++ == c)
      return (int) byte;
  return -1;
}

gboolean
llm_byte_alphabet_decode (const char *text, size_t length, char *out, size_t *n_out)
{
  static gsize ready = 0;
  static int16_t bytes[512];
  size_t used, n = 0;

  if (g_once_init_enter (&ready)) {
    for (gunichar c = 0; c < G_N_ELEMENTS (bytes); c++)
      bytes[c] = (int16_t) alphabet_byte (c);
    g_once_init_leave (&ready, 1);
  }
  for (size_t at = 0; at < length; at += used) {
    if (text[at] >= '!' && text[at] <= '~') {
      out[n++] = text[at];
      used = 1;
      continue;
    }
    gunichar c = llm_utf8_next (text + at, length - at, &used);

    if (c >= G_N_ELEMENTS (bytes) || bytes[c] < 0)
      return FALSE;
    out[n++] = (char) bytes[c];
  }
  *n_out = n;
  return TRUE;
}

static uint64_t
pair_of (int left, int right)
{
  return (uint64_t) (uint32_t) left << 32 | (uint32_t) right;
}

static LlmMerge *
merge_slot (const LlmTokenizer *self, uint64_t pair)
{
  uint64_t hash = pair * UINT64_C (0x9E3779B97F4A7C15);
  uint32_t at = (uint32_t) (hash >> 32) & self->merge_mask;

  while (self->merges[at].merged >= 0 && self->merges[at].pair != pair)
    at = (at + 1) & self->merge_mask;
  return &self->merges[at];
}

/* Most vocabularies have the results of merges in the order of the table: `guess` is the token
 * after the last one. */
static int
find_merged (const LlmTokenizer *self, int guess, const char *text, size_t length)
{
  if (!self->has_doubles && guess < self->n_tokens && self->types[guess] == LLM_TOKEN_NORMAL
      && llm_tokenizer_has_text (self, guess, text, length))
    return guess;
  return llm_tokenizer_lookup (self, text, length, 1u << LLM_TOKEN_NORMAL);
}

/* One line of the table, "left right", both in the byte alphabet. *last: what the line before made,
 * and this one. */
static gboolean
read_merge (LlmTokenizer *self, const NnGgufString *line, uint32_t rank, GString *scratch,
            int *last)
{
  const char *space = line->length > 1 ? memchr (line->data + 1, ' ', line->length - 1) : NULL;
  size_t n_left, n_right;
  int left, right, merged;
  LlmMerge *slot;

  if (space == NULL)
    return FALSE;
  g_string_set_size (scratch, line->length);
  n_left = (size_t) (space - line->data);
  n_right = line->length - n_left - 1;
  if (!llm_byte_alphabet_decode (line->data, n_left, scratch->str, &n_left)
      || !llm_byte_alphabet_decode (space + 1, n_right, scratch->str + n_left, &n_right))
    return FALSE;
  left = llm_tokenizer_lookup (self, scratch->str, n_left, 1u << LLM_TOKEN_NORMAL);
  right = llm_tokenizer_lookup (self, scratch->str + n_left, n_right, 1u << LLM_TOKEN_NORMAL);
  merged = find_merged (self, *last + 1, scratch->str, n_left + n_right);
  if (left < 0 || right < 0 || merged < 0)
    return FALSE;
  slot = merge_slot (self, pair_of (left, right));
  if (slot->merged < 0)
    *slot = (LlmMerge){ pair_of (left, right), rank, merged };
  *last = merged;
  return TRUE;
}

gboolean
llm_byte_bpe_read_merges (LlmTokenizer *self, const NnGguf *gguf, GError **error)
{
  size_t n;
  const NnGgufString *lines = nn_gguf_get_strings (gguf, "tokenizer.ggml.merges", &n, error);
  g_autoptr (GString) scratch = g_string_new (NULL);
  size_t capacity = 16;
  int last = -1;

  if (lines == NULL)
    return FALSE;
  if (n > G_MAXINT32 / 4) {
    g_set_error (error, LLM_ERROR, LLM_ERROR_MODEL, "%s: %zu merges are too many",
                 nn_gguf_get_path (gguf), n);
    return FALSE;
  }
  while (capacity < n + n / 2)
    capacity *= 2;
  self->merges = g_new (LlmMerge, capacity);
  for (size_t i = 0; i < capacity; i++)
    self->merges[i].merged = -1;
  self->merge_mask = (uint32_t) capacity - 1;
  for (size_t i = 0; i < n; i++)
    if (!read_merge (self, &lines[i], (uint32_t) i, scratch, &last)) {
      g_autofree char *quoted =
          g_utf8_make_valid (lines[i].data, (gssize) MIN (lines[i].length, 40));

      g_set_error (error, LLM_ERROR, LLM_ERROR_MODEL,
                   "%s: merge %zu, '%s', is not two tokens that make a third",
                   nn_gguf_get_path (gguf), i, quoted);
      return FALSE;
    }
  return TRUE;
}

typedef struct {
  int32_t id; /* -1: merged into the one before */
  int32_t prev, next;
} Symbol;

static void
push_pair (const LlmTokenizer *self, const Symbol *symbols, int left, GArray *heap)
{
  int right = left < 0 ? -1 : symbols[left].next;
  const LlmMerge *merge;
  LlmPair pair;

  if (right < 0 || symbols[left].id < 0 || symbols[right].id < 0)
    return;
  merge = merge_slot (self, pair_of (symbols[left].id, symbols[right].id));
  if (merge->merged < 0)
    return;
  pair = (LlmPair){ .order = merge->rank,
                    .left = left,
                    .right = right,
                    .check = pair_of (symbols[left].id, symbols[right].id) };
  llm_pair_heap_push (heap, &pair);
}

/* Merges a word of n > 1 symbols in place; what is left is linked from 0. */
static void
merge_word (const LlmTokenizer *self, Symbol *symbols, int n, GArray *heap)
{
  LlmPair pair;

  g_array_set_size (heap, 0);
  for (int i = 0; i + 1 < n; i++)
    push_pair (self, symbols, i, heap);
  while (llm_pair_heap_pop (heap, &pair)) {
    Symbol *left = &symbols[pair.left], *right = &symbols[pair.right];

    if (left->id < 0 || right->id < 0 || left->next != pair.right
        || pair_of (left->id, right->id) != pair.check)
      continue;
    left->id = merge_slot (self, pair.check)->merged;
    left->next = right->next;
    right->id = -1;
    if (left->next >= 0)
      symbols[left->next].prev = pair.left;
    push_pair (self, symbols, left->prev, heap);
    push_pair (self, symbols, pair.left, heap);
  }
}

static void
encode_word (const LlmTokenizer *self, const char *text, size_t length, GArray *symbols,
             GArray *heap, GArray *ids)
{
  Symbol *word;
  int n = 0;

  if (self->ignore_merges) {
    int id = llm_tokenizer_lookup (self, text, length, 1u << LLM_TOKEN_NORMAL);

    if (id >= 0) {
      g_array_append_val (ids, id);
      return;
    }
  }
  g_array_set_size (symbols, (guint) length);
  word = (Symbol *) (void *) symbols->data;
  /* A vocabulary may lack bytes that its training text never had; the reference drops them. */
  for (size_t i = 0; i < length; i++) {
    int id = self->byte_ids[(uint8_t) text[i]];

    if (id >= 0) {
      word[n] = (Symbol){ id, n - 1, n + 1 };
      n++;
    }
  }
  if (n == 0)
    return;
  word[n - 1].next = -1;
  if (n > 1)
    merge_word (self, word, n, heap);
  for (int at = 0; at >= 0; at = word[at].next)
    g_array_append_val (ids, word[at].id);
}

void
llm_byte_bpe_encode (const LlmTokenizer *self, const char *text, size_t length, GArray *ids)
{
  g_autoptr (GArray) symbols = g_array_new (FALSE, FALSE, sizeof (Symbol));
  g_autoptr (GArray) heap = g_array_new (FALSE, FALSE, sizeof (LlmPair));
  LlmPretokens cut = { .pre = self->pre, .text = text, .length = length };
  size_t start, end;

  while (llm_pretokens_next (&cut, &start, &end))
    for (size_t at = start; at < end; at += MAX_WORD)
      encode_word (self, text + at, MIN (end - at, MAX_WORD), symbols, heap, ids);
}
