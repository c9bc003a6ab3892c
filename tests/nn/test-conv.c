/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Convolutions over time, norms of channels and recurrent layers, each with every table of kernels
 * against plain loops in double precision. */

#include "nn/conv.h"

#include <math.h>
#include <string.h>

#include "nn/lstm.h"
#include "nn/ops.h"
#include "tests/support/gguf-builder.h"

static const char *const tables[] = { "reference", "avx2", "avx512" };

static void
for_each_table (void (*test) (NnContext *context))
{
  for (size_t i = 0; i < G_N_ELEMENTS (tables); i++) {
    const NnKernels *kernels = nn_kernels_choose (tables[i]);

    if (kernels == NULL)
      continue;
    NnContext *context = nn_context_new (2);
    context->kernels = kernels;
    for (int round = 0; round < 10; round++)
      test (context);
    nn_context_free (context);
  }
}

static float *
random_floats (size_t n, double range)
{
  float *x = g_new (float, n + 1); /* n may be 0 */

  for (size_t i = 0; i < n; i++)
    x[i] = (float) g_test_rand_double_range (-range, range);
  return x;
}

static void
assert_near (double found, double expected, double tolerance)
{
  if (!(fabs (found - expected) <= tolerance))
    g_error ("found %.9g, expected %.9g within %.3g", found, expected, tolerance);
}

static NnLinear *
new_linear (NnContext *context, const float *values, int n_in, int n_out, const float *bias)
{
  const NnTensor weight = { "weight", NN_TYPE_F32, 2, { n_in, n_out, 1, 1 }, values, 0 };
  const NnTensor added = { "bias", NN_TYPE_F32, 1, { n_out, 1, 1, 1 }, bias, 0 };
  const NnTensor *weights[] = { &weight }, *biases[] = { bias != NULL ? &added : NULL };
  g_autoptr (GError) error = NULL;
  NnLinear *linear = nn_linear_new (context, NULL, weights, 1, biases, &error);

  g_assert_no_error (error);
  return linear;
}

static void
check_rows (NnContext *context)
{
  const NnRowKernels *rows = context->kernels->rows;
  int n = g_test_rand_int_range (0, 100);
  g_autofree float *x = random_floats ((size_t) n, 8);
  g_autofree float *alpha = random_floats ((size_t) n, 4);
  g_autofree float *inverse = random_floats ((size_t) n, 4);
  g_autofree float *snake = g_memdup2 (x, sizeof (float) * (size_t) (n + 1));
  g_autofree float *gelu = g_memdup2 (x, sizeof (float) * (size_t) (n + 1));
  g_autofree float *leaky = g_memdup2 (x, sizeof (float) * (size_t) (n + 1));
  g_autofree float *sums = g_memdup2 (x, sizeof (float) * (size_t) (n + 1));

  rows->snake (snake, alpha, inverse, n);
  rows->gelu_tanh (gelu, n);
  rows->leaky_relu (leaky, 0.25f, n);
  rows->add_squares (alpha, inverse, n, sums);
  g_assert_cmpfloat (snake[n], ==, x[n]); /* nothing is written behind the row */
  g_assert_cmpfloat (gelu[n], ==, x[n]);
  for (int i = 0; i < n; i++) {
    double v = (double) x[i], sine = sin ((double) (alpha[i] * x[i]));
    double inner = sqrt (2.0 / G_PI) * (v + 0.044715 * v * v * v);
    double difference = (double) alpha[i] - (double) inverse[i];

    assert_near ((double) snake[i], v + sine * sine * (double) inverse[i], 2e-5);
    assert_near ((double) gelu[i], 0.5 * v * (1.0 + tanh (inner)), 5e-6);
    assert_near ((double) leaky[i], v < 0 ? v * 0.25 : v, 0);
    assert_near ((double) sums[i], v + difference * difference, 1e-5);
  }
}

static void
test_rows (void)
{
  for_each_table (check_rows);
}

static void
check_channels (NnContext *context)
{
  int n = g_test_rand_int_range (1, 500), width = g_test_rand_int_range (1, 70);
  g_autofree float *x = random_floats ((size_t) (n * width), 2);
  g_autofree float *style = random_floats ((size_t) (2 * width), 1);
  g_autofree float *factor = g_new (float, width), *addend = g_new (float, width);
  g_autofree float *y = g_new (float, n *width);
  const NnChannels channels = { .factor = factor, .addend = addend, .slope = 0.5f };

  nn_channels_norm (context, x, n, width, (size_t) width, style, 1e-3f, factor, addend);
  nn_channels_apply (context, &channels, x, n, width, (size_t) width, y, (size_t) width, NULL,
                     NULL);
  for (int c = 0; c < width; c++) {
    double mean = 0, variance = 0;
    for (int t = 0; t < n; t++)
      mean += (double) x[t * width + c] / n;
    for (int t = 0; t < n; t++)
      variance += pow ((double) x[t * width + c] - mean, 2) / n;
    for (int t = 0; t < n; t++) {
      double normed = ((double) x[t * width + c] - mean) / sqrt (variance + 1e-3);
      double expected = normed * (1.0 + (double) style[c]) + (double) style[width + c];
      assert_near ((double) y[t * width + c], expected < 0 ? expected / 2 : expected, 1e-4);
    }
  }
}

static void
test_channels (void)
{
  for_each_table (check_channels);
}

/* Zero outside of 0..n-1. */
static double
at (const float *x, int n, int width, int t, int c)
{
  return t >= 0 && t < n ? (double) x[t * width + c] : 0.0;
}

static void
check_conv (NnContext *context)
{
  static const int taps[] = { 1, 3, 5, 11 }, dilations[] = { 1, 3, 5 };
  int n = g_test_rand_int_range (1, 90), n_in = g_test_rand_int_range (1, 20);
  int n_out = g_test_rand_int_range (1, 20), k = taps[g_test_rand_int_range (0, 4)];
  const NnConv conv = { n, n_in, n_in + g_test_rand_int_range (0, 4), k,
                        dilations[g_test_rand_int_range (0, 3)] };
  const int row = k * conv.width;
  g_autofree float *x = random_floats ((size_t) (n * n_in), 1);
  g_autofree float *weight = random_floats ((size_t) (row * n_out), 1);
  g_autofree float *bias = random_floats ((size_t) n_out, 1);
  g_autofree float *input = random_floats (nn_conv_input_size (&conv), 1);
  g_autofree float *y = random_floats ((size_t) (n * n_out), 1);
  g_autofree float *before = g_memdup2 (y, sizeof (float) * (size_t) (n * n_out));
  g_autoptr (NnLinear) linear = new_linear (context, weight, row, n_out, bias);
  gboolean add = g_test_rand_bit ();

  nn_conv_fill (&conv, context, &(NnChannels){ .slope = 1.0f }, x, (size_t) n_in, input);
  nn_conv_forward (&conv, context, linear, input, y, (size_t) n_out, add);
  for (int t = 0; t < n; t++)
    for (int o = 0; o < n_out; o++) {
      double sum = (double) bias[o] + (add ? (double) before[t * n_out + o] : 0.0);
      for (int tap = 0; tap < k; tap++)
        for (int c = 0; c < n_in; c++)
          sum += (double) weight[o * row + tap * conv.width + c]
                 * at (x, n, n_in, t + (tap - k / 2) * conv.dilation, c);
      assert_near ((double) y[t * n_out + o], sum, 1e-4);
    }
}

static void
test_conv (void)
{
  for_each_table (check_conv);
}

static void
check_transposed (NnContext *context)
{
  int stride = g_test_rand_int_range (1, 7), k = stride + 2 * g_test_rand_int_range (0, 4);
  int n = g_test_rand_int_range (1, 40), n_in = g_test_rand_int_range (1, 20);
  int n_out = g_test_rand_int_range (1, 20), before = (k - stride) / 2;
  g_autofree float *x = random_floats ((size_t) (n * n_in), 1);
  g_autofree float *weight = random_floats ((size_t) (n_in * k * n_out), 1);
  g_autofree float *bias = random_floats ((size_t) n_out, 1);
  g_autofree float *y = g_new (float, n *stride *n_out);
  g_autofree double *expected = g_new (double, n *stride *n_out);
  g_autoptr (NnLinear) linear = new_linear (context, weight, n_in, k * n_out, NULL);

  nn_conv_transposed (context, linear, bias, x, n, stride, k, n_out, y);
  for (int i = 0; i < n * stride * n_out; i++)
    expected[i] = (double) bias[i % n_out];
  for (int t = 0; t < n; t++)
    for (int tap = 0; tap < k; tap++)
      for (int o = 0; o < n_out; o++) {
        int u = t * stride + tap - before;
        for (int c = 0; u >= 0 && u < n * stride && c < n_in; c++)
          expected[u * n_out + o] +=
              (double) x[t * n_in + c] * (double) weight[(tap * n_out + o) * n_in + c];
      }
  for (int i = 0; i < n * stride * n_out; i++)
    assert_near ((double) y[i], expected[i], 1e-4);
}

static void
test_transposed (void)
{
  for_each_table (check_transposed);
}

static double
logistic (double x)
{
  return 1.0 / (1.0 + exp (-x));
}

enum { N_IN = 5, N_STATE = 19, N_STEPS = 11 };

/* One direction in plain loops. */
static void
run_direction (const float *x, const float *input, const float *state, const float *bias,
               gboolean is_backward, double *out)
{
  double cell[N_STATE] = { 0 }, before[N_STATE] = { 0 };

  for (int i = 0; i < N_STEPS; i++) {
    int t = is_backward ? N_STEPS - 1 - i : i;
    double gates[4 * N_STATE];
    for (int g = 0; g < 4 * N_STATE; g++) {
      gates[g] = (double) bias[g];
      for (int c = 0; c < N_IN; c++)
        gates[g] += (double) input[g * N_IN + c] * (double) x[t * N_IN + c];
      for (int c = 0; c < N_STATE; c++)
        gates[g] += (double) state[g * N_STATE + c] * before[c];
    }
    for (int c = 0; c < N_STATE; c++) {
      cell[c] = logistic (gates[N_STATE + c]) * cell[c]
                + logistic (gates[c]) * tanh (gates[2 * N_STATE + c]);
      before[c] = logistic (gates[3 * N_STATE + c]) * tanh (cell[c]);
      out[t * 2 * N_STATE + is_backward * N_STATE + c] = before[c];
    }
  }
}

static void
check_lstm (NnContext *context)
{
  static const char *const directions[] = { "forward", "backward" };
  g_autoptr (GgufBuilder) builder = gguf_builder_new ();
  g_autofree float *x = random_floats (N_STEPS * N_IN, 1);
  g_autofree float *scratch = g_new (float, (N_STEPS * 8 + 1) * N_STATE);
  float y[N_STEPS * 2 * N_STATE];
  double expected[N_STEPS * 2 * N_STATE];
  g_autoptr (GError) error = NULL;

  gguf_builder_add_string (builder, "general.architecture", "test");
  for (int d = 0; d < 2; d++) {
    g_autofree float *input = random_floats (N_IN * 4 * N_STATE, 1);
    g_autofree float *state = random_floats (N_STATE * 4 * N_STATE, 1);
    g_autofree float *bias = random_floats (4 * N_STATE, 1);
    g_autofree char *name = g_strdup_printf ("l.%s.input.weight", directions[d]);
    g_autofree char *state_name = g_strdup_printf ("l.%s.state.weight", directions[d]);
    g_autofree char *bias_name = g_strdup_printf ("l.%s.bias", directions[d]);

    gguf_builder_add_f32_tensor (builder, name, 2, (int64_t[]){ N_IN, 4 * N_STATE }, input);
    gguf_builder_add_f32_tensor (builder, state_name, 2, (int64_t[]){ N_STATE, 4 * N_STATE },
                                 state);
    gguf_builder_add_f32_tensor (builder, bias_name, 1, (int64_t[]){ 4 * N_STATE }, bias);
    run_direction (x, input, state, bias, d, expected);
  }
  g_autoptr (GBytes) bytes = gguf_builder_build (builder);
  g_autoptr (NnGguf) gguf = nn_gguf_new_from_bytes (bytes, "made up", &error);
  g_assert_no_error (error);
  g_autoptr (NnLstm) lstm = nn_lstm_new (context, gguf, "l", N_IN, N_STATE, &error);
  g_assert_no_error (error);
  nn_lstm_forward (lstm, context, x, N_STEPS, N_IN, scratch, y, 2 * N_STATE);
  for (int i = 0; i < N_STEPS * 2 * N_STATE; i++)
    assert_near ((double) y[i], expected[i], 2e-5);
  g_assert_null (nn_lstm_new (context, gguf, "l", N_IN + 1, N_STATE, &error));
  g_assert_error (error, NN_ERROR, NN_ERROR_SHAPE);
}

static void
test_lstm (void)
{
  for_each_table (check_lstm);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/conv/rows", test_rows);
  g_test_add_func ("/conv/channels", test_channels);
  g_test_add_func ("/conv/conv", test_conv);
  g_test_add_func ("/conv/transposed", test_transposed);
  g_test_add_func ("/conv/lstm", test_lstm);
  return g_test_run ();
}
