/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a session keeps, computes and stops at, on tiny models with random weights: their text is
 * noise, which is as good for these questions. */

#include <math.h>
#include <string.h>

#include "llm/text/text-stream.h"
#include "nn/ops/ops.h"
#include "tests/llm/tiny-model.h"

typedef TinyModel Fixture;

static void
set_up (Fixture *f, gconstpointer name)
{
  tiny_model_open (f, name, 2);
}

static void
tear_down (Fixture *f, gconstpointer name)
{
  tiny_model_close (f);
}

static char *
generate (LlmSession *session, const LlmGenerateOptions *options, LlmGenerated *generated)
{
  g_autoptr (GError) error = NULL;
  char *text = llm_session_generate (session, options, NULL, NULL, generated, &error);

  g_assert_no_error (error);
  g_assert_nonnull (text);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  return text;
}

/* The session's logits are those of a session that computes the prompt from nothing. */
static void
assert_as_fresh (const Fixture *f, LlmSession *session, const LlmPrompt *prompt)
{
  g_autoptr (LlmSession) fresh = tiny_model_new_session (f, llm_session_get_n_ctx (session));
  const float *a = llm_session_get_logits (session);
  const float *b;

  g_assert_cmpint (tiny_model_prefill (fresh, prompt), ==, llm_prompt_get_n_positions (prompt));
  b = llm_session_get_logits (fresh);
  for (int i = 0; i < llm_model_get_config (f->model)->n_vocab; i++)
    g_assert_cmpfloat (fabsf (a[i] - b[i]), <, 1e-3f);
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

static void
test_prefix (Fixture *f, gconstpointer name)
{
  g_autoptr (LlmSession) session = tiny_model_new_session (f, 700);
  g_autoptr (LlmPrompt) first = tiny_model_new_prompt (f, 300, 1);
  g_autoptr (LlmPrompt) second = llm_prompt_copy (first);
  g_autoptr (LlmPrompt) third = tiny_model_new_prompt (f, 20, 1);

  g_assert_cmpint (tiny_model_prefill (session, first), ==, 300);
  assert_as_fresh (f, session, first);
  /* The same again: it is there. */
  g_assert_cmpint (tiny_model_prefill (session, first), ==, 0);
  assert_as_fresh (f, session, first);
  tiny_model_add_ids (second, 9, 2);
  g_assert_cmpint (tiny_model_prefill (session, second), ==, 9);
  assert_as_fresh (f, session, second);
  /* Back to where the two parted, and on in another way. */
  tiny_model_add_ids (first, 5, 3);
  g_assert_cmpint (tiny_model_prefill (session, first), ==, 5);
  assert_as_fresh (f, session, first);
  tiny_model_add_ids (third, 40, 4);
  g_assert_cmpint (tiny_model_prefill (session, third), ==, 40);
  assert_as_fresh (f, session, third);
}

/* Logits after the last positions are those of shorter prompts to the bit, wherever passes end. */
static void
test_last_logits (Fixture *f, gconstpointer name)
{
  static const int lengths[] = { 9, 256, 257, 262, 300, 520 };
  const gsize n_bytes = (gsize) llm_model_get_config (f->model)->n_vocab * sizeof (float);
  g_autoptr (LlmSession) session = tiny_model_new_session (f, 700);
  g_autoptr (LlmSession) other = tiny_model_new_session (f, 700);

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++) {
    g_autoptr (LlmPrompt) prompt = tiny_model_new_prompt (f, lengths[i], 11);
    g_autoptr (GError) error = NULL;

    llm_session_prefill_last (session, prompt, LLM_SESSION_LAST_MAX, &error);
    g_assert_no_error (error);
    for (int before = LLM_SESSION_LAST_MAX - 1; before >= 0; before--) {
      g_autoptr (LlmPrompt) shorter = tiny_model_new_prompt (f, lengths[i] - before, 11);

      tiny_model_prefill (other, shorter);
      g_assert_cmpmem (llm_session_get_last_logits (session, before), n_bytes,
                       llm_session_get_logits (other), n_bytes);
    }
    g_assert_true (llm_session_get_last_logits (session, 0) == llm_session_get_logits (session));
  }
}

/* Greedy generation is the most probable token after each prefix, and a next turn that begins with
 * the answer finds it in the cache. */
static void
test_generate (Fixture *f, gconstpointer name)
{
  const int n_tokens = 12;
  const int n_vocab = llm_model_get_config (f->model)->n_vocab;
  LlmTokenizer *tokenizer = llm_model_get_tokenizer (f->model);
  g_autoptr (LlmSession) session = tiny_model_new_session (f, 100);
  g_autoptr (LlmSession) other = tiny_model_new_session (f, 100);
  g_autoptr (LlmPrompt) prompt = tiny_model_new_prompt (f, 10, 5);
  g_autoptr (LlmPrompt) grown = llm_prompt_copy (prompt);
  LlmTextStream *expected = llm_text_stream_new (NULL, 64);
  LlmGenerated generated;

  tiny_model_prefill (session, prompt);
  g_autofree char *text =
      generate (session, &(LlmGenerateOptions){ .max_tokens = n_tokens }, &generated);
  for (int i = 0; i < generated.n_tokens; i++) {
    size_t length;
    const char *piece;
    int id;

    g_assert_cmpint (tiny_model_prefill (other, grown), ==, i == 0 ? 10 : 1);
    id = argmax (llm_session_get_logits (other), n_vocab);
    g_assert_true (llm_prompt_add_id (grown, id, NULL));
    piece = llm_tokenizer_piece (tokenizer, id, &length);
    llm_text_stream_push (expected, piece, length);
  }
  llm_text_stream_end (expected);
  g_autofree char *expected_text = llm_text_stream_free_to_text (expected);
  g_assert_cmpstr (text, ==, expected_text);
  if (generated.stop == LLM_STOP_MAX_TOKENS)
    g_assert_cmpint (generated.n_tokens, ==, n_tokens);
  else
    g_assert_cmpint (generated.stop, ==, LLM_STOP_END);
  /* All but the last token, which nothing followed, was computed. */
  tiny_model_add_ids (grown, 3, 6);
  g_assert_cmpint (tiny_model_prefill (session, grown), <=, 4);
  assert_as_fresh (f, session, grown);
}

static void
test_rows (Fixture *f, gconstpointer name)
{
  const int d = llm_model_get_config (f->model)->n_embd;
  g_autoptr (LlmSession) session = tiny_model_new_session (f, 100);
  g_autoptr (LlmPrompt) ids = tiny_model_new_prompt (f, 20, 7);
  g_autoptr (LlmPrompt) rows = llm_prompt_new (f->vocab, d);
  g_autofree float *row = g_new (float, d);
  g_autofree float *logits = NULL;

  for (int i = 0; i < 20; i++) {
    int id = llm_prompt_get (ids, i, NULL);

    if (i % 3 == 0) {
      llm_model_get_embedding (f->model, id, row);
      llm_prompt_add_rows (rows, row, 1);
    } else {
      g_assert_true (llm_prompt_add_id (rows, id, NULL));
    }
  }
  tiny_model_prefill (session, ids);
  logits = g_memdup2 (llm_session_get_logits (session),
                      sizeof (float) * (size_t) llm_model_get_config (f->model)->n_vocab);
  g_assert_cmpint (tiny_model_prefill (session, rows), ==, 20);
  g_assert_cmpmem (logits, sizeof (float), llm_session_get_logits (session), sizeof (float));
  /* Equal rows are the same position. */
  g_assert_cmpint (tiny_model_prefill (session, rows), ==, 0);
  tiny_model_add_ids (rows, 2, 8);
  g_assert_cmpint (tiny_model_prefill (session, rows), ==, 2);
  assert_as_fresh (f, session, rows);
}

static void
test_score (Fixture *f, gconstpointer name)
{
  const size_t n_vocab = (size_t) llm_model_get_config (f->model)->n_vocab;
  g_autoptr (LlmSession) session = tiny_model_new_session (f, 300);
  g_autoptr (LlmPrompt) prompt = tiny_model_new_prompt (f, 300, 9);
  g_autoptr (LlmPrompt) shorter = tiny_model_new_prompt (f, 280, 9);
  g_autofree float *logits = g_new (float, 300 * n_vocab);
  g_autoptr (GError) error = NULL;

  g_assert_true (llm_session_score (session, prompt, logits, &error));
  g_assert_no_error (error);
  g_assert_null (
      llm_session_generate (session, &(LlmGenerateOptions){ 0 }, NULL, NULL, NULL, &error));
  g_assert_error (error, LLM_ERROR, LLM_ERROR_ARGUMENT);
  g_assert_cmpint (tiny_model_prefill (session, shorter), ==, 1);
  for (size_t i = 0; i < n_vocab; i++)
    g_assert_cmpfloat (fabsf (logits[279 * n_vocab + i] - llm_session_get_logits (session)[i]), <,
                       1e-3f);
}

static double
weigh (LlmSession *session, const LlmPrompt *prompt, int first)
{
  g_autoptr (GError) error = NULL;
  double sum = 0;

  g_assert_true (llm_session_weigh (session, prompt, first, &sum, &error));
  g_assert_no_error (error);
  return sum;
}

/* What is likely by the logits of all positions, whether the cache has the beginning or not; rows
 * and what stands before do not count. */
static void
test_weigh (Fixture *f, gconstpointer name)
{
  enum { N = 100 };
  const int n_vocab = llm_model_get_config (f->model)->n_vocab;
  g_autoptr (LlmSession) session = tiny_model_new_session (f, 300);
  g_autoptr (LlmPrompt) prompt = tiny_model_new_prompt (f, N, 9);
  g_autoptr (LlmPrompt) longer = llm_prompt_copy (prompt);
  g_autofree float *logits = g_new (float, (size_t) (N * n_vocab));
  g_autofree float *row = g_new0 (float, (size_t) llm_model_get_config (f->model)->n_embd);
  g_autoptr (GError) error = NULL;
  double expected[N] = { 0 };

  g_assert_true (llm_session_score (session, prompt, logits, &error));
  for (int i = N - 2; i >= 0; i--) {
    float *at = logits + (size_t) i * (size_t) n_vocab;

    nn_softmax (at, n_vocab);
    expected[i] = expected[i + 1] + log ((double) at[llm_prompt_get (prompt, i + 1, NULL)]);
  }
  g_assert_cmpfloat_with_epsilon (weigh (session, prompt, 1), expected[0], 0.05);
  g_assert_cmpfloat_with_epsilon (weigh (session, prompt, 60), expected[59], 0.02);
  g_assert_cmpfloat_with_epsilon (weigh (session, prompt, N - 1), expected[N - 2], 0.002);
  g_assert_cmpfloat (weigh (session, prompt, N), ==, 0);

  llm_prompt_add_rows (longer, row, 1);
  g_assert_cmpfloat_with_epsilon (weigh (session, longer, 60), expected[59], 0.02);
  g_assert_null (
      llm_session_generate (session, &(LlmGenerateOptions){ 0 }, NULL, NULL, NULL, &error));
  g_assert_error (error, LLM_ERROR, LLM_ERROR_ARGUMENT);
  g_assert_cmpint (tiny_model_prefill (session, prompt), ==, 1);
  assert_as_fresh (f, session, prompt);
}

static void
cancel_at_once (double fraction, gpointer user_data)
{
  NnContext *context = user_data;

  atomic_store (&context->cancel, true);
}

static void
test_cancel (Fixture *f, gconstpointer name)
{
  g_autoptr (LlmSession) session = tiny_model_new_session (f, 800);
  g_autoptr (LlmPrompt) prompt = tiny_model_new_prompt (f, 700, 10);
  g_autoptr (GError) error = NULL;
  int kept;

  g_assert_false (llm_session_prefill (session, prompt, cancel_at_once, f->context, NULL, &error));
  g_assert_error (error, LLM_ERROR, LLM_ERROR_CANCELLED);
  kept = llm_session_get_n_positions (session);
  g_assert_cmpint (kept, >, 0);
  g_assert_cmpint (kept, <, 700);
  atomic_store (&f->context->cancel, false);
  g_assert_cmpint (tiny_model_prefill (session, prompt), ==, 700 - kept);
  assert_as_fresh (f, session, prompt);

  LlmGenerated generated;
  atomic_store (&f->context->cancel, true);
  g_autofree char *text = generate (session, &(LlmGenerateOptions){ 0 }, &generated);
  g_assert_cmpint (generated.stop, ==, LLM_STOP_CANCELLED);
  g_assert_cmpint (generated.n_tokens, ==, 0);
  atomic_store (&f->context->cancel, false);
}

static void
test_context_full (Fixture *f, gconstpointer name)
{
  static const char *const no_stops[] = { NULL };
  g_autoptr (LlmSession) session = tiny_model_new_session (f, 16);
  g_autoptr (LlmPrompt) empty = tiny_model_new_prompt (f, 0, 11);
  g_autoptr (LlmPrompt) full = tiny_model_new_prompt (f, 16, 11);
  g_autoptr (LlmPrompt) fits = tiny_model_new_prompt (f, 15, 11);
  g_autoptr (GError) error = NULL;
  LlmGenerated generated;

  g_assert_false (llm_session_prefill (session, empty, NULL, NULL, NULL, &error));
  g_assert_error (error, LLM_ERROR, LLM_ERROR_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (llm_session_prefill (session, full, NULL, NULL, NULL, &error));
  g_assert_error (error, LLM_ERROR, LLM_ERROR_CONTEXT_FULL);
  g_assert_nonnull (strstr (error->message, "16"));
  g_assert_cmpint (tiny_model_prefill (session, fits), ==, 15);
  g_autofree char *text =
      generate (session, &(LlmGenerateOptions){ .stops = no_stops }, &generated);
  if (generated.stop != LLM_STOP_END) {
    g_assert_cmpint (generated.stop, ==, LLM_STOP_CONTEXT);
    g_assert_cmpint (generated.n_tokens, ==, 2);
  }
  g_assert_cmpint (llm_session_get_n_positions (session), <=, 16);
}

typedef struct {
  GString *text;
  int n_calls;
  int stop_after;
} Shown;

static gboolean
on_text (const char *text, int n_tokens, gpointer user_data)
{
  Shown *shown = user_data;

  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_cmpstr (text, !=, "");
  g_string_append (shown->text, text);
  return ++shown->n_calls != shown->stop_after;
}

static void
test_stream (Fixture *f, gconstpointer name)
{
  const LlmGenerateOptions options = { .max_tokens = 60,
                                       .sampling = { .temperature = 3.0f, .seed = 5 } };
  g_autoptr (LlmSession) session = tiny_model_new_session (f, 100);
  g_autoptr (LlmPrompt) prompt = tiny_model_new_prompt (f, 10, 12);
  g_autoptr (GError) error = NULL;
  Shown shown = { .text = g_string_new (NULL) };
  LlmGenerated generated;

  tiny_model_prefill (session, prompt);
  g_autofree char *whole =
      llm_session_generate (session, &options, on_text, &shown, &generated, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (whole, ==, shown.text->str);
  g_assert_cmpint (generated.n_tokens, >, 3);

  /* The callback's FALSE ends it; the same seed gives the same text up to there. */
  Shown two = { .text = g_string_new (NULL), .stop_after = 2 };
  tiny_model_prefill (session, prompt);
  g_autofree char *part =
      llm_session_generate (session, &options, on_text, &two, &generated, &error);
  g_assert_no_error (error);
  g_assert_cmpint (generated.stop, ==, LLM_STOP_CANCELLED);
  g_assert_cmpint (two.n_calls, >=, 2);
  g_assert_true (g_str_has_prefix (whole, two.text->str));

  /* A piece from the middle as a stop text. */
  const char *from = g_utf8_offset_to_pointer (whole, 5);
  g_autofree char *stop = g_strndup (from, (gsize) (g_utf8_offset_to_pointer (from, 3) - from));
  const char *const stops[] = { stop, NULL };
  LlmGenerateOptions with_stop = options;
  with_stop.stops = stops;
  tiny_model_prefill (session, prompt);
  g_autofree char *stopped = generate (session, &with_stop, &generated);
  g_assert_cmpint (generated.stop, ==, LLM_STOP_END);
  g_assert_true (g_str_has_prefix (whole, stopped));
  g_assert_null (strstr (stopped, stop));
  g_assert_cmpuint (strlen (stopped), ==, (size_t) (strstr (whole, stop) - whole));
  g_string_free (shown.text, TRUE);
  g_string_free (two.text, TRUE);
}

static void
test_threads (Fixture *f, gconstpointer name)
{
  const LlmGenerateOptions options = {
    .max_tokens = 50, .sampling = { .temperature = 1.0f, .top_p = 0.95f, .seed = 77 }
  };
  g_autofree char *first = NULL;

  for (int n_threads = 1; n_threads <= 3; n_threads++) {
    Fixture other;

    tiny_model_open (&other, name, n_threads);
    {
      g_autoptr (LlmSession) session = tiny_model_new_session (&other, 100);
      g_autoptr (LlmPrompt) prompt = tiny_model_new_prompt (&other, 30, 13);

      tiny_model_prefill (session, prompt);
      g_autofree char *text = generate (session, &options, NULL);
      if (first == NULL)
        first = g_steal_pointer (&text);
      else
        g_assert_cmpstr (text, ==, first);
    }
    tear_down (&other, name);
  }
}

/* What is guessed changes nothing but the number of passes: neither the text, nor what is in the
 * cache, nor where it ends. */
static void
test_drafts (Fixture *f, gconstpointer name)
{
  static const NnSamplerOptions samplings[] = {
    { 0 },
    { .temperature = 0.3f, .seed = 3 },
    { .temperature = 1.0f, .top_p = 0.9f, .repeat_penalty = 1.1f, .seed = 4 },
  };
  int n_tokens = 0, n_passes = 0;

  for (guint32 seed = 0; seed < 12; seed++) {
    const NnSamplerOptions sampling = samplings[seed % G_N_ELEMENTS (samplings)];
    const int n_ctx = 60 + (int) seed; /* no limit but the context: it is reached among guesses */
    g_autoptr (LlmPrompt) prompt = tiny_model_new_prompt (f, 12, seed);
    g_autoptr (LlmSession) plain = tiny_model_new_session (f, n_ctx);
    g_autoptr (LlmSession) session = tiny_model_new_session (f, n_ctx);
    LlmGenerateOptions options = { .sampling = sampling, .no_drafts = TRUE };
    LlmGenerated expected, found;

    tiny_model_add_ids (prompt, 12, seed);
    tiny_model_prefill (plain, prompt);
    tiny_model_prefill (session, prompt);
    g_autofree char *expected_text = generate (plain, &options, &expected);
    options.no_drafts = FALSE;
    g_autofree char *text = generate (session, &options, &found);
    g_assert_cmpstr (text, ==, expected_text);
    g_assert_cmpint (found.stop, ==, expected.stop);
    g_assert_cmpint (found.n_tokens, ==, expected.n_tokens);
    g_assert_cmpint (llm_session_get_n_positions (session), ==,
                     llm_session_get_n_positions (plain));
    g_assert_cmpint (expected.n_passes, >=, expected.n_tokens - 1);
    n_tokens += expected.n_passes;
    n_passes += found.n_passes;

    /* The same turn again, and on: what was guessed wrong is not taken for what was said. */
    tiny_model_add_ids (prompt, 3, 100 + seed);
    g_assert_cmpint (tiny_model_prefill (session, prompt), ==, tiny_model_prefill (plain, prompt));
    assert_as_fresh (f, session, prompt);
  }
  g_test_message ("%d passes for %d tokens", n_passes, n_tokens);
  g_assert_cmpint (n_passes, <, n_tokens);
}

static void
test_constraint (Fixture *f, gconstpointer name)
{
  static const char *const choices[] = { "neither", "both of them", "聽說", NULL };
  g_autoptr (LlmSession) session = tiny_model_new_session (f, 100);
  g_autoptr (GError) error = NULL;
  g_autoptr (LlmConstraint) constraint =
      llm_constraint_new_choices (llm_model_get_tokenizer (f->model), choices, &error);

  g_assert_no_error (error);
  for (guint32 seed = 0; seed < 5; seed++) {
    g_autoptr (LlmPrompt) prompt = tiny_model_new_prompt (f, 8, 20 + seed);
    LlmGenerated generated;

    tiny_model_prefill (session, prompt);
    g_autofree char *text =
        generate (session, &(LlmGenerateOptions){ .constraint = constraint }, &generated);
    g_assert_cmpint (generated.stop, ==, LLM_STOP_END);
    g_assert_true (g_strv_contains (choices, text));
  }
}

/* A loop is forced by allowing a single text that repeats. */
static void
test_repetition (Fixture *f, gconstpointer name)
{
  g_autofree char *long_text = g_strnfill (400, 'z');
  const char *const choices[] = { long_text, NULL };
  g_autoptr (LlmSession) session = tiny_model_new_session (f, 500);
  g_autoptr (LlmPrompt) prompt = tiny_model_new_prompt (f, 8, 30);
  g_autoptr (GError) error = NULL;
  g_autoptr (LlmConstraint) constraint =
      llm_constraint_new_choices (llm_model_get_tokenizer (f->model), choices, &error);
  LlmGenerated generated;

  g_assert_no_error (error);
  tiny_model_prefill (session, prompt);
  g_autofree char *text =
      generate (session, &(LlmGenerateOptions){ .constraint = constraint }, &generated);
  g_assert_cmpint (generated.stop, ==, LLM_STOP_REPETITION);
  g_assert_cmpint (generated.n_tokens, <, 100);
}

int
main (int argc, char **argv)
{
  static const char *const models[] = { "llama.gguf", "gemma3.gguf" };
  static const struct {
    const char *name;
    void (*func) (Fixture *, gconstpointer);
  } tests[] = {
    { "prefix", test_prefix },         { "last-logits", test_last_logits },
    { "generate", test_generate },     { "rows", test_rows },
    { "score", test_score },           { "weigh", test_weigh },
    { "cancel", test_cancel },         { "context-full", test_context_full },
    { "stream", test_stream },         { "threads", test_threads },
    { "drafts", test_drafts },         { "constraint", test_constraint },
    { "repetition", test_repetition },
  };

  g_test_init (&argc, &argv, NULL);
  for (size_t t = 0; t < G_N_ELEMENTS (tests); t++)
    for (size_t m = 0; m < G_N_ELEMENTS (models); m++) {
      g_autofree char *path = g_strdup_printf ("/llm/session/%s/%s", tests[t].name, models[m]);

      g_test_add (path, Fixture, models[m], set_up, tests[t].func, tear_down);
    }
  return g_test_run ();
}
