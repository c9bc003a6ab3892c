/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whisper: configuration, weights and the two networks. What was said is transcribe.h's business.
 *
 * Encoder: mel [3000, n_mels] -> two convolutions -> n_layers blocks -> states [1500, n_state]; a
 * shorter n_frames is possible. Decoder: tokens, one at a time or as a prompt, over the states'
 * cross-attention keys. Weights are immutable and shared; a WhisperState holds what one window
 * needs. audio/WHISPER.md (MODEL.md) describes it well enough to write it again. Source: Radford et
 * al. 2022.
 *
 *   g_autoptr (AudioWhisper) whisper = audio_whisper_load (context, path, &error);
 *   AudioWhisperState *state = audio_whisper_state_new (whisper, n_beams);
 *   audio_whisper_encode (whisper, state, mel, 3000, NULL);
 *   logits = audio_whisper_decode (whisper, state, beam, tokens, n_tokens, first);
 */

#pragma once

#include "audio/audio-error.h"
#include "nn/context.h"
#include "nn/gguf.h"

G_BEGIN_DECLS

typedef struct {
  int n_mels;         /* 80 */
  int n_audio_ctx;    /* 1500 */
  int n_state;        /* 512 */
  int n_heads;        /* 8 */
  int n_audio_layers; /* 6 */
  int n_text_layers;  /* 6 */
  int n_text_ctx;     /* 448 */
  int n_vocab;        /* 51865 */
} AudioWhisperConfig;

typedef struct _AudioWhisper AudioWhisper;
typedef struct _AudioWhisperState AudioWhisperState;

AudioWhisper *audio_whisper_load (NnContext *context, const char *path, GError **error);
void audio_whisper_free (AudioWhisper *whisper);
const AudioWhisperConfig *audio_whisper_get_config (const AudioWhisper *whisper);
NnContext *audio_whisper_get_context (const AudioWhisper *whisper);

AudioWhisperState *audio_whisper_state_new (AudioWhisper *whisper, int n_beams);
void audio_whisper_state_free (AudioWhisperState *state);

/* mel: [n_frames, n_mels], n_frames even and at most 2 * n_audio_ctx. Fills the state's encoder
 * output and cross-attention keys and values. tap: NULL, or called after each block with [n_frames
 * / 2, n_state] (heads and voices read blocks 2 and 3). FALSE if cancelled. */
typedef void (*AudioWhisperTap) (int block, const float *states, int n_rows, gpointer user_data);
gboolean audio_whisper_encode (AudioWhisper *whisper, AudioWhisperState *state, const float *mel,
                               int n_frames, AudioWhisperTap tap, gpointer user_data);
/* The encoder's output after the final norm, [*n_rows, n_state]; valid until the next encode. */
const float *audio_whisper_get_states (const AudioWhisperState *state, int *n_rows);
/* Appends tokens at positions first .. to the beam's self-attention cache; logits of the last
 * token, n_vocab floats, valid until the next call. weights: NULL, or takes cross-attention
 * probabilities of the last layers, see transcribe. */
const float *audio_whisper_decode (AudioWhisper *whisper, AudioWhisperState *state, int beam,
                                   const int *tokens, int n_tokens, int first);
void audio_whisper_copy_beam (AudioWhisperState *state, int to, int from, int n_positions);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioWhisper, audio_whisper_free)

G_END_DECLS
