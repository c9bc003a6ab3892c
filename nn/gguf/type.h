/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The storage types of GGUF tensors.
 *
 * A row of a quantised tensor is a run of blocks: `block_values` consecutive values share
 * `block_bytes` bytes (scales, minima and packed codes). A row's length is a multiple of
 * block_values. The codes of the enum are those of the file format, so a file's number is the
 * enum's value. Source: the GGUF specification and the block layouts that ggml defines.
 *
 *   const NnTypeInfo *info = nn_type_info (tensor->type);
 *   nn_dequantize_row (tensor->type, row_bytes, values, n_values);
 */

#pragma once

#include <stddef.h>
#include <stdint.h>

typedef enum {
  NN_TYPE_F32 = 0,
  NN_TYPE_F16 = 1,
  NN_TYPE_Q4_0 = 2,
  NN_TYPE_Q4_1 = 3,
  NN_TYPE_Q5_0 = 6,
  NN_TYPE_Q5_1 = 7,
  NN_TYPE_Q8_0 = 8,
  NN_TYPE_Q2_K = 10,
  NN_TYPE_Q3_K = 11,
  NN_TYPE_Q4_K = 12,
  NN_TYPE_Q5_K = 13,
  NN_TYPE_Q6_K = 14,
  NN_TYPE_IQ4_NL = 20,
  NN_TYPE_IQ4_XS = 23,
  NN_TYPE_I8 = 24,
  NN_TYPE_I16 = 25,
  NN_TYPE_I32 = 26,
  NN_TYPE_BF16 = 30
} NnType;

typedef struct {
  const char *name; /* "Q4_K" */
  int block_values; /* values in a block: 1, 32 or 256 */
  int block_bytes;  /* bytes of a block */
} NnTypeInfo;

/* NULL for a code that is not of the list above. */
const NnTypeInfo *nn_type_info (uint32_t type);

/* Bytes of a row of n_values; n_values must be a multiple of block_values. */
size_t nn_type_row_bytes (NnType type, size_t n_values);

/* src: n_values of `type`, unaligned is fine; dst: n_values floats. The plain reference that every
 * faster kernel is compared with. Floating types and quantised types only, not I8..I32. */
void nn_dequantize_row (NnType type, const void *src, float *dst, size_t n_values);

/* IEEE half precision and bfloat16, round to nearest even. */
float nn_f16_to_f32 (uint16_t half);
uint16_t nn_f16_from_f32 (float value);
float nn_bf16_to_f32 (uint16_t value);
uint16_t nn_bf16_from_f32 (float value);
