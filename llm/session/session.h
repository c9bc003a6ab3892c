/* SPDX-License-Identifier: GPL-3.0-or-later */

/* One line of thought of a model: a KV cache, the positions in it, and scratch.
 *
 * llm_session_prefill() brings the cache to a prompt: the longest prefix that it shares with what
 * is there already is kept, only the rest is computed. llm_session_generate() then writes the
 * answer token by token, or several at once where it repeats what stands before
 * (llm/session/drafter.h). A session is used by one thread; it allocates when made and when a
 * prompt is remembered, not per token.
 *
 *   g_autoptr (LlmSession) session = llm_session_new (model, context, 4096, &error);
 *   llm_session_prefill (session, prompt, NULL, NULL, NULL, &error);
 *   llm_session_generate (session, &(LlmGenerateOptions){ .max_tokens = 256 }, on_token, data,
 * NULL, &error);
 */

#pragma once

#include "llm/constraint/constraint.h"
#include "llm/decoder/model.h"
#include "llm/session/prompt.h"
#include "nn/ops/sampler.h"

G_BEGIN_DECLS

enum { LLM_SESSION_LAST_MAX = 8 };

typedef struct _LlmSession LlmSession;

/* n_ctx: positions; 0 means the model's own, at most 8192. (transfer full); NN_ERROR_MEMORY. */
LlmSession *llm_session_new (LlmModel *model, NnContext *context, int n_ctx, GError **error);
void llm_session_free (LlmSession *session);
int llm_session_get_n_ctx (const LlmSession *session);
int llm_session_get_n_positions (const LlmSession *session); /* in the cache now */
/* Of the prompt's positions, from the first on: those that are in the cache. */
int llm_session_count_shared (const LlmSession *session, const LlmPrompt *prompt);
LlmModel *llm_session_get_model (const LlmSession *session); /* (transfer none) */

/* LLM_ERROR_CONTEXT_FULL if the prompt leaves no room for one token of answer; LLM_ERROR_CANCELLED
 * if context->cancel was set, and then the cache holds a valid shorter prefix. progress may be
 * NULL. n_computed (may be NULL): positions that were not in the cache. The prompt that it is at
 * already costs nothing. */
gboolean llm_session_prefill (LlmSession *session, const LlmPrompt *prompt, LlmProgress progress,
                              gpointer user_data, int *n_computed, GError **error);
/* Logits after the last position, n_vocab floats, valid until the next call. */
const float *llm_session_get_logits (const LlmSession *session);
/* The same, and llm_session_get_last_logits() has the logits after each of the last n_last
 * positions, 1 to LLM_SESSION_LAST_MAX: what is guessed at the end of a prompt is checked by one
 * pass. Not less than that many positions. */
gboolean llm_session_prefill_last (LlmSession *session, const LlmPrompt *prompt, int n_last,
                                   GError **error);
/* n_before: 0 is after the last position, n_last - 1 the first that there is. */
const float *llm_session_get_last_logits (const LlmSession *session, int n_before);
/* Logits after each of the prompt's positions, without generating: perplexity and parity tests.
 * logits has [n_positions, n_vocab] floats. The cache is emptied first. */
gboolean llm_session_score (LlmSession *session, const LlmPrompt *prompt, float *logits,
                            GError **error);
/* How likely the prompt's positions from `first` (at least 1) on are, given those before them:
 * the natural logarithm of their probability, to which rows add nothing. What the cache has of the
 * prompt before them is kept; afterwards the session is at the prompt, without logits. */
gboolean llm_session_weigh (LlmSession *session, const LlmPrompt *prompt, int first,
                            double *log_probability, GError **error);

typedef struct {
  int max_tokens;            /* 0: until the context is full */
  NnSamplerOptions sampling; /* all zero: greedy */
  LlmConstraint *constraint; /* NULL: free text; borrowed, reset at the start */
  const char *const *stops;  /* NULL, or texts that end the answer and are not part of it */
  gboolean no_drafts;        /* one token a pass (llm/session/drafter.h): to measure by */
} LlmGenerateOptions;

typedef enum {
  LLM_STOP_END, /* the model ended its turn, a stop text, or the constraint is complete */
  LLM_STOP_MAX_TOKENS,
  LLM_STOP_CONTEXT,   /* the context is full */
  LLM_STOP_CANCELLED, /* context->cancel, or the callback returned FALSE */
  LLM_STOP_REPETITION /* the answer runs in a loop */
} LlmStop;

/* text: the next whole UTF-8 characters, NUL-terminated, n_tokens so far. FALSE stops. */
typedef gboolean (*LlmOnText) (const char *text, int n_tokens, gpointer user_data);

typedef struct {
  LlmStop stop;
  int n_tokens;
  int n_passes;     /* over the weights, for them: fewer where guesses came true */
  gboolean by_text; /* LLM_STOP_END: by a stop text */
} LlmGenerated;

/* (transfer full): the whole answer, valid UTF-8 (bytes that are not become U+FFFD); NULL with an
 * error. The answer's tokens stay in the cache, so a next turn that repeats them pays nothing.
 * on_text and generated may be NULL. */
char *llm_session_generate (LlmSession *session, const LlmGenerateOptions *options,
                            LlmOnText on_text, gpointer user_data, LlmGenerated *generated,
                            GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlmSession, llm_session_free)

G_END_DECLS
