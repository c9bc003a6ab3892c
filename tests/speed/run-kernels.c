/* SPDX-License-Identifier: GPL-3.0-or-later */

/* run-kernels: does the work of each main kernel once, on one thread, so that a profiler can count
 * its instructions (test_kernel_instructions.py). Each case is one call of run_case(); a line on
 * stdout names it and says how many products, or values, it has. */

#include <stdio.h>
#include <string.h>

#include "audio/whisper/mel.h"
#include "nn/ops/linear.h"
#include "nn/ops/ops.h"

#define N_IN 512
#define N_OUT 256
#define MANY 48
#define POSITIONS 300
#define HEADS 2
#define HEAD_DIM 64
#define MEL_SAMPLES 16000

typedef struct {
  NnContext *context;
  NnLinear *linear;
  AudioMel *mel;
  int n_tokens;
  float *x;
  float *y;
} Case;

typedef void (*Run) (Case *c);

static void
forward (Case *c)
{
  nn_linear_forward (c->linear, c->context, c->x, c->n_tokens, N_IN, c->y, N_OUT);
}

static void
attend (Case *c)
{
  const NnAttention attention = { .n_heads = HEADS, .head_dim = HEAD_DIM, .scale = 0.125f };
  const size_t width = HEADS * HEAD_DIM;
  nn_attention_full (c->context, &attention, c->x, POSITIONS, 3 * width, c->x + width,
                     c->x + 2 * width, POSITIONS, 3 * width, c->y, NULL);
}

static void
gelu (Case *c)
{
  nn_gelu_erf (c->context, c->y, 64, N_IN);
}

static void
mel (Case *c)
{
  audio_mel_compute (c->mel, c->x, MEL_SAMPLES, 100, c->y);
}

/* What is counted begins and ends here; the profiler finds it by its name. Called by a pointer that
 * may change, so that no compiler makes copies of it for one caller. */
static void
run_case (Run run, Case *c)
{
  run (c);
}

static void (*volatile counted) (Run run, Case *c) = run_case;

/* The first call makes scratch; the second is the one that counts. */
static void
measure (const char *name, double n, Run run, Case *c)
{
  run (c);
  printf ("%s %.0f\n", name, n);
  fflush (stdout);
  counted (run, c);
}

static void
measure_type (Case *c, NnType type)
{
  size_t n_bytes = nn_type_row_bytes (type, N_IN) * N_OUT;
  g_autofree uint8_t *data = g_malloc (n_bytes);
  g_autofree char *one = g_strdup_printf ("%s-1", nn_type_info (type)->name);
  g_autofree char *many = g_strdup_printf ("%s-%d", nn_type_info (type)->name, MANY);
  const NnTensor tensor = { .name = "w",
                            .type = type,
                            .n_dims = 2,
                            .dims = { N_IN, N_OUT, 1, 1 },
                            .data = data,
                            .n_bytes = n_bytes };
  const NnTensor *weights[] = { &tensor };
  memset (data, 0x2c, n_bytes); /* small numbers in every type */
  c->linear = nn_linear_new (c->context, NULL, weights, 1, NULL, NULL);
  c->n_tokens = 1;
  measure (one, (double) N_IN * N_OUT, forward, c);
  c->n_tokens = MANY;
  measure (many, (double) N_IN * N_OUT * MANY, forward, c);
  g_clear_pointer (&c->linear, nn_linear_free);
}

int
main (void)
{
  static const NnType types[] = { NN_TYPE_F32,  NN_TYPE_F16,  NN_TYPE_Q8_0, NN_TYPE_Q4_0,
                                  NN_TYPE_Q4_1, NN_TYPE_Q4_K, NN_TYPE_Q5_K, NN_TYPE_Q6_K };
  const size_t n_values = (size_t) POSITIONS * 3 * HEADS * HEAD_DIM;
  Case c = { .context = nn_context_new (1), .mel = audio_mel_new (80) };
  c.x = g_new (float, n_values);
  c.y = g_new0 (float, n_values);
  for (size_t i = 0; i < n_values; i++)
    c.x[i] = (float) ((int) (i * 7919 % 1000) - 500) * 0.002f;
  printf ("kernels %s\n", c.context->kernels->name);
  for (size_t i = 0; i < G_N_ELEMENTS (types); i++)
    measure_type (&c, types[i]);
  measure ("attention", 2.0 * POSITIONS * POSITIONS * HEADS * HEAD_DIM, attend, &c);
  measure ("gelu", 64.0 * N_IN, gelu, &c);
  measure ("log-mel", MEL_SAMPLES, mel, &c);
  g_free (c.x);
  g_free (c.y);
  audio_mel_free (c.mel);
  nn_context_free (c.context);
  return 0;
}
