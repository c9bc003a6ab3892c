/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a decoder is given: spans of ids of the model's own vocabulary and spans of embedding rows.
 *
 * A prompt is built from front to back: template text, content, extension ids (which the unified
 * vocabulary turns into ids or rows). Two prompts that begin alike share that prefix in a session's
 * cache, so equality of positions is part of the interface: an id equals the same id, a row the
 * same floats.
 *
 *   g_autoptr (LlmPrompt) prompt = llm_prompt_new (vocab, n_embd);
 *   llm_prompt_add_text (prompt, "<|im_start|>user\n", LLM_TOKENIZE_SPECIAL);
 *   llm_prompt_add_id (prompt, llm_vocab_get_id (vocab, "speaker", 0), &error);
 */

#pragma once

#include "llm/text/vocab.h"

G_BEGIN_DECLS

typedef struct _LlmPrompt LlmPrompt;

/* n_embd: width of embedding rows. */
LlmPrompt *llm_prompt_new (LlmVocab *vocab, int n_embd);
void llm_prompt_free (LlmPrompt *prompt);
/* SentencePiece begins a text with a space; here it does so at the beginning of the prompt and
 * where template text (LLM_TOKENIZE_SPECIAL) and content meet, not within content that comes in
 * parts. */
void llm_prompt_add_text (LlmPrompt *prompt, const char *text, LlmTokenizeFlags flags);
/* Any id of the unified vocabulary; an extension id becomes what its block's reading says.
 * LLM_ERROR_ARGUMENT: no such id, or a row of another width than the prompt's. */
gboolean llm_prompt_add_id (LlmPrompt *prompt, int id, GError **error);
void llm_prompt_add_rows (LlmPrompt *prompt, const float *rows, int n_rows); /* copied */
int llm_prompt_get_n_positions (const LlmPrompt *prompt);
/* Position i: a text id >= 0 (a row copied from a text token is simply that token's id), or -1 and
 * the row in *row. row may be NULL. */
int llm_prompt_get (const LlmPrompt *prompt, int position, const float **row);
/* Number of leading positions that two prompts share. */
int llm_prompt_common_prefix (const LlmPrompt *a, const LlmPrompt *b);
LlmPrompt *llm_prompt_copy (const LlmPrompt *prompt);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlmPrompt, llm_prompt_free)

G_END_DECLS
