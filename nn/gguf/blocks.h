/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The blocks of the quantised types, byte for byte as they lie in a GGUF file.
 *
 * Every struct is packed, so a pointer into a mapped file may be cast to it at any alignment. `d`
 * and `m` are IEEE half precision scales and minima. Blocks of 32 values: w = d * q, or d * q + m.
 * Blocks of 256 (the K types) hold sub-blocks of 16 or 32 values whose small integer scales share
 * the block's d, and whose minima share dmin: w = d * scale * q - dmin * min. No glib here: the
 * kernels include this file. Source: the block layouts that ggml defines.
 */

#pragma once

#include <stdint.h>

#define NN_QK 32    /* values in a block of the plain types */
#define NN_QK_K 256 /* values in a block of the K types */

/* Nibbles of a plain block: byte j holds value j in its low half, value j + 16 in its high half. */
typedef struct __attribute__ ((packed)) {
  uint16_t d;
  uint8_t qs[NN_QK / 2]; /* w = d * (q - 8) */
} NnBlockQ40;

typedef struct __attribute__ ((packed)) {
  uint16_t d, m;
  uint8_t qs[NN_QK / 2]; /* w = d * q + m */
} NnBlockQ41;

typedef struct __attribute__ ((packed)) {
  uint16_t d;
  uint8_t qh[4];         /* bit j, little-endian: bit 4 of value j */
  uint8_t qs[NN_QK / 2]; /* w = d * (q - 16) */
} NnBlockQ50;

typedef struct __attribute__ ((packed)) {
  uint16_t d, m;
  uint8_t qh[4];
  uint8_t qs[NN_QK / 2]; /* w = d * q + m */
} NnBlockQ51;

typedef struct __attribute__ ((packed)) {
  uint16_t d;
  int8_t qs[NN_QK]; /* w = d * q */
} NnBlockQ80;

/* 16 sub-blocks of 16. Value 128 h + 32 s + l has bits 2s, 2s + 1 of qs[32 h + l]. */
typedef struct __attribute__ ((packed)) {
  uint8_t scales[NN_QK_K / 16]; /* low nibble: scale, high nibble: min */
  uint8_t qs[NN_QK_K / 4];
  uint16_t d, dmin;
} NnBlockQ2K;

/* 16 sub-blocks of 16, w = d * (scale - 32) * (q - 4). Low bits as in Q2_K; bit 2 of value 128 h +
 * 32 s + l is bit 4 h + s of hmask[l]. Scale i: low nibble in scales[i % 8] (low half for i < 8),
 * upper two bits at 2 * (i / 4) of scales[8 + i % 4]. */
typedef struct __attribute__ ((packed)) {
  uint8_t hmask[NN_QK_K / 8];
  uint8_t qs[NN_QK_K / 4];
  uint8_t scales[12];
  uint16_t d;
} NnBlockQ3K;

/* 8 sub-blocks of 32. Sub-blocks 2k and 2k + 1 are the low and high nibbles of qs[32 k ..]. Scales
 * and minima have 6 bits each, see nn_k4_scale_min(). */
typedef struct __attribute__ ((packed)) {
  uint16_t d, dmin;
  uint8_t scales[12];
  uint8_t qs[NN_QK_K / 2];
} NnBlockQ4K;

/* As Q4_K; bit 4 of value l of sub-block s is bit s of qh[l]. */
typedef struct __attribute__ ((packed)) {
  uint16_t d, dmin;
  uint8_t scales[12];
  uint8_t qh[NN_QK_K / 8];
  uint8_t qs[NN_QK_K / 2];
} NnBlockQ5K;

/* 16 sub-blocks of 16, w = d * scale * (q - 32). Value 128 h + 32 s + l: low nibble in ql[64 h + 32
 * (s % 2) + l] (low half for s < 2), upper two bits at 2 s of qh[32 h + l]. */
typedef struct __attribute__ ((packed)) {
  uint8_t ql[NN_QK_K / 2];
  uint8_t qh[NN_QK_K / 4];
  int8_t scales[NN_QK_K / 16];
  uint16_t d;
} NnBlockQ6K;

typedef struct __attribute__ ((packed)) {
  uint16_t d;
  uint8_t qs[NN_QK / 2]; /* w = d * nn_iq4_values[q] */
} NnBlockIq4Nl;

/* 8 sub-blocks of 32, w = d * (scale - 32) * nn_iq4_values[q]; nibbles as in a plain block. Scale
 * i: low nibble in scales_l[i / 2] (low half for even i), upper two bits at 2 i of scales_h. */
typedef struct __attribute__ ((packed)) {
  uint16_t d;
  uint16_t scales_h;
  uint8_t scales_l[NN_QK_K / 64];
  uint8_t qs[NN_QK_K / 2];
} NnBlockIq4Xs;

_Static_assert(sizeof (NnBlockQ40) == 18, "Q4_0");
_Static_assert(sizeof (NnBlockQ41) == 20, "Q4_1");
_Static_assert(sizeof (NnBlockQ50) == 22, "Q5_0");
_Static_assert(sizeof (NnBlockQ51) == 24, "Q5_1");
_Static_assert(sizeof (NnBlockQ80) == 34, "Q8_0");
_Static_assert(sizeof (NnBlockQ2K) == 84, "Q2_K");
_Static_assert(sizeof (NnBlockQ3K) == 110, "Q3_K");
_Static_assert(sizeof (NnBlockQ4K) == 144, "Q4_K");
_Static_assert(sizeof (NnBlockQ5K) == 176, "Q5_K");
_Static_assert(sizeof (NnBlockQ6K) == 210, "Q6_K");
_Static_assert(sizeof (NnBlockIq4Nl) == 18, "IQ4_NL");
_Static_assert(sizeof (NnBlockIq4Xs) == 136, "IQ4_XS");

/* The 16 levels of the IQ4 types, finer around zero. */
extern const int8_t nn_iq4_values[16];

/* Scale and min of sub-block i (0..7) of Q4_K and Q5_K, 0..63 each. The first four of each have the
 * low six bits of a byte to themselves; of the last four, the low nibbles lie in scales[8..11] and
 * the upper two bits on top of the first eight bytes. */
static inline void
nn_k4_scale_min (const uint8_t scales[12], int i, uint8_t *scale, uint8_t *min)
{
  if (i < 4) {
    *scale = scales[i] & 63;
    *min = scales[i + 4] & 63;
  } else {
    *scale = (uint8_t) ((scales[i + 4] & 15) | ((scales[i - 4] >> 6) << 4));
    *min = (uint8_t) ((scales[i + 4] >> 4) | ((scales[i] >> 6) << 4));
  }
}

/* Scale of sub-block i (0..15) of Q3_K, -32..31. */
static inline int
nn_q3k_scale (const uint8_t scales[12], int i)
{
  int low = i < 8 ? scales[i] & 15 : scales[i - 8] >> 4;
  int high = (scales[8 + i % 4] >> (2 * (i / 4))) & 3;

  return (low | (high << 4)) - 32;
}

/* Scale of sub-block i (0..7) of IQ4_XS, -32..31. */
static inline int
nn_iq4xs_scale (const NnBlockIq4Xs *block, int i)
{
  int low = (block->scales_l[i / 2] >> (4 * (i % 2))) & 15;
  int high = (block->scales_h >> (2 * i)) & 3;

  return (low | (high << 4)) - 32;
}
