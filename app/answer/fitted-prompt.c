/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/answer/fitted-prompt.h"

LlmPrompt *
app_fitted_prompt_build (AppEngine *engine, AppConversation *conversation, int n_reserved,
                         GError **error)
{
  LlmModel *model = app_engine_get_chat_model (engine, error);
  LlmVocab *vocab = model != NULL ? app_engine_get_vocab (engine, error) : NULL;

  if (vocab == NULL)
    return NULL;
  app_conversation_set_model (conversation, model);
  for (;;) {
    g_autoptr (GError) too_long = NULL;
    LlmPrompt *prompt = app_conversation_build_prompt (
        conversation, llm_model_get_chat_family (model), llm_model_get_config (model)->n_embd,
        vocab, app_engine_get_max_positions (engine) - n_reserved, &too_long);

    if (prompt != NULL)
      return prompt;
    if (!g_error_matches (too_long, APP_ERROR, APP_ERROR_ARGUMENT)
        || !app_conversation_forget_oldest (conversation)) {
      g_propagate_error (error, g_steal_pointer (&too_long));
      return NULL;
    }
  }
}
