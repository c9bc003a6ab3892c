/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The parts of a transformer's encoder in reduced precision, many positions at once.
 *
 * A block is up to 48 rows (positions) side by side: value i of all of them stands in three vector
 * registers, [width][48]. So a norm, a softmax or a scale per row needs no sums across lanes, what
 * a product gives is laid out as the next one reads it, and a weight is broadcast to all rows of
 * the block. Operands of products are bfloat16 or 8-bit integers with a scale per row; sums are of
 * 32 bits.
 *
 * Everything after loading is the work of one thread on one block: the caller hands blocks to its
 * threads, and a block needs others only where it attends to them. Rows do not depend on each
 * other, so results depend neither on threads nor on how rows are cut into blocks. The functions
 * take the kernels, nn_lane_kernels_choose(), which not every CPU has.
 */

#pragma once

#include "nn/gguf/gguf.h"
#include "nn/kernels/lane-kernels.h"
#include "nn/ops/context.h"

G_BEGIN_DECLS

/* Rows first .. of a matrix of F32, F16 or BF16 as lanes [n_in][48]. rows: scratch, n_rows of them.
 */
void nn_lanes_read_rows (const NnLaneKernels *kernels, const NnTensor *tensor, int first,
                         int n_rows, float *rows, float *lanes);

/* y = W x + b. Immutable. */
typedef struct _NnLaneLinear NnLaneLinear;

/* weight: F32, F16 or BF16, [n_out, n_in] with n_out a multiple of 8 and n_in of 4; bias: NULL, or
 * [n_out]. n_taps: 1, or the width of a convolution: then a row of the file is [channel][tap] and
 * is packed as [tap][channel], as the inputs of a position follow each other. (transfer full).
 * `gguf` and errors as nn_linear_new(). */
NnLaneLinear *nn_lane_linear_new (NnContext *context, const NnGguf *gguf, const NnTensor *weight,
                                  const NnTensor *bias, int n_taps, NnLaneFormat format,
                                  GError **error);
void nn_lane_linear_free (NnLaneLinear *linear);

/* Words of the operand of a product, for `width` values of a block. */
size_t nn_lane_operand_words (int width);
/* The operand that this layer reads, from lanes [n_in][48]. */
void nn_lane_linear_round (const NnLaneLinear *linear, const NnLaneKernels *kernels,
                           const float *lanes, int n_rows, uint32_t *operand);
/* lanes [n_out][48] = the product, or += with `add`. */
void nn_lane_linear_forward (const NnLaneLinear *linear, const NnLaneKernels *kernels,
                             const uint32_t *operand, int n_rows, bool add, float *lanes);

/* Queries, keys and values of all positions, in bfloat16. The memory is the caller's: words, as
 * many as nn_lane_heads_words() says, aligned to 64. */
typedef struct {
  int n_heads;
  int head_dim; /* a multiple of 8 */
  int n_rows;   /* positions */
  float scale;  /* of the scores */
  uint32_t *words;
} NnLaneHeads;

size_t nn_lane_heads_words (const NnLaneHeads *heads);
/* Queries, keys and values of a block: lanes [3 n_heads head_dim][48]. */
void nn_lane_heads_store (const NnLaneHeads *heads, const NnLaneKernels *kernels, int block,
                          const float *lanes);
/* The attention of a block's rows to all positions, lanes [n_heads head_dim][48]. */
void nn_lane_heads_attend (const NnLaneHeads *heads, const NnLaneKernels *kernels, int block,
                           NnLaneScratch *scratch, float *lanes);

/* Blocks of so many rows, and the rows of one. */
static inline int
nn_lane_count_blocks (int n_rows)
{
  return (n_rows + NN_LANES - 1) / NN_LANES;
}

static inline int
nn_lane_block_rows (int n_rows, int block)
{
  return MIN (NN_LANES, n_rows - block * NN_LANES);
}

static inline int
nn_lane_count_tiles (int n_rows)
{
  return (n_rows + NN_LANE_TILE - 1) / NN_LANE_TILE;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (NnLaneLinear, nn_lane_linear_free)

G_END_DECLS
