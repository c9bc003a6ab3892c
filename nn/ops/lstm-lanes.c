/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/ops/lstm-lanes.h"

#include "nn/kernels/slab.h"

struct _NnLstmLanes {
  NnLstmLaneWeight weight;
  float *weights; /* what weight points to */
  float *bias;
  size_t n_bytes; /* of the weights */
};

NnLstmLanes *
nn_lstm_lanes_new (int n_in, int n_state, const float *input, const float *state, const float *bias,
                   GError **error)
{
  const size_t n = (size_t) n_state, n_values = (size_t) (n_in + n_state);

  g_return_val_if_fail (n_in > 0 && n_state > 0 && n_state % 2 == 0, NULL);

  g_autoptr (NnLstmLanes) layer = g_new0 (NnLstmLanes, 1);
  layer->n_bytes = n_values * 4 * n * sizeof (float);
  layer->weights = nn_slab_alloc (layer->n_bytes);
  if (layer->weights == NULL) {
    g_set_error (error, NN_ERROR, NN_ERROR_MEMORY, "an LSTM: no memory for %zu bytes",
                 layer->n_bytes);
    return NULL;
  }
  layer->bias = g_new (float, 4 * n);
  for (size_t unit = 0; unit < n; unit++)
    for (size_t gate = 0; gate < 4; gate++) {
      const size_t row = gate * n + unit;
      float *to = layer->weights + unit / 2 * 8 * n_values + unit % 2 * 4 + gate;

      layer->bias[4 * unit + gate] = bias[row];
      for (size_t k = 0; k < (size_t) n_in; k++)
        to[8 * k] = input[row * (size_t) n_in + k];
      for (size_t k = 0; k < n; k++)
        to[8 * ((size_t) n_in + k)] = state[row * n + k];
    }
  layer->weight = (NnLstmLaneWeight){ n_in, n_state, layer->weights, layer->bias };
  return g_steal_pointer (&layer);
}

void
nn_lstm_lanes_free (NnLstmLanes *layer)
{
  if (layer == NULL)
    return;
  if (layer->weights != NULL)
    nn_slab_dealloc (layer->weights, layer->n_bytes);
  g_free (layer->bias);
  g_free (layer);
}

void
nn_lstm_lanes_step (const NnLstmLanes *layer, const NnKernels *kernels, const float *x,
                    const float *h, int n_rows, float *cell, float *out)
{
  kernels->lstm_step (&layer->weight, x, h, n_rows, cell, out);
}
