/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Functions of one row, written once over the vector type V of LANES floats that the including file
 * defines with load, store, fma and so on. load (p, m) and store (p, v, m) take the first m lanes
 * where m < LANES; lanes not loaded are zero.
 */

#pragma once

/* exp (x) = 2^n * exp (r) with |r| <= ln (2) / 2; the series to r^7 is good to 5e-9. Beyond the
 * range of floats the result is 0 or infinite. */
INLINE V
exp_of (V x)
{
  x = v_min (v_max (x, v_set (-104.0f)), v_set (89.0f));
  V n = v_round (v_mul (x, v_set (1.44269504088896f)));
  V r = v_fnma (n, v_set (0x1.62e4p-1f), x);          /* ln (2), upper bits: n times it is exact */
  r = v_fnma (n, v_set (1.4286068203094173e-06f), r); /* and the rest */

  V p = v_set (1.0f / 5040.0f);
  p = v_fma (p, r, v_set (1.0f / 720.0f));
  p = v_fma (p, r, v_set (1.0f / 120.0f));
  p = v_fma (p, r, v_set (1.0f / 24.0f));
  p = v_fma (p, r, v_set (1.0f / 6.0f));
  p = v_fma (p, r, v_set (0.5f));
  p = v_fma (p, r, v_set (1.0f));
  p = v_fma (p, r, v_set (1.0f));
  return v_scale_by_power (p, n);
}

INLINE V
logistic (V x)
{
  V one = v_set (1.0f);
  return v_div (one, v_add (one, exp_of (v_sub (v_set (0.0f), x))));
}

/* The upper tail of the normal distribution for x >= 0 [Abramowitz & Stegun 1964, 7.1.26, with z =
 * x / sqrt (2)], within 7.5e-8. */
INLINE V
normal_tail (V x)
{
  V t = v_div (v_set (1.0f), v_fma (x, v_set (0.3275911f * 0.707106781186548f), v_set (1.0f)));
  V p = v_set (0.5f * 1.061405429f);

  p = v_fma (p, t, v_set (0.5f * -1.453152027f));
  p = v_fma (p, t, v_set (0.5f * 1.421413741f));
  p = v_fma (p, t, v_set (0.5f * -0.284496736f));
  p = v_fma (p, t, v_set (0.5f * 0.254829592f));
  p = v_mul (p, t);
  return v_mul (p, exp_of (v_mul (v_mul (x, x), v_set (-0.5f))));
}

#define FOR_LANES(i, m, n) for (int i = 0, m; m = n - i, i < n; i += LANES)

static float
largest (const float *x, int n)
{
  V highest = v_set (-INFINITY);
  int i = 0;

  for (; i + LANES <= n; i += LANES)
    highest = v_max (highest, v_load (x + i, LANES));

  float result = v_highest (highest);
  for (; i < n; i++)
    if (x[i] > result)
      result = x[i];
  return result;
}

static float
exp_sum (float *x, int n, float highest)
{
  V sum = v_set (0.0f);
  V top = v_set (highest);

  FOR_LANES (i, m, n)
  {
    V e = exp_of (v_sub (v_load (x + i, m), top));
    v_store (x + i, e, m);
    sum = v_add (sum, v_first (e, m));
  }
  return v_total (sum);
}

static void
scale (float *x, int n, float factor)
{
  FOR_LANES (i, m, n)
  v_store (x + i, v_mul (v_load (x + i, m), v_set (factor)), m);
}

/* tanh (z) = 2 logistic (2 z) - 1. */
static void
softcap (float *x, int n, float cap)
{
  FOR_LANES (i, m, n)
  {
    V l = logistic (v_mul (v_load (x + i, m), v_set (2.0f / cap)));
    v_store (x + i, v_mul (v_set (cap), v_fma (l, v_set (2.0f), v_set (-1.0f))), m);
  }
}

static void
add (float *x, const float *y, int n)
{
  FOR_LANES (i, m, n)
  v_store (x + i, v_add (v_load (x + i, m), v_load (y + i, m)), m);
}

static void
scale_add (float *x, float factor, const float *y, int n)
{
  FOR_LANES (i, m, n)
  v_store (x + i, v_fma (v_load (x + i, m), v_set (factor), v_load (y + i, m)), m);
}

static void
rms_norm (const float *x, const float *weight, float eps, int n, float *y)
{
  V squares = v_set (0.0f);

  FOR_LANES (i, m, n)
  {
    V v = v_load (x + i, m);
    squares = v_fma (v, v, squares);
  }
  V factor = v_set (1.0f / sqrtf (v_total (squares) / (float) n + eps));
  FOR_LANES (i, m, n)
  v_store (y + i, v_mul (v_mul (v_load (x + i, m), factor), v_load (weight + i, m)), m);
}

static void
layer_norm (const float *x, const float *weight, const float *bias, float eps, int n, float *y)
{
  V sum = v_set (0.0f);
  V squares = v_set (0.0f);

  FOR_LANES (i, m, n)
  sum = v_add (sum, v_load (x + i, m));
  V mean = v_set (v_total (sum) / (float) n);
  FOR_LANES (i, m, n)
  {
    V v = v_first (v_sub (v_load (x + i, m), mean), m);
    squares = v_fma (v, v, squares);
  }
  V factor = v_set (1.0f / sqrtf (v_total (squares) / (float) n + eps));
  FOR_LANES (i, m, n)
  {
    V v = v_mul (v_sub (v_load (x + i, m), mean), factor);
    v_store (y + i, v_fma (v, v_load (weight + i, m), v_load (bias + i, m)), m);
  }
}

static void
silu_mul (const float *gate, const float *up, int n, float *y)
{
  FOR_LANES (i, m, n)
  {
    V g = v_load (gate + i, m);
    v_store (y + i, v_mul (v_mul (g, logistic (g)), v_load (up + i, m)), m);
  }
}

/* (1 + tanh (z)) / 2 = logistic (2 z). */
static void
gelu_tanh_mul (const float *gate, const float *up, int n, float *y)
{
  FOR_LANES (i, m, n)
  {
    V g = v_load (gate + i, m);
    V cubic = v_mul (v_mul (g, g), v_mul (g, v_set (0.044715f)));
    V l = logistic (v_mul (v_add (g, cubic), v_set (2.0f * 0.797884560802865f)));
    v_store (y + i, v_mul (v_mul (g, l), v_load (up + i, m)), m);
  }
}

static void
gelu_erf (float *x, int n)
{
  V zero = v_set (0.0f);

  FOR_LANES (i, m, n)
  {
    V v = v_load (x + i, m);
    V magnitude = v_max (v, v_sub (zero, v));
    /* x * Phi (x) = max (x, 0) - |x| * tail (|x|) */
    v_store (x + i, v_fnma (magnitude, normal_tail (magnitude), v_max (v, zero)), m);
  }
}

static void
gelu_tanh (float *x, int n)
{
  FOR_LANES (i, m, n)
  {
    V v = v_load (x + i, m);
    V cubic = v_mul (v_mul (v, v), v_mul (v, v_set (0.044715f)));
    V l = logistic (v_mul (v_add (v, cubic), v_set (2.0f * 0.797884560802865f)));
    v_store (x + i, v_mul (v, l), m);
  }
}

static void
leaky_relu (float *x, float slope, int n)
{
  FOR_LANES (i, m, n)
  {
    V v = v_load (x + i, m);
    V zero = v_set (0.0f);
    v_store (x + i, v_fma (v_min (v, zero), v_set (slope), v_max (v, zero)), m);
  }
}

/* sin^2 has the period pi: within half of one the series to r^11 is good to 6e-8, and no sign is
 * needed. */
static void
snake (float *x, const float *alpha, const float *inverse, int n)
{
  FOR_LANES (i, m, n)
  {
    V v = v_load (x + i, m);
    V angle = v_mul (v, v_load (alpha + i, m));
    V turns = v_round (v_mul (angle, v_set (0.318309886183791f)));
    V r = v_fnma (turns, v_set (3.140625f), angle); /* pi, upper bits: turns times it is exact */
    r = v_fnma (turns, v_set (9.67653589793e-4f), r);
    V square = v_mul (r, r);
    V p = v_set (-1.0f / 39916800.0f);
    p = v_fma (p, square, v_set (1.0f / 362880.0f));
    p = v_fma (p, square, v_set (-1.0f / 5040.0f));
    p = v_fma (p, square, v_set (1.0f / 120.0f));
    p = v_fma (p, square, v_set (-1.0f / 6.0f));
    p = v_fma (p, square, v_set (1.0f));
    V sine = v_mul (p, r);
    v_store (x + i, v_fma (v_mul (sine, sine), v_load (inverse + i, m), v), m);
  }
}

static void
multiply_add (const float *x, const float *factor, const float *addend, int n, float *y)
{
  FOR_LANES (i, m, n)
  v_store (y + i, v_fma (v_load (x + i, m), v_load (factor + i, m), v_load (addend + i, m)), m);
}

static void
add_squares (const float *x, const float *mean, int n, float *sums)
{
  FOR_LANES (i, m, n)
  {
    V v = v_sub (v_load (x + i, m), v_load (mean + i, m));
    v_store (sums + i, v_fma (v, v, v_load (sums + i, m)), m);
  }
}

/* tanh (z) = 2 logistic (2 z) - 1. */
INLINE V
hyperbolic_tangent (V x)
{
  return v_fma (logistic (v_add (x, x)), v_set (2.0f), v_set (-1.0f));
}

static void
lstm_cell (const float *gates, int n, float *cell, float *out)
{
  FOR_LANES (i, m, n)
  {
    V kept = v_mul (logistic (v_load (gates + n + i, m)), v_load (cell + i, m));
    V candidate = hyperbolic_tangent (v_load (gates + 2 * n + i, m));
    V c = v_fma (logistic (v_load (gates + i, m)), candidate, kept);
    v_store (cell + i, c, m);
    v_store (out + i, v_mul (logistic (v_load (gates + 3 * n + i, m)), hyperbolic_tangent (c)), m);
  }
}

static void
rotate (float *a, float *b, const float *cosines, const float *sines, int n)
{
  FOR_LANES (i, m, n)
  {
    V first = v_load (a + i, m), second = v_load (b + i, m);
    V c = v_load (cosines + i, m), s = v_load (sines + i, m);
    v_store (a + i, v_fnma (second, s, v_mul (first, c)), m);
    v_store (b + i, v_fma (second, c, v_mul (first, s)), m);
  }
}

static void
to_halves (const float *x, int n, uint16_t *y)
{
  FOR_LANES (i, m, n)
  v_store_halves (y + i, v_load (x + i, m), m);
}

static void
store_tile (const float *sums, int width, int n, const float *bias, int add, float *y,
            size_t y_stride)
{
  for (int t = 0; t < width; t++, sums += 16, y += y_stride)
    FOR_LANES (i, m, n)
    {
      V v = v_load (sums + i, m);
      if (add)
        v = v_add (v_load (y + i, m), v);
      if (bias != NULL)
        v = v_add (v, v_load (bias + i, m));
      v_store (y + i, v, m);
    }
}

#define ROW_KERNELS                                                                                \
  {                                                                                                \
    .largest = largest, .exp_sum = exp_sum, .scale = scale, .softcap = softcap, .add = add,        \
    .scale_add = scale_add, .rms_norm = rms_norm, .layer_norm = layer_norm, .silu_mul = silu_mul,  \
    .gelu_tanh_mul = gelu_tanh_mul, .gelu_erf = gelu_erf, .rotate = rotate,                        \
    .to_halves = to_halves, .gelu_tanh = gelu_tanh, .leaky_relu = leaky_relu, .snake = snake,      \
    .multiply_add = multiply_add, .add_squares = add_squares, .lstm_cell = lstm_cell,              \
    .store_tile = store_tile,                                                                      \
  }
