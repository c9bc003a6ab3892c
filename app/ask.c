/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/ask.h"

#include "app/evidence.h"

#define DEFAULT_MAX_TOKENS 512
void
app_answer_free (AppAnswer *answer)
{
  if (answer == NULL)
    return;
  g_free (answer->text);
  g_clear_pointer (&answer->evidence, g_array_unref);
  g_free (answer);
}

static double
seconds_since (gint64 start_us)
{
  return (double) (g_get_monotonic_time () - start_us) / G_USEC_PER_SEC;
}

/* (transfer full): the prompt of the conversation and, in *session, one with room for it and the
 * answer. */
static LlmPrompt *
prepare (AppEngine *engine, AppConversation *conversation, int n_answer, LlmSession **session,
         GError **error)
{
  LlmModel *model = app_engine_get_chat_model (engine, error);
  LlmVocab *vocab = model != NULL ? app_engine_get_vocab (engine, error) : NULL;
  int n_reserved = n_answer + APP_EVIDENCE_POSITIONS;

  if (vocab == NULL)
    return NULL;
  app_conversation_set_model (conversation, model);
  for (;;) {
    g_autoptr (GError) too_long = NULL;
    int limit = app_engine_get_max_positions (engine);
    g_autoptr (LlmPrompt) prompt = app_conversation_build_prompt (
        conversation, llm_model_get_chat_family (model), llm_model_get_config (model)->n_embd,
        vocab, limit - n_reserved, &too_long);

    if (prompt != NULL) {
      *session =
          app_engine_get_session (engine, llm_prompt_get_n_positions (prompt) + n_reserved, error);
      return *session != NULL ? g_steal_pointer (&prompt) : NULL;
    }
    if (!g_error_matches (too_long, APP_ERROR, APP_ERROR_ARGUMENT)
        || !app_conversation_forget_oldest (conversation)) {
      g_propagate_error (error, g_steal_pointer (&too_long));
      return NULL;
    }
  }
}

AppAnswer *
app_ask (AppEngine *engine, AppConversation *conversation, const AppAskOptions *options,
         LlmOnText on_text, gpointer user_data, GError **error)
{
  g_autoptr (AppAnswer) answer = g_new0 (AppAnswer, 1);
  int max_tokens = options->max_tokens > 0 ? options->max_tokens : DEFAULT_MAX_TOKENS;
  LlmGenerateOptions generate = { .max_tokens = max_tokens, .sampling = options->sampling };
  g_autoptr (LlmPrompt) prompt = NULL;
  LlmSession *session = NULL;
  LlmGenerated generated = { 0 };
  gint64 start = g_get_monotonic_time ();

  answer->evidence = g_array_new (FALSE, FALSE, sizeof (guint));
  prompt = prepare (engine, conversation, max_tokens, &session, error);
  if (prompt == NULL)
    return NULL;
  answer->load_s = seconds_since (start);
  answer->n_prompt_tokens = llm_prompt_get_n_positions (prompt);

  start = g_get_monotonic_time ();
  if (!app_engine_prefill (engine, session, prompt, &answer->n_computed_tokens, error))
    return NULL;
  answer->prompt_s = seconds_since (start);

  start = g_get_monotonic_time ();
  answer->text = llm_session_generate (session, &generate, on_text, user_data, &generated, error);
  if (answer->text == NULL)
    return NULL;
  answer->generate_s = seconds_since (start);
  answer->n_generated_tokens = generated.n_tokens;
  answer->stop = generated.stop;

  if (!options->no_evidence && generated.stop != LLM_STOP_CANCELLED)
    app_evidence_find (engine, session, conversation, answer->text, answer->evidence);
  app_conversation_add_assistant (conversation, answer->text);
  return g_steal_pointer (&answer);
}

void
app_answer_build_evidence_json (const AppAnswer *answer, const AppConversation *conversation,
                                gboolean with_file, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "evidence");
  json_builder_begin_array (builder);
  for (guint i = 0; i < answer->evidence->len; i++) {
    AppHearing *hearing;
    const AppHearingSegment *line = app_conversation_get_line (
        conversation, g_array_index (answer->evidence, guint, i), &hearing);

    app_hearing_segment_build_json (hearing, line, with_file ? hearing->title : NULL, builder);
  }
  json_builder_end_array (builder);
}
