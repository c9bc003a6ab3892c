/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/ops/ops.h"

#include <math.h>
#include <string.h>

#include <glib.h>

#include "nn/gguf/type.h"

static const char *const tables[] = { "reference", "avx2", "avx512" };

static float *
random_floats (size_t n)
{
  float *x = g_new (float, n);

  for (size_t i = 0; i < n; i++)
    x[i] = (float) g_test_rand_double_range (-1, 1);
  return x;
}

/* What a cache gives back. */
static double
rounded (float x)
{
  return (double) nn_f16_to_f32 (nn_f16_from_f32 (x));
}

typedef struct {
  int n_heads, n_kv_heads, head_dim;
  int n_rows, first;
  NnAttention attention;
} Shape;

/* One row of one head in double; k and v are rows of all heads. weights: [n_keys] or NULL. */
static void
attend_in_double (const NnAttention *a, const float *q, const float *k, const float *v,
                  size_t stride, int from, int to, gboolean halves, double *out, double *weights)
{
  g_autofree double *scores = g_new (double, to);
  double highest = -INFINITY, sum = 0.0;

  for (int p = from; p < to; p++) {
    scores[p] = 0.0;
    for (int i = 0; i < a->head_dim; i++) {
      float key = k[(size_t) p * stride + (size_t) i];
      scores[p] += (double) q[i] * (halves ? rounded (key) : (double) key);
    }
    scores[p] *= (double) a->scale;
    if (a->logit_softcap > 0.0f)
      scores[p] = (double) a->logit_softcap * tanh (scores[p] / (double) a->logit_softcap);
    highest = fmax (highest, scores[p]);
  }
  for (int p = from; p < to; p++)
    sum += scores[p] = exp (scores[p] - highest);
  for (int i = 0; i < a->head_dim; i++) {
    out[i] = 0.0;
    for (int p = from; p < to; p++) {
      float value = v[(size_t) p * stride + (size_t) i];
      out[i] += scores[p] / sum * (halves ? rounded (value) : (double) value);
    }
  }
  if (weights != NULL)
    for (int p = from; p < to; p++)
      weights[p] = scores[p] / sum;
}

static void
check_cached (const NnKernels *kernels, const Shape *shape)
{
  const NnAttention *a = &shape->attention;
  int n_keys = shape->first + shape->n_rows;
  size_t q_stride = (size_t) (shape->n_heads * shape->head_dim + 3);
  size_t kv_stride = (size_t) (shape->n_kv_heads * shape->head_dim + 7);
  size_t width = (size_t) (shape->n_heads * shape->head_dim);
  g_autofree float *q = random_floats (q_stride * (size_t) shape->n_rows);
  g_autofree float *k = random_floats (kv_stride * (size_t) n_keys);
  g_autofree float *v = random_floats (kv_stride * (size_t) n_keys);
  g_autofree float *out = g_new (float, width *(size_t) shape->n_rows);
  g_autofree float *alone = g_new (float, width);
  g_autofree double *expected = g_new (double, shape->head_dim);
  g_autoptr (NnKvCache) cache =
      nn_kv_cache_new (2, shape->n_kv_heads, shape->head_dim, n_keys + 5, NULL);
  g_autoptr (NnKvCache) copy =
      nn_kv_cache_new (2, shape->n_kv_heads, shape->head_dim, n_keys + 40, NULL);
  NnContext *context = nn_context_new (3);

  context->kernels = kernels;
  nn_kv_cache_store (cache, 1, 0, n_keys, k, v, kv_stride);
  nn_kv_cache_copy (copy, cache, n_keys);
  nn_attention_cached (context, a, copy, 1, q, shape->n_rows, q_stride, shape->first, out);

  for (int r = 0; r < shape->n_rows; r++) {
    int to = a->n_keys > 0 ? a->n_keys : shape->first + r + 1;
    int from = a->window > 0 && to > a->window ? to - a->window : 0;

    for (int h = 0; h < shape->n_heads; h++) {
      int kv_head = h * shape->n_kv_heads / shape->n_heads;
      size_t at = (size_t) (kv_head * shape->head_dim);

      attend_in_double (a, q + (size_t) r * q_stride + h * shape->head_dim, k + at, v + at,
                        kv_stride, from, to, TRUE, expected, NULL);
      for (int i = 0; i < shape->head_dim; i++)
        g_assert_cmpfloat_with_epsilon (
            (double) out[(size_t) r * width + (size_t) (h * shape->head_dim + i)], expected[i],
            3e-6);
    }
    /* A row alone, as in generation: the same bits. */
    nn_attention_cached (context, a, cache, 1, q + (size_t) r * q_stride, 1, q_stride,
                         shape->first + r, alone);
    g_assert_cmpmem (alone, sizeof (float) * width, out + (size_t) r * width,
                     sizeof (float) * width);
  }
  nn_context_free (context);
}

static void
test_cached (void)
{
  const Shape shapes[] = {
    { 4, 4, 32, 9, 0, { 4, 32, 0.2f, 0, 0.0f, 0 } },
    { 6, 2, 64, 21, 30, { 6, 64, 0.125f, 0, 0.0f, 0 } },
    { 9, 3, 64, 1, 600, { 9, 64, 0.125f, 0, 0.0f, 0 } },
    { 9, 3, 64, 3, 1535, { 9, 64, 0.125f, 0, 0.0f, 0 } },
    { 2, 1, 24, 14, 1100, { 2, 24, 0.3f, 0, 0.0f, 0 } },
    { 4, 1, 40, 30, 70, { 4, 40, 0.3f, 17, 0.0f, 0 } },
    { 4, 2, 16, 8, 700, { 4, 16, 0.3f, 600, 2.0f, 0 } },
    { 4, 4, 16, 5, 600, { 4, 16, 0.3f, 0, 0.0f, 590 } },
    { 1, 1, 8, 3, 0, { 1, 8, 1.0f, 0, 0.0f, 0 } },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (tables); i++) {
    const NnKernels *kernels = nn_kernels_choose (tables[i]);

    for (size_t j = 0; kernels != NULL && j < G_N_ELEMENTS (shapes); j++)
      check_cached (kernels, &shapes[j]);
  }
}

static void
check_full (const NnKernels *kernels, int n_heads, int head_dim, int n_rows, int n_keys)
{
  NnAttention a = { .n_heads = n_heads, .head_dim = head_dim, .scale = 0.2f };
  size_t width = (size_t) (n_heads * head_dim);
  size_t stride = 3 * width;
  g_autofree float *q = random_floats (stride * (size_t) n_rows);
  g_autofree float *kv = random_floats (stride * (size_t) n_keys);
  g_autofree float *out = g_new (float, width *(size_t) n_rows);
  g_autofree float *weights = g_new (float, n_heads *n_rows *n_keys);
  g_autofree double *expected = g_new (double, head_dim);
  g_autofree double *expected_weights = g_new (double, n_keys);
  NnContext *context = nn_context_new (2);

  context->kernels = kernels;
  nn_attention_full (context, &a, q, n_rows, stride, kv, kv + width, n_keys, stride, out, weights);
  for (int r = 0; r < n_rows; r++)
    for (int h = 0; h < n_heads; h++) {
      const float *row = weights + (h * n_rows + r) * n_keys;

      attend_in_double (&a, q + (size_t) r * stride + h * head_dim, kv + h * head_dim,
                        kv + width + h * head_dim, stride, 0, n_keys, FALSE, expected,
                        expected_weights);
      for (int i = 0; i < head_dim; i++)
        g_assert_cmpfloat_with_epsilon (
            (double) out[(size_t) r * width + (size_t) (h * head_dim + i)], expected[i], 3e-6);
      for (int p = 0; p < n_keys; p++)
        g_assert_cmpfloat_with_epsilon ((double) row[p], expected_weights[p], 1e-6);
    }
  nn_context_free (context);
}

static void
test_full (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (tables); i++) {
    const NnKernels *kernels = nn_kernels_choose (tables[i]);

    if (kernels == NULL)
      continue;
    check_full (kernels, 3, 64, 29, 530);
    check_full (kernels, 2, 20, 1, 37);
    check_full (kernels, 1, 8, 5, 5);
  }
}

static void
test_cache_limits (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NnKvCache) cache = nn_kv_cache_new (3, 2, 40, 17, &error);

  g_assert_no_error (error);
  g_assert_cmpint (nn_kv_cache_get_capacity (cache), ==, 32);
  g_assert_cmpint (nn_kv_cache_get_n_kv_heads (cache), ==, 2);
  g_assert_cmpint (nn_kv_cache_get_head_dim (cache), ==, 40);
  g_assert_null (nn_kv_cache_new (G_MAXINT, G_MAXINT, G_MAXINT, G_MAXINT, &error));
  g_assert_error (error, NN_ERROR, NN_ERROR_MEMORY);
}

/* Blocks are kept in files: where this fails, NN_KV_LAYOUT must be raised, and then what is
 * expected here. */
static void
test_layout (void)
{
  enum { N_LAYERS = 2, N_HEADS = 2, DIM = 20, N_POSITIONS = 32, WIDTH = N_HEADS * DIM };

  g_autoptr (NnKvCache) cache = nn_kv_cache_new (N_LAYERS, N_HEADS, DIM, 48, NULL);
  const gsize n_bytes = nn_kv_cache_get_block_bytes (cache, N_POSITIONS);
  g_autofree float *k = g_new (float, N_POSITIONS *WIDTH);
  g_autofree float *v = g_new (float, N_POSITIONS *WIDTH);
  g_autofree uint16_t *block = g_malloc (n_bytes);
  g_autofree char *sum = NULL;

  for (int layer = 0; layer < N_LAYERS; layer++) {
    for (int i = 0; i < N_POSITIONS * WIDTH; i++) { /* halves have all of these */
      k[i] = (float) (i % 1999 + 1 + layer);
      v[i] = (float) -(i % 1997 + 1 + layer);
    }
    nn_kv_cache_store (cache, layer, 0, N_POSITIONS, k, v, WIDTH);
  }
  nn_kv_cache_get_block (cache, N_POSITIONS, block);
  sum = g_compute_checksum_for_data (G_CHECKSUM_MD5, (const guchar *) block, n_bytes);
  g_assert_cmpint (NN_KV_LAYOUT, ==, 1);
  g_assert_cmpstr (sum, ==, "b3167fb15dd6f96944aa552846ea36a5");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/attention/cached", test_cached);
  g_test_add_func ("/nn/attention/full", test_full);
  g_test_add_func ("/nn/attention/cache-limits", test_cache_limits);
  g_test_add_func ("/nn/attention/layout", test_layout);
  return g_test_run ();
}
