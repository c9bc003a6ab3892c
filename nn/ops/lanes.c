/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/ops/lanes.h"

#include <stdatomic.h>
#include <string.h>

#include "nn/kernels/pack.h"
#include "nn/kernels/slab.h"

#define LOG2_E 1.44269504f

struct _NnLaneLinear {
  NnLaneWeight weight;
  uint32_t *words; /* n_words of them, for whole blocks of outputs */
  size_t n_words;
  float *bias;
  float *scales;
  int32_t *sums;
};

typedef struct {
  NnLaneLinear *linear;
  const NnLaneKernels *kernels;
  const NnTensor *tensor;
  int n_taps;
  atomic_int next;
} PackJob;

static size_t
words_per_output (const NnLaneLinear *linear)
{
  return (size_t) linear->weight.n_in / (linear->weight.format == NN_LANE_QUADS ? 4 : 2);
}

/* [channel][tap] to [tap][channel]. */
static void
turn_taps (const float *lanes, int n_in, int n_taps, float *turned)
{
  const int n_channels = n_in / n_taps;

  for (int c = 0; c < n_channels; c++)
    for (int k = 0; k < n_taps; k++)
      memcpy (turned + (size_t) (k * n_channels + c) * NN_LANES,
              lanes + (size_t) (c * n_taps + k) * NN_LANES, NN_LANES * sizeof *lanes);
}

void
nn_lanes_read_rows (const NnLaneKernels *kernels, const NnTensor *tensor, int first, int n_rows,
                    float *rows, float *lanes)
{
  const size_t n_in = (size_t) tensor->dims[0];
  const size_t row_bytes = nn_type_row_bytes (tensor->type, n_in);
  const uint8_t *from = (const uint8_t *) tensor->data + (size_t) first * row_bytes;

  if (tensor->type == NN_TYPE_F16)
    kernels->widen ((const uint16_t *) from, (size_t) n_rows * n_in, rows);
  else
    nn_dequantize_row (tensor->type, from, rows, (size_t) n_rows * n_in);
  kernels->load (rows, n_in, n_rows, (int) n_in, lanes);
}

/* 48 outputs are packed at a time, as lanes. */
static void
pack_part (void *data, int part, int n_parts)
{
  PackJob *job = data;
  NnLaneLinear *linear = job->linear;
  const int n_in = linear->weight.n_in, n_out = linear->weight.n_out;
  const size_t n_values = (size_t) n_in * NN_LANES;
  float *buffers = g_aligned_alloc (3 * n_values, sizeof (float), 64);
  float *rows = buffers, *lanes = buffers + n_values, *turned = buffers + 2 * n_values;

  for (int block; (block = atomic_fetch_add (&job->next, 1)) < nn_lane_count_blocks (n_out);) {
    const int first = block * NN_LANES;
    const int n_rows = nn_lane_block_rows (n_out, block);
    const int n_tiles = nn_lane_count_tiles (n_rows);
    uint32_t *words = linear->words + (size_t) first * words_per_output (linear);

    nn_lanes_read_rows (job->kernels, job->tensor, first, n_rows, rows, lanes);
    if (job->n_taps > 1)
      turn_taps (lanes, n_in, job->n_taps, turned);
    if (linear->weight.format == NN_LANE_QUADS)
      job->kernels->pack_quads (job->n_taps > 1 ? turned : lanes, n_tiles, n_in, words,
                                linear->scales + first, linear->sums + first);
    else
      job->kernels->pack_pairs (job->n_taps > 1 ? turned : lanes, n_tiles, n_in, words);
  }
  g_aligned_free (buffers);
}

static gboolean
check_shapes (const NnTensor *weight, const NnTensor *bias, int n_taps, GError **error)
{
  if (weight->type != NN_TYPE_F32 && weight->type != NN_TYPE_F16 && weight->type != NN_TYPE_BF16) {
    g_set_error (error, NN_ERROR, NN_ERROR_UNSUPPORTED,
                 "tensor %s: type %s cannot be a weight of lanes", weight->name,
                 nn_type_info (weight->type)->name);
    return FALSE;
  }
  if (weight->n_dims != 2 || weight->dims[0] % 4 != 0 || weight->dims[0] % n_taps != 0
      || weight->dims[1] % NN_LANE_GROUP != 0 || weight->dims[0] > G_MAXINT / 1024
      || weight->dims[1] > G_MAXINT / 1024) {
    g_set_error (error, NN_ERROR, NN_ERROR_SHAPE,
                 "tensor %s: expected a matrix of rows of 4 n and columns of 8 n, found "
                 "%" G_GINT64_FORMAT " by %" G_GINT64_FORMAT,
                 weight->name, weight->dims[0], weight->dims[1]);
    return FALSE;
  }
  if (bias != NULL && (bias->n_dims != 1 || bias->dims[0] != weight->dims[1])) {
    g_set_error (error, NN_ERROR, NN_ERROR_SHAPE,
                 "tensor %s: expected %" G_GINT64_FORMAT " values, found %" G_GINT64_FORMAT,
                 bias->name, weight->dims[1], bias->dims[0]);
    return FALSE;
  }
  return TRUE;
}

NnLaneLinear *
nn_lane_linear_new (NnContext *context, const NnGguf *gguf, const NnTensor *weight,
                    const NnTensor *bias, int n_taps, NnLaneFormat format, GError **error)
{
  g_autoptr (NnLaneLinear) linear = g_new0 (NnLaneLinear, 1);

  if (!check_shapes (weight, bias, n_taps, error))
    return NULL;

  const size_t n_out = (size_t) weight->dims[1];
  const size_t n_padded = (n_out + NN_LANE_TILE - 1) / NN_LANE_TILE * NN_LANE_TILE;

  linear->bias = g_new0 (float, n_out);
  if (bias != NULL)
    nn_dequantize_row (bias->type, bias->data, linear->bias, n_out);
  linear->scales = g_new0 (float, n_padded);
  linear->sums = g_new0 (int32_t, n_padded);
  linear->weight = (NnLaneWeight){ .format = format,
                                   .n_in = (int) weight->dims[0],
                                   .n_out = (int) n_out,
                                   .bias = linear->bias,
                                   .scales = linear->scales,
                                   .sums = linear->sums };
  linear->n_words = n_padded * words_per_output (linear);
  linear->words = nn_slab_alloc (linear->n_words * sizeof *linear->words);
  if (linear->words == NULL) {
    g_set_error (error, NN_ERROR, NN_ERROR_MEMORY, "tensor %s: no memory for %zu bytes",
                 weight->name, linear->n_words * sizeof *linear->words);
    return NULL;
  }
  linear->weight.words = linear->words;

  PackJob job = { .linear = linear,
                  .kernels = nn_lane_kernels_choose (context->kernels),
                  .tensor = weight,
                  .n_taps = n_taps };
  g_return_val_if_fail (job.kernels != NULL, NULL);
  nn_pool_share (context->pool, pack_part, &job);
  if (gguf != NULL)
    nn_gguf_release_pages (gguf, weight);
  return g_steal_pointer (&linear);
}

void
nn_lane_linear_free (NnLaneLinear *linear)
{
  if (linear == NULL)
    return;
  nn_slab_dealloc (linear->words, linear->n_words * sizeof *linear->words);
  g_free (linear->bias);
  g_free (linear->scales);
  g_free (linear->sums);
  g_free (linear);
}

/* Pairs, or quads with scales and zeros behind them. */
size_t
nn_lane_operand_words (int width)
{
  return (size_t) MAX (width / 2, width / 4 + 2) * NN_LANES;
}

static float *
get_scales (const NnLaneLinear *linear, const uint32_t *operand)
{
  return (float *) operand + (size_t) linear->weight.n_in / 4 * NN_LANES;
}

static int32_t *
get_zeros (const NnLaneLinear *linear, const uint32_t *operand)
{
  return (int32_t *) operand + ((size_t) linear->weight.n_in / 4 + 1) * NN_LANES;
}

void
nn_lane_linear_round (const NnLaneLinear *linear, const NnLaneKernels *kernels, const float *lanes,
                      int n_rows, uint32_t *operand)
{
  const int n_tiles = nn_lane_count_tiles (n_rows);

  if (linear->weight.format == NN_LANE_QUADS)
    kernels->to_quads (lanes, n_tiles, linear->weight.n_in, operand, get_scales (linear, operand),
                       get_zeros (linear, operand));
  else
    kernels->to_pairs (lanes, 1.0f, n_tiles, linear->weight.n_in, operand);
}

void
nn_lane_linear_forward (const NnLaneLinear *linear, const NnLaneKernels *kernels,
                        const uint32_t *operand, int n_rows, bool add, float *lanes)
{
  kernels->multiply (&linear->weight, operand, get_scales (linear, operand),
                     get_zeros (linear, operand), nn_lane_count_tiles (n_rows), add, lanes);
}

/* Of each head: queries [blocks][head_dim / 2][48], keys in groups of 8 positions, values in groups
 * of 8 dimensions over all positions. Positions stand in whole blocks. */
typedef struct {
  size_t block_words; /* of queries, keys or values alike */
  size_t group_words; /* of values */
  uint32_t *queries, *keys, *values;
} Head;

static Head
get_head (const NnLaneHeads *heads, int head)
{
  const size_t n_blocks = (size_t) nn_lane_count_blocks (heads->n_rows);
  Head h = { .block_words = (size_t) heads->head_dim / 2 * NN_LANES,
             .group_words = n_blocks * NN_LANES / 2 * NN_LANE_GROUP };

  h.queries = heads->words + 3 * (size_t) head * n_blocks * h.block_words;
  h.keys = h.queries + n_blocks * h.block_words;
  h.values = h.keys + n_blocks * h.block_words;
  return h;
}

size_t
nn_lane_heads_words (const NnLaneHeads *heads)
{
  return (size_t) nn_lane_count_blocks (heads->n_rows) * (size_t) heads->n_heads
         * (size_t) heads->head_dim / 2 * NN_LANES * 3;
}

void
nn_lane_heads_store (const NnLaneHeads *heads, const NnLaneKernels *kernels, int block,
                     const float *lanes)
{
  const int head_dim = heads->head_dim;
  const int n_tiles = nn_lane_count_tiles (nn_lane_block_rows (heads->n_rows, block));
  const size_t width = (size_t) (heads->n_heads * head_dim) * NN_LANES;

  for (int i = 0; i < heads->n_heads; i++, lanes += (size_t) head_dim * NN_LANES) {
    const Head head = get_head (heads, i);
    const size_t at = (size_t) block * head.block_words;

    kernels->to_pairs (lanes, heads->scale * LOG2_E, n_tiles, head_dim, head.queries + at);
    kernels->pack_pairs (lanes + width, n_tiles, head_dim, head.keys + at);
    kernels->pack_values (lanes + 2 * width, n_tiles, head_dim, head.group_words,
                          head.values + (size_t) block * NN_LANES / 2 * NN_LANE_GROUP);
  }
}

void
nn_lane_heads_attend (const NnLaneHeads *heads, const NnLaneKernels *kernels, int block,
                      NnLaneScratch *scratch, float *lanes)
{
  const int n_tiles = nn_lane_count_tiles (nn_lane_block_rows (heads->n_rows, block));

  for (int i = 0; i < heads->n_heads; i++) {
    const Head head = get_head (heads, i);

    kernels->attend (head.queries + (size_t) block * head.block_words, head.keys, head.values,
                     head.group_words, heads->n_rows, heads->head_dim, n_tiles, scratch,
                     lanes + (size_t) (i * heads->head_dim) * NN_LANES);
  }
}
