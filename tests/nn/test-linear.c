/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/ops/lanes.h"
#include "nn/ops/linear.h"
#include "nn/ops/ops.h"

#include <math.h>
#include <string.h>

#include "nn/kernels/pack.h"
#include "nn/kernels/panel.h"

/* Every type that a weight may have, and where its blocks hold half precision numbers. */
static const struct {
  NnType type;
  int halves[2];
  float largest; /* of those numbers */
} types[] = {
  { NN_TYPE_F32, { -1, -1 }, 0.0f },      { NN_TYPE_F16, { -1, -1 }, 0.0f },
  { NN_TYPE_BF16, { -1, -1 }, 0.0f },     { NN_TYPE_Q4_0, { 0, -1 }, 0.1f },
  { NN_TYPE_Q4_1, { 0, 2 }, 0.1f },       { NN_TYPE_Q5_0, { 0, -1 }, 0.1f },
  { NN_TYPE_Q5_1, { 0, 2 }, 0.1f },       { NN_TYPE_Q8_0, { 0, -1 }, 0.01f },
  { NN_TYPE_Q2_K, { 80, 82 }, 0.05f },    { NN_TYPE_Q3_K, { 108, -1 }, 0.01f },
  { NN_TYPE_Q4_K, { 0, 2 }, 0.003f },     { NN_TYPE_Q5_K, { 0, 2 }, 0.002f },
  { NN_TYPE_Q6_K, { 208, -1 }, 0.0003f }, { NN_TYPE_IQ4_NL, { 0, -1 }, 0.01f },
  { NN_TYPE_IQ4_XS, { 0, -1 }, 0.0005f },
};

static const char *const tables[] = { "reference", "avx2", "avx512" };

/* A random matrix of a type; its bytes belong to the test. */
static NnTensor
random_tensor (int which, int n_in, int n_out)
{
  NnType type = types[which].type;
  size_t row_bytes = nn_type_row_bytes (type, (size_t) n_in);
  NnTensor tensor = { .name = "w",
                      .type = type,
                      .n_dims = 2,
                      .dims = { n_in, n_out, 1, 1 },
                      .n_bytes = row_bytes * (size_t) n_out };
  uint8_t *data = g_malloc (tensor.n_bytes);

  for (size_t i = 0; i < tensor.n_bytes; i++)
    data[i] = (uint8_t) g_test_rand_int_range (0, 256);
  if (which < 3) {
    for (size_t i = 0; i < (size_t) n_in * (size_t) n_out; i++) {
      float v = (float) g_test_rand_double_range (-1, 1);
      if (type == NN_TYPE_F32)
        ((float *) data)[i] = v;
      else
        ((uint16_t *) data)[i] = type == NN_TYPE_F16 ? nn_f16_from_f32 (v) : nn_bf16_from_f32 (v);
    }
  } else {
    size_t block = (size_t) nn_type_info (type)->block_bytes;
    for (size_t at = 0; at < tensor.n_bytes; at += block)
      for (int i = 0; i < 2; i++)
        if (types[which].halves[i] >= 0) {
          float v = (float) g_test_rand_double_range (0, types[which].largest);
          uint16_t half = nn_f16_from_f32 (v);
          memcpy (data + at + types[which].halves[i], &half, 2);
        }
  }
  tensor.data = data;
  return tensor;
}

static float *
random_floats (size_t n)
{
  float *x = g_new (float, n);

  for (size_t i = 0; i < n; i++)
    x[i] = (float) g_test_rand_double_range (-2, 2);
  return x;
}

/* What a kernel sees of n_in activations: codes times scales, in the order of x. */
static void
quantize_like_kernel (NnActivation kind, const float *x, int n_in, double *seen)
{
  NnPanels panels;
  int token;

  nn_panels_init (&panels, kind, n_in, 1);
  panels.buffer = g_aligned_alloc0 (1, panels.n_bytes, 64);
  NnPanel panel = nn_panels_get (&panels, 0, &token);
  nn_kernels_reference.fill[kind](x, (size_t) n_in, n_in, &panel);
  for (int k = 0; k < n_in; k++)
    seen[k] = kind == NN_ACTIVATION_FLOAT
                  ? (double) x[k]
                  : (double) panel.codes[k]
                        * (double) panel.scales[k / (kind == NN_ACTIVATION_32 ? 32 : 256)];
  g_aligned_free (panels.buffer);
}

/* The products in double, and per output the scale that rounding errors are measured by. */
static void
multiply_in_double (const NnTensor *w, const float *x, double *y, double *bound)
{
  int n_in = (int) w->dims[0];
  size_t row_bytes = nn_type_row_bytes (w->type, (size_t) n_in);
  g_autofree float *row = g_new (float, n_in);
  g_autofree double *seen = g_new (double, n_in);
  NnPack pack;

  g_assert_true (nn_pack_describe (&pack, w->type, n_in, w->dims[1]));
  quantize_like_kernel (nn_pack_activation (pack.format), x, n_in, seen);
  for (int o = 0; o < (int) w->dims[1]; o++) {
    nn_dequantize_row (w->type, (const uint8_t *) w->data + (size_t) o * row_bytes, row,
                       (size_t) n_in);
    y[o] = bound[o] = 0.0;
    for (int k = 0; k < n_in; k++) {
      y[o] += (double) row[k] * seen[k];
      bound[o] += fabs ((double) row[k] * seen[k]);
    }
  }
}

/* Rounding of the float sums; the types with a minimum per 32 values also round scale times sum to
 * half precision, as the format's own programs do. */
static double
tolerance_of (NnType type)
{
  return type == NN_TYPE_Q4_1 || type == NN_TYPE_Q5_1 ? 0x1p-10 : 3e-6;
}

static void
check_shape (int which, const char *table, int n_in, int n_out, int n_tokens)
{
  NnContext *context = nn_context_new (2);
  NnTensor w = random_tensor (which, n_in, n_out);
  const NnTensor *weights[] = { &w };
  size_t x_stride = (size_t) (n_in + g_test_rand_int_range (0, 20));
  size_t y_stride = (size_t) (n_out + g_test_rand_int_range (0, 20));
  g_autofree float *x = random_floats (x_stride * (size_t) n_tokens);
  g_autofree float *y = random_floats (y_stride * (size_t) n_tokens);
  g_autofree float *before = g_memdup2 (y, sizeof (float) * y_stride * (size_t) n_tokens);
  g_autofree float *sum = g_memdup2 (y, sizeof (float) * y_stride * (size_t) n_tokens);
  g_autofree double *expected = g_new (double, n_out);
  g_autofree double *bound = g_new (double, n_out);

  context->kernels = nn_kernels_choose (table);
  g_autoptr (NnLinear) linear = nn_linear_new (context, NULL, weights, 1, NULL, NULL);
  g_assert_nonnull (linear);
  g_assert_cmpint (nn_linear_get_n_in (linear), ==, n_in);
  g_assert_cmpint (nn_linear_get_n_out (linear), ==, n_out);
  nn_linear_forward (linear, context, x, n_tokens, x_stride, y, y_stride);
  nn_linear_forward_add (linear, context, x, n_tokens, x_stride, sum, y_stride);

  for (int t = 0; t < n_tokens; t++) {
    multiply_in_double (&w, x + (size_t) t * x_stride, expected, bound);
    for (int o = 0; o < (int) y_stride; o++) {
      size_t at = (size_t) t * y_stride + (size_t) o;

      if (o >= n_out) {
        g_assert_cmpfloat (y[at], ==, before[at]); /* between the rows nothing is written */
        continue;
      }
      double tolerance = tolerance_of (w.type) * (bound[o] + 1.0);
      g_assert_cmpfloat_with_epsilon ((double) y[at], expected[o], tolerance);
      g_assert_cmpfloat (sum[at], ==, y[at] + before[at]);
    }
  }
  g_free ((void *) w.data);
  nn_context_free (context);
}

static void
test_types (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (types); i++) {
    int block = nn_type_info (types[i].type)->block_values;

    for (size_t j = 0; j < G_N_ELEMENTS (tables); j++) {
      if (nn_kernels_choose (tables[j]) == NULL)
        continue;
      for (int n_tokens = 1; n_tokens <= 13; n_tokens += n_tokens < 5 ? 1 : 4)
        check_shape ((int) i, tables[j],
                     block == 1 ? g_test_rand_int_range (1, 200)
                                : block * g_test_rand_int_range (1, block == 32 ? 9 : 4),
                     g_test_rand_int_range (1, 70), n_tokens);
    }
  }
}

/* A type's rows come back from the tiles as the file has them. */
static void
test_rows (void)
{
  NnContext *context = nn_context_new (1);

  for (size_t i = 0; i < G_N_ELEMENTS (types); i++) {
    int n_in = 512, n_out = 21;
    NnTensor w = random_tensor ((int) i, n_in, n_out);
    const NnTensor *weights[] = { &w, &w };
    size_t row_bytes = nn_type_row_bytes (w.type, (size_t) n_in);
    g_autoptr (NnLinear) linear = nn_linear_new (context, NULL, weights, 2, NULL, NULL);
    float expected[512], row[512];

    for (int o = 0; o < 2 * n_out; o++) {
      nn_dequantize_row (w.type, (const uint8_t *) w.data + (size_t) (o % n_out) * row_bytes,
                         expected, (size_t) n_in);
      nn_linear_get_row (linear, o, row);
      for (int k = 0; k < n_in; k++)
        g_assert_cmpfloat_with_epsilon (row[k], expected[k], fabsf (expected[k]) * 1e-6f + 1e-12f);
    }
    g_free ((void *) w.data);
  }
  nn_context_free (context);
}

/* Weights of several types as one layer, with a bias on one of them: each part equals the layer of
 * that weight alone, whatever the number of threads or of tokens, bit for bit. */
static void
test_fused (void)
{
  int n_in = 768, n_out[] = { 40, 17, 33, 20 }, total = 110, n_tokens = 27;
  int which[] = { 10, 12, 4, 11 };
  NnTensor w[4];
  const NnTensor *weights[4];
  g_autofree float *x = random_floats ((size_t) (n_in * n_tokens));
  g_autofree float *y = g_new (float, total *n_tokens);
  g_autofree float *part = g_new (float, total *n_tokens);
  g_autofree float *values = random_floats (17);
  NnTensor bias = {
    .name = "b", .type = NN_TYPE_F32, .n_dims = 1, .dims = { 17, 1, 1, 1 }, .data = values
  };
  const NnTensor *biases[] = { NULL, &bias, NULL, NULL };
  NnContext *one = nn_context_new (1);
  NnContext *three = nn_context_new (3);

  for (int i = 0; i < 4; i++) {
    w[i] = random_tensor (which[i], n_in, n_out[i]);
    weights[i] = &w[i];
  }
  g_autoptr (NnLinear) fused = nn_linear_new (three, NULL, weights, 4, biases, NULL);
  nn_linear_forward (fused, three, x, n_tokens, (size_t) n_in, y, (size_t) total);

  for (int i = 0, first = 0; i < 4; first += n_out[i++]) {
    g_autoptr (NnLinear) alone = nn_linear_new (one, NULL, &weights[i], 1, &biases[i], NULL);

    for (int t = 0; t < n_tokens; t++) {
      nn_linear_forward (alone, one, x + t * n_in, 1, (size_t) n_in, part, (size_t) n_out[i]);
      g_assert_cmpmem (part, sizeof (float) * (size_t) n_out[i], y + t * total + first,
                       sizeof (float) * (size_t) n_out[i]);
    }
    g_free ((void *) w[i].data);
  }
  nn_context_free (one);
  nn_context_free (three);
}

static int
which_of (NnType type)
{
  for (size_t i = 0; i < G_N_ELEMENTS (types); i++)
    if (types[i].type == type)
      return (int) i;
  g_assert_not_reached ();
}

/* A widened tile has the values of the weight within half a step of 8 bits, on blocks in the middle
 * of the rows too. */
static void
check_widen (NnType type, const NnKernels *kernels)
{
  enum { N_IN = 1024, BEGIN = 256, N = 512 };
  NnTensor w = random_tensor (which_of (type), N_IN, NN_TILE);
  size_t row_bytes = nn_type_row_bytes (type, N_IN);
  NnPack pack, wide = nn_pack_describe_wide (N);
  float exact[N_IN], row[N];

  g_assert_true (nn_pack_describe (&pack, type, N_IN, NN_TILE));
  pack.data = nn_pack_alloc (pack.tile_bytes);
  wide.data = nn_pack_alloc (2 * wide.tile_bytes);
  nn_pack_tile (&pack, type, 0, w.data, row_bytes, NN_TILE);
  kernels->widen[pack.format](&pack, 0, BEGIN, &wide, 1);
  for (int r = 0; r < NN_TILE; r++) {
    nn_dequantize_row (type, (const uint8_t *) w.data + (size_t) r * row_bytes, exact, N_IN);
    nn_pack_get_row (&wide, NN_TILE + r, row);
    for (int k = 0; k < N; k++) {
      const float *steps = (const float *) (wide.data + wide.tile_bytes + wide.scales_at);

      g_assert_cmpfloat_with_epsilon (row[k], exact[BEGIN + k],
                                      0.6f * steps[k / 256 * NN_TILE + r] + 1e-12f);
    }
  }
  nn_pack_dealloc (pack.data, pack.tile_bytes);
  nn_pack_dealloc (wide.data, 2 * wide.tile_bytes);
  g_free ((void *) w.data);
}

/* What 8 bits of a row's range resolve. */
static double
largest_step (const NnTensor *w, int row)
{
  size_t n = (size_t) w->dims[0];
  g_autofree float *values = g_new (float, n);
  float low = 0.0f, high = 0.0f;

  nn_dequantize_row (w->type,
                     (const uint8_t *) w->data + (size_t) row * nn_type_row_bytes (w->type, n),
                     values, n);
  for (size_t k = 0; k < n; k++) {
    low = fminf (low, values[k]);
    high = fmaxf (high, values[k]);
  }
  return 2.0 * (double) fmaxf (high, -low) / 254.0;
}

/* A product of many tokens, in several parts of long rows: within six standard deviations of
 * that rounding, and the same for any number of threads. */
static void
check_wide_product (NnType type, const char *table)
{
  int n_in = 13 * 256, n_out = 75, n_tokens = 43;
  NnTensor w = random_tensor (which_of (type), n_in, n_out);
  const NnTensor *weights[] = { &w };
  g_autofree float *x = random_floats ((size_t) (n_in * n_tokens));
  float *y[2];
  g_autofree double *expected = g_new (double, n_out);
  g_autofree double *bound = g_new (double, n_out);
  g_autofree double *steps = g_new (double, n_out);

  for (int i = 0; i < 2; i++) {
    NnContext *context = nn_context_new (1 + 2 * i);

    context->kernels = nn_kernels_choose (table);
    g_autoptr (NnLinear) linear = nn_linear_new (context, NULL, weights, 1, NULL, NULL);
    y[i] = g_new (float, n_out *n_tokens);
    nn_linear_forward (linear, context, x, n_tokens, (size_t) n_in, y[i], (size_t) n_out);
    nn_context_free (context);
  }
  g_assert_cmpmem (y[0], sizeof (float) * (size_t) (n_out * n_tokens), y[1],
                   sizeof (float) * (size_t) (n_out * n_tokens));
  for (int o = 0; o < n_out; o++)
    steps[o] = largest_step (&w, o);
  for (int t = 0; t < n_tokens; t++) {
    double squares = 0.0;

    multiply_in_double (&w, x + t * n_in, expected, bound);
    for (int k = 0; k < n_in; k++)
      squares += (double) x[t * n_in + k] * (double) x[t * n_in + k];
    for (int o = 0; o < n_out; o++)
      g_assert_cmpfloat_with_epsilon ((double) y[0][t * n_out + o], expected[o],
                                      6.0 * 0.3 * steps[o] * sqrt (squares) + 1e-3);
  }
  g_free (y[0]);
  g_free (y[1]);
  g_free ((void *) w.data);
}

static void
test_wide (void)
{
  NnType widened[] = { NN_TYPE_Q4_K, NN_TYPE_Q5_K, NN_TYPE_Q6_K };

  for (size_t i = 0; i < G_N_ELEMENTS (tables); i++) {
    const NnKernels *kernels = nn_kernels_choose (tables[i]);

    for (size_t j = 0; kernels != NULL && j < G_N_ELEMENTS (widened); j++) {
      NnPack pack;

      g_assert_true (nn_pack_describe (&pack, widened[j], 256, 1));
      if (kernels->widen[pack.format] != NULL)
        check_widen (widened[j], kernels);
      check_wide_product (widened[j], tables[i]);
    }
  }
}

/* silu (gate) * up is what the two steps give, to the bit, whichever way it is computed. */
static void
check_gated (NnContext *context, NnType gate, NnType up, int n_in, int n_out)
{
  static const int tokens[] = { 1, 7, 33, 75 };
  const NnTensor w[] = { random_tensor (which_of (gate), n_in, n_out),
                         random_tensor (which_of (up), n_in, n_out) };
  const NnTensor *weights[] = { &w[0], &w[1] };
  g_autoptr (NnLinear) linear = nn_linear_new (context, NULL, weights, 2, NULL, NULL);

  for (size_t i = 0; i < G_N_ELEMENTS (tokens); i++) {
    const size_t n = (size_t) (tokens[i] * n_out);
    g_autofree float *x = random_floats ((size_t) (tokens[i] * n_in));
    g_autofree float *both = g_new (float, 2 * n);
    g_autofree float *expected = g_new (float, n);
    g_autofree float *y = g_new (float, n);

    nn_linear_forward (linear, context, x, tokens[i], (size_t) n_in, both, 2 * (size_t) n_out);
    nn_silu_mul (context, both, tokens[i], n_out, expected);
    nn_linear_forward_silu_mul (linear, context, x, tokens[i], both, y);
    g_assert_cmpmem (y, n * sizeof *y, expected, n * sizeof *y);
  }
  g_free ((void *) w[0].data);
  g_free ((void *) w[1].data);
}

static void
test_gated (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (tables); i++) {
    NnContext *context = nn_context_new (2);

    context->kernels = nn_kernels_choose (tables[i]);
    if (context->kernels != NULL) {
      check_gated (context, NN_TYPE_Q4_K, NN_TYPE_Q4_K, 768, 160);
      check_gated (context, NN_TYPE_Q4_K, NN_TYPE_Q6_K, 1536, 48);
      check_gated (context, NN_TYPE_Q4_K, NN_TYPE_Q4_K, 2048, 32); /* rows in two parts */
      check_gated (context, NN_TYPE_Q5_K, NN_TYPE_Q5_K, 256, 75);  /* no whole tiles */
      check_gated (context, NN_TYPE_Q4_1, NN_TYPE_Q4_1, 256, 48);
      check_gated (context, NN_TYPE_Q4_K, NN_TYPE_F16, 256, 48);
    }
    nn_context_free (context);
  }
}

/* Floating weights rounded at load are those of a file of Q8_0 with the same codes: within half a
 * step of their block; what has no such form stays as it is. */
static void
test_rounded (void)
{
  static const char *const names[] = { "reference", "avx2", "avx512" };

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    for (int n_in = 96; n_in <= 100; n_in += 4) {
      const int n_out = 75;
      NnContext *context = nn_context_new (2);
      g_autofree float *w = random_floats ((size_t) (n_in * n_out));
      g_autofree float *row = g_new (float, n_in);
      NnTensor tensor = {
        .name = "w", .type = NN_TYPE_F32, .n_dims = 2, .dims = { n_in, n_out, 1, 1 }, .data = w
      };

      if (nn_kernels_choose (names[i]) != NULL)
        context->kernels = nn_kernels_choose (names[i]);
      g_autoptr (NnLinear) linear = nn_linear_new_rounded (context, NULL, &tensor, NULL, NULL);
      const gboolean is_exact = nn_linear_get_n_bytes (linear) >= (size_t) (4 * n_in * n_out);

      g_assert_cmpint (is_exact, ==,
                       n_in % 32 != 0 || nn_lane_kernels_choose (context->kernels) == NULL);
      for (int o = 0; o < n_out; o++) {
        nn_linear_get_row (linear, o, row);
        for (int k = 0; k < n_in; k++) {
          const float *block = w + o * n_in + k / 32 * 32;
          float highest = 0.0f;

          for (int j = 0; !is_exact && j < 32; j++)
            highest = MAX (highest, fabsf (block[j]));
          g_assert_cmpfloat_with_epsilon (row[k], w[o * n_in + k],
                                          highest / 127.0f * 0.57f + 1e-9f);
        }
      }
      nn_context_free (context);
    }
}

static void
test_errors (void)
{
  NnContext *context = nn_context_new (1);
  NnTensor a = random_tensor (0, 8, 4);
  NnTensor b = random_tensor (0, 9, 4);
  NnTensor bias = { .name = "b", .type = NN_TYPE_F32, .n_dims = 1, .dims = { 5, 1, 1, 1 } };
  NnTensor ints = a;
  const NnTensor *uneven[] = { &a, &b };
  const NnTensor *one[] = { &a };
  const NnTensor *biases[] = { &bias };
  const NnTensor *wrong[] = { &ints };
  g_autoptr (GError) error = NULL;

  g_assert_null (nn_linear_new (context, NULL, uneven, 2, NULL, &error));
  g_assert_error (error, NN_ERROR, NN_ERROR_SHAPE);
  g_clear_error (&error);
  g_assert_null (nn_linear_new (context, NULL, one, 1, biases, &error));
  g_assert_error (error, NN_ERROR, NN_ERROR_SHAPE);
  g_clear_error (&error);
  ints.type = NN_TYPE_I32;
  g_assert_null (nn_linear_new (context, NULL, wrong, 1, NULL, &error));
  g_assert_error (error, NN_ERROR, NN_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  ints.type = NN_TYPE_Q8_0; /* rows of 8 are no block of 32 */
  g_assert_null (nn_linear_new (context, NULL, wrong, 1, NULL, &error));
  g_assert_error (error, NN_ERROR, NN_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  atomic_store (&context->cancel, true);
  g_assert_null (nn_linear_new (context, NULL, one, 1, NULL, &error));
  g_assert_error (error, NN_ERROR, NN_ERROR_CANCELLED);

  g_free ((void *) a.data);
  g_free ((void *) b.data);
  nn_context_free (context);
}

/* Activations of every table: codes within half a step, sums exact, all tables alike. */
static void
test_fill (void)
{
  int n_in = 768, widths[] = { 1, 2, 4, 8 };

  for (int kind = NN_ACTIVATION_32; kind < NN_ACTIVATION_COUNT; kind++)
    for (int i = 0; i < 4; i++) {
      int width = widths[i];
      g_autofree float *x = random_floats ((size_t) (n_in * width));
      NnPanels panels;
      g_autofree uint8_t *first = NULL;

      memset (x, 0, 256 * sizeof (float)); /* a block of zeros */
      nn_panels_init (&panels, kind, n_in, width);
      for (size_t j = 0; j < G_N_ELEMENTS (tables); j++) {
        const NnKernels *kernels = nn_kernels_choose (tables[j]);
        int token, block = kind == NN_ACTIVATION_32 ? 32 : 256;

        if (kernels == NULL)
          continue;
        panels.buffer = g_aligned_alloc0 (1, panels.n_bytes, 64);
        NnPanel panel = nn_panels_get (&panels, 0, &token);
        g_assert_cmpint (panel.width, ==, width);
        kernels->fill[kind](x, (size_t) n_in, n_in, &panel);
        for (int t = 0; t < width; t++)
          for (int k = 0, sum = 0; k < n_in; k++) {
            int code = panel.codes[(k / 4 * width + t) * 4 + k % 4];
            float scale = panel.scales[k / block * width + t];

            g_assert_cmpfloat_with_epsilon (scale * (float) code, x[t * n_in + k],
                                            scale * 0.57f + 1e-9f);
            sum = k % 32 == 0 ? code : sum + code;
            if (k % 32 == 31)
              g_assert_cmpint (panel.sums_32[k / 32 * width + t], ==, -sum);
          }
        if (first == NULL)
          first = g_memdup2 (panels.buffer, panels.n_bytes);
        g_assert_cmpmem (first, panels.n_bytes, panels.buffer, panels.n_bytes);
        g_aligned_free (panels.buffer);
      }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/linear/fill", test_fill);
  g_test_add_func ("/nn/linear/types", test_types);
  g_test_add_func ("/nn/linear/rows", test_rows);
  g_test_add_func ("/nn/linear/fused", test_fused);
  g_test_add_func ("/nn/linear/wide", test_wide);
  g_test_add_func ("/nn/linear/gated", test_gated);

  g_test_add_func ("/nn/linear/rounded", test_rounded);
  g_test_add_func ("/nn/linear/errors", test_errors);
  return g_test_run ();
}
