/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/ops/ops.h"

#include <math.h>
#include <string.h>

#include <glib.h>

#include "nn/gguf/type.h"

static const char *const tables[] = { "reference", "avx2", "avx512" };

/* Runs a test with each table that this CPU has. */
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

static void
check_norms (NnContext *context)
{
  int n_rows = g_test_rand_int_range (1, 40), width = g_test_rand_int_range (1, 700);
  size_t n = (size_t) (n_rows * width);
  g_autofree float *x = random_floats (n, 3);
  g_autofree float *weight = random_floats ((size_t) width, 2);
  g_autofree float *bias = random_floats ((size_t) width, 1);
  g_autofree float *rms = g_new (float, n);
  g_autofree float *layer = g_memdup2 (x, sizeof (float) * n); /* in place */

  nn_rms_norm (context, x, weight, 1e-5f, n_rows, width, rms);
  nn_layer_norm (context, layer, weight, bias, 1e-5f, n_rows, width, layer);
  for (int r = 0; r < n_rows; r++) {
    const float *row = x + r * width;
    double squares = 0.0, sum = 0.0, spread = 0.0;

    for (int i = 0; i < width; i++) {
      squares += (double) row[i] * (double) row[i];
      sum += (double) row[i];
    }
    for (int i = 0; i < width; i++)
      spread += pow ((double) row[i] - sum / width, 2);
    for (int i = 0; i < width; i++) {
      double w = (double) weight[i];
      double deviation = sqrt (spread / width + 1e-5);

      assert_near ((double) rms[r * width + i], (double) row[i] / sqrt (squares / width + 1e-5) * w,
                   1e-5);
      assert_near ((double) layer[r * width + i],
                   ((double) row[i] - sum / width) / deviation * w + (double) bias[i],
                   1e-5 + 1e-6 / deviation);
    }
  }
}

static void
test_norms (void)
{
  for_each_table (check_norms);
}

static double
exact_gelu_tanh (double x)
{
  return 0.5 * x * (1.0 + tanh (sqrt (2.0 / G_PI) * (x + 0.044715 * x * x * x)));
}

static void
check_units (NnContext *context)
{
  int n_rows = g_test_rand_int_range (1, 60), width = g_test_rand_int_range (1, 600);
  size_t n = (size_t) (n_rows * width);
  g_autofree float *gate_up = random_floats (2 * n, 12);
  g_autofree float *silu = g_new (float, n);
  g_autofree float *gelu = g_new (float, n);
  g_autofree float *erf_x = g_memdup2 (gate_up, sizeof (float) * n);

  nn_silu_mul (context, gate_up, n_rows, width, silu);
  nn_gelu_tanh_mul (context, gate_up, n_rows, width, gelu);
  nn_gelu_erf (context, erf_x, n_rows, width);
  for (int r = 0; r < n_rows; r++)
    for (int i = 0; i < width; i++) {
      double g = (double) gate_up[2 * r * width + i];
      double u = (double) gate_up[(2 * r + 1) * width + i];
      double tolerance = 4e-7 * fmax (1.0, fabs (g)) * fmax (1.0, fabs (u));

      assert_near ((double) silu[r * width + i], g / (1.0 + exp (-g)) * u, tolerance);
      assert_near ((double) gelu[r * width + i], exact_gelu_tanh (g) * u, tolerance);
    }
  for (size_t i = 0; i < n; i++) {
    double g = (double) gate_up[i];
    assert_near ((double) erf_x[i], 0.5 * g * erfc (-g / sqrt (2.0)), 4e-7 * fmax (1.0, fabs (g)));
  }
}

/* A tile's sums go where the plain kernel puts them, to the bit, and nowhere else. */
static void
check_store (NnContext *context)
{
  const int width = g_test_rand_int_range (1, 9), n = g_test_rand_int_range (1, 17);
  const int stride = n + g_test_rand_int_range (0, 5), add = g_test_rand_bit ();
  const size_t n_y = (size_t) (width * stride) + 16;
  g_autofree float *sums = random_floats ((size_t) width * 16, 3);
  g_autofree float *bias = g_test_rand_bit () ? random_floats ((size_t) n, 3) : NULL;
  g_autofree float *y = random_floats (n_y, 3);
  g_autofree float *expected = g_memdup2 (y, n_y * sizeof *y);

  context->kernels->rows->store_tile (sums, width, n, bias, add, y, (size_t) stride);
  nn_kernels_reference.rows->store_tile (sums, width, n, bias, add, expected, (size_t) stride);
  g_assert_cmpmem (y, n_y * sizeof *y, expected, n_y * sizeof *y);
}

static void
test_store (void)
{
  for_each_table (check_store);
}

static void
test_units (void)
{
  for_each_table (check_units);
}

static void
check_rows (NnContext *context)
{
  const NnRowKernels *rows = context->kernels->rows;
  int n = g_test_rand_int_range (0, 100);
  g_autofree float *x = random_floats ((size_t) n, 20);
  g_autofree float *y = random_floats ((size_t) n, 20);
  g_autofree float *out = g_new (float, n + 2);
  g_autofree uint16_t *halves = g_new (uint16_t, n + 1);
  double sum = 0.0;
  float highest = -INFINITY;

  for (int i = 0; i < n; i++)
    highest = fmaxf (highest, x[i]);
  g_assert_cmpfloat (rows->largest (x, n), ==, highest);

  out[n] = 42.0f; /* nothing past the end is touched */
  memcpy (out, x, sizeof (float) * (size_t) n);
  float found = rows->exp_sum (out, n, 21.0f);
  for (int i = 0; i < n; i++) {
    double e = exp ((double) (x[i] - 21.0f));
    assert_near ((double) out[i], e, 2e-7 * e);
    sum += e;
  }
  assert_near ((double) found, sum, 1e-6 * sum);

  memcpy (out, x, sizeof (float) * (size_t) n);
  rows->softcap (out, n, 5.0f);
  for (int i = 0; i < n; i++)
    assert_near ((double) out[i], 5.0 * tanh ((double) x[i] / 5.0), 2e-6);

  memcpy (out, x, sizeof (float) * (size_t) n);
  rows->scale_add (out, 0.5f, y, n);
  for (int i = 0; i < n; i++)
    assert_near ((double) out[i], (double) x[i] * 0.5 + (double) y[i], 4e-6);

  halves[n] = 0x1234;
  rows->to_halves (x, n, halves);
  for (int i = 0; i < n; i++)
    g_assert_cmpuint (halves[i], ==, nn_f16_from_f32 (x[i]));
  g_assert_cmpuint (halves[n], ==, 0x1234);
  g_assert_cmpfloat (out[n], ==, 42.0f);
}

static void
test_rows (void)
{
  for_each_table (check_rows);
}

static void
check_extremes (NnContext *context)
{
  float x[] = { 0.0f, -87.0f, -103.0f, -200.0f, -INFINITY };

  context->kernels->rows->exp_sum (x, 5, 0.0f);
  g_assert_cmpfloat (x[0], ==, 1.0f);
  assert_near ((double) x[1], exp (-87.0), 1e-44);
  assert_near ((double) x[2], exp (-103.0), 2e-45);
  g_assert_cmpfloat (x[3], <, 1e-44f);
  g_assert_cmpfloat (x[4], <, 1e-44f);
}

static void
test_extremes (void)
{
  for_each_table (check_extremes);
}

static void
test_softmax_and_add (void)
{
  NnContext *context = nn_context_new (2);
  size_t n = 40000;
  g_autofree float *x = random_floats (n, 10);
  g_autofree float *y = random_floats (n, 10);
  g_autofree float *sum = g_memdup2 (x, sizeof (float) * n);
  double total = 0.0;
  /* Each lane adds up to 5,000 values, whose roundings walk sqrt (5,000) * 2^-24 = 4e-6 away. */
  const double tolerance = 2e-5;

  nn_add (context, sum, y, n);
  for (size_t i = 0; i < n; i++) {
    g_assert_cmpfloat (sum[i], ==, x[i] + y[i]);
    total += exp ((double) x[i]);
  }
  memcpy (sum, x, sizeof (float) * n);
  nn_softmax (sum, (int) n);
  for (size_t i = 0; i < n; i++) {
    double share = exp ((double) x[i]) / total;
    assert_near ((double) sum[i], share, tolerance * share);
  }
  nn_context_free (context);
}

static void
check_rope (NnContext *context)
{
  int n_heads = 3, head_dim = 32, n_rows = g_test_rand_int_range (1, 30);
  size_t stride = (size_t) (n_heads * head_dim + 5);
  g_autofree float *x = random_floats (stride * (size_t) n_rows, 2);
  g_autofree float *before = g_memdup2 (x, sizeof (float) * stride * (size_t) n_rows);
  g_autofree int *positions = g_new (int, n_rows);
  float factors[12];
  NnRope rope = { .layout = g_test_rand_bit () ? NN_ROPE_NORM : NN_ROPE_NEOX,
                  .head_dim = head_dim,
                  .n_rot = 24,
                  .base = 10000.0f,
                  .position_scale = 0.5f,
                  .freq_factors = g_test_rand_bit () ? factors : NULL };

  for (int i = 0; i < 12; i++)
    factors[i] = (float) g_test_rand_double_range (1, 8);
  for (int r = 0; r < n_rows; r++)
    positions[r] = g_test_rand_int_range (0, 5000);
  nn_rope (context, &rope, x, n_rows, stride, n_heads, positions);

  for (int r = 0; r < n_rows; r++)
    for (int h = 0; h < n_heads; h++) {
      const float *from = before + (size_t) r * stride + h * head_dim;
      const float *to = x + (size_t) r * stride + h * head_dim;

      for (int i = 0; i < 12; i++) {
        int a = rope.layout == NN_ROPE_NORM ? 2 * i : i;
        int b = rope.layout == NN_ROPE_NORM ? 2 * i + 1 : i + 12;
        double angle = positions[r] * 0.5 * pow (10000.0, -i / 12.0)
                       / (rope.freq_factors != NULL ? (double) factors[i] : 1.0);

        assert_near ((double) to[a], from[a] * cos (angle) - from[b] * sin (angle), 2e-6);
        assert_near ((double) to[b], from[a] * sin (angle) + from[b] * cos (angle), 2e-6);
      }
      for (int i = 24; i < head_dim; i++)
        g_assert_cmpfloat (to[i], ==, from[i]);
    }
}

static void
test_rope (void)
{
  for_each_table (check_rope);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/ops/norms", test_norms);
  g_test_add_func ("/nn/ops/units", test_units);
  g_test_add_func ("/nn/ops/store", test_store);
  g_test_add_func ("/nn/ops/rows", test_rows);
  g_test_add_func ("/nn/ops/extremes", test_extremes);
  g_test_add_func ("/nn/ops/softmax-and-add", test_softmax_and_add);
  g_test_add_func ("/nn/ops/rope", test_rope);
  return g_test_run ();
}
