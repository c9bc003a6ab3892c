/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/answer/told.h"

#include <math.h>

#define REQUEST "Question: \"%s\"\nDo the lines tell the answer to this question? Answer yes or no."
#define REFUSAL "The recording does"

/* The lead of "Yes" over "No", plus a part of that of " say" over " not" in a refusal. What lines
 * are given with makes the model more or less sure. */
typedef struct {
  double refusal_part;
  double threshold;
} Calibration;

static const Calibration calibrations[] = {
  [APP_DETAIL_MANNER] = { 0.1, -1.1 },
  [APP_DETAIL_TIMES] = { 0.1, -1.1 },
  [APP_DETAIL_WORDS] = { 0.35, -2.7 },
};

/* The lead of one text's first token over another's after the prompt; NAN if the model cannot be
 * asked. */
static double
compare (AppEngine *engine, LlmSession *session, const LlmPrompt *prompt, const char *a,
         const char *b)
{
  LlmTokenizer *tokenizer = llm_model_get_tokenizer (llm_session_get_model (session));
  g_autoptr (GArray) ids_a = llm_tokenizer_encode (tokenizer, a, -1, LLM_TOKENIZE_CONTINUE);
  g_autoptr (GArray) ids_b = llm_tokenizer_encode (tokenizer, b, -1, LLM_TOKENIZE_CONTINUE);
  const float *logits;

  if (ids_a->len == 0 || ids_b->len == 0
      || !app_engine_prefill (engine, session, prompt, NULL, NULL))
    return NAN;
  logits = llm_session_get_logits (session);
  return logits[g_array_index (ids_a, int, 0)] - logits[g_array_index (ids_b, int, 0)];
}

static double
compare_after (AppEngine *engine, LlmSession *session, const AppConversation *conversation,
               const char *begin, const char *a, const char *b)
{
  LlmModel *model = llm_session_get_model (session);
  g_autoptr (LlmPrompt) prompt = app_conversation_build_prompt (
      conversation, llm_model_get_chat_family (model), llm_model_get_config (model)->n_embd,
      app_engine_get_vocab (engine, NULL), llm_session_get_n_ctx (session) - 1, NULL);

  if (prompt == NULL)
    return NAN;
  llm_prompt_add_text (prompt, begin, 0);
  return compare (engine, session, prompt, a, b);
}

double
app_told_weigh (AppEngine *engine, LlmSession *session, AppConversation *conversation,
                AppDetail detail)
{
  const Calibration *calibration = &calibrations[detail];
  g_autofree char *question = g_strdup (app_conversation_get_question (conversation));
  g_autofree char *request = g_strdup_printf (REQUEST, question);
  double refusal = compare_after (engine, session, conversation, REFUSAL, " say", " not");
  double verdict;

  app_conversation_reword (conversation, request);
  verdict = compare_after (engine, session, conversation, "", "Yes", "No");
  app_conversation_reword (conversation, question);
  return verdict + calibration->refusal_part * refusal - calibration->threshold;
}
