/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What every operation needs besides its operands: the kernels chosen for this CPU, the threads,
 * and the flag that stops a computation.
 *
 * One per engine. The kernel table is const; the pool serves one caller at a time, so a context is
 * used by the one thread that owns the models. `cancel` may be set by any thread.
 */

#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "nn/base/pool.h"
#include "nn/kernels/kernels.h"

typedef struct _NnRopeTables NnRopeTables;

typedef struct {
  const NnKernels *kernels;
  NnPool *pool;
  void *scratch; /* of the operation that runs; see nn_context_get_scratch() */
  size_t scratch_bytes;
  NnRopeTables *rope_tables; /* of nn_rope(), kept from layer to layer */
  atomic_bool cancel;        /* polled by models per layer and per token; the caller clears it */
} NnContext;

/* n_threads as nn_pool_new(). The kernels are the best this CPU has, or those that the environment
 * variable HEARSAY_KERNELS names ("reference", "avx2", "avx512"). */
NnContext *nn_context_new (int n_threads);
void nn_context_free (NnContext *context);
void nn_rope_tables_free (NnRopeTables *tables);

/* Memory aligned to 64 that the running operation may use until it ends (transfer none). It grows
 * to the largest request so far, so that a loop of equal operations allocates nothing. */
void *nn_context_get_scratch (NnContext *context, size_t n_bytes);

static inline bool
nn_context_is_cancelled (const NnContext *context)
{
  return atomic_load_explicit (&((NnContext *) context)->cancel, memory_order_relaxed);
}
