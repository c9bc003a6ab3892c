/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The queue of pairs that BPE may merge: the lowest order first, the leftmost of equals.
 *
 * A pair is not taken out when a neighbour changes; who pops it compares `check` with what stands
 * there now and drops a stale one.
 *
 *   llm_pair_heap_push (heap, &pair);
 *   while (llm_pair_heap_pop (heap, &pair))
 */

#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct {
  double order;
  int32_t left, right; /* indices of the two symbols */
  uint64_t check;
} LlmPair;

/* heap: a GArray of LlmPair, in heap order. */
void llm_pair_heap_push (GArray *heap, const LlmPair *pair);
/* FALSE when it is empty. */
gboolean llm_pair_heap_pop (GArray *heap, LlmPair *pair);

G_END_DECLS
