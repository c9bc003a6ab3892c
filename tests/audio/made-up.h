/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Values that C and tools/goldens make alike: exact in single precision, from a linear congruential
 * generator (Numerical Recipes). */

#pragma once

#include <stdint.h>

/* The next value in [-1, 1). */
static inline float
signal_next (uint32_t *state)
{
  *state = *state * 1664525u + 1013904223u;
  return (float) (int32_t) (*state >> 8) / 8388608.0f - 1.0f;
}
