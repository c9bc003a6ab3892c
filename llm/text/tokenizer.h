/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Text to token ids and back, as the model's GGUF file describes it.
 *
 * Two families: byte-level BPE (tokenizer.ggml.model "gpt2") with the pre-tokenizers gpt2, qwen2,
 * llama-bpe and smollm; and SentencePiece (tokenizer.ggml.model "llama": BPE by scores with byte
 * fallback, as Llama 2 and Gemma use it; "t5": unigram [Kudo 2018]). Immutable after creation and
 * free of global state: any thread may use it. decode (encode (x)) = x for every byte string of the
 * byte-level family and of SentencePiece with byte fallback.
 *
 *   g_autoptr (LlmTokenizer) tokenizer = llm_tokenizer_new (gguf, &error);
 *   g_autoptr (GArray) ids = llm_tokenizer_encode (tokenizer, text, -1, 0);   // of int
 */

#pragma once

#include "llm/text/llm-error.h"
#include "nn/gguf/gguf.h"

G_BEGIN_DECLS

typedef struct _LlmTokenizer LlmTokenizer;

typedef enum {
  LLM_TOKENIZE_SPECIAL = 1 << 0, /* "<|im_start|>" in the text is the control token, not its
                                  * letters: for templates only, never for what a user wrote */
  LLM_TOKENIZE_BOS = 1 << 1,     /* begin with the BOS id, if the model asks for one */
  LLM_TOKENIZE_CONTINUE = 1 << 2 /* the text goes on from one encoded before: SentencePiece does
                                  * not put its space before it */
} LlmTokenizeFlags;

/* Reads vocabulary, merges, scores, types and special ids. (transfer full); LLM_ERROR_MODEL (an
 * unknown tokenizer.ggml.model or tokenizer.ggml.pre is named), NN_ERROR_MISSING, _FORMAT. */
LlmTokenizer *llm_tokenizer_new (const NnGguf *gguf, GError **error);
LlmTokenizer *llm_tokenizer_ref (LlmTokenizer *tokenizer);
void llm_tokenizer_unref (LlmTokenizer *tokenizer);

int llm_tokenizer_get_n_tokens (const LlmTokenizer *tokenizer);
int llm_tokenizer_get_bos (const LlmTokenizer *tokenizer); /* -1: none */
int llm_tokenizer_get_eos (const LlmTokenizer *tokenizer); /* -1: none */
gboolean llm_tokenizer_is_end (const LlmTokenizer *tokenizer,
                               int id); /* eos, eot, <|im_end|>, ... */
gboolean llm_tokenizer_is_control (const LlmTokenizer *tokenizer, int id); /* not part of a text */
/* Id of the token with exactly this text, as the vocabulary writes it; -1 if there is none. */
int llm_tokenizer_find (const LlmTokenizer *tokenizer, const char *token);

/* text: any bytes, length -1 for NUL-terminated. (transfer full): a GArray of int. */
GArray *llm_tokenizer_encode (const LlmTokenizer *tokenizer, const char *text, gssize length,
                              LlmTokenizeFlags flags);
/* The bytes of one id, which may be part of a UTF-8 character; control tokens give no bytes.
 * NULL-safe: an id out of range gives length 0. Owned by the tokenizer; not NUL-terminated. */
const char *llm_tokenizer_piece (const LlmTokenizer *tokenizer, int id, size_t *length);
/* (transfer full): the bytes of the ids, NUL-terminated; length may be NULL. Not necessarily UTF-8.
 */
char *llm_tokenizer_decode (const LlmTokenizer *tokenizer, const int *ids, size_t n_ids,
                            size_t *length);
/* The token as a person reads it, control tokens by name: for token views. (transfer full), UTF-8.
 */
char *llm_tokenizer_describe (const LlmTokenizer *tokenizer, int id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlmTokenizer, llm_tokenizer_unref)

G_END_DECLS
