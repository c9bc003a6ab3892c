/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/batch/batch-progress.h"

#include <glib/gi18n.h>

#include "ui/base/stage.h"

/* Before that, the time left would be a guess. */
#define MIN_WORK_S 3.0

double
hs_batch_estimate_left (const HsBatchSums *sums)
{
  double left = (double) (sums->bytes - sums->done_bytes) - sums->current_bytes;

  if (sums->work_s < MIN_WORK_S || sums->work_bytes <= 0)
    return -1;
  return MAX (left, 0) * sums->work_s / sums->work_bytes;
}

double
hs_batch_get_fraction (const HsBatchSums *sums)
{
  double done = (double) sums->done_bytes + sums->current_bytes;

  return sums->bytes > 0 ? MIN (done / (double) sums->bytes, 1) : 0;
}

char *
hs_batch_describe (const HsBatchSums *sums)
{
  double seconds_left = hs_batch_estimate_left (sums);
  g_autofree char *done = g_strdup_printf (_ ("%u of %u"), sums->n_done, sums->n);
  g_autofree char *failed =
      sums->n_failed > 0 ? g_strdup_printf (
          ngettext (" · %u could not be read", " · %u could not be read", sums->n_failed),
          sums->n_failed)
                         : g_strdup ("");
  g_autofree char *left = NULL;

  if (sums->is_paused && sums->n_done < sums->n)
    left = g_strdup (_ ("paused"));
  else if (sums->is_working && seconds_left >= 1)
    left = hs_time_describe_left (seconds_left);
  return g_strconcat (done, failed, left != NULL ? " · " : "", left, NULL);
}
