/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Linear layers: made from the file's weights, and freed. */

#include <stdatomic.h>
#include <string.h>

#include "nn/kernels/slab.h"
#include "nn/ops/lanes.h"
#include "nn/ops/linear-private.h"

/* Packing: every part takes tiles off one counter, until it is cancelled: the largest weights take
 * longer than a user waits for Ctrl-C. */
typedef struct {
  const NnContext *context;
  const NnLinear *linear;
  const NnTensor *const *weights;
  atomic_int next[NN_LINEAR_MAX_WEIGHTS];
} PackJob;

static void
pack_part (void *data, int part, int n_parts)
{
  PackJob *job = data;

  for (int i = 0; i < job->linear->n_packs; i++) {
    const NnPack *pack = &job->linear->packs[i];
    const NnTensor *tensor = job->weights[i];
    size_t row_bytes = nn_type_row_bytes (tensor->type, (size_t) tensor->dims[0]);

    for (;;) {
      int tile = atomic_fetch_add (&job->next[i], 1);
      if (tile >= pack->n_tiles || nn_context_is_cancelled (job->context))
        break;

      int64_t row = (int64_t) tile * NN_TILE;
      nn_pack_tile (pack, tensor->type, tile,
                    (const uint8_t *) tensor->data + (size_t) row * row_bytes, row_bytes,
                    (int) MIN (NN_TILE, tensor->dims[1] - row));
    }
  }
}

/* A floating weight to the codes of Q8_0, 48 rows at a time as lanes. */
static void
round_part (void *data, int part, int n_parts)
{
  PackJob *job = data;
  const NnPack *pack = &job->linear->packs[0];
  const NnTensor *tensor = job->weights[0];
  const NnLaneKernels *kernels = nn_lane_kernels_choose (job->context->kernels);
  const size_t n_values = (size_t) pack->n_in * NN_LANES;
  float *rows = g_aligned_alloc (2 * n_values, sizeof (float), 64);
  float *lanes = rows + n_values;

  for (;;) {
    const int first = atomic_fetch_add (&job->next[0], 1) * NN_LANES;
    if (first >= tensor->dims[1] || nn_context_is_cancelled (job->context))
      break;

    const int n_rows = (int) MIN (NN_LANES, tensor->dims[1] - first);
    nn_lanes_read_rows (kernels, tensor, first, n_rows, rows, lanes);
    for (int row = 0; row < n_rows; row += NN_LANE_TILE) {
      uint8_t *tile = pack->data + (size_t) ((first + row) / NN_TILE) * pack->tile_bytes;

      kernels->pack_codes (lanes + row, pack->n_in, tile, (uint16_t *) (tile + pack->scales_at));
    }
  }
  g_aligned_free (rows);
}

static gboolean
describe (NnLinear *linear, const NnTensor *const *weights, int n_weights, GError **error)
{
  for (int i = 0; i < n_weights; i++) {
    const NnTensor *tensor = weights[i];

    if (tensor->n_dims != 2 || tensor->dims[0] != weights[0]->dims[0]
        || tensor->dims[1] > G_MAXINT / 2 - linear->n_out) {
      g_set_error (error, NN_ERROR, NN_ERROR_SHAPE,
                   "tensor %s: expected a matrix with rows of %" G_GINT64_FORMAT
                   ", found %d dimensions, rows of %" G_GINT64_FORMAT,
                   tensor->name, weights[0]->dims[0], tensor->n_dims, tensor->dims[0]);
      return FALSE;
    }

    NnPack *pack = &linear->packs[i];
    if (!nn_pack_describe (pack, tensor->type, tensor->dims[0], tensor->dims[1])) {
      const NnTypeInfo *info = nn_type_info (tensor->type);
      g_set_error (error, NN_ERROR, NN_ERROR_UNSUPPORTED,
                   "tensor %s: type %s cannot be a weight with rows of %" G_GINT64_FORMAT,
                   tensor->name, info != NULL ? info->name : "unknown", tensor->dims[0]);
      return FALSE;
    }
    linear->needs[nn_pack_activation (pack->format)] = TRUE;
    linear->first[i] = linear->n_out;
    linear->n_out += (int) tensor->dims[1];
  }
  linear->n_in = (int) weights[0]->dims[0];
  linear->first[n_weights] = linear->n_out;
  return TRUE;
}

static gboolean
read_biases (NnLinear *linear, const NnTensor *const *biases, int n_weights, GError **error)
{
  linear->bias = g_new0 (float, linear->n_out);
  for (int i = 0; i < n_weights; i++) {
    int n = linear->first[i + 1] - linear->first[i];

    if (biases[i] == NULL)
      continue;
    if (biases[i]->n_dims != 1 || biases[i]->dims[0] != n) {
      g_set_error (error, NN_ERROR, NN_ERROR_SHAPE,
                   "tensor %s: expected %d values, found %" G_GINT64_FORMAT, biases[i]->name, n,
                   biases[i]->dims[0]);
      return FALSE;
    }
    nn_dequantize_row (biases[i]->type, biases[i]->data, linear->bias + linear->first[i],
                       (size_t) n);
  }
  return TRUE;
}

/* Packs `weights` with `pack`, as what `types` describes. */
static NnLinear *
create (NnContext *context, const NnGguf *gguf, const NnTensor *const *weights,
        const NnTensor *const *types, int n_weights, const NnTensor *const *biases, NnPoolFunc pack,
        GError **error)
{
  g_autoptr (NnLinear) linear = g_new0 (NnLinear, 1);

  if (!describe (linear, types, n_weights, error))
    return NULL;
  if (biases != NULL && !read_biases (linear, biases, n_weights, error))
    return NULL;

  for (int i = 0; i < n_weights; i++) {
    NnPack *tiles = &linear->packs[i];
    size_t n_bytes = tiles->tile_bytes * (size_t) tiles->n_tiles;

    tiles->data = nn_slab_alloc (n_bytes);
    if (tiles->data == NULL) {
      g_set_error (error, NN_ERROR, NN_ERROR_MEMORY, "tensor %s: no memory for %zu bytes",
                   weights[i]->name, n_bytes);
      return NULL;
    }
    linear->n_packs++;
  }

  PackJob job = { .context = context, .linear = linear, .weights = weights };
  nn_pool_share (context->pool, pack, &job);
  if (nn_context_is_cancelled (context)) {
    g_set_error (error, NN_ERROR, NN_ERROR_CANCELLED, "tensor %s: loading was cancelled",
                 weights[0]->name);
    return NULL;
  }
  if (gguf != NULL)
    for (int i = 0; i < n_weights; i++)
      nn_gguf_release_pages (gguf, weights[i]);
  return g_steal_pointer (&linear);
}

NnLinear *
nn_linear_new (NnContext *context, const NnGguf *gguf, const NnTensor *const *weights,
               int n_weights, const NnTensor *const *biases, GError **error)
{
  g_return_val_if_fail (n_weights > 0 && n_weights <= NN_LINEAR_MAX_WEIGHTS, NULL);

  return create (context, gguf, weights, weights, n_weights, biases, pack_part, error);
}

NnLinear *
nn_linear_new_rounded (NnContext *context, const NnGguf *gguf, const NnTensor *weight,
                       const NnTensor *bias, GError **error)
{
  NnTensor rounded = *weight;
  const NnTensor *type = &rounded;

  if (nn_lane_kernels_choose (context->kernels) == NULL || weight->n_dims != 2
      || weight->dims[0] % 32 != 0
      || (weight->type != NN_TYPE_F32 && weight->type != NN_TYPE_F16
          && weight->type != NN_TYPE_BF16))
    return nn_linear_new (context, gguf, &weight, 1, &bias, error);
  rounded.type = NN_TYPE_Q8_0;
  return create (context, gguf, &weight, &type, 1, &bias, round_part, error);
}

void
nn_linear_free (NnLinear *linear)
{
  if (linear == NULL)
    return;
  for (int i = 0; i < linear->n_packs; i++)
    nn_slab_dealloc (linear->packs[i].data,
                     linear->packs[i].tile_bytes * (size_t) linear->packs[i].n_tiles);
  g_free (linear->bias);
  g_free (linear);
}

int
nn_linear_get_n_in (const NnLinear *linear)
{
  return linear->n_in;
}

int
nn_linear_get_n_out (const NnLinear *linear)
{
  return linear->n_out;
}

size_t
nn_linear_get_n_bytes (const NnLinear *linear)
{
  size_t n_bytes = 0;

  for (int i = 0; i < linear->n_packs; i++)
    n_bytes += linear->packs[i].tile_bytes * (size_t) linear->packs[i].n_tiles;
  return n_bytes;
}

void
nn_linear_get_row (const NnLinear *linear, int index, float *row)
{
  int i = 0;

  g_return_if_fail (index >= 0 && index < linear->n_out);

  while (index >= linear->first[i + 1])
    i++;
  nn_pack_get_row (&linear->packs[i], index - linear->first[i], row);
}
