/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The insides of a decoder that its searches share. */

#pragma once

#include "audio/whisper/transcribe-private.h"

G_BEGIN_DECLS

/* A sequence under way, or one that has ended. */
typedef struct {
  int *tokens; /* room for n_max */
  int n_tokens;
  double *sums;    /* room for n_max: the score up to and with each token */
  double score;    /* sum of log probabilities */
  guint64 letters; /* a hash of the text's, without case, marks and spaces */
} AudioHypothesis;

struct _AudioDecoder {
  AudioWhisper *whisper;
  const AudioWhisperVocab *vocab;
  AudioWhisperState *state;
  int n_beams;
  int n_max;   /* tokens a window can give */
  int n_steps; /* tokens that passed the network */

  int *prompt; /* room for n_text_ctx */
  int n_prompt;
  int sot_index; /* of the start of transcript in the prompt */
  float no_speech_probability;

  AudioDecoding tries[2]; /* the best so far, and the one at hand */

  AudioHypothesis *live;     /* n_beams */
  AudioHypothesis *next;     /* n_beams */
  AudioHypothesis *finished; /* n_beams */
  int *parents;              /* n_beams */
  int *step;                 /* n_beams: tokens of a step */
};

/* What `letters` of a hypothesis would be. */
guint64 audio_tokens_hash (const AudioWhisperVocab *vocab, const int *tokens, int n_tokens);
/* Feeds the prompt to beam 0; returns the logits that follow it and notes how probable it is that
 * nobody speaks. */
float *audio_decoder_start (AudioDecoder *decoder);

G_END_DECLS
