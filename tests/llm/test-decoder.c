/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The forward passes against the reference implementation, layer by layer, on tiny seeded models
 * (tools/goldens/decoders), and against themselves: batched in any way, on any number of threads.
 */

#include <math.h>
#include <string.h>

#include "llm/decoder/decoder.h"

#define N_POSITIONS 40
/* The reference rounds keys and values to half precision as the cache does; where a value lies at
 * the edge the two may round apart. States and logits are of a size of 1 to 20. */
#define TOLERANCE 2e-3f
/* It sums in another order; this is less than the last bit of a half at 20. */
#define TOLERANCE_OF_REFERENCE 5e-3f

static const char *const names[] = { "llama", "llama3-rope", "qwen2", "qwen3", "gemma3" };

/* Tokens and the reference's states. */
typedef struct {
  NnContext *context;
  LlmModel *model;
  NnGguf *expected;
  const int32_t *tokens; /* [N_POSITIONS] */
} Fixture;

static NnGguf *
open_golden (const char *name, const char *suffix)
{
  g_autofree char *file = g_strconcat (name, suffix, NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "golden", "llm", file, NULL);
  g_autoptr (GError) error = NULL;
  NnGguf *gguf = nn_gguf_open (path, &error);

  g_assert_no_error (error);
  return gguf;
}

static const NnTensor *
get (const NnGguf *gguf, const char *name)
{
  const NnTensor *tensor = nn_gguf_find (gguf, name);

  g_assert_nonnull (tensor);
  return tensor;
}

static void
set_up (Fixture *f, const char *name, int n_threads)
{
  g_autofree char *file = g_strconcat (name, ".gguf", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "golden", "llm", file, NULL);
  g_autoptr (GError) error = NULL;

  f->context = nn_context_new (n_threads);
  f->model = llm_model_load (f->context, path, NULL, NULL, &error);
  g_assert_no_error (error);
  f->expected = open_golden (name, ".expected.gguf");
  g_assert_cmpint (get (f->expected, "tokens")->dims[0], ==, N_POSITIONS);
  f->tokens = get (f->expected, "tokens")->data;
}

static void
tear_down (Fixture *f)
{
  nn_gguf_unref (f->expected);
  llm_model_unref (f->model);
  nn_context_free (f->context);
}

/* Runs positions 0 .. n - 1 in batches of `chunk`; logits of all of them, (transfer full). */
static float *
run (const Fixture *f, int chunk, LlmState *state)
{
  const LlmConfig *c = llm_model_get_config (f->model);
  g_autoptr (GError) error = NULL;
  g_autoptr (NnKvCache) cache =
      nn_kv_cache_new (c->n_layers, c->n_kv_heads, c->head_dim, N_POSITIONS, &error);
  float *logits = g_new (float, (size_t) N_POSITIONS * c->n_vocab);

  g_assert_no_error (error);
  for (int first = 0; first < N_POSITIONS; first += chunk) {
    int n = MIN (chunk, N_POSITIONS - first);

    for (int i = 0; i < n; i++) {
      llm_model_get_embedding (f->model, f->tokens[first + i], llm_state_row (state, i));
      llm_model_scale_embedding (f->model, llm_state_row (state, i));
    }
    g_assert_true (llm_decoder_forward (
        f->model, f->context, state,
        &(LlmBatch){ cache, first, n, n, logits + (size_t) first * c->n_vocab }));
  }
  return logits;
}

static LlmState *
new_state (const Fixture *f)
{
  g_autoptr (GError) error = NULL;
  LlmState *state = llm_state_new (llm_model_get_config (f->model), N_POSITIONS, &error);

  g_assert_no_error (error);
  return state;
}

static float
tolerance (const Fixture *f)
{
  return f->context->kernels == &nn_kernels_reference ? TOLERANCE_OF_REFERENCE : TOLERANCE;
}

static float
max_difference (const float *a, const float *b, size_t n)
{
  float max = 0;

  for (size_t i = 0; i < n; i++) {
    g_assert_true (isfinite (a[i]));
    max = MAX (max, fabsf (a[i] - b[i]));
  }
  return max;
}

static void
compare_layer (int layer, const float *x, int n_rows, gpointer data)
{
  const Fixture *f = data;
  const LlmConfig *c = llm_model_get_config (f->model);
  g_autofree char *name =
      layer == c->n_layers ? g_strdup ("norm") : g_strdup_printf ("layer.%d", layer);
  const NnTensor *tensor = get (f->expected, name);
  float difference;

  g_assert_cmpint (n_rows, ==, N_POSITIONS);
  g_assert_cmpint (tensor->dims[0], ==, c->n_embd);
  difference = max_difference (x, tensor->data, (size_t) n_rows * c->n_embd);
  g_test_message ("%s: %s differs by %g", llm_model_get_name (f->model), name, difference);
  g_assert_cmpfloat (difference, <, tolerance (f));
}

static void
test_golden (gconstpointer name)
{
  static const int rows[] = { 0, N_POSITIONS - 2, N_POSITIONS - 1 };
  Fixture f;

  set_up (&f, name, 2);

  const size_t n_vocab = llm_model_get_config (f.model)->n_vocab;
  const float *expected = get (f.expected, "logits")->data;
  g_autoptr (LlmState) state = new_state (&f);

  state->hook = compare_layer;
  state->hook_data = &f;

  g_autofree float *logits = run (&f, N_POSITIONS, state);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpfloat (max_difference (logits + rows[i] * n_vocab, expected + i * n_vocab, n_vocab),
                       <, 2 * tolerance (&f));
  tear_down (&f);
}

/* One position at a time, or in chunks that cross the window's edge, is the same as all at once. */
static void
test_incremental (gconstpointer name)
{
  Fixture f;

  set_up (&f, name, 2);

  const size_t n = (size_t) N_POSITIONS * llm_model_get_config (f.model)->n_vocab;
  g_autoptr (LlmState) state = new_state (&f);
  g_autofree float *whole = run (&f, N_POSITIONS, state);
  g_autofree float *sevens = run (&f, 7, state);
  g_autofree float *single = run (&f, 1, state);

  g_assert_cmpfloat (max_difference (sevens, whole, n), <, 1e-3f);
  g_assert_cmpfloat (max_difference (single, whole, n), <, 1e-3f);
  tear_down (&f);
}

static void
test_threads (gconstpointer name)
{
  Fixture one;
  Fixture three;

  set_up (&one, name, 1);
  set_up (&three, name, 3);

  const size_t n = (size_t) N_POSITIONS * llm_model_get_config (one.model)->n_vocab;
  g_autoptr (LlmState) state_one = new_state (&one);
  g_autoptr (LlmState) state_three = new_state (&three);
  g_autofree float *a = run (&one, 13, state_one);
  g_autofree float *b = run (&three, 13, state_three);

  g_assert_cmpmem (a, n * sizeof (float), b, n * sizeof (float));
  tear_down (&three);
  tear_down (&one);
}

/* Asking for the last row's logits only, or for none, leaves the same cache and the same logits. */
static void
test_last_logits (gconstpointer name)
{
  Fixture f;

  set_up (&f, name, 2);

  const LlmConfig *c = llm_model_get_config (f.model);
  const size_t n_vocab = c->n_vocab;
  g_autoptr (GError) error = NULL;
  g_autoptr (LlmState) state = new_state (&f);
  g_autofree float *all = run (&f, N_POSITIONS, state);
  g_autofree float *last = g_new (float, n_vocab);
  g_autoptr (NnKvCache) cache =
      nn_kv_cache_new (c->n_layers, c->n_kv_heads, c->head_dim, N_POSITIONS, &error);

  g_assert_no_error (error);
  for (int first = 0; first < N_POSITIONS; first += 20) {
    for (int i = 0; i < 20; i++) {
      llm_model_get_embedding (f.model, f.tokens[first + i], llm_state_row (state, i));
      llm_model_scale_embedding (f.model, llm_state_row (state, i));
    }
    g_assert_true (llm_decoder_forward (f.model, f.context, state,
                                        &(LlmBatch){ cache, first, 20, first > 0, last }));
  }
  g_assert_cmpfloat (max_difference (last, all + (N_POSITIONS - 1) * n_vocab, n_vocab), <, 1e-3f);
  tear_down (&f);
}

static void
test_cancel (gconstpointer name)
{
  Fixture f;

  set_up (&f, name, 1);

  const LlmConfig *c = llm_model_get_config (f.model);
  g_autoptr (GError) error = NULL;
  g_autoptr (LlmState) state = new_state (&f);
  g_autoptr (NnKvCache) cache =
      nn_kv_cache_new (c->n_layers, c->n_kv_heads, c->head_dim, N_POSITIONS, &error);

  g_assert_no_error (error);
  memset (state->x, 0, sizeof (float) * (size_t) c->n_embd);
  atomic_store (&f.context->cancel, true);
  g_assert_false (
      llm_decoder_forward (f.model, f.context, state, &(LlmBatch){ cache, 0, 1, 0, NULL }));
  atomic_store (&f.context->cancel, false);
  g_assert_true (
      llm_decoder_forward (f.model, f.context, state, &(LlmBatch){ cache, 0, 1, 0, NULL }));
  tear_down (&f);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    GTestDataFunc func;
  } tests[] = {
    { "golden", test_golden },   { "incremental", test_incremental },
    { "threads", test_threads }, { "last-logits", test_last_logits },
    { "cancel", test_cancel },
  };

  g_test_init (&argc, &argv, NULL);
  for (size_t t = 0; t < G_N_ELEMENTS (tests); t++)
    for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
      g_autofree char *path = g_strdup_printf ("/llm/decoder/%s/%s", tests[t].name, names[i]);

      g_test_add_data_func (path, names[i], tests[t].func);
    }
  return g_test_run ();
}
