/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Weights on their way from memory before they are needed. Private to the kernels.
 *
 * With few tokens a product is as fast as its weights come from memory. The hardware's prefetch
 * stops at every page; a line asked for this far ahead (of one tile after the other: they follow
 * each other in memory) arrives in time. A prefetch past the end of the weight does nothing.
 */

#pragma once

#include <stdint.h>

#define ALWAYS_INLINE static inline __attribute__ ((always_inline))

enum { BYTES_AHEAD = 4096, TOKENS_TO_FETCH_AHEAD = 4 };

/* T: tokens of the product, a constant after inlining. */
ALWAYS_INLINE void
fetch (const void *p, const int T)
{
  if (T <= TOKENS_TO_FETCH_AHEAD)
    __builtin_prefetch (p, 0, 3);
}

ALWAYS_INLINE void
fetch_ahead (const void *p, const int T)
{
  fetch ((const uint8_t *) p + BYTES_AHEAD, T);
}
