/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The file's blocks into tiles. Bit fields are moved eight bytes at a time in plain 64-bit words,
 * so that loading a model takes little longer than reading it. */

#include "nn/kernels/pack.h"

#include <string.h>

#include "nn/gguf/blocks.h"
#include "nn/kernels/pack-rows.h"

#define EACH_BYTE(x) ((uint64_t) (x) *UINT64_C (0x0101010101010101))

static inline uint64_t
load_8 (const uint8_t *p)
{
  uint64_t v;

  memcpy (&v, p, 8);
  return v;
}

/* Two steps of 4 values of one row; steps are 64 bytes apart. */
static inline void
store_steps (uint8_t *to, uint64_t bytes)
{
  memcpy (to, &bytes, 4);
  bytes >>= 32;
  memcpy (to + 64, &bytes, 4);
}

/* A block of any type that becomes 8-bit codes. */
typedef struct {
  uint8_t codes[NN_QK_K];
  float scales[16];
  float mins[16];
  uint16_t d, m; /* as in the file, for the types of 32 */
} Block;

static void
spread_nibbles (uint8_t *codes, const uint8_t *qs)
{
  for (int j = 0; j < 16; j++) {
    codes[j] = qs[j] & 15;
    codes[j + 16] = qs[j] >> 4;
  }
}

static void
spread_levels (uint8_t *codes, const uint8_t *qs)
{
  for (int j = 0; j < 16; j++) {
    codes[j] = (uint8_t) (nn_iq4_values[qs[j] & 15] + 128);
    codes[j + 16] = (uint8_t) (nn_iq4_values[qs[j] >> 4] + 128);
  }
}

/* Adds bit j of qh as bit 4 of code j. */
static void
add_fifth_bits (uint8_t *codes, const uint8_t qh[4])
{
  for (int j = 0; j < 32; j++)
    codes[j] = (uint8_t) (codes[j] | (qh[j / 8] >> (j % 8) & 1) << 4);
}

static void
read_plain_block (Block *to, NnType type, const void *from)
{
  const NnBlockQ40 *q40 = from;
  const NnBlockQ41 *q41 = from;
  const NnBlockQ50 *q50 = from;
  const NnBlockQ51 *q51 = from;
  const NnBlockQ80 *q80 = from;

  to->d = q40->d; /* the first field of each */
  switch ((int) type) {
  case NN_TYPE_Q4_0:
    spread_nibbles (to->codes, q40->qs);
    break;
  case NN_TYPE_IQ4_NL:
    spread_levels (to->codes, q40->qs);
    break;
  case NN_TYPE_Q4_1:
    to->m = q41->m;
    spread_nibbles (to->codes, q41->qs);
    break;
  case NN_TYPE_Q5_0:
    spread_nibbles (to->codes, q50->qs);
    add_fifth_bits (to->codes, q50->qh);
    break;
  case NN_TYPE_Q5_1:
    to->m = q51->m;
    spread_nibbles (to->codes, q51->qs);
    add_fifth_bits (to->codes, q51->qh);
    break;
  case NN_TYPE_Q8_0:
    for (int j = 0; j < 32; j++)
      to->codes[j] = (uint8_t) (q80->qs[j] + 128);
    break;
  }
}

static void
read_q2k (Block *to, const NnBlockQ2K *b)
{
  float d = nn_f16_to_f32 (b->d), dmin = nn_f16_to_f32 (b->dmin);

  for (int i = 0; i < 16; i++) {
    to->scales[i] = d * (float) (b->scales[i] & 15);
    to->mins[i] = dmin * (float) (b->scales[i] >> 4);
  }
  for (int i = 0; i < 8; i++)
    for (int l = 0; l < 32; l++)
      to->codes[32 * i + l] = b->qs[i / 4 * 32 + l] >> (2 * (i % 4)) & 3;
}

static void
read_q3k (Block *to, const NnBlockQ3K *b)
{
  float d = nn_f16_to_f32 (b->d);

  for (int i = 0; i < 16; i++)
    to->scales[i] = d * (float) nn_q3k_scale (b->scales, i);
  for (int i = 0; i < 8; i++)
    for (int l = 0; l < 32; l++)
      to->codes[32 * i + l] =
          (uint8_t) ((b->qs[i / 4 * 32 + l] >> (2 * (i % 4)) & 3) | (b->hmask[l] >> i & 1) << 2);
}

static void
read_iq4xs (Block *to, const NnBlockIq4Xs *b)
{
  float d = nn_f16_to_f32 (b->d);

  for (int i = 0; i < 8; i++) {
    to->scales[i] = d * (float) nn_iq4xs_scale (b, i);
    spread_levels (to->codes + 32 * i, b->qs + 16 * i);
  }
}

/* Scale and minimum of each sub-block, in the width of the format. */
static void
pack_scales (const NnPack *pack, uint8_t *tile, int start, int row, const Block *block, int n)
{
  if (pack->format != NN_PACK_U8K) {
    size_t at = 2 * (size_t) (start / 32 * NN_TILE + row);

    memcpy (tile + pack->scales_at + at, &block->d, 2);
    if (pack->mins_at > 0)
      memcpy (tile + pack->mins_at + at, &block->m, 2);
    return;
  }
  for (int i = 0; i < n / pack->sub_block; i++) {
    size_t at = 4 * (size_t) ((start / pack->sub_block + i) * NN_TILE + row);
    float min = -block->mins[i];

    memcpy (tile + pack->scales_at + at, &block->scales[i], 4);
    if (pack->mins_at > 0)
      memcpy (tile + pack->mins_at + at, &min, 4);
  }
}

/* One block of a row of the types that the file has in the very order of the tiles. */
static gboolean
pack_as_is (const NnPack *pack, NnType type, uint8_t *tile, int start, int row, const void *from)
{
  const NnBlockQ40 *q40 = from;
  const NnBlockQ41 *q41 = from;
  const NnBlockQ80 *q80 = from;
  const uint8_t *nibbles = type == NN_TYPE_Q4_0 ? q40->qs : q41->qs;
  size_t at = 2 * (size_t) (start / 32 * NN_TILE + row);

  if (type == NN_TYPE_Q8_0)
    for (int j = 0; j < 32; j += 8)
      store_steps (tile + (start + j) * NN_TILE + row * 4,
                   load_8 ((const uint8_t *) q80->qs + j) ^ EACH_BYTE (0x80));
  else if (type == NN_TYPE_Q4_0 || type == NN_TYPE_Q4_1)
    for (int j = 0; j < 16; j += 8)
      store_steps (tile + start * NN_TILE / 2 + j * 16 + row * 4, load_8 (nibbles + j));
  else
    return FALSE;

  memcpy (tile + pack->scales_at + at, &q40->d, 2); /* the first field of each */
  if (pack->mins_at > 0)
    memcpy (tile + pack->mins_at + at, &q41->m, 2);
  return TRUE;
}

/* One block of a row of U4, U8 or U8K. */
static void
pack_codes (const NnPack *pack, NnType type, uint8_t *tile, int start, int row, const void *from)
{
  Block block;
  int n = pack->format == NN_PACK_U8K ? NN_QK_K : NN_QK;

  if (pack_as_is (pack, type, tile, start, row, from))
    return;
  block = (Block){ 0 };
  if (type == NN_TYPE_Q2_K)
    read_q2k (&block, from);
  else if (type == NN_TYPE_Q3_K)
    read_q3k (&block, from);
  else if (type == NN_TYPE_IQ4_XS)
    read_iq4xs (&block, from);
  else
    read_plain_block (&block, type, from);

  if (pack->format == NN_PACK_U4) {
    uint8_t *to = tile + start * NN_TILE / 2 + row * 4;
    for (int j = 0; j < 16; j += 8)
      store_steps (to + j * 16, load_8 (block.codes + j) | load_8 (block.codes + 16 + j) << 4);
  } else {
    uint8_t *to = tile + start * NN_TILE + row * 4;
    for (int j = 0; j < n; j += 8)
      store_steps (to + j * 16, load_8 (block.codes + j));
  }
  pack_scales (pack, tile, start, row, &block, n);
}

/* The record's fields that Q4_K and Q5_K share. */
static void
pack_four_bits (NnRecordQ4K *record, int row, const uint8_t *packed_scales, const uint8_t *nibbles)
{
  for (int j = 0; j < 8; j++) {
    const uint8_t *qs = nibbles + j / 2 * 32;

    nn_k4_scale_min (packed_scales, j, &record->scales[j][row], &record->mins[j / 2][row][j % 2]);
    for (int v = 0; v < 16; v += 8) {
      uint64_t first = load_8 (qs + v), second = load_8 (qs + 16 + v);
      uint64_t codes = j % 2 == 0 ? (first & EACH_BYTE (15)) | (second & EACH_BYTE (15)) << 4
                                  : (first >> 4 & EACH_BYTE (15)) | (second & EACH_BYTE (0xf0));

      store_steps (record->codes[j][v / 4] + row * 4, codes);
    }
  }
}

static void
pack_q4k (NnRecordQ4K *record, int row, const NnBlockQ4K *block)
{
  record->d[row] = block->d;
  record->dmin[row] = block->dmin;
  pack_four_bits (record, row, block->scales, block->qs);
}

static void
pack_q5k (NnRecordQ5K *record, int row, const NnBlockQ5K *block)
{
  record->four.d[row] = block->d;
  record->four.dmin[row] = block->dmin;
  pack_four_bits (&record->four, row, block->scales, block->qs);
  for (int j = 0; j < 8; j++) {
    uint32_t bits = 0;

    for (int i = 0; i < 8; i++) {
      uint32_t step;

      memcpy (&step, block->qh + 4 * i, 4);
      bits |= (step >> j & 0x01010101) << i;
    }
    memcpy (record->high[j] + row * 4, &bits, 4);
  }
}

static void
pack_q6k (NnRecordQ6K *record, int row, const NnBlockQ6K *block)
{
  record->d[row] = block->d;
  for (int i = 0; i < 16; i++)
    record->scales[i][row] = block->scales[i];

  for (int part = 0; part < 4; part++) {
    const uint8_t *ql = block->ql + part / 2 * 64;
    const uint8_t *qh = block->qh + part / 2 * 32;
    int low_shift = part % 2 * 4;
    int high_shift = part % 2 * 4;

    for (int v = 0; v < 32; v += 8) {
      uint64_t first = load_8 (ql + v) >> low_shift & EACH_BYTE (15);
      uint64_t second = load_8 (ql + 32 + v) >> low_shift & EACH_BYTE (15);

      store_steps (record->parts[part].low[v / 4] + row * 4, first | second << 4);
    }
    for (int v = 0; v < 16; v += 8) {
      uint64_t first = load_8 (qh + v) >> high_shift;
      uint64_t second = load_8 (qh + 16 + v) >> high_shift;
      uint64_t fields = (first & EACH_BYTE (3)) | (second & EACH_BYTE (3)) << 2
                        | (first >> 2 & EACH_BYTE (3)) << 4 | (second >> 2 & EACH_BYTE (3)) << 6;

      store_steps (record->parts[part].high[v / 4] + row * 4, fields);
    }
  }
}

/* Steps of 16 values of all rows, so that what is written stays in the nearest cache. */
static void
pack_floats (uint8_t *to, const uint8_t *rows, size_t row_bytes, int n_rows, int n_in, size_t width)
{
  for (int k = 0; k < n_in; k += 16)
    for (int row = 0; row < n_rows; row++) {
      const uint8_t *from = rows + (size_t) row * row_bytes;

      for (size_t i = (size_t) k; i < (size_t) MIN (k + 16, n_in); i++)
        if (width == 4)
          memcpy (to + 4 * (i * NN_TILE + (size_t) row), from + 4 * i, 4);
        else
          memcpy (to + 2 * (i * NN_TILE + (size_t) row), from + 2 * i, 2);
    }
}

void
nn_pack_tile (const NnPack *pack, NnType type, int tile, const uint8_t *rows, size_t row_bytes,
              int n_rows)
{
  uint8_t *to = pack->data + (size_t) tile * pack->tile_bytes;
  const NnTypeInfo *info = nn_type_info (type);

  if (nn_pack_activation (pack->format) == NN_ACTIVATION_FLOAT) {
    pack_floats (to, rows, row_bytes, n_rows, pack->n_in, pack->format == NN_PACK_F32 ? 4 : 2);
    return;
  }
  if (n_rows == NN_TILE && nn_pack_rows (pack, type, to, rows, row_bytes))
    return;
  for (int b = 0; b < pack->n_in / info->block_values; b++)
    for (int row = 0; row < n_rows; row++) {
      const uint8_t *from = rows + (size_t) row * row_bytes + (size_t) (b * info->block_bytes);

      if (pack->format == NN_PACK_Q4K)
        pack_q4k ((NnRecordQ4K *) to + b, row, (const NnBlockQ4K *) from);
      else if (pack->format == NN_PACK_Q5K)
        pack_q5k ((NnRecordQ5K *) to + b, row, (const NnBlockQ5K *) from);
      else if (pack->format == NN_PACK_Q6K)
        pack_q6k ((NnRecordQ6K *) to + b, row, (const NnBlockQ6K *) from);
      else
        pack_codes (pack, type, to, b * info->block_values, row, from);
    }
}
