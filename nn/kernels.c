/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/kernels.h"

#include <stddef.h>
#include <string.h>

static const NnKernels reference = { .name = "reference" };

const NnKernels *
nn_kernels_choose (const char *name)
{
  if (name == NULL || strcmp (name, "reference") == 0)
    return &reference;
  return NULL;
}
