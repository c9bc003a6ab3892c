/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/ops/ops.h"

#include <stdatomic.h>

typedef struct Job Job;

struct Job {
  const NnRowKernels *rows;
  void (*row) (const Job *job, size_t index);
  const float *x;
  const float *weight;
  const float *bias;
  float eps;
  int n_rows;
  int width;
  float *y;
  int chunk; /* rows taken at once */
  atomic_int next;
};

static void
run_part (void *data, int part, int n_parts)
{
  Job *job = data;
  int begin;

  while ((begin = atomic_fetch_add_explicit (&job->next, job->chunk, memory_order_relaxed))
         < job->n_rows)
    for (int r = begin; r < job->n_rows && r < begin + job->chunk; r++)
      job->row (job, (size_t) r);
}

/* What a part takes at once, and below which the work is shorter than waking the pool. */
enum { CHUNK_VALUES = 8192 };

static void
run (NnContext *context, Job *job)
{
  job->rows = context->kernels->rows;
  job->chunk = 1 + CHUNK_VALUES / job->width;
  if (job->n_rows <= job->chunk)
    run_part (job, 0, 1);
  else
    nn_pool_share (context->pool, run_part, job);
}

static void
rms_norm_row (const Job *job, size_t r)
{
  size_t at = r * (size_t) job->width;
  job->rows->rms_norm (job->x + at, job->weight, job->eps, job->width, job->y + at);
}

void
nn_rms_norm (NnContext *context, const float *x, const float *weight, float eps, int n_rows,
             int width, float *y)
{
  run (context, &(Job){ .row = rms_norm_row,
                        .x = x,
                        .weight = weight,
                        .eps = eps,
                        .n_rows = n_rows,
                        .width = width,
                        .y = y });
}

static void
layer_norm_row (const Job *job, size_t r)
{
  size_t at = r * (size_t) job->width;
  job->rows->layer_norm (job->x + at, job->weight, job->bias, job->eps, job->width, job->y + at);
}

void
nn_layer_norm (NnContext *context, const float *x, const float *weight, const float *bias,
               float eps, int n_rows, int width, float *y)
{
  run (context, &(Job){ .row = layer_norm_row,
                        .x = x,
                        .weight = weight,
                        .bias = bias,
                        .eps = eps,
                        .n_rows = n_rows,
                        .width = width,
                        .y = y });
}

static void
silu_mul_row (const Job *job, size_t r)
{
  size_t width = (size_t) job->width;
  const float *gate = job->x + 2 * r * width;
  job->rows->silu_mul (gate, gate + width, job->width, job->y + r * width);
}

void
nn_silu_mul (NnContext *context, const float *gate_up, int n_rows, int width, float *y)
{
  run (context,
       &(Job){ .row = silu_mul_row, .x = gate_up, .n_rows = n_rows, .width = width, .y = y });
}

static void
gelu_tanh_mul_row (const Job *job, size_t r)
{
  size_t width = (size_t) job->width;
  const float *gate = job->x + 2 * r * width;
  job->rows->gelu_tanh_mul (gate, gate + width, job->width, job->y + r * width);
}

void
nn_gelu_tanh_mul (NnContext *context, const float *gate_up, int n_rows, int width, float *y)
{
  run (context,
       &(Job){ .row = gelu_tanh_mul_row, .x = gate_up, .n_rows = n_rows, .width = width, .y = y });
}

static void
gelu_erf_row (const Job *job, size_t r)
{
  job->rows->gelu_erf (job->y + r * (size_t) job->width, job->width);
}

void
nn_gelu_erf (NnContext *context, float *x, int n_rows, int width)
{
  run (context, &(Job){ .row = gelu_erf_row, .n_rows = n_rows, .width = width, .y = x });
}

static void
gelu_tanh_row (const Job *job, size_t r)
{
  job->rows->gelu_tanh (job->y + r * (size_t) job->width, job->width);
}

void
nn_gelu_tanh (NnContext *context, float *x, int n_rows, int width)
{
  run (context, &(Job){ .row = gelu_tanh_row, .n_rows = n_rows, .width = width, .y = x });
}

enum { ADD_ROW = 4096 };

static void
add_row (const Job *job, size_t r)
{
  size_t at = r * ADD_ROW;
  job->rows->add (job->y + at, job->x + at, ADD_ROW);
}

void
nn_add (NnContext *context, float *x, const float *y, size_t n)
{
  size_t whole = n / ADD_ROW * ADD_ROW;

  run (context,
       &(Job){ .row = add_row, .x = y, .n_rows = (int) (n / ADD_ROW), .width = ADD_ROW, .y = x });
  context->kernels->rows->add (x + whole, y + whole, (int) (n - whole));
}

void
nn_softmax (float *x, int n)
{
  const NnRowKernels *rows = nn_kernels_default ()->rows;
  float sum = rows->exp_sum (x, n, rows->largest (x, n));

  rows->scale (x, n, 1.0f / sum);
}
