/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A byte-level tokenizer of the test's making: the 256 bytes (id = byte), then the given tokens in
 * their order, then <|im_start|> and <|im_end|> (BOS and end).
 *
 *   static const char *const tokens[] = { "ab", "abc", NULL };
 *   g_autoptr (LlmTokenizer) tokenizer = tiny_tokenizer_new (tokens);
 */

#pragma once

#include "llm/text/tokenizer.h"
#include "tests/support/gguf-builder.h"

G_BEGIN_DECLS

/* Each token is merged from the longest token before it that begins it and the rest, which must be
 * a token too. pre-tokenizer: gpt-2. */
LlmTokenizer *tiny_tokenizer_new (const char *const *tokens);
/* The same as keys of a file that is being made. */
void tiny_tokenizer_add (GgufBuilder *builder, const char *const *tokens);

G_END_DECLS
