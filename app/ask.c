/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/ask.h"

#define DEFAULT_MAX_TOKENS 512
/* Positions kept free behind an answer for the question about evidence and its answer. */
#define EVIDENCE_POSITIONS 96
#define MAX_EVIDENCE 4
#define EVIDENCE_QUESTION                                                                          \
  "Which of the numbered lines tell this? Give only their numbers, as a JSON list, the most "      \
  "telling first."

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

/* (transfer full): JSON schema of a list of up to MAX_EVIDENCE of the numbers 1 .. n_lines. */
static char *
evidence_schema (guint n_lines)
{
  g_autoptr (GString) schema = g_string_new ("{\"type\":\"array\",\"items\":{\"enum\":[");

  for (guint i = 1; i <= n_lines; i++)
    g_string_append_printf (schema, "%s%u", i > 1 ? "," : "", i);
  g_string_append_printf (schema, "]},\"maxItems\":%d}", MAX_EVIDENCE);
  return g_string_free (g_steal_pointer (&schema), FALSE);
}

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  guint x = *(const guint *) a, y = *(const guint *) b;

  return x < y ? -1 : x > y;
}

/* Reads "[3, 1, 3]" into sorted, distinct line numbers that exist. */
static void
read_evidence (const char *json, guint n_lines, GArray *evidence)
{
  g_autoptr (JsonNode) root = json_from_string (json, NULL);
  JsonArray *numbers =
      root != NULL && JSON_NODE_HOLDS_ARRAY (root) ? json_node_get_array (root) : NULL;

  for (guint i = 0; numbers != NULL && i < json_array_get_length (numbers); i++) {
    gint64 number = json_array_get_int_element (numbers, i);
    gboolean is_new = number >= 1 && number <= n_lines;

    for (guint k = 0; k < evidence->len; k++)
      is_new = is_new && g_array_index (evidence, guint, k) != (guint) number;
    if (is_new) {
      guint line = (guint) number;

      g_array_append_val (evidence, line);
    }
  }
  g_array_sort (evidence, compare_numbers);
}

static LlmPrompt *
build_prompt (const AppConversation *conversation, LlmModel *model, LlmVocab *vocab,
              int n_positions, GError **error)
{
  return app_conversation_build_prompt (conversation, llm_model_get_chat_family (model),
                                        llm_model_get_config (model)->n_embd, vocab, n_positions,
                                        error);
}

/* Fills answer->evidence; that it cannot be found is no error of the answer's. */
static void
find_evidence (AppEngine *engine, LlmSession *session, AppConversation *conversation,
               AppAnswer *answer)
{
  guint n_lines = app_conversation_get_n_lines (conversation);
  LlmModel *model = llm_session_get_model (session);
  LlmVocab *vocab = app_engine_get_vocab (engine, NULL);
  g_autofree char *schema = evidence_schema (n_lines);
  g_autofree char *numbers = NULL;
  g_autoptr (LlmConstraint) constraint = NULL;
  g_autoptr (LlmPrompt) prompt = NULL;

  if (n_lines == 1) {
    guint only = 1;

    g_array_append_val (answer->evidence, only);
    return;
  }
  constraint = llm_constraint_new_json_schema (llm_model_get_tokenizer (model), schema, NULL);
  app_conversation_add_user (conversation, NULL, 0, EVIDENCE_QUESTION);
  prompt = build_prompt (conversation, model, vocab,
                         llm_session_get_n_ctx (session) - EVIDENCE_POSITIONS / 2, NULL);
  app_conversation_drop_last (conversation);
  if (constraint == NULL || prompt == NULL
      || !llm_session_prefill (session, prompt, NULL, NULL, NULL, NULL))
    return;
  numbers = llm_session_generate (
      session,
      &(LlmGenerateOptions){ .max_tokens = EVIDENCE_POSITIONS / 2, .constraint = constraint }, NULL,
      NULL, NULL, NULL);
  if (numbers != NULL)
    read_evidence (numbers, n_lines, answer->evidence);
}

/* (transfer full): the prompt of the conversation and, in *session, one with room for it and the
 * answer. */
static LlmPrompt *
prepare (AppEngine *engine, AppConversation *conversation, int n_answer, LlmSession **session,
         GError **error)
{
  LlmModel *model = app_engine_get_chat_model (engine, error);
  LlmVocab *vocab = model != NULL ? app_engine_get_vocab (engine, error) : NULL;
  int n_reserved = n_answer + EVIDENCE_POSITIONS;

  if (vocab == NULL)
    return NULL;
  for (;;) {
    g_autoptr (GError) too_long = NULL;
    int limit = app_engine_get_max_positions (engine);
    g_autoptr (LlmPrompt) prompt =
        build_prompt (conversation, model, vocab, limit - n_reserved, &too_long);

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

  app_conversation_add_assistant (conversation, answer->text);
  if (!options->no_evidence && generated.stop != LLM_STOP_CANCELLED
      && app_conversation_get_n_lines (conversation) > 0)
    find_evidence (engine, session, conversation, answer);
  return g_steal_pointer (&answer);
}
