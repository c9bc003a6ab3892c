/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Functions of one row in plain C. */

#include "nn/kernels/kernels-reference.h"

#include <math.h>

#include "nn/gguf/type.h"

static float
largest (const float *x, int n)
{
  float highest = -INFINITY;

  for (int i = 0; i < n; i++)
    if (x[i] > highest)
      highest = x[i];
  return highest;
}

static float
exp_sum (float *x, int n, float highest)
{
  double sum = 0.0;

  for (int i = 0; i < n; i++) {
    x[i] = expf (x[i] - highest);
    sum += x[i];
  }
  return (float) sum;
}

static void
scale (float *x, int n, float factor)
{
  for (int i = 0; i < n; i++)
    x[i] *= factor;
}

static void
softcap (float *x, int n, float cap)
{
  for (int i = 0; i < n; i++)
    x[i] = cap * tanhf (x[i] / cap);
}

static void
add (float *x, const float *y, int n)
{
  for (int i = 0; i < n; i++)
    x[i] += y[i];
}

static void
scale_add (float *x, float factor, const float *y, int n)
{
  for (int i = 0; i < n; i++)
    x[i] = x[i] * factor + y[i];
}

static void
rms_norm (const float *x, const float *weight, float eps, int n, float *y)
{
  double sum = 0.0;

  for (int i = 0; i < n; i++)
    sum += (double) x[i] * (double) x[i];
  float factor = 1.0f / sqrtf ((float) (sum / n) + eps);
  for (int i = 0; i < n; i++)
    y[i] = x[i] * factor * weight[i];
}

static void
layer_norm (const float *x, const float *weight, const float *bias, float eps, int n, float *y)
{
  double sum = 0.0;
  double squares = 0.0;

  for (int i = 0; i < n; i++)
    sum += x[i];
  float mean = (float) (sum / n);
  for (int i = 0; i < n; i++)
    squares += (double) (x[i] - mean) * (double) (x[i] - mean);
  float factor = 1.0f / sqrtf ((float) (squares / n) + eps);
  for (int i = 0; i < n; i++)
    y[i] = (x[i] - mean) * factor * weight[i] + bias[i];
}

static void
silu_mul (const float *gate, const float *up, int n, float *y)
{
  for (int i = 0; i < n; i++)
    y[i] = gate[i] / (1.0f + expf (-gate[i])) * up[i];
}

static void
gelu_tanh_mul (const float *gate, const float *up, int n, float *y)
{
  for (int i = 0; i < n; i++) {
    float x = gate[i];
    float inner = 0.797884560802865f * (x + 0.044715f * x * x * x);
    y[i] = 0.5f * x * (1.0f + tanhf (inner)) * up[i];
  }
}

static void
gelu_erf (float *x, int n)
{
  for (int i = 0; i < n; i++)
    x[i] = 0.5f * x[i] * (1.0f + erff (x[i] * 0.707106781186548f));
}

static void
gelu_tanh (float *x, int n)
{
  for (int i = 0; i < n; i++) {
    float inner = 0.797884560802865f * (x[i] + 0.044715f * x[i] * x[i] * x[i]);
    x[i] = 0.5f * x[i] * (1.0f + tanhf (inner));
  }
}

static void
leaky_relu (float *x, float slope, int n)
{
  for (int i = 0; i < n; i++)
    x[i] = x[i] < 0.0f ? x[i] * slope : x[i];
}

static void
snake (float *x, const float *alpha, const float *inverse, int n)
{
  for (int i = 0; i < n; i++) {
    float sine = sinf (alpha[i] * x[i]);
    x[i] += sine * sine * inverse[i];
  }
}

static void
multiply_add (const float *x, const float *factor, const float *addend, int n, float *y)
{
  for (int i = 0; i < n; i++)
    y[i] = x[i] * factor[i] + addend[i];
}

static void
add_squares (const float *x, const float *mean, int n, float *sums)
{
  for (int i = 0; i < n; i++)
    sums[i] += (x[i] - mean[i]) * (x[i] - mean[i]);
}

static float
logistic (float x)
{
  return 1.0f / (1.0f + expf (-x));
}

static void
lstm_cell (const float *gates, int n, float *cell, float *out)
{
  for (int i = 0; i < n; i++) {
    float kept = logistic (gates[n + i]) * cell[i];
    cell[i] = kept + logistic (gates[i]) * tanhf (gates[2 * n + i]);
    out[i] = logistic (gates[3 * n + i]) * tanhf (cell[i]);
  }
}

static void
rotate (float *a, float *b, const float *cosines, const float *sines, int n)
{
  for (int i = 0; i < n; i++) {
    float first = a[i];
    a[i] = first * cosines[i] - b[i] * sines[i];
    b[i] = first * sines[i] + b[i] * cosines[i];
  }
}

static void
to_halves (const float *x, int n, uint16_t *y)
{
  for (int i = 0; i < n; i++)
    y[i] = nn_f16_from_f32 (x[i]);
}

static void
store_tile (const float *sums, int width, int n, const float *bias, int add, float *y,
            size_t y_stride)
{
  for (int t = 0; t < width; t++)
    for (int i = 0; i < n; i++) {
      float *to = &y[(size_t) t * y_stride + (size_t) i];

      *to = (add ? *to : 0.0f) + sums[t * 16 + i];
      if (bias != NULL)
        *to += bias[i];
    }
}

const NnRowKernels nn_rows_reference = {
  .largest = largest,
  .exp_sum = exp_sum,
  .scale = scale,
  .softcap = softcap,
  .add = add,
  .scale_add = scale_add,
  .rms_norm = rms_norm,
  .layer_norm = layer_norm,
  .silu_mul = silu_mul,
  .gelu_tanh_mul = gelu_tanh_mul,
  .gelu_erf = gelu_erf,
  .rotate = rotate,
  .to_halves = to_halves,
  .gelu_tanh = gelu_tanh,
  .leaky_relu = leaky_relu,
  .snake = snake,
  .multiply_add = multiply_add,
  .add_squares = add_squares,
  .lstm_cell = lstm_cell,
  .store_tile = store_tile,
};

void
nn_reference_lstm_step (const NnLstmLaneWeight *weight, const float *x, const float *h, int n_rows,
                        float *cell, float *out)
{
  const int n = weight->n_in + weight->n_state;

  for (int unit = 0; unit < weight->n_state; unit++) {
    const float *weights = weight->weights + unit / 2 * 8 * n + unit % 2 * 4;
    float gates[4][NN_LSTM_LANES];

    for (int i = 0; i < 4; i++)
      for (int lane = 0; lane < n_rows; lane++)
        gates[i][lane] = weight->bias[4 * unit + i];
    for (int k = 0; k < n; k++) {
      const float *values =
          k < weight->n_in ? x + k * NN_LSTM_LANES : h + (k - weight->n_in) * NN_LSTM_LANES;

      for (int i = 0; i < 4; i++)
        for (int lane = 0; lane < n_rows; lane++)
          gates[i][lane] += weights[8 * k + i] * values[lane];
    }
    for (int lane = 0; lane < n_rows; lane++) {
      const int at = unit * NN_LSTM_LANES + lane;
      float kept = logistic (gates[1][lane]) * cell[at];

      cell[at] = kept + logistic (gates[0][lane]) * tanhf (gates[2][lane]);
      out[at] = logistic (gates[3][lane]) * tanhf (cell[at]);
    }
  }
}
