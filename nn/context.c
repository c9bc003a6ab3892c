/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/context.h"

#include <stdlib.h>

#include <glib.h>

NnContext *
nn_context_new (int n_threads)
{
  NnContext *context = g_new0 (NnContext, 1);

  context->kernels = nn_kernels_choose (getenv ("HEARSAY_KERNELS"));
  if (context->kernels == NULL)
    context->kernels = nn_kernels_choose (NULL);
  context->pool = nn_pool_new (n_threads);
  return context;
}

void
nn_context_free (NnContext *context)
{
  if (context == NULL)
    return;
  nn_pool_free (context->pool);
  g_free (context);
}
