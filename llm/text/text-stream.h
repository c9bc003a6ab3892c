/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Bytes of tokens to text that can be shown.
 *
 * A token may end in the middle of a character, and a stop text may be spread over tokens. The
 * stream keeps back what is not a whole character yet, and what may still become a stop text; the
 * rest is ready. Bytes that are no UTF-8 become U+FFFD, so the text is valid at every moment.
 *
 *   llm_text_stream_push (stream, piece, length);
 *   ready = llm_text_stream_take (stream);
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LlmTextStream LlmTextStream;

/* stops: NULL, or NULL-terminated texts, borrowed; an empty one is ignored. reserve: bytes for
 * which memory is made at once. */
LlmTextStream *llm_text_stream_new (const char *const *stops, size_t reserve);
void llm_text_stream_free (LlmTextStream *stream);
void llm_text_stream_push (LlmTextStream *stream, const char *bytes, size_t length);
/* No more bytes: an unfinished character becomes U+FFFD, and nothing is kept back any more. */
void llm_text_stream_end (LlmTextStream *stream);
/* A stop text was found; the text ends before it. */
gboolean llm_text_stream_is_stopped (const LlmTextStream *stream);
/* What became ready since the last call, NUL-terminated, "" if nothing; valid until the next call.
 */
const char *llm_text_stream_take (LlmTextStream *stream);
/* All that became ready; frees the stream. (transfer full) */
char *llm_text_stream_free_to_text (LlmTextStream *stream);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlmTextStream, llm_text_stream_free)

G_END_DECLS
