/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The audio blocks of the unified vocabulary, and a Hearing as a sequence of its ids.
 *
 * Blocks: "audio" (the markers <|audio|> and <|/audio|>), "segment" (numbers by which answers refer
 * to lines), "time" (a tenth of a second each), "speaker" (A to Z). A Hearing becomes
 *
 *   <|audio|> <|segment 1|> <|time 0.0|> [<|speaker A|>] words ... <|time 2.6|> ... <|/audio|>
 *
 * with text tokens for the words. This is the one place that knows what the ids mean.
 */

#pragma once

#include "app/hearing.h"
#include "llm/prompt.h"

G_BEGIN_DECLS

#define APP_VOCAB_MAX_SEGMENTS 100000

/* Registers the blocks; once per vocabulary. */
gboolean app_audio_vocab_register (LlmVocab *vocab, GError **error);

/* An id of the sequence, with the part of the recording that it belongs to. */
typedef struct {
  int id;
  double start, end; /* seconds */
  int segment;       /* 0-based; -1 for the markers */
} AppAudioToken;

/* (transfer full): a GArray of AppAudioToken. Segments are numbered from first_segment + 1, so that
 * several recordings in one prompt have different numbers. selected: NULL for all, else one
 * gboolean per segment: the others are left out, but keep their numbers. */
GArray *app_audio_vocab_tokenize (LlmVocab *vocab, const AppHearing *hearing, int first_segment,
                                  const gboolean *selected);

G_END_DECLS
