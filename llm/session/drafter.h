/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Guesses the next tokens of an answer: where its last ones stood before, in the prompt or in the
 * answer itself, it proposes what followed them there. Answers quote, summaries repeat names, and
 * code that is edited is mostly copied.
 *
 * A pass over a few positions reads the weights once, so it takes hardly longer than one over a
 * single position; the model's own choice at each of them decides, and from the first that is
 * another on the guesses are forgotten. An answer is therefore the same with a drafter and without,
 * bit for bit, drawn or greedy. How many positions are worth their time depends on the processor,
 * the model and the text: the drafter learns how often its guesses come true and how long passes
 * take, and proposes the number that writes fastest, which may be none.
 *
 *   n = llm_drafter_propose (&drafter, ids, n_positions, LLM_DRAFT_MAX);
 *   (a pass over the last position and n more)
 *   llm_drafter_took (&drafter, 1 + n, microseconds);
 *   while (llm_drafter_take (&drafter, id = (the model's choice))) ...
 *
 * Sources: speculative decoding [Leviathan et al. 2023]; drafts from the text itself [Saxena 2023,
 * "Prompt lookup decoding"; Yang et al. 2023, "Inference with reference"].
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

enum {
  LLM_DRAFT_MAX = 3,   /* tokens guessed at once: weights are read for four rows at a time */
  LLM_DRAFT_LEAST = 2, /* tokens that must have stood before in this order */
  LLM_DRAFT_LONG = 4,  /* from so many on the guess is surer */
  LLM_DRAFT_MOST = 16, /* of more it makes no difference */
};

/* All zero at first. The fields are its own. */
typedef struct {
  double pass_us[1 + LLM_DRAFT_MAX]; /* [positions - 1]: a moving mean; 0: not known yet */
  double hope[2];                    /* that a guess comes true, behind a short and a long match */
  gboolean is_long;
  int ids[LLM_DRAFT_MAX];
  int n;            /* guessed */
  int at;           /* of these, those that came true */
  guint n_left_out; /* times that fewer were guessed than could be */
} LlmDrafter;

/* A new answer: what was learned of the text is forgotten, what passes take is kept. */
void llm_drafter_start (LlmDrafter *drafter);
/* ids [n]: the tokens of all positions so far, -1 where there is none. Returns how many tokens to
 * compute behind them, at most `most`; they are drafter->ids. */
int llm_drafter_propose (LlmDrafter *drafter, const int *ids, int n, int most);
/* How long a pass over so many positions took. */
void llm_drafter_took (LlmDrafter *drafter, int n_positions, double microseconds);
/* Whether the token that the model chose is the next that was guessed; then it is taken. If not,
 * the guesses are forgotten. */
gboolean llm_drafter_take (LlmDrafter *drafter, int id);

G_END_DECLS
