/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a session is made of, for the files of llm/ that work on it. */

#pragma once

#include "llm/decoder/decoder.h"
#include "llm/session/drafter.h"
#include "llm/session/session.h"

G_BEGIN_DECLS

struct _LlmSession {
  LlmModel *model;
  NnContext *context;
  LlmState *state;
  NnKvCache *cache;
  float *logits; /* [LLM_SESSION_LAST_MAX, n_vocab]: of a pass's positions */
  int row;       /* of them the one behind the last position */
  gboolean has_logits;
  int n_ctx;
  int n_positions; /* valid in the cache */
  /* What the positions are: those of the prompt, then the tokens of the answer. */
  LlmPrompt *prompt;
  int *ids; /* [n_ctx]: of the positions, -1 where a row stands */
  LlmDrafter drafter;
};

/* Makes `prompt` what the session is at, of which the first `keep` positions are in the cache. */
void llm_session_remember (LlmSession *session, const LlmPrompt *prompt, int keep);

G_END_DECLS
