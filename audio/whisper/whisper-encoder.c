/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/whisper/whisper-private.h"

#include <math.h>
#include <string.h>

/* Row r takes the frames stride * r - 1 .. stride * r + 1 of all channels, [channel][offset], with
 * zeros outside: then a convolution is one matrix product. */
static void
gather_kernel (const float *x, int n_frames, int n_channels, int stride, int n_rows, float *rows)
{
  for (int r = 0; r < n_rows; r++) {
    float *row = rows + (size_t) r * (size_t) n_channels * AUDIO_WHISPER_KERNEL;

    for (int k = 0; k < AUDIO_WHISPER_KERNEL; k++) {
      const int frame = stride * r + k - 1;
      const float *source = x + (ptrdiff_t) frame * n_channels;

      if (frame < 0 || frame >= n_frames) {
        for (int c = 0; c < n_channels; c++)
          row[c * AUDIO_WHISPER_KERNEL + k] = 0.0f;
      } else {
        for (int c = 0; c < n_channels; c++)
          row[c * AUDIO_WHISPER_KERNEL + k] = source[c];
      }
    }
  }
}

static void
fill_cross_cache (AudioWhisper *whisper, AudioWhisperState *state, int layer)
{
  const int d = whisper->config.n_state;
  float *kv = state->wide;

  nn_linear_forward (whisper->text_blocks[layer].cross.kv, whisper->context, state->states,
                     state->n_rows, (size_t) d, kv, 2 * (size_t) d);
  nn_kv_cache_store (state->cross, layer, 0, state->n_rows, kv, kv + d, 2 * (size_t) d);
}

static gboolean
encode_in_floats (AudioWhisper *whisper, AudioWhisperState *state, const float *mel, int n_frames,
                  int n_blocks, AudioWhisperTap tap, gpointer user_data)
{
  const AudioWhisperConfig *c = &whisper->config;
  NnContext *nn = whisper->context;
  const int d = c->n_state;
  const size_t stride = (size_t) d;
  const int n_rows = n_frames / 2;
  const int head_dim = d / c->n_heads;
  const NnAttention attention = { .n_heads = c->n_heads,
                                  .head_dim = head_dim,
                                  .scale = 1.0f / sqrtf ((float) head_dim) };
  float *x = state->states;
  float *narrow = state->narrow;
  float *wide = state->wide;

  /* Two convolutions of width 3, the second of stride 2, then fixed sinusoids. */
  gather_kernel (mel, n_frames, c->n_mels, 1, n_frames, wide);
  nn_linear_forward (whisper->conv1, nn, wide, n_frames, AUDIO_WHISPER_KERNEL * (size_t) c->n_mels,
                     narrow, stride);
  nn_gelu_erf (nn, narrow, n_frames, d);
  gather_kernel (narrow, n_frames, d, 2, n_rows, wide);
  nn_linear_forward (whisper->conv2, nn, wide, n_rows, AUDIO_WHISPER_KERNEL * stride, x, stride);
  nn_gelu_erf (nn, x, n_rows, d);
  nn_add (nn, x, whisper->audio_positions, (size_t) n_rows * stride);

  for (int i = 0; i < n_blocks; i++) {
    const AudioWhisperBlock *b = &whisper->audio_blocks[i];

    if (nn_context_is_cancelled (nn))
      return FALSE;

    nn_layer_norm (nn, x, b->self.norm.weight, b->self.norm.bias, AUDIO_WHISPER_NORM_EPS, n_rows, d,
                   narrow);
    nn_linear_forward (b->self.qkv, nn, narrow, n_rows, stride, wide, 3 * stride);
    nn_attention_full (nn, &attention, wide, n_rows, 3 * stride, wide + d, wide + 2 * d, n_rows,
                       3 * stride, narrow, NULL);
    nn_linear_forward_add (b->self.out, nn, narrow, n_rows, stride, x, stride);

    nn_layer_norm (nn, x, b->mlp.norm.weight, b->mlp.norm.bias, AUDIO_WHISPER_NORM_EPS, n_rows, d,
                   narrow);
    nn_linear_forward (b->mlp.up, nn, narrow, n_rows, stride, wide, 4 * stride);
    nn_gelu_erf (nn, wide, n_rows, 4 * d);
    nn_linear_forward_add (b->mlp.down, nn, wide, n_rows, 4 * stride, x, stride);

    if (tap != NULL)
      tap (i, x, n_rows, user_data);
  }
  return TRUE;
}

const float *
audio_whisper_encode_blocks (AudioWhisper *whisper, AudioWhisperState *state, const float *mel,
                             int n_frames, int n_blocks, AudioWhisperTap tap, gpointer user_data)
{
  const AudioWhisperConfig *c = &whisper->config;
  gboolean is_done;

  g_return_val_if_fail (n_frames > 0 && n_frames % 2 == 0 && n_frames / 2 <= c->n_audio_ctx, NULL);
  g_return_val_if_fail (n_blocks >= 0 && n_blocks <= c->n_audio_layers, NULL);

  state->n_rows = 0;
  if (whisper->lanes.kernels != NULL)
    is_done =
        audio_whisper_lanes_encode (whisper, state, mel, n_frames, n_blocks, FALSE, tap, user_data);
  else
    is_done = encode_in_floats (whisper, state, mel, n_frames, n_blocks, tap, user_data);
  return is_done ? state->states : NULL;
}

gboolean
audio_whisper_encode (AudioWhisper *whisper, AudioWhisperState *state, const float *mel,
                      int n_frames, AudioWhisperTap tap, gpointer user_data)
{
  const AudioWhisperConfig *c = &whisper->config;
  NnContext *nn = whisper->context;
  const int n_rows = n_frames / 2;

  if (whisper->lanes.kernels != NULL) {
    g_return_val_if_fail (n_frames > 0 && n_frames % 2 == 0 && n_rows <= c->n_audio_ctx, FALSE);
    state->n_rows = 0;
    if (!audio_whisper_lanes_encode (whisper, state, mel, n_frames, c->n_audio_layers, TRUE, tap,
                                     user_data))
      return FALSE;
    state->n_rows = n_rows;
    return TRUE;
  }
  if (audio_whisper_encode_blocks (whisper, state, mel, n_frames, c->n_audio_layers, tap, user_data)
      == NULL)
    return FALSE;
  nn_layer_norm (nn, state->states, whisper->audio_norm.weight, whisper->audio_norm.bias,
                 AUDIO_WHISPER_NORM_EPS, n_rows, c->n_state, state->states);

  /* What the decoder's cross-attention reads does not change within a window: made once. */
  state->n_rows = n_rows;
  for (int i = 0; i < c->n_text_layers; i++) {
    if (nn_context_is_cancelled (nn))
      return FALSE;
    fill_cross_cache (whisper, state, i);
  }
  return TRUE;
}
