/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The audio blocks of the unified vocabulary, and a Hearing as a sequence of its ids.
 *
 * Blocks: "audio" (the markers <|audio|>, <|/audio|> and <|words|>), "segment" (numbers by which
 * answers refer to lines), "time" (a tenth of a second each), "speaker" (A to Z), and how it is
 * said: "gender", "certainty", "emotion", "pitch", "rate", "loudness", "pauses" (manner.h says what
 * is high, fast, loud). A Hearing becomes
 *
 *   <|audio|> <|segment 1|> <|time 0.0|> <|speaker A|> <|female|> <|certain|> <|angry|>
 *   <|pitch high|> <|rate normal|> <|loud|> <|no pauses|> <|words|> words ... <|time 2.6|> ...
 *   <|/audio|>
 *
 * with text tokens for the words. What is not known has no token; gender comes with the first line
 * of a voice; the end of a line where silence follows. What is usual has a token that is not read.
 * This is the one place that knows what the ids mean.
 */

#pragma once

#include "app/engine/voices.h"
#include "llm/session/prompt.h"

G_BEGIN_DECLS

#define APP_VOCAB_MAX_SEGMENTS 100000

/* Registers the blocks; once per vocabulary. */
gboolean app_audio_vocab_register (LlmVocab *vocab, GError **error);
/* (transfer none): the names of the blocks that tell by whom and how, ended by NULL. */
const char *const *app_audio_vocab_get_manner_blocks (void);
/* How the blocks that tell by whom and how are read. Errors: LLM_ERROR_ARGUMENT. */
gboolean app_audio_vocab_set_reading (LlmVocab *vocab, LlmVocabReading reading, GError **error);

/* An id of the sequence, with the part of the recording that it belongs to. */
typedef struct {
  int id;
  double start, end; /* seconds */
  int segment;       /* 0-based; -1 for the markers */
} AppAudioToken;

/* What a line has besides its words. */
typedef enum {
  APP_DETAIL_MANNER, /* number, times, by whom and how */
  APP_DETAIL_TIMES,  /* number and times; by whom, where several speak */
  APP_DETAIL_WORDS   /* by whom, where another speaks than before */
} AppDetail;

/* Zero is the default of each. */
typedef struct {
  int first_segment;        /* segments are numbered from first_segment + 1, so that several
                               recordings in one prompt have different numbers */
  const gboolean *selected; /* NULL for all, else one per segment: the others are left out, but keep
                               their numbers */
  const AppVoices *voices;  /* NULL: the speakers are lettered as in the recording itself */
  guint hearing;            /* the recording's number among those of the voices */
  AppDetail detail;
  guint aspects; /* of AppAspect (manner.h), told of a line; 0: all */
} AppAudioTokenOptions;

/* options: NULL for the defaults. (transfer full): a GArray of AppAudioToken. */
GArray *app_audio_vocab_tokenize (LlmVocab *vocab, const AppHearing *hearing,
                                  const AppAudioTokenOptions *options);
/* (transfer full): "1:05", "1:02:05": a time as the verbal form of its id has it. */
char *app_audio_vocab_format_time (double seconds);

G_END_DECLS
