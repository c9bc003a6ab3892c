/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Inside llm/: the weights of a decoder, the scratch of a forward pass, and the pass itself.
 *
 * Weights are immutable and shared; scratch (LlmState) and the KV cache belong to one session. A
 * pass takes a batch of consecutive positions, whether that is a chunk of a prompt or the one token
 * just drawn, through the same code. It cannot fail, only be cancelled: every shape was checked
 * when the model was loaded. llm/decoder/MODEL.md has the equations.
 *
 *   llm_model_get_embedding (model, id, llm_state_row (state, 0));
 *   llm_model_scale_embedding (model, llm_state_row (state, 0));
 *   llm_decoder_forward (model, context, state, &(LlmBatch){ cache, first, 1, 1, logits });
 */

#pragma once

#include "llm/decoder/model.h"
#include "nn/ops/kv-cache.h"
#include "nn/ops/linear.h"
#include "nn/ops/ops.h"

G_BEGIN_DECLS

/* One block. A pointer is NULL where the architecture has no such weight. d = n_embd,
 * d_q = n_heads * head_dim, d_kv = n_kv_heads * head_dim. */
typedef struct {
  float *attn_norm;      /* [d] */
  NnLinear *qkv;         /* d -> [d_q | d_kv | d_kv], with biases where the file has them */
  float *q_norm;         /* [head_dim]: qwen3, gemma3 */
  float *k_norm;         /* [head_dim] */
  NnLinear *o;           /* d_q -> d */
  float *post_attn_norm; /* [d]: gemma3 */
  float *ffn_norm;       /* [d] */
  NnLinear *gate_up;     /* d -> [n_ff | n_ff] */
  NnLinear *down;        /* n_ff -> d */
  float *post_ffn_norm;  /* [d]: gemma3 */
} LlmLayer;

/* Scratch for max_rows positions at a time. */
typedef struct {
  int max_rows;
  int n_embd;
  float *x;       /* [max_rows, d]: the residual stream; the caller writes the embeddings here */
  float *norm;    /* [max_rows, d] */
  float *qkv;     /* [max_rows, d_q + 2 d_kv] */
  float *attn;    /* [max_rows, d_q] */
  float *gate_up; /* [max_rows, 2 n_ff] */
  float *ff;      /* [max_rows, n_ff] */
  int *positions; /* [max_rows] */
  /* NULL, or called with the residual stream after each layer (layer 0 .. n_layers - 1) and after
   * the final norm (layer n_layers); goldens. Rows are those that the pass still carries. */
  void (*hook) (int layer, const float *x, int n_rows, gpointer data);
  gpointer hook_data;
} LlmState;

typedef struct {
  NnKvCache *cache; /* holds positions 0 .. first - 1, and after the pass those of the batch too */
  int first;        /* position of row 0 */
  int n_rows;       /* 1 .. max_rows; rows are in state->x and are overwritten */
  int n_logits;     /* the last 0 .. n_rows rows get logits */
  float *logits;    /* [n_logits, n_vocab] */
} LlmBatch;

/* FALSE if context->cancel was set; positions of the batch are then not complete in the cache. */
typedef gboolean (*LlmForward) (const LlmModel *model, NnContext *context, LlmState *state,
                                const LlmBatch *batch);

struct _LlmModel {
  gatomicrefcount ref_count;
  LlmConfig config;
  char *name;
  NnGguf *gguf; /* keeps the mapping of the embedding table */
  LlmTokenizer *tokenizer;
  LlmChatFamily chat_family;
  LlmForward forward;
  NnRope rope;           /* of every layer; gemma3: of the global layers */
  NnRope rope_local;     /* gemma3: of the layers with a window */
  float *rope_factors;   /* [n_rot / 2] or NULL: Llama 3 scaling */
  const NnTensor *embed; /* [n_vocab, d] in the mapping; rows are dequantised on demand */
  float embed_scale;     /* gemma3: sqrt (d), else 1 */
  LlmLayer *layers;      /* [n_layers] */
  float *output_norm;    /* [d] */
  NnLinear *output;      /* d -> n_vocab; the embedding table where the two are tied */
};

/* Of the keys and values that a pass leaves in the cache: raised with every change of what they are
 * (rounding, rotation, order of heads), since they are kept in files (llm/session/prefix.h). */
enum { LLM_DECODER_KEPT = 1 };

/* Of llama and of qwen2. */
gboolean llm_decoder_llama (const LlmModel *model, NnContext *context, LlmState *state,
                            const LlmBatch *batch);
gboolean llm_decoder_qwen3 (const LlmModel *model, NnContext *context, LlmState *state,
                            const LlmBatch *batch);
gboolean llm_decoder_gemma3 (const LlmModel *model, NnContext *context, LlmState *state,
                             const LlmBatch *batch);

/* Reads and checks the hyperparameters of `gguf`, all but n_vocab. The rotary embedding goes into
 * `rope` and `rope_local`. LLM_ERROR_UNKNOWN_ARCH, LLM_ERROR_MODEL, NN_ERROR_*. */
gboolean llm_config_read (const NnGguf *gguf, LlmConfig *config, NnRope *rope, NnRope *rope_local,
                          GError **error);

/* (transfer full); NULL with NN_ERROR_MEMORY. */
LlmState *llm_state_new (const LlmConfig *config, int max_rows, GError **error);
void llm_state_free (LlmState *state);

static inline float *
llm_state_row (const LlmState *state, int row)
{
  return state->x + (size_t) row * (size_t) state->n_embd;
}

/* Turns a row of the embedding table into what enters the first layer, in place. */
void llm_model_scale_embedding (const LlmModel *model, float *row);

static inline gboolean
llm_decoder_forward (const LlmModel *model, NnContext *context, LlmState *state,
                     const LlmBatch *batch)
{
  return model->forward (model, context, state, batch);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlmState, llm_state_free)

G_END_DECLS
