/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The plain dequantisers behind nn_dequantize_row(), one per type: n_blocks blocks at src, at any
 * alignment, to n_blocks times the block's number of values. Private to nn/.
 */

#pragma once

#include <stddef.h>

typedef void (*NnDequantize) (const void *src, float *dst, size_t n_blocks);

void nn_dequantize_q4_0 (const void *src, float *dst, size_t n_blocks);
void nn_dequantize_q4_1 (const void *src, float *dst, size_t n_blocks);
void nn_dequantize_q5_0 (const void *src, float *dst, size_t n_blocks);
void nn_dequantize_q5_1 (const void *src, float *dst, size_t n_blocks);
void nn_dequantize_q8_0 (const void *src, float *dst, size_t n_blocks);
void nn_dequantize_q2_k (const void *src, float *dst, size_t n_blocks);
void nn_dequantize_q3_k (const void *src, float *dst, size_t n_blocks);
void nn_dequantize_q4_k (const void *src, float *dst, size_t n_blocks);
void nn_dequantize_q5_k (const void *src, float *dst, size_t n_blocks);
void nn_dequantize_q6_k (const void *src, float *dst, size_t n_blocks);
void nn_dequantize_iq4_nl (const void *src, float *dst, size_t n_blocks);
void nn_dequantize_iq4_xs (const void *src, float *dst, size_t n_blocks);
