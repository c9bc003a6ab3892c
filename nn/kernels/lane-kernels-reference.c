/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The kernels of nn/kernels/lane-kernels.h in plain C. */

#include "nn/kernels/lane-kernels.h"

#include <math.h>
#include <string.h>

#include "nn/gguf/type.h"

static float
low_of (uint32_t word)
{
  return nn_bf16_to_f32 ((uint16_t) word);
}

static float
high_of (uint32_t word)
{
  return nn_bf16_to_f32 ((uint16_t) (word >> 16));
}

static uint32_t
join (float low, float high)
{
  return nn_bf16_from_f32 (low) | (uint32_t) nn_bf16_from_f32 (high) << 16;
}

static void
load (const float *x, size_t x_stride, int n_rows, int width, float *lanes)
{
  const int n = (n_rows + NN_LANE_TILE - 1) / NN_LANE_TILE * NN_LANE_TILE;

  for (int i = 0; i < width; i++)
    for (int l = 0; l < n; l++)
      lanes[i * NN_LANES + l] = l < n_rows ? x[(size_t) l * x_stride + (size_t) i] : 0.0f;
}

static void
store (const float *lanes, int n_rows, int width, float *y, size_t y_stride)
{
  for (int i = 0; i < width; i++)
    for (int l = 0; l < n_rows; l++)
      y[(size_t) l * y_stride + (size_t) i] = lanes[i * NN_LANES + l];
}

static void
layer_norm (const float *lanes, const float *weight, const float *bias, float eps, int n_tiles,
            int width, float *out)
{
  for (int l = 0; l < n_tiles * NN_LANE_TILE; l++) {
    float sum = 0.0f, squares = 0.0f;

    for (int i = 0; i < width; i++)
      sum += lanes[i * NN_LANES + l];
    const float mean = sum / (float) width;
    for (int i = 0; i < width; i++) {
      const float v = lanes[i * NN_LANES + l] - mean;
      squares += v * v;
    }
    const float factor = 1.0f / sqrtf (squares / (float) width + eps);
    for (int i = 0; i < width; i++)
      out[i * NN_LANES + l] = (lanes[i * NN_LANES + l] - mean) * factor * weight[i] + bias[i];
  }
}

static void
to_pairs (const float *lanes, float factor, int n_tiles, int width, uint32_t *pairs)
{
  for (int i = 0; i < width / 2; i++)
    for (int l = 0; l < n_tiles * NN_LANE_TILE; l++)
      pairs[i * NN_LANES + l] =
          join (lanes[2 * i * NN_LANES + l] * factor, lanes[(2 * i + 1) * NN_LANES + l] * factor);
}

static void
to_quads (const float *lanes, int n_tiles, int width, uint32_t *quads, float *scales,
          int32_t *zeros)
{
  for (int l = 0; l < n_tiles * NN_LANE_TILE; l++) {
    float lowest = 0.0f, highest = 0.0f;

    for (int i = 0; i < width; i++) {
      lowest = fminf (lowest, lanes[i * NN_LANES + l]);
      highest = fmaxf (highest, lanes[i * NN_LANES + l]);
    }
    const float scale = (highest - lowest) * (1.0f / 255.0f);
    const float inverse = scale > 1e-30f ? 1.0f / scale : 0.0f;
    const int zero = -(int) nearbyintf (lowest * inverse);

    scales[l] = scale;
    zeros[l] = zero;
    for (int i = 0; i < width / 4; i++) {
      uint32_t word = 0;

      for (int j = 0; j < 4; j++) {
        const int code = (int) nearbyintf (lanes[(4 * i + j) * NN_LANES + l] * inverse) + zero;
        word |= (uint32_t) (code < 0 ? 0 : code > 255 ? 255 : code) << (8 * j);
      }
      quads[i * NN_LANES + l] = word;
    }
  }
}

/* The sum of one lane and output. */
static float
dot_pairs (const uint32_t *x, const uint32_t *w, int n_steps)
{
  float sum = 0.0f;

  for (int k = 0; k < n_steps; k++, x += NN_LANES, w += NN_LANE_GROUP)
    sum += low_of (*x) * low_of (*w) + high_of (*x) * high_of (*w);
  return sum;
}

static int32_t
dot_quads (const uint32_t *x, const uint32_t *w, int n_steps)
{
  int32_t sum = 0;

  for (int k = 0; k < n_steps; k++, x += NN_LANES, w += NN_LANE_GROUP)
    for (int j = 0; j < 4; j++)
      sum += (int32_t) (*x >> (8 * j) & 255) * (int8_t) (*w >> (8 * j) & 255);
  return sum;
}

static void
multiply (const NnLaneWeight *weight, const uint32_t *operand, const float *scales,
          const int32_t *zeros, int n_tiles, bool add, float *out)
{
  const bool is_quads = weight->format == NN_LANE_QUADS;
  const int n_steps = weight->n_in / (is_quads ? 4 : 2);

  for (int j = 0; j < weight->n_out; j++) {
    const uint32_t *w = weight->words
                        + (size_t) (j / NN_LANE_GROUP * NN_LANE_GROUP) * (size_t) n_steps
                        + j % NN_LANE_GROUP;

    for (int l = 0; l < n_tiles * NN_LANE_TILE; l++) {
      float *y = out + (size_t) j * NN_LANES + l;
      float v;

      if (is_quads)
        v = (float) (dot_quads (operand + l, w, n_steps) - zeros[l] * weight->sums[j])
            * (scales[l] * weight->scales[j]);
      else
        v = dot_pairs (operand + l, w, n_steps);
      v += weight->bias[j];
      *y = add ? *y + v : v;
    }
  }
}

static void
widen (const uint16_t *halves, size_t n, float *x)
{
  for (size_t i = 0; i < n; i++)
    x[i] = nn_f16_to_f32 (halves[i]);
}

static void
pack_pairs (const float *lanes, int n_tiles, int width, uint32_t *words)
{
  for (int l = 0; l < n_tiles * NN_LANE_TILE; l++)
    for (int i = 0; i < width / 2; i++)
      words[(l / NN_LANE_GROUP * width / 2 + i) * NN_LANE_GROUP + l % NN_LANE_GROUP] =
          join (lanes[2 * i * NN_LANES + l], lanes[(2 * i + 1) * NN_LANES + l]);
}

static void
pack_quads (const float *lanes, int n_tiles, int width, uint32_t *words, float *scales,
            int32_t *sums)
{
  for (int l = 0; l < n_tiles * NN_LANE_TILE; l++) {
    float highest = 0.0f;

    for (int i = 0; i < width; i++)
      highest = fmaxf (highest, fabsf (lanes[i * NN_LANES + l]));
    const float inverse = highest > 1e-30f ? 127.0f / highest : 0.0f;

    scales[l] = highest * (1.0f / 127.0f);
    sums[l] = 0;
    for (int i = 0; i < width / 4; i++) {
      uint32_t word = 0;

      for (int j = 0; j < 4; j++) {
        const int code = (int) nearbyintf (lanes[(4 * i + j) * NN_LANES + l] * inverse);
        sums[l] += code;
        word |= (uint32_t) (code & 255) << (8 * j);
      }
      words[(l / NN_LANE_GROUP * width / 4 + i) * NN_LANE_GROUP + l % NN_LANE_GROUP] = word;
    }
  }
}

static void
pack_codes (const float *lanes, int width, uint8_t *codes, uint16_t *scales)
{
  for (int l = 0; l < NN_LANE_TILE; l++)
    for (int block = 0; block < width / 32; block++) {
      const float *x = lanes + (size_t) (32 * block) * NN_LANES + l;
      float highest = 0.0f;

      for (int i = 0; i < 32; i++)
        highest = fmaxf (highest, fabsf (x[i * NN_LANES]));
      const float inverse = highest > 1e-30f ? 127.0f / highest : 0.0f;

      scales[block * NN_LANE_TILE + l] = nn_f16_from_f32 (highest * (1.0f / 127.0f));
      for (int i = 0; i < 32; i++) {
        const int step = 8 * block + i / 4;

        codes[(step * NN_LANE_TILE + l) * 4 + i % 4] =
            (uint8_t) ((int) nearbyintf (x[i * NN_LANES] * inverse) + 128);
      }
    }
}

static void
pack_values (const float *lanes, int n_tiles, int head_dim, size_t group_words, uint32_t *values)
{
  for (int d = 0; d < head_dim; d++)
    for (int p = 0; p < n_tiles * NN_LANE_TILE / 2; p++)
      values[(size_t) (d / NN_LANE_GROUP) * group_words
             + (size_t) (p * NN_LANE_GROUP + d % NN_LANE_GROUP)] =
          join (lanes[d * NN_LANES + 2 * p], lanes[d * NN_LANES + 2 * p + 1]);
}

static void
attend_lane (const uint32_t *q, const uint32_t *keys, const uint32_t *values, size_t group_words,
             int n_keys, int head_dim, int l, NnLaneScratch *s, float *out)
{
  float highest = -1e30f, total = 0.0f;

  for (int d = 0; d < head_dim; d++)
    out[d * NN_LANES + l] = 0.0f;
  for (int begin = 0; begin < n_keys; begin += NN_LANE_CHUNK) {
    const int n = n_keys - begin < NN_LANE_CHUNK ? n_keys - begin : NN_LANE_CHUNK;
    const float before = highest;

    for (int k = 0; k < n; k++) {
      const size_t group = (size_t) ((begin + k) / NN_LANE_GROUP * NN_LANE_GROUP);

      s->scores[k][l] =
          dot_pairs (q + l, keys + group * (size_t) head_dim / 2 + k % NN_LANE_GROUP, head_dim / 2);
      highest = fmaxf (highest, s->scores[k][l]);
    }
    const float factor = exp2f (before - highest);

    total *= factor;
    for (int k = 0; k < n; k += 2) {
      const float a = exp2f (s->scores[k][l] - highest);
      const float b = k + 1 < n ? exp2f (s->scores[k + 1][l] - highest) : 0.0f;

      total += a + b;
      s->pairs[k / 2][l] = join (a, b);
    }
    for (int d = 0; d < head_dim; d++) {
      const uint32_t *v = values + (size_t) (d / NN_LANE_GROUP) * group_words
                          + (size_t) (begin / 2 * NN_LANE_GROUP + d % NN_LANE_GROUP);

      out[d * NN_LANES + l] =
          out[d * NN_LANES + l] * factor + dot_pairs (s->pairs[0] + l, v, (n + 1) / 2);
    }
  }
  for (int d = 0; d < head_dim; d++)
    out[d * NN_LANES + l] /= total;
}

static void
attend (const uint32_t *q, const uint32_t *keys, const uint32_t *values, size_t group_words,
        int n_keys, int head_dim, int n_tiles, NnLaneScratch *scratch, float *out)
{
  for (int l = 0; l < n_tiles * NN_LANE_TILE; l++)
    attend_lane (q, keys, values, group_words, n_keys, head_dim, l, scratch, out);
}

const NnLaneKernels nn_lane_kernels_reference = {
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
