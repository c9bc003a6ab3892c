/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/kernels/pack.h"

#include <string.h>
#include <sys/mman.h>

#include "nn/gguf/blocks.h"

enum { HUGE_PAGE = 2 * 1024 * 1024, PAGE = 4096 };

void *
nn_pack_alloc (size_t n_bytes)
{
  size_t length = (n_bytes + PAGE - 1) / PAGE * PAGE;
  size_t reserve = length + HUGE_PAGE;
  uint8_t *base = mmap (NULL, reserve, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (base == MAP_FAILED)
    return NULL;

  /* Only the part from a huge page's boundary stays. */
  size_t before = (HUGE_PAGE - (uintptr_t) base % HUGE_PAGE) % HUGE_PAGE;
  size_t after = reserve - before - length;
  if (before > 0)
    munmap (base, before);
  if (after > 0)
    munmap (base + before + length, after);
  madvise (base + before, length, MADV_HUGEPAGE);
  return base + before;
}

void
nn_pack_dealloc (void *data, size_t n_bytes)
{
  if (data != NULL)
    munmap (data, (n_bytes + PAGE - 1) / PAGE * PAGE);
}

/* How a file's type maps to a layout. */
static const struct {
  NnPackFormat format;
  int sub_block;
  int offset_log2;
  gboolean has_mins;
} layouts[] = {
  [NN_TYPE_F32] = { NN_PACK_F32, 1, -1, FALSE },    [NN_TYPE_F16] = { NN_PACK_F16, 1, -1, FALSE },
  [NN_TYPE_BF16] = { NN_PACK_BF16, 1, -1, FALSE },  [NN_TYPE_Q4_0] = { NN_PACK_U4, 32, 3, FALSE },
  [NN_TYPE_Q4_1] = { NN_PACK_U4, 32, -1, TRUE },    [NN_TYPE_Q5_0] = { NN_PACK_U8, 32, 4, FALSE },
  [NN_TYPE_Q5_1] = { NN_PACK_U8, 32, -1, TRUE },    [NN_TYPE_Q8_0] = { NN_PACK_U8, 32, 7, FALSE },
  [NN_TYPE_IQ4_NL] = { NN_PACK_U8, 32, 7, FALSE },  [NN_TYPE_Q2_K] = { NN_PACK_U8K, 16, -1, TRUE },
  [NN_TYPE_Q3_K] = { NN_PACK_U8K, 16, 2, FALSE },   [NN_TYPE_Q4_K] = { NN_PACK_Q4K, 32, -1, TRUE },
  [NN_TYPE_Q5_K] = { NN_PACK_Q5K, 32, -1, TRUE },   [NN_TYPE_Q6_K] = { NN_PACK_Q6K, 16, 5, FALSE },
  [NN_TYPE_IQ4_XS] = { NN_PACK_U8K, 32, 7, FALSE },
};

static size_t
round_up (size_t n, size_t multiple)
{
  return (n + multiple - 1) / multiple * multiple;
}

gboolean
nn_pack_describe (NnPack *pack, NnType type, int64_t n_in, int64_t n_out)
{
  const NnTypeInfo *info = nn_type_info (type);
  gsize total;

  if (info == NULL || type == NN_TYPE_I8 || type == NN_TYPE_I16 || type == NN_TYPE_I32)
    return FALSE;
  if (n_in <= 0 || n_out <= 0 || n_in > G_MAXINT / 64 || n_out > G_MAXINT - NN_TILE
      || n_in % info->block_values != 0)
    return FALSE;

  size_t n = (size_t) n_in;
  *pack = (NnPack){
    .format = layouts[type].format,
    .n_in = (int) n_in,
    .n_tiles = (int) ((n_out + NN_TILE - 1) / NN_TILE),
    .sub_block = layouts[type].sub_block,
    .offset_log2 = layouts[type].offset_log2,
  };

  size_t scale_bytes = 0;
  switch (pack->format) {
  case NN_PACK_F32:
    pack->tile_bytes = n * NN_TILE * 4;
    break;
  case NN_PACK_F16:
  case NN_PACK_BF16:
    pack->tile_bytes = n * NN_TILE * 2;
    break;
  case NN_PACK_Q4K:
    pack->tile_bytes = n / NN_QK_K * sizeof (NnRecordQ4K);
    break;
  case NN_PACK_Q5K:
    pack->tile_bytes = n / NN_QK_K * sizeof (NnRecordQ5K);
    break;
  case NN_PACK_Q6K:
    pack->tile_bytes = n / NN_QK_K * sizeof (NnRecordQ6K);
    break;
  default:
    pack->scales_at = n * NN_TILE / (pack->format == NN_PACK_U4 ? 2 : 1);
    scale_bytes = n / (size_t) pack->sub_block * NN_TILE * (pack->format == NN_PACK_U8K ? 4 : 2);
    if (layouts[type].has_mins)
      pack->mins_at = pack->scales_at + scale_bytes;
    pack->tile_bytes = pack->scales_at + scale_bytes * (layouts[type].has_mins ? 2 : 1);
    break;
  }
  pack->tile_bytes = round_up (pack->tile_bytes, 64);
  return g_size_checked_mul (&total, pack->tile_bytes, (gsize) pack->n_tiles)
         && total < G_MAXSSIZE / 2;
}

NnPack
nn_pack_describe_wide (int n)
{
  size_t codes = (size_t) n * NN_TILE;
  size_t scales = (size_t) (n / NN_QK_K) * NN_TILE * sizeof (float);

  return (NnPack){
    .format = NN_PACK_U8K,
    .n_in = n,
    .n_tiles = 2,
    .tile_bytes = codes + 2 * scales,
    .scales_at = codes,
    .mins_at = codes + scales,
    .sub_block = NN_QK_K,
    .offset_log2 = -1,
  };
}

static void
get_row_codes (const NnPack *pack, const uint8_t *tile, int row, float *values)
{
  for (int k = 0; k < pack->n_in; k++) {
    size_t at = (size_t) (k / pack->sub_block) * NN_TILE + (size_t) row;
    float scale, min = 0.0f;
    int code;

    if (pack->format == NN_PACK_U8K) {
      memcpy (&scale, tile + pack->scales_at + 4 * at, 4);
      if (pack->mins_at > 0)
        memcpy (&min, tile + pack->mins_at + 4 * at, 4);
    } else {
      uint16_t half;

      memcpy (&half, tile + pack->scales_at + 2 * at, 2);
      scale = nn_f16_to_f32 (half);
      if (pack->mins_at > 0) {
        memcpy (&half, tile + pack->mins_at + 2 * at, 2);
        min = nn_f16_to_f32 (half);
      }
    }
    if (pack->format == NN_PACK_U4)
      code = tile[k / 32 * 256 + k % 16 / 4 * 64 + row * 4 + k % 4] >> (k % 32 / 16 * 4) & 15;
    else
      code = tile[k / 4 * 64 + row * 4 + k % 4];
    if (pack->offset_log2 >= 0)
      code -= 1 << pack->offset_log2;
    values[k] = scale * (float) code + min;
  }
}

static void
get_row_k (const NnPack *pack, const uint8_t *tile, int row, float *values)
{
  const NnRecordQ4K *q4 = (const NnRecordQ4K *) tile;
  const NnRecordQ5K *q5 = (const NnRecordQ5K *) tile;
  const NnRecordQ6K *q6 = (const NnRecordQ6K *) tile;

  for (int k = 0; k < pack->n_in; k++) {
    int v = k % NN_QK_K;
    int j = v / 32;

    if (pack->format != NN_PACK_Q6K) {
      gboolean is_five = pack->format == NN_PACK_Q5K;
      const NnRecordQ4K *r = is_five ? &q5[k / NN_QK_K].four : &q4[k / NN_QK_K];
      int code = r->codes[j][v % 16 / 4][row * 4 + v % 4] >> (v % 32 / 16 * 4) & 15;
      float scale = nn_f16_to_f32 (r->d[row]) * r->scales[j][row];
      float min = nn_f16_to_f32 (r->dmin[row]) * r->mins[j / 2][row][j % 2];

      if (is_five)
        code |= (q5[k / NN_QK_K].high[j][row * 4 + v % 4] >> (v % 32 / 4) & 1) << 4;
      values[k] = scale * (float) code - min;
    } else {
      const NnRecordQ6K *r = &q6[k / NN_QK_K];
      int step = v % 64 / 4;
      int at = row * 4 + v % 4;
      int low = r->parts[v / 64].low[step % 8][at] >> (step < 8 ? 0 : 4) & 15;
      int high = r->parts[v / 64].high[step % 4][at] >> (2 * (step / 4)) & 3;

      values[k] =
          nn_f16_to_f32 (r->d[row]) * r->scales[v / 16][row] * (float) ((low | high << 4) - 32);
    }
  }
}

void
nn_pack_get_row (const NnPack *pack, int row, float *values)
{
  const uint8_t *tile = pack->data + (size_t) (row / NN_TILE) * pack->tile_bytes;

  row %= NN_TILE;
  switch (pack->format) {
  case NN_PACK_F32:
    for (int k = 0; k < pack->n_in; k++)
      values[k] = ((const float *) tile)[k * NN_TILE + row];
    break;
  case NN_PACK_F16:
    for (int k = 0; k < pack->n_in; k++)
      values[k] = nn_f16_to_f32 (((const uint16_t *) tile)[k * NN_TILE + row]);
    break;
  case NN_PACK_BF16:
    for (int k = 0; k < pack->n_in; k++)
      values[k] = nn_bf16_to_f32 (((const uint16_t *) tile)[k * NN_TILE + row]);
    break;
  case NN_PACK_Q4K:
  case NN_PACK_Q5K:
  case NN_PACK_Q6K:
    get_row_k (pack, tile, row, values);
    break;
  default:
    get_row_codes (pack, tile, row, values);
    break;
  }
}
