/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/ops/conv-weight.h"

#include <stdatomic.h>
#include <string.h>

#include "nn/gguf/blocks.h"
#include "nn/gguf/quant.h"
#include "nn/kernels/pack.h"
#include "nn/kernels/slab.h"

enum { BLOCK = 32 };

/* Groups of outputs are taken off a counter. */
typedef struct {
  NnConvWeight *weight;
  const NnTensor *tensor;
  atomic_int next;
  atomic_bool is_uneven; /* a row has several scales */
} PackJob;

/* The codes of one block of all rows go to neighbouring places, so blocks are the outer loop. */
static void
pack_tap (NnConvWeight *weight, const NnBlockQ80 *rows, size_t row_blocks, int8_t *to, float *sums,
          atomic_bool *is_uneven)
{
  for (int b = 0; b < weight->width / BLOCK; b++, to += BLOCK * NN_CONV_OUT)
    for (size_t o = 0; o < NN_CONV_OUT; o++) {
      const NnBlockQ80 *block = rows + o * row_blocks + b;
      int sum = 0;

      for (size_t i = 0; i < BLOCK / 4; i++)
        memcpy (to + (i * NN_CONV_OUT + o) * 4, block->qs + 4 * i, 4);
      for (int i = 0; i < BLOCK; i++)
        sum += block->qs[i];
      sums[o] += (float) sum;
      if (block->d != rows[o * row_blocks].d)
        atomic_store_explicit (is_uneven, true, memory_order_relaxed);
    }
}

static void
pack_group (PackJob *job, size_t group)
{
  NnConvWeight *weight = job->weight;
  const size_t tap_blocks = (size_t) weight->width / BLOCK;
  const size_t row_blocks = (size_t) weight->n_taps * tap_blocks;
  const NnBlockQ80 *rows = job->tensor->data;

  rows += group * NN_CONV_OUT * row_blocks;
  for (size_t tap = 0; tap < (size_t) weight->n_taps; tap++) {
    const size_t place = (group * (size_t) weight->n_taps + tap) * NN_CONV_OUT;
    pack_tap (weight, rows + tap * tap_blocks, row_blocks,
              weight->codes + place * (size_t) weight->width, weight->sums + place,
              &job->is_uneven);
  }
  for (size_t o = 0; o < NN_CONV_OUT; o++) {
    for (size_t tap = 1; tap < (size_t) weight->n_taps; tap++)
      if (rows[o * row_blocks + tap * tap_blocks].d != rows[o * row_blocks].d)
        atomic_store_explicit (&job->is_uneven, true, memory_order_relaxed);
    nn_dequantize_row (NN_TYPE_F16, &rows[o * row_blocks].d,
                       weight->factor + group * NN_CONV_OUT + o, 1);
  }
}

static void
pack_part (void *data, int part, int n_parts)
{
  PackJob *job = data;

  for (int g; (g = atomic_fetch_add (&job->next, 1)) < job->weight->n_out / NN_CONV_OUT;)
    pack_group (job, (size_t) g);
}

static gboolean
can_be_codes (const NnContext *context, const NnTensor *tensor, int width)
{
  return context->kernels->conv != NULL && tensor->type == NN_TYPE_Q8_0 && width % BLOCK == 0
         && width <= NN_CONV_MAX_WIDTH && tensor->dims[1] % NN_CONV_OUT == 0;
}

/* FALSE if the rows have several scales each. */
static gboolean
pack_codes (NnConvWeight *weight, NnContext *context, const NnTensor *tensor, const NnTensor *bias)
{
  const size_t n_out = (size_t) weight->n_out, n_taps = (size_t) weight->n_taps;
  PackJob job = { .weight = weight, .tensor = tensor };

  weight->n_code_bytes = n_taps * (size_t) weight->width * n_out;
  weight->codes = nn_slab_alloc (weight->n_code_bytes);
  weight->sums = g_aligned_alloc0 (n_taps * n_out, sizeof (float), 64);
  weight->factor = g_new (float, n_out);
  weight->bias = g_new0 (float, n_out);
  if (weight->codes == NULL)
    return FALSE;
  if (bias != NULL)
    nn_dequantize_row (bias->type, bias->data, weight->bias, n_out);
  nn_pool_share (context->pool, pack_part, &job);
  return !atomic_load (&job.is_uneven);
}

static void
clear_codes (NnConvWeight *weight)
{
  nn_slab_dealloc (weight->codes, weight->n_code_bytes);
  weight->codes = NULL;
  g_clear_pointer (&weight->sums, g_aligned_free);
  g_clear_pointer (&weight->factor, g_free);
  g_clear_pointer (&weight->bias, g_free);
}

NnConvWeight *
nn_conv_weight_new (NnContext *context, const NnGguf *gguf, const NnTensor *tensor,
                    const NnTensor *bias, int n_taps, GError **error)
{
  g_autoptr (NnConvWeight) weight = g_new0 (NnConvWeight, 1);

  g_return_val_if_fail (n_taps > 0, NULL);
  if (tensor->n_dims != 2 || tensor->dims[0] % n_taps != 0) {
    g_set_error (error, NN_ERROR, NN_ERROR_SHAPE,
                 "tensor %s: expected rows of %d taps, found %" G_GINT64_FORMAT " values",
                 tensor->name, n_taps, tensor->dims[0]);
    return NULL;
  }
  weight->n_taps = n_taps;
  if (can_be_codes (context, tensor, (int) (tensor->dims[0] / n_taps))
      && (bias == NULL || (bias->n_dims == 1 && bias->dims[0] == tensor->dims[1]))) {
    weight->width = (int) tensor->dims[0] / n_taps;
    weight->n_out = (int) tensor->dims[1];
    if (pack_codes (weight, context, tensor, bias)) {
      if (gguf != NULL)
        nn_gguf_release_pages (gguf, tensor);
      return g_steal_pointer (&weight);
    }
    clear_codes (weight);
  }
  weight->linear = nn_linear_new (context, gguf, &tensor, 1, bias != NULL ? &bias : NULL, error);
  if (weight->linear == NULL)
    return NULL;
  weight->width = nn_linear_get_n_in (weight->linear) / n_taps;
  weight->n_out = nn_linear_get_n_out (weight->linear);
  return g_steal_pointer (&weight);
}

void
nn_conv_weight_free (NnConvWeight *weight)
{
  if (weight == NULL)
    return;
  nn_linear_free (weight->linear);
  clear_codes (weight);
  g_free (weight);
}
