/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The kernels of nn/kernels/lane-kernels.h with AVX-512, VNNI and BF16. */

#include "nn/kernels/lane-kernels.h"

#include <immintrin.h>
#include <string.h>

#include "nn/kernels/lane-products-avx512.h"

#define ALWAYS_INLINE static inline __attribute__ ((always_inline))

enum { TILES = NN_LANES / NN_LANE_TILE };

/* Rows of vectors to columns. */
ALWAYS_INLINE void
transpose (__m512 v[16])
{
  __m512 t[16];

  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_ps (v[i], v[i + 1]);
    t[i + 1] = _mm512_unpackhi_ps (v[i], v[i + 1]);
  }
  for (int i = 0; i < 16; i += 4)
    for (int j = 0; j < 2; j++) {
      __m512d a = _mm512_castps_pd (t[i + j]), b = _mm512_castps_pd (t[i + j + 2]);

      v[i + 2 * j] = _mm512_castpd_ps (_mm512_unpacklo_pd (a, b));
      v[i + 2 * j + 1] = _mm512_castpd_ps (_mm512_unpackhi_pd (a, b));
    }
  /* v[4 i + j] has columns j, 4 + j, 8 + j, 12 + j of rows 4 i .. 4 i + 3. */
  for (int j = 0; j < 4; j++) {
    t[j] = _mm512_shuffle_f32x4 (v[j], v[4 + j], 0x88);
    t[4 + j] = _mm512_shuffle_f32x4 (v[j], v[4 + j], 0xdd);
    t[8 + j] = _mm512_shuffle_f32x4 (v[8 + j], v[12 + j], 0x88);
    t[12 + j] = _mm512_shuffle_f32x4 (v[8 + j], v[12 + j], 0xdd);
  }
  for (int j = 0; j < 4; j++) {
    v[j] = _mm512_shuffle_f32x4 (t[j], t[8 + j], 0x88);
    v[8 + j] = _mm512_shuffle_f32x4 (t[j], t[8 + j], 0xdd);
    v[4 + j] = _mm512_shuffle_f32x4 (t[4 + j], t[12 + j], 0x88);
    v[12 + j] = _mm512_shuffle_f32x4 (t[4 + j], t[12 + j], 0xdd);
  }
}

static __mmask16
first_lanes (int n)
{
  return n >= 16 ? 0xffff : (__mmask16) ((1u << n) - 1);
}

static void
load (const float *x, size_t x_stride, int n_rows, int width, float *lanes)
{
  for (int row = 0; row < n_rows; row += NN_LANE_TILE)
    for (int i = 0; i < width; i += 16) {
      const __mmask16 mask = first_lanes (width - i);
      __m512 v[16];

      for (int r = 0; r < 16; r++)
        v[r] = row + r < n_rows
                   ? _mm512_maskz_loadu_ps (mask, x + (size_t) (row + r) * x_stride + i)
                   : _mm512_setzero_ps ();
      transpose (v);
      for (int j = 0; j < 16; j++)
        if (i + j < width)
          _mm512_store_ps (lanes + (size_t) (i + j) * NN_LANES + row, v[j]);
    }
}

static void
store (const float *lanes, int n_rows, int width, float *y, size_t y_stride)
{
  for (int row = 0; row < n_rows; row += NN_LANE_TILE)
    for (int i = 0; i < width; i += 16) {
      const __mmask16 mask = first_lanes (width - i);
      __m512 v[16];

      for (int j = 0; j < 16; j++)
        v[j] = i + j < width ? _mm512_load_ps (lanes + (size_t) (i + j) * NN_LANES + row)
                             : _mm512_setzero_ps ();
      transpose (v);
      for (int r = 0; r < 16; r++)
        if (row + r < n_rows)
          _mm512_mask_storeu_ps (y + (size_t) (row + r) * y_stride + i, mask, v[r]);
    }
}

/* Two sums at a time, as an addition takes several cycles. */
static void
layer_norm (const float *lanes, const float *weight, const float *bias, float eps, int n_tiles,
            int width, float *out)
{
  const __m512 inverse = _mm512_set1_ps (1.0f / (float) width);

  for (int r = 0; r < n_tiles; r++) {
    const float *x = lanes + r * NN_LANE_TILE;
    float *y = out + r * NN_LANE_TILE;
    __m512 sums[4], squares[4];

    for (int j = 0; j < 4; j++)
      sums[j] = squares[j] = _mm512_setzero_ps ();
    for (int i = 0; i < width; i += 4)
      for (int j = 0; j < 4; j++)
        if (i + j < width)
          sums[j] = _mm512_add_ps (sums[j], _mm512_load_ps (x + (i + j) * NN_LANES));
    const __m512 mean = _mm512_mul_ps (
        _mm512_add_ps (_mm512_add_ps (sums[0], sums[1]), _mm512_add_ps (sums[2], sums[3])),
        inverse);
    for (int i = 0; i < width; i += 4)
      for (int j = 0; j < 4; j++)
        if (i + j < width) {
          const __m512 v = _mm512_sub_ps (_mm512_load_ps (x + (i + j) * NN_LANES), mean);
          squares[j] = _mm512_fmadd_ps (v, v, squares[j]);
        }
    const __m512 variance = _mm512_mul_ps (_mm512_add_ps (_mm512_add_ps (squares[0], squares[1]),
                                                          _mm512_add_ps (squares[2], squares[3])),
                                           inverse);
    const __m512 factor = _mm512_div_ps (
        _mm512_set1_ps (1.0f), _mm512_sqrt_ps (_mm512_add_ps (variance, _mm512_set1_ps (eps))));
    for (int i = 0; i < width; i++) {
      const __m512 v =
          _mm512_mul_ps (_mm512_sub_ps (_mm512_load_ps (x + i * NN_LANES), mean), factor);
      _mm512_store_ps (y + i * NN_LANES,
                       _mm512_fmadd_ps (v, _mm512_set1_ps (weight[i]), _mm512_set1_ps (bias[i])));
    }
  }
}

/* Word l: the bfloat16 of low[l], and of high[l] above it. */
ALWAYS_INLINE __m512i
join (__m512 low, __m512 high)
{
  const __m512i order =
      _mm512_set_epi16 (31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6,
                        21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);

  return _mm512_permutexvar_epi16 (order, (__m512i) _mm512_cvtne2ps_pbh (high, low));
}

static void
to_pairs (const float *lanes, float factor, int n_tiles, int width, uint32_t *pairs)
{
  const __m512 f = _mm512_set1_ps (factor);

  for (int i = 0; i < width / 2; i++)
    for (int r = 0; r < n_tiles; r++) {
      const float *x = lanes + 2 * i * NN_LANES + r * NN_LANE_TILE;

      _mm512_store_si512 (pairs + i * NN_LANES + r * NN_LANE_TILE,
                          join (_mm512_mul_ps (_mm512_load_ps (x), f),
                                _mm512_mul_ps (_mm512_load_ps (x + NN_LANES), f)));
    }
}

ALWAYS_INLINE __m512i
code_of (const float *x, __m512 inverse, __m512i zero)
{
  __m512i code = _mm512_cvtps_epi32 (_mm512_mul_ps (_mm512_load_ps (x), inverse));

  code = _mm512_max_epi32 (_mm512_add_epi32 (code, zero), _mm512_setzero_si512 ());
  return _mm512_min_epi32 (code, _mm512_set1_epi32 (255));
}

static void
to_quads (const float *lanes, int n_tiles, int width, uint32_t *quads, float *scales,
          int32_t *zeros)
{
  for (int r = 0; r < n_tiles; r++) {
    const float *x = lanes + r * NN_LANE_TILE;
    __m512 lowest = _mm512_setzero_ps (), highest = _mm512_setzero_ps ();

    for (int i = 0; i < width; i++) {
      const __m512 v = _mm512_load_ps (x + i * NN_LANES);
      lowest = _mm512_min_ps (lowest, v);
      highest = _mm512_max_ps (highest, v);
    }
    const __m512 scale =
        _mm512_mul_ps (_mm512_sub_ps (highest, lowest), _mm512_set1_ps (1.0f / 255.0f));
    const __m512 inverse =
        _mm512_maskz_div_ps (_mm512_cmp_ps_mask (scale, _mm512_set1_ps (1e-30f), _CMP_GT_OQ),
                             _mm512_set1_ps (1.0f), scale);
    const __m512i zero = _mm512_sub_epi32 (_mm512_setzero_si512 (),
                                           _mm512_cvtps_epi32 (_mm512_mul_ps (lowest, inverse)));

    _mm512_store_ps (scales + r * NN_LANE_TILE, scale);
    _mm512_store_si512 (zeros + r * NN_LANE_TILE, zero);
    for (int i = 0; i < width / 4; i++, x += 4 * NN_LANES) {
      const __m512i low = _mm512_or_si512 (
          code_of (x, inverse, zero), _mm512_slli_epi32 (code_of (x + NN_LANES, inverse, zero), 8));
      const __m512i high =
          _mm512_or_si512 (code_of (x + 2 * NN_LANES, inverse, zero),
                           _mm512_slli_epi32 (code_of (x + 3 * NN_LANES, inverse, zero), 8));

      _mm512_store_si512 (quads + i * NN_LANES + r * NN_LANE_TILE,
                          _mm512_or_si512 (low, _mm512_slli_epi32 (high, 16)));
    }
  }
}

static void
multiply (const NnLaneWeight *weight, const uint32_t *operand, const float *scales,
          const int32_t *zeros, int n_tiles, bool add, float *out)
{
  const bool is_quads = weight->format == NN_LANE_QUADS;
  const Product product = is_quads ? quads_product[n_tiles] : pairs_product[n_tiles];
  const size_t n_steps = (size_t) weight->n_in / (is_quads ? 4 : 2);
  const uint32_t *w = weight->words;
  _Alignas(64) float sums[NN_LANE_GROUP * NN_LANES];

  for (int j = 0; j < weight->n_out; j++) {
    const int in_group = j % NN_LANE_GROUP;

    if (in_group == 0) {
      product (operand, w, n_steps, sums);
      w += n_steps * NN_LANE_GROUP;
    }
    for (int r = 0; r < n_tiles; r++) {
      float *y = out + (size_t) j * NN_LANES + r * NN_LANE_TILE;
      const float *sum = sums + in_group * NN_LANES + r * NN_LANE_TILE;
      const __m512 bias = _mm512_set1_ps (weight->bias[j]);
      __m512 v;

      if (is_quads) {
        const __m512i offset = _mm512_mullo_epi32 (_mm512_load_si512 (zeros + r * NN_LANE_TILE),
                                                   _mm512_set1_epi32 (weight->sums[j]));
        const __m512 scale = _mm512_mul_ps (_mm512_load_ps (scales + r * NN_LANE_TILE),
                                            _mm512_set1_ps (weight->scales[j]));

        v = _mm512_cvtepi32_ps (_mm512_sub_epi32 (_mm512_load_si512 (sum), offset));
        v = _mm512_fmadd_ps (v, scale, bias);
      } else {
        v = _mm512_add_ps (_mm512_load_ps (sum), bias);
      }
      if (add)
        v = _mm512_add_ps (v, _mm512_load_ps (y));
      _mm512_store_ps (y, v);
    }
  }
}

static void
widen (const uint16_t *halves, size_t n, float *x)
{
  for (size_t i = 0; i < n; i += 16) {
    const __mmask16 mask = first_lanes (n - i < 16 ? (int) (n - i) : 16);

    _mm512_mask_storeu_ps (x + i, mask,
                           _mm512_cvtph_ps (_mm256_maskz_loadu_epi16 (mask, halves + i)));
  }
}

/* A word of each of 16 lanes, to two groups. */
ALWAYS_INLINE void
store_words (uint32_t *to, size_t group_words, __m512i words)
{
  _mm256_store_si256 ((__m256i *) to, _mm512_castsi512_si256 (words));
  _mm256_store_si256 ((__m256i *) (to + group_words), _mm512_extracti64x4_epi64 (words, 1));
}

static void
pack_pairs (const float *lanes, int n_tiles, int width, uint32_t *words)
{
  const size_t group_words = (size_t) width / 2 * NN_LANE_GROUP;

  for (int r = 0; r < n_tiles; r++, words += 2 * group_words)
    for (int i = 0; i < width / 2; i++) {
      const float *x = lanes + (size_t) (2 * i) * NN_LANES + r * NN_LANE_TILE;

      store_words (words + i * NN_LANE_GROUP, group_words,
                   join (_mm512_load_ps (x), _mm512_load_ps (x + NN_LANES)));
    }
}

/* Four codes of each lane in a word; their sum is added to *sum. */
ALWAYS_INLINE __m512i
signed_codes (const float *x, __m512 inverse, __m512i *sum)
{
  __m512i word = _mm512_setzero_si512 ();

  for (int j = 3; j >= 0; j--) {
    const __m512i code =
        _mm512_cvtps_epi32 (_mm512_mul_ps (_mm512_load_ps (x + j * NN_LANES), inverse));

    *sum = _mm512_add_epi32 (*sum, code);
    word = _mm512_or_si512 (_mm512_slli_epi32 (word, 8),
                            _mm512_and_si512 (code, _mm512_set1_epi32 (255)));
  }
  return word;
}

static void
pack_quads (const float *lanes, int n_tiles, int width, uint32_t *words, float *scales,
            int32_t *sums)
{
  const size_t group_words = (size_t) width / 4 * NN_LANE_GROUP;

  for (int r = 0; r < n_tiles; r++, words += 2 * group_words) {
    const float *x = lanes + r * NN_LANE_TILE;
    __m512 highest = _mm512_setzero_ps ();
    __m512i sum = _mm512_setzero_si512 ();

    for (int i = 0; i < width; i++)
      highest = _mm512_max_ps (highest, _mm512_abs_ps (_mm512_load_ps (x + (size_t) i * NN_LANES)));
    const __m512 inverse =
        _mm512_maskz_div_ps (_mm512_cmp_ps_mask (highest, _mm512_set1_ps (1e-30f), _CMP_GT_OQ),
                             _mm512_set1_ps (127.0f), highest);

    for (int i = 0; i < width / 4; i++, x += 4 * NN_LANES)
      store_words (words + i * NN_LANE_GROUP, group_words, signed_codes (x, inverse, &sum));
    _mm512_storeu_ps (scales + r * NN_LANE_TILE,
                      _mm512_mul_ps (highest, _mm512_set1_ps (1.0f / 127.0f)));
    _mm512_storeu_si512 (sums + r * NN_LANE_TILE, sum);
  }
}

static void
pack_codes (const float *lanes, int width, uint8_t *codes, uint16_t *scales)
{
  const float *x = lanes;

  for (int block = 0; block < width / 32; block++, x += 32 * NN_LANES, scales += NN_LANE_TILE) {
    __m512 highest = _mm512_setzero_ps ();
    __m512i sum = _mm512_setzero_si512 (); /* not needed */

    for (int i = 0; i < 32; i++)
      highest = _mm512_max_ps (highest, _mm512_abs_ps (_mm512_load_ps (x + i * NN_LANES)));
    const __m512 inverse =
        _mm512_maskz_div_ps (_mm512_cmp_ps_mask (highest, _mm512_set1_ps (1e-30f), _CMP_GT_OQ),
                             _mm512_set1_ps (127.0f), highest);

    _mm256_storeu_si256 ((__m256i *) scales,
                         _mm512_cvtps_ph (_mm512_mul_ps (highest, _mm512_set1_ps (1.0f / 127.0f)),
                                          _MM_FROUND_TO_NEAREST_INT));
    for (int i = 0; i < 32; i += 4, codes += 64) {
      const __m512i word = signed_codes (x + i * NN_LANES, inverse, &sum);

      /* + 128, byte by byte */
      _mm512_storeu_si512 (codes, _mm512_xor_si512 (word, _mm512_set1_epi8 (-128)));
    }
  }
}

/* Eight rows of eight words to columns. */
ALWAYS_INLINE void
transpose_8 (__m256i v[8])
{
  __m256i t[8];

  for (int i = 0; i < 8; i += 2) {
    t[i] = _mm256_unpacklo_epi32 (v[i], v[i + 1]);
    t[i + 1] = _mm256_unpackhi_epi32 (v[i], v[i + 1]);
  }
  for (int i = 0; i < 8; i += 4)
    for (int j = 0; j < 2; j++) {
      v[i + 2 * j] = _mm256_unpacklo_epi64 (t[i + j], t[i + j + 2]);
      v[i + 2 * j + 1] = _mm256_unpackhi_epi64 (t[i + j], t[i + j + 2]);
    }
  for (int j = 0; j < 4; j++) {
    t[j] = _mm256_permute2x128_si256 (v[j], v[4 + j], 0x20);
    t[4 + j] = _mm256_permute2x128_si256 (v[j], v[4 + j], 0x31);
  }
  memcpy (v, t, sizeof t);
}

static void
pack_values (const float *lanes, int n_tiles, int head_dim, size_t group_words, uint32_t *values)
{
  for (int g = 0; g < head_dim / NN_LANE_GROUP; g++, values += group_words)
    for (int r = 0; r < n_tiles; r++) {
      __m256i v[8];

      for (int j = 0; j < 8; j++)
        v[j] = (__m256i) _mm512_cvtneps_pbh (
            _mm512_load_ps (lanes + (g * NN_LANE_GROUP + j) * NN_LANES + r * NN_LANE_TILE));
      transpose_8 (v);
      for (int j = 0; j < 8; j++)
        _mm256_store_si256 ((__m256i *) (values + (8 * r + j) * NN_LANE_GROUP), v[j]);
    }
}

/* 2^x for x <= 0 to 4e-5, more than bfloat16 keeps. */
ALWAYS_INLINE __m512
power_of_2 (__m512 x)
{
  const __m512 n = _mm512_roundscale_ps (x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const __m512 f = _mm512_sub_ps (x, n);
  __m512 p = _mm512_set1_ps (0.00961813f);

  p = _mm512_fmadd_ps (p, f, _mm512_set1_ps (0.05550411f));
  p = _mm512_fmadd_ps (p, f, _mm512_set1_ps (0.24022651f));
  p = _mm512_fmadd_ps (p, f, _mm512_set1_ps (0.69314718f));
  p = _mm512_fmadd_ps (p, f, _mm512_set1_ps (1.0f));
  return _mm512_scalef_ps (p, n);
}

/* n scores to probabilities relative to the running maximum, as pairs of keys. */
static void
weigh (NnLaneScratch *s, int n, int n_tiles)
{
  for (int r = 0; r < n_tiles; r++) {
    const float *x = s->scores[0] + r * NN_LANE_TILE;
    uint32_t *to = s->pairs[0] + r * NN_LANE_TILE;
    const __m512 before = _mm512_load_ps (s->highest + r * NN_LANE_TILE);
    __m512 highest = before;
    __m512 sums[2] = { _mm512_setzero_ps (), _mm512_setzero_ps () };

    for (int k = 0; k < n; k++)
      highest = _mm512_max_ps (highest, _mm512_load_ps (x + k * NN_LANES));
    for (int k = 0; k < n; k += 2, to += NN_LANES) {
      const __m512 a = power_of_2 (_mm512_sub_ps (_mm512_load_ps (x + k * NN_LANES), highest));
      const __m512 b =
          k + 1 < n ? power_of_2 (_mm512_sub_ps (_mm512_load_ps (x + (k + 1) * NN_LANES), highest))
                    : _mm512_setzero_ps ();

      sums[0] = _mm512_add_ps (sums[0], a);
      sums[1] = _mm512_add_ps (sums[1], b);
      _mm512_store_si512 (to, join (a, b));
    }
    const __m512 factor = power_of_2 (_mm512_sub_ps (before, highest));
    const __m512 total = _mm512_load_ps (s->total + r * NN_LANE_TILE);

    _mm512_store_ps (s->highest + r * NN_LANE_TILE, highest);
    _mm512_store_ps (s->factor + r * NN_LANE_TILE, factor);
    _mm512_store_ps (s->total + r * NN_LANE_TILE,
                     _mm512_fmadd_ps (total, factor, _mm512_add_ps (sums[0], sums[1])));
  }
}

static void
attend (const uint32_t *q, const uint32_t *keys, const uint32_t *values, size_t group_words,
        int n_keys, int head_dim, int n_tiles, NnLaneScratch *s, float *out)
{
  const Product product = pairs_product[n_tiles];
  const size_t n_steps = (size_t) head_dim / 2;

  memset (out, 0, sizeof (float) * NN_LANES * (size_t) head_dim);
  for (int l = 0; l < NN_LANES; l++) {
    s->highest[l] = -1e30f;
    s->total[l] = 0.0f;
  }
  for (int begin = 0; begin < n_keys; begin += NN_LANE_CHUNK) {
    const int n = n_keys - begin < NN_LANE_CHUNK ? n_keys - begin : NN_LANE_CHUNK;

    for (int k = 0; k < n; k += NN_LANE_GROUP)
      product (q, keys + (size_t) (begin + k) * n_steps, n_steps, s->scores[k]);
    weigh (s, n, n_tiles);
    for (int d = 0; d < head_dim; d++) {
      const uint32_t *group = values + (size_t) (d / NN_LANE_GROUP) * group_words
                              + (size_t) (begin / 2) * NN_LANE_GROUP;

      if (d % NN_LANE_GROUP == 0)
        product (s->pairs[0], group, (size_t) (n + 1) / 2, s->part);
      for (int r = 0; r < n_tiles; r++) {
        float *y = out + d * NN_LANES + r * NN_LANE_TILE;

        _mm512_store_ps (
            y, _mm512_fmadd_ps (_mm512_load_ps (y), _mm512_load_ps (s->factor + r * NN_LANE_TILE),
                                _mm512_load_ps (s->part[d % NN_LANE_GROUP] + r * NN_LANE_TILE)));
      }
    }
  }
  for (int r = 0; r < n_tiles; r++) {
    const __m512 inverse =
        _mm512_div_ps (_mm512_set1_ps (1.0f), _mm512_load_ps (s->total + r * NN_LANE_TILE));

    for (int d = 0; d < head_dim; d++) {
      float *y = out + d * NN_LANES + r * NN_LANE_TILE;
      _mm512_store_ps (y, _mm512_mul_ps (_mm512_load_ps (y), inverse));
    }
  }
}

const NnLaneKernels nn_lane_kernels_avx512_bf16 = {
  .widen = widen,
  .load = load,
  .store = store,
  .layer_norm = layer_norm,
  .to_pairs = to_pairs,
  .to_quads = to_quads,
  .multiply = multiply,
  .pack_pairs = pack_pairs,
  .pack_quads = pack_quads,
  .pack_codes = pack_codes,
  .pack_values = pack_values,
  .attend = attend,
};
