/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Where byte-level BPE cuts a text before it merges: the pre-tokenizers of the model families.
 *
 * Each family states a regular expression; here it is a scanner that finds one pre-token after the
 * other in linear time. Classes are those of Unicode: \p{L}, \p{N} and White_Space. A byte that is
 * not part of valid UTF-8 is a character of its own, neither letter, number nor space, and is kept.
 *
 *   LlmPretokens cut = { .pre = LLM_PRE_QWEN2, .text = text, .length = length };
 *   while (llm_pretokens_next (&cut, &start, &end))
 *
 * Sources: the pre_tokenizer of each family's tokenizer.json, quoted in llm/text/TOKENIZERS.md.
 */

#pragma once

#include "llm/text/llm-error.h"

G_BEGIN_DECLS

typedef enum { LLM_PRE_GPT2, LLM_PRE_QWEN2, LLM_PRE_LLAMA3, LLM_PRE_SMOLLM } LlmPretokenizer;

/* name: tokenizer.ggml.pre. An unknown one is LLM_ERROR_MODEL, naming it. */
gboolean llm_pretokenizer_from_name (const char *name, LlmPretokenizer *pre, GError **error);

/* A walk over the pre-tokens of a text, which must outlive it; zeroed but for the first three. */
typedef struct {
  LlmPretokenizer pre;
  const char *text;
  size_t length;
  size_t at;   /* everything before is cut */
  size_t stop; /* smollm: the end of the stretch without digits that `at` is in */
} LlmPretokens;

/* The next pre-token is text[start, end); FALSE at the end of the text. */
gboolean llm_pretokens_next (LlmPretokens *cut, size_t *start, size_t *end);

typedef enum { LLM_CHAR_OTHER, LLM_CHAR_LETTER, LLM_CHAR_NUMBER, LLM_CHAR_SPACE } LlmCharClass;

/* The character at the head of text (length > 0) and its bytes; an invalid byte is U+FFFD with
 * *n_bytes 1. */
gunichar llm_utf8_next (const char *text, size_t length, size_t *n_bytes);
LlmCharClass llm_char_class (gunichar c);

G_END_DECLS
