/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/answer/evidence.h"

#include <math.h>
#include <string.h>

#include "app/answer/facts.h"
#include "app/answer/passages.h"

#define MAX_LINES 3
/* A line is as good as the best one if its score is at least this part of it. */
#define GOOD_PART 0.6
/* An answer repeats a line if this part of its words is there. */
#define REPEATED_PART 0.5
/* Lines that the answer is weighed with. */
#define MAX_CHOICES 8
#define RENDERED_TOKENS 40

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

typedef GArray *(*Rank) (AppPassages *passages, const char *text);

/* (transfer full): the lines of all recordings with their scores, best first. */
static GArray *
rank_lines (const AppConversation *conversation, const char *text, Rank rank)
{
  GArray *lines = g_array_new (FALSE, FALSE, sizeof (Candidate));
  guint n_lines = app_conversation_get_n_lines (conversation);

  for (guint first = 1; first <= n_lines;) {
    AppHearing *hearing;

    app_conversation_get_line (conversation, first, &hearing);
    g_autoptr (GArray) ranked = rank (app_conversation_get_passages (conversation, hearing), text);
    for (guint i = 0; i < ranked->len; i++) {
      const AppPassage *passage = &g_array_index (ranked, AppPassage, i);
      Candidate candidate = { passage->score, first + passage->index };

      g_array_append_val (lines, candidate);
    }
    first += hearing->segments->len;
  }
  g_array_sort (lines, compare_scores);
  return lines;
}

/* (transfer full): the lines of all recordings that are about as good as the best, best first;
 * empty if none shares a word with the text. */
static GArray *
find_candidates (const AppConversation *conversation, const char *text)
{
  GArray *candidates = rank_lines (conversation, text, app_passages_rank_by_words);
  guint n_good = 0;

  while (n_good < candidates->len && g_array_index (candidates, Candidate, n_good).score > 0
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

/* (transfer full): the answer in the language of the first recording, as the model goes on to say
 * it; NULL if that cannot be. It has the lines before it, so it tends to use their words. */
static char *
render_answer (const Asker *asker, const char *answer)
{
  static const char *const stops[] = { "\"", "\n", NULL };
  const LlmGenerateOptions options = { .max_tokens = RENDERED_TOKENS, .stops = stops };
  LlmModel *model = llm_session_get_model (asker->session);
  AppHearing *hearing = NULL;
  g_autofree char *begin = NULL;
  g_autoptr (LlmPrompt) prompt = app_conversation_build_prompt (
      asker->conversation, llm_model_get_chat_family (model), llm_model_get_config (model)->n_embd,
      app_engine_get_vocab (asker->engine, NULL), llm_session_get_n_ctx (asker->session), NULL);

  if (prompt == NULL)
    return NULL;
  app_conversation_get_line (asker->conversation, 1, &hearing);
  begin = g_strdup_printf ("%s\n\nIn %s, that is: \"", answer,
                           app_facts_get_language_name (hearing->language));
  llm_prompt_add_text (prompt, begin, 0);
  if (!llm_session_prefill (asker->session, prompt, NULL, NULL, NULL, NULL))
    return NULL;
  return llm_session_generate (asker->session, &options, NULL, NULL, NULL, NULL);
}

/* How likely the text is behind `lead`, as a logarithm; -infinity if that cannot be asked. */
static double
weigh (const Asker *asker, const char *lead, const char *text)
{
  LlmVocab *vocab = app_engine_get_vocab (asker->engine, NULL);
  LlmSession *session = app_engine_get_side_session (asker->engine, NULL);
  const LlmConfig *config = llm_model_get_config (llm_session_get_model (asker->session));
  g_autoptr (LlmPrompt) prompt = NULL;
  double log_probability;
  int first;

  if (session == NULL || vocab == NULL)
    return -INFINITY;
  prompt = llm_prompt_new (vocab, config->n_embd);
  llm_prompt_add_text (prompt, "", LLM_TOKENIZE_BOS);
  llm_prompt_add_text (prompt, lead, 0);
  first = llm_prompt_get_n_positions (prompt);
  llm_prompt_add_text (prompt, text, 0);
  if (!llm_session_weigh (session, prompt, first, &log_probability, NULL))
    return -INFINITY;
  return log_probability;
}

/* The line among the candidates that makes question and answer likeliest: what is asked and
 * answered follows from it, in whatever language. */
static guint
weigh_lines (const Asker *asker, const char *answer, const GArray *candidates)
{
  g_autofree char *text = g_strdup_printf (
      "Question: %s\nAnswer: %s", app_conversation_get_question (asker->conversation), answer);
  guint best = g_array_index (candidates, Candidate, 0).line;
  double best_weight = -INFINITY;

  for (guint i = 0; i < candidates->len; i++) {
    const guint number = g_array_index (candidates, Candidate, i).line;
    const AppHearingSegment *line = app_conversation_get_line (asker->conversation, number, NULL);
    g_autofree char *lead = g_strdup_printf ("Somebody says: \"%s\"\n", line->text);
    double weight = weigh (asker, lead, text);

    if (weight > best_weight) {
      best = number;
      best_weight = weight;
    }
  }
  return best;
}

/* The lines of all recordings nearest in meaning to the text, best first; among candidates, if
 * there are any. */
static GArray *
find_nearest (const AppConversation *conversation, const char *text, const GArray *candidates)
{
  g_autoptr (GArray) ranked = rank_lines (conversation, text, app_passages_rank_by_meaning);
  GArray *nearest = g_array_new (FALSE, FALSE, sizeof (Candidate));

  for (guint i = 0; i < ranked->len && nearest->len < MAX_CHOICES; i++) {
    const Candidate line = g_array_index (ranked, Candidate, i);
    gboolean is_wanted = candidates->len == 0;

    for (guint c = 0; c < candidates->len; c++)
      is_wanted |= g_array_index (candidates, Candidate, c).line == line.line;
    if (is_wanted)
      g_array_append_val (nearest, line);
  }
  return nearest;
}

gboolean
app_evidence_is_refusal (const char *answer)
{
  g_autofree char *folded = g_utf8_casefold (answer, -1);

  return strstr (folded, APP_CONVERSATION_NOT_TOLD) != NULL;
}

gboolean
app_evidence_repeats_words (const AppConversation *conversation, const char *answer)
{
  g_autoptr (GPtrArray) hearings = app_conversation_get_hearings (conversation);

  for (guint h = 0; h < hearings->len; h++)
    if (app_passages_get_coverage (
            app_conversation_get_passages (conversation, g_ptr_array_index (hearings, h)), answer)
        >= REPEATED_PART)
      return TRUE;
  return FALSE;
}

/* Whether a line breaks off within a sentence. */
static gboolean
breaks_off (const AppHearingSegment *line)
{
  const char *end = line->text + strlen (line->text);
  const char *last = g_utf8_find_prev_char (line->text, end);

  return last != NULL && g_unichar_isalnum (g_utf8_get_char (last));
}

static void
add_new (guint number, GArray *evidence)
{
  for (guint i = 0; i < evidence->len; i++)
    if (g_array_index (evidence, guint, i) == number)
      return;
  g_array_append_val (evidence, number);
}

/* Appends the line, and the next one where its sentence goes on there and there is room. */
static void
add_line (const AppConversation *conversation, guint number, GArray *evidence)
{
  AppHearing *hearing, *next_hearing;
  const AppHearingSegment *line = app_conversation_get_line (conversation, number, &hearing);

  add_new (number, evidence);
  if (evidence->len < MAX_LINES && breaks_off (line)
      && app_conversation_get_line (conversation, number + 1, &next_hearing) != NULL
      && next_hearing == hearing)
    add_new (number + 1, evidence);
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
  if (n_lines == 1) {
    add_new (1, evidence);
    return;
  }
  candidates = find_candidates (conversation, both);
  if (candidates->len == 0 && n_lines > MAX_CHOICES) {
    g_autofree char *rendered = render_answer (&asker, answer);

    g_array_unref (candidates);
    candidates = find_candidates (conversation, rendered != NULL ? rendered : "");
  }
  if (candidates->len == 0 || candidates->len > MAX_LINES) {
    g_autoptr (GArray) nearest = find_nearest (conversation, both, candidates);

    add_line (conversation, weigh_lines (&asker, answer, nearest), evidence);
    return;
  }
  for (guint i = 0; i < candidates->len; i++)
    add_new (g_array_index (candidates, Candidate, i).line, evidence);
  for (guint i = 0; i < candidates->len; i++)
    add_line (conversation, g_array_index (candidates, Candidate, i).line, evidence);
  g_array_sort (evidence, compare_lines);
}
