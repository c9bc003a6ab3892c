/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whisper: configuration, weights and the two networks. What was said is transcribe.h's business.
 *
 * Encoder: mel [3000, n_mels] -> two convolutions -> n_audio_layers blocks -> states [1500,
 * n_state]; a shorter n_frames is possible. Decoder: tokens, as a prompt or one at a time for
 * several beams at once, over the states' cross-attention keys. Weights are immutable and shared;
 * a state holds what one window needs and is used by the thread that owns the context. Nothing
 * after loading allocates or fails; a cancelled context makes encode return FALSE and leaves the
 * logits of decode meaningless. audio/whisper/WHISPER.md describes the model well enough to write
 * it again. Source: Radford et al. 2022.
 *
 *   g_autoptr (AudioWhisper) whisper = audio_whisper_load (context, path, &error);
 *   g_autoptr (AudioWhisperState) state = audio_whisper_state_new (whisper, n_beams, &error);
 *   audio_whisper_encode (whisper, state, mel, 3000, NULL, NULL);
 *   logits = audio_whisper_decode (whisper, state, 0, prompt, n_prompt, 0);
 *   logits = audio_whisper_step (whisper, state, 1, &token, n_prompt);
 */

#pragma once

#include "audio/base/audio-error.h"
#include "nn/gguf/gguf.h"
#include "nn/ops/context.h"

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

/* (transfer full). The context is borrowed and must outlive it. AUDIO_ERROR_MODEL for a file that
 * holds another model, NN_ERROR_* for a damaged one or a tensor that does not fit. */
AudioWhisper *audio_whisper_load (NnContext *context, const char *path, GError **error);
/* The same from a file that is open; keeps a reference. */
AudioWhisper *audio_whisper_load_gguf (NnContext *context, NnGguf *gguf, GError **error);
void audio_whisper_free (AudioWhisper *whisper);
const AudioWhisperConfig *audio_whisper_get_config (const AudioWhisper *whisper);
NnContext *audio_whisper_get_context (const AudioWhisper *whisper);
/* The file it came from: the tokenizer and what else is kept there. */
const NnGguf *audio_whisper_get_gguf (const AudioWhisper *whisper);

/* Scratch and caches for one window and up to n_beams sequences. (transfer full);
 * NN_ERROR_MEMORY. */
AudioWhisperState *audio_whisper_state_new (AudioWhisper *whisper, int n_beams, GError **error);
void audio_whisper_state_free (AudioWhisperState *state);
/* Room for up to n_beams sequences; the state stays where it is, for whoever borrowed it. What it
 * held of a window is gone if it had to grow. FALSE, and the state as it was: NN_ERROR_MEMORY. */
gboolean audio_whisper_state_reserve_beams (AudioWhisper *whisper, AudioWhisperState *state,
                                            int n_beams, GError **error);
int audio_whisper_state_get_n_beams (const AudioWhisperState *state);

/* mel: [n_frames, n_mels], n_frames even and at most 2 * n_audio_ctx. Fills the state's encoder
 * output and cross-attention keys and values. tap: NULL, or called after each block with [n_frames
 * / 2, n_state] (heads and voices read blocks 2 and 3). FALSE if cancelled. */
typedef void (*AudioWhisperTap) (int block, const float *states, int n_rows, gpointer user_data);
gboolean audio_whisper_encode (AudioWhisper *whisper, AudioWhisperState *state, const float *mel,
                               int n_frames, AudioWhisperTap tap, gpointer user_data);
/* The convolutions and the first n_blocks blocks only, without the final norm and the decoder's
 * keys: [n_frames / 2, n_state], valid until the next encode, NULL if cancelled. A part of the
 * cost, for those that read inner blocks. What the state held of a window before is gone. */
const float *audio_whisper_encode_blocks (AudioWhisper *whisper, AudioWhisperState *state,
                                          const float *mel, int n_frames, int n_blocks,
                                          AudioWhisperTap tap, gpointer user_data);
/* The encoder's output after the final norm, [*n_rows, n_state]; valid until the next encode. */
const float *audio_whisper_get_states (const AudioWhisperState *state, int *n_rows);

/* Appends n_tokens tokens at positions first .. to the beam's self-attention cache; returns the
 * logits of the last one, n_vocab floats, valid until the next call and free to be overwritten. */
float *audio_whisper_decode (AudioWhisper *whisper, AudioWhisperState *state, int beam,
                             const int *tokens, int n_tokens, int first);
/* One token for each of the beams 0 .. n_beams - 1, all at the same position; returns logits
 * [n_beams, n_vocab]. */
float *audio_whisper_step (AudioWhisper *whisper, AudioWhisperState *state, int n_beams,
                           const int *tokens, int position);
/* Beam i goes on from what beam parents[i] had, for i < n_beams; parents may repeat. Only the
 * first n_positions positions matter. */
void audio_whisper_reorder_beams (AudioWhisperState *state, const int *parents, int n_beams,
                                  int n_positions);

/* Reads tokens from position 0 again, in beam 0, and gives what word times are made of.
 * attention: [n_alignment_heads, n_tokens, n_rows], the cross-attention probabilities of the
 * alignment heads over the first n_rows rows of the states. probabilities: [n_tokens], of each
 * token given those before it, among the ids below n_choices; that of the first is 0. FALSE if
 * cancelled. */
gboolean audio_whisper_align (AudioWhisper *whisper, AudioWhisperState *state, const int *tokens,
                              int n_tokens, int n_choices, int n_rows, float *attention,
                              float *probabilities);
int audio_whisper_get_n_alignment_heads (const AudioWhisper *whisper);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioWhisper, audio_whisper_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioWhisperState, audio_whisper_state_free)

G_END_DECLS
