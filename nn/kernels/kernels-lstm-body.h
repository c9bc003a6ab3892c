/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A step of an LSTM over lanes, written once like the functions of kernels-rows-body.h, which is
 * included before. UNITS and VECTORS: so many units and vectors of lanes at a time as the including
 * file has registers for, 4 * UNITS * VECTORS of them for sums.
 */

#pragma once

enum { FLOATS_AHEAD = 1024 };

/* Adds the products of n values of the operand with those weights. `u`: the unit inside a pair. */
INLINE void
lstm_products (const float *restrict weights, const float *restrict operand, int n, const int u,
               const int n_vectors, V sums[4 * UNITS][VECTORS])
{
  for (int k = 0; k < n; k++) {
    V values[VECTORS];

    /* The hardware's prefetch stops at every page: a quarter of the time. */
    __builtin_prefetch (weights + k * 8 + FLOATS_AHEAD, 0, 3);
#pragma GCC unroll 4
    for (int v = 0; v < n_vectors; v++)
      values[v] = v_load (operand + k * NN_LSTM_LANES + v * LANES, LANES);
#pragma GCC unroll 8
    for (int i = 0; i < 4 * UNITS; i++) {
      V weight = v_set (weights[k * 8 + 4 * u + i]);
#pragma GCC unroll 4
      for (int v = 0; v < n_vectors; v++)
        sums[i][v] = v_fma (weight, values[v], sums[i][v]);
    }
  }
}

/* n_vectors of lanes of UNITS units. */
INLINE void
lstm_units (const NnLstmLaneWeight *weight, int unit, const float *x, const float *h,
            const int n_vectors, float *cell, float *out)
{
  const float *weights = weight->weights + (unit / 2) * 8 * (weight->n_in + weight->n_state);
  V sums[4 * UNITS][VECTORS];

#pragma GCC unroll 8
  for (int i = 0; i < 4 * UNITS; i++)
#pragma GCC unroll 4
    for (int v = 0; v < n_vectors; v++)
      sums[i][v] = v_set (weight->bias[4 * unit + i]);
  lstm_products (weights, x, weight->n_in, unit % 2, n_vectors, sums);
  lstm_products (weights + 8 * weight->n_in, h, weight->n_state, unit % 2, n_vectors, sums);
#pragma GCC unroll 2
  for (int u = 0; u < UNITS; u++)
#pragma GCC unroll 4
    for (int v = 0; v < n_vectors; v++) {
      const int at = (unit + u) * NN_LSTM_LANES + v * LANES;
      V kept = v_mul (logistic (sums[4 * u + 1][v]), v_load (cell + at, LANES));
      V c = v_fma (logistic (sums[4 * u][v]), hyperbolic_tangent (sums[4 * u + 2][v]), kept);

      v_store (cell + at, c, LANES);
      v_store (out + at, v_mul (logistic (sums[4 * u + 3][v]), hyperbolic_tangent (c)), LANES);
    }
}

static void
lstm_step (const NnLstmLaneWeight *weight, const float *x, const float *h, int n_rows, float *cell,
           float *out)
{
  for (int unit = 0; unit < weight->n_state; unit += UNITS)
    for (int lane = 0; lane < n_rows; lane += VECTORS * LANES) {
      const int n = (n_rows - lane + LANES - 1) / LANES;

      if (n >= VECTORS)
        lstm_units (weight, unit, x + lane, h + lane, VECTORS, cell + lane, out + lane);
      else if (n == 2)
        lstm_units (weight, unit, x + lane, h + lane, 2, cell + lane, out + lane);
      else
        lstm_units (weight, unit, x + lane, h + lane, 1, cell + lane, out + lane);
    }
}
