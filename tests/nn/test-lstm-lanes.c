/* SPDX-License-Identifier: GPL-3.0-or-later */

/* An LSTM over lanes against the formulas in double precision, with every table. */

#include <math.h>
#include <string.h>

#include "nn/ops/lstm-lanes.h"

enum { N_STEPS = 3 };

static float *
random_floats (size_t n, double range)
{
  float *x = g_aligned_alloc (n, sizeof (float), 64);

  for (size_t i = 0; i < n; i++)
    x[i] = (float) g_test_rand_double_range (-range, range);
  return x;
}

static double
logistic (double x)
{
  return 1 / (1 + exp (-x));
}

/* One lane: x of all steps to what is said after the last one. */
static void
run_lane (int n_in, int n, const float *input, const float *state, const float *bias,
          const float *x, int lane, double *h)
{
  g_autofree double *cell = g_new0 (double, n), *before = g_new0 (double, n);

  memset (h, 0, sizeof *h * (size_t) n);
  for (int step = 0; step < N_STEPS; step++, x += n_in * NN_LSTM_LANES) {
    memcpy (before, h, sizeof *h * (size_t) n);
    for (int unit = 0; unit < n; unit++) {
      double gates[4];

      for (int i = 0; i < 4; i++) {
        const int row = i * n + unit;

        gates[i] = (double) bias[row];
        for (int k = 0; k < n_in; k++)
          gates[i] += (double) input[row * n_in + k] * (double) x[k * NN_LSTM_LANES + lane];
        for (int k = 0; k < n; k++)
          gates[i] += (double) state[row * n + k] * before[k];
      }
      cell[unit] = logistic (gates[1]) * cell[unit] + logistic (gates[0]) * tanh (gates[2]);
      h[unit] = logistic (gates[3]) * tanh (cell[unit]);
    }
  }
}

static void
check_layer (const NnKernels *kernels)
{
  const int n_in = g_test_rand_int_range (1, 60), n = 2 * g_test_rand_int_range (1, 30);
  const int n_rows = g_test_rand_int_range (1, NN_LSTM_LANES + 1);
  const size_t n_lanes = (size_t) n * NN_LSTM_LANES;
  float *input = random_floats ((size_t) (4 * n * n_in), 1);
  float *state = random_floats ((size_t) (4 * n * n), 1);
  float *bias = random_floats ((size_t) (4 * n), 1);
  float *x = random_floats ((size_t) (N_STEPS * n_in) * NN_LSTM_LANES, 2);
  float *memory = g_aligned_alloc0 (3 * n_lanes, sizeof (float), 64);
  g_autofree double *expected = g_new (double, n);
  g_autoptr (GError) error = NULL;
  g_autoptr (NnLstmLanes) layer = nn_lstm_lanes_new (n_in, n, input, state, bias, &error);

  g_assert_no_error (error);
  for (int step = 0; step < N_STEPS; step++)
    nn_lstm_lanes_step (layer, kernels, x + (size_t) (step * n_in) * NN_LSTM_LANES,
                        memory + (size_t) (step % 2) * n_lanes, n_rows, memory + 2 * n_lanes,
                        memory + (size_t) ((step + 1) % 2) * n_lanes);
  for (int lane = 0; lane < n_rows; lane++) {
    const float *out = memory + N_STEPS % 2 * n_lanes + (size_t) lane;

    run_lane (n_in, n, input, state, bias, x, lane, expected);
    for (int unit = 0; unit < n; unit++)
      g_assert_cmpfloat (fabs ((double) out[unit * NN_LSTM_LANES] - expected[unit]), <, 1e-5);
  }
  g_aligned_free (input);
  g_aligned_free (state);
  g_aligned_free (bias);
  g_aligned_free (x);
  g_aligned_free (memory);
}

static void
test_layer (const void *name)
{
  const NnKernels *kernels = nn_kernels_choose (name);

  if (kernels == NULL) {
    g_test_skip ("this CPU has no such kernels");
    return;
  }
  for (int round = 0; round < 12; round++)
    check_layer (kernels);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/lstm-lanes/reference", "reference", test_layer);
  g_test_add_data_func ("/lstm-lanes/avx2", "avx2", test_layer);
  g_test_add_data_func ("/lstm-lanes/avx512", "avx512", test_layer);
  return g_test_run ();
}
