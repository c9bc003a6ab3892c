/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Decoders with their real weights: beside llama.cpp on the same tokens (tests/golden/llm/ID.txt,
 * written by tools/eval/decoder --golden), and what they answer. */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "llm/session/session.h"
#include "tests/support/weights.h"

#define SMALL "smollm2-135m-instruct-q4_1"
#define DEFAULT "qwen2.5-coder-1.5b-instruct-q4_k_m"
#define N_POSITIONS 256
/* Both programs round activations to 8 bits, at other places. Below this lead of the best token
 * over the second, in logits, that may decide between the two; llama.cpp's own answers with and
 * without flash attention differ up to here. */
#define CLEAR_LEAD 0.7

typedef struct {
  NnContext *context;
  LlmModel *model;
  LlmVocab *vocab;
  LlmSession *session;
} Fixture;

static void
set_up (Fixture *f, gconstpointer id)
{
  g_autofree char *path = weights_find (id);
  g_autoptr (GError) error = NULL;

  if (path == NULL)
    return;
  f->context = nn_context_new (0);
  f->model = llm_model_load (f->context, path, NULL, NULL, &error);
  g_assert_no_error (error);
  f->vocab = llm_vocab_new (llm_model_get_tokenizer (f->model));
  f->session = llm_session_new (f->model, f->context, 1024, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer id)
{
  if (f->session == NULL)
    return;
  llm_session_free (f->session);
  llm_vocab_unref (f->vocab);
  llm_model_unref (f->model);
  nn_context_free (f->context);
}

typedef struct {
  int id;
  int best;
  double lead;
  double log_p;
} Row;

/* (transfer full): N_POSITIONS rows of the golden. */
static Row *
read_golden (const char *id)
{
  g_autofree char *file = g_strconcat (id, ".txt", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "golden", "llm", file, NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;
  Row *rows = g_new (Row, N_POSITIONS);

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, N_POSITIONS + 2);
  for (int i = 0; i < N_POSITIONS; i++)
    g_assert_cmpint (sscanf (lines[i + 1], "%d %d %lf %lf", &rows[i].id, &rows[i].best,
                             &rows[i].lead, &rows[i].log_p),
                     ==, 4);
  return rows;
}

static int
argmax (const float *logits, int n)
{
  int best = 0;

  for (int i = 1; i < n; i++)
    if (logits[i] > logits[best])
      best = i;
  return best;
}

static double
log_probability (const float *logits, int n, int id)
{
  const float peak = logits[argmax (logits, n)];
  double sum = 0;

  for (int i = 0; i < n; i++)
    sum += exp ((double) (logits[i] - peak));
  return (double) (logits[id] - peak) - log (sum);
}

static void
test_parity (Fixture *f, gconstpointer id)
{
  g_autofree Row *rows = NULL;
  g_autofree float *logits = NULL;
  g_autoptr (LlmPrompt) prompt = NULL;
  g_autoptr (GError) error = NULL;
  double ours = 0, theirs = 0;
  int n_vocab, n_same = 0;

  if (f->session == NULL)
    return;
  n_vocab = llm_model_get_config (f->model)->n_vocab;
  rows = read_golden (id);
  prompt = llm_prompt_new (f->vocab, llm_model_get_config (f->model)->n_embd);
  for (int i = 0; i < N_POSITIONS; i++)
    g_assert_true (llm_prompt_add_id (prompt, rows[i].id, NULL));
  logits = g_new (float, (size_t) N_POSITIONS *(size_t) n_vocab);
  g_assert_true (llm_session_score (f->session, prompt, logits, &error));
  g_assert_no_error (error);

  for (int i = 0; i < N_POSITIONS; i++) {
    const float *row = logits + (size_t) i * (size_t) n_vocab;
    const int best = argmax (row, n_vocab);

    n_same += best == rows[i].best;
    if (rows[i].lead > CLEAR_LEAD)
      g_assert_cmpint (best, ==, rows[i].best);
    if (i + 1 < N_POSITIONS) {
      ours += log_probability (row, n_vocab, rows[i + 1].id);
      theirs += rows[i].log_p;
    }
  }
  g_test_message ("same next token %.1f %%, perplexity %.4f, llama.cpp %.4f",
                  100.0 * n_same / N_POSITIONS, exp (-ours / (N_POSITIONS - 1)),
                  exp (-theirs / (N_POSITIONS - 1)));
  g_assert_cmpfloat (fabs (ours - theirs) / (N_POSITIONS - 1), <, 0.02);
  g_assert_cmpfloat (n_same, >, 0.94 * N_POSITIONS);
}

static void
add_turn (LlmPrompt *prompt, LlmChatFamily family, const char *text)
{
  const char *prefix;
  const char *suffix;

  llm_chat_turn (family, LLM_ROLE_USER, &prefix, &suffix);
  llm_prompt_add_text (prompt, prefix, LLM_TOKENIZE_SPECIAL);
  llm_prompt_add_text (prompt, text, 0);
  llm_prompt_add_text (prompt, suffix, LLM_TOKENIZE_SPECIAL);
  llm_prompt_add_text (prompt, llm_chat_answer_prefix (family), LLM_TOKENIZE_SPECIAL);
}

static void
add_answer (LlmPrompt *prompt, LlmChatFamily family, const char *text)
{
  const char *prefix;
  const char *suffix;

  llm_chat_turn (family, LLM_ROLE_ASSISTANT, &prefix, &suffix);
  llm_prompt_add_text (prompt, text, 0);
  llm_prompt_add_text (prompt, suffix, LLM_TOKENIZE_SPECIAL);
}

static char *
answer (Fixture *f, const LlmPrompt *prompt, int *n_computed)
{
  g_autoptr (GError) error = NULL;
  LlmGenerated generated;
  char *text;

  g_assert_true (llm_session_prefill (f->session, prompt, NULL, NULL, n_computed, &error));
  g_assert_no_error (error);
  text = llm_session_generate (f->session, &(LlmGenerateOptions){ .max_tokens = 60 }, NULL, NULL,
                               &generated, &error);
  g_assert_no_error (error);
  g_test_message ("%s", text);
  g_assert_cmpint (generated.stop, ==, LLM_STOP_END);
  return text;
}

/* Two turns: the second pays for itself only. */
static void
test_turns (Fixture *f, gconstpointer id)
{
  g_autoptr (LlmPrompt) prompt = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  LlmChatFamily family;
  int n_first, n_second;

  if (f->session == NULL)
    return;
  family = llm_model_get_chat_family (f->model);
  prompt = llm_prompt_new (f->vocab, llm_model_get_config (f->model)->n_embd);
  add_turn (prompt, family, "What is the capital of France?");
  first = answer (f, prompt, &n_first);
  g_assert_nonnull (strstr (first, "Paris"));
  add_answer (prompt, family, first);
  add_turn (prompt, family, "And the capital of Italy?");
  second = answer (f, prompt, &n_second);
  g_assert_nonnull (strstr (second, "Rome"));
  g_assert_cmpint (n_second, <, llm_prompt_get_n_positions (prompt) - n_first);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/weights/decoder/parity/small", Fixture, SMALL, set_up, test_parity, tear_down);
  g_test_add ("/weights/decoder/turns/small", Fixture, SMALL, set_up, test_turns, tear_down);
  g_test_add ("/weights/decoder/parity/default", Fixture, DEFAULT, set_up, test_parity, tear_down);
  g_test_add ("/weights/decoder/turns/default", Fixture, DEFAULT, set_up, test_turns, tear_down);
  return g_test_run ();
}
