/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/linear.h"

#include <string.h>

typedef struct {
  NnType type;
  int n_out;
  size_t row_bytes;
  uint8_t *rows;
} Weight;

struct _NnLinear {
  int n_in;
  int n_out;
  size_t n_bytes;
  int n_weights;
  Weight *weights;
  float *bias;    /* [n_out], or NULL */
  float *scratch; /* a row per thread */
};

NnLinear *
nn_linear_new (NnContext *context, const NnGguf *gguf, const NnTensor *const *weights,
               int n_weights, const NnTensor *const *biases, GError **error)
{
  NnLinear *linear = g_new0 (NnLinear, 1);

  linear->n_in = (int) weights[0]->dims[0];
  linear->n_weights = n_weights;
  linear->weights = g_new0 (Weight, n_weights);
  for (int i = 0; i < n_weights; i++) {
    const NnTensor *tensor = weights[i];
    Weight *weight = &linear->weights[i];

    if (tensor->dims[0] != linear->n_in || tensor->n_dims != 2) {
      g_set_error (error, NN_ERROR, NN_ERROR_SHAPE, "%s: expected a matrix of rows of %d",
                   tensor->name, linear->n_in);
      nn_linear_free (linear);
      return NULL;
    }
    weight->type = tensor->type;
    weight->n_out = (int) tensor->dims[1];
    weight->row_bytes = nn_type_row_bytes (tensor->type, (size_t) linear->n_in);
    weight->rows = g_memdup2 (tensor->data, weight->row_bytes * (size_t) weight->n_out);
    linear->n_bytes += weight->row_bytes * (size_t) weight->n_out;
    linear->n_out += weight->n_out;
  }
  if (biases != NULL) {
    int offset = 0;

    linear->bias = g_new0 (float, linear->n_out);
    for (int i = 0; i < n_weights; i++) {
      if (biases[i] != NULL)
        nn_dequantize_row (biases[i]->type, biases[i]->data, linear->bias + offset,
                           (size_t) linear->weights[i].n_out);
      offset += linear->weights[i].n_out;
    }
  }
  linear->scratch =
      g_new (float, (size_t) linear->n_in *(size_t) nn_pool_get_n_threads (context->pool));
  return linear;
}

void
nn_linear_free (NnLinear *linear)
{
  if (linear == NULL)
    return;
  for (int i = 0; i < linear->n_weights; i++)
    g_free (linear->weights[i].rows);
  g_free (linear->weights);
  g_free (linear->bias);
  g_free (linear->scratch);
  g_free (linear);
}

int
nn_linear_get_n_in (const NnLinear *linear)
{
  return linear->n_in;
}

int
nn_linear_get_n_out (const NnLinear *linear)
{
  return linear->n_out;
}

size_t
nn_linear_get_n_bytes (const NnLinear *linear)
{
  return linear->n_bytes;
}

typedef struct {
  const NnLinear *linear;
  const float *x;
  int n_tokens;
  size_t x_stride;
  float *y;
  size_t y_stride;
  gboolean add;
} Job;

static float
dot (const float *a, const float *b, int n)
{
  float sums[16] = { 0 };
  int i = 0;

  for (; i + 16 <= n; i += 16)
    for (int j = 0; j < 16; j++)
      sums[j] += a[i + j] * b[i + j];
  for (; i < n; i++)
    sums[0] += a[i] * b[i];
  for (int j = 1; j < 16; j++)
    sums[0] += sums[j];
  return sums[0];
}

static void
forward_part (void *data, int part, int n_parts)
{
  const Job *job = data;
  const NnLinear *linear = job->linear;
  float *row = linear->scratch + (size_t) part * (size_t) linear->n_in;
  int begin = (int) ((int64_t) linear->n_out * part / n_parts);
  int end = (int) ((int64_t) linear->n_out * (part + 1) / n_parts);

  for (int o = begin; o < end; o++) {
    nn_linear_get_row (linear, o, row);
    for (int t = 0; t < job->n_tokens; t++) {
      float *y = &job->y[(size_t) t * job->y_stride + (size_t) o];
      float sum = dot (row, job->x + (size_t) t * job->x_stride, linear->n_in);

      if (linear->bias != NULL)
        sum += linear->bias[o];
      *y = job->add ? *y + sum : sum;
    }
  }
}

void
nn_linear_forward (const NnLinear *linear, NnContext *context, const float *x, int n_tokens,
                   size_t x_stride, float *y, size_t y_stride)
{
  Job job = { linear, x, n_tokens, x_stride, y, y_stride, FALSE };
  nn_pool_run (context->pool, forward_part, &job);
}

void
nn_linear_forward_add (const NnLinear *linear, NnContext *context, const float *x, int n_tokens,
                       size_t x_stride, float *y, size_t y_stride)
{
  Job job = { linear, x, n_tokens, x_stride, y, y_stride, TRUE };
  nn_pool_run (context->pool, forward_part, &job);
}

void
nn_linear_get_row (const NnLinear *linear, int index, float *row)
{
  const Weight *weight = linear->weights;

  for (; index >= weight->n_out; weight++)
    index -= weight->n_out;
  nn_dequantize_row (weight->type, weight->rows + (size_t) index * weight->row_bytes, row,
                     (size_t) linear->n_in);
}
