/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Codes of 4 to 6 bits, whose sub-blocks have scales of their own, as codes of 8 bits with one
 * scale and minimum per 256 values, for products with so many tokens that the scaling of each
 * sub-block's sums would cost more than this does once. A new code is (code * factor + offset) /
 * 256 in 16 bits; the rounding is about that of the activations. */

#include "nn/kernels/kernels-avx512.h"

/* 256 / step, or 0 for a block of equal values and for steps that are no number. */
ALWAYS_INLINE __m512
inverse_of (__m512 step)
{
  __mmask16 positive = _mm512_cmp_ps_mask (step, _mm512_setzero_ps (), _CMP_GT_OQ);

  return _mm512_maskz_div_ps (positive, _mm512_set1_ps (256.0f), step);
}

/* The lower half of each lane, twice. */
ALWAYS_INLINE __m512i
twice (__m512i v)
{
  return _mm512_or_si512 (_mm512_and_si512 (v, _mm512_set1_epi32 (0xffff)),
                          _mm512_slli_epi32 (v, 16));
}

ALWAYS_INLINE __m512i
widen (__m512i codes, __m512i factor, __m512i offset)
{
  const __m512i low = _mm512_set1_epi16 (0xff);
  __m512i even = _mm512_mullo_epi16 (_mm512_and_si512 (codes, low), factor);
  __m512i odd = _mm512_mullo_epi16 (_mm512_srli_epi16 (codes, 8), factor);

  even = _mm512_srli_epi16 (_mm512_add_epi16 (even, offset), 8);
  odd = _mm512_add_epi16 (odd, offset);
  /* (odd & 0xff00) | even */
  return _mm512_ternarylogic_epi32 (odd, _mm512_set1_epi16 ((short) 0xff00), even, 0xea);
}

/* The range of a block's values follows from its scales: codes reach from 0 to 15, or 31 with
 * fifth bits. */
ALWAYS_INLINE void
widen_record_q4k (const NnRecordQ4K *record, const bool is_five, uint8_t *codes, float *scale,
                  float *minimum)
{
  const __m512i nibble = _mm512_set1_epi8 (15);
  __m512 d = load_halves (record->d);
  __m512 dmin = load_halves (record->dmin);
  __m512 low = _mm512_setzero_ps (), high = low;
  __m512 scales[8], bottoms[8];

  for (int j = 0; j < 8; j++) {
    __m512i pair = _mm512_cvtepu8_epi16 (_mm256_load_si256 ((const void *) record->mins[j / 2]));
    __m512i min = j % 2 == 0 ? _mm512_and_si512 (pair, _mm512_set1_epi32 (0xffff))
                             : _mm512_srli_epi32 (pair, 16);

    scales[j] = _mm512_mul_ps (d, _mm512_cvtepi32_ps (_mm512_cvtepu8_epi32 (
                                      _mm_load_si128 ((const void *) record->scales[j]))));
    bottoms[j] =
        _mm512_sub_ps (_mm512_setzero_ps (), _mm512_mul_ps (dmin, _mm512_cvtepi32_ps (min)));
    __m512 top = _mm512_fmadd_ps (scales[j], _mm512_set1_ps (is_five ? 31.0f : 15.0f), bottoms[j]);
    __m512 lower = _mm512_min_ps (top, bottoms[j]), upper = _mm512_max_ps (top, bottoms[j]);
    low = j == 0 ? lower : _mm512_min_ps (low, lower);
    high = j == 0 ? upper : _mm512_max_ps (high, upper);
  }

  __m512 step = _mm512_mul_ps (_mm512_sub_ps (high, low), _mm512_set1_ps (1.0f / 255.0f));
  __m512 inverse = inverse_of (step);
  _mm512_store_ps (scale, step);
  _mm512_store_ps (minimum, low);
  for (int j = 0; j < 8; j++, codes += 8 * 64) {
    __m512i factor = twice (_mm512_cvtps_epi32 (_mm512_mul_ps (scales[j], inverse)));
    __m512i offset = twice (_mm512_add_epi32 (
        _mm512_cvtps_epi32 (_mm512_mul_ps (_mm512_sub_ps (bottoms[j], low), inverse)),
        _mm512_set1_epi32 (128)));

    __m512i fifth = is_five ? _mm512_load_si512 (((const NnRecordQ5K *) record)->high[j]) : factor;
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
      __m512i both = _mm512_load_si512 (record->codes[j][i]);
      __m512i lower = _mm512_and_si512 (both, nibble);
      __m512i upper = _mm512_and_si512 (_mm512_srli_epi16 (both, 4), nibble);

      if (is_five) {
        lower = q5k_codes (lower, fifth, i);
        upper = q5k_codes (upper, fifth, i + 4);
      }
      _mm512_store_si512 (codes + i * 64, widen (lower, factor, offset));
      _mm512_store_si512 (codes + (4 + i) * 64, widen (upper, factor, offset));
    }
  }
}

ALWAYS_INLINE void
widen_tile_q4k (const NnPack *pack, int tile, int begin, const NnPack *to, int to_tile,
                const bool is_five)
{
  const size_t record_bytes = is_five ? sizeof (NnRecordQ5K) : sizeof (NnRecordQ4K);
  const uint8_t *records = tile_data (pack, tile) + (size_t) (begin / 256) * record_bytes;
  uint8_t *data = to->data + (size_t) to_tile * to->tile_bytes;

  for (int s = 0; s < to->n_in / 256; s++)
    widen_record_q4k ((const NnRecordQ4K *) (records + (size_t) s * record_bytes), is_five,
                      data + (size_t) s * 256 * NN_TILE,
                      (float *) (data + to->scales_at) + s * NN_TILE,
                      (float *) (data + to->mins_at) + s * NN_TILE);
}

void
nn_avx512_widen_q4k (const NnPack *pack, int tile, int begin, const NnPack *to, int to_tile)
{
  widen_tile_q4k (pack, tile, begin, to, to_tile, false);
}

void
nn_avx512_widen_q5k (const NnPack *pack, int tile, int begin, const NnPack *to, int to_tile)
{
  widen_tile_q4k (pack, tile, begin, to, to_tile, true);
}

/* Codes reach from -32 to 31: the largest scale gives the range, which becomes 1 to 255 around
 * 128. */
static void
widen_record_q6k (const NnRecordQ6K *record, uint8_t *codes, float *scale, float *minimum)
{
  __m512 d = load_halves (record->d);
  __m512 largest = _mm512_setzero_ps ();
  __m512 scales[16];

  for (int j = 0; j < 16; j++) {
    scales[j] = _mm512_mul_ps (d, _mm512_cvtepi32_ps (_mm512_cvtepi8_epi32 (
                                      _mm_load_si128 ((const void *) record->scales[j]))));
    largest = _mm512_max_ps (largest, _mm512_abs_ps (scales[j]));
  }

  __m512 step = _mm512_mul_ps (largest, _mm512_set1_ps (32.0f / 127.0f));
  __m512 inverse = inverse_of (step);
  _mm512_store_ps (scale, step);
  _mm512_store_ps (minimum, _mm512_mul_ps (step, _mm512_set1_ps (-128.0f)));
  for (int part = 0; part < 4; part++)
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++, codes += 64) {
      __m512i factor = _mm512_cvtps_epi32 (_mm512_mul_ps (scales[4 * part + i / 4], inverse));
      /* 128.5 - 32 * factor, in 256ths */
      __m512i offset =
          _mm512_sub_epi32 (_mm512_set1_epi32 (128 * 256 + 128), _mm512_slli_epi32 (factor, 5));

      _mm512_store_si512 (
          codes, widen (q6k_codes (record, part, i, NN_PANEL_INT), twice (factor), twice (offset)));
    }
}

void
nn_avx512_widen_q6k (const NnPack *pack, int tile, int begin, const NnPack *to, int to_tile)
{
  const NnRecordQ6K *record = (const NnRecordQ6K *) tile_data (pack, tile) + begin / 256;
  uint8_t *data = to->data + (size_t) to_tile * to->tile_bytes;

  for (int s = 0; s < to->n_in / 256; s++)
    widen_record_q6k (&record[s], data + (size_t) s * 256 * NN_TILE,
                      (float *) (data + to->scales_at) + s * NN_TILE,
                      (float *) (data + to->mins_at) + s * NN_TILE);
}
