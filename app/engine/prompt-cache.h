/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Long instructions that stand before every question: read by the model once on a machine, and then
 * found in the user's cache folder (llm/session/prefix.h).
 *
 * They hold the program's own words and nothing of the user's. hearsay/prompts has a file for each
 * model and instruction, named by what it was made from; the few that were used last are kept. It
 * may be deleted at any time: damage, or a full disk, is a miss and never an error.
 */

#pragma once

#include "llm/session/session.h"

G_BEGIN_DECLS

/* Brings the session to the prompt, but for the last few positions, from its own cache, the file
 * or by reading it. Errors: those of llm_session_prefill(). */
gboolean app_prompt_cache_prefill (LlmSession *session, const LlmPrompt *prompt, GError **error);

G_END_DECLS
