/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/ops.h"

#include "nn/type.h"

#include <math.h>
#include <string.h>

typedef struct {
  const float *x;
  const float *weight;
  const float *bias;
  float eps;
  int n_rows;
  int width;
  float *y;
} RowJob;

static void
split (int n, int part, int n_parts, int *begin, int *end)
{
  *begin = (int) ((int64_t) n * part / n_parts);
  *end = (int) ((int64_t) n * (part + 1) / n_parts);
}

static void
rms_norm_part (void *data, int part, int n_parts)
{
  const RowJob *job = data;
  int begin, end;

  split (job->n_rows, part, n_parts, &begin, &end);
  for (int r = begin; r < end; r++) {
    const float *x = job->x + (size_t) r * (size_t) job->width;
    float *y = job->y + (size_t) r * (size_t) job->width;
    double sum = 0.0;

    for (int i = 0; i < job->width; i++)
      sum += (double) x[i] * (double) x[i];
    float scale = 1.0f / sqrtf ((float) (sum / job->width) + job->eps);
    for (int i = 0; i < job->width; i++)
      y[i] = x[i] * scale * job->weight[i];
  }
}

void
nn_rms_norm (NnContext *context, const float *x, const float *weight, float eps, int n_rows,
             int width, float *y)
{
  RowJob job = { .x = x, .weight = weight, .eps = eps, .n_rows = n_rows, .width = width, .y = y };
  nn_pool_run (context->pool, rms_norm_part, &job);
}

static void
layer_norm_part (void *data, int part, int n_parts)
{
  const RowJob *job = data;
  int begin, end;

  split (job->n_rows, part, n_parts, &begin, &end);
  for (int r = begin; r < end; r++) {
    const float *x = job->x + (size_t) r * (size_t) job->width;
    float *y = job->y + (size_t) r * (size_t) job->width;
    double sum = 0.0;
    double squares = 0.0;

    for (int i = 0; i < job->width; i++)
      sum += x[i];
    float mean = (float) (sum / job->width);
    for (int i = 0; i < job->width; i++)
      squares += (double) (x[i] - mean) * (double) (x[i] - mean);
    float scale = 1.0f / sqrtf ((float) (squares / job->width) + job->eps);
    for (int i = 0; i < job->width; i++)
      y[i] = (x[i] - mean) * scale * job->weight[i] + job->bias[i];
  }
}

void
nn_layer_norm (NnContext *context, const float *x, const float *weight, const float *bias,
               float eps, int n_rows, int width, float *y)
{
  RowJob job = { x, weight, bias, eps, n_rows, width, y };
  nn_pool_run (context->pool, layer_norm_part, &job);
}

static void
silu_mul_part (void *data, int part, int n_parts)
{
  const RowJob *job = data;
  int begin, end;

  split (job->n_rows, part, n_parts, &begin, &end);
  for (int r = begin; r < end; r++) {
    const float *gate = job->x + 2 * (size_t) r * (size_t) job->width;
    const float *up = gate + job->width;
    float *y = job->y + (size_t) r * (size_t) job->width;

    for (int i = 0; i < job->width; i++)
      y[i] = gate[i] / (1.0f + expf (-gate[i])) * up[i];
  }
}

void
nn_silu_mul (NnContext *context, const float *gate_up, int n_rows, int width, float *y)
{
  RowJob job = { .x = gate_up, .n_rows = n_rows, .width = width, .y = y };
  nn_pool_run (context->pool, silu_mul_part, &job);
}

static void
gelu_tanh_mul_part (void *data, int part, int n_parts)
{
  const RowJob *job = data;
  int begin, end;

  split (job->n_rows, part, n_parts, &begin, &end);
  for (int r = begin; r < end; r++) {
    const float *gate = job->x + 2 * (size_t) r * (size_t) job->width;
    const float *up = gate + job->width;
    float *y = job->y + (size_t) r * (size_t) job->width;

    for (int i = 0; i < job->width; i++) {
      float g = gate[i];
      float inner = 0.797884560802865f * (g + 0.044715f * g * g * g);
      y[i] = 0.5f * g * (1.0f + tanhf (inner)) * up[i];
    }
  }
}

void
nn_gelu_tanh_mul (NnContext *context, const float *gate_up, int n_rows, int width, float *y)
{
  RowJob job = { .x = gate_up, .n_rows = n_rows, .width = width, .y = y };
  nn_pool_run (context->pool, gelu_tanh_mul_part, &job);
}

static void
gelu_erf_part (void *data, int part, int n_parts)
{
  const RowJob *job = data;
  int begin, end;

  split (job->n_rows, part, n_parts, &begin, &end);
  for (size_t i = (size_t) begin * (size_t) job->width; i < (size_t) end * (size_t) job->width; i++)
    job->y[i] = 0.5f * job->y[i] * (1.0f + erff (job->y[i] * 0.707106781186548f));
}

void
nn_gelu_erf (NnContext *context, float *x, int n_rows, int width)
{
  RowJob job = { .n_rows = n_rows, .width = width, .y = x };
  nn_pool_run (context->pool, gelu_erf_part, &job);
}

void
nn_add (NnContext *context, float *x, const float *y, size_t n)
{
  for (size_t i = 0; i < n; i++)
    x[i] += y[i];
}

void
nn_softmax (float *x, int n)
{
  float highest = -INFINITY;
  float sum = 0.0f;

  for (int i = 0; i < n; i++)
    highest = fmaxf (highest, x[i]);
  for (int i = 0; i < n; i++) {
    x[i] = expf (x[i] - highest);
    sum += x[i];
  }
  for (int i = 0; i < n; i++)
    x[i] /= sum;
}

void
nn_rope (NnContext *context, const NnRope *rope, float *x, int n_rows, size_t row_stride,
         int n_heads, const int *positions)
{
  int half = rope->n_rot / 2;

  for (int r = 0; r < n_rows; r++)
    for (int i = 0; i < half; i++) {
      double frequency = pow (rope->base, -2.0 * i / rope->n_rot);
      if (rope->freq_factors != NULL)
        frequency /= rope->freq_factors[i];
      double angle = positions[r] * (double) rope->position_scale * frequency;
      float cosine = (float) cos (angle);
      float sine = (float) sin (angle);

      for (int h = 0; h < n_heads; h++) {
        float *head = x + (size_t) r * row_stride + (size_t) h * (size_t) rope->head_dim;
        float *a = rope->layout == NN_ROPE_NEOX ? &head[i] : &head[2 * i];
        float *b = rope->layout == NN_ROPE_NEOX ? &head[i + half] : &head[2 * i + 1];
        float a0 = *a;

        *a = a0 * cosine - *b * sine;
        *b = a0 * sine + *b * cosine;
      }
    }
}
