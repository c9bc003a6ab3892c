/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How a family of models wants its turns written.
 *
 * The Jinja source in the file is recognised, not run: ChatML, Llama 3, Gemma and Mistral cover the
 * architectures of this program; another is LLM_ERROR_TEMPLATE, and the message quotes how it
 * begins. A template gives pieces of text around the content of each turn, so that content (which
 * may be spans of audio tokens, or text that looks like a control token) is never parsed for
 * control tokens.
 *
 * Models that think before they answer (Qwen3, SmolLM3 and others) write turns as ChatML has them,
 * with a thought between <think> and </think> at the head of an answer; that of earlier answers is
 * not repeated. Where nothing is to be thought the marks are there and empty.
 *
 *   LlmChatFamily family;
 *   llm_chat_family_from_gguf (gguf, &family, &error);
 *   llm_chat_turn (family, LLM_ROLE_USER, &prefix, &suffix);
 */

#pragma once

#include "llm/text/llm-error.h"
#include "nn/gguf/gguf.h"

G_BEGIN_DECLS

typedef enum {
  LLM_CHAT_CHATML,
  LLM_CHAT_LLAMA3,
  LLM_CHAT_GEMMA,
  LLM_CHAT_MISTRAL,
  LLM_CHAT_THINKING, /* ChatML with thoughts */
} LlmChatFamily;

typedef enum { LLM_ROLE_SYSTEM, LLM_ROLE_USER, LLM_ROLE_ASSISTANT } LlmRole;

/* From tokenizer.chat_template; without that key, ChatML if the vocabulary has <|im_start|>. */
gboolean llm_chat_family_from_gguf (const NnGguf *gguf, LlmChatFamily *family, GError **error);
/* source: the Jinja text; n bytes or -1. */
gboolean llm_chat_family_recognise (const char *source, gssize length, LlmChatFamily *family,
                                    GError **error);
const char *llm_chat_family_name (LlmChatFamily family);
/* Whether the family has a system role; where it has none (Gemma, Mistral), the system text belongs
 * at the head of the first user turn, followed by an empty line. */
gboolean llm_chat_family_has_system (LlmChatFamily family);
/* The text before and after a turn's content, to be encoded with LLM_TOKENIZE_SPECIAL; static
 * strings. The first turn of a prompt is preceded by BOS if the tokenizer asks for one. */
void llm_chat_turn (LlmChatFamily family, LlmRole role, const char **prefix, const char **suffix);
/* What opens the answer: the assistant's prefix; llm_chat_thought_prefix() follows. */
const char *llm_chat_answer_prefix (LlmChatFamily family);
/* What opens a thought, which any family may be asked for; or else, for models that think, an empty
 * one; or else "". */
const char *llm_chat_thought_prefix (LlmChatFamily family, gboolean is_thinking);
/* What closes a thought. */
#define LLM_CHAT_THOUGHT_END "</think>"
/* Whether models of the family were trained to think between these marks. */
gboolean llm_chat_family_thinks (LlmChatFamily family);

G_END_DECLS
