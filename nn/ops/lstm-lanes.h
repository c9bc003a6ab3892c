/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Long short-term memory over many sequences at once [Hochreiter & Schmidhuber 1997], one step
 * after the other.
 *
 * Up to 48 sequences stand side by side as lanes: value i of all of them follows each other,
 * [width][48]. So a step reads each weight once for all sequences, from the processor's cache, and
 * what a layer says is laid out as the next layer, and its own next step, read it. The formulas are
 * those of nn/ops/lstm.h, in 32-bit floats throughout. A layer is immutable; a step is the work of
 * one thread, and threads take sequences of their own. Lanes do not depend on each other.
 *
 *   for (int t = 0; t < n_steps; t++)
 *     nn_lstm_lanes_step (layer, kernels, x + t * n_in * NN_LSTM_LANES, h[t % 2], n_rows, cell,
 *                         h[(t + 1) % 2]);
 */

#pragma once

#include <glib.h>

#include "nn/base/nn-error.h"
#include "nn/kernels/kernels.h"

G_BEGIN_DECLS

typedef struct _NnLstmLanes NnLstmLanes;

/* input: [4 n_state, n_in] and state: [4 n_state, n_state], in the order input, forget, candidate,
 * output; bias: [4 n_state]. They are copied. n_state is even. (transfer full); NN_ERROR_MEMORY. */
NnLstmLanes *nn_lstm_lanes_new (int n_in, int n_state, const float *input, const float *state,
                                const float *bias, GError **error);
void nn_lstm_lanes_free (NnLstmLanes *layer);

/* x: [n_in][48]; h: [n_state][48], what the step before said, zero at first; cell: the same shape,
 * zero at first, updated; out: the same shape, not h. n_rows: lanes in use, 1 to 48; whole vectors
 * are read and written, so that the others must be finite. */
void nn_lstm_lanes_step (const NnLstmLanes *layer, const NnKernels *kernels, const float *x,
                         const float *h, int n_rows, float *cell, float *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (NnLstmLanes, nn_lstm_lanes_free)

G_END_DECLS
