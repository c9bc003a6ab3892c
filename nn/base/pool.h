/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A pool of threads that help inside one operation (pthread and C11 atomics only).
 *
 * One owner thread calls nn_pool_run(); it takes part 0 itself and returns when all parts are done.
 * Helpers spin briefly for the next call, then sleep, so a token loop pays no wake-up per operation
 * and an idle program uses no CPU. Not reentrant; one caller at a time.
 *
 *   NnPool *pool = nn_pool_new (0);
 *   nn_pool_run (pool, multiply_rows, &job);
 */

#pragma once

#include <stdatomic.h>

typedef struct _NnPool NnPool;

/* Called once per part, 0 <= part < n_parts, each on another thread. */
typedef void (*NnPoolFunc) (void *data, int part, int n_parts);

/* n_threads: 0 means as many as nn/base/cpu-count.h finds worth having. Never NULL: if threads
 * cannot be started the pool is smaller. */
NnPool *nn_pool_new (int n_threads);
void nn_pool_free (NnPool *pool);
int nn_pool_get_n_threads (const NnPool *pool);
/* Every part runs. */
void nn_pool_run (NnPool *pool, NnPoolFunc func, void *data);
/* For work that parts take off a counter in `data`: part 0 runs, and those helpers that come before
 * it ends. On a crowded machine a helper that does not get a core in time is not waited for. */
void nn_pool_share (NnPool *pool, NnPoolFunc func, void *data);
