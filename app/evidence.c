/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "app/passages.h"

#define MAX_LINES 3
/* A line is as good as the best one if its score is at least this part of it. */
#define GOOD_PART 0.6
/* Numbers that the model is let choose from. */
#define MAX_CHOICES 200
#define QUOTE_TOKENS 32

#define QUOTE_REQUEST "Quote the words of the recording that your answer rests on."
#define NUMBER_REQUEST "Which numbered line of the recording tells this?"

typedef struct {
  double score;
  guint line;
} Candidate;

static int
compare_scores (gconstpointer a, gconstpointer b)
{
  const Candidate *x = a, *y = b;

  if (x->score != y->score)
    return x->score < y->score ? 1 : -1;
  return x->line < y->line ? -1 : x->line > y->line;
}

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  guint x = *(const guint *) a, y = *(const guint *) b;

  return x < y ? -1 : x > y;
}

/* (transfer full): the lines of all recordings that are about as good as the best, best first;
 * empty if none shares a word with the text. */
static GArray *
find_candidates (const AppConversation *conversation, const char *text)
{
  GArray *candidates = g_array_new (FALSE, FALSE, sizeof (Candidate));
  guint n_lines = app_conversation_get_n_lines (conversation);
  guint n_good = 0;

  for (guint first = 1; first <= n_lines;) {
    AppHearing *hearing;

    app_conversation_get_line (conversation, first, &hearing);
    g_autoptr (GArray) ranked =
        app_passages_rank_by_words (app_conversation_get_passages (conversation, hearing), text);
    for (guint i = 0; i < ranked->len; i++) {
      const AppPassage *passage = &g_array_index (ranked, AppPassage, i);
      Candidate candidate = { passage->score, first + passage->index };

      if (passage->score > 0)
        g_array_append_val (candidates, candidate);
    }
    first += hearing->segments->len;
  }
  g_array_sort (candidates, compare_scores);
  while (n_good < candidates->len
         && g_array_index (candidates, Candidate, n_good).score
                >= GOOD_PART * g_array_index (candidates, Candidate, 0).score)
    n_good++;
  g_array_set_size (candidates, n_good);
  return candidates;
}

/* What a question behind the scenes needs. */
typedef struct {
  AppEngine *engine;
  LlmSession *session;
  AppConversation *conversation;
} Asker;

/* (transfer full): what the model writes after `begin` when it is asked; NULL if that cannot be. */
static char *
ask_behind_the_scenes (const Asker *asker, const char *answer, const char *request,
                       const char *begin, const LlmGenerateOptions *options)
{
  LlmModel *model = llm_session_get_model (asker->session);
  g_autoptr (LlmPrompt) prompt = NULL;

  /* The lines before the answer stay those that the question is about. */
  app_conversation_set_topic (asker->conversation,
                              app_conversation_get_question (asker->conversation));
  app_conversation_add_assistant (asker->conversation, answer);
  app_conversation_add_user (asker->conversation, NULL, 0, request);
  prompt = app_conversation_build_prompt (
      asker->conversation, llm_model_get_chat_family (model), llm_model_get_config (model)->n_embd,
      app_engine_get_vocab (asker->engine, NULL),
      llm_session_get_n_ctx (asker->session) - QUOTE_TOKENS, NULL);
  app_conversation_drop_last (asker->conversation);
  app_conversation_drop_last (asker->conversation);
  app_conversation_set_topic (asker->conversation, NULL);
  if (prompt == NULL)
    return NULL;
  llm_prompt_add_text (prompt, begin, 0);
  if (!llm_session_prefill (asker->session, prompt, NULL, NULL, NULL, NULL))
    return NULL;
  return llm_session_generate (asker->session, options, NULL, NULL, NULL, NULL);
}

static char *
ask_for_quotation (const Asker *asker, const char *answer)
{
  static const char *const stops[] = { "\"", "\n", NULL };

  return ask_behind_the_scenes (
      asker, answer, QUOTE_REQUEST, "\"",
      &(LlmGenerateOptions){ .max_tokens = QUOTE_TOKENS, .stops = stops });
}

/* 0 if there is nothing to choose. candidates: empty for all lines. */
static guint
ask_for_number (const Asker *asker, const char *answer, const GArray *candidates)
{
  LlmModel *model = llm_session_get_model (asker->session);
  guint n =
      candidates->len > 0 ? candidates->len : app_conversation_get_n_lines (asker->conversation);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) choices = NULL;
  g_autoptr (LlmConstraint) constraint = NULL;
  g_autofree char *number = NULL;

  if (n > MAX_CHOICES)
    return 0;
  for (guint i = 0; i < n; i++) {
    g_autofree char *choice = g_strdup_printf (
        "%u.", candidates->len > 0 ? g_array_index (candidates, Candidate, i).line : i + 1);

    g_strv_builder_add (builder, choice);
  }
  choices = g_strv_builder_end (builder);
  constraint = llm_constraint_new_choices (llm_model_get_tokenizer (model),
                                           (const char *const *) choices, NULL);
  if (constraint != NULL)
    number = ask_behind_the_scenes (
        asker, answer, NUMBER_REQUEST, "Line ",
        &(LlmGenerateOptions){ .max_tokens = QUOTE_TOKENS, .constraint = constraint });
  return number != NULL ? (guint) strtoul (number, NULL, 10) : 0;
}

gboolean
app_evidence_is_refusal (const char *answer)
{
  g_autofree char *folded = g_utf8_casefold (answer, -1);

  return strstr (folded, APP_CONVERSATION_NOT_TOLD) != NULL;
}

void
app_evidence_find (AppEngine *engine, LlmSession *session, AppConversation *conversation,
                   const char *answer, GArray *evidence)
{
  const Asker asker = { engine, session, conversation };
  g_autofree char *both =
      g_strconcat (app_conversation_get_question (conversation), " ", answer, NULL);
  g_autoptr (GArray) candidates = NULL;
  guint n_lines = app_conversation_get_n_lines (conversation);

  if (n_lines == 0 || app_evidence_is_refusal (answer))
    return;
  candidates = find_candidates (conversation, both);
  if (candidates->len == 0) {
    g_autofree char *quotation = ask_for_quotation (&asker, answer);

    g_array_unref (candidates);
    candidates = find_candidates (conversation, quotation != NULL ? quotation : "");
  }
  if (candidates->len == 0 || candidates->len > MAX_LINES) {
    guint line = ask_for_number (&asker, answer, candidates);

    if (line >= 1 && line <= n_lines)
      g_array_append_val (evidence, line);
    return;
  }
  for (guint i = 0; i < candidates->len; i++)
    g_array_append_val (evidence, g_array_index (candidates, Candidate, i).line);
  g_array_sort (evidence, compare_lines);
}
