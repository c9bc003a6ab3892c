/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/kernels/kernels.h"
#include "nn/kernels/lane-kernels.h"

#include <stdlib.h>
#include <string.h>

#ifdef __x86_64__
#include <cpuid.h>

/* clang 14 does not know "f16c" as a feature to ask for. */
static bool
has_f16c (void)
{
  unsigned eax, ebx, ecx, edx;

  return __get_cpuid (1, &eax, &ebx, &ecx, &edx) && (ecx & bit_F16C) != 0;
}
#endif

/* __builtin_cpu_supports also asks whether the operating system saves the registers. */
static bool
can_run (const NnKernels *kernels)
{
#ifdef __x86_64__
  if (kernels == &nn_kernels_avx512)
    return __builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512bw")
           && __builtin_cpu_supports ("avx512vl") && __builtin_cpu_supports ("avx512dq")
           && __builtin_cpu_supports ("avx512vnni");
  if (kernels == &nn_kernels_avx2)
    return __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma") && has_f16c ();
#endif
  return true;
}

const NnKernels *
nn_kernels_choose (const char *name)
{
  static const NnKernels *const best_first[] = {
#ifdef __x86_64__
    &nn_kernels_avx512,
    &nn_kernels_avx2,
#endif
    &nn_kernels_reference,
  };

  for (size_t i = 0; i < sizeof best_first / sizeof best_first[0]; i++)
    if ((name == NULL || strcmp (name, best_first[i]->name) == 0) && can_run (best_first[i]))
      return best_first[i];
  return NULL;
}

const NnKernels *
nn_kernels_default (void)
{
  const NnKernels *kernels = nn_kernels_choose (getenv ("HEARSAY_KERNELS"));

  return kernels != NULL ? kernels : nn_kernels_choose (NULL);
}

const NnLaneKernels *
nn_lane_kernels_choose (const NnKernels *kernels)
{
#ifdef __x86_64__
  if (kernels == &nn_kernels_avx512)
    return __builtin_cpu_supports ("avx512bf16") ? &nn_lane_kernels_avx512_bf16 : NULL;
#endif
  return kernels == &nn_kernels_reference ? &nn_lane_kernels_reference : NULL;
}
