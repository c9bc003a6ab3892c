/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Kernels per instruction set, as const tables of function pointers chosen once. */

#pragma once

typedef struct _NnKernels NnKernels;

struct _NnKernels {
  const char *name; /* "reference", "avx2", "avx512" */
};

/* The best table that this CPU can run; name: NULL, or one that is asked for. NULL if this CPU
 * cannot. */
const NnKernels *nn_kernels_choose (const char *name);
