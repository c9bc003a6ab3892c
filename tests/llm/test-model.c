/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Files that are not, or not quite, a model: an error that names what is wrong, never a crash. */

#include <glib/gstdio.h>
#include <string.h>

#include "llm/decoder/decoder.h"

static char *
golden_path (const char *name)
{
  g_autofree char *file = g_strconcat (name, ".gguf", NULL);

  return g_test_build_filename (G_TEST_DIST, "golden", "llm", file, NULL);
}

static char *
read_golden (const char *name, size_t *length)
{
  g_autofree char *path = golden_path (name);
  g_autoptr (GError) error = NULL;
  char *bytes;

  g_file_get_contents (path, &bytes, length, &error);
  g_assert_no_error (error);
  return bytes;
}

static char *
find_bytes (char *bytes, size_t length, const char *find)
{
  char *at = memmem (bytes, length, find, strlen (find));

  g_assert_nonnull (at);
  return at;
}

static LlmModel *
load_bytes (const char *bytes, size_t length, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *folder = g_dir_make_tmp ("hearsay-test-XXXXXX", &local);
  g_autofree char *path = g_build_filename (folder, "model.gguf", NULL);
  NnContext *context = nn_context_new (1);
  LlmModel *model;

  g_assert_no_error (local);
  g_file_set_contents (path, bytes, (gssize) length, &local);
  g_assert_no_error (local);
  model = llm_model_load (context, path, NULL, NULL, error);
  g_unlink (path);
  g_rmdir (folder);
  nn_context_free (context);
  return model;
}

static void
assert_fails (const char *bytes, size_t length, GQuark domain, int code, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlmModel) model = load_bytes (bytes, length, &error);

  g_assert_null (model);
  g_assert_error (error, domain, code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, part));
  g_assert_null (strchr (error->message, '\n'));
}

static void
test_config (void)
{
  g_autofree char *path = golden_path ("gemma3");
  g_autoptr (GError) error = NULL;
  NnContext *context = nn_context_new (1);
  LlmModel *model = llm_model_load (context, path, NULL, NULL, &error);
  const LlmConfig *c;

  g_assert_no_error (error);
  c = llm_model_get_config (model);
  g_assert_cmpint (c->arch, ==, LLM_ARCH_GEMMA3);
  g_assert_cmpint (c->n_layers, ==, 3);
  g_assert_cmpint (c->n_embd, ==, 32);
  g_assert_cmpint (c->n_heads, ==, 4);
  g_assert_cmpint (c->n_kv_heads, ==, 2);
  g_assert_cmpint (c->head_dim, ==, 16);
  g_assert_cmpint (c->n_ff, ==, 48);
  g_assert_cmpint (c->n_vocab, ==, llm_tokenizer_get_n_tokens (llm_model_get_tokenizer (model)));
  g_assert_cmpint (c->window, ==, 8);
  g_assert_cmpint (c->window_pattern, ==, 2);
  g_assert_cmpfloat (c->rope_scale, ==, 0.125f);
  g_assert_cmpfloat (c->attention_scale, ==, 0.25f);
  g_assert_cmpstr (llm_model_get_name (model), ==, "gemma3");
  llm_model_unref (model);
  nn_context_free (context);
}

/* Another number under a 32-bit integer key. */
static void
assert_number_fails (const char *golden, const char *key, guint32 value, GQuark domain, int code,
                     const char *part)
{
  size_t length;
  g_autofree char *bytes = read_golden (golden, &length);
  char *at = find_bytes (bytes, length, key) + strlen (key) + 4;

  memcpy (at, &value, sizeof value);
  assert_fails (bytes, length, domain, code, part);
}

static void
assert_edit_fails (const char *golden, const char *find, const char *replace, GQuark domain,
                   int code, const char *part)
{
  size_t length;
  g_autofree char *bytes = read_golden (golden, &length);

  g_assert_cmpuint (strlen (find), ==, strlen (replace));
  memcpy (find_bytes (bytes, length, find), replace, strlen (find));
  assert_fails (bytes, length, domain, code, part);
}

static void
test_numbers (void)
{
  assert_number_fails ("llama", "llama.feed_forward_length", 47, NN_ERROR, NN_ERROR_SHAPE,
                       "blk.0.ffn_gate.weight");
  assert_number_fails ("llama", "llama.embedding_length", 64, NN_ERROR, NN_ERROR_SHAPE, ".weight");
  assert_number_fails ("llama", "llama.embedding_length", 0, LLM_ERROR, LLM_ERROR_MODEL,
                       "llama.embedding_length is 0");
  assert_number_fails ("llama", "llama.attention.head_count", 3, LLM_ERROR, LLM_ERROR_MODEL,
                       "do not fit");
  assert_number_fails ("llama", "llama.attention.head_count_kv", 4, NN_ERROR, NN_ERROR_SHAPE,
                       "blk.0.attn_k.weight");
  assert_number_fails ("llama", "llama.rope.dimension_count", 18, LLM_ERROR, LLM_ERROR_MODEL,
                       "llama.rope.dimension_count");
  assert_number_fails ("llama", "llama.block_count", 3, NN_ERROR, NN_ERROR_MISSING, "blk.2.");
  assert_number_fails ("llama", "llama.block_count", 1, LLM_ERROR, LLM_ERROR_MODEL, "blk.1.");
  assert_number_fails ("llama", "llama.block_count", 1u << 30, LLM_ERROR, LLM_ERROR_MODEL,
                       "llama.block_count");
  /* Minus one and not a number, as floats. */
  assert_number_fails ("qwen3", "qwen3.rope.freq_base", 0xbf800000u, LLM_ERROR, LLM_ERROR_MODEL,
                       "qwen3.rope.freq_base");
  assert_number_fails ("qwen3", "qwen3.attention.layer_norm_rms_epsilon", 0x7fc00000u, LLM_ERROR,
                       LLM_ERROR_MODEL, "qwen3.attention.layer_norm_rms_epsilon");
}

static void
test_names (void)
{
  assert_edit_fails ("qwen2", "qwen2", "qwen9", LLM_ERROR, LLM_ERROR_UNKNOWN_ARCH, "“qwen9”");
  assert_edit_fails ("qwen2", "blk.1.ffn_up.weight", "blk.1.ffn_pu.weight", NN_ERROR,
                     NN_ERROR_MISSING, "blk.1.ffn_up.weight");
  assert_edit_fails ("qwen3", "blk.1.attn_q_norm.weight", "blk.1.attn_x_norm.weight", NN_ERROR,
                     NN_ERROR_MISSING, "blk.1.attn_q_norm.weight");
  /* Without its factors the model would load, and be computed wrongly. */
  assert_edit_fails ("llama3-rope", "rope_freqs.weight", "rope_frequ.weight", LLM_ERROR,
                     LLM_ERROR_MODEL, "rope_frequ.weight");
  assert_edit_fails ("gemma3", "linear", "yarnxx", LLM_ERROR, LLM_ERROR_MODEL,
                     "gemma3.rope.scaling.type is “yarnxx”");
  assert_edit_fails ("qwen2", "qwen2.block_count", "qwen2.block_kount", NN_ERROR, NN_ERROR_MISSING,
                     "qwen2.block_count");
}

static void
test_truncated (void)
{
  size_t length;
  g_autofree char *bytes = read_golden ("qwen3", &length);

  for (size_t n = 0; n < length; n += 1 + length / 37) {
    g_autoptr (GError) error = NULL;
    g_autoptr (LlmModel) model = load_bytes (bytes, n, &error);

    g_assert_null (model);
    g_assert_nonnull (error);
  }
}

/* Any damage to the directory gives an error, or a model whose shapes fit together. */
static void
test_damaged (void)
{
  size_t length;
  g_autofree char *bytes = read_golden ("gemma3", &length);
  const size_t n_directory = (size_t) (find_bytes (bytes, length, "output_norm.weight") - bytes);

  for (int round = 0; round < 150; round++) {
    g_autofree char *damaged = g_memdup2 (bytes, length);
    g_autoptr (GError) error = NULL;
    g_autoptr (LlmModel) model = NULL;
    gint32 at = g_test_rand_int_range (0, (gint32) n_directory);

    damaged[at] = (char) g_test_rand_int_range (0, 256);
    model = load_bytes (damaged, length, &error);
    g_assert_true ((model == NULL) == (error != NULL));
  }
}

static void
test_cancel (void)
{
  g_autofree char *path = golden_path ("llama");
  g_autoptr (GError) error = NULL;
  NnContext *context = nn_context_new (1);

  atomic_store (&context->cancel, true);
  g_assert_null (llm_model_load (context, path, NULL, NULL, &error));
  g_assert_error (error, LLM_ERROR, LLM_ERROR_CANCELLED);
  nn_context_free (context);
}

static void
count_progress (double fraction, gpointer user_data)
{
  double *last = user_data;

  g_assert_cmpfloat (fraction, >, *last);
  *last = fraction;
}

static void
test_progress (void)
{
  g_autofree char *path = golden_path ("llama");
  g_autoptr (GError) error = NULL;
  NnContext *context = nn_context_new (1);
  double last = 0;
  LlmModel *model = llm_model_load (context, path, count_progress, &last, &error);

  g_assert_no_error (error);
  g_assert_cmpfloat (last, ==, 1);
  llm_model_unref (model);
  nn_context_free (context);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/llm/model/config", test_config);
  g_test_add_func ("/llm/model/numbers", test_numbers);
  g_test_add_func ("/llm/model/names", test_names);
  g_test_add_func ("/llm/model/truncated", test_truncated);
  g_test_add_func ("/llm/model/damaged", test_damaged);
  g_test_add_func ("/llm/model/cancel", test_cancel);
  g_test_add_func ("/llm/model/progress", test_progress);
  return g_test_run ();
}
