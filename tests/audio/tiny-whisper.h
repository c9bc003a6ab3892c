/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A Whisper of a few thousand seeded weights, the same as tools/goldens/whisper makes. */

#pragma once

#include "audio/whisper/whisper.h"
#include "tests/support/gguf-builder.h"

G_BEGIN_DECLS

enum {
  TINY_N_MELS = 8,
  TINY_N_AUDIO_CTX = 16,
  TINY_N_STATE = 64,
  TINY_N_HEADS = 4,
  TINY_N_LAYERS = 2,
  TINY_N_TEXT_CTX = 48,
  TINY_N_VOCAB = 96,
  TINY_EOT = 60,
  TINY_SOT,
  TINY_ENGLISH,
  TINY_CHINESE,
  TINY_TRANSLATE,
  TINY_TRANSCRIBE,
  TINY_START_OF_LM,
  TINY_SOT_PREV,
  TINY_NO_SPEECH,
  TINY_NO_TIMESTAMPS,
  TINY_TIMESTAMP_BEGIN
};

/* FNV-1a of the name seeds a linear congruential generator of -1..1. */
void tiny_whisper_seeded (const char *name, size_t n, float scale, float offset, float *values);
/* left_out: NULL, or a key or tensor that is not to be there. (transfer full). */
GgufBuilder *tiny_whisper_builder (const char *left_out);
NnGguf *tiny_whisper_gguf (void);
/* Lines of a golden that begin with `start`, NULL-terminated, without it. (transfer full). */
char **tiny_whisper_golden (const char *file, const char *start);
/* (transfer full): the numbers of a line. */
float *tiny_whisper_numbers (const char *line, size_t *n);

G_END_DECLS
