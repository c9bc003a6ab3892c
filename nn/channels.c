/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/channels.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

/* Rows whose sums are made in floats; the sums of blocks are added in doubles, in order, so that
 * neither the length nor the number of threads costs precision. */
enum { BLOCK_ROWS = 128 };

typedef struct {
  const NnRowKernels *rows;
  const float *x;
  const float *mean; /* NULL: sums; else sums of squares around it */
  int n_rows;
  int width;
  size_t x_stride;
  float *sums; /* [n_blocks, width] */
  atomic_int next;
} Sums;

static void
sum_part (void *data, int part, int n_parts)
{
  Sums *job = data;
  const int n_blocks = (job->n_rows + BLOCK_ROWS - 1) / BLOCK_ROWS;

  for (int b; (b = atomic_fetch_add_explicit (&job->next, 1, memory_order_relaxed)) < n_blocks;) {
    float *sums = job->sums + (size_t) b * (size_t) job->width;
    int end = (b + 1) * BLOCK_ROWS < job->n_rows ? (b + 1) * BLOCK_ROWS : job->n_rows;

    memset (sums, 0, sizeof (float) * (size_t) job->width);
    for (int r = b * BLOCK_ROWS; r < end; r++) {
      const float *row = job->x + (size_t) r * job->x_stride;
      if (job->mean == NULL)
        job->rows->add (sums, row, job->width);
      else
        job->rows->add_squares (row, job->mean, job->width, sums);
    }
  }
}

static double
total (const Sums *job, int channel)
{
  const int n_blocks = (job->n_rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
  double sum = 0.0;

  for (int b = 0; b < n_blocks; b++)
    sum += (double) job->sums[(size_t) b * (size_t) job->width + (size_t) channel];
  return sum / job->n_rows;
}

void
nn_channels_norm (NnContext *context, const float *x, int n_rows, int width, size_t x_stride,
                  const float *gains_and_offsets, float eps, float *factor, float *addend)
{
  size_t n_blocks = (size_t) (n_rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
  Sums job = {
    .rows = context->kernels->rows, .x = x, .n_rows = n_rows, .width = width, .x_stride = x_stride
  };
  float *mean = nn_context_get_scratch (context, sizeof (float) * (n_blocks + 1) * (size_t) width);

  job.sums = mean + width;
  nn_pool_share (context->pool, sum_part, &job);
  for (int c = 0; c < width; c++)
    mean[c] = (float) total (&job, c);
  job.mean = mean;
  atomic_store (&job.next, 0);
  nn_pool_share (context->pool, sum_part, &job);
  for (int c = 0; c < width; c++) {
    factor[c] = (1.0f + gains_and_offsets[c]) / sqrtf ((float) total (&job, c) + eps);
    addend[c] = gains_and_offsets[width + c] - mean[c] * factor[c];
  }
}

typedef struct {
  const NnRowKernels *rows;
  NnChannels channels;
  const float *x;
  int n_rows;
  int width;
  size_t x_stride;
  float *y;
  size_t y_stride;
  NnRowPlace place;
  const void *place_data;
  int chunk;
  atomic_int next;
} Apply;

static void
apply_row (const Apply *job, int r)
{
  const NnChannels *c = &job->channels;
  const float *x = job->x + (size_t) r * job->x_stride;
  float *y =
      job->y + (job->place != NULL ? job->place (job->place_data, r) : (size_t) r * job->y_stride);

  if (c->factor != NULL)
    job->rows->multiply_add (x, c->factor, c->addend, job->width, y);
  else if (x != y)
    memcpy (y, x, sizeof (float) * (size_t) job->width);
  if (c->alpha != NULL)
    job->rows->snake (y, c->alpha, c->inverse_alpha, job->width);
  else if (c->slope != 1.0f)
    job->rows->leaky_relu (y, c->slope, job->width);
}

static void
apply_part (void *data, int part, int n_parts)
{
  Apply *job = data;
  int begin;

  while ((begin = atomic_fetch_add_explicit (&job->next, job->chunk, memory_order_relaxed))
         < job->n_rows)
    for (int r = begin; r < job->n_rows && r < begin + job->chunk; r++)
      apply_row (job, r);
}

void
nn_channels_apply (NnContext *context, const NnChannels *channels, const float *x, int n_rows,
                   int width, size_t x_stride, float *y, size_t y_stride, NnRowPlace place,
                   const void *place_data)
{
  Apply job = { .rows = context->kernels->rows,
                .channels = *channels,
                .x = x,
                .n_rows = n_rows,
                .width = width,
                .x_stride = x_stride,
                .y = y,
                .y_stride = y_stride,
                .place = place,
                .place_data = place_data,
                .chunk = 1 + 8192 / width };

  nn_pool_share (context->pool, apply_part, &job);
}
