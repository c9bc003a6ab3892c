/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Long short-term memory that reads a sequence from both ends [Hochreiter & Schmidhuber 1997,
 * Graves & Schmidhuber 2005].
 *
 * gates = W x_t + U h_(t-1) + b, in the order input, forget, candidate, output; cell = sigmoid
 * (forget) * cell + sigmoid (input) * tanh (candidate); h_t = sigmoid (output) * tanh (cell). Both
 * states begin at zero. The layer is immutable after creation.
 *
 * Tensors NAME.forward.input.weight { n_in, 4 n }, .state.weight { n, 4 n }, .bias { 4 n }, and the
 * same under NAME.backward.
 */

#pragma once

#include "nn/ops/linear.h"

G_BEGIN_DECLS

typedef struct _NnLstm NnLstm;

/* n_state: n above, of each direction. (transfer full). Errors as nn_gguf_require() and
 * nn_linear_new(). */
NnLstm *nn_lstm_new (NnContext *context, const NnGguf *gguf, const char *name, int n_in,
                     int n_state, GError **error);
void nn_lstm_free (NnLstm *lstm);
/* x: n_rows rows of n_in floats, x_stride apart; y: n_rows rows, y_stride apart, of 2 * n_state:
 * forward, then backward. scratch: (n_rows * 8 + 1) * n_state floats. */
void nn_lstm_forward (const NnLstm *lstm, NnContext *context, const float *x, int n_rows,
                      size_t x_stride, float *scratch, float *y, size_t y_stride);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (NnLstm, nn_lstm_free)

G_END_DECLS
