/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Products with AVX-512 and VNNI. Each body is written once for R tiles and T tokens, both
 * constants after inlining, so that all sums of a step live in registers: 2 x 8 for integers, 2 x
 * 12 for floats. */

#include "nn/kernels/kernels.h"

#include <immintrin.h>
#include <stddef.h>
#include <string.h>

#include "nn/kernels/kernels-avx512.h"

/* gcc 12 copies accumulators around the intrinsic in wide tiles, which halves the speed. */
ALWAYS_INLINE __m512i
dot (__m512i sum, __m512i codes, __m512i x)
{
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(codes), "v"(x));
  return sum;
}

ALWAYS_INLINE __m512i
four (const int8_t *x)
{
  int32_t v;

  memcpy (&v, x, 4);
  return _mm512_set1_epi32 (v);
}

/* out[r][t][16] */
ALWAYS_INLINE void
store_total (__m512 total[2][NN_PANEL_INT], float *out, const int R, const int T)
{
  for (int r = 0; r < R; r++)
    for (int t = 0; t < T; t++)
      _mm512_storeu_ps (out + (r * T + t) * NN_TILE, total[r][t]);
}

/* Q4K and Q5K: sums[r][t] += scale * (codes . x) over the 32 values of sub-block j. */
ALWAYS_INLINE void
q4k_add_sub_block (const NnRecordQ4K *const *record, int j, const int8_t *x,
                   __m512 sums[2][NN_PANEL_INT], const bool is_five, const int R, const int T)
{
  const __m512i low_bits = _mm512_set1_epi8 (15);
  __m512i sub[2][NN_PANEL_INT], fifth[2];

  for (int r = 0; r < R; r++) {
    for (int t = 0; t < T; t++)
      sub[r][t] = _mm512_setzero_si512 ();
    if (is_five)
      fifth[r] = _mm512_load_si512 (((const NnRecordQ5K *) record[r])->high[j]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    __m512i low[2], high[2];

    for (int r = 0; r < R; r++) {
      __m512i codes = _mm512_load_si512 (record[r]->codes[j][i]);

      fetch_ahead (record[r]->codes[j][i], T);
      low[r] = _mm512_and_si512 (codes, low_bits);
      high[r] = _mm512_and_si512 (_mm512_srli_epi16 (codes, 4), low_bits);
      if (is_five) {
        low[r] = q5k_codes (low[r], fifth[r], i);
        high[r] = q5k_codes (high[r], fifth[r], i + 4);
      }
    }
    for (int t = 0; t < T; t++) {
      __m512i x_low = four (x + 4 * (i * T + t));
      __m512i x_high = four (x + 4 * ((i + 4) * T + t));

      for (int r = 0; r < R; r++)
        sub[r][t] = dot (dot (sub[r][t], low[r], x_low), high[r], x_high);
    }
  }
  for (int r = 0; r < R; r++) {
    __m512 scale = _mm512_cvtepi32_ps (
        _mm512_cvtepu8_epi32 (_mm_load_si128 ((const void *) record[r]->scales[j])));

    for (int t = 0; t < T; t++)
      sums[r][t] = _mm512_fmadd_ps (_mm512_cvtepi32_ps (sub[r][t]), scale, sums[r][t]);
  }
}

/* total += x's scale * (d * sums - dmin * minima). */
ALWAYS_INLINE void
q4k_add_record (const NnRecordQ4K *record, const NnPanel *panel, int s, const __m512 *sums,
                __m512 *total, const int T)
{
  const int8_t *pairs = (const int8_t *) (panel->pairs + 8 * (size_t) s * (size_t) T);
  __m512 d = load_halves (record->d);
  __m512 dmin = load_halves (record->dmin);
  __m512i mins[4];

  for (int i = 0; i < 4; i++)
    mins[i] = _mm512_cvtepu8_epi16 (_mm256_load_si256 ((const void *) record->mins[i]));
  for (int t = 0; t < T; t++) {
    __m512 scale = _mm512_set1_ps (panel->scales[s * T + t]);
    __m512i sum = _mm512_setzero_si512 ();

    for (int i = 0; i < 4; i++)
      sum = _mm512_dpwssd_epi32 (sum, mins[i], four (pairs + 4 * (i * T + t)));
    total[t] = _mm512_fmadd_ps (_mm512_mul_ps (scale, d), sums[t], total[t]);
    total[t] = _mm512_fnmadd_ps (_mm512_mul_ps (scale, dmin), _mm512_cvtepi32_ps (sum), total[t]);
  }
}

ALWAYS_INLINE void
q4k (const NnPack *pack, int tile, const NnPanel *panel, float *out, const bool is_five,
     const int R, const int T)
{
  const size_t record_bytes = is_five ? sizeof (NnRecordQ5K) : sizeof (NnRecordQ4K);
  const NnRecordQ4K *record[2];
  __m512 total[2][NN_PANEL_INT];
  const int8_t *x = panel->codes;

  for (int r = 0; r < R; r++)
    for (int t = 0; t < T; t++)
      total[r][t] = _mm512_setzero_ps ();
  for (int s = 0; s < pack->n_in / 256; s++) {
    __m512 sums[2][NN_PANEL_INT];

    for (int r = 0; r < R; r++) {
      record[r] = (const NnRecordQ4K *) (tile_data (pack, tile + r) + (size_t) s * record_bytes);
      for (int t = 0; t < T; t++)
        sums[r][t] = _mm512_setzero_ps ();
    }
    for (int r = 0; r < R; r++)
      for (size_t at = offsetof (NnRecordQ4K, scales); at < record_bytes; at += 64)
        fetch_ahead ((const uint8_t *) record[r] + at, T);
    for (int j = 0; j < 8; j++, x += 32 * T)
      q4k_add_sub_block (record, j, x, sums, is_five, R, T);
    for (int r = 0; r < R; r++)
      q4k_add_record (record[r], panel, s, sums[r], total[r], T);
  }
  store_total (total, out, R, T);
}

/* sums[r][t] += scale * (codes . x) over the 16 values of sub-block j of a part; `start` is what
 * the offset of the codes adds too much. */
ALWAYS_INLINE void
q6k_add_sub_block (const NnRecordQ6K *const *record, int s, int part, const int j, const int8_t *x,
                   const int32_t *start, __m512 sums[2][NN_PANEL_INT], const int R, const int T)
{
  __m512i sub[2][NN_PANEL_INT];

  for (int t = 0; t < T; t++) {
    __m512i begin = _mm512_slli_epi32 (_mm512_set1_epi32 (start[t]), 5);
    for (int r = 0; r < R; r++)
      sub[r][t] = begin;
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    __m512i codes[2];

    for (int r = 0; r < R; r++)
      codes[r] = q6k_codes (&record[r][s], part, 4 * j + i, T);
    for (int t = 0; t < T; t++) {
      __m512i xs = four (x + 4 * (i * T + t));
      for (int r = 0; r < R; r++)
        sub[r][t] = dot (sub[r][t], codes[r], xs);
    }
  }
  for (int r = 0; r < R; r++) {
    __m512 scale = _mm512_cvtepi32_ps (
        _mm512_cvtepi8_epi32 (_mm_load_si128 ((const void *) record[r][s].scales[4 * part + j])));

    for (int t = 0; t < T; t++)
      sums[r][t] = _mm512_fmadd_ps (_mm512_cvtepi32_ps (sub[r][t]), scale, sums[r][t]);
  }
}

ALWAYS_INLINE void
q6k (const NnPack *pack, int tile, const NnPanel *panel, float *out, const int R, const int T)
{
  const NnRecordQ6K *record[2];
  __m512 total[2][NN_PANEL_INT];
  const int8_t *x = panel->codes;
  const int32_t *start = panel->sums_16;

  for (int r = 0; r < R; r++) {
    record[r] = (const NnRecordQ6K *) tile_data (pack, tile + r);
    for (int t = 0; t < T; t++)
      total[r][t] = _mm512_setzero_ps ();
  }
  for (int s = 0; s < pack->n_in / 256; s++) {
    __m512 sums[2][NN_PANEL_INT];

    for (int r = 0; r < R; r++)
      for (int t = 0; t < T; t++)
        sums[r][t] = _mm512_setzero_ps ();
    for (int r = 0; r < R; r++)
      for (size_t at = offsetof (NnRecordQ6K, scales); at < sizeof (NnRecordQ6K); at += 64)
        fetch_ahead ((const uint8_t *) &record[r][s] + at, T);
    for (int part = 0; part < 4; part++)
#pragma GCC unroll 4
      for (int j = 0; j < 4; j++, x += 16 * T, start += T)
        q6k_add_sub_block (record, s, part, j, x, start, sums, R, T);

    for (int r = 0; r < R; r++) {
      __m512 d = load_halves (record[r][s].d);

      for (int t = 0; t < T; t++) {
        __m512 scale = _mm512_mul_ps (_mm512_set1_ps (panel->scales[s * T + t]), d);
        total[r][t] = _mm512_fmadd_ps (scale, sums[r][t], total[r][t]);
      }
    }
  }
  store_total (total, out, R, T);
}

/* Adds the products of `n` values (16 or 32; U4: 32) at value k. */
ALWAYS_INLINE void
add_codes (const uint8_t *const *data, int k, const NnPanel *panel, __m512i sub[2][NN_PANEL_INT],
           const int n, const bool nibbles, const int R, const int T)
{
  const __m512i low_bits = _mm512_set1_epi8 (15);
  const int8_t *x = panel->codes + (size_t) k * (size_t) T;

#pragma GCC unroll 8
  for (int i = 0; i < n / 4; i++) {
    __m512i codes[2];

    for (int r = 0; r < R; r++)
      if (nibbles) {
        codes[r] = _mm512_load_si512 (data[r] + k * 8 + i % 4 * 64);
        if (i < 4)
          fetch_ahead (data[r] + k * 8 + i * 64, T);
        else
          codes[r] = _mm512_srli_epi16 (codes[r], 4);
        codes[r] = _mm512_and_si512 (codes[r], low_bits);
      } else {
        codes[r] = _mm512_load_si512 (data[r] + k * 16 + i * 64);
        fetch_ahead (data[r] + k * 16 + i * 64, T);
      }
    for (int t = 0; t < T; t++) {
      __m512i xs = four (x + 4 * (i * T + t));
      for (int r = 0; r < R; r++)
        sub[r][t] = dot (sub[r][t], codes[r], xs);
    }
  }
}

/* A sum that starts at zero where codes are not offset: a shift by 32 clears the register. */
ALWAYS_INLINE __m128i
offset_shift (const NnPack *pack)
{
  return _mm_cvtsi32_si128 (pack->offset_log2 >= 0 ? pack->offset_log2 : 32);
}

/* U4 and U8. */
ALWAYS_INLINE void
plain (const NnPack *pack, int tile, const NnPanel *panel, float *out, const bool nibbles,
       const int R, const int T)
{
  const uint8_t *data[2];
  __m512 total[2][NN_PANEL_INT];
  __m128i shift = offset_shift (pack);

  for (int r = 0; r < R; r++) {
    data[r] = tile_data (pack, tile + r);
    for (int t = 0; t < T; t++)
      total[r][t] = _mm512_setzero_ps ();
  }

  for (int b = 0; b < pack->n_in / 32; b++) {
    __m512i sub[2][NN_PANEL_INT];

    for (int t = 0; t < T; t++) {
      __m512i begin = _mm512_sll_epi32 (_mm512_set1_epi32 (panel->sums_32[b * T + t]), shift);
      for (int r = 0; r < R; r++)
        sub[r][t] = begin;
    }
    add_codes (data, b * 32, panel, sub, 32, nibbles, R, T);

    for (int r = 0; r < R; r++) {
      __m512 d = load_halves (data[r] + pack->scales_at + (size_t) b * 32);

      if (b % 2 == 0)
        fetch (data[r] + pack->tile_bytes + pack->scales_at + (size_t) b * 32, T);
      if (b % 2 == 0 && pack->mins_at > 0)
        fetch (data[r] + pack->tile_bytes + pack->mins_at + (size_t) b * 32, T);
      for (int t = 0; t < T; t++) {
        __m512 scale = _mm512_mul_ps (_mm512_set1_ps (panel->scales[b * T + t]), d);
        total[r][t] = _mm512_fmadd_ps (scale, _mm512_cvtepi32_ps (sub[r][t]), total[r][t]);
      }
      if (pack->mins_at > 0) {
        __m512 min = load_halves (data[r] + pack->mins_at + (size_t) b * 32);

        for (int t = 0; t < T; t++)
          total[r][t] =
              _mm512_fmadd_ps (min, _mm512_set1_ps (panel->products[b * T + t]), total[r][t]);
      }
    }
  }
  for (int r = 0; r < R; r++)
    for (int t = 0; t < T; t++)
      _mm512_storeu_ps (out + (r * T + t) * NN_TILE, total[r][t]);
}

ALWAYS_INLINE void
u8k (const NnPack *pack, int tile, const NnPanel *panel, float *out, const int n, const int R,
     const int T)
{
  const int32_t *starts = n == 16 ? panel->sums_16 : panel->sums_32;
  const uint8_t *data[2];
  __m512 total[2][NN_PANEL_INT];
  __m128i shift = offset_shift (pack);

  for (int r = 0; r < R; r++) {
    data[r] = tile_data (pack, tile + r);
    for (int t = 0; t < T; t++)
      total[r][t] = _mm512_setzero_ps ();
  }

  for (int s = 0; s < pack->n_in / 256; s++) {
    __m512 sums[2][NN_PANEL_INT];

    for (int r = 0; r < R; r++)
      for (int t = 0; t < T; t++)
        sums[r][t] = _mm512_setzero_ps ();
    for (int j = s * (256 / n); j < (s + 1) * (256 / n); j++) {
      __m512i sub[2][NN_PANEL_INT];

      for (int t = 0; t < T; t++) {
        __m512i begin = _mm512_sll_epi32 (_mm512_set1_epi32 (starts[j * T + t]), shift);
        for (int r = 0; r < R; r++)
          sub[r][t] = begin;
      }
      add_codes (data, j * n, panel, sub, n, false, R, T);
      for (int r = 0; r < R; r++) {
        __m512 scale = _mm512_load_ps (data[r] + pack->scales_at + (size_t) j * 64);

        for (int t = 0; t < T; t++)
          sums[r][t] = _mm512_fmadd_ps (_mm512_cvtepi32_ps (sub[r][t]), scale, sums[r][t]);
        if (pack->mins_at > 0) {
          __m512 min = _mm512_load_ps (data[r] + pack->mins_at + (size_t) j * 64);

          for (int t = 0; t < T; t++)
            sums[r][t] =
                _mm512_fnmadd_ps (min, _mm512_set1_ps ((float) starts[j * T + t]), sums[r][t]);
        }
      }
    }
    for (int r = 0; r < R; r++)
      for (int t = 0; t < T; t++)
        total[r][t] =
            _mm512_fmadd_ps (_mm512_set1_ps (panel->scales[s * T + t]), sums[r][t], total[r][t]);
  }
  for (int r = 0; r < R; r++)
    for (int t = 0; t < T; t++)
      _mm512_storeu_ps (out + (r * T + t) * NN_TILE, total[r][t]);
}

/* U8K with one scale for 256 values. */
ALWAYS_INLINE void
u8k_256 (const NnPack *pack, int tile, const NnPanel *panel, float *out, const int R, const int T)
{
  const uint8_t *data[2];
  __m512 total[2][NN_PANEL_INT];

  for (int r = 0; r < R; r++) {
    data[r] = tile_data (pack, tile + r);
    for (int t = 0; t < T; t++)
      total[r][t] = _mm512_setzero_ps ();
  }
  for (int s = 0; s < pack->n_in / 256; s++) {
    const int32_t *starts = panel->sums_32 + (size_t) s * 8 * (size_t) T;
    __m512i sub[2][NN_PANEL_INT];

    for (int r = 0; r < R; r++)
      for (int t = 0; t < T; t++)
        sub[r][t] = _mm512_setzero_si512 ();
    for (int k = s * 256; k < (s + 1) * 256; k += 32)
      add_codes (data, k, panel, sub, 32, false, R, T);

    for (int t = 0; t < T; t++) {
      int32_t sum = 0;

      for (int i = 0; i < 8; i++)
        sum += starts[i * T + t];
      __m512 scale = _mm512_set1_ps (panel->scales[s * T + t]);
      __m512 negated = _mm512_set1_ps ((float) sum);

      for (int r = 0; r < R; r++) {
        __m512 d = _mm512_load_ps (data[r] + pack->scales_at + (size_t) s * 64);
        __m512 min = _mm512_load_ps (data[r] + pack->mins_at + (size_t) s * 64);
        __m512 y = _mm512_mul_ps (_mm512_cvtepi32_ps (sub[r][t]), d);

        total[r][t] = _mm512_fmadd_ps (scale, _mm512_fnmadd_ps (min, negated, y), total[r][t]);
      }
    }
  }
  store_total (total, out, R, T);
}

ALWAYS_INLINE void
floats (const NnPack *pack, int tile, const NnPanel *panel, float *out, const NnPackFormat format,
        const int R, const int T)
{
  const uint8_t *w[2];
  const float *x = panel->values;
  __m512 total[2][NN_PANEL_FLOAT];

  for (int r = 0; r < R; r++) {
    w[r] = tile_data (pack, tile + r);
    for (int t = 0; t < T; t++)
      total[r][t] = _mm512_setzero_ps ();
  }
#pragma GCC unroll 4
  for (size_t k = 0; k < (size_t) pack->n_in; k++, x += T) {
    __m512 v[2];

    for (int r = 0; r < R; r++) {
      if (format == NN_PACK_F32)
        fetch_ahead (w[r] + 64 * k, T);
      else if (k % 2 == 0)
        fetch_ahead (w[r] + 32 * k, T);
    }
    for (int r = 0; r < R; r++)
      if (format == NN_PACK_F32)
        v[r] = _mm512_load_ps (w[r] + 64 * k);
      else if (format == NN_PACK_F16)
        v[r] = load_halves (w[r] + 32 * k);
      else
        v[r] = _mm512_castsi512_ps (_mm512_slli_epi32 (
            _mm512_cvtepu16_epi32 (_mm256_load_si256 ((const void *) (w[r] + 32 * k))), 16));
    for (int t = 0; t < T; t++) {
      __m512 xs = _mm512_set1_ps (x[t]);
      for (int r = 0; r < R; r++)
        total[r][t] = _mm512_fmadd_ps (v[r], xs, total[r][t]);
    }
  }
  for (int r = 0; r < R; r++)
    for (int t = 0; t < T; t++)
      _mm512_storeu_ps (out + (r * T + t) * NN_TILE, total[r][t]);
}

/* The body for R tiles and the panel's width. */
#define PICK_WIDTH(wide, body, ...)                                                                \
  switch (panel->width) {                                                                          \
  case 1:                                                                                          \
    body (pack, tile, panel, out, __VA_ARGS__, 1);                                                 \
    break;                                                                                         \
  case 2:                                                                                          \
    body (pack, tile, panel, out, __VA_ARGS__, 2);                                                 \
    break;                                                                                         \
  case 4:                                                                                          \
    body (pack, tile, panel, out, __VA_ARGS__, 4);                                                 \
    break;                                                                                         \
  default:                                                                                         \
    body (pack, tile, panel, out, __VA_ARGS__, wide);                                              \
    break;                                                                                         \
  }

/* A function of the table: picks the body for the number of tiles and tokens. Full panels take two
 * tiles at once, which share each load of an activation; narrow ones one or two (`narrow`),
 * whichever is measured faster. */
#define DEFINE_MULTIPLY(name, wide, narrow, body, ...)                                             \
  static void multiply_##name (const NnPack *pack, int tile, int n_tiles, const NnPanel *panel,    \
                               float *out)                                                         \
  {                                                                                                \
    if (n_tiles == 2 && (narrow == 2 || panel->width == wide)) {                                   \
      PICK_WIDTH (wide, body, __VA_ARGS__ 2)                                                       \
      return;                                                                                      \
    }                                                                                              \
    for (int i = 0; i < n_tiles; i++, tile++, out += panel->width * NN_TILE)                       \
      PICK_WIDTH (wide, body, __VA_ARGS__ 1)                                                       \
  }

/* An argument and its comma. */
#define ARG(x) x,

DEFINE_MULTIPLY (q4k, NN_PANEL_INT, 1, q4k, ARG (false))
DEFINE_MULTIPLY (q5k, NN_PANEL_INT, 1, q4k, ARG (true))
DEFINE_MULTIPLY (q6k, NN_PANEL_INT, 1, q6k, )
DEFINE_MULTIPLY (u4, NN_PANEL_INT, 1, plain, ARG (true))
DEFINE_MULTIPLY (u8, NN_PANEL_INT, 1, plain, ARG (false))
DEFINE_MULTIPLY (u8k_16, NN_PANEL_INT, 1, u8k, ARG (16))
DEFINE_MULTIPLY (u8k_32, NN_PANEL_INT, 1, u8k, ARG (32))
DEFINE_MULTIPLY (u8k_256, NN_PANEL_INT, 1, u8k_256, )
DEFINE_MULTIPLY (f32, NN_PANEL_FLOAT, 2, floats, ARG (NN_PACK_F32))
DEFINE_MULTIPLY (f16, NN_PANEL_FLOAT, 2, floats, ARG (NN_PACK_F16))
DEFINE_MULTIPLY (bf16, NN_PANEL_FLOAT, 2, floats, ARG (NN_PACK_BF16))

static void
multiply_u8k (const NnPack *pack, int tile, int n_tiles, const NnPanel *panel, float *out)
{
  if (pack->sub_block == 256)
    multiply_u8k_256 (pack, tile, n_tiles, panel, out);
  else if (pack->sub_block == 16)
    multiply_u8k_16 (pack, tile, n_tiles, panel, out);
  else
    multiply_u8k_32 (pack, tile, n_tiles, panel, out);
}

const NnKernels nn_kernels_avx512 = {
  .name = "avx512",
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
    [NN_ACTIVATION_FLOAT] = nn_avx512_fill_float,
    [NN_ACTIVATION_32] = nn_avx512_fill_32,
    [NN_ACTIVATION_256] = nn_avx512_fill_256,
  },
  .widen = {
    [NN_PACK_Q4K] = nn_avx512_widen_q4k,
    [NN_PACK_Q5K] = nn_avx512_widen_q5k,
    [NN_PACK_Q6K] = nn_avx512_widen_q6k,
  },
  .rows = &nn_rows_avx512,
  .lstm_step = nn_avx512_lstm_step,
  .conv = &nn_conv_avx512,
};
