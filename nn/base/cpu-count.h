/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How many threads are worth having (Linux; libc only).
 *
 * Two hardware threads of one core share its vector units, so cores count, not threads; a process
 * may be bound to some of them; and a container may have less time than its processors give, even
 * less than one.
 *
 *   NnCpuCount count;
 *   nn_cpu_count ("", NULL, 0, &count);
 *   pool = nn_pool_new (count.n_threads);
 */

#pragma once

#include <stdbool.h>

typedef struct {
  int n_processors; /* hardware threads that this process may run on */
  int n_cores;      /* cores that these belong to */
  double quota;  /* processors that the control group may use at a time; 0: as many as there are */
  int n_threads; /* cores, or the quota to the nearest where that is less; at least 1 */
} NnCpuCount;

/* root: "" for this machine, or a folder with proc/ and sys/ (tests). allowed: NULL, or for each of
 * n_allowed processors whether it may be used, in place of this process's affinity (tests). Any
 * thread. */
void nn_cpu_count (const char *root, const bool *allowed, int n_allowed, NnCpuCount *count);
