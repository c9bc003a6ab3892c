/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Memory for packed weights, many in one mapping.
 *
 * A small model has matrices of less than a huge page each; mapped one by one they lie on small
 * pages, of which the kernel clears each in a fault of its own, and whose addresses a token's walk
 * through the weights looks up again and again. Here they follow each other in slabs of 32 MiB on
 * huge pages. Weights of more than half a slab have a mapping of their own.
 *
 * Any thread may call both. What is freed goes back to the system page by page, and a slab with its
 * last weight. Private to nn/.
 */

#pragma once

#include <stddef.h>

/* Zero, aligned to 64 (transfer full). NULL if there is no memory. */
void *nn_slab_alloc (size_t n_bytes);
/* data: NULL, or from nn_slab_alloc() of as many bytes. */
void nn_slab_dealloc (void *data, size_t n_bytes);
