/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whole tiles of the usual types, four rows at a time: 16 bytes of each are moved as vectors (of
 * the compiler's, so that any processor has them) and transposed in registers. What
 * nn_pack_tile() does row by row is the reference. */

#include "nn/kernels/pack-rows.h"

#include <string.h>

#include "nn/gguf/blocks.h"

enum { ROWS = 4, STEP_BYTES = 64, BYTES = 16 };

typedef uint64_t Words __attribute__ ((vector_size (BYTES)));
typedef uint32_t Steps __attribute__ ((vector_size (BYTES)));

static inline Words
each_byte (uint8_t x)
{
  return (Words){} + UINT64_C (0x0101010101010101) * x;
}

static inline Words
load (const void *p)
{
  Words v;

  memcpy (&v, p, BYTES);
  return v;
}

/* Four steps of 4 values, each of four rows. */
static inline void
transpose (const Words rows[ROWS], Steps steps[4])
{
  Steps a = (Steps) rows[0], b = (Steps) rows[1], c = (Steps) rows[2], d = (Steps) rows[3];
  Steps ab = __builtin_shufflevector (a, b, 0, 4, 1, 5);
  Steps cd = __builtin_shufflevector (c, d, 0, 4, 1, 5);

  steps[0] = __builtin_shufflevector (ab, cd, 0, 1, 4, 5);
  steps[1] = __builtin_shufflevector (ab, cd, 2, 3, 6, 7);
  ab = __builtin_shufflevector (a, b, 2, 6, 3, 7);
  cd = __builtin_shufflevector (c, d, 2, 6, 3, 7);
  steps[2] = __builtin_shufflevector (ab, cd, 0, 1, 4, 5);
  steps[3] = __builtin_shufflevector (ab, cd, 2, 3, 6, 7);
}

static inline void
store (uint8_t *to, const Words rows[ROWS])
{
  Steps steps[4];

  transpose (rows, steps);
  for (int i = 0; i < 4; i++)
    memcpy (to + i * STEP_BYTES, &steps[i], BYTES);
}

static inline void
pack_nibbles (uint8_t *to, const uint8_t *from, size_t row_bytes, size_t codes_at)
{
  Words v[ROWS];

  for (size_t row = 0; row < ROWS; row++)
    v[row] = load (from + row * row_bytes + codes_at);
  store (to, v);
}

static inline void
pack_bytes (uint8_t *to, const uint8_t *from, size_t row_bytes)
{
  for (int half = 0; half < 2; half++) {
    Words v[ROWS];

    for (size_t row = 0; row < ROWS; row++)
      v[row] = load (((const NnBlockQ80 *) (from + row * row_bytes))->qs + half * BYTES)
               ^ each_byte (0x80);
    store (to + half * 4 * STEP_BYTES, v);
  }
}

/* Block `b` of 16 rows of Q4_0, Q4_1 or Q8_0. */
static void
pack_plain (const NnPack *pack, NnType type, uint8_t *tile, int b, const uint8_t *from,
            size_t row_bytes)
{
  uint8_t *to = tile + (size_t) b * NN_TILE * (type == NN_TYPE_Q8_0 ? 32 : 16);
  uint8_t *scales = tile + pack->scales_at + (size_t) b * NN_TILE * 2;
  uint8_t *mins = tile + pack->mins_at + (size_t) b * NN_TILE * 2;

  for (size_t row = 0; row < NN_TILE; row += ROWS) {
    const uint8_t *rows = from + row * row_bytes;

    if (type == NN_TYPE_Q8_0)
      pack_bytes (to + row * 4, rows, row_bytes);
    else
      pack_nibbles (to + row * 4, rows, row_bytes,
                    type == NN_TYPE_Q4_0 ? offsetof (NnBlockQ40, qs) : offsetof (NnBlockQ41, qs));
  }
  for (size_t row = 0; row < NN_TILE; row++) {
    memcpy (scales + 2 * row, from + row * row_bytes, 2); /* the first field of each */
    if (pack->mins_at > 0)
      memcpy (mins + 2 * row, from + row * row_bytes + offsetof (NnBlockQ41, m), 2);
  }
}

/* The 6-bit scales and minima of all sub-blocks, as nn_k4_scale_min() has them, four in a word. */
static void
pack_scales_q4k (NnRecordQ4K *record, int row, const uint8_t *from)
{
  uint32_t w[3], scales[2], mins[2];
  uint8_t bytes[sizeof scales];

  memcpy (w, from, sizeof w);
  scales[0] = w[0] & 0x3f3f3f3f;
  scales[1] = (w[2] & 0x0f0f0f0f) | (w[0] >> 2 & 0x30303030);
  mins[0] = w[1] & 0x3f3f3f3f;
  mins[1] = (w[2] >> 4 & 0x0f0f0f0f) | (w[1] >> 2 & 0x30303030);
  memcpy (bytes, scales, sizeof bytes);
  for (int j = 0; j < 8; j++)
    record->scales[j][row] = bytes[j];
  for (int j = 0; j < 4; j++)
    memcpy (record->mins[j][row], (const uint8_t *) mins + 2 * j, 2);
}

/* What Q4_K and Q5_K share; the blocks' nibbles are at `qs_at`. */
static void
pack_four_bits (NnRecordQ4K *record, const uint8_t *from, size_t row_bytes, size_t qs_at)
{
  const Words low = each_byte (15), high = each_byte (0xf0);

  for (int row = 0; row < NN_TILE; row++) {
    const NnBlockQ4K *block = (const NnBlockQ4K *) (from + (size_t) row * row_bytes);

    record->d[row] = block->d;
    record->dmin[row] = block->dmin;
    pack_scales_q4k (record, row, block->scales);
  }
  for (int j = 0; j < 8; j += 2)
    for (int row = 0; row < NN_TILE; row += ROWS) {
      Words even[ROWS], odd[ROWS];

      for (int i = 0; i < ROWS; i++) {
        const uint8_t *qs = from + (size_t) (row + i) * row_bytes + qs_at + j * 16;
        Words first = load (qs), second = load (qs + 16);

        even[i] = (first & low) | (second & low) << 4;
        odd[i] = (first >> 4 & low) | (second & high);
      }
      store (record->codes[j][0] + row * 4, even);
      store (record->codes[j + 1][0] + row * 4, odd);
    }
}

/* Of each pair of steps `distance` apart, the upper bits of the first and the lower ones of the
 * second change places. */
static inline void
swap_bits (Steps steps[8], int distance, uint32_t lower)
{
  for (int i = 0; i < 8; i++)
    if ((i & distance) == 0) {
      Steps change = (steps[i] >> distance ^ steps[i + distance]) & lower;

      steps[i + distance] ^= change;
      steps[i] ^= change << distance;
    }
}

/* The file has a byte per value with a bit of each sub-block, the record a byte per sub-block with
 * a bit of each step: bits and bytes are transposed, in three steps of swaps [Warren, Hacker's
 * Delight, 7-3]. */
static void
pack_q5k (NnRecordQ5K *record, const uint8_t *from, size_t row_bytes)
{
  const size_t qh_at = offsetof (NnBlockQ5K, qh);

  pack_four_bits (&record->four, from, row_bytes, offsetof (NnBlockQ5K, qs));
  for (size_t row = 0; row < NN_TILE; row += ROWS) {
    Steps steps[8];

    for (size_t half = 0; half < 2; half++) {
      Words v[ROWS];

      for (size_t i = 0; i < ROWS; i++)
        v[i] = load (from + (row + i) * row_bytes + qh_at + half * BYTES);
      transpose (v, steps + 4 * half);
    }
    swap_bits (steps, 4, 0x0f0f0f0f);
    swap_bits (steps, 2, 0x33333333);
    swap_bits (steps, 1, 0x55555555);
    for (int j = 0; j < 8; j++)
      memcpy (record->high[j] + row * 4, &steps[j], BYTES);
  }
}

/* One of the four parts of four rows. */
static inline void
pack_part_q6k (NnRecordQ6K *record, int part, int row, const uint8_t *from, size_t row_bytes)
{
  const Words low = each_byte (15), two = each_byte (3);
  const int shift = part % 2 * 4;
  Words v[ROWS];

  for (int half = 0; half < 2; half++) {
    for (int i = 0; i < ROWS; i++) {
      const NnBlockQ6K *block = (const NnBlockQ6K *) (from + (size_t) i * row_bytes);
      const uint8_t *ql = block->ql + part / 2 * 64 + half * BYTES;

      v[i] = (load (ql) >> shift & low) | (load (ql + 32) >> shift & low) << 4;
    }
    store (record->parts[part].low[half * 4] + row * 4, v);
  }
  for (int i = 0; i < ROWS; i++) {
    const NnBlockQ6K *block = (const NnBlockQ6K *) (from + (size_t) i * row_bytes);
    const uint8_t *qh = block->qh + part / 2 * 32;
    Words first = load (qh) >> shift, second = load (qh + BYTES) >> shift;

    v[i] = (first & two) | (second & two) << 2 | (first >> 2 & two) << 4 | (second >> 2 & two) << 6;
  }
  store (record->parts[part].high[0] + row * 4, v);
}

static void
pack_q6k (NnRecordQ6K *record, const uint8_t *from, size_t row_bytes)
{
  for (int row = 0; row < NN_TILE; row++) {
    const NnBlockQ6K *block = (const NnBlockQ6K *) (from + (size_t) row * row_bytes);

    record->d[row] = block->d;
    for (int i = 0; i < 16; i++)
      record->scales[i][row] = block->scales[i];
  }
  for (int part = 0; part < 4; part++)
    for (int row = 0; row < NN_TILE; row += ROWS)
      pack_part_q6k (record, part, row, from + (size_t) row * row_bytes, row_bytes);
}

gboolean
nn_pack_rows (const NnPack *pack, NnType type, uint8_t *tile, const uint8_t *rows, size_t row_bytes)
{
  const NnTypeInfo *info = nn_type_info (type);
  const int n_blocks = pack->n_in / info->block_values;

  if (type != NN_TYPE_Q4_0 && type != NN_TYPE_Q4_1 && type != NN_TYPE_Q8_0 && type != NN_TYPE_Q4_K
      && type != NN_TYPE_Q5_K && type != NN_TYPE_Q6_K)
    return FALSE;
  for (int b = 0; b < n_blocks; b++) {
    const uint8_t *from = rows + (size_t) (b * info->block_bytes);

    if (type == NN_TYPE_Q4_K)
      pack_four_bits ((NnRecordQ4K *) (void *) tile + b, from, row_bytes,
                      offsetof (NnBlockQ4K, qs));
    else if (type == NN_TYPE_Q5_K)
      pack_q5k ((NnRecordQ5K *) (void *) tile + b, from, row_bytes);
    else if (type == NN_TYPE_Q6_K)
      pack_q6k ((NnRecordQ6K *) (void *) tile + b, from, row_bytes);
    else
      pack_plain (pack, type, tile, b, from, row_bytes);
  }
  return TRUE;
}
