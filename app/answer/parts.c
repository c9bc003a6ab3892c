/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/answer/parts.h"

#include <math.h>

/* A boundary must lie so many standard deviations below the mean similarity to be worth a part. */
#define BOUNDARY_PRICE 1.5
/* Parts of fewer lines are made only where they must be. */
#define MIN_LINES 8
#define SHORT_PART_PRICE 4.0

static void
measure (const float *values, guint n, double *mean, double *deviation)
{
  double sum = 0, squares = 0;

  for (guint i = 1; i < n; i++) {
    sum += values[i];
    squares += (double) values[i] * values[i];
  }
  *mean = sum / MAX (n - 1, 1);
  *deviation = sqrt (MAX (squares / MAX (n - 1, 1) - *mean * *mean, 1e-12));
}

GArray *
app_parts_find (const int *costs, const float *similarities, guint n, int max_cost)
{
  GArray *starts = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autofree double *best = g_new (double, n + 1);
  g_autofree guint *from = g_new0 (guint, n + 1);
  double mean, deviation;

  measure (similarities, n, &mean, &deviation);
  /* best[end]: the worth of the best division of the lines before `end`, whose last part begins at
   * from[end]. */
  best[0] = 0;
  for (guint end = 1; end <= n; end++) {
    gint64 cost = 0;

    best[end] = -INFINITY;
    for (guint start = end; start-- > 0;) {
      double worth = best[start];

      cost += costs[start];
      if (cost > max_cost && end - start > 1)
        break;
      if (start > 0)
        worth += (mean - similarities[start]) / deviation - BOUNDARY_PRICE;
      if (end - start < MIN_LINES)
        worth -= SHORT_PART_PRICE;
      if (worth > best[end]) {
        best[end] = worth;
        from[end] = start;
      }
    }
  }
  for (guint end = n; end > 0; end = from[end])
    g_array_prepend_val (starts, from[end]);
  return starts;
}
