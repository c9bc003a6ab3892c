/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Times the linear layers and attention on shapes like those of the models:
 *
 *   bench-kernels [--threads N] [--n-in N] [--n-out N] [--type NAME]
 *
 * One line per type: read bandwidth with one token, operations per second with many. The best of
 * several runs counts, because other programs only ever make a run slower.
 */

#include "nn/ops/linear.h"
#include "nn/ops/ops.h"

#include <cblas.h>
#include <string.h>
#include <time.h>

static int n_threads = 0, n_in = 1536, n_out = 8960, n_many = 512;
static char *only_type = NULL;

static const GOptionEntry entries[] = {
  { "threads", 0, 0, G_OPTION_ARG_INT, &n_threads, "Threads, 0 for all cores", "N" },
  { "n-in", 0, 0, G_OPTION_ARG_INT, &n_in, "Width of the input", "N" },
  { "n-out", 0, 0, G_OPTION_ARG_INT, &n_out, "Width of the output", "N" },
  { "tokens", 0, 0, G_OPTION_ARG_INT, &n_many, "Tokens of the wide product", "N" },
  { "type", 0, 0, G_OPTION_ARG_STRING, &only_type, "Only this type", "NAME" },
  { NULL },
};

static const NnType types[] = {
  NN_TYPE_F32,  NN_TYPE_F16,  NN_TYPE_BF16, NN_TYPE_Q4_0,   NN_TYPE_Q4_1,
  NN_TYPE_Q5_0, NN_TYPE_Q5_1, NN_TYPE_Q8_0, NN_TYPE_Q2_K,   NN_TYPE_Q3_K,
  NN_TYPE_Q4_K, NN_TYPE_Q5_K, NN_TYPE_Q6_K, NN_TYPE_IQ4_NL, NN_TYPE_IQ4_XS,
};

typedef struct {
  NnContext *context;
  NnLinear **linears; /* several, so that one token's weights are not in the cache */
  int n_linears;
  int next;
  int n_tokens;
  float *x;
  float *y;
  float *weight; /* plain, for OpenBLAS */
} Run;

static void
forward (Run *run)
{
  nn_linear_forward (run->linears[run->next++ % run->n_linears], run->context, run->x,
                     run->n_tokens, (size_t) n_in, run->y, (size_t) n_out);
}

/* With one thread the time is that of the core, so that other programs disturb less. */
static double
seconds (void)
{
  struct timespec now;

  clock_gettime (n_threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return (double) now.tv_sec + (double) now.tv_nsec * 1e-9;
}

/* Seconds of one call, the best of at least 5 and of half a second. */
static double
best_time (void (*func) (Run *run), Run *run)
{
  double begin = seconds ();
  double best = 1e9;

  func (run);
  for (int i = 0; i < 5 || seconds () - begin < 0.5; i++) {
    double start = seconds ();
    func (run);
    best = MIN (best, seconds () - start);
  }
  return best;
}

static void
bench_type (Run *run, NnType type)
{
  size_t n_bytes = nn_type_row_bytes (type, (size_t) n_in) * (size_t) n_out;
  g_autofree uint8_t *data = g_malloc (n_bytes);
  NnTensor tensor = { .name = "w",
                      .type = type,
                      .n_dims = 2,
                      .dims = { n_in, n_out, 1, 1 },
                      .data = data,
                      .n_bytes = n_bytes };
  const NnTensor *weights[] = { &tensor };
  double start = seconds ();

  memset (data, 0x2c, n_bytes); /* small numbers in every type */
  run->n_linears = 1 + (int) ((256u << 20) / n_bytes);
  run->linears = g_new (NnLinear *, run->n_linears);
  for (int i = 0; i < run->n_linears; i++)
    run->linears[i] = nn_linear_new (run->context, NULL, weights, 1, NULL, NULL);
  double pack = (seconds () - start) / run->n_linears;

  run->n_tokens = 1;
  double one = best_time (forward, run);
  run->n_tokens = 4;
  double four = best_time (forward, run);
  run->n_tokens = n_many;
  double many = best_time (forward, run);
  double packed = (double) nn_linear_get_n_bytes (run->linears[0]);
  double operations = 2.0 * n_in * n_out;

  g_print ("%-7s %6.2f bits  pack %5.2f GB/s  1 token %6.1f GB/s  4 tokens %6.1f GB/s  "
           "%d tokens %7.1f GOP/s\n",
           nn_type_info (type)->name, packed * 8 / ((double) n_in * n_out),
           (double) n_bytes / pack * 1e-9, packed / one * 1e-9, packed / four * 1e-9, n_many,
           operations * n_many / many * 1e-9);
  for (int i = 0; i < run->n_linears; i++)
    nn_linear_free (run->linears[i]);
  g_free (run->linears);
}

enum { HEADS = 8, HEAD_DIM = 64, POSITIONS = 1500 };

static void
attend_full (Run *run)
{
  const NnAttention attention = { .n_heads = HEADS, .head_dim = HEAD_DIM, .scale = 0.125f };
  size_t width = HEADS * HEAD_DIM;

  nn_attention_full (run->context, &attention, run->x, POSITIONS, 3 * width, run->x + width,
                     run->x + 2 * width, POSITIONS, 3 * width, run->y, NULL);
}

/* The float product of the library that others would use, for comparison. */
static void
openblas (Run *run)
{
  cblas_sgemm (CblasRowMajor, CblasNoTrans, CblasTrans, n_many, n_out, n_in, 1.0f, run->x, n_in,
               run->weight, n_in, 0.0f, run->y, n_out);
}

static void
gelu (Run *run)
{
  nn_gelu_erf (run->context, run->y, POSITIONS, 4 * HEADS * HEAD_DIM);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) options = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (options, entries, NULL);
  if (!g_option_context_parse (options, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }

  Run run = { .context = nn_context_new (n_threads) };
  size_t n_values =
      MAX ((size_t) n_many * (size_t) MAX (n_in, n_out), (size_t) POSITIONS * 4 * HEADS * HEAD_DIM);

  run.x = g_new (float, n_values);
  run.y = g_new0 (float, n_values);
  for (size_t i = 0; i < n_values; i++)
    run.x[i] = (float) ((int) (i * 7919 % 1000) - 500) * 0.002f;
  g_print ("%s, %d threads, %d x %d\n", run.context->kernels->name,
           nn_pool_get_n_threads (run.context->pool), n_in, n_out);
  for (size_t i = 0; i < G_N_ELEMENTS (types); i++)
    if (only_type == NULL || strcmp (only_type, nn_type_info (types[i])->name) == 0)
      bench_type (&run, types[i]);
  run.weight = g_new0 (float, (size_t) n_in *(size_t) n_out);
  openblas_set_num_threads (nn_pool_get_n_threads (run.context->pool));
  g_print ("OpenBLAS (%s) F32, %d tokens: %.1f GFLOP/s\n", openblas_get_corename (), n_many,
           2.0 * n_in * n_out * n_many / best_time (openblas, &run) * 1e-9);
  g_print ("attention of %d positions, %d heads of %d: %.1f GFLOP/s\n", POSITIONS, HEADS, HEAD_DIM,
           4.0 * POSITIONS * POSITIONS * HEADS * HEAD_DIM / best_time (attend_full, &run) * 1e-9);
  g_print ("gelu: %.2f G values/s\n",
           4.0 * POSITIONS * HEADS * HEAD_DIM / best_time (gelu, &run) * 1e-9);
  g_free (run.x);
  g_free (run.y);
  g_free (run.weight);
  nn_context_free (run.context);
  return 0;
}
