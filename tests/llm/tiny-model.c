/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "tests/llm/tiny-model.h"

void
tiny_model_open (TinyModel *tiny, const char *name, int n_threads)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "golden", "llm", name, NULL);
  g_autoptr (GError) error = NULL;

  tiny->context = nn_context_new (n_threads);
  tiny->model = llm_model_load (tiny->context, path, NULL, NULL, &error);
  g_assert_no_error (error);
  tiny->vocab = llm_vocab_new (llm_model_get_tokenizer (tiny->model));
}

void
tiny_model_close (TinyModel *tiny)
{
  llm_vocab_unref (tiny->vocab);
  llm_model_unref (tiny->model);
  nn_context_free (tiny->context);
}

LlmPrompt *
tiny_model_new_prompt (const TinyModel *tiny, int n, guint32 seed)
{
  LlmPrompt *prompt = llm_prompt_new (tiny->vocab, llm_model_get_config (tiny->model)->n_embd);

  tiny_model_add_ids (prompt, n, seed);
  return prompt;
}

void
tiny_model_add_ids (LlmPrompt *prompt, int n, guint32 seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);

  for (int i = 0; i < n; i++)
    g_assert_true (llm_prompt_add_id (prompt, g_rand_int_range (rand, 0, 250), NULL));
}

LlmSession *
tiny_model_new_session (const TinyModel *tiny, int n_ctx)
{
  g_autoptr (GError) error = NULL;
  LlmSession *session = llm_session_new (tiny->model, tiny->context, n_ctx, &error);

  g_assert_no_error (error);
  return session;
}

int
tiny_model_prefill (LlmSession *session, const LlmPrompt *prompt)
{
  g_autoptr (GError) error = NULL;
  int n_computed = -1;

  g_assert_true (llm_session_prefill (session, prompt, NULL, NULL, &n_computed, &error));
  g_assert_no_error (error);
  g_assert_cmpint (llm_session_get_n_positions (session), ==, llm_prompt_get_n_positions (prompt));
  return n_computed;
}
