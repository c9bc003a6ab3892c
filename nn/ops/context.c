/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/ops/context.h"

#include "nn/kernels/pack.h"

NnContext *
nn_context_new (int n_threads)
{
  NnContext *context = g_new0 (NnContext, 1);

  context->kernels = nn_kernels_default ();
  context->pool = nn_pool_new (n_threads);
  return context;
}

void
nn_context_free (NnContext *context)
{
  if (context == NULL)
    return;
  nn_pool_free (context->pool);
  nn_rope_tables_free (context->rope_tables);
  nn_pack_dealloc (context->scratch, context->scratch_bytes);
  g_free (context);
}

void *
nn_context_get_scratch (NnContext *context, size_t n_bytes)
{
  if (n_bytes > context->scratch_bytes) {
    /* A quarter more than asked for, so that slowly growing requests settle. */
    size_t n = (n_bytes + n_bytes / 4 + 4095) / 4096 * 4096;

    nn_pack_dealloc (context->scratch, context->scratch_bytes);
    context->scratch = nn_pack_alloc (n);
    if (context->scratch == NULL)
      g_error ("no memory for %zu bytes of scratch", n);
    context->scratch_bytes = n;
  }
  return context->scratch;
}
