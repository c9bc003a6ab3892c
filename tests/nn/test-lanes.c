/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Lanes: each table against the plain one, and the plain one against double arithmetic. */

#include "nn/ops/lanes.h"

#include <math.h>
#include <string.h>

static const char *const tables[] = { "reference", "avx512" };

/* Kernels of a table, or NULL if this CPU lacks them. */
static const NnLaneKernels *
get_kernels (size_t table, const NnKernels **kernels)
{
  *kernels = nn_kernels_choose (tables[table]);
  return *kernels != NULL ? nn_lane_kernels_choose (*kernels) : NULL;
}

static float *
random_lanes (size_t n_words, double range)
{
  float *x = g_aligned_alloc (n_words, sizeof (float), 64);

  for (size_t i = 0; i < n_words; i++)
    x[i] = (float) g_test_rand_double_range (-range, range);
  return x;
}

static void
assert_near (double found, double expected, double tolerance)
{
  if (!(fabs (found - expected) <= tolerance))
    g_error ("found %.9g, expected %.9g within %.3g", found, expected, tolerance);
}

/* Rows to lanes and back, at any stride. */
static void
test_rows (void)
{
  for (size_t table = 0; table < G_N_ELEMENTS (tables); table++) {
    const NnKernels *kernels;
    const NnLaneKernels *k = get_kernels (table, &kernels);

    for (int round = 0; k != NULL && round < 40; round++) {
      const int n = g_test_rand_int_range (1, 49), width = g_test_rand_int_range (1, 70);
      const size_t stride = (size_t) g_test_rand_int_range (width, width + 9);
      g_autofree float *x = g_new (float, stride *(size_t) n);
      g_autofree float *y = g_new0 (float, stride *(size_t) n);
      float *lanes = random_lanes ((size_t) width * NN_LANES, 1);

      for (size_t i = 0; i < stride * (size_t) n; i++)
        x[i] = (float) i;
      k->load (x, stride, n, width, lanes);
      for (int i = 0; i < width; i++)
        for (int l = 0; l < nn_lane_count_tiles (n) * NN_LANE_TILE; l++)
          g_assert_cmpfloat (lanes[i * NN_LANES + l], ==,
                             l < n ? x[(size_t) l * stride + (size_t) i] : 0.0f);
      k->store (lanes, n, width, y, stride);
      for (size_t i = 0; i < stride * (size_t) n; i++)
        g_assert_cmpfloat (y[i], ==, (int) (i % stride) < width ? x[i] : 0.0f);
      g_aligned_free (lanes);
    }
  }
}

static void
test_norm (void)
{
  for (size_t table = 0; table < G_N_ELEMENTS (tables); table++) {
    const NnKernels *kernels;
    const NnLaneKernels *k = get_kernels (table, &kernels);

    for (int round = 0; k != NULL && round < 20; round++) {
      const int width = g_test_rand_int_range (1, 300);
      float *x = random_lanes ((size_t) width * NN_LANES, 3);
      float *y = random_lanes ((size_t) width * NN_LANES, 3);
      float *weight = random_lanes ((size_t) width, 2), *bias = random_lanes ((size_t) width, 1);
      const int l = g_test_rand_int_range (0, 32);
      double mean = 0, squares = 0;

      k->layer_norm (x, weight, bias, 1e-5f, 2, width, y);
      for (int i = 0; i < width; i++)
        mean += (double) x[i * NN_LANES + l] / width;
      for (int i = 0; i < width; i++)
        squares += pow ((double) x[i * NN_LANES + l] - mean, 2) / width;
      for (int i = 0; i < width; i++)
        assert_near ((double) y[i * NN_LANES + l],
                     ((double) x[i * NN_LANES + l] - mean) / sqrt (squares + 1e-5)
                             * (double) weight[i]
                         + (double) bias[i],
                     2e-5);
      g_aligned_free (x);
      g_aligned_free (y);
      g_aligned_free (weight);
      g_aligned_free (bias);
    }
  }
}

static NnTensor
make_tensor (const char *name, NnType type, int n_dims, int n_in, int n_out, void *data)
{
  return (NnTensor){ .name = (char *) name,
                     .type = type,
                     .n_dims = n_dims,
                     .dims = { n_in, n_out, 1, 1 },
                     .data = data };
}

typedef struct {
  NnLaneFormat format;
  int n_taps, n_in, n_out, n;
  NnTensor weight, bias;
  float *w, *b, *x;
  float *y; /* what is added to */
} Linear;

static float *
forward (const Linear *c, NnContext *context, const NnLaneKernels *kernels)
{
  g_autoptr (NnLaneLinear) linear =
      nn_lane_linear_new (context, NULL, &c->weight, &c->bias, c->n_taps, c->format, NULL);
  uint32_t *operand = g_aligned_alloc (nn_lane_operand_words (c->n_in), sizeof *operand, 64);
  const size_t n = (size_t) c->n_out * NN_LANES;
  float *found = g_aligned_alloc (n, sizeof *found, 64);

  memcpy (found, c->y, n * sizeof *found);
  nn_lane_linear_round (linear, kernels, c->x, c->n, operand);
  nn_lane_linear_forward (linear, kernels, operand, c->n, TRUE, found);
  g_aligned_free (operand);
  return found;
}

/* Against double, where a value is rounded to 1 / 256 (pairs) or to a step of its row (quads): such
 * errors are independent and add up as squares. */
static void
compare_with_double (const Linear *c, const float *found)
{
  const int n_channels = c->n_in / c->n_taps;

  for (int j = 0; j < c->n_out; j++)
    for (int l = 0; l < c->n; l++) {
      const size_t at = (size_t) (j * NN_LANES + l);
      double sum = (double) c->b[j] + (double) c->y[at], size = 0;

      for (int i = 0; i < c->n_in; i++) {
        const int column = i % n_channels * c->n_taps + i / n_channels;
        const double v = (double) c->w[j * c->n_in + column] * (double) c->x[i * NN_LANES + l];

        sum += v;
        size += v * v;
      }
      assert_near ((double) found[at], sum, 0.05 * sqrt (size) + 0.03);
    }
}

static void
check_linear (NnLaneFormat format, gboolean halves, int n_taps, int n_in, int n_out, int n)
{
  const size_t n_weights = (size_t) n_in * (size_t) n_out;
  g_autofree uint16_t *half = g_new (uint16_t, n_weights);
  Linear c = { .format = format, .n_taps = n_taps, .n_in = n_in, .n_out = n_out, .n = n };
  float *first = NULL;

  c.w = random_lanes (n_weights, 1);
  c.b = random_lanes ((size_t) n_out, 1);
  c.x = random_lanes ((size_t) n_in * NN_LANES, 2);
  c.y = random_lanes ((size_t) n_out * NN_LANES, 2);
  for (size_t i = 0; i < n_weights; i++) {
    half[i] = nn_f16_from_f32 (c.w[i]);
    c.w[i] = nn_f16_to_f32 (half[i]);
  }
  c.bias = make_tensor ("b", NN_TYPE_F32, 1, n_out, 1, c.b);
  c.weight = make_tensor ("w", halves ? NN_TYPE_F16 : NN_TYPE_F32, 2, n_in, n_out,
                          halves ? half : (void *) c.w);
  for (size_t table = 0; table < G_N_ELEMENTS (tables); table++) {
    NnContext *context = nn_context_new (2);
    const NnLaneKernels *kernels = get_kernels (table, &context->kernels);

    if (kernels != NULL) {
      float *found = forward (&c, context, kernels);

      compare_with_double (&c, found);
      for (int i = 0; first != NULL && i < n_out * NN_LANES; i++)
        if (i % NN_LANES < n)
          assert_near ((double) found[i], (double) first[i], 4e-6 * n_in);
      g_aligned_free (first);
      first = found;
    } else {
      g_test_message ("no lanes in table %s", tables[table]);
    }
    nn_context_free (context);
  }
  g_aligned_free (first);
  g_aligned_free (c.w);
  g_aligned_free (c.b);
  g_aligned_free (c.x);
  g_aligned_free (c.y);
}

static void
test_linear (void)
{
  for (int round = 0; round < 12; round++)
    for (int format = NN_LANE_PAIRS; format <= NN_LANE_QUADS; format++) {
      const int n_taps = round % 3 == 0 ? 3 : 1;
      const int n_in = 4 * n_taps * g_test_rand_int_range (2, 30);

      check_linear (format, round % 2, n_taps, n_in, 8 * g_test_rand_int_range (1, 15),
                    g_test_rand_int_range (1, 49));
    }
}

/* Fills blocks with random queries, keys and values and attends with one of the tables. */
static void
check_attention (int n_heads, int head_dim, int n_rows)
{
  const size_t width = (size_t) (n_heads * head_dim) * NN_LANES;
  const int n_blocks = nn_lane_count_blocks (n_rows);
  float *qkv = random_lanes (3 * width * (size_t) n_blocks, 2);
  NnLaneScratch *scratch = g_aligned_alloc (1, sizeof *scratch, 64);
  float *out = random_lanes (width, 1);
  g_autofree double *p = g_new (double, n_rows);

  for (size_t table = 0; table < G_N_ELEMENTS (tables); table++) {
    const NnKernels *kernels;
    const NnLaneKernels *k = get_kernels (table, &kernels);
    NnLaneHeads heads = { n_heads, head_dim, n_rows, 0.35f, NULL };

    if (k == NULL)
      continue;
    heads.words = g_aligned_alloc (nn_lane_heads_words (&heads), sizeof *heads.words, 64);
    for (int b = 0; b < n_blocks; b++)
      nn_lane_heads_store (&heads, k, b, qkv + 3 * width * (size_t) b);

    const int block = g_test_rand_int_range (0, n_blocks);
    const int l = g_test_rand_int_range (0, nn_lane_block_rows (n_rows, block));
    const int head = g_test_rand_int_range (0, n_heads);
    const float *q = qkv + 3 * width * (size_t) block + (size_t) (head * head_dim * NN_LANES + l);
    double total = 0;

    nn_lane_heads_attend (&heads, k, block, scratch, out);
    for (int r = 0; r < n_rows; r++) {
      const float *key = qkv + 3 * width * (size_t) (r / NN_LANES) + width
                         + (size_t) (head * head_dim * NN_LANES + r % NN_LANES);

      p[r] = 0;
      for (int i = 0; i < head_dim; i++)
        p[r] += 0.35 * (double) q[i * NN_LANES] * (double) key[i * NN_LANES];
      total += p[r] = exp (p[r]);
    }
    for (int i = 0; i < head_dim; i++) {
      double sum = 0;

      for (int r = 0; r < n_rows; r++)
        sum += p[r] / total
               * (double) qkv[3 * width * (size_t) (r / NN_LANES) + 2 * width
                              + (size_t) ((head * head_dim + i) * NN_LANES + r % NN_LANES)];
      /* Scores of up to 10 are of factors rounded to 1 / 256. */
      assert_near ((double) out[(head * head_dim + i) * NN_LANES + l], sum, 0.05);
    }
    g_aligned_free (heads.words);
  }
  g_aligned_free (qkv);
  g_aligned_free (scratch);
  g_aligned_free (out);
}

static void
test_attention (void)
{
  static const int n_rows[] = { 1, 2, 7, 16, 47, 48, 49, 127, 128, 129, 300 };

  for (size_t i = 0; i < G_N_ELEMENTS (n_rows); i++)
    for (int head_dim = 8; head_dim <= 64; head_dim *= 2)
      check_attention (2, head_dim, n_rows[i]);
}

static void
test_errors (void)
{
  NnContext *context = nn_context_new (1);
  float values[64] = { 0 };
  NnTensor narrow = make_tensor ("narrow", NN_TYPE_F32, 2, 6, 8, values);
  NnTensor few = make_tensor ("few", NN_TYPE_F32, 2, 8, 7, values);
  NnTensor codes = make_tensor ("codes", NN_TYPE_Q8_0, 2, 32, 8, values);
  NnTensor good = make_tensor ("good", NN_TYPE_F32, 2, 8, 8, values);
  NnTensor bias = make_tensor ("bias", NN_TYPE_F32, 1, 9, 1, values);
  const struct {
    const NnTensor *weight;
    const NnTensor *bias;
    int code;
  } cases[] = { { &narrow, NULL, NN_ERROR_SHAPE },
                { &few, NULL, NN_ERROR_SHAPE },
                { &codes, NULL, NN_ERROR_UNSUPPORTED },
                { &good, &bias, NN_ERROR_SHAPE } };

  context->kernels = &nn_kernels_reference;
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (nn_lane_linear_new (context, NULL, cases[i].weight, cases[i].bias, 1,
                                       NN_LANE_PAIRS, &error));
    g_assert_error (error, NN_ERROR, cases[i].code);
  }
  nn_context_free (context);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/lanes/rows", test_rows);
  g_test_add_func ("/nn/lanes/norm", test_norm);
  g_test_add_func ("/nn/lanes/linear", test_linear);
  g_test_add_func ("/nn/lanes/attention", test_attention);
  g_test_add_func ("/nn/lanes/errors", test_errors);
  return g_test_run ();
}
