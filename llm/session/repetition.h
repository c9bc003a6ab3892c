/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Notices that an answer runs in a loop.
 *
 * For each period p up to LLM_REPETITION_MAX_PERIOD it counts how many tokens in a row equalled the
 * token p before. A loop is a run of at least LLM_REPETITION_MIN_RUN tokens and of four times the
 * period: the same p tokens five times over, or a short period for a long while. A row of dashes in
 * a table or a short list of equal numbers stays below.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define LLM_REPETITION_MAX_PERIOD 64
#define LLM_REPETITION_MIN_RUN 48

typedef struct {
  int recent[LLM_REPETITION_MAX_PERIOD]; /* a ring of the last tokens */
  int n;                                 /* tokens so far */
  int runs[LLM_REPETITION_MAX_PERIOD];   /* runs[p - 1]: run of period p */
} LlmRepetition;

/* repetition: all zero at first. TRUE if the tokens up to `id` are a loop. */
gboolean llm_repetition_push (LlmRepetition *repetition, int id);

G_END_DECLS
