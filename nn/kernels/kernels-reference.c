/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The kernels in plain C: what the layouts mean, and what the faster tables are compared with. */

#include "nn/kernels/kernels.h"

#include <math.h>
#include <string.h>

#include "nn/gguf/type.h"
#include "nn/kernels/kernels-reference.h"

static void
multiply_float (const NnPack *pack, int tile, int n_tiles, const NnPanel *panel, float *out)
{
  int width = panel->width;

  memset (out, 0, sizeof (float) * (size_t) (n_tiles * width * NN_TILE));
  for (int i = 0; i < n_tiles; i++, out += width * NN_TILE) {
    const uint8_t *data = pack->data + (size_t) (tile + i) * pack->tile_bytes;

    for (int k = 0; k < pack->n_in; k++)
      for (int row = 0; row < NN_TILE; row++) {
        size_t at = (size_t) k * NN_TILE + (size_t) row;
        float w = pack->format == NN_PACK_F32   ? ((const float *) data)[at]
                  : pack->format == NN_PACK_F16 ? nn_f16_to_f32 (((const uint16_t *) data)[at])
                                                : nn_bf16_to_f32 (((const uint16_t *) data)[at]);

        for (int t = 0; t < width; t++)
          out[t * NN_TILE + row] += w * panel->values[(size_t) k * (size_t) width + (size_t) t];
      }
  }
}

/* Sum over n_values codes from value k on, of weight codes given in steps of 4. */
static inline int32_t
dot_4 (const uint8_t *w, const int8_t *x)
{
  return w[0] * x[0] + w[1] * x[1] + w[2] * x[2] + w[3] * x[3];
}

static inline const int8_t *
step (const NnPanel *panel, int k, int t)
{
  return panel->codes + ((size_t) (k / 4) * (size_t) panel->width + (size_t) t) * 4;
}

/* Q4K and Q5K. */
static void
multiply_q4k (const NnPack *pack, int tile, int n_tiles, const NnPanel *panel, float *out)
{
  int width = panel->width;
  bool is_five = pack->format == NN_PACK_Q5K;

  memset (out, 0, sizeof (float) * (size_t) (n_tiles * width * NN_TILE));
  for (int i = 0; i < n_tiles; i++, out += width * NN_TILE) {
    const uint8_t *data = pack->data + (size_t) (tile + i) * pack->tile_bytes;

    for (int s = 0; s < pack->n_in / 256; s++)
      for (int t = 0; t < width; t++)
        for (int row = 0; row < NN_TILE; row++) {
          const NnRecordQ5K *five = (const NnRecordQ5K *) data + s;
          const NnRecordQ4K *r = is_five ? &five->four : (const NnRecordQ4K *) data + s;
          float d = panel->scales[s * width + t];
          int32_t sum = 0, mins = 0;

          for (int j = 0; j < 8; j++) {
            int32_t sub = 0;

            for (int v = 0; v < 32; v += 4) {
              uint8_t w[4];

              for (int b = 0; b < 4; b++)
                w[b] = r->codes[j][v % 16 / 4][row * 4 + b] >> (v / 16 * 4) & 15;
              for (int b = 0; b < 4 && is_five; b++)
                w[b] |= (uint8_t) ((five->high[j][row * 4 + b] >> (v / 4) & 1) << 4);
              sub += dot_4 (w, step (panel, s * 256 + j * 32 + v, t));
            }
            sum += sub * r->scales[j][row];
            mins += panel->pairs[((s * 4 + j / 2) * width + t) * 2 + j % 2]
                    * r->mins[j / 2][row][j % 2];
          }
          out[t * NN_TILE + row] += d * nn_f16_to_f32 (r->d[row]) * (float) sum
                                    - d * nn_f16_to_f32 (r->dmin[row]) * (float) mins;
        }
  }
}

static void
multiply_q6k (const NnPack *pack, int tile, int n_tiles, const NnPanel *panel, float *out)
{
  int width = panel->width;

  memset (out, 0, sizeof (float) * (size_t) (n_tiles * width * NN_TILE));
  for (int i = 0; i < n_tiles; i++, out += width * NN_TILE) {
    const NnRecordQ6K *r =
        (const NnRecordQ6K *) (pack->data + (size_t) (tile + i) * pack->tile_bytes);

    for (int s = 0; s < pack->n_in / 256; s++, r++)
      for (int t = 0; t < width; t++)
        for (int row = 0; row < NN_TILE; row++) {
          int32_t sum = 0;

          for (int j = 0; j < 16; j++) {
            int32_t sub = panel->sums_16[(s * 16 + j) * width + t] * 32;

            for (int i4 = 0; i4 < 4; i4++) {
              int at = j % 4 * 4 + i4; /* step of 4 values inside the 64 */
              uint8_t w[4];

              for (int b = 0; b < 4; b++) {
                int low = r->parts[j / 4].low[at % 8][row * 4 + b] >> (at < 8 ? 0 : 4) & 15;
                int high = r->parts[j / 4].high[at % 4][row * 4 + b] >> (2 * (at / 4)) & 3;
                w[b] = (uint8_t) (low | high << 4);
              }
              sub += dot_4 (w, step (panel, s * 256 + j * 16 + i4 * 4, t));
            }
            sum += sub * r->scales[j][row];
          }
          out[t * NN_TILE + row] +=
              panel->scales[s * width + t] * nn_f16_to_f32 (r->d[row]) * (float) sum;
        }
  }
}

/* U4, U8 and U8K, one sub-block at a time. */
static void
multiply_codes (const NnPack *pack, int tile, int n_tiles, const NnPanel *panel, float *out)
{
  int width = panel->width;
  int n = pack->sub_block;
  int block = pack->format == NN_PACK_U8K ? 256 : 32;

  memset (out, 0, sizeof (float) * (size_t) (n_tiles * width * NN_TILE));
  for (int i = 0; i < n_tiles; i++, out += width * NN_TILE) {
    const uint8_t *data = pack->data + (size_t) (tile + i) * pack->tile_bytes;

    for (int k = 0; k < pack->n_in; k += n)
      for (int t = 0; t < width; t++)
        for (int row = 0; row < NN_TILE; row++) {
          int32_t sum = 0, codes = 0;
          size_t at = (size_t) (k / n * NN_TILE + row);
          float scale, min = 0.0f;

          for (int v = k; v < k + n; v += 4) {
            const int8_t *x = step (panel, v, t);
            uint8_t w[4];

            for (int b = 0; b < 4; b++)
              if (pack->format == NN_PACK_U4)
                w[b] = data[v / 32 * 256 + v % 16 / 4 * 64 + row * 4 + b] >> (v % 32 / 16 * 4) & 15;
              else
                w[b] = data[v * NN_TILE + row * 4 + b];
            sum += dot_4 (w, x);
            codes += x[0] + x[1] + x[2] + x[3];
          }
          if (pack->offset_log2 >= 0)
            sum -= codes * (1 << pack->offset_log2);

          if (pack->format == NN_PACK_U8K) {
            scale = ((const float *) (data + pack->scales_at))[at];
            if (pack->mins_at > 0)
              min = ((const float *) (data + pack->mins_at))[at] * (float) codes
                    * panel->scales[k / block * width + t];
          } else {
            scale = nn_f16_to_f32 (((const uint16_t *) (data + pack->scales_at))[at]);
            if (pack->mins_at > 0)
              min = nn_f16_to_f32 (((const uint16_t *) (data + pack->mins_at))[at])
                    * panel->products[k / 32 * width + t];
          }
          out[t * NN_TILE + row] +=
              panel->scales[k / block * width + t] * scale * (float) sum + min;
        }
  }
}

static void
fill_float (const float *x, size_t x_stride, int n_in, const NnPanel *panel)
{
  size_t width = (size_t) panel->width;

  for (size_t t = 0; t < width; t++, x += x_stride)
    for (int k = 0; k < n_in; k++)
      panel->values[(size_t) k * width + t] = x[k];
}

/* Codes of `n` values at k, rounded to the nearest even, and their sums. A value that is not a
 * number becomes some code. */
static void
fill_codes (const float *x, int k, int n, float inverse, const NnPanel *panel, int token)
{
  for (int i = 0; i < n; i++) {
    float scaled = x[k + i] * inverse;
    int code = scaled > -127.0f ? (scaled < 127.0f ? (int) nearbyintf (scaled) : 127) : -127;

    ((int8_t *) step (panel, k + i - i % 4, token))[i % 4] = (int8_t) code;
  }
  for (int i = 0; i < n; i += 32) {
    int sums[2] = { 0, 0 };

    for (int j = 0; j < 32; j++)
      sums[j / 16] += step (panel, k + i + j - j % 4, token)[j % 4];

    size_t at = (size_t) ((k + i) / 32);
    size_t width = (size_t) panel->width;
    panel->sums_32[at * width + (size_t) token] = -(sums[0] + sums[1]);
    if (panel->sums_16 != NULL) {
      panel->sums_16[2 * at * width + (size_t) token] = -sums[0];
      panel->sums_16[(2 * at + 1) * width + (size_t) token] = -sums[1];
      panel->pairs[((at / 2) * width + (size_t) token) * 2 + at % 2] =
          (int16_t) (sums[0] + sums[1]);
    }
  }
}

static float
largest (const float *x, int n)
{
  float highest = 0.0f;

  for (int i = 0; i < n; i++)
    if (fabsf (x[i]) > highest)
      highest = fabsf (x[i]);
  return highest;
}

static void
fill_32 (const float *x, size_t x_stride, int n_in, const NnPanel *panel)
{
  for (int token = 0; token < panel->width; token++, x += x_stride)
    for (int k = 0; k < n_in; k += 32) {
      size_t at = (size_t) (k / 32) * (size_t) panel->width + (size_t) token;
      float highest = largest (x + k, 32);
      float d = highest / 127.0f;

      fill_codes (x, k, 32, highest > 0.0f ? 127.0f / highest : 0.0f, panel, token);
      panel->scales[at] = nn_f16_to_f32 (nn_f16_from_f32 (d));
      panel->products[at] = nn_f16_to_f32 (nn_f16_from_f32 (d * (float) -panel->sums_32[at]));
    }
}

static void
fill_256 (const float *x, size_t x_stride, int n_in, const NnPanel *panel)
{
  for (int token = 0; token < panel->width; token++, x += x_stride)
    for (int k = 0; k < n_in; k += 256) {
      size_t at = (size_t) (k / 256) * (size_t) panel->width + (size_t) token;
      float highest = largest (x + k, 256);
      float inverse = highest > 0.0f ? 127.0f / highest : 0.0f;

      fill_codes (x, k, 256, inverse, panel, token);
      panel->scales[at] = highest > 0.0f ? 1.0f / inverse : 0.0f;
    }
}

const NnKernels nn_kernels_reference = {
  .name = "reference",
  .multiply = {
    [NN_PACK_F32] = multiply_float,
    [NN_PACK_F16] = multiply_float,
    [NN_PACK_BF16] = multiply_float,
    [NN_PACK_Q4K] = multiply_q4k,
    [NN_PACK_Q5K] = multiply_q4k,
    [NN_PACK_Q6K] = multiply_q6k,
    [NN_PACK_U4] = multiply_codes,
    [NN_PACK_U8] = multiply_codes,
    [NN_PACK_U8K] = multiply_codes,
  },
  .fill = {
    [NN_ACTIVATION_FLOAT] = fill_float,
    [NN_ACTIVATION_32] = fill_32,
    [NN_ACTIVATION_256] = fill_256,
  },
  .rows = &nn_rows_reference,
  .lstm_step = nn_reference_lstm_step,
};
