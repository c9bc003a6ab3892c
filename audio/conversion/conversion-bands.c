/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How the bands of one voice become those of another. */

#include <math.h>
#include <string.h>

#include "audio/conversion/conversion-private.h"

#define N AUDIO_VOICE_N_BANDS
#define LEAST_RATIO 0.6
#define MOST_RATIO 1.6
/* Of the covariances: how much of what is off the diagonal is not believed, and the variance that
 * each band has at least, in dB squared. */
#define SHRINKAGE 0.05
#define LEAST_VARIANCE 1.0
/* Sweeps over all pairs; a matrix of 64 takes about eight. */
#define N_SWEEPS 30

/* a = b c, all [n, n]. */
static void
multiply (const double *b, const double *c, int n, double *a)
{
  memset (a, 0, sizeof (double) * (size_t) (n * n));
  for (int i = 0; i < n; i++)
    for (int k = 0; k < n; k++)
      for (int j = 0; j < n; j++)
        a[i * n + j] += b[i * n + k] * c[k * n + j];
}

/* Turns rows and columns p and q of the symmetric a so that a[p, q] is 0, and the rows of v along.
 */
static void
rotate (double *a, double *v, int n, int p, int q)
{
  const double theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
  const double t = (theta < 0 ? -1 : 1) / (fabs (theta) + sqrt (theta * theta + 1));
  const double c = 1 / sqrt (t * t + 1), s = t * c;

  for (int k = 0; k < n; k++) {
    const double x = a[k * n + p], y = a[k * n + q];

    a[k * n + p] = c * x - s * y;
    a[k * n + q] = s * x + c * y;
  }
  for (int k = 0; k < n; k++) {
    const double x = a[p * n + k], y = a[q * n + k];
    const double u = v[p * n + k], w = v[q * n + k];

    a[p * n + k] = c * x - s * y;
    a[q * n + k] = s * x + c * y;
    v[p * n + k] = c * u - s * w;
    v[q * n + k] = s * u + c * w;
  }
}

/* Jacobi's method: the rows of v are the eigenvectors of the symmetric matrix, the values lie on
 * the diagonal of a, in which it is given. */
static void
decompose (double *a, int n, double *v)
{
  double size = 0;

  for (int i = 0; i < n * n; i++) {
    v[i] = i % (n + 1) == 0;
    size += a[i] * a[i];
  }
  for (int sweep = 0; sweep < N_SWEEPS; sweep++) {
    double off = 0;

    for (int p = 0; p < n; p++)
      for (int q = p + 1; q < n; q++) {
        off += a[p * n + q] * a[p * n + q];
        if (a[p * n + q] * a[p * n + q] > 1e-30 * size)
          rotate (a, v, n, p, q);
      }
    if (off <= 1e-24 * size)
      return;
  }
}

/* The root of a positive matrix, and its inverse unless that is NULL. */
static void
take_root (const double *matrix, int n, double *root, double *inverse)
{
  const size_t size = sizeof (double) * (size_t) (n * n);
  g_autofree double *a = g_memdup2 (matrix, size);
  g_autofree double *v = g_malloc (size);

  decompose (a, n, v);
  memset (root, 0, size);
  if (inverse != NULL)
    memset (inverse, 0, size);
  for (int e = 0; e < n; e++) {
    const double value = sqrt (MAX (a[e * n + e], 1e-9));

    for (int i = 0; i < n; i++)
      for (int j = 0; j < n; j++) {
        const double product = v[e * n + i] * v[e * n + j];

        root[i * n + j] += value * product;
        if (inverse != NULL)
          inverse[i * n + j] += product / value;
      }
  }
}

void
conversion_transport (const double *from, const double *to, int n, double *map)
{
  const size_t size = (size_t) (n * n);
  g_autofree double *root = g_new (double, size);
  g_autofree double *inverse = g_new (double, size);
  g_autofree double *left = g_new (double, size);
  g_autofree double *middle = g_new (double, size);

  take_root (from, n, root, inverse);
  multiply (root, to, n, left);
  multiply (left, root, n, middle);
  take_root (middle, n, left, NULL);
  multiply (inverse, left, n, middle);
  multiply (middle, inverse, n, map);
}

static void
get_bands (const ConversionBandSums *sums, AudioVoiceBands *bands)
{
  for (int b = 0; b < N; b++) {
    const double mean = sums->sum[b] / MAX (sums->n, 1);
    const double variance = sums->products[b][b] / MAX (sums->n, 1) - mean * mean;

    bands->mean[b] = (float) mean;
    bands->deviation[b] = (float) sqrt (MAX (variance, 1.0));
  }
}

/* scale: of each band. */
static void
fill_covariance (const ConversionBandSums *sums, const double *scale, double *covariance)
{
  const double n = MAX (sums->n, 1);

  for (int b = 0; b < N; b++)
    for (int other = b; other < N; other++) {
      double value = sums->products[b][other] / n - sums->sum[b] / n * (sums->sum[other] / n);

      value *= scale[b] * scale[other] * (b == other ? 1 : 1 - SHRINKAGE);
      value += b == other ? LEAST_VARIANCE : 0;
      covariance[b * N + other] = covariance[other * N + b] = value;
    }
}

void
conversion_get_moments (const ConversionBandSums *reference, const ConversionBandSums *converted,
                        AudioVoiceMoments *moments)
{
  g_autofree double *from = g_new (double, N *N);
  g_autofree double *to = g_new (double, N *N);
  g_autofree double *map = g_new (double, N *N);
  double as_it_is[N], bounded[N];

  get_bands (reference, &moments->reference);
  get_bands (converted, &moments->converted);
  for (int b = 0; b < N; b++) {
    const double ratio =
        (double) moments->reference.deviation[b] / (double) moments->converted.deviation[b];

    as_it_is[b] = 1;
    bounded[b] = CLAMP (ratio, LEAST_RATIO, MOST_RATIO) / ratio;
  }
  fill_covariance (converted, as_it_is, from);
  fill_covariance (reference, bounded, to);
  conversion_transport (from, to, N, map);
  for (int i = 0; i < N * N; i++)
    moments->map[i / N][i % N] = (float) map[i];
}
