/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A JSON schema as a grammar of the JSON that fits it.
 *
 * Everything the grammar allows is valid by the schema; not everything that is valid is allowed:
 * properties come in the schema's order, additional ones never, and what the schema leaves
 * unbounded is bounded here (strings 2,000 characters, arrays 256 items, numbers 15 digits, or 12
 * and 6 after the point, without exponent). Ranges of numbers are exact. A keyword that would
 * narrow the value and is not known is LLM_ERROR_SCHEMA; the message gives its path. Title,
 * description, examples, default, $schema, $id and $comment are passed over.
 *
 * Source: JSON Schema, draft 2020-12 (json-schema.org).
 */

#pragma once

#include "llm/constraint/grammar.h"
#include "llm/text/llm-error.h"

G_BEGIN_DECLS

/* text: `length` bytes, -1 for NUL-terminated. (transfer full). */
LlmGrammar *llm_json_schema_read (const char *text, gssize length, GError **error);

G_END_DECLS
