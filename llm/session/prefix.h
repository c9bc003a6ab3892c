/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The beginning of a prompt, read once and kept in a file.
 *
 * A long instruction that stands before every question is the same in every process: what the
 * decoder made of it, the keys and values of its positions, is written to a file and put back into
 * a session in milliseconds where reading it anew takes seconds. Whole tiles of positions are kept
 * (nn/ops/kv-cache.h), so up to 15 positions at its end are computed again. Whether the beginning
 * was read or put back, what follows has the same bits.
 *
 *   g_autofree char *key = llm_prefix_get_key (session, prompt);
 *   if (!llm_prefix_restore (session, prompt, path_of (key), NULL)
 *       && llm_session_prefill (session, prompt, NULL, NULL, NULL, &error))
 *     llm_prefix_save (session, prompt, path_of (key), NULL);
 *   llm_session_prefill (session, longer, NULL, NULL, NULL, &error);
 */

#pragma once

#include "llm/session/session.h"

G_BEGIN_DECLS

/* (transfer full): 64 hexadecimal digits that name the weights, the kernels that computed with them
 * and the prompt. */
char *llm_prefix_get_key (const LlmSession *session, const LlmPrompt *prompt);
/* Writes what the session holds of a prompt that it has just been prefilled with, and forgets the
 * positions that are not written. The file is whole or not there; errors of g_file_set_contents().
 */
gboolean llm_prefix_save (LlmSession *session, const LlmPrompt *prompt, const char *path,
                          GError **error);
/* Makes the prompt what the session is at. LLM_ERROR_MODEL if the file is not one of this key, was
 * written by a decoder that keeps something else (LLM_DECODER_KEPT, NN_KV_LAYOUT) or has been
 * damaged, errors of g_file_get_contents() if it cannot be read; the session is then as it
 * was. */
gboolean llm_prefix_restore (LlmSession *session, const LlmPrompt *prompt, const char *path,
                             GError **error);

G_END_DECLS
