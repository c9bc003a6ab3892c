/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "llm/text/tokenizer-private.h"

#include <math.h>
#include <string.h>

#define MAX_TOKENS ((size_t) 1 << 26)
#define MAX_SPECIAL 256 /* bytes of a user-defined or control token */

static gboolean fail (const NnGguf *gguf, GError **error, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static gboolean
fail (const NnGguf *gguf, GError **error, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, LLM_ERROR, LLM_ERROR_MODEL, "%s: %s", nn_gguf_get_path (gguf), message);
  return FALSE;
}

static gboolean
read_kind (LlmTokenizer *self, const NnGguf *gguf, GError **error)
{
  const char *model = nn_gguf_get_string (gguf, "tokenizer.ggml.model", error);
  const char *pre;

  if (model == NULL)
    return FALSE;
  if (g_str_equal (model, "gpt2")) {
    self->kind = LLM_VOCAB_BYTE_BPE;
    pre = nn_gguf_get_string (gguf, "tokenizer.ggml.pre", error);
    if (pre == NULL)
      return FALSE;
    if (!llm_pretokenizer_from_name (pre, &self->pre, error)) {
      g_prefix_error (error, "%s: ", nn_gguf_get_path (gguf));
      return FALSE;
    }
    self->ignore_merges = self->pre == LLM_PRE_LLAMA3;
    self->add_bos = self->pre == LLM_PRE_LLAMA3;
    return TRUE;
  }
  if (g_str_equal (model, "llama"))
    self->kind = LLM_VOCAB_SCORE_BPE;
  else if (g_str_equal (model, "t5"))
    self->kind = LLM_VOCAB_UNIGRAM;
  else
    return fail (gguf, error, "unknown tokenizer '%s' (known: gpt2, llama, t5)", model);
  self->add_bos = self->kind == LLM_VOCAB_SCORE_BPE;
  self->add_space_prefix = TRUE;
  return TRUE;
}

static gboolean
read_types (LlmTokenizer *self, const NnGguf *gguf, GError **error)
{
  static const char key[] = "tokenizer.ggml.token_type";
  const int32_t *types;
  size_t n;

  self->types = g_malloc (self->n_tokens);
  memset (self->types, LLM_TOKEN_NORMAL, self->n_tokens);
  if (!nn_gguf_has_key (gguf, key))
    return TRUE;
  types = nn_gguf_get_ints (gguf, key, &n, error);
  if (types == NULL)
    return FALSE;
  if (n != (size_t) self->n_tokens)
    return fail (gguf, error, "%s has %zu entries for %d tokens", key, n, self->n_tokens);
  for (size_t i = 0; i < n; i++) {
    if (types[i] < 0 || types[i] > LLM_TOKEN_BYTE)
      return fail (gguf, error, "%s: type %d of token %zu is unknown", key, types[i], i);
    if (types[i] != 0)
      self->types[i] = (uint8_t) types[i];
  }
  return TRUE;
}

/* What opens and closes turns. Some files call these user-defined; but what a user wrote must never
 * open a turn, so here they are control tokens whatever the file says. */
static const char *const turn_names[] = {
  "<|im_start|>",      "<|im_end|>",      "<|start_header_id|>",
  "<|end_header_id|>", "<|eot_id|>",      "<|eom_id|>",
  "<start_of_turn>",   "<end_of_turn>",   "<|end_of_turn|>",
  "<|endoftext|>",     "<|end_of_text|>", "<|begin_of_text|>",
  "<|end|>",           "[INST]",          "[/INST]"
};

static void
retype_turns (LlmTokenizer *self, const NnGgufString *tokens)
{
  for (int id = 0; id < self->n_tokens; id++) {
    const NnGgufString *token = &tokens[id];

    if (token->length < 3 || (token->data[0] != '<' && token->data[0] != '['))
      continue;
    for (size_t i = 0; i < G_N_ELEMENTS (turn_names); i++)
      if (token->length == strlen (turn_names[i])
          && memcmp (token->data, turn_names[i], token->length) == 0
          && self->types[id] == LLM_TOKEN_USER)
        self->types[id] = LLM_TOKEN_CONTROL;
  }
}

static gboolean
read_scores (LlmTokenizer *self, const NnGguf *gguf, GError **error)
{
  static const char key[] = "tokenizer.ggml.scores";
  size_t n;
  const float *scores = nn_gguf_get_floats (gguf, key, &n, error);

  if (scores == NULL)
    return FALSE;
  if (n != (size_t) self->n_tokens)
    return fail (gguf, error, "%s has %zu entries for %d tokens", key, n, self->n_tokens);
  self->scores = g_memdup2 (scores, n * sizeof *scores);
  self->min_score = INFINITY;
  self->max_score = -INFINITY;
  for (size_t i = 0; i < n; i++) {
    if (!isfinite (scores[i]))
      return fail (gguf, error, "%s: the score of token %zu is not a number", key, i);
    if (self->types[i] == LLM_TOKEN_NORMAL) {
      self->min_score = MIN (self->min_score, scores[i]);
      self->max_score = MAX (self->max_score, scores[i]);
    }
  }
  if (!isfinite (self->min_score))
    self->min_score = self->max_score = 0;
  return TRUE;
}

size_t
llm_unescape_spaces (const char *text, size_t length, char *out)
{
  size_t n = 0;

  for (size_t i = 0; i < length;) {
    if (length - i >= 3 && memcmp (text + i, "\xE2\x96\x81", 3) == 0) {
      out[n++] = ' ';
      i += 3;
    } else {
      out[n++] = text[i++];
    }
  }
  return n;
}

int
llm_byte_of_name (const char *text, size_t length)
{
  int high, low;

  if (length != 6 || memcmp (text, "<0x", 3) != 0 || text[5] != '>')
    return -1;
  high = g_ascii_xdigit_value (text[3]);
  low = g_ascii_xdigit_value (text[4]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Writes the text of a token to out, which has room for its length; see tokenizer-private.h. */
static size_t
write_text (LlmTokenizer *self, int id, const NnGgufString *token, char *out)
{
  size_t n;
  int byte;

  if (self->kind == LLM_VOCAB_BYTE_BPE) {
    if (self->types[id] == LLM_TOKEN_NORMAL
        && llm_byte_alphabet_decode (token->data, token->length, out, &n))
      return n;
  } else if (self->types[id] == LLM_TOKEN_BYTE) {
    byte = llm_byte_of_name (token->data, token->length);
    if (byte >= 0) {
      self->byte_ids[byte] = id;
      out[0] = (char) byte;
      return 1;
    }
    self->types[id] = LLM_TOKEN_UNUSED;
  } else if (self->types[id] == LLM_TOKEN_NORMAL || self->types[id] == LLM_TOKEN_USER) {
    return llm_unescape_spaces (token->data, token->length, out);
  }
  if (token->length > 0)
    memcpy (out, token->data, token->length);
  return token->length;
}

/* Of tokens of one class and text the first is found. */
static void
insert (LlmTokenizer *self, int id)
{
  size_t length;
  const char *text = llm_tokenizer_text (self, id, &length);
  uint64_t hash = LLM_HASH_START;
  uint32_t at;
  int other;

  if (self->types[id] == LLM_TOKEN_BYTE || length == 0)
    return;
  for (size_t i = 0; i < length; i++)
    hash = llm_hash_byte (hash, text[i]);
  for (at = llm_hash_slot (self, hash); (other = self->table[at]) >= 0;
       at = (at + 1) & self->table_mask)
    if (self->types[other] == self->types[id]
        && llm_tokenizer_has_text (self, other, text, length)) {
      self->has_doubles = TRUE;
      return;
    }
  self->table[at] = id;
}

static gboolean
read_texts (LlmTokenizer *self, const NnGguf *gguf, const NnGgufString *tokens, GError **error)
{
  size_t total = 0, capacity = 16;
  size_t n = (size_t) self->n_tokens;

  for (size_t i = 0; i < n; i++)
    if (!g_size_checked_add (&total, total, tokens[i].length) || total > G_MAXINT32)
      return fail (gguf, error, "the texts of the tokens are longer than 2 GiB");
  self->arena = g_malloc (total + 1);
  self->offsets = g_new (uint32_t, n + 1);
  self->offsets[0] = 0;
  for (size_t i = 0; i < n; i++)
    self->offsets[i + 1] =
        self->offsets[i]
        + (uint32_t) write_text (self, (int) i, &tokens[i], self->arena + self->offsets[i]);
  while (capacity < 2 * n)
    capacity *= 2;
  self->table = g_new (int32_t, capacity);
  memset (self->table, 0xFF, capacity * sizeof *self->table);
  self->table_mask = (uint32_t) capacity - 1;
  for (size_t i = 0; i < n; i++) {
    insert (self, (int) i);
    if (self->types[i] == LLM_TOKEN_NORMAL || self->types[i] == LLM_TOKEN_USER)
      self->max_piece = MAX (self->max_piece, (int) (self->offsets[i + 1] - self->offsets[i]));
  }
  return TRUE;
}

/* Byte ids, and by which lengths special tokens are looked for. */
static gboolean
index_texts (LlmTokenizer *self, const NnGguf *gguf, GError **error)
{
  if (self->kind == LLM_VOCAB_BYTE_BPE)
    for (int byte = 0; byte < 256; byte++) {
      char text = (char) byte;

      self->byte_ids[byte] = llm_tokenizer_lookup (self, &text, 1, 1u << LLM_TOKEN_NORMAL);
    }
  else
    for (int byte = 0; byte < 256; byte++)
      self->byte_fallback = self->byte_fallback || self->byte_ids[byte] >= 0;
  self->user_lengths = g_new0 (LlmLengthSet, 256);
  self->special_lengths = g_new0 (LlmLengthSet, 256);
  for (int id = 0; id < self->n_tokens; id++) {
    size_t length;
    const char *text = llm_tokenizer_text (self, id, &length);

    if ((self->types[id] != LLM_TOKEN_USER && self->types[id] != LLM_TOKEN_CONTROL) || length == 0)
      continue;
    if (length > MAX_SPECIAL)
      return fail (gguf, error, "special token %d has %zu bytes, more than %d", id, length,
                   MAX_SPECIAL);
    self->special_lengths[(uint8_t) text[0]].bits[(length - 1) / 64] |= UINT64_C (1)
                                                                        << ((length - 1) % 64);
    if (self->types[id] == LLM_TOKEN_USER)
      self->user_lengths[(uint8_t) text[0]].bits[(length - 1) / 64] |= UINT64_C (1)
                                                                       << ((length - 1) % 64);
  }
  return TRUE;
}

static gboolean
read_id (LlmTokenizer *self, const NnGguf *gguf, const char *key, int *id, GError **error)
{
  int64_t value;

  if (!nn_gguf_has_key (gguf, key))
    return TRUE;
  if (!nn_gguf_get_int (gguf, key, &value, error))
    return FALSE;
  if (value < 0 || value >= self->n_tokens)
    return fail (gguf, error, "%s is %" G_GINT64_FORMAT ", but there are %d tokens", key, value,
                 self->n_tokens);
  *id = (int) value;
  return TRUE;
}

static gboolean
read_flag (const NnGguf *gguf, const char *key, gboolean *flag, GError **error)
{
  return !nn_gguf_has_key (gguf, key) || nn_gguf_get_boolean (gguf, key, flag, error);
}

/* Names by which the families end a turn or a text. */
static const char *const end_names[] = {
  "<|im_end|>",    "<|endoftext|>",   "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>",
  "<end_of_turn>", "<|end_of_turn|>", "<|end|>",    "<eos>",      "</s>"
};

static gboolean
read_special_ids (LlmTokenizer *self, const NnGguf *gguf, GError **error)
{
  int eot = -1, eom = -1;

  if (self->kind != LLM_VOCAB_BYTE_BPE) {
    self->bos = llm_tokenizer_lookup (self, "<s>", 3, 1u << LLM_TOKEN_CONTROL);
    self->eos = llm_tokenizer_lookup (self, "</s>", 4, 1u << LLM_TOKEN_CONTROL);
    for (int id = 0; id < self->n_tokens && self->unk < 0; id++)
      if (self->types[id] == LLM_TOKEN_UNKNOWN)
        self->unk = id;
  }
  if (!read_id (self, gguf, "tokenizer.ggml.bos_token_id", &self->bos, error)
      || !read_id (self, gguf, "tokenizer.ggml.eos_token_id", &self->eos, error)
      || !read_id (self, gguf, "tokenizer.ggml.unknown_token_id", &self->unk, error)
      || !read_id (self, gguf, "tokenizer.ggml.eot_token_id", &eot, error)
      || !read_id (self, gguf, "tokenizer.ggml.eom_token_id", &eom, error)
      || !read_flag (gguf, "tokenizer.ggml.add_bos_token", &self->add_bos, error)
      || !read_flag (gguf, "tokenizer.ggml.remove_extra_whitespaces", &self->squeeze_spaces, error)
      || !read_flag (gguf, "tokenizer.ggml.add_space_prefix", &self->add_space_prefix, error))
    return FALSE;
  self->is_end = g_new0 (uint8_t, self->n_tokens);
  if (self->eos >= 0)
    self->is_end[self->eos] = 1;
  if (eot >= 0)
    self->is_end[eot] = 1;
  if (eom >= 0)
    self->is_end[eom] = 1;
  for (size_t i = 0; i < G_N_ELEMENTS (end_names); i++) {
    int id =
        llm_tokenizer_lookup (self, end_names[i], strlen (end_names[i]), 1u << LLM_TOKEN_CONTROL);

    if (id >= 0)
      self->is_end[id] = 1;
  }
  return TRUE;
}

gboolean
llm_tokenizer_read (LlmTokenizer *self, const NnGguf *gguf, GError **error)
{
  const NnGgufString *tokens;
  size_t n;

  self->bos = self->eos = self->unk = -1;
  memset (self->byte_ids, 0xFF, sizeof self->byte_ids);
  if (!read_kind (self, gguf, error))
    return FALSE;
  tokens = nn_gguf_get_strings (gguf, "tokenizer.ggml.tokens", &n, error);
  if (tokens == NULL)
    return FALSE;
  if (n == 0 || n > MAX_TOKENS)
    return fail (gguf, error, "a vocabulary of %zu tokens", n);
  self->n_tokens = (int) n;
  if (!read_types (self, gguf, error))
    return FALSE;
  retype_turns (self, tokens);
  if (self->kind != LLM_VOCAB_BYTE_BPE
      && (!read_scores (self, gguf, error) || !llm_charsmap_read (self, gguf, error)))
    return FALSE;
  return read_texts (self, gguf, tokens, error) && index_texts (self, gguf, error)
         && read_special_ids (self, gguf, error)
         && (self->kind != LLM_VOCAB_BYTE_BPE || llm_byte_bpe_read_merges (self, gguf, error));
}
