/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A decoder-only language model: configuration and weights of one GGUF file.
 *
 * Architectures: llama, qwen2, qwen3, gemma3. Every tensor's shape is checked here against one
 * table per architecture; after that a forward pass cannot fail. Weights are immutable and shared
 * by all sessions. llm/decoder/MODEL.md describes the forward passes and where the facts come from.
 *
 *   g_autoptr (LlmModel) model = llm_model_load (context, path, NULL, NULL, &error);
 */

#pragma once

#include "llm/text/chat-template.h"
#include "llm/text/tokenizer.h"
#include "nn/ops/context.h"

G_BEGIN_DECLS

typedef enum { LLM_ARCH_LLAMA, LLM_ARCH_QWEN2, LLM_ARCH_QWEN3, LLM_ARCH_GEMMA3 } LlmArch;

typedef struct {
  LlmArch arch;
  int n_layers;
  int n_embd;
  int n_heads;
  int n_kv_heads;
  int head_dim;
  int n_ff;
  int n_vocab;
  int n_ctx_train; /* positions the model was trained for */
  float norm_eps;
  float rope_base;
  float rope_base_local; /* gemma3: of the layers with a sliding window */
  float rope_scale;      /* positions are multiplied by this */
  int window;            /* gemma3: sliding window, else 0 */
  int window_pattern;    /* gemma3: every window_pattern-th layer is global */
  float attention_scale;
} LlmConfig;

typedef struct _LlmModel LlmModel;

/* progress: NULL, or called with 0..1 from the loading thread; context->cancel stops it
 * (LLM_ERROR_CANCELLED, or NN_ERROR_CANCELLED within a layer). (transfer full). Errors:
 * LLM_ERROR_*, NN_ERROR_*. */
typedef void (*LlmProgress) (double fraction, gpointer user_data);
LlmModel *llm_model_load (NnContext *context, const char *path, LlmProgress progress,
                          gpointer user_data, GError **error);
/* Whether llm_model_load() knows what to do with the file: architecture, tokenizer and chat
 * template. Reads no weights. */
gboolean llm_model_check (const NnGguf *gguf, GError **error);
LlmModel *llm_model_ref (LlmModel *model);
void llm_model_unref (LlmModel *model);

const LlmConfig *llm_model_get_config (const LlmModel *model);
LlmTokenizer *llm_model_get_tokenizer (const LlmModel *model); /* (transfer none) */
LlmChatFamily llm_model_get_chat_family (const LlmModel *model);
const char *llm_model_get_name (const LlmModel *model); /* general.name, or the file's base name */
/* The embedding row of a text id, n_embd floats. */
void llm_model_get_embedding (const LlmModel *model, int id, float *row);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlmModel, llm_model_unref)

G_END_DECLS
