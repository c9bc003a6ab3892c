/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Hyperparameters from the metadata of a GGUF file: keys "<architecture>.<name>". Whatever would
 * change the forward pass and is not implemented is an error that names its key. */

#include <math.h>
#include <string.h>

#include "llm/decoder/decoder.h"

#define MAX_DIMENSION (1 << 20)

typedef struct {
  const NnGguf *gguf;
  const char *arch;
} Keys;

static const struct {
  const char *name;
  LlmArch arch;
  NnRopeLayout layout;
} architectures[] = {
  { "llama", LLM_ARCH_LLAMA, NN_ROPE_NORM },
  { "qwen2", LLM_ARCH_QWEN2, NN_ROPE_NEOX },
  { "qwen3", LLM_ARCH_QWEN3, NN_ROPE_NEOX },
  { "gemma3", LLM_ARCH_GEMMA3, NN_ROPE_NEOX },
};

/* An integer in minimum .. MAX_DIMENSION; *value stays as it is where the key is absent and
 * `required` is FALSE. */
static gboolean
read_int (const Keys *keys, const char *name, gboolean required, int minimum, int *value,
          GError **error)
{
  g_autofree char *key = g_strconcat (keys->arch, ".", name, NULL);
  int64_t number;

  if (!required && !nn_gguf_has_key (keys->gguf, key))
    return TRUE;
  if (!nn_gguf_get_int (keys->gguf, key, &number, error))
    return FALSE;
  if (number < minimum || number > MAX_DIMENSION) {
    g_set_error (error, LLM_ERROR, LLM_ERROR_MODEL,
                 "%s: %s is %" G_GINT64_FORMAT ", expected %d to %d", nn_gguf_get_path (keys->gguf),
                 key, number, minimum, MAX_DIMENSION);
    return FALSE;
  }
  *value = (int) number;
  return TRUE;
}

/* A finite number above zero; *value stays as it is where the key is absent and `required` is
 * FALSE. */
static gboolean
read_float (const Keys *keys, const char *name, gboolean required, float *value, GError **error)
{
  g_autofree char *key = g_strconcat (keys->arch, ".", name, NULL);
  double number;

  if (!required && !nn_gguf_has_key (keys->gguf, key))
    return TRUE;
  if (!nn_gguf_get_double (keys->gguf, key, &number, error))
    return FALSE;
  if (!isfinite ((float) number) || (float) number <= 0) {
    g_set_error (error, LLM_ERROR, LLM_ERROR_MODEL, "%s: %s is %g, expected a number above 0",
                 nn_gguf_get_path (keys->gguf), key, number);
    return FALSE;
  }
  *value = (float) number;
  return TRUE;
}

/* Keys that change the forward pass in a way that is not implemented, unless they are zero. */
static gboolean
refuse_unsupported (const Keys *keys, GError **error)
{
  static const char *const names[] = {
    "attn_logit_softcapping", "final_logit_softcapping",  "logit_scale",        "residual_scale",
    "embedding_scale",        "attention.max_alibi_bias", "attention.clamp_kqv"
  };
  int n_experts = 0;

  if (!read_int (keys, "expert_count", FALSE, 0, &n_experts, error))
    return FALSE;
  if (n_experts != 0) {
    g_set_error (error, LLM_ERROR, LLM_ERROR_MODEL,
                 "%s: a mixture of %d experts, which is not supported",
                 nn_gguf_get_path (keys->gguf), n_experts);
    return FALSE;
  }
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *key = g_strconcat (keys->arch, ".", names[i], NULL);
    double number;

    if (!nn_gguf_has_key (keys->gguf, key))
      continue;
    if (!nn_gguf_get_double (keys->gguf, key, &number, error))
      return FALSE;
    if (number != 0) {
      g_set_error (error, LLM_ERROR, LLM_ERROR_MODEL, "%s: %s is %g, which is not supported",
                   nn_gguf_get_path (keys->gguf), key, number);
      return FALSE;
    }
  }
  return TRUE;
}

/* rope.scaling.type "none" and "linear"; Llama 3's scaling is a tensor and has no type. */
static gboolean
read_rope_scaling (const Keys *keys, float *scale, GError **error)
{
  g_autofree char *key = g_strconcat (keys->arch, ".rope.scaling.type", NULL);
  const char *type = "linear";
  float factor = 1;

  if (nn_gguf_has_key (keys->gguf, key)
      && (type = nn_gguf_get_string (keys->gguf, key, error)) == NULL)
    return FALSE;
  *scale = 1;
  if (strcmp (type, "none") == 0)
    return TRUE;
  if (strcmp (type, "linear") != 0) {
    g_set_error (error, LLM_ERROR, LLM_ERROR_MODEL, "%s: %s is “%s”, expected “none” or “linear”",
                 nn_gguf_get_path (keys->gguf), key, type);
    return FALSE;
  }
  if (!read_float (keys, "rope.scale_linear", FALSE, &factor, error)
      || !read_float (keys, "rope.scaling.factor", FALSE, &factor, error))
    return FALSE;
  *scale = 1 / factor;
  return TRUE;
}

static gboolean
read_rope (const Keys *keys, NnRopeLayout layout, LlmConfig *c, NnRope *rope, NnRope *rope_local,
           GError **error)
{
  int n_rot = c->head_dim;

  c->rope_base = c->arch == LLM_ARCH_GEMMA3 ? 1e6f : 1e4f;
  c->rope_base_local = 1e4f;
  if (!read_int (keys, "rope.dimension_count", FALSE, 2, &n_rot, error)
      || !read_float (keys, "rope.freq_base", FALSE, &c->rope_base, error)
      || !read_float (keys, "rope.freq_base_swa", FALSE, &c->rope_base_local, error)
      || !read_rope_scaling (keys, &c->rope_scale, error))
    return FALSE;
  if (n_rot > c->head_dim || n_rot % 2 != 0) {
    g_set_error (error, LLM_ERROR, LLM_ERROR_MODEL,
                 "%s: %s.rope.dimension_count is %d, expected an even number up to %d",
                 nn_gguf_get_path (keys->gguf), keys->arch, n_rot, c->head_dim);
    return FALSE;
  }
  *rope = (NnRope){ .layout = layout,
                    .head_dim = c->head_dim,
                    .n_rot = n_rot,
                    .base = c->rope_base,
                    .position_scale = c->rope_scale };
  *rope_local = *rope;
  rope_local->base = c->rope_base_local;
  rope_local->position_scale = 1;
  return TRUE;
}

static gboolean
read_attention (const Keys *keys, LlmConfig *c, GError **error)
{
  int value_length;

  if (!read_int (keys, "attention.head_count", TRUE, 1, &c->n_heads, error))
    return FALSE;
  c->n_kv_heads = c->n_heads;
  c->head_dim = c->n_embd / c->n_heads;
  if (!read_int (keys, "attention.head_count_kv", FALSE, 1, &c->n_kv_heads, error)
      || !read_int (keys, "attention.key_length", c->head_dim == 0, 2, &c->head_dim, error))
    return FALSE;
  value_length = c->head_dim;
  if (!read_int (keys, "attention.value_length", FALSE, 1, &value_length, error))
    return FALSE;
  if (c->n_heads % c->n_kv_heads != 0 || c->head_dim % 2 != 0 || value_length != c->head_dim
      || (int64_t) c->n_heads * c->head_dim > MAX_DIMENSION) {
    g_set_error (error, LLM_ERROR, LLM_ERROR_MODEL,
                 "%s: %d heads of %d over %d heads of keys and values of %d do not fit",
                 nn_gguf_get_path (keys->gguf), c->n_heads, c->head_dim, c->n_kv_heads,
                 value_length);
    return FALSE;
  }

  c->attention_scale = 1 / sqrtf ((float) c->head_dim);
  /* Gemma 3 27B, alone, scales by the width of a head as d / n_heads. */
  if (c->arch == LLM_ARCH_GEMMA3 && c->n_layers == 62)
    c->attention_scale = 1 / sqrtf ((float) c->n_embd / (float) c->n_heads);
  if (!read_float (keys, "attention.scale", FALSE, &c->attention_scale, error))
    return FALSE;

  if (c->arch != LLM_ARCH_GEMMA3)
    return TRUE;
  c->window_pattern = 6;
  return read_int (keys, "attention.sliding_window", FALSE, 0, &c->window, error)
         && read_int (keys, "attention.sliding_window_pattern", FALSE, 1, &c->window_pattern,
                      error);
}

gboolean
llm_config_read (const NnGguf *gguf, LlmConfig *config, NnRope *rope, NnRope *rope_local,
                 GError **error)
{
  LlmConfig c = { 0 };
  const char *name = nn_gguf_get_string (gguf, "general.architecture", error);
  NnRopeLayout layout = NN_ROPE_NEOX;
  gboolean known = FALSE;

  if (name == NULL)
    return FALSE;
  for (size_t i = 0; i < G_N_ELEMENTS (architectures); i++)
    if (strcmp (name, architectures[i].name) == 0) {
      c.arch = architectures[i].arch;
      layout = architectures[i].layout;
      known = TRUE;
    }
  if (!known) {
    g_set_error (error, LLM_ERROR, LLM_ERROR_UNKNOWN_ARCH,
                 "%s: the architecture “%s” is not supported (llama, qwen2, qwen3 and gemma3 are)",
                 nn_gguf_get_path (gguf), name);
    return FALSE;
  }

  const Keys keys = { gguf, name };
  if (!refuse_unsupported (&keys, error)
      || !read_int (&keys, "block_count", TRUE, 1, &c.n_layers, error)
      || !read_int (&keys, "context_length", TRUE, 2, &c.n_ctx_train, error)
      || !read_int (&keys, "embedding_length", TRUE, 1, &c.n_embd, error)
      || !read_int (&keys, "feed_forward_length", TRUE, 1, &c.n_ff, error)
      || !read_float (&keys, "attention.layer_norm_rms_epsilon", TRUE, &c.norm_eps, error)
      || !read_attention (&keys, &c, error)
      || !read_rope (&keys, layout, &c, rope, rope_local, error))
    return FALSE;
  *config = c;
  return TRUE;
}
