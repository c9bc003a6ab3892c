/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The one error domain of llm/. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  LLM_ERROR_MODEL, /* the file is not a model that this program can run; the message says why */
  LLM_ERROR_UNKNOWN_ARCH, /* an architecture that is not implemented, named in the message */
  LLM_ERROR_TEMPLATE,     /* a chat template of an unknown family */
  LLM_ERROR_CONTEXT_FULL, /* the prompt does not fit the context; the message gives both numbers */
  LLM_ERROR_SCHEMA,       /* a JSON schema that cannot be followed */
  LLM_ERROR_ARGUMENT,     /* an id, a block or a span that does not exist */
  LLM_ERROR_CANCELLED
} LlmError;

#define LLM_ERROR (llm_error_quark ())
GQuark llm_error_quark (void);

G_END_DECLS
