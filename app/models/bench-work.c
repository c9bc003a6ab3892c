/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/models/bench-work.h"

#include <string.h>

#define TAPS 3 /* of Whisper's convolutions */
#define HALF_BYTES 2

AppBenchWork
app_bench_work_of_encoder (const AudioWhisperConfig *config)
{
  double n = config->n_audio_ctx, d = config->n_state;
  double convolutions = 2.0 * TAPS * (2.0 * n * config->n_mels * d + n * d * d);
  double blocks = config->n_audio_layers * (n * 24.0 * d * d + 4.0 * n * n * d);
  double keys = config->n_text_layers * 4.0 * n * d * d;
  return (AppBenchWork){ .float_ops = convolutions + blocks + keys };
}

AppBenchWork
app_bench_work_of_decoder (const AudioWhisperConfig *config)
{
  double d = config->n_state;
  /* Self-attention 4, cross-attention 2 (its keys and values are there), feed-forward 8. */
  double weights = config->n_text_layers * 14.0 * d * d + (double) config->n_vocab * d;
  double cache = config->n_text_layers * 2.0 * config->n_audio_ctx * d * HALF_BYTES;
  return (AppBenchWork){ .read_bytes = weights + cache };
}

/* Of the matrices that a token goes through; the embedding is one of them only where it is the
 * output, too. */
static void
count_weights (const NnGguf *gguf, double *n_values, double *n_bytes)
{
  gboolean has_output = nn_gguf_find (gguf, "output.weight") != NULL;
  *n_values = *n_bytes = 0.0;
  for (size_t i = 0; i < nn_gguf_get_n_tensors (gguf); i++) {
    const NnTensor *tensor = nn_gguf_get_tensor (gguf, i);
    if (tensor->n_dims != 2 || (has_output && strcmp (tensor->name, "token_embd.weight") == 0))
      continue;
    *n_values += (double) tensor->dims[0] * (double) tensor->dims[1];
    *n_bytes += (double) tensor->n_bytes;
  }
}

AppBenchWork
app_bench_work_of_prompt (const NnGguf *gguf, const LlmConfig *config, int n_tokens)
{
  double n = n_tokens, n_values, n_bytes;
  double output = (double) config->n_embd * config->n_vocab; /* of the last token only */
  count_weights (gguf, &n_values, &n_bytes);
  return (AppBenchWork){
    .int8_ops = 2.0 * (n * (n_values - output) + output),
    .float_ops = 2.0 * n * n * config->n_layers * config->n_heads * config->head_dim,
  };
}

AppBenchWork
app_bench_work_of_token (const NnGguf *gguf, const LlmConfig *config, int depth)
{
  double n_values, n_bytes;
  count_weights (gguf, &n_values, &n_bytes);
  n_bytes += 2.0 * HALF_BYTES * depth * config->n_layers * config->n_kv_heads * config->head_dim;
  return (AppBenchWork){ .read_bytes = n_bytes };
}

double
app_bench_work_get_seconds (const AppBenchWork *work, const AppLimits *limits)
{
  double float_peak = limits->bf16_ops > 0.0 ? limits->bf16_ops : limits->fp32_ops;
  double int8_peak = limits->int8_ops > 0.0 ? limits->int8_ops : limits->fp32_ops;
  if (limits->read_bytes <= 0.0 || float_peak <= 0.0)
    return 0.0;
  return work->read_bytes / limits->read_bytes + work->int8_ops / int8_peak
         + work->float_ops / float_peak;
}
