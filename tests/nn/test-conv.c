/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Convolutions over time, norms of channels and recurrent layers, each with every table of kernels
 * against plain loops in double precision. */

#include "nn/ops/conv.h"

#include <math.h>
#include <string.h>

#include "nn/gguf/blocks.h"
#include "nn/gguf/quant.h"
#include "nn/ops/lstm.h"
#include "nn/ops/ops.h"
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

static NnConvWeight *
new_weight (NnContext *context, NnType type, const void *values, int n_taps, int n_in, int n_out,
            const float *bias)
{
  const NnTensor weight = { "weight", type, 2, { n_in, n_out, 1, 1 }, values, 0 };
  const NnTensor added = { "bias", NN_TYPE_F32, 1, { n_out, 1, 1, 1 }, bias, 0 };
  g_autoptr (GError) error = NULL;
  NnConvWeight *result =
      nn_conv_weight_new (context, NULL, &weight, bias != NULL ? &added : NULL, n_taps, &error);

  g_assert_no_error (error);
  return result;
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
  g_autofree float *means = g_new (float, width), *variances = g_new (float, width);
  NnChannelStatistics statistics = { means, variances };
  const NnChannels channels = { .factor = factor, .addend = addend, .slope = 0.5f };

  nn_channels_measure (context, x, n, width, (size_t) width, &statistics);
  nn_channels_norm (&statistics, width, style, 1e-3f, factor, addend);
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

/* What nn_conv_forward() is asked for. */
typedef struct {
  NnConv conv;
  int n_out;
  const float *x;
  const float *before; /* of y */
  const float *other;  /* the second addend, or NULL */
  gboolean adds;
  float scale;
} Wanted;

/* Against plain loops over the weights' values; tolerance in parts of what the products' magnitudes
 * sum to. */
static void
check_output (const Wanted *w, const float *weight, const float *bias, const float *y,
              double tolerance)
{
  const int n = w->conv.n_rows, n_in = w->conv.n_channels, k = w->conv.n_taps;

  for (int t = 0; t < n; t++)
    for (int o = 0; o < w->n_out; o++) {
      double sum = bias != NULL ? (double) bias[o] : 0.0, magnitude = 1.0;
      sum += w->adds ? (double) w->before[t * w->n_out + o] : 0.0;
      sum += w->other != NULL ? (double) w->other[t * w->n_out + o] : 0.0;
      for (int tap = 0; tap < k; tap++)
        for (int c = 0; c < n_in; c++) {
          double product = (double) weight[(o * k + tap) * w->conv.width + c]
                           * at (w->x, n, n_in, t + (tap - k / 2) * w->conv.dilation, c);
          sum += product;
          magnitude += fabs (product);
        }
      assert_near ((double) y[t * w->n_out + o], sum * (double) w->scale, tolerance * magnitude);
    }
}

static void
check_statistics (const float *y, int n, int width, const NnChannelStatistics *statistics)
{
  for (int c = 0; c < width; c++) {
    double mean = 0, variance = 0;
    for (int t = 0; t < n; t++)
      mean += (double) y[t * width + c] / n;
    for (int t = 0; t < n; t++)
      variance += pow ((double) y[t * width + c] - mean, 2) / n;
    assert_near ((double) statistics->mean[c], mean, 1e-4 * (1.0 + fabs (mean)));
    assert_near ((double) statistics->variance[c], variance, 1e-4 * (1.0 + variance));
  }
}

static void
run_conv (NnContext *context, const NnConvWeight *weight, const float *values, const float *bias,
          const NnConv *conv, int n_out, double tolerance)
{
  const int n = conv->n_rows;
  g_autofree float *x = random_floats ((size_t) (n * conv->n_channels), 1);
  g_autofree float *y = random_floats ((size_t) (n * n_out), 1);
  g_autofree float *before = g_memdup2 (y, sizeof (float) * (size_t) (n * n_out));
  g_autofree float *other = random_floats ((size_t) (n * n_out), 1);
  g_autofree float *mean = random_floats ((size_t) n_out, 1);
  g_autofree float *variance = random_floats ((size_t) n_out, 1);
  NnChannelStatistics statistics = { mean, variance };
  g_auto (NnConvInput) input = { 0 };
  const gboolean adds = g_test_rand_bit (), adds_other = g_test_rand_bit ();
  const gboolean swaps = g_test_rand_bit ();
  const float *addends[2] = { adds ? y : NULL, adds_other ? other : NULL };
  const NnConvOutput output = { .y = y,
                                .y_stride = (size_t) n_out,
                                .add = { addends[swaps], addends[!swaps] },
                                .scale = adds ? 0.25f : 0.0f,
                                .of_y = adds_other ? NULL : &statistics };
  const Wanted wanted = { .conv = *conv,
                          .n_out = n_out,
                          .x = x,
                          .before = before,
                          .other = adds_other ? other : NULL,
                          .adds = adds,
                          .scale = adds ? 0.25f : 1.0f };

  nn_conv_fill (conv, context, weight, &(NnChannels){ .slope = 1.0f }, x, (size_t) conv->n_channels,
                &input);
  nn_conv_forward (conv, context, weight, &input, &output);
  check_output (&wanted, values, bias, y, tolerance);
  if (output.of_y != NULL)
    check_statistics (y, n, n_out, &statistics);
}

static void
check_conv (NnContext *context)
{
  static const int taps[] = { 1, 3, 5, 11 }, dilations[] = { 1, 3, 5 };
  int n = g_test_rand_int_range (1, 90), n_in = g_test_rand_int_range (1, 20);
  int n_out = g_test_rand_int_range (1, 20), k = taps[g_test_rand_int_range (0, 4)];
  const NnConv conv = { n, n_in, n_in + g_test_rand_int_range (0, 4), k,
                        dilations[g_test_rand_int_range (0, 3)] };
  g_autofree float *weight = random_floats ((size_t) (k * conv.width * n_out), 1);
  g_autofree float *bias = random_floats ((size_t) n_out, 1);
  g_autoptr (NnConvWeight) packed =
      new_weight (context, NN_TYPE_F32, weight, k, k * conv.width, n_out, bias);

  run_conv (context, packed, weight, bias, &conv, n_out, 1e-5);
}

static void
test_conv (void)
{
  for_each_table (check_conv);
}

/* Rows of Q8_0 with one scale each, and their values; of each `width` only n_channels are not zero.
 * `flaw`: one block has another scale. */
static NnBlockQ80 *
random_codes (int n_in, int n_out, int width, int n_channels, gboolean flaw, float *values)
{
  NnBlockQ80 *blocks = g_new (NnBlockQ80, n_in / 32 * n_out);

  for (int b = 0; b < n_in / 32 * n_out; b++) {
    blocks[b].d = (uint16_t) (0x1c00 + b / (n_in / 32)); /* about 1 / 256 */
    for (int i = 0; i < 32; i++)
      blocks[b].qs[i] =
          (32 * b + i) % width < n_channels ? (int8_t) g_test_rand_int_range (-127, 128) : 0;
  }
  if (flaw)
    blocks[n_in / 32 * n_out - 1].d = 0x2400;
  nn_dequantize_row (NN_TYPE_Q8_0, blocks, values, (size_t) (n_in * n_out));
  return blocks;
}

/* 8-bit weights: inputs are rounded to 8 bits too, so that a sum is off by some of 1 / 255 of its
 * largest terms; the same whatever the number of threads. */
static void
check_codes (NnContext *context)
{
  static const int taps[] = { 1, 3, 7 }, dilations[] = { 1, 3, 5 };
  const int n = g_test_rand_int_range (1, 120), n_in = g_test_rand_int_range (1, 97);
  const int n_out = g_test_rand_bit () ? 64 : 128, k = taps[g_test_rand_int_range (0, 3)];
  const NnConv conv = { n, n_in, (n_in + 31) / 32 * 32, k,
                        dilations[g_test_rand_int_range (0, 3)] };
  const int row = k * conv.width;
  const gboolean flaw = g_test_rand_int_range (0, 4) == 0;
  g_autofree float *values = g_new (float, row *n_out);
  g_autofree NnBlockQ80 *blocks = random_codes (row, n_out, conv.width, n_in, flaw, values);
  g_autofree float *bias = g_test_rand_bit () ? random_floats ((size_t) n_out, 1) : NULL;
  g_autoptr (NnConvWeight) packed = new_weight (context, NN_TYPE_Q8_0, blocks, k, row, n_out, bias);

  run_conv (context, packed, values, bias, &conv, n_out, 0.01);
}

static void
test_codes (void)
{
  for_each_table (check_codes);
}

/* The layout of an input by codes is its norm and activation within half a step of its range. */
static void
check_fill (NnContext *context)
{
  enum { WIDTH = 160 };
  const NnConvKernels *kernels = context->kernels->conv;
  const int n = g_test_rand_int_range (1, WIDTH + 1), kind = g_test_rand_int_range (0, 3);
  g_autofree float *x = random_floats (WIDTH, 4), *factor = random_floats (WIDTH, 2);
  g_autofree float *addend = random_floats (WIDTH, 2), *alpha = random_floats (WIDTH, 4);
  float inverse[WIDTH], scale, least;
  uint8_t codes[WIDTH + 1];
  const gboolean normed = g_test_rand_bit ();
  const NnChannels channels = { .factor = normed ? factor : NULL,
                                .addend = normed ? addend : NULL,
                                .alpha = kind == 2 ? alpha : NULL,
                                .inverse_alpha = kind == 2 ? inverse : NULL,
                                .slope = kind == 1 ? 0.25f : 1.0f };

  if (kernels == NULL)
    return;
  for (int i = 0; i < WIDTH; i++)
    inverse[i] = 1.0f / alpha[i];
  codes[WIDTH] = 77;
  kernels->fill (&channels, x, n, WIDTH, codes, &scale, &least);
  g_assert_cmpint (codes[WIDTH], ==, 77);
  for (int i = 0; i < WIDTH; i++) {
    double v = (double) x[i];
    if (normed)
      v = v * (double) factor[i] + (double) addend[i];
    if (kind == 2)
      v += pow (sin (v * (double) alpha[i]), 2) / (double) alpha[i];
    else if (kind == 1 && v < 0)
      v /= 4;
    if (i < n)
      assert_near ((double) scale * codes[i] + (double) least, v,
                   0.501 * (double) scale + 1e-5 * (1 + fabs (1.0 / (double) alpha[i])));
    else
      g_assert_cmpint (codes[i], ==, 0);
  }
}

static void
test_fill (void)
{
  for_each_table (check_fill);
}

/* Rows of several scales go the way of a linear layer; rows that are no whole taps are an error. */
static void
test_weights (void)
{
  NnContext *context = nn_context_new (1);
  g_autofree float *values = g_new (float, 64 * 64);
  g_autofree NnBlockQ80 *blocks = random_codes (64, 64, 64, 64, TRUE, values);
  const NnTensor weight = { "odd", NN_TYPE_Q8_0, 2, { 64, 64, 1, 1 }, blocks, 0 };
  g_autoptr (GError) error = NULL;

  g_assert_null (nn_conv_weight_new (context, NULL, &weight, NULL, 3, &error));
  g_assert_error (error, NN_ERROR, NN_ERROR_SHAPE);
  nn_context_free (context);
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
  g_autofree float *y = random_floats ((size_t) (n * stride * n_out), 1);
  g_autofree double *expected = g_new (double, n *stride *n_out);
  g_autoptr (NnLinear) linear = new_linear (context, weight, n_in, k * n_out, NULL);

  for (int i = 0; i < n * stride * n_out; i++)
    expected[i] = (double) y[i] + (double) bias[i % n_out];
  nn_conv_transposed_add (context, linear, bias, x, n, stride, k, n_out, y);
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
  g_test_add_func ("/conv/codes", test_codes);
  g_test_add_func ("/conv/fill", test_fill);
  g_test_add_func ("/conv/weights", test_weights);
  g_test_add_func ("/conv/transposed", test_transposed);
  g_test_add_func ("/conv/lstm", test_lstm);
  return g_test_run ();
}
