/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The insides of Whisper that its loader and its two forward passes share. */

#pragma once

#include "audio/whisper/whisper.h"
#include "nn/ops/kv-cache.h"
#include "nn/ops/lanes.h"
#include "nn/ops/linear.h"
#include "nn/ops/ops.h"

#define AUDIO_WHISPER_NORM_EPS 1e-5f
#define AUDIO_WHISPER_KERNEL 3     /* width of both convolutions */
#define AUDIO_WHISPER_CHUNK 32     /* rows of a prompt that pass the decoder together */
#define AUDIO_WHISPER_LOGIT_ROWS 8 /* rows of logits at once when a text is read again */

typedef struct {
  float *weight; /* [n_state] */
  float *bias;   /* [n_state] */
} AudioWhisperNorm;

typedef struct {
  AudioWhisperNorm norm;
  NnLinear *qkv; /* [3 n_state, n_state] */
  NnLinear *out; /* [n_state, n_state] */
} AudioWhisperSelfAttention;

typedef struct {
  AudioWhisperNorm norm;
  NnLinear *q;   /* [n_state, n_state] */
  NnLinear *kv;  /* [2 n_state, n_state], over the encoder's states */
  NnLinear *out; /* [n_state, n_state] */
} AudioWhisperCrossAttention;

typedef struct {
  AudioWhisperNorm norm;
  NnLinear *up;   /* [4 n_state, n_state] */
  NnLinear *down; /* [n_state, 4 n_state] */
} AudioWhisperMlp;

typedef struct {
  AudioWhisperSelfAttention self;
  AudioWhisperCrossAttention cross; /* of the decoder only */
  AudioWhisperMlp mlp;
} AudioWhisperBlock;

/* The weights of the encoder where the CPU multiplies in reduced precision; those of `self`, `mlp`
 * and the cross-attention's kv are then NULL. */
typedef struct {
  NnLaneLinear *qkv;
  NnLaneLinear *out;
  NnLaneLinear *up;
  NnLaneLinear *down;
} AudioWhisperLaneBlock;

typedef struct {
  const NnLaneKernels *kernels; /* NULL: the encoder computes in float */
  NnLaneFormat format;
  NnLaneLinear *conv1;
  NnLaneLinear *conv2;
  AudioWhisperLaneBlock *blocks; /* n_audio_layers */
  NnLaneLinear **cross_kv;       /* n_text_layers */
} AudioWhisperLanes;

struct _AudioWhisper {
  NnContext *context; /* borrowed */
  NnGguf *gguf;
  AudioWhisperConfig config;

  NnLinear *conv1;        /* [n_state, n_mels * 3] */
  NnLinear *conv2;        /* [n_state, n_state * 3] */
  float *audio_positions; /* [n_audio_ctx, n_state] */
  AudioWhisperBlock *audio_blocks;
  AudioWhisperNorm audio_norm;
  AudioWhisperLanes lanes;

  gboolean is_rounded;   /* the decoder's weights are, to 8 bits */
  NnLinear *embedding;   /* [n_vocab, n_state]: tokens in, logits out */
  float *text_positions; /* [n_text_ctx, n_state] */
  AudioWhisperBlock *text_blocks;
  AudioWhisperNorm text_norm;

  const int32_t *alignment; /* layer, head, layer, head, ... */
  int n_alignment_heads;
};

struct _AudioWhisperState {
  int n_beams;
  int n_rows; /* of the window that is encoded; 0: none */

  /* Encoder. */
  float *states; /* [n_audio_ctx, n_state] */
  float *narrow; /* [2 n_audio_ctx + 1, n_state] */
  float *wide;   /* [n_audio_ctx, 4 n_state] or more, aligned to 64 */
  NnKvCache *cross;

  /* Decoder. */
  NnKvCache **beams;
  NnKvCache **reordered; /* scratch of a reordering */
  int n_chunk;
  float *x;      /* [n_chunk, n_state]: the residual stream */
  float *normed; /* [n_chunk, n_state] */
  float *mixed;  /* [n_chunk, n_state]: what attention gives */
  float *hidden; /* [n_chunk, 4 n_state]: q, k, v or the inside of the MLP */
  float *logits; /* [max (n_beams, AUDIO_WHISPER_LOGIT_ROWS), n_vocab] */
};

/* Floats of state->wide that the encoder in lanes needs. */
size_t audio_whisper_lanes_get_size (const AudioWhisper *whisper);
/* The encoder in lanes: as audio_whisper_encode_blocks(), and with is_whole all of
 * audio_whisper_encode(). FALSE if cancelled. */
gboolean audio_whisper_lanes_encode (AudioWhisper *whisper, AudioWhisperState *state,
                                     const float *mel, int n_frames, int n_blocks,
                                     gboolean is_whole, AudioWhisperTap tap, gpointer user_data);
