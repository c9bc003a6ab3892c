/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The tokens of a vocabulary in the order of their bytes, to find fast which of them a grammar
 * allows.
 *
 * Neighbours in the order share a prefix; a walk keeps one state per byte of depth and computes
 * only what differs from the token before. Plain tokens (whole characters, without '"', '\' and
 * control characters) are kept by their length besides: inside a string they may all follow.
 * Immutable.
 */

#pragma once

#include "llm/text/tokenizer.h"

G_BEGIN_DECLS

#define LLM_TOKEN_MAX_BYTES 128 /* longer tokens are not listed */

typedef struct {
  int n;
  int *ids;
  uint8_t *shared; /* bytes that a token shares with the one before */
  int starts[257]; /* by first byte */
} LlmTokenOrder;

typedef struct {
  LlmTokenOrder all;
  LlmTokenOrder special;                   /* those that are not plain */
  int *plain;                              /* by number of characters */
  int plain_ends[LLM_TOKEN_MAX_BYTES + 1]; /* how many have at most so many characters */
  gboolean has_byte[256];                  /* there is a token of just this byte */
} LlmTokenIndex;

LlmTokenIndex *llm_token_index_new (const LlmTokenizer *tokenizer);
/* The tokenizer's own, made on the first call, by any thread. (transfer none). */
const LlmTokenIndex *llm_tokenizer_get_index (LlmTokenizer *tokenizer);
void llm_token_index_free (LlmTokenIndex *index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlmTokenIndex, llm_token_index_free)

G_END_DECLS
