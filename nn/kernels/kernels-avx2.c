/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Products with AVX2, FMA and F16C. A tile's 16 rows are two registers of 8. Bodies are written for
 * T tokens from token `t0` of a panel `width` wide, T being constant after inlining; one tile at a
 * time, because there are only 16 registers. */

#include "nn/kernels/kernels-fetch.h"
#include "nn/kernels/kernels.h"

#include <immintrin.h>
#include <string.h>

#include "nn/kernels/kernels-avx2.h"

enum { MAX_TOKENS = 6 };

ALWAYS_INLINE __m256i
load (const void *p)
{
  return _mm256_load_si256 (p);
}

ALWAYS_INLINE __m256i
four (const int8_t *x)
{
  int32_t v;

  memcpy (&v, x, 4);
  return _mm256_set1_epi32 (v);
}

ALWAYS_INLINE __m256
load_halves (const void *p)
{
  return _mm256_cvtph_ps (_mm_load_si128 (p));
}

/* Eight unsigned or signed bytes as floats. */
ALWAYS_INLINE __m256
load_bytes (const void *p, const bool is_signed)
{
  __m128i bytes = _mm_loadl_epi64 (p);
  return _mm256_cvtepi32_ps (is_signed ? _mm256_cvtepi8_epi32 (bytes)
                                       : _mm256_cvtepu8_epi32 (bytes));
}

ALWAYS_INLINE void
store_total (__m256 total[2][MAX_TOKENS], float *out, int t0, const int T)
{
  for (int h = 0; h < 2; h++)
    for (int t = 0; t < T; t++)
      _mm256_storeu_ps (out + (t0 + t) * NN_TILE + 8 * h, total[h][t]);
}

/* The fifth bits of step i of a sub-block, at their place above the low ones. */
ALWAYS_INLINE __m256i
q5k_codes (__m256i low, __m256i high, const int i)
{
  high = i < 4 ? _mm256_slli_epi16 (high, 4 - i) : _mm256_srli_epi16 (high, i - 4);
  return _mm256_or_si256 (low, _mm256_and_si256 (high, _mm256_set1_epi8 (16)));
}

/* Q4K and Q5K: sums[t] += scale * (codes . x) over rows 8 h .. of sub-block j. */
ALWAYS_INLINE void
q4k_add_sub_block (const NnRecordQ4K *record, int j, int h, const int8_t *x, int width,
                   __m256 sums[MAX_TOKENS], const bool is_five, const int T)
{
  const __m256i low_bits = _mm256_set1_epi8 (15);
  const __m256i ones = _mm256_set1_epi16 (1);
  __m256i sub[MAX_TOKENS] = { 0 }, total[MAX_TOKENS];
  __m256i fifth = low_bits;

  if (is_five) {
    fifth = load (((const NnRecordQ5K *) record)->high[j] + 32 * h);
    if (h == 0)
      fetch_ahead (((const NnRecordQ5K *) record)->high[j], T);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    __m256i codes = load (record->codes[j][i] + 32 * h);

    if (h == 0)
      fetch_ahead (record->codes[j][i], T);
    __m256i low = _mm256_and_si256 (codes, low_bits);
    __m256i high = _mm256_and_si256 (_mm256_srli_epi16 (codes, 4), low_bits);

    if (is_five) {
      low = q5k_codes (low, fifth, i);
      high = q5k_codes (high, fifth, i + 4);
    }
    for (int t = 0; t < T; t++) {
      __m256i p = _mm256_maddubs_epi16 (low, four (x + 4 * (i * width + t)));
      __m256i q = _mm256_maddubs_epi16 (high, four (x + 4 * ((i + 4) * width + t)));

      sub[t] = _mm256_add_epi16 (sub[t], _mm256_add_epi16 (p, q));
      /* 16 products of at most 15 * 127 fit 16 bits, 8 of at most 31 * 127. */
      if (is_five && i == 1) {
        total[t] = _mm256_madd_epi16 (sub[t], ones);
        sub[t] = _mm256_setzero_si256 ();
      }
    }
  }
  __m256 scale = load_bytes (record->scales[j] + 8 * h, false);
  for (int t = 0; t < T; t++) {
    __m256i sum = _mm256_madd_epi16 (sub[t], ones);

    if (is_five)
      sum = _mm256_add_epi32 (sum, total[t]);
    sums[t] = _mm256_fmadd_ps (_mm256_cvtepi32_ps (sum), scale, sums[t]);
  }
}

ALWAYS_INLINE void
q4k (const NnPack *pack, const uint8_t *data, const NnPanel *panel, float *out, const bool is_five,
     int t0, const int T)
{
  const size_t record_bytes = is_five ? sizeof (NnRecordQ5K) : sizeof (NnRecordQ4K);
  const int width = panel->width;
  __m256 total[2][MAX_TOKENS] = { 0 };

  for (int s = 0; s < pack->n_in / 256; s++, data += record_bytes) {
    const NnRecordQ4K *record = (const NnRecordQ4K *) data;
    __m256 sums[2][MAX_TOKENS] = { 0 };

    for (int j = 0; j < 8; j++) {
      const int8_t *x = panel->codes + 4 * ((s * 64 + j * 8) * (size_t) width + (size_t) t0);

      for (int h = 0; h < 2; h++)
        q4k_add_sub_block (record, j, h, x, width, sums[h], is_five, T);
    }
    for (int h = 0; h < 2; h++) {
      __m256 d = load_halves (record->d + 8 * h);
      __m256 dmin = load_halves (record->dmin + 8 * h);

      for (int t = 0; t < T; t++) {
        __m256 scale = _mm256_set1_ps (panel->scales[s * width + t0 + t]);
        __m256i sum = _mm256_setzero_si256 ();

        for (int i = 0; i < 4; i++) {
          __m256i mins =
              _mm256_cvtepu8_epi16 (_mm_load_si128 ((const void *) record->mins[i][8 * h]));
          const int16_t *pair = panel->pairs + 2 * ((s * 4 + i) * width + t0 + t);
          sum = _mm256_add_epi32 (sum, _mm256_madd_epi16 (mins, four ((const int8_t *) pair)));
        }
        total[h][t] = _mm256_fmadd_ps (_mm256_mul_ps (scale, d), sums[h][t], total[h][t]);
        total[h][t] =
            _mm256_fnmadd_ps (_mm256_mul_ps (scale, dmin), _mm256_cvtepi32_ps (sum), total[h][t]);
      }
    }
  }
  store_total (total, out, t0, T);
}

ALWAYS_INLINE __m256i
q6k_codes (const NnRecordQ6K *record, int part, int i, int h)
{
  __m256i low = load (record->parts[part].low[i % 8] + 32 * h);
  __m256i high = load (record->parts[part].high[i % 4] + 32 * h);

  low = _mm256_srl_epi16 (low, _mm_cvtsi32_si128 (i < 8 ? 0 : 4));
  high = _mm256_srl_epi16 (high, _mm_cvtsi32_si128 (2 * (i / 4)));
  high = _mm256_slli_epi16 (_mm256_and_si256 (high, _mm256_set1_epi8 (3)), 4);
  return _mm256_or_si256 (_mm256_and_si256 (low, _mm256_set1_epi8 (15)), high);
}

ALWAYS_INLINE void
q6k (const NnPack *pack, const uint8_t *data, const NnPanel *panel, float *out, int t0, const int T)
{
  const NnRecordQ6K *record = (const NnRecordQ6K *) data;
  const int width = panel->width;
  __m256 total[2][MAX_TOKENS] = { 0 };

  for (int s = 0; s < pack->n_in / 256; s++, record++) {
    __m256 sums[2][MAX_TOKENS] = { 0 };

    for (int j = 0; j < 16; j++) {
      const int8_t *x = panel->codes + 4 * ((s * 64 + j * 4) * (size_t) width + (size_t) t0);
      const int32_t *start = panel->sums_16 + (s * 16 + j) * width + t0;

      for (int h = 0; h < 2; h++) {
        __m256i sub[MAX_TOKENS];

        for (int t = 0; t < T; t++)
          sub[t] = _mm256_slli_epi32 (_mm256_set1_epi32 (start[t]), 5);
        for (int i = 0; i < 4; i++) {
          __m256i codes = q6k_codes (record, j / 4, 4 * (j % 4) + i, h);

          if (h == 0 && j % 4 < 2)
            fetch_ahead (record->parts[j / 4].low[4 * (j % 4) + i], T);
          if (h == 0 && j % 4 == 2)
            fetch_ahead (record->parts[j / 4].high[i], T);

          for (int t = 0; t < T; t++) {
            __m256i p = _mm256_maddubs_epi16 (codes, four (x + 4 * (i * width + t)));
            sub[t] = _mm256_add_epi32 (sub[t], _mm256_madd_epi16 (p, _mm256_set1_epi16 (1)));
          }
        }
        __m256 scale = load_bytes (record->scales[j] + 8 * h, true);
        for (int t = 0; t < T; t++)
          sums[h][t] = _mm256_fmadd_ps (_mm256_cvtepi32_ps (sub[t]), scale, sums[h][t]);
      }
    }
    for (int h = 0; h < 2; h++) {
      __m256 d = load_halves (record->d + 8 * h);

      for (int t = 0; t < T; t++) {
        __m256 scale = _mm256_mul_ps (_mm256_set1_ps (panel->scales[s * width + t0 + t]), d);
        total[h][t] = _mm256_fmadd_ps (scale, sums[h][t], total[h][t]);
      }
    }
  }
  store_total (total, out, t0, T);
}

/* Adds the products of `n` values at value k, rows 8 h .. 8 h + 7. Codes offset by 128 would
 * overflow the 16-bit products, so they are multiplied signed: |w| * (x with the sign of w). */
ALWAYS_INLINE void
add_codes (const uint8_t *data, int k, int h, const NnPanel *panel, __m256i *sub, const int n,
           const bool nibbles, bool is_signed, int t0, const int T)
{
  const int width = panel->width;
  const int8_t *x = panel->codes + (size_t) k * (size_t) width + 4 * (size_t) t0;

  for (int i = 0; i < n / 4; i++) {
    __m256i codes;

    if (nibbles) {
      codes = load (data + k * 8 + i % 4 * 64 + 32 * h);
      codes = _mm256_srl_epi16 (codes, _mm_cvtsi32_si128 (i < 4 ? 0 : 4));
      codes = _mm256_and_si256 (codes, _mm256_set1_epi8 (15));
    } else {
      codes = load (data + k * 16 + i * 64 + 32 * h);
      if (h == 0)
        fetch_ahead (data + k * 16 + i * 64, T);
    }
    if (is_signed) {
      codes = _mm256_xor_si256 (codes, _mm256_set1_epi8 (-128));
      __m256i magnitude = _mm256_abs_epi8 (codes);
      for (int t = 0; t < T; t++) {
        __m256i xs = _mm256_sign_epi8 (four (x + 4 * (i * width + t)), codes);
        __m256i p = _mm256_maddubs_epi16 (magnitude, xs);
        sub[t] = _mm256_add_epi32 (sub[t], _mm256_madd_epi16 (p, _mm256_set1_epi16 (1)));
      }
    } else {
      for (int t = 0; t < T; t++) {
        __m256i p = _mm256_maddubs_epi16 (codes, four (x + 4 * (i * width + t)));
        sub[t] = _mm256_add_epi32 (sub[t], _mm256_madd_epi16 (p, _mm256_set1_epi16 (1)));
      }
    }
  }
}

/* A sum that starts at zero where codes are not offset, or signed: a shift by 32 clears it. */
ALWAYS_INLINE __m128i
offset_shift (const NnPack *pack)
{
  bool none = pack->offset_log2 < 0 || pack->offset_log2 == 7;
  return _mm_cvtsi32_si128 (none ? 32 : pack->offset_log2);
}

ALWAYS_INLINE void
plain (const NnPack *pack, const uint8_t *data, const NnPanel *panel, float *out,
       const bool nibbles, int t0, const int T)
{
  const int width = panel->width;
  const bool is_signed = pack->offset_log2 == 7;
  __m256 total[2][MAX_TOKENS] = { 0 };
  __m128i shift = offset_shift (pack);

  for (int b = 0; b < pack->n_in / 32; b++)
    for (int h = 0; h < 2; h++) {
      const int at = b * width + t0;
      __m256 d = load_halves (data + pack->scales_at + (size_t) b * 32 + 16 * h);
      __m256i sub[MAX_TOKENS];

      for (int t = 0; t < T; t++)
        sub[t] = _mm256_sll_epi32 (_mm256_set1_epi32 (panel->sums_32[at + t]), shift);
      add_codes (data, b * 32, h, panel, sub, 32, nibbles, is_signed, t0, T);
      for (int t = 0; t < T; t++) {
        __m256 scale = _mm256_mul_ps (_mm256_set1_ps (panel->scales[at + t]), d);
        total[h][t] = _mm256_fmadd_ps (scale, _mm256_cvtepi32_ps (sub[t]), total[h][t]);
      }
      if (pack->mins_at > 0) {
        __m256 min = load_halves (data + pack->mins_at + (size_t) b * 32 + 16 * h);

        for (int t = 0; t < T; t++)
          total[h][t] =
              _mm256_fmadd_ps (min, _mm256_set1_ps (panel->products[at + t]), total[h][t]);
      }
    }
  store_total (total, out, t0, T);
}

ALWAYS_INLINE void
u8k (const NnPack *pack, const uint8_t *data, const NnPanel *panel, float *out, const int n, int t0,
     const int T)
{
  const int32_t *starts = n == 16 ? panel->sums_16 : panel->sums_32;
  const int width = panel->width;
  const bool is_signed = pack->offset_log2 == 7;
  __m256 total[2][MAX_TOKENS] = { 0 };
  __m128i shift = offset_shift (pack);

  for (int s = 0; s < pack->n_in / 256; s++) {
    __m256 sums[2][MAX_TOKENS] = { 0 };

    for (int j = s * (256 / n); j < (s + 1) * (256 / n); j++)
      for (int h = 0; h < 2; h++) {
        const int32_t *start = starts + j * width + t0;
        __m256 scale =
            _mm256_load_ps ((const float *) (data + pack->scales_at + (size_t) j * 64 + 32 * h));
        __m256i sub[MAX_TOKENS];

        for (int t = 0; t < T; t++)
          sub[t] = _mm256_sll_epi32 (_mm256_set1_epi32 (start[t]), shift);
        add_codes (data, j * n, h, panel, sub, n, false, is_signed, t0, T);
        for (int t = 0; t < T; t++)
          sums[h][t] = _mm256_fmadd_ps (_mm256_cvtepi32_ps (sub[t]), scale, sums[h][t]);
        if (pack->mins_at > 0) {
          __m256 min =
              _mm256_load_ps ((const float *) (data + pack->mins_at + (size_t) j * 64 + 32 * h));

          for (int t = 0; t < T; t++)
            sums[h][t] = _mm256_fnmadd_ps (min, _mm256_set1_ps ((float) start[t]), sums[h][t]);
        }
      }
    for (int h = 0; h < 2; h++)
      for (int t = 0; t < T; t++)
        total[h][t] = _mm256_fmadd_ps (_mm256_set1_ps (panel->scales[s * width + t0 + t]),
                                       sums[h][t], total[h][t]);
  }
  store_total (total, out, t0, T);
}

ALWAYS_INLINE void
floats (const NnPack *pack, const uint8_t *data, const NnPanel *panel, float *out,
        const NnPackFormat format, int t0, const int T)
{
  const float *x = panel->values + t0;
  __m256 total[2][MAX_TOKENS] = { 0 };

  for (size_t k = 0; k < (size_t) pack->n_in; k++, x += panel->width) {
    __m256 v[2];

    for (int h = 0; h < 2; h++)
      if (format == NN_PACK_F32)
        v[h] = _mm256_load_ps ((const float *) (data + 64 * k + 32 * (size_t) h));
      else if (format == NN_PACK_F16)
        v[h] = load_halves (data + 32 * k + 16 * (size_t) h);
      else
        v[h] = _mm256_castsi256_ps (
            _mm256_slli_epi32 (_mm256_cvtepu16_epi32 (_mm_load_si128 (
                                   (const void *) (data + 32 * k + 16 * (size_t) h))),
                               16));
    for (int t = 0; t < T; t++) {
      __m256 xs = _mm256_set1_ps (x[t]);
      total[0][t] = _mm256_fmadd_ps (v[0], xs, total[0][t]);
      total[1][t] = _mm256_fmadd_ps (v[1], xs, total[1][t]);
    }
  }
  store_total (total, out, t0, T);
}

/* A function of the table: `wide` tokens at a time, and narrow panels in one go. */
#define DEFINE_MULTIPLY(name, wide, body, ...)                                                     \
  static void multiply_##name (const NnPack *pack, int tile, int n_tiles, const NnPanel *panel,    \
                               float *out)                                                         \
  {                                                                                                \
    for (int i = 0; i < n_tiles; i++, tile++, out += panel->width * NN_TILE) {                     \
      const uint8_t *data = pack->data + (size_t) tile * pack->tile_bytes;                         \
      switch (panel->width) {                                                                      \
      case 1:                                                                                      \
        body (pack, data, panel, out, __VA_ARGS__ 0, 1);                                           \
        break;                                                                                     \
      case 2:                                                                                      \
        body (pack, data, panel, out, __VA_ARGS__ 0, 2);                                           \
        break;                                                                                     \
      case 4:                                                                                      \
        body (pack, data, panel, out, __VA_ARGS__ 0, 4);                                           \
        break;                                                                                     \
      default:                                                                                     \
        for (int t0 = 0; t0 < panel->width; t0 += wide)                                            \
          body (pack, data, panel, out, __VA_ARGS__ t0, wide);                                     \
        break;                                                                                     \
      }                                                                                            \
    }                                                                                              \
  }

/* An argument and its comma. */
#define ARG(x) x,

DEFINE_MULTIPLY (q4k, 4, q4k, ARG (false))
DEFINE_MULTIPLY (q5k, 4, q4k, ARG (true))
DEFINE_MULTIPLY (q6k, 4, q6k, )
DEFINE_MULTIPLY (u4, 4, plain, ARG (true))
DEFINE_MULTIPLY (u8, 4, plain, ARG (false))
DEFINE_MULTIPLY (u8k_16, 4, u8k, ARG (16))
DEFINE_MULTIPLY (u8k_32, 4, u8k, ARG (32))
DEFINE_MULTIPLY (f32, 6, floats, ARG (NN_PACK_F32))
DEFINE_MULTIPLY (f16, 6, floats, ARG (NN_PACK_F16))
DEFINE_MULTIPLY (bf16, 6, floats, ARG (NN_PACK_BF16))

static void
multiply_u8k (const NnPack *pack, int tile, int n_tiles, const NnPanel *panel, float *out)
{
  if (pack->sub_block == 16)
    multiply_u8k_16 (pack, tile, n_tiles, panel, out);
  else
    multiply_u8k_32 (pack, tile, n_tiles, panel, out);
}

const NnKernels nn_kernels_avx2 = {
  .name = "avx2",
  .multiply = {
    [NN_PACK_F32] = multiply_f32,
    [NN_PACK_F16] = multiply_f16,
    [NN_PACK_BF16] = multiply_bf16,
    [NN_PACK_Q4K] = multiply_q4k,
    [NN_PACK_Q5K] = multiply_q5k,
    [NN_PACK_Q6K] = multiply_q6k,
    [NN_PACK_U4] = multiply_u4,
    [NN_PACK_U8] = multiply_u8,
    [NN_PACK_U8K] = multiply_u8k,
  },
  .fill = {
    [NN_ACTIVATION_FLOAT] = nn_avx2_fill_float,
    [NN_ACTIVATION_32] = nn_avx2_fill_32,
    [NN_ACTIVATION_256] = nn_avx2_fill_256,
  },
  .rows = &nn_rows_avx2,
  .lstm_step = nn_avx2_lstm_step,
};
