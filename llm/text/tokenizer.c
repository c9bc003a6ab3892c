/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "llm/text/tokenizer-private.h"

#include <string.h>

LlmTokenizer *
llm_tokenizer_new (const NnGguf *gguf, GError **error)
{
  g_autoptr (LlmTokenizer) self = g_new0 (LlmTokenizer, 1);

  g_atomic_ref_count_init (&self->refs);
  if (!llm_tokenizer_read (self, gguf, error))
    return NULL;
  return g_steal_pointer (&self);
}

LlmTokenizer *
llm_tokenizer_ref (LlmTokenizer *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
llm_tokenizer_unref (LlmTokenizer *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->arena);
  g_free (self->offsets);
  g_free (self->types);
  g_free (self->is_end);
  g_free (self->scores);
  g_free (self->table);
  g_free (self->merges);
  g_free (self->user_lengths);
  g_free (self->special_lengths);
  g_free (self->charsmap);
  g_free (self->charsmap_texts);
  g_clear_pointer (&self->index, llm_token_index_free);
  g_free (self);
}

const LlmTokenIndex *
llm_tokenizer_get_index (LlmTokenizer *self)
{
  LlmTokenIndex *index = g_atomic_pointer_get (&self->index);

  if (index != NULL)
    return index;
  index = llm_token_index_new (self);
  if (g_atomic_pointer_compare_and_exchange (&self->index, NULL, index))
    return index;
  llm_token_index_free (index);
  return g_atomic_pointer_get (&self->index);
}

int
llm_tokenizer_get_n_tokens (const LlmTokenizer *self)
{
  return self->n_tokens;
}

int
llm_tokenizer_get_bos (const LlmTokenizer *self)
{
  return self->bos;
}

int
llm_tokenizer_get_eos (const LlmTokenizer *self)
{
  return self->eos;
}

static gboolean
in_range (const LlmTokenizer *self, int id)
{
  return id >= 0 && id < self->n_tokens;
}

gboolean
llm_tokenizer_is_end (const LlmTokenizer *self, int id)
{
  return in_range (self, id) && self->is_end[id];
}

gboolean
llm_tokenizer_is_control (const LlmTokenizer *self, int id)
{
  return in_range (self, id)
         && (self->types[id] == LLM_TOKEN_CONTROL || self->types[id] == LLM_TOKEN_UNKNOWN
             || self->types[id] == LLM_TOKEN_UNUSED);
}

const char *
llm_tokenizer_text (const LlmTokenizer *self, int id, size_t *length)
{
  *length = self->offsets[id + 1] - self->offsets[id];
  return self->arena + self->offsets[id];
}

int
llm_tokenizer_lookup_hashed (const LlmTokenizer *self, uint64_t hash, const char *text,
                             size_t length, unsigned types)
{
  uint32_t at = llm_hash_slot (self, hash);
  int id;

  while ((id = self->table[at]) >= 0) {
    if ((types >> self->types[id] & 1) != 0 && llm_tokenizer_has_text (self, id, text, length))
      return id;
    at = (at + 1) & self->table_mask;
  }
  return -1;
}

int
llm_tokenizer_lookup (const LlmTokenizer *self, const char *text, size_t length, unsigned types)
{
  uint64_t hash = LLM_HASH_START;

  for (size_t i = 0; i < length; i++)
    hash = llm_hash_byte (hash, text[i]);
  return llm_tokenizer_lookup_hashed (self, hash, text, length, types);
}

int
llm_tokenizer_match_special (const LlmTokenizer *self, const char *text, size_t length,
                             gboolean control, size_t *matched)
{
  const LlmLengthSet *lengths = control ? self->special_lengths : self->user_lengths;
  const uint64_t *bits = lengths[(uint8_t) text[0]].bits;
  unsigned types = 1u << LLM_TOKEN_USER | (control ? 1u << LLM_TOKEN_CONTROL : 0);

  for (int word = 3; word >= 0; word--)
    for (uint64_t left = bits[word]; left != 0;) {
      int bit = 63 - __builtin_clzll (left);
      size_t n = (size_t) (word * 64 + bit + 1);
      int id = n <= length ? llm_tokenizer_lookup (self, text, n, types) : -1;

      if (id >= 0) {
        *matched = n;
        return id;
      }
      left &= ~(UINT64_C (1) << bit);
    }
  return -1;
}

int
llm_tokenizer_find (const LlmTokenizer *self, const char *token)
{
  size_t length = strlen (token), n = 0;
  g_autofree char *text = g_malloc (length + 1);
  unsigned named = 1u << LLM_TOKEN_CONTROL | 1u << LLM_TOKEN_UNKNOWN | 1u << LLM_TOKEN_UNUSED
                   | 1u << LLM_TOKEN_USER;
  int id = llm_tokenizer_lookup (self, token, length, named);

  if (id >= 0)
    return id;
  if (self->kind == LLM_VOCAB_BYTE_BPE) {
    if (!llm_byte_alphabet_decode (token, length, text, &n))
      return llm_tokenizer_lookup (self, token, length, 1u << LLM_TOKEN_NORMAL);
  } else {
    int byte = llm_byte_of_name (token, length);

    if (byte >= 0 && self->byte_ids[byte] >= 0)
      return self->byte_ids[byte];
    n = llm_unescape_spaces (token, length, text);
  }
  return llm_tokenizer_lookup (self, text, n, 1u << LLM_TOKEN_NORMAL | 1u << LLM_TOKEN_USER);
}

/* A stretch of text without control tokens. */
static void
encode_plain (const LlmTokenizer *self, const char *text, size_t length, gboolean prefix,
              GArray *ids)
{
  if (length == 0)
    return;
  if (self->kind == LLM_VOCAB_BYTE_BPE) {
    llm_byte_bpe_encode (self, text, length, ids);
  } else {
    g_autoptr (GString) normal = g_string_sized_new (length + 8);

    llm_spm_normalise (self, text, length, prefix && self->add_space_prefix, normal);
    if (self->kind == LLM_VOCAB_SCORE_BPE)
      llm_score_bpe_encode (self, normal->str, normal->len, ids);
    else
      llm_unigram_encode (self, normal->str, normal->len, ids);
  }
}

GArray *
llm_tokenizer_encode (const LlmTokenizer *self, const char *text, gssize length,
                      LlmTokenizeFlags flags)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (int));
  size_t n = length < 0 ? strlen (text) : (size_t) length;
  gboolean control = (flags & LLM_TOKENIZE_SPECIAL) != 0;
  gboolean prefix = (flags & LLM_TOKENIZE_CONTINUE) == 0;
  size_t start = 0, at = 0, matched = 0;

  if ((flags & LLM_TOKENIZE_BOS) != 0 && self->add_bos && self->bos >= 0)
    g_array_append_val (ids, self->bos);
  while (at < n) {
    int id = llm_tokenizer_match_special (self, text + at, n - at, control, &matched);

    /* SentencePiece finds its user-defined tokens itself, in the normalised text. */
    if (id < 0 || (self->kind != LLM_VOCAB_BYTE_BPE && self->types[id] == LLM_TOKEN_USER)) {
      at += id < 0 ? 1 : matched;
      continue;
    }
    encode_plain (self, text + start, at - start, prefix, ids);
    g_array_append_val (ids, id);
    at += matched;
    start = at;
    prefix = TRUE;
  }
  encode_plain (self, text + start, n - start, prefix, ids);
  return ids;
}

const char *
llm_tokenizer_piece (const LlmTokenizer *self, int id, size_t *length)
{
  *length = 0;
  if (!in_range (self, id) || llm_tokenizer_is_control (self, id))
    return "";
  return llm_tokenizer_text (self, id, length);
}

char *
llm_tokenizer_decode (const LlmTokenizer *self, const int *ids, size_t n_ids, size_t *length)
{
  GString *out = g_string_new (NULL);

  for (size_t i = 0; i < n_ids; i++) {
    size_t n;
    const char *piece = llm_tokenizer_piece (self, ids[i], &n);

    g_string_append_len (out, piece, (gssize) n);
  }
  if (self->add_space_prefix && self->kind != LLM_VOCAB_BYTE_BPE && out->str[0] == ' ')
    g_string_erase (out, 0, 1);
  if (length != NULL)
    *length = out->len;
  return g_string_free (out, FALSE);
}

char *
llm_tokenizer_describe (const LlmTokenizer *self, int id)
{
  GString *out = g_string_new (NULL);
  const char *text;
  size_t length, n;

  if (!in_range (self, id)) {
    g_string_printf (out, "<id %d>", id);
    return g_string_free (out, FALSE);
  }
  text = llm_tokenizer_text (self, id, &length);
  for (size_t at = 0; at < length; at += n) {
    gunichar c = llm_utf8_next (text + at, length - at, &n);

    if ((c == 0xFFFD && n == 1) || c < 0x20 || c == 0x7F)
      g_string_append_printf (out, "<0x%02X>", (uint8_t) text[at]);
    else
      g_string_append_len (out, text + at, (gssize) n);
  }
  return g_string_free (out, FALSE);
}
