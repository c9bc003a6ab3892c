/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "llm/text/pair-heap.h"

static gboolean
comes_before (const LlmPair *a, const LlmPair *b)
{
  if (a->order < b->order || a->order > b->order)
    return a->order < b->order;
  return a->left < b->left;
}

void
llm_pair_heap_push (GArray *heap, const LlmPair *pair)
{
  guint at = heap->len;
  LlmPair *pairs;

  g_array_append_vals (heap, pair, 1);
  pairs = (LlmPair *) (void *) heap->data;
  while (at > 0 && comes_before (pair, &pairs[(at - 1) / 2])) {
    pairs[at] = pairs[(at - 1) / 2];
    at = (at - 1) / 2;
  }
  pairs[at] = *pair;
}

gboolean
llm_pair_heap_pop (GArray *heap, LlmPair *pair)
{
  LlmPair *pairs = (LlmPair *) (void *) heap->data;
  LlmPair last;
  guint n = heap->len, at = 0, child;

  if (n == 0)
    return FALSE;
  *pair = pairs[0];
  last = pairs[--n];
  g_array_set_size (heap, n);
  while ((child = 2 * at + 1) < n) {
    if (child + 1 < n && comes_before (&pairs[child + 1], &pairs[child]))
      child++;
    if (!comes_before (&pairs[child], &last))
      break;
    pairs[at] = pairs[child];
    at = child;
  }
  if (n > 0)
    pairs[at] = last;
  return TRUE;
}
