/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How far a batch is, and how long it still takes. Pure functions. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  guint n, n_done, n_failed; /* recordings; those that failed are done, too */
  guint64 bytes, done_bytes; /* of their files */
  double current_bytes;      /* of the present one, as far as it has come */
  double work_s, work_bytes; /* what took how long until now, the present one included */
  gboolean is_paused, is_working;
} HsBatchSums;

/* Seconds for the rest, by how fast it went until now; below 0: not known yet. */
double hs_batch_estimate_left (const HsBatchSums *sums);
/* From 0 to 1. */
double hs_batch_get_fraction (const HsBatchSums *sums);
/* (transfer full): "2 of 5 · 3 minutes left". */
char *hs_batch_describe (const HsBatchSums *sums);

G_END_DECLS
