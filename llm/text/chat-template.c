/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "llm/text/chat-template.h"

#include <string.h>

typedef struct {
  const char *name;
  const char *marks[2]; /* both stand in the Jinja source */
  const char *foreign;  /* what must not stand in it, or NULL */
  const char *system[2];
  const char *user[2];
  const char *assistant[2];
  gboolean thinks;
} Family;

/* In the order of LlmChatFamily. Mistral's pieces have no outer spaces: its SentencePiece
 * tokenizers begin every text that follows a control token with one. Llama 2 wraps its system text
 * in <<SYS>> and is another family. */
static const Family families[] = {
  { "ChatML",
    { "<|im_start|>", "<|im_end|>" },
    "<think>",
    { "<|im_start|>system\n", "<|im_end|>\n" },
    { "<|im_start|>user\n", "<|im_end|>\n" },
    { "<|im_start|>assistant\n", "<|im_end|>\n" },
    FALSE },
  { "Llama 3",
    { "<|start_header_id|>", "<|eot_id|>" },
    NULL,
    { "<|start_header_id|>system<|end_header_id|>\n\n", "<|eot_id|>" },
    { "<|start_header_id|>user<|end_header_id|>\n\n", "<|eot_id|>" },
    { "<|start_header_id|>assistant<|end_header_id|>\n\n", "<|eot_id|>" },
    FALSE },
  { "Gemma",
    { "<start_of_turn>", "<end_of_turn>" },
    NULL,
    { "", "\n\n" },
    { "<start_of_turn>user\n", "<end_of_turn>\n" },
    { "<start_of_turn>model\n", "<end_of_turn>\n" },
    FALSE },
  { "Mistral",
    { "[INST]", "[/INST]" },
    "<<SYS>>",
    { "", "\n\n" },
    { "[INST]", "[/INST]" },
    { "", "</s>" },
    FALSE },
  { "ChatML with thoughts",
    { "<|im_start|>", "<think>" },
    NULL,
    { "<|im_start|>system\n", "<|im_end|>\n" },
    { "<|im_start|>user\n", "<|im_end|>\n" },
    { "<|im_start|>assistant\n", "<|im_end|>\n" },
    TRUE },
};

static gboolean
contains (const char *text, size_t length, const char *needle)
{
  return memmem (text, length, needle, strlen (needle)) != NULL;
}

gboolean
llm_chat_family_recognise (const char *source, gssize length, LlmChatFamily *family, GError **error)
{
  size_t n = length < 0 ? strlen (source) : (size_t) length;
  g_autofree char *head = NULL;
  int found = -1, n_found = 0;

  for (size_t i = 0; i < G_N_ELEMENTS (families); i++) {
    const Family *f = &families[i];

    if (contains (source, n, f->marks[0]) && contains (source, n, f->marks[1])
        && (f->foreign == NULL || !contains (source, n, f->foreign))) {
      found = (int) i;
      n_found++;
    }
  }
  if (n_found == 1) {
    *family = (LlmChatFamily) found;
    return TRUE;
  }
  head = g_utf8_make_valid (source, (gssize) MIN (n, 60));
  g_strdelimit (head, "\r\n\t", ' ');
  g_set_error (error, LLM_ERROR, LLM_ERROR_TEMPLATE,
               "%s chat template (known: ChatML, Llama 3, Gemma, Mistral); it begins \"%s%s\"",
               n_found == 0 ? "unknown" : "ambiguous", head, n > 60 ? "…" : "");
  return FALSE;
}

gboolean
llm_chat_family_from_gguf (const NnGguf *gguf, LlmChatFamily *family, GError **error)
{
  static const char key[] = "tokenizer.chat_template";
  const NnGgufString *tokens;
  const char *source;
  size_t n;

  if (nn_gguf_has_key (gguf, key)) {
    source = nn_gguf_get_string (gguf, key, error);
    if (source == NULL)
      return FALSE;
    if (llm_chat_family_recognise (source, -1, family, error))
      return TRUE;
    g_prefix_error (error, "%s: ", nn_gguf_get_path (gguf));
    return FALSE;
  }
  tokens = nn_gguf_get_strings (gguf, "tokenizer.ggml.tokens", &n, error);
  if (tokens == NULL)
    return FALSE;
  for (size_t i = 0; i < n; i++)
    if (tokens[i].length == 12 && memcmp (tokens[i].data, "<|im_start|>", 12) == 0) {
      *family = LLM_CHAT_CHATML;
      return TRUE;
    }
  g_set_error (error, LLM_ERROR, LLM_ERROR_TEMPLATE,
               "%s: no chat template (%s) and no <|im_start|> in the vocabulary",
               nn_gguf_get_path (gguf), key);
  return FALSE;
}

const char *
llm_chat_family_name (LlmChatFamily family)
{
  return families[family].name;
}

gboolean
llm_chat_family_has_system (LlmChatFamily family)
{
  return family == LLM_CHAT_CHATML || family == LLM_CHAT_LLAMA3 || family == LLM_CHAT_THINKING;
}

void
llm_chat_turn (LlmChatFamily family, LlmRole role, const char **prefix, const char **suffix)
{
  const Family *f = &families[family];
  const char *const *around = role == LLM_ROLE_SYSTEM ? f->system
                              : role == LLM_ROLE_USER ? f->user
                                                      : f->assistant;

  *prefix = around[0];
  *suffix = around[1];
}

const char *
llm_chat_answer_prefix (LlmChatFamily family)
{
  return families[family].assistant[0];
}

const char *
llm_chat_thought_prefix (LlmChatFamily family, gboolean is_thinking)
{
  if (is_thinking)
    return "<think>\n";
  return families[family].thinks ? "<think>\n\n" LLM_CHAT_THOUGHT_END "\n\n" : "";
}

gboolean
llm_chat_family_thinks (LlmChatFamily family)
{
  return families[family].thinks;
}
