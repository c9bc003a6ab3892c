/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Huge pages make things faster, and nothing else: without them the same numbers come out. */

#include <string.h>
#include <sys/prctl.h>

#include "nn/kernels/pack.h"
#include "nn/kernels/slab.h"
#include "nn/ops/linear.h"

#define N_IN 2048
#define N_OUT 2048
#define N_TOKENS 3

static float *
compute (void)
{
  const size_t n_bytes = nn_type_row_bytes (NN_TYPE_Q8_0, N_IN) * N_OUT;
  g_autofree uint8_t *data = g_malloc (n_bytes);
  g_autofree float *x = g_new (float, N_TOKENS *N_IN);
  float *y = g_new0 (float, N_TOKENS *N_OUT);
  const NnTensor tensor = { .name = "w",
                            .type = NN_TYPE_Q8_0,
                            .n_dims = 2,
                            .dims = { N_IN, N_OUT, 1, 1 },
                            .data = data,
                            .n_bytes = n_bytes };
  const NnTensor *weights[] = { &tensor };
  g_autoptr (GError) error = NULL;

  for (size_t i = 0; i < n_bytes; i++)
    data[i] = (uint8_t) (i % 34 < 2 ? 0x21 : i * 31); /* 0x2121 is a small half */
  for (int i = 0; i < N_TOKENS * N_IN; i++)
    x[i] = (float) (i * 7919 % 1000 - 500) * 0.002f;
  NnContext *context = nn_context_new (2);
  NnLinear *linear = nn_linear_new (context, NULL, weights, 1, NULL, &error);
  g_assert_no_error (error);
  nn_linear_forward (linear, context, x, N_TOKENS, N_IN, y, N_OUT);
  nn_linear_free (linear);
  nn_context_free (context);
  return y;
}

static void
test_same_numbers (void)
{
  g_autofree float *with = compute ();

  if (prctl (PR_SET_THP_DISABLE, 1, 0, 0, 0) != 0) {
    g_test_skip ("this kernel cannot switch huge pages off for a process");
    return;
  }
  g_autofree float *without = compute ();
  prctl (PR_SET_THP_DISABLE, 0, 0, 0, 0);
  g_assert_cmpfloat (with[0], !=, 0.0f);
  g_assert_cmpmem (with, N_TOKENS * N_OUT * sizeof (float), without,
                   N_TOKENS * N_OUT * sizeof (float));
}

/* Zero, aligned, and usable to the last byte, whatever its pages are. */
static void
test_memory (void)
{
  static const size_t sizes[] = { 1, 4096, 4097, (2 << 20) - 1, (2 << 20) + 1, 5 << 20 };

  prctl (PR_SET_THP_DISABLE, 1, 0, 0, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    uint8_t *data = nn_pack_alloc (sizes[i]);
    g_assert_nonnull (data);
    g_assert_cmpuint ((uintptr_t) data % 64, ==, 0);
    g_assert_cmpint (data[0], ==, 0);
    g_assert_cmpint (data[sizes[i] - 1], ==, 0);
    memset (data, 1, sizes[i]);
    nn_pack_dealloc (data, sizes[i]);
  }
  prctl (PR_SET_THP_DISABLE, 0, 0, 0, 0);
  /* More than an address space has. */
  g_assert_null (nn_pack_alloc ((size_t) 1 << 60));
}

/* More items than a slab holds, of which some go and others come: each is zero at first and nobody
 * else's. */
static void
test_slabs (void)
{
  enum { N = 90 };
  uint8_t *items[N];
  size_t sizes[N];

  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < N; i++) {
      if (round > 0 && i % 3 == round)
        continue;
      sizes[i] = (size_t) g_test_rand_int_range (1, i % 10 == 0 ? 20 << 20 : 1 << 20);
      items[i] = nn_slab_alloc (sizes[i]);
      g_assert_nonnull (items[i]);
      g_assert_cmpuint ((uintptr_t) items[i] % 64, ==, 0);
      for (size_t at = 0; at < sizes[i]; at += 512)
        g_assert_cmpint (items[i][at], ==, 0);
      g_assert_cmpint (items[i][sizes[i] - 1], ==, 0);
      items[i][0] = items[i][sizes[i] - 1] = items[i][sizes[i] / 2] = (uint8_t) (i + 1);
    }
    for (int i = 0; i < N; i++) {
      g_assert_cmpint (items[i][0], ==, i + 1);
      g_assert_cmpint (items[i][sizes[i] / 2], ==, i + 1);
      g_assert_cmpint (items[i][sizes[i] - 1], ==, i + 1);
      if (round == 2 || i % 3 != round + 1)
        nn_slab_dealloc (items[i], sizes[i]);
    }
  }
  nn_slab_dealloc (NULL, 5);
  g_assert_null (nn_slab_alloc ((size_t) 1 << 60));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/huge-pages/same-numbers", test_same_numbers);
  g_test_add_func ("/nn/huge-pages/memory", test_memory);
  g_test_add_func ("/nn/huge-pages/slabs", test_slabs);
  return g_test_run ();
}
