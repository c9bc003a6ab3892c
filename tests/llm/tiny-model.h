/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A tiny model with random weights, and prompts that look like noise: what sessions keep and
 * compute can be asked of it as well as of a large one.
 *
 *   TinyModel tiny;
 *   tiny_model_open (&tiny, "llama.gguf", 2);
 *   g_autoptr (LlmSession) session = tiny_model_new_session (&tiny, 96);
 *   tiny_model_close (&tiny);
 */

#pragma once

#include "llm/session/session.h"

G_BEGIN_DECLS

typedef struct {
  NnContext *context;
  LlmModel *model;
  LlmVocab *vocab;
} TinyModel;

/* name: of a file in tests/golden/llm. */
void tiny_model_open (TinyModel *tiny, const char *name, int n_threads);
void tiny_model_close (TinyModel *tiny);

/* (transfer full): n ids, the same for the same seed. */
LlmPrompt *tiny_model_new_prompt (const TinyModel *tiny, int n, guint32 seed);
void tiny_model_add_ids (LlmPrompt *prompt, int n, guint32 seed);
LlmSession *tiny_model_new_session (const TinyModel *tiny, int n_ctx); /* (transfer full) */
/* How many positions had to be computed. */
int tiny_model_prefill (LlmSession *session, const LlmPrompt *prompt);

G_END_DECLS
