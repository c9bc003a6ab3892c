/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Qwen3 [Yang et al. 2025]: no biases; each head of q and k is normalised before it is turned. */

#include "llm/decoder/decoder.h"

gboolean
llm_decoder_qwen3 (const LlmModel *model, NnContext *context, LlmState *s, const LlmBatch *batch)
{
  const LlmConfig *c = &model->config;
  const int d = c->n_embd;
  const int d_q = c->n_heads * c->head_dim;
  const int d_kv = c->n_kv_heads * c->head_dim;
  const int d_qkv = d_q + 2 * d_kv;
  const NnAttention attention = { .n_heads = c->n_heads,
                                  .head_dim = c->head_dim,
                                  .scale = c->attention_scale };
  int n = batch->n_rows;
  float *x = s->x; /* [n, d] */

  for (int r = 0; r < n; r++)
    s->positions[r] = batch->first + r;

  for (int i = 0; i < c->n_layers; i++) {
    const LlmLayer *l = &model->layers[i];

    if (nn_context_is_cancelled (context))
      return FALSE;

    /* Attention: norm [n, d] -> q [n, d_q], k and v [n, d_kv]; each
     * head of q and k is normalised, then turned, in place. */
    nn_rms_norm (context, x, l->attn_norm, c->norm_eps, n, d, s->norm);
    nn_linear_forward (l->qkv, context, s->norm, n, d, s->qkv, d_qkv);
    for (int r = 0; r < n; r++) {
      float *q = s->qkv + (size_t) r * d_qkv;

      nn_rms_norm (context, q, l->q_norm, c->norm_eps, c->n_heads, c->head_dim, q);
      nn_rms_norm (context, q + d_q, l->k_norm, c->norm_eps, c->n_kv_heads, c->head_dim, q + d_q);
    }
    nn_rope (context, &model->rope, s->qkv, n, d_qkv, c->n_heads + c->n_kv_heads, s->positions);
    nn_kv_cache_store (batch->cache, i, batch->first, n, s->qkv + d_q, s->qkv + d_q + d_kv, d_qkv);

    /* Past the last layer's keys and values only the rows with logits matter. */
    const int skip = i == c->n_layers - 1 ? n - batch->n_logits : 0;

    n -= skip;
    if (n == 0)
      return TRUE;
    x += (size_t) skip * d;

    /* [n, d_q] -> [n, d], added to the residual stream. */
    nn_attention_cached (context, &attention, batch->cache, i, s->qkv + (size_t) skip * d_qkv, n,
                         d_qkv, batch->first + skip, s->attn);
    nn_linear_forward_add (l->o, context, s->attn, n, d_q, x, d);

    /* SwiGLU: [n, d] -> gate and up [n, n_ff] each -> [n, n_ff] -> [n, d]. */
    nn_rms_norm (context, x, l->ffn_norm, c->norm_eps, n, d, s->norm);
    nn_linear_forward_silu_mul (l->gate_up, context, s->norm, n, s->gate_up, s->ff);
    nn_linear_forward_add (l->down, context, s->ff, n, c->n_ff, x, d);

    if (s->hook != NULL)
      s->hook (i, x, n, s->hook_data);
  }

  /* [n_logits, d] -> [n_logits, n_vocab]. */
  nn_rms_norm (context, x, model->output_norm, c->norm_eps, n, d, s->norm);
  if (s->hook != NULL)
    s->hook (c->n_layers, s->norm, n, s->hook_data);
  nn_linear_forward (model->output, context, s->norm, n, d, batch->logits, c->n_vocab);
  return TRUE;
}
