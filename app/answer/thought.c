/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/answer/thought.h"

/* How far it is, for who waits: of the budget, as nobody knows when a model has thought enough. */
static gboolean
tell (const char *text, int n_tokens, gpointer user_data)
{
  const AppThoughtOptions *options = user_data;

  app_engine_report ((double) n_tokens / options->max_tokens, options->engine);
  return options->on_thought == NULL || options->on_thought (text, n_tokens, options->user_data);
}

char *
app_thought_write (const AppThoughtOptions *options, int *n_tokens, GError **error)
{
  static const char *const stops[] = { LLM_CHAT_THOUGHT_END, NULL };
  const LlmGenerateOptions generate = { .max_tokens = options->max_tokens,
                                        .sampling = options->sampling,
                                        .stops = stops };
  LlmGenerated generated = { 0 };
  char *thought;

  if (!app_engine_prefill (options->engine, options->session, options->prompt, NULL, error))
    return NULL;
  app_engine_begin_stage (options->engine, APP_STAGE_THINKING);
  thought = llm_session_generate (options->session, &generate, tell, (gpointer) options, &generated,
                                  error);
  if (thought == NULL)
    return NULL;
  llm_prompt_add_text (options->prompt, thought, 0);
  /* Or else the answer would go on in the middle of a sentence. */
  if (generated.stop == LLM_STOP_MAX_TOKENS)
    llm_prompt_add_text (options->prompt, "…", 0);
  llm_prompt_add_text (options->prompt, "\n" LLM_CHAT_THOUGHT_END "\n\n", LLM_TOKENIZE_SPECIAL);
  *n_tokens = generated.n_tokens;
  return g_strstrip (thought);
}
