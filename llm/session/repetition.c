/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "llm/session/repetition.h"

gboolean
llm_repetition_push (LlmRepetition *repetition, int id)
{
  const int n = repetition->n++;
  gboolean loop = FALSE;

  for (int p = 1; p <= LLM_REPETITION_MAX_PERIOD && p <= n; p++) {
    int *run = &repetition->runs[p - 1];

    *run = repetition->recent[(n - p) % LLM_REPETITION_MAX_PERIOD] == id ? *run + 1 : 0;
    loop |= *run >= MAX (LLM_REPETITION_MIN_RUN, 4 * p);
  }
  repetition->recent[n % LLM_REPETITION_MAX_PERIOD] = id;
  return loop;
}
