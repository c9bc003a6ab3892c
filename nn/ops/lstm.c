/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/ops/lstm.h"

#include <string.h>

struct _NnLstm {
  int n_state;
  NnLinear *input; /* both directions, with the biases */
  NnLinear *state[2];
};

static const char *const directions[2] = { "forward", "backward" };

static const NnTensor *
require (const NnGguf *gguf, const char *name, const char *direction, const char *part, int n_in,
         int n_gates, GError **error)
{
  g_autofree char *tensor = g_strdup_printf ("%s.%s.%s", name, direction, part);

  return n_in > 0 ? nn_gguf_require (gguf, tensor, 2, (int64_t[]){ n_in, n_gates }, error)
                  : nn_gguf_require (gguf, tensor, 1, (int64_t[]){ n_gates }, error);
}

NnLstm *
nn_lstm_new (NnContext *context, const NnGguf *gguf, const char *name, int n_in, int n_state,
             GError **error)
{
  g_autoptr (NnLstm) lstm = g_new0 (NnLstm, 1);
  const NnTensor *inputs[2], *biases[2];

  lstm->n_state = n_state;
  for (int i = 0; i < 2; i++) {
    const char *d = directions[i];
    const NnTensor *state;

    inputs[i] = require (gguf, name, d, "input.weight", n_in, 4 * n_state, error);
    if (inputs[i] == NULL)
      return NULL;
    biases[i] = require (gguf, name, d, "bias", 0, 4 * n_state, error);
    if (biases[i] == NULL)
      return NULL;
    state = require (gguf, name, d, "state.weight", n_state, 4 * n_state, error);
    if (state == NULL)
      return NULL;
    lstm->state[i] = nn_linear_new (context, gguf, &state, 1, NULL, error);
    if (lstm->state[i] == NULL)
      return NULL;
  }
  lstm->input = nn_linear_new (context, gguf, inputs, 2, biases, error);
  return lstm->input != NULL ? g_steal_pointer (&lstm) : NULL;
}

void
nn_lstm_free (NnLstm *lstm)
{
  if (lstm == NULL)
    return;
  nn_linear_free (lstm->input);
  nn_linear_free (lstm->state[0]);
  nn_linear_free (lstm->state[1]);
  g_free (lstm);
}

void
nn_lstm_forward (const NnLstm *lstm, NnContext *context, const float *x, int n_rows,
                 size_t x_stride, float *scratch, float *y, size_t y_stride)
{
  const size_t n = (size_t) lstm->n_state;
  float *cell = scratch + (size_t) n_rows * 8 * n;

  nn_linear_forward (lstm->input, context, x, n_rows, x_stride, scratch, 8 * n);
  for (int direction = 0; direction < 2; direction++) {
    const float *before = NULL;

    memset (cell, 0, sizeof (float) * n);
    for (int i = 0; i < n_rows; i++) {
      size_t t = (size_t) (direction == 0 ? i : n_rows - 1 - i);
      float *gates = scratch + t * 8 * n + (size_t) direction * 4 * n;
      float *out = y + t * y_stride + (size_t) direction * n;

      if (before != NULL)
        nn_linear_forward_add (lstm->state[direction], context, before, 1, n, gates, 4 * n);
      context->kernels->rows->lstm_cell (gates, lstm->n_state, cell, out);
      before = out;
    }
  }
}
