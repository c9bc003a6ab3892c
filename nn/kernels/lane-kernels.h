/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The kernels behind nn/ops/lanes.h, one table per instruction set that has them. All take the
 * first n_tiles * 16 lanes of blocks of 48. Pure functions, no glib.
 */

#pragma once

#include "nn/kernels/kernels.h"

enum {
  NN_LANES = 48,      /* rows of a block */
  NN_LANE_TILE = 16,  /* of a register */
  NN_LANE_GROUP = 8,  /* outputs of a product at once */
  NN_LANE_CHUNK = 128 /* keys between two looks at the maximum */
};

/* "Pairs" hold two values of bfloat16 in a word, the lower one first, "quads" four bytes. An
 * operand of a product: words [n_in / 2 or / 4][48]; a weight: groups of 8 outputs, words [n_in / 2
 * or / 4][8]. */
typedef enum { NN_LANE_PAIRS, NN_LANE_QUADS } NnLaneFormat;

/* Quads: row l of the operand stands for scales[l] * (code - zeros[l]), codes 0 .. 255; output j of
 * the weight for scales[j] * code, codes -127 .. 127, and sums[j] is the sum of its codes. */
typedef struct {
  NnLaneFormat format;
  int n_in;
  int n_out;
  const uint32_t *words;
  const float *bias;   /* [n_out] */
  const float *scales; /* quads: [n_out] */
  const int32_t *sums; /* quads: [n_out] */
} NnLaneWeight;

/* What the attention of one block works with. */
typedef struct {
  float scores[NN_LANE_CHUNK][NN_LANES];
  uint32_t pairs[NN_LANE_CHUNK / 2][NN_LANES]; /* probabilities */
  float part[NN_LANE_GROUP][NN_LANES];
  float highest[NN_LANES];
  float total[NN_LANES];
  float factor[NN_LANES];
} NnLaneScratch;

typedef struct {
  void (*widen) (const uint16_t *halves, size_t n, float *x); /* half precision to float */
  /* n_rows rows of `width` values to lanes and back; lanes past n_rows in the last tile are 0. */
  void (*load) (const float *x, size_t x_stride, int n_rows, int width, float *lanes);
  void (*store) (const float *lanes, int n_rows, int width, float *y, size_t y_stride);
  /* As NnRowKernels.layer_norm, of each lane. */
  void (*layer_norm) (const float *lanes, const float *weight, const float *bias, float eps,
                      int n_tiles, int width, float *out);
  /* Operands of a product; zeros and scales: [48]. */
  void (*to_pairs) (const float *lanes, float factor, int n_tiles, int width, uint32_t *pairs);
  void (*to_quads) (const float *lanes, int n_tiles, int width, uint32_t *quads, float *scales,
                    int32_t *zeros);
  /* out [n_out][48]; scales and zeros: of the operand's rows, for quads. */
  void (*multiply) (const NnLaneWeight *weight, const uint32_t *operand, const float *scales,
                    const int32_t *zeros, int n_tiles, bool add, float *out);
  /* Lanes as the outputs of a weight over their values, [2 n_tiles][width / 2 or / 4][8]: the rows
   * of a matrix, with scales and sums for each lane, and the keys of a head. */
  void (*pack_pairs) (const float *lanes, int n_tiles, int width, uint32_t *words);
  void (*pack_quads) (const float *lanes, int n_tiles, int width, uint32_t *words, float *scales,
                      int32_t *sums);
  /* One tile of lanes as a tile of NN_PACK_U8, offset by 128, with a scale per 32 values: codes
   * [width / 4][16][4], scales [width / 32][16] in half precision. */
  void (*pack_codes) (const float *lanes, int width, uint8_t *codes, uint16_t *scales);
  /* One head's values as a weight over keys: dimensions 8 g .. at g * group_words, [8 n_tiles][8]
   * words. */
  void (*pack_values) (const float *lanes, int n_tiles, int head_dim, size_t group_words,
                       uint32_t *values);
  /* One head: out [head_dim][48] = softmax over keys of 2^(q . k), times values. */
  void (*attend) (const uint32_t *q, const uint32_t *keys, const uint32_t *values,
                  size_t group_words, int n_keys, int head_dim, int n_tiles, NnLaneScratch *scratch,
                  float *out);
} NnLaneKernels;

/* Those that go with a table: the reference has them, and AVX-512 on a CPU that also has BF16; NULL
 * elsewhere. */
const NnLaneKernels *nn_lane_kernels_choose (const NnKernels *kernels);

extern const NnLaneKernels nn_lane_kernels_reference;
#ifdef __x86_64__
extern const NnLaneKernels nn_lane_kernels_avx512_bf16;
#endif
