/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the machine itself can do: how fast memory is read, and how many operations its vector
 * units finish. Every figure of speed is a share of one of these.
 *
 * All threads of the context work at once: each reads its part of one block of memory that is
 * several times the caches, and each runs a loop of independent products in registers. The best of
 * a few passes counts, since other programs only ever make one slower. Takes about half a second.
 *
 *   AppLimits limits;
 *   app_limits_measure (context, 0, &limits);
 */

#pragma once

#include "nn/ops/context.h"

#include <glib.h>

G_BEGIN_DECLS

/* Each per second, of all threads together; 0: this processor has no such instruction. A product
 * with its addition counts as two operations. */
typedef struct {
  double read_bytes;
  double fp32_ops;
  double bf16_ops;
  double int8_ops;
} AppLimits;

/* n_bytes: of the block that is read; 0 means 256 MiB, and less where little memory is free. */
void app_limits_measure (NnContext *context, size_t n_bytes, AppLimits *limits);

G_END_DECLS
