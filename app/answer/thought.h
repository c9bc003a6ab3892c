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

#include "app/answer/ask.h"

G_BEGIN_DECLS

/* What closes a thought may take, besides its tokens. */
#define APP_THOUGHT_POSITIONS 16

/* Tokens of thought before the next answer; 0: none. None about recordings: what small models then
 * think up stands between them and the words. */
int app_thought_get_budget (const AppAskOptions *options, const AppConversation *conversation);
/* (transfer full) (nullable): what a model that was not trained to think is told, behind the
 * question, where there is a budget. */
char *app_thought_make_note (const AppAskOptions *options, const AppConversation *conversation,
                             LlmModel *model);
/* (transfer full): the thought, without white space around it. prompt ends with the opened thought;
 * the thought, closed, is added. *n_tokens: how many it took. */
char *app_thought_write (AppEngine *engine, LlmSession *session, LlmPrompt *prompt,
                         const AppAskOptions *options, gpointer user_data, int *n_tokens,
                         GError **error);

G_END_DECLS
