/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/engine/audio-rows.h"

#include <math.h>
#include <string.h>

#include "app/base/app-error.h"
#include "app/base/data-files.h"
#include "app/engine/audio-vocab.h"

/* Cosine of an embedding's row and the file's: 0.998 between quantisations of 4 and of 8 bits, near
 * 0 between models. */
#define SAME_ROW_COSINE 0.98

/* A float32 tensor of n_rows rows, whole and finite; NULL with an error. */
static const float *
require_rows (const NnGguf *gguf, const char *name, int n_rows, int n_embd, GError **error)
{
  const int64_t dims[] = { n_embd, n_rows };
  const NnTensor *tensor = nn_gguf_require (gguf, name, 2, dims, error);
  const float *values;

  if (tensor == NULL)
    return NULL;
  if (tensor->type != NN_TYPE_F32) {
    g_set_error (error, NN_ERROR, NN_ERROR_UNSUPPORTED, "%s: '%s' is not of 32-bit floats",
                 nn_gguf_get_path (gguf), name);
    return NULL;
  }
  values = tensor->data;
  for (size_t i = 0; i < (size_t) n_rows * (size_t) n_embd; i++)
    if (!isfinite (values[i])) {
      g_set_error (error, NN_ERROR, NN_ERROR_FORMAT, "%s: '%s' holds what is not a number",
                   nn_gguf_get_path (gguf), name);
      return NULL;
    }
  return values;
}

static double
compare_rows (const float *a, const float *b, int n)
{
  double dot = 0, aa = 0, bb = 0;

  for (int i = 0; i < n; i++) {
    dot += (double) a[i] * b[i];
    aa += (double) a[i] * a[i];
    bb += (double) b[i] * b[i];
  }
  return aa > 0 && bb > 0 ? dot / sqrt (aa * bb) : 0;
}

/* Whether the rows were trained with this decoder, or another quantisation of it. */
static gboolean
is_same_decoder (const NnGguf *gguf, const LlmModel *model, gboolean *is_same, GError **error)
{
  const LlmConfig *config = llm_model_get_config (model);
  g_autofree float *row = g_new (float, (gsize) config->n_embd);
  size_t n;
  const int32_t *ids = nn_gguf_get_ints (gguf, "audio-rows.probe_ids", &n, error);
  const NnTensor *tensor = nn_gguf_find (gguf, "decoder.probes");
  const float *probes;
  int64_t n_layers;

  if (ids == NULL || !nn_gguf_get_int (gguf, "audio-rows.n_layers", &n_layers, error))
    return FALSE;
  *is_same = n_layers == config->n_layers && n > 0
             && (tensor == NULL || tensor->dims[0] == config->n_embd);
  if (!*is_same)
    return TRUE;
  probes = require_rows (gguf, "decoder.probes", (int) n, config->n_embd, error);
  if (probes == NULL)
    return FALSE;
  for (size_t i = 0; i < n && *is_same; i++) {
    *is_same = ids[i] >= 0 && ids[i] < config->n_vocab;
    if (!*is_same)
      break;
    llm_model_get_embedding (model, ids[i], row);
    *is_same =
        compare_rows (row, probes + i * (size_t) config->n_embd, config->n_embd) >= SAME_ROW_COSINE;
  }
  return TRUE;
}

static gboolean
check_decoder (const NnGguf *gguf, const LlmModel *model, GError **error)
{
  const char *architecture = nn_gguf_get_string (gguf, "general.architecture", error);
  const char *decoder =
      architecture != NULL ? nn_gguf_get_string (gguf, "audio-rows.decoder", error) : NULL;
  gboolean is_same;

  if (decoder == NULL)
    return FALSE;
  if (!g_str_equal (architecture, "audio-rows")) {
    g_set_error (error, APP_ERROR, APP_ERROR_FORMAT, "%s: not rows of the audio blocks, but “%s”",
                 nn_gguf_get_path (gguf), architecture);
    return FALSE;
  }
  if (!is_same_decoder (gguf, model, &is_same, error))
    return FALSE;
  if (!is_same)
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT,
                 "%s: these rows belong to the model “%s”, not to “%s”", nn_gguf_get_path (gguf),
                 decoder, llm_model_get_name (model));
  return is_same;
}

/* Whether the file has the ids of a block as the vocabulary has them. *n: how many. */
static gboolean
check_names (const NnGguf *gguf, const LlmVocab *vocab, const char *block, size_t *n,
             GError **error)
{
  g_autofree char *key = g_strconcat ("audio-rows.names.", block, NULL);
  const NnGgufString *names = nn_gguf_get_strings (gguf, key, n, error);

  if (names == NULL)
    return FALSE;
  for (size_t i = 0; i <= *n; i++) {
    int id = llm_vocab_get_id (vocab, block, (int) MIN (i, G_MAXINT));
    g_autofree char *expected = id >= 0 ? llm_vocab_print (vocab, id) : NULL;
    g_autofree char *found = i < *n ? g_strndup (names[i].data, names[i].length) : NULL;

    if (g_strcmp0 (expected, found) != 0) {
      g_set_error (error, APP_ERROR, APP_ERROR_FORMAT,
                   "%s: id %zu of block '%s' is %s, expected %s: train the rows anew",
                   nn_gguf_get_path (gguf), i, block, found != NULL ? found : "missing",
                   expected != NULL ? expected : "none");
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
app_audio_rows_load (LlmVocab *vocab, const LlmModel *model, const char *path, GError **error)
{
  int n_embd = llm_model_get_config (model)->n_embd;
  const char *const *blocks = app_audio_vocab_get_manner_blocks ();
  guint n_blocks = g_strv_length ((char **) blocks);
  g_autoptr (NnGguf) gguf = nn_gguf_open (path, error);
  g_autofree const float **rows = g_new0 (const float *, n_blocks);

  if (gguf == NULL || !check_decoder (gguf, model, error))
    return FALSE;
  for (guint b = 0; b < n_blocks; b++) {
    g_autofree char *name = g_strconcat ("rows.", blocks[b], NULL);
    size_t n;

    if (!check_names (gguf, vocab, blocks[b], &n, error))
      return FALSE;
    rows[b] = require_rows (gguf, name, (int) n, n_embd, error);
    if (rows[b] == NULL)
      return FALSE;
  }
  for (guint b = 0; b < n_blocks; b++)
    if (!llm_vocab_set_rows (vocab, blocks[b], rows[b], n_embd, error))
      return FALSE;
  return TRUE;
}

char *
app_audio_rows_find (const LlmModel *model, GError **error)
{
  g_autoptr (GString) name = g_string_new ("data/weights/audio-rows-");
  const char *c = llm_model_get_name (model);
  const char *end = c + strlen (c);

  /* "Qwen2.5 Coder 1.5B Instruct GGUF": "qwen2.5-coder-1.5b-instruct". */
  if (g_str_has_suffix (c, " GGUF"))
    end -= strlen (" GGUF");
  for (; c < end; c++)
    g_string_append_c (name, g_ascii_isalnum (*c) || *c == '.' ? g_ascii_tolower (*c) : '-');
  g_string_append (name, ".gguf");
  return app_data_file_find (name->str, error);
}
