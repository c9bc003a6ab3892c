/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "llm/decoder/model.h"

#include <math.h>
#include <string.h>

#include "llm/decoder/decoder.h"

/* What a dimension of a weight must be; a tensor of one dimension has DIM_NONE second. */
typedef enum { DIM_NONE, DIM_EMBD, DIM_Q, DIM_KV, DIM_HEAD, DIM_FF } Dim;

/* Weights of a block, by name in the file after "blk.N.". */
typedef enum {
  W_ATTN_NORM,
  W_Q,
  W_K,
  W_V,
  W_Q_BIAS,
  W_K_BIAS,
  W_V_BIAS,
  W_Q_NORM,
  W_K_NORM,
  W_O,
  W_O_BIAS,
  W_POST_ATTN_NORM,
  W_FFN_NORM,
  W_GATE,
  W_UP,
  W_DOWN,
  W_POST_FFN_NORM,
  N_WEIGHTS
} Weight;

typedef struct {
  const char *name;
  Dim dims[2]; /* as the file has them: inputs, outputs */
} WeightShape;

static const WeightShape shapes[N_WEIGHTS] = {
  [W_ATTN_NORM] = { "attn_norm.weight", { DIM_EMBD } },
  [W_Q] = { "attn_q.weight", { DIM_EMBD, DIM_Q } },
  [W_K] = { "attn_k.weight", { DIM_EMBD, DIM_KV } },
  [W_V] = { "attn_v.weight", { DIM_EMBD, DIM_KV } },
  [W_Q_BIAS] = { "attn_q.bias", { DIM_Q } },
  [W_K_BIAS] = { "attn_k.bias", { DIM_KV } },
  [W_V_BIAS] = { "attn_v.bias", { DIM_KV } },
  [W_Q_NORM] = { "attn_q_norm.weight", { DIM_HEAD } },
  [W_K_NORM] = { "attn_k_norm.weight", { DIM_HEAD } },
  [W_O] = { "attn_output.weight", { DIM_Q, DIM_EMBD } },
  [W_O_BIAS] = { "attn_output.bias", { DIM_EMBD } },
  [W_POST_ATTN_NORM] = { "post_attention_norm.weight", { DIM_EMBD } },
  [W_FFN_NORM] = { "ffn_norm.weight", { DIM_EMBD } },
  [W_GATE] = { "ffn_gate.weight", { DIM_EMBD, DIM_FF } },
  [W_UP] = { "ffn_up.weight", { DIM_EMBD, DIM_FF } },
  [W_DOWN] = { "ffn_down.weight", { DIM_FF, DIM_EMBD } },
  [W_POST_FFN_NORM] = { "post_ffw_norm.weight", { DIM_EMBD } },
};

#define BIT(weight) (1u << (weight))
#define BLOCK_WEIGHTS                                                                              \
  (BIT (W_ATTN_NORM) | BIT (W_Q) | BIT (W_K) | BIT (W_V) | BIT (W_O) | BIT (W_FFN_NORM)            \
   | BIT (W_GATE) | BIT (W_UP) | BIT (W_DOWN))

/* Which weights a block of each architecture has. */
static const struct {
  LlmForward forward;
  guint32 required;
  guint32 optional;
} tables[] = {
  [LLM_ARCH_LLAMA] = { llm_decoder_llama, BLOCK_WEIGHTS,
                       BIT (W_Q_BIAS) | BIT (W_K_BIAS) | BIT (W_V_BIAS) | BIT (W_O_BIAS) },
  [LLM_ARCH_QWEN2] = { llm_decoder_llama,
                       BLOCK_WEIGHTS | BIT (W_Q_BIAS) | BIT (W_K_BIAS) | BIT (W_V_BIAS), 0 },
  [LLM_ARCH_QWEN3] = { llm_decoder_qwen3, BLOCK_WEIGHTS | BIT (W_Q_NORM) | BIT (W_K_NORM), 0 },
  [LLM_ARCH_GEMMA3] = { llm_decoder_gemma3,
                        BLOCK_WEIGHTS | BIT (W_Q_NORM) | BIT (W_K_NORM) | BIT (W_POST_ATTN_NORM)
                            | BIT (W_POST_FFN_NORM),
                        0 },
};

typedef struct {
  LlmModel *model;
  NnContext *context;
  LlmProgress progress;
  gpointer user_data;
  size_t n_used; /* tensors of the file that have found their place */
} Loader;

static int64_t
dim_size (const LlmConfig *c, Dim dim)
{
  switch (dim) {
  case DIM_EMBD:
    return c->n_embd;
  case DIM_Q:
    return (int64_t) c->n_heads * c->head_dim;
  case DIM_KV:
    return (int64_t) c->n_kv_heads * c->head_dim;
  case DIM_HEAD:
    return c->head_dim;
  case DIM_FF:
    return c->n_ff;
  case DIM_NONE:
  default:
    return 1;
  }
}

static const NnTensor *
require (Loader *loader, const char *name, int n_dims, int64_t d0, int64_t d1, GError **error)
{
  const NnTensor *tensor =
      nn_gguf_require (loader->model->gguf, name, n_dims, (int64_t[]){ d0, d1 }, error);

  if (tensor != NULL)
    loader->n_used++;
  return tensor;
}

static gboolean
check_floats (Loader *loader, const NnTensor *tensor, GError **error)
{
  const NnTypeInfo *info = nn_type_info (tensor->type);

  if (info != NULL && tensor->type != NN_TYPE_I8 && tensor->type != NN_TYPE_I16
      && tensor->type != NN_TYPE_I32 && tensor->dims[0] % info->block_values == 0)
    return TRUE;
  g_set_error (error, LLM_ERROR, LLM_ERROR_MODEL, "%s: tensor %s is of type %s, expected floats",
               nn_gguf_get_path (loader->model->gguf), tensor->name,
               info != NULL ? info->name : "unknown");
  return FALSE;
}

/* A vector as floats, (transfer full). */
static float *
load_vector (Loader *loader, const NnTensor *tensor, GError **error)
{
  float *values;

  if (!check_floats (loader, tensor, error))
    return NULL;
  values = g_new (float, tensor->dims[0]);
  nn_dequantize_row (tensor->type, tensor->data, values, (size_t) tensor->dims[0]);
  return values;
}

/* Finds a block's weights in the file, checking shapes. */
static gboolean
find_block (Loader *loader, int layer, const NnTensor *found[N_WEIGHTS], GError **error)
{
  const LlmModel *model = loader->model;
  const LlmConfig *c = &model->config;

  for (int w = 0; w < N_WEIGHTS; w++) {
    const WeightShape *shape = &shapes[w];
    g_autofree char *name = g_strdup_printf ("blk.%d.%s", layer, shape->name);

    found[w] = NULL;
    if (!(tables[c->arch].required & BIT (w))
        && !((tables[c->arch].optional & BIT (w)) && nn_gguf_find (model->gguf, name) != NULL))
      continue;
    found[w] = require (loader, name, shape->dims[1] == DIM_NONE ? 1 : 2,
                        dim_size (c, shape->dims[0]), dim_size (c, shape->dims[1]), error);
    if (found[w] == NULL)
      return FALSE;
  }
  return TRUE;
}

static gboolean
load_block (Loader *loader, int i, GError **error)
{
  LlmLayer *layer = &loader->model->layers[i];
  const NnGguf *gguf = loader->model->gguf;
  const NnTensor *t[N_WEIGHTS];

  if (!find_block (loader, i, t, error))
    return FALSE;

  const struct {
    float **to;
    const NnTensor *from;
  } vectors[] = {
    { &layer->attn_norm, t[W_ATTN_NORM] }, { &layer->q_norm, t[W_Q_NORM] },
    { &layer->k_norm, t[W_K_NORM] },       { &layer->post_attn_norm, t[W_POST_ATTN_NORM] },
    { &layer->ffn_norm, t[W_FFN_NORM] },   { &layer->post_ffn_norm, t[W_POST_FFN_NORM] },
  };
  for (size_t v = 0; v < G_N_ELEMENTS (vectors); v++)
    if (vectors[v].from != NULL
        && (*vectors[v].to = load_vector (loader, vectors[v].from, error)) == NULL)
      return FALSE;

  const struct {
    NnLinear **to;
    int n;
    const NnTensor *weights[3];
    const NnTensor *biases[3];
  } linears[] = {
    { &layer->qkv, 3, { t[W_Q], t[W_K], t[W_V] }, { t[W_Q_BIAS], t[W_K_BIAS], t[W_V_BIAS] } },
    { &layer->o, 1, { t[W_O] }, { t[W_O_BIAS] } },
    { &layer->gate_up, 2, { t[W_GATE], t[W_UP] }, { NULL } },
    { &layer->down, 1, { t[W_DOWN] }, { NULL } },
  };
  for (size_t l = 0; l < G_N_ELEMENTS (linears); l++) {
    *linears[l].to = nn_linear_new (loader->context, gguf, linears[l].weights, linears[l].n,
                                    linears[l].biases, error);
    if (*linears[l].to == NULL)
      return FALSE;
  }
  return TRUE;
}

/* Embedding, output and what else is not of a block. The embedding's rows are read from the
 * mapping, so the repacked table is made only where it is the output too. */
static gboolean
load_ends (Loader *loader, GError **error)
{
  LlmModel *model = loader->model;
  const LlmConfig *c = &model->config;
  const NnTensor *norm;
  const NnTensor *output;
  const NnTensor *factors;

  model->embed = require (loader, "token_embd.weight", 2, c->n_embd, c->n_vocab, error);
  if (model->embed == NULL || !check_floats (loader, model->embed, error))
    return FALSE;
  output = model->embed;
  if (nn_gguf_find (model->gguf, "output.weight") != NULL
      && (output = require (loader, "output.weight", 2, c->n_embd, c->n_vocab, error)) == NULL)
    return FALSE;
  norm = require (loader, "output_norm.weight", 1, c->n_embd, 1, error);
  if (norm == NULL || (model->output_norm = load_vector (loader, norm, error)) == NULL)
    return FALSE;
  if (nn_gguf_find (model->gguf, "rope_freqs.weight") != NULL) {
    factors = require (loader, "rope_freqs.weight", 1, model->rope.n_rot / 2, 1, error);
    if (factors == NULL || (model->rope_factors = load_vector (loader, factors, error)) == NULL)
      return FALSE;
    model->rope.freq_factors = model->rope_factors;
  }
  model->output = nn_linear_new (loader->context, model->gguf, &output, 1, NULL, error);
  return model->output != NULL;
}

/* A tensor without a place means that the file is of a variant whose forward pass is another. */
static gboolean
check_all_used (const Loader *loader, GError **error)
{
  const NnGguf *gguf = loader->model->gguf;
  const LlmConfig *c = &loader->model->config;
  guint32 known = tables[c->arch].required | tables[c->arch].optional;

  if (loader->n_used == nn_gguf_get_n_tensors (gguf))
    return TRUE;
  for (size_t i = 0; i < nn_gguf_get_n_tensors (gguf); i++) {
    const char *name = nn_gguf_get_tensor (gguf, i)->name;
    gboolean used = g_str_equal (name, "token_embd.weight") || g_str_equal (name, "output.weight")
                    || g_str_equal (name, "output_norm.weight")
                    || g_str_equal (name, "rope_freqs.weight");
    char *rest;

    if (g_str_has_prefix (name, "blk.")
        && g_ascii_strtoull (name + 4, &rest, 10) < (guint64) c->n_layers && *rest == '.')
      for (int w = 0; w < N_WEIGHTS; w++)
        used |= (known & BIT (w)) != 0 && g_str_equal (rest + 1, shapes[w].name);
    if (!used) {
      g_set_error (error, LLM_ERROR, LLM_ERROR_MODEL,
                   "%s: tensor %s has no place in this architecture of %d layers",
                   nn_gguf_get_path (gguf), name, c->n_layers);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
load_weights (Loader *loader, GError **error)
{
  LlmModel *model = loader->model;
  const int n = model->config.n_layers;

  /* The table first: a file of the wrong size is found before the long work. */
  for (int i = 0; i < n; i++) {
    const NnTensor *found[N_WEIGHTS];

    if (!find_block (loader, i, found, error))
      return FALSE;
  }
  loader->n_used = 0;
  for (int i = 0; i <= n; i++) {
    if (nn_context_is_cancelled (loader->context)) {
      g_set_error (error, LLM_ERROR, LLM_ERROR_CANCELLED, "%s: loading was cancelled",
                   nn_gguf_get_path (model->gguf));
      return FALSE;
    }
    if (!(i == 0 ? load_ends (loader, error) : load_block (loader, i - 1, error)))
      return FALSE;
    if (loader->progress != NULL)
      loader->progress ((i + 1.0) / (n + 1.0), loader->user_data);
  }
  return check_all_used (loader, error);
}

gboolean
llm_model_check (const NnGguf *gguf, GError **error)
{
  LlmConfig config;
  NnRope rope, rope_local;
  LlmChatFamily family;
  if (!llm_config_read (gguf, &config, &rope, &rope_local, error)
      || !llm_chat_family_from_gguf (gguf, &family, error))
    return FALSE;
  g_autoptr (LlmTokenizer) tokenizer = llm_tokenizer_new (gguf, error);
  return tokenizer != NULL;
}

typedef struct {
  const NnGguf *gguf;
  LlmTokenizer *tokenizer;
  GError *error;
} TokenizerJob;

static gpointer
read_tokenizer (gpointer data)
{
  TokenizerJob *job = data;

  job->tokenizer = llm_tokenizer_new (job->gguf, &job->error);
  return NULL;
}

/* The tokenizer is a fifth of what loading a small model takes, and nothing in it can be shared: a
 * thread reads it beside the weights, unless the context is to have but one. Of two errors the
 * tokenizer's is told. */
static gboolean
load_parts (Loader *loader, GError **error)
{
  LlmModel *model = loader->model;
  TokenizerJob job = { .gguf = model->gguf };
  g_autoptr (GError) weights_error = NULL;
  GThread *thread = NULL;
  gboolean loaded;

  if (nn_pool_get_n_threads (loader->context->pool) > 1)
    thread = g_thread_try_new ("tokenizer", read_tokenizer, &job, NULL);
  if (thread == NULL)
    read_tokenizer (&job);
  loaded = (thread != NULL || job.error == NULL) && load_weights (loader, &weights_error);
  if (thread != NULL)
    g_thread_join (thread);
  model->tokenizer = job.tokenizer;
  if (job.error != NULL)
    g_propagate_error (error, job.error);
  else if (!loaded)
    g_propagate_error (error, g_steal_pointer (&weights_error));
  return loaded && job.error == NULL;
}

LlmModel *
llm_model_load (NnContext *context, const char *path, LlmProgress progress, gpointer user_data,
                GError **error)
{
  g_autoptr (LlmModel) model = g_new0 (LlmModel, 1);
  Loader loader = { model, context, progress, user_data, 0 };
  size_t n_vocab;

  g_atomic_ref_count_init (&model->ref_count);
  if ((model->gguf = nn_gguf_open (path, error)) == NULL
      || !llm_config_read (model->gguf, &model->config, &model->rope, &model->rope_local, error)
      || nn_gguf_get_strings (model->gguf, "tokenizer.ggml.tokens", &n_vocab, error) == NULL
      || !llm_chat_family_from_gguf (model->gguf, &model->chat_family, error))
    return NULL;
  model->config.n_vocab = (int) MIN (n_vocab, G_MAXINT);
  model->layers = g_new0 (LlmLayer, model->config.n_layers);
  model->forward = tables[model->config.arch].forward;
  model->embed_scale =
      model->config.arch == LLM_ARCH_GEMMA3 ? sqrtf ((float) model->config.n_embd) : 1;
  if (nn_gguf_has_key (model->gguf, "general.name")) {
    const char *name = nn_gguf_get_string (model->gguf, "general.name", error);

    if (name == NULL)
      return NULL;
    model->name = g_strdup (name);
  } else {
    model->name = g_path_get_basename (path);
  }
  if (!load_parts (&loader, error))
    return NULL;
  return g_steal_pointer (&model);
}

LlmModel *
llm_model_ref (LlmModel *model)
{
  g_atomic_ref_count_inc (&model->ref_count);
  return model;
}

static void
free_layer (LlmLayer *layer)
{
  g_free (layer->attn_norm);
  g_clear_pointer (&layer->qkv, nn_linear_free);
  g_free (layer->q_norm);
  g_free (layer->k_norm);
  g_clear_pointer (&layer->o, nn_linear_free);
  g_free (layer->post_attn_norm);
  g_free (layer->ffn_norm);
  g_clear_pointer (&layer->gate_up, nn_linear_free);
  g_clear_pointer (&layer->down, nn_linear_free);
  g_free (layer->post_ffn_norm);
}

void
llm_model_unref (LlmModel *model)
{
  if (model == NULL || !g_atomic_ref_count_dec (&model->ref_count))
    return;
  for (int i = 0; model->layers != NULL && i < model->config.n_layers; i++)
    free_layer (&model->layers[i]);
  g_free (model->layers);
  g_free (model->output_norm);
  g_free (model->rope_factors);
  g_clear_pointer (&model->output, nn_linear_free);
  g_clear_pointer (&model->tokenizer, llm_tokenizer_unref);
  g_clear_pointer (&model->gguf, nn_gguf_unref);
  g_free (model->name);
  g_free (model);
}

const LlmConfig *
llm_model_get_config (const LlmModel *model)
{
  return &model->config;
}

LlmTokenizer *
llm_model_get_tokenizer (const LlmModel *model)
{
  return model->tokenizer;
}

LlmChatFamily
llm_model_get_chat_family (const LlmModel *model)
{
  return model->chat_family;
}

const char *
llm_model_get_name (const LlmModel *model)
{
  return model->name;
}

void
llm_model_get_embedding (const LlmModel *model, int id, float *row)
{
  const size_t d = (size_t) model->config.n_embd;
  const size_t row_bytes = nn_type_row_bytes (model->embed->type, d);

  g_assert (id >= 0 && id < model->config.n_vocab);
  nn_dequantize_row (model->embed->type,
                     (const uint8_t *) model->embed->data + (size_t) id * row_bytes, row, d);
}

void
llm_model_scale_embedding (const LlmModel *model, float *row)
{
  if (model->embed_scale != 1)
    for (int i = 0; i < model->config.n_embd; i++)
      row[i] *= model->embed_scale;
}
