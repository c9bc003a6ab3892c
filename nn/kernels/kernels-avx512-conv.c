/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Convolutions of 8-bit codes with AVX-512 and VNNI. The sums of 6 steps by 64 outputs are 24
 * registers: a step of four channels loads 4 registers of weights and 6 broadcasts for 24 products.
 * A tap's weights of 64 outputs stay in the first cache for all steps of a block. */

#include "nn/kernels/kernels-avx512.h"

#include <immintrin.h>
#include <math.h>
#include <string.h>

enum { LANES = 16, VECTORS = NN_CONV_OUT / LANES, STEPS = NN_CONV_STEP };

typedef enum { AS_IS, LEAKY, SNAKE } Activation;

/* sin^2 has the period pi. Within half of one it is a polynomial of the square, least-worst fitted:
 * within 5e-7, far below a step of the codes. */
ALWAYS_INLINE __m512
snake (__m512 x, __m512 alpha, __m512 inverse)
{
  __m512 angle = _mm512_mul_ps (x, alpha);
  __m512 turns = _mm512_roundscale_ps (_mm512_mul_ps (angle, _mm512_set1_ps (0.318309886183791f)),
                                       _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  __m512 r = _mm512_fnmadd_ps (turns, _mm512_set1_ps (3.140625f), angle);
  r = _mm512_fnmadd_ps (turns, _mm512_set1_ps (9.67653589793e-4f), r);
  __m512 q = _mm512_mul_ps (r, r);
  __m512 p = _mm512_set1_ps (1.12988259e-4f);
  p = _mm512_fmadd_ps (p, q, _mm512_set1_ps (-3.10123672e-3f));
  p = _mm512_fmadd_ps (p, q, _mm512_set1_ps (0.0443560308f));
  p = _mm512_fmadd_ps (p, q, _mm512_set1_ps (-0.333286533f));
  p = _mm512_fmadd_ps (p, q, _mm512_set1_ps (0.999991933f));
  return _mm512_fmadd_ps (_mm512_mul_ps (p, q), inverse, x);
}

ALWAYS_INLINE void
fill_row (const NnChannels *channels, const float *x, int n, int width, uint8_t *codes,
          float *scale, float *least, const int has_factor, const Activation activation)
{
  float active[NN_CONV_MAX_WIDTH];
  __m512 low = _mm512_set1_ps (INFINITY), high = _mm512_set1_ps (-INFINITY);

  for (int i = 0; i < n; i += LANES) {
    __mmask16 mask = n - i >= LANES ? 0xffff : (__mmask16) ((1u << (n - i)) - 1);
    __m512 v = _mm512_maskz_loadu_ps (mask, x + i);

    if (has_factor)
      v = _mm512_fmadd_ps (v, _mm512_maskz_loadu_ps (mask, channels->factor + i),
                           _mm512_maskz_loadu_ps (mask, channels->addend + i));
    if (activation == SNAKE)
      v = snake (v, _mm512_maskz_loadu_ps (mask, channels->alpha + i),
                 _mm512_maskz_loadu_ps (mask, channels->inverse_alpha + i));
    else if (activation == LEAKY)
      v = _mm512_mask_mul_ps (v, _mm512_cmp_ps_mask (v, _mm512_setzero_ps (), _CMP_LT_OQ), v,
                              _mm512_set1_ps (channels->slope));
    low = _mm512_mask_min_ps (low, mask, low, v);
    high = _mm512_mask_max_ps (high, mask, high, v);
    _mm512_storeu_ps (active + i, v);
  }

  float lowest = _mm512_reduce_min_ps (low), range = _mm512_reduce_max_ps (high) - lowest;
  __m512 inverse = _mm512_set1_ps (range > 0.0f ? 255.0f / range : 0.0f);
  __m512 begin = _mm512_set1_ps (lowest);

  *scale = range / 255.0f;
  *least = lowest;
  for (int i = 0; i < width; i += LANES) {
    __m512 v = _mm512_mul_ps (_mm512_sub_ps (_mm512_loadu_ps (active + i), begin), inverse);
    __m128i bytes = _mm512_cvtusepi32_epi8 (_mm512_cvtps_epi32 (v));
    if (i + LANES > n)
      bytes = _mm_maskz_mov_epi8 (i >= n ? 0 : (__mmask16) ((1u << (n - i)) - 1), bytes);
    _mm_storeu_si128 ((__m128i *) (codes + i), bytes);
  }
}

static void
fill (const NnChannels *channels, const float *x, int n, int width, uint8_t *codes, float *scale,
      float *least)
{
  if (channels->factor != NULL && channels->alpha != NULL)
    fill_row (channels, x, n, width, codes, scale, least, 1, SNAKE);
  else if (channels->factor != NULL)
    fill_row (channels, x, n, width, codes, scale, least, 1, LEAKY);
  else if (channels->alpha != NULL)
    fill_row (channels, x, n, width, codes, scale, least, 0, SNAKE);
  else
    fill_row (channels, x, n, width, codes, scale, least, 0,
              channels->slope != 1.0f ? LEAKY : AS_IS);
}

/* Four products of one step with the weights in zmm24 .. 27. */
#define DOT_STEP(x, a, b, c, d)                                                                    \
  "vpbroadcastd " x ", %%zmm28\n\t"                                                                \
  "vpdpbusd %%zmm24, %%zmm28, %%zmm" #a "\n\t"                                                     \
  "vpdpbusd %%zmm25, %%zmm28, %%zmm" #b "\n\t"                                                     \
  "vpdpbusd %%zmm26, %%zmm28, %%zmm" #c "\n\t"                                                     \
  "vpdpbusd %%zmm27, %%zmm28, %%zmm" #d "\n\t"

/* All of four channels, `at` of them (and 64 times as many bytes of weights) behind the pointers.
 */
#define DOT_CHANNELS(at, w0, w1, w2, w3)                                                           \
  "vmovdqa64 " #w0 "(%[w]), %%zmm24\n\t"                                                           \
  "vmovdqa64 " #w1 "(%[w]), %%zmm25\n\t"                                                           \
  "vmovdqa64 " #w2 "(%[w]), %%zmm26\n\t"                                                           \
  "vmovdqa64 " #w3 "(%[w]), %%zmm27\n\t" DOT_STEP (#at "(%[x])", 0, 1, 2, 3)                       \
      DOT_STEP (#at "(%[x],%[width])", 4, 5, 6, 7)                                                 \
          DOT_STEP (#at "(%[x],%[width],2)", 8, 9, 10, 11)                                         \
              DOT_STEP (#at "(%[x3])", 12, 13, 14, 15)                                             \
                  DOT_STEP (#at "(%[x3],%[width])", 16, 17, 18, 19)                                \
                      DOT_STEP (#at "(%[x3],%[width],2)", 20, 21, 22, 23)

#define ZERO(i) "vpxord %%zmm" #i ", %%zmm" #i ", %%zmm" #i "\n\t"
#define KEEP(i, at) "vmovdqa64 %%zmm" #i ", " #at "(%[sums])\n\t"

/* sums [STEPS][NN_CONV_OUT] of the products of a tap. gcc 12 keeps so many sums in memory, not in
 * registers, so the loop is written out. */
ALWAYS_INLINE void
dot_tap (const uint8_t *x, const int8_t *weights, size_t width, int32_t *sums)
{
  const uint8_t *x3 = x + 3 * width;
  size_t n = width / 16;

  __asm__ volatile(
      ZERO (0) ZERO (1) ZERO (2) ZERO (3) ZERO (4) ZERO (5) ZERO (6) ZERO (7) ZERO (8) ZERO (9)
          ZERO (10) ZERO (11) ZERO (12) ZERO (13) ZERO (14) ZERO (15) ZERO (16) ZERO (17) ZERO (18)
              ZERO (19) ZERO (20) ZERO (21) ZERO (22)
                  ZERO (23) "1:\n\t" DOT_CHANNELS (0, 0, 64, 128, 192)
                      DOT_CHANNELS (4, 256, 320, 384, 448) DOT_CHANNELS (8, 512, 576, 640, 704)
                          DOT_CHANNELS (12, 768, 832, 896,
                                        960) "add $16, %[x]\n\t"
                                             "add $16, %[x3]\n\t"
                                             "add $1024, %[w]\n\t"
                                             "dec %[n]\n\t"
                                             "jnz 1b\n\t" KEEP (0, 0) KEEP (1, 64) KEEP (2, 128)
                                                 KEEP (3, 192) KEEP (4, 256) KEEP (5, 320)
                                                     KEEP (6, 384) KEEP (7, 448) KEEP (8, 512)
                                                         KEEP (9, 576) KEEP (10, 640) KEEP (11, 704)
                                                             KEEP (12, 768) KEEP (13, 832) KEEP (
                                                                 14, 896) KEEP (15, 960)
                                                                 KEEP (16, 1024) KEEP (17, 1088)
                                                                     KEEP (18, 1152) KEEP (19, 1216)
                                                                         KEEP (20, 1280)
                                                                             KEEP (21, 1344)
                                                                                 KEEP (22, 1408)
                                                                                     KEEP (23, 1472)
      : [x] "+r"(x), [x3] "+r"(x3), [w] "+r"(weights), [n] "+r"(n)
      : [width] "r"(width), [sums] "r"(sums)
      : "memory", "cc", "zmm0", "zmm1", "zmm2", "zmm3", "zmm4", "zmm5", "zmm6", "zmm7", "zmm8",
        "zmm9", "zmm10", "zmm11", "zmm12", "zmm13", "zmm14", "zmm15", "zmm16", "zmm17", "zmm18",
        "zmm19", "zmm20", "zmm21", "zmm22", "zmm23", "zmm24", "zmm25", "zmm26", "zmm27", "zmm28");
}

/* One tap of STEPS rows: totals = (totals, unless it is the first,) + scale * sum + least * sums.
 */
ALWAYS_INLINE void
add_tap (const int32_t *products, const float *scales, const float *least, const float *sums,
         float *totals, const int is_first)
{
#pragma GCC unroll 8
  for (int t = 0; t < STEPS; t++) {
    __m512 scale = _mm512_set1_ps (scales[t]), low = _mm512_set1_ps (least[t]);
#pragma GCC unroll 4
    for (int g = 0; g < VECTORS; g++) {
      const int at = NN_CONV_OUT * t + LANES * g;
      __m512 product = _mm512_cvtepi32_ps (_mm512_load_si512 (products + at));
      __m512 rest = _mm512_mul_ps (low, _mm512_load_ps (sums + LANES * g));

      if (!is_first)
        rest = _mm512_add_ps (rest, _mm512_load_ps (totals + at));
      _mm512_store_ps (totals + at, _mm512_fmadd_ps (scale, product, rest));
    }
  }
}

static void
multiply (const NnConvBlock *block, int n_rows, float *totals)
{
  const size_t width = (size_t) block->width;
  _Alignas(64) int32_t products[STEPS * NN_CONV_OUT];

  for (int tap = 0; tap < block->n_taps; tap++) {
    const size_t first = (size_t) tap * (size_t) block->dilation;
    const int8_t *weights = block->weights + (size_t) tap * width * NN_CONV_OUT;
    const float *sums = block->sums + (size_t) tap * NN_CONV_OUT;

    for (size_t t = 0; t < (size_t) n_rows; t += STEPS) {
      const size_t row = first + t;
      float *to = totals + t * NN_CONV_OUT;

      dot_tap (block->codes + row * width, weights, width, products);
      if (tap == 0)
        add_tap (products, block->scales + row, block->least + row, sums, to, 1);
      else
        add_tap (products, block->scales + row, block->least + row, sums, to, 0);
    }
  }
}

/* 16 outputs of all rows; the statistics are those of the values just written. */
static void
store_lanes (const NnConvStore *to, const float *totals, int n_rows, int at)
{
  const __m512 factor = _mm512_loadu_ps (to->factor + at), bias = _mm512_loadu_ps (to->bias + at);
  const __m512 scale = _mm512_set1_ps (to->scale);
  __m512 sum = _mm512_setzero_ps (), squares = sum;

  for (size_t t = 0; t < (size_t) n_rows; t++) {
    const size_t place = t * to->y_stride + (size_t) at;
    __m512 y = _mm512_fmadd_ps (_mm512_load_ps (totals + t * NN_CONV_OUT + at), factor, bias);

    for (int i = 0; i < 2; i++)
      if (to->add[i] != NULL)
        y = _mm512_add_ps (y, _mm512_loadu_ps (to->add[i] + place));
    y = _mm512_mul_ps (y, scale);
    _mm512_storeu_ps (to->y + place, y);
    sum = _mm512_add_ps (sum, y);
  }
  if (to->sums == NULL)
    return;

  const __m512 mean = _mm512_mul_ps (sum, _mm512_set1_ps (1.0f / (float) n_rows));
  for (size_t t = 0; t < (size_t) n_rows; t++) {
    __m512 d = _mm512_sub_ps (_mm512_loadu_ps (to->y + t * to->y_stride + at), mean);
    squares = _mm512_fmadd_ps (d, d, squares);
  }
  _mm512_storeu_ps (to->sums + at, sum);
  _mm512_storeu_ps (to->squares + at, squares);
}

static void
store (const NnConvStore *to, const float *totals, int n_rows)
{
  for (int at = 0; at < NN_CONV_OUT; at += LANES)
    store_lanes (to, totals, n_rows, at);
}

const NnConvKernels nn_conv_avx512 = { .fill = fill, .multiply = multiply, .store = store };
