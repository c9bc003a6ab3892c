/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/answer/thought.h"

#define NOTE "\n\nFirst think it through step by step between <think> and </think>, then answer."

int
app_thought_get_budget (const AppAskOptions *options, const AppConversation *conversation)
{
  const gboolean is_plain =
      options->schema == NULL && app_conversation_get_n_lines (conversation) == 0;

  return is_plain ? options->thinking_tokens : 0;
}

char *
app_thought_make_note (const AppAskOptions *options, const AppConversation *conversation,
                       LlmModel *model)
{
  return app_thought_get_budget (options, conversation) > 0
                 && !llm_chat_family_thinks (llm_model_get_chat_family (model))
             ? g_strdup (NOTE)
             : NULL;
}

typedef struct {
  AppEngine *engine;
  const AppAskOptions *options;
  gpointer user_data;
} Thinking;

/* How far it is, for who waits: of the budget, as nobody knows when a model has thought enough. */
static gboolean
tell (const char *text, int n_tokens, gpointer user_data)
{
  const Thinking *thinking = user_data;
  const AppAskOptions *options = thinking->options;

  app_engine_report ((double) n_tokens / options->thinking_tokens, thinking->engine);
  return options->on_thought == NULL || options->on_thought (text, n_tokens, thinking->user_data);
}

char *
app_thought_write (AppEngine *engine, LlmSession *session, LlmPrompt *prompt,
                   const AppAskOptions *options, gpointer user_data, int *n_tokens, GError **error)
{
  static const char *const stops[] = { LLM_CHAT_THOUGHT_END, NULL };
  const LlmGenerateOptions generate = { .max_tokens = options->thinking_tokens,
                                        .sampling = options->sampling,
                                        .stops = stops };
  Thinking thinking = { engine, options, user_data };
  LlmGenerated generated = { 0 };
  char *thought;

  if (!app_engine_prefill (engine, session, prompt, NULL, error))
    return NULL;
  app_engine_begin_stage (engine, APP_STAGE_THINKING);
  thought = llm_session_generate (session, &generate, tell, &thinking, &generated, error);
  if (thought == NULL)
    return NULL;
  llm_prompt_add_text (prompt, thought, 0);
  /* Or else the answer would go on in the middle of a sentence. */
  if (generated.stop == LLM_STOP_MAX_TOKENS)
    llm_prompt_add_text (prompt, "…", 0);
  llm_prompt_add_text (prompt, "\n" LLM_CHAT_THOUGHT_END "\n\n", LLM_TOKENIZE_SPECIAL);
  *n_tokens = generated.n_tokens;
  return g_strstrip (thought);
}
