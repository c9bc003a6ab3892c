/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a part of the engine must do at the least: what it reads, and what it computes. Divided by
 * what the machine can do (app/models/machine-limits.h) that is the time which no program can beat.
 *
 * A prompt and an encoder are bound by products, counted as 8-bit ones for language models and as
 * bf16 ones (fp32, where there are none) for Whisper and for attention; a token that is written is
 * bound by the weights, of which each is read once.
 */

#pragma once

#include "app/models/machine-limits.h"
#include "audio/whisper/whisper.h"
#include "llm/decoder/model.h"

G_BEGIN_DECLS

typedef struct {
  double read_bytes;
  double int8_ops;
  double float_ops;
} AppBenchWork;

/* A window of 30 s, with the keys and values that it leaves to the decoder. */
AppBenchWork app_bench_work_of_encoder (const AudioWhisperConfig *config);
/* A token, with weights of 8 bits. */
AppBenchWork app_bench_work_of_decoder (const AudioWhisperConfig *config);
/* A prompt of n tokens. gguf: the model's file. */
AppBenchWork app_bench_work_of_prompt (const NnGguf *gguf, const LlmConfig *config, int n_tokens);
/* A token after `depth` positions. */
AppBenchWork app_bench_work_of_token (const NnGguf *gguf, const LlmConfig *config, int depth);

/* 0: there is no work, or the machine was not measured. */
double app_bench_work_get_seconds (const AppBenchWork *work, const AppLimits *limits);

G_END_DECLS
