/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/ops/channels.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

/* Rows whose sums are made in floats, squares around their own mean; blocks are combined in
 * doubles, in order, so that neither the length nor the number of threads costs precision. */
enum { BLOCK_ROWS = 128, COMBINED = 16 };

typedef struct {
  const NnRowKernels *rows;
  const float *x;
  int n_rows;
  int width;
  size_t x_stride;
  float *sums;  /* [n_blocks][2][width] */
  float *means; /* [n_blocks][width] */
  atomic_int next;
} Sums;

static void
sum_block (const Sums *job, int block, int n_rows)
{
  const float *x = job->x + (size_t) block * BLOCK_ROWS * job->x_stride;
  float *sums = job->sums + (size_t) block * 2 * (size_t) job->width;
  float *mean = job->means + (size_t) block * (size_t) job->width;

  memset (sums, 0, sizeof (float) * 2 * (size_t) job->width);
  for (int r = 0; r < n_rows; r++)
    job->rows->add (sums, x + (size_t) r * job->x_stride, job->width);
  memcpy (mean, sums, sizeof (float) * (size_t) job->width);
  job->rows->scale (mean, job->width, 1.0f / (float) n_rows);
  for (int r = 0; r < n_rows; r++)
    job->rows->add_squares (x + (size_t) r * job->x_stride, mean, job->width, sums + job->width);
}

static void
sum_part (void *data, int part, int n_parts)
{
  Sums *job = data;
  const int n_blocks = (job->n_rows + BLOCK_ROWS - 1) / BLOCK_ROWS;

  for (int b; (b = atomic_fetch_add_explicit (&job->next, 1, memory_order_relaxed)) < n_blocks;) {
    int rest = job->n_rows - b * BLOCK_ROWS;
    sum_block (job, b, rest < BLOCK_ROWS ? rest : BLOCK_ROWS);
  }
}

void
nn_channels_measure (NnContext *context, const float *x, int n_rows, int width, size_t x_stride,
                     NnChannelStatistics *statistics)
{
  size_t n_sums = (size_t) ((n_rows + BLOCK_ROWS - 1) / BLOCK_ROWS) * (size_t) width;
  Sums job = {
    .rows = context->kernels->rows, .x = x, .n_rows = n_rows, .width = width, .x_stride = x_stride
  };

  job.sums = nn_context_get_scratch (context, sizeof (float) * 3 * n_sums);
  job.means = job.sums + 2 * n_sums;
  nn_pool_share (context->pool, sum_part, &job);
  nn_channels_combine (job.sums, n_rows, BLOCK_ROWS, width, statistics);
}

/* Of `n` channels; a few at a time so that their doubles are registers. */
static void
combine (const float *sums, int n_rows, int block_rows, size_t width, int n, float *mean,
         float *variance)
{
  double total[COMBINED] = { 0 }, squares[COMBINED] = { 0 };
  const size_t n_blocks = (size_t) ((n_rows + block_rows - 1) / block_rows);

  for (size_t b = 0; b < n_blocks; b++)
    for (int c = 0; c < n; c++)
      total[c] += (double) sums[b * 2 * width + (size_t) c];
  for (int c = 0; c < n; c++)
    total[c] /= n_rows;
  for (size_t b = 0; b < n_blocks; b++) {
    const int rest = n_rows - (int) b * block_rows;
    const double rows = rest < block_rows ? rest : block_rows, inverse = 1.0 / rows;
    const float *at = sums + b * 2 * width;

    for (int c = 0; c < n; c++) {
      double shift = (double) at[c] * inverse - total[c];
      squares[c] += (double) at[width + (size_t) c] + rows * shift * shift;
    }
  }
  for (int c = 0; c < n; c++) {
    mean[c] = (float) total[c];
    variance[c] = (float) (squares[c] / n_rows);
  }
}

void
nn_channels_combine (const float *sums, int n_rows, int block_rows, int width,
                     NnChannelStatistics *statistics)
{
  for (int c = 0; c < width; c += COMBINED)
    combine (sums + c, n_rows, block_rows, (size_t) width,
             width - c < COMBINED ? width - c : COMBINED, statistics->mean + c,
             statistics->variance + c);
}

void
nn_channels_norm (const NnChannelStatistics *statistics, int width, const float *gains_and_offsets,
                  float eps, float *factor, float *addend)
{
  for (int c = 0; c < width; c++) {
    factor[c] = (1.0f + gains_and_offsets[c]) / sqrtf (statistics->variance[c] + eps);
    addend[c] = gains_and_offsets[width + c] - statistics->mean[c] * factor[c];
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
