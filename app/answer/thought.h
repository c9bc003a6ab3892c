/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a model thinks before it answers, within a budget of tokens.
 *
 * Models that were trained to think have marks for it in their chat template; they are given them
 * opened, or opened and closed at once where nothing is to be thought (llm/text/chat-template.h).
 * Others are asked to think it through, between the same marks. Where the budget is used up the
 * thought is closed for the model, and it answers with what it has. Models that were not trained to
 * think gain little by it. The thought is no part of the
 * answer: neither later prompts nor what is read aloud have it.
 *
 * Source of the budget: Muennighoff et al. 2025, "s1: Simple test-time scaling" (budget forcing).
 */

#pragma once

#include "app/engine/engine.h"

G_BEGIN_DECLS

/* What a model that was not trained to think is told, behind the question. */
#define APP_THOUGHT_NOTE                                                                           \
  "\n\nFirst think it through step by step between <think> and </think>, then answer."

/* What closes a thought may take, besides the budget. */
#define APP_THOUGHT_POSITIONS 16

typedef struct {
  AppEngine *engine;
  LlmSession *session;
  LlmPrompt *prompt; /* ends with the opened thought; the thought, closed, is added */
  NnSamplerOptions sampling;
  int max_tokens;       /* above 0 */
  LlmOnText on_thought; /* may be NULL */
  gpointer user_data;
} AppThoughtOptions;

/* (transfer full): the thought, without white space around it. *n_tokens: how many it took. */
char *app_thought_write (const AppThoughtOptions *options, int *n_tokens, GError **error);

G_END_DECLS
