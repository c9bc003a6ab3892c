/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A linear layer: y = W x + b for one or many columns x, the operation that takes nearly all the
 * time.
 *
 * At load the weight is repacked once into tiles that the kernels of this CPU read in order; the
 * file's own pages are then released. Several weights with the same input (q, k and v; gate and up)
 * are fused into one layer whose outputs follow each other. Activations are quantised once per call
 * for the integer types. The layer is immutable after creation; any number of sessions may share
 * it.
 *
 *   NnLinear *qkv = nn_linear_new (context, gguf, tensors, 3, biases, &error);
 *   nn_linear_forward (qkv, context, x, n_tokens, d, y, d_qkv);
 *
 * Results do not depend on the number of threads, and a row's result does not depend on n_tokens
 * beyond rounding in the last bits; but where the kernels have an NnWiden, products of 32 tokens
 * or more round weights to 8 bits of their block's range, as finely as activations are.
 */

#pragma once

#include "nn/gguf/gguf.h"
#include "nn/ops/context.h"

G_BEGIN_DECLS

typedef struct _NnLinear NnLinear;

/* weights: n_weights tensors of dims { n_in, n_out_i }, same n_in, each of any type; biases: NULL,
 * or n_weights pointers, each NULL or a tensor of dims { n_out_i }. (transfer full). `gguf` may be
 * NULL (tests); else the weights' mapped pages are released after repacking. Errors:
 * NN_ERROR_SHAPE, NN_ERROR_UNSUPPORTED, NN_ERROR_MEMORY; NN_ERROR_CANCELLED if context->cancel is
 * set. */
NnLinear *nn_linear_new (NnContext *context, const NnGguf *gguf, const NnTensor *const *weights,
                         int n_weights, const NnTensor *const *biases, GError **error);
/* The same of one floating weight, rounded to 8 bits with a scale per 32 values as Q8_0 has it: for
 * one token half the bytes of F16 are read. As nn_linear_new() where the kernels have no lanes
 * (nn/ops/lanes.h) or rows are no multiple of 32. */
NnLinear *nn_linear_new_rounded (NnContext *context, const NnGguf *gguf, const NnTensor *weight,
                                 const NnTensor *bias, GError **error);
void nn_linear_free (NnLinear *linear);
int nn_linear_get_n_in (const NnLinear *linear);
int nn_linear_get_n_out (const NnLinear *linear); /* of all fused weights together */
size_t nn_linear_get_n_bytes (const NnLinear *linear);

/* x: n_tokens rows of n_in floats, x_stride floats apart; y: n_tokens rows of n_out floats,
 * y_stride apart. y is overwritten. x and y do not overlap. */
void nn_linear_forward (const NnLinear *linear, NnContext *context, const float *x, int n_tokens,
                        size_t x_stride, float *y, size_t y_stride);
/* The same, but adds to y: residual connections. */
void nn_linear_forward_add (const NnLinear *linear, NnContext *context, const float *x,
                            int n_tokens, size_t x_stride, float *y, size_t y_stride);
/* Of a layer of two fused weights with equally many outputs, gate and up: y = silu (gate) * up
 * (SwiGLU; Shazeer 2020, "GLU variants improve transformer"), n_tokens rows of half of n_out
 * floats, as nn_silu_mul() after nn_linear_forward() to the bit. x: rows of n_in floats without
 * gaps. both: scratch for n_tokens rows of n_out floats; with many tokens it is not touched. */
void nn_linear_forward_silu_mul (const NnLinear *linear, NnContext *context, const float *x,
                                 int n_tokens, float *both, float *y);

/* Row `index` of the weight, dequantised to n_in floats: the embedding of a token where embedding
 * and output are one tensor. */
void nn_linear_get_row (const NnLinear *linear, int index, float *row);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (NnLinear, nn_linear_free)

G_END_DECLS
