/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What one byte does to the frame of a string or a number: grammar-scalar.c. */

#pragma once

#include "llm/constraint/grammar.h"

G_BEGIN_DECLS

#define LLM_STRING_CONTENT 1 /* phase: between characters */

typedef enum {
  LLM_STEP_DEAD,
  LLM_STEP_INSIDE,
  LLM_STEP_DONE /* the node is complete */
} LlmStep;

LlmStep llm_string_step (const LlmNode *node, LlmFrame *frame, uint8_t byte);
LlmStep llm_number_step (const LlmNode *node, LlmFrame *frame, uint8_t byte);
gboolean llm_number_may_end (const LlmNode *node, const LlmFrame *frame);

G_END_DECLS
