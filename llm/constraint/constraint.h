/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What an answer may be: one of a list of choices, JSON of a schema, or any text without certain
 * characters.
 *
 * A constraint is a state over the bytes written so far; before each token it gives the mask of
 * token ids whose bytes may follow, and says when the answer may end or is complete. Whatever it
 * allows can be finished: no state is without a token that leads on, and all lengths are bounded.
 * The schema subset: type object (properties, required, additionalProperties; properties come in
 * the schema's order, no others), array (items, minItems, maxItems), string (minLength, maxLength),
 * number, integer (minimum, maximum, exclusive ones, exactly), boolean, null, a list of types,
 * enum, const, and anyOf of these; nesting up to 32. An unsupported keyword is LLM_ERROR_SCHEMA and
 * the message gives its path. llm/constraint/json-schema.h states the bounds. One thread uses a
 * constraint.
 *
 *   g_autoptr (LlmConstraint) c = llm_constraint_new_choices (tokenizer, choices, &error);
 *   const uint32_t *allowed = llm_constraint_mask (c);
 *   llm_constraint_accept (c, id);
 */

#pragma once

#include <stdint.h>

#include "llm/text/tokenizer.h"

G_BEGIN_DECLS

typedef struct _LlmConstraint LlmConstraint;

/* choices: NULL-terminated, at least one, none empty. LLM_ERROR_ARGUMENT, also for a vocabulary
 * that lacks a byte which the answer needs. */
LlmConstraint *llm_constraint_new_choices (LlmTokenizer *tokenizer, const char *const *choices,
                                           GError **error);
/* schema: the text of a JSON schema. */
LlmConstraint *llm_constraint_new_json_schema (LlmTokenizer *tokenizer, const char *schema,
                                               GError **error);
/* Any text in which none of these ASCII characters stands. */
LlmConstraint *llm_constraint_new_without (LlmTokenizer *tokenizer, const char *characters);
void llm_constraint_free (LlmConstraint *constraint);
void llm_constraint_reset (LlmConstraint *constraint);
/* One bit per id of the tokenizer; end tokens are allowed where the answer may end. Valid until the
 * next call. At least one bit is set unless the constraint is complete. */
const uint32_t *llm_constraint_mask (LlmConstraint *constraint);
void llm_constraint_accept (LlmConstraint *constraint, int id);
/* Nothing may follow: generation stops without asking the model. */
gboolean llm_constraint_is_complete (const LlmConstraint *constraint);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlmConstraint, llm_constraint_free)

G_END_DECLS
