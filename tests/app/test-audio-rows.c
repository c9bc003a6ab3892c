/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Trained rows: given to the decoder that they belong to, refused by others, and damaged files. */

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "app/base/app-error.h"
#include "app/engine/audio-rows.h"
#include "app/engine/audio-vocab.h"
#include "llm/session/prompt.h"
#include "tests/support/gguf-builder.h"

#define N_PROBES 3

static const int32_t probe_ids[N_PROBES] = { 5, 70, 200 };

typedef struct {
  NnContext *context;
  LlmModel *model;
  LlmVocab *vocab;
  char *folder;
  char *path;
  /* What the file is made of, to be spoilt. */
  const char *architecture;
  int n_layers;
  int extra_width;
  float probe_scale, probe_shift;
  float first;
  const char *renamed; /* a block whose first id has another name */
  const char *missing; /* a block that has no rows */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "golden", "llm", "qwen2.gguf", NULL);
  GError *error = NULL;

  f->context = nn_context_new (1);
  f->model = llm_model_load (f->context, path, NULL, NULL, &error);
  g_assert_no_error (error);
  f->vocab = llm_vocab_new (llm_model_get_tokenizer (f->model));
  app_audio_vocab_register (f->vocab, &error);
  g_assert_no_error (error);
  f->folder = g_dir_make_tmp ("hearsay-test-XXXXXX", &error);
  g_assert_no_error (error);
  f->path = g_build_filename (f->folder, "rows.gguf", NULL);
  f->architecture = "audio-rows";
  f->n_layers = llm_model_get_config (f->model)->n_layers;
  f->probe_scale = 1;
  f->first = 0.5f;
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_unlink (f->path);
  g_rmdir (f->folder);
  g_free (f->path);
  g_free (f->folder);
  llm_vocab_unref (f->vocab);
  llm_model_unref (f->model);
  nn_context_free (f->context);
}

static void
add_block (const Fixture *f, GgufBuilder *builder, const char *block, int n_embd)
{
  g_autofree char *key = g_strconcat ("audio-rows.names.", block, NULL);
  g_autofree char *name = g_strconcat ("rows.", block, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autofree float *values = NULL;

  for (int i = 0, id; (id = llm_vocab_get_id (f->vocab, block, i)) >= 0; i++)
    g_ptr_array_add (names, i == 0 && g_strcmp0 (block, f->renamed) == 0
                                ? g_strdup ("<|other|>")
                                : llm_vocab_print (f->vocab, id));
  values = g_new0 (float, names->len *(guint) n_embd);
  for (guint i = 0; i < names->len; i++)
    values[i * (guint) n_embd] = f->first + (float) i;
  gguf_builder_add_strings (builder, key, (const char *const *) names->pdata, names->len);
  if (g_strcmp0 (block, f->missing) != 0)
    gguf_builder_add_f32_tensor (builder, name, 2, (int64_t[]){ n_embd, names->len }, values);
}

static GBytes *
build (const Fixture *f)
{
  int width = llm_model_get_config (f->model)->n_embd;
  int n_embd = width + f->extra_width;
  g_autoptr (GgufBuilder) builder = gguf_builder_new ();
  g_autofree float *probes = g_new0 (float, (gsize) (N_PROBES * n_embd));
  const char *const *blocks = app_audio_vocab_get_manner_blocks ();

  for (int i = 0; i < N_PROBES; i++) {
    llm_model_get_embedding (f->model, probe_ids[i], probes + i * n_embd);
    for (int j = 0; j < width; j++)
      probes[i * n_embd + j] = probes[i * n_embd + j] * f->probe_scale + f->probe_shift;
  }
  gguf_builder_add_string (builder, "general.architecture", f->architecture);
  gguf_builder_add_string (builder, "audio-rows.decoder", "Tiny");
  gguf_builder_add_u32 (builder, "audio-rows.n_layers", (uint32_t) f->n_layers);
  gguf_builder_add_ints (builder, "audio-rows.probe_ids", probe_ids, N_PROBES);
  gguf_builder_add_f32_tensor (builder, "decoder.probes", 2, (int64_t[]){ n_embd, N_PROBES },
                               probes);
  for (gsize b = 0; blocks[b] != NULL; b++)
    add_block (f, builder, blocks[b], n_embd);
  return gguf_builder_build (builder);
}

static gboolean
load (const Fixture *f, const void *bytes, gsize length, GError **error)
{
  GError *local = NULL;

  g_file_set_contents (f->path, bytes, (gssize) length, &local);
  g_assert_no_error (local);
  return app_audio_rows_load (f->vocab, f->model, f->path, error);
}

static gboolean
load_built (const Fixture *f, GError **error)
{
  g_autoptr (GBytes) bytes = build (f);

  return load (f, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), error);
}

static void
test_matching (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  int id = llm_vocab_get_id (f->vocab, "emotion", 3), n_embd = 0;
  g_autoptr (LlmPrompt) prompt = llm_prompt_new (f->vocab, llm_model_get_config (f->model)->n_embd);
  const float *row;

  f->probe_scale = 1.01f; /* nearly the same embedding: another quantisation */
  load_built (f, &error);
  g_assert_no_error (error);
  row = llm_vocab_get_row (f->vocab, id, &n_embd);
  g_assert_cmpint (n_embd, ==, llm_model_get_config (f->model)->n_embd);
  g_assert_cmpfloat (row[0], ==, 3.5f);
  /* Given, but read only if that is wanted. */
  g_assert_cmpint (llm_vocab_get_reading (f->vocab, id), ==, LLM_READ_VERBAL);
  app_audio_vocab_set_reading (f->vocab, LLM_READ_ROW, &error);
  g_assert_no_error (error);
  llm_prompt_add_id (prompt, id, &error);
  g_assert_no_error (error);
  g_assert_cmpint (llm_prompt_get (prompt, 0, &row), ==, -1);
  g_assert_cmpfloat (row[0], ==, 3.5f);
}

static void
assert_refused (const Fixture *f, GQuark domain, int code, const char *part)
{
  g_autoptr (GError) error = NULL;
  int n_embd;

  g_assert_false (load_built (f, &error));
  g_assert_error (error, domain, code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, part));
  g_assert_nonnull (strstr (error->message, "rows.gguf"));
  g_assert_null (strchr (error->message, '\n'));
  g_assert_null (llm_vocab_get_row (f->vocab, llm_vocab_get_id (f->vocab, "speaker", 0), &n_embd));
}

static void
test_other_decoder (Fixture *f, gconstpointer data)
{
  f->probe_shift = 1;
  assert_refused (f, APP_ERROR, APP_ERROR_ARGUMENT, "“Tiny”, not to “qwen2”");
  f->probe_shift = 0;
  f->n_layers++;
  assert_refused (f, APP_ERROR, APP_ERROR_ARGUMENT, "“Tiny”");
}

static void
test_other_width (Fixture *f, gconstpointer data)
{
  f->extra_width = 1;
  assert_refused (f, APP_ERROR, APP_ERROR_ARGUMENT, "“Tiny”");
}

static void
test_other_ids (Fixture *f, gconstpointer data)
{
  f->renamed = "pauses";
  assert_refused (f, APP_ERROR, APP_ERROR_FORMAT, "<|other|>, expected <|no pauses|>");
}

static void
test_not_rows (Fixture *f, gconstpointer data)
{
  f->architecture = "llama";
  assert_refused (f, APP_ERROR, APP_ERROR_FORMAT, "“llama”");
}

static void
test_missing (Fixture *f, gconstpointer data)
{
  f->missing = "pauses";
  assert_refused (f, NN_ERROR, NN_ERROR_MISSING, "rows.pauses");
}

static void
test_not_a_number (Fixture *f, gconstpointer data)
{
  f->first = NAN;
  assert_refused (f, NN_ERROR, NN_ERROR_FORMAT, "rows.speaker");
}

/* Any damage is an error, or leaves rows of finite numbers. */
static void
test_damaged (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) bytes = build (f);
  gsize length;
  const char *whole = g_bytes_get_data (bytes, &length);
  g_autoptr (GRand) draw = g_rand_new_with_seed (7);

  for (int round = 0; round < 60; round++) {
    g_autofree char *copy = g_memdup2 (whole, length);
    g_autoptr (GError) error = NULL;
    gboolean is_cut = round % 2;
    gsize n = is_cut ? (gsize) g_rand_int_range (draw, 0, (gint32) length) : length;

    for (int i = 0; i < 4; i++)
      copy[g_rand_int_range (draw, 0, (gint32) MIN (length, 3000))] =
          (char) g_rand_int_range (draw, 0, 256);
    g_assert_cmpint (load (f, copy, n, &error), ==, error == NULL);
    if (is_cut && n < length / 2)
      g_assert_nonnull (error);
  }
}

static void
add (const char *name, void (*test) (Fixture *, gconstpointer))
{
  g_autofree char *path = g_strconcat ("/app/audio-rows/", name, NULL);

  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("matching", test_matching);
  add ("other-decoder", test_other_decoder);
  add ("other-width", test_other_width);
  add ("other-ids", test_other_ids);
  add ("not-rows", test_not_rows);
  add ("missing", test_missing);
  add ("not-a-number", test_not_a_number);
  add ("damaged", test_damaged);
  return g_test_run ();
}
