/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The operations between the linear layers, on row-major float matrices [n_rows, width].
 *
 * Each is one call with one dispatch to the pool where that pays. None allocates. Rows are
 * independent, so results do not depend on the number of threads or on how rows are batched.
 */

#pragma once

#include "nn/ops/context.h"
#include "nn/ops/kv-cache.h"

/* y = x / sqrt (mean (x^2) + eps) * (weight + weight_offset). weight_offset is 0 (a GGUF of gemma
 * already holds weight + 1). x and y may be the same. [Zhang & Sennrich 2019] */
void nn_rms_norm (NnContext *context, const float *x, const float *weight, float eps, int n_rows,
                  int width, float *y);
/* y = (x - mean) / sqrt (var + eps) * weight + bias. x and y may be the same. [Ba et al. 2016] */
void nn_layer_norm (NnContext *context, const float *x, const float *weight, const float *bias,
                    float eps, int n_rows, int width, float *y);

/* Gated units on rows [gate | up] of 2 * width: y[i] = f (gate[i]) * up[i]; y rows are `width`
 * apart. */
void nn_silu_mul (NnContext *context, const float *gate_up, int n_rows, int width, float *y);
void nn_gelu_tanh_mul (NnContext *context, const float *gate_up, int n_rows, int width, float *y);
/* In place, the exact form with erf, as Whisper has it. */
void nn_gelu_erf (NnContext *context, float *x, int n_rows, int width);
/* In place, the approximation with tanh, as ALBERT has it. [Hendrycks & Gimpel 2016] */
void nn_gelu_tanh (NnContext *context, float *x, int n_rows, int width);
void nn_add (NnContext *context, float *x, const float *y, size_t n); /* x += y */
void nn_softmax (float *x, int n);                                    /* in place, one row */

/* Rotary embedding [Su et al. 2021], in place. x: n_rows rows, row_stride floats apart, each
 * holding n_heads heads of head_dim. Row r is at position positions[r]. */
typedef enum {
  NN_ROPE_NEOX, /* pairs (i, i + head_dim / 2): qwen2, qwen3, gemma */
  NN_ROPE_NORM  /* pairs (2i, 2i + 1): llama as GGUF stores it (rows of q and k permuted) */
} NnRopeLayout;

typedef struct {
  NnRopeLayout layout;
  int head_dim;
  int n_rot;                 /* rotated part of each head; head_dim as a rule */
  float base;                /* 10000, 1e6, ... */
  float position_scale;      /* positions are multiplied by this; 1 as a rule */
  const float *freq_factors; /* NULL, or n_rot / 2 divisors of the frequencies (Llama 3 scaling) */
} NnRope;

void nn_rope (NnContext *context, const NnRope *rope, float *x, int n_rows, size_t row_stride,
              int n_heads, const int *positions);

/* Causal attention of the last n_rows positions over one layer of a cache that already holds them.
 * q: n_rows rows, q_stride apart, n_heads heads of head_dim; row r is at position first + r and
 * sees positions 0 .. first + r, or with window > 0 only the last `window` of them. With n_keys > 0
 * every row sees the first n_keys positions instead (a decoder's attention to an encoder). Queries
 * are multiplied by `scale`. out: [n_rows, n_heads * head_dim]. Head h reads key head h *
 * n_kv_heads / n_heads. */
typedef struct {
  int n_heads;
  int head_dim;
  float scale;
  int window;          /* 0: none */
  float logit_softcap; /* 0: none; else cap * tanh (logit / cap) */
  int n_keys;          /* 0: causal; nn_attention_full() has its own */
} NnAttention;

void nn_attention_cached (NnContext *context, const NnAttention *attention, const NnKvCache *cache,
                          int layer, const float *q, int n_rows, size_t q_stride, int first,
                          float *out);

/* Full attention without a mask over float keys and values [n_keys, n_heads * head_dim], kv_stride
 * floats apart: encoders, and a decoder's cross-attention. If `weights` is not NULL it takes the
 * attention probabilities, [n_heads, n_rows, n_keys]. */
void nn_attention_full (NnContext *context, const NnAttention *attention, const float *q,
                        int n_rows, size_t q_stride, const float *k, const float *v, int n_keys,
                        size_t kv_stride, float *out, float *weights);
