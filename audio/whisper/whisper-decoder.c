/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/whisper/whisper-private.h"

#include <math.h>
#include <string.h>

/* Rows that pass the decoder together: either n_rows tokens of one beam at positions first .., or
 * one token for each of the beams 0 .. n_rows - 1 at position first. */
typedef struct {
  const int *tokens;
  int n_rows;
  int first;
  int beam;         /* of a prompt */
  gboolean is_step; /* one token a beam */
  /* Where alignment wants the queries' attention over the first n_keys states, else NULL:
   * [n_alignment_heads, n_total, n_keys], these rows standing at `first`. */
  float *attention;
  int n_total;
  int n_keys;
} Batch;

static void
embed (AudioWhisper *whisper, AudioWhisperState *state, const Batch *batch)
{
  const int d = whisper->config.n_state;

  for (int r = 0; r < batch->n_rows; r++) {
    const int position = batch->is_step ? batch->first : batch->first + r;
    const float *p = whisper->text_positions + (size_t) position * (size_t) d;
    float *x = state->x + (size_t) r * (size_t) d;

    nn_linear_get_row (whisper->embedding, batch->tokens[r], x);
    for (int i = 0; i < d; i++)
      x[i] += p[i];
  }
}

static void
attend_to_self (AudioWhisper *whisper, AudioWhisperState *state, const Batch *batch, int layer,
                const NnAttention *attention)
{
  const int d = whisper->config.n_state;
  const size_t stride = 3 * (size_t) d;
  const int n_groups = batch->is_step ? batch->n_rows : 1;
  const int n_rows = batch->is_step ? 1 : batch->n_rows;

  for (int g = 0; g < n_groups; g++) {
    NnKvCache *cache = state->beams[batch->is_step ? g : batch->beam];
    const float *qkv = state->hidden + (size_t) g * stride;

    nn_kv_cache_store (cache, layer, batch->first, n_rows, qkv + d, qkv + 2 * d, stride);
    nn_attention_cached (whisper->context, attention, cache, layer, qkv, n_rows, stride,
                         batch->first, state->mixed + (size_t) g * (size_t) d);
  }
}

/* The probabilities that the alignment heads of this layer give to each state. The keys are turned
 * so that the inner loop runs over states. */
static void
record_attention (AudioWhisper *whisper, AudioWhisperState *state, const Batch *batch, int layer,
                  float scale)
{
  const size_t d = (size_t) whisper->config.n_state;
  const int head_dim = whisper->config.n_state / whisper->config.n_heads;
  const int n_keys = batch->n_keys;
  float *turned = state->wide;

  for (int a = 0; a < whisper->n_alignment_heads; a++) {
    const int head = whisper->alignment[2 * a + 1];
    const uint16_t *keys;

    if (whisper->alignment[2 * a] != layer)
      continue;
    keys = nn_kv_cache_keys (state->cross, layer, head);
    for (int k = 0; k < n_keys; k++)
      for (int i = 0; i < head_dim; i++)
        turned[(size_t) i * (size_t) n_keys + (size_t) k] =
            nn_f16_to_f32 (keys[(k / NN_KV_TILE * head_dim + i) * NN_KV_TILE + k % NN_KV_TILE]);

    for (int r = 0; r < batch->n_rows; r++) {
      const float *q = state->hidden + (size_t) r * d + (size_t) (head * head_dim);
      const size_t row = (size_t) a * (size_t) batch->n_total + (size_t) (batch->first + r);
      float *out = batch->attention + row * (size_t) n_keys;

      memset (out, 0, (size_t) n_keys * sizeof *out);
      for (int i = 0; i < head_dim; i++) {
        const float *component = turned + (size_t) i * (size_t) n_keys;
        const float scaled = q[i] * scale;

        for (int k = 0; k < n_keys; k++)
          out[k] += scaled * component[k];
      }
      nn_softmax (out, n_keys);
    }
  }
}

/* Leaves the normed outputs of all rows in state->normed. FALSE if cancelled. */
static gboolean
forward (AudioWhisper *whisper, AudioWhisperState *state, const Batch *batch)
{
  const AudioWhisperConfig *c = &whisper->config;
  NnContext *nn = whisper->context;
  const int d = c->n_state;
  const size_t stride = (size_t) d;
  const int n = batch->n_rows;
  const int head_dim = d / c->n_heads;
  const NnAttention attention = { .n_heads = c->n_heads,
                                  .head_dim = head_dim,
                                  .scale = 1.0f / sqrtf ((float) head_dim) };
  NnAttention cross = attention;
  float *x = state->x;
  float *normed = state->normed;
  float *mixed = state->mixed;
  float *hidden = state->hidden;

  cross.n_keys = state->n_rows;
  embed (whisper, state, batch);
  for (int i = 0; i < c->n_text_layers; i++) {
    const AudioWhisperBlock *b = &whisper->text_blocks[i];

    if (nn_context_is_cancelled (nn))
      return FALSE;

    nn_layer_norm (nn, x, b->self.norm.weight, b->self.norm.bias, AUDIO_WHISPER_NORM_EPS, n, d,
                   normed);
    nn_linear_forward (b->self.qkv, nn, normed, n, stride, hidden, 3 * stride);
    attend_to_self (whisper, state, batch, i, &attention);
    nn_linear_forward_add (b->self.out, nn, mixed, n, stride, x, stride);

    nn_layer_norm (nn, x, b->cross.norm.weight, b->cross.norm.bias, AUDIO_WHISPER_NORM_EPS, n, d,
                   normed);
    nn_linear_forward (b->cross.q, nn, normed, n, stride, hidden, stride);
    nn_attention_cached (nn, &cross, state->cross, i, hidden, n, stride, 0, mixed);
    if (batch->attention != NULL)
      record_attention (whisper, state, batch, i, attention.scale);
    nn_linear_forward_add (b->cross.out, nn, mixed, n, stride, x, stride);

    nn_layer_norm (nn, x, b->mlp.norm.weight, b->mlp.norm.bias, AUDIO_WHISPER_NORM_EPS, n, d,
                   normed);
    nn_linear_forward (b->mlp.up, nn, normed, n, stride, hidden, 4 * stride);
    nn_gelu_erf (nn, hidden, n, 4 * d);
    nn_linear_forward_add (b->mlp.down, nn, hidden, n, 4 * stride, x, stride);
  }
  nn_layer_norm (nn, x, whisper->text_norm.weight, whisper->text_norm.bias, AUDIO_WHISPER_NORM_EPS,
                 n, d, normed);
  return TRUE;
}

static void
compute_logits (AudioWhisper *whisper, AudioWhisperState *state, int first_row, int n_rows)
{
  const size_t d = (size_t) whisper->config.n_state;

  nn_linear_forward (whisper->embedding, whisper->context, state->normed + (size_t) first_row * d,
                     n_rows, d, state->logits, (size_t) whisper->config.n_vocab);
}

float *
audio_whisper_decode (AudioWhisper *whisper, AudioWhisperState *state, int beam, const int *tokens,
                      int n_tokens, int first)
{
  g_return_val_if_fail (n_tokens > 0 && beam >= 0 && beam < state->n_beams, state->logits);
  g_return_val_if_fail (first >= 0 && n_tokens <= whisper->config.n_text_ctx - first,
                        state->logits);
  g_return_val_if_fail (state->n_rows > 0, state->logits);

  for (int done = 0; done < n_tokens;) {
    const int n = MIN (n_tokens - done, state->n_chunk);
    const Batch batch = {
      .tokens = tokens + done, .n_rows = n, .first = first + done, .beam = beam
    };

    if (!forward (whisper, state, &batch))
      break;
    done += n;
    if (done == n_tokens)
      compute_logits (whisper, state, n - 1, 1);
  }
  return state->logits;
}

float *
audio_whisper_step (AudioWhisper *whisper, AudioWhisperState *state, int n_beams, const int *tokens,
                    int position)
{
  const Batch batch = { .tokens = tokens, .n_rows = n_beams, .first = position, .is_step = TRUE };

  g_return_val_if_fail (n_beams > 0 && n_beams <= state->n_beams, state->logits);
  g_return_val_if_fail (position >= 0 && position < whisper->config.n_text_ctx, state->logits);
  g_return_val_if_fail (state->n_rows > 0, state->logits);

  if (forward (whisper, state, &batch))
    compute_logits (whisper, state, 0, n_beams);
  return state->logits;
}

void
audio_whisper_reorder_beams (AudioWhisperState *state, const int *parents, int n_beams,
                             int n_positions)
{
  NnKvCache **to = state->reordered;
  int n_free = 0;

  g_return_if_fail (n_beams <= state->n_beams);

  /* The first child of a parent takes its cache over; only further ones copy. */
  memset (to, 0, (size_t) state->n_beams * sizeof *to);
  for (int i = 0; i < n_beams; i++) {
    gboolean is_first = TRUE;

    for (int j = 0; j < i; j++)
      is_first = is_first && parents[j] != parents[i];
    if (is_first)
      to[i] = state->beams[parents[i]];
  }
  for (int i = 0; i < state->n_beams; i++) {
    gboolean is_used = FALSE;

    if (to[i] != NULL)
      continue;
    while (n_free < state->n_beams) {
      is_used = FALSE;
      for (int j = 0; j < n_beams; j++)
        is_used = is_used || parents[j] == n_free;
      if (!is_used)
        break;
      n_free++;
    }
    to[i] = state->beams[n_free++];
    if (i < n_beams)
      nn_kv_cache_copy (to[i], state->beams[parents[i]], n_positions);
  }
  state->reordered = state->beams;
  state->beams = to;
}

/* The probability of `token` among the first n_choices logits. */
static float
token_probability (const float *logits, int n_choices, int token)
{
  float max = logits[0];
  double sum = 0.0;

  for (int i = 1; i < n_choices; i++)
    max = fmaxf (max, logits[i]);
  for (int i = 0; i < n_choices; i++)
    sum += (double) expf (logits[i] - max);
  return token < n_choices ? (float) ((double) expf (logits[token] - max) / sum) : 0.0f;
}

gboolean
audio_whisper_align (AudioWhisper *whisper, AudioWhisperState *state, const int *tokens,
                     int n_tokens, int n_choices, int n_rows, float *attention,
                     float *probabilities)
{
  const size_t n_vocab = (size_t) whisper->config.n_vocab;

  g_return_val_if_fail (n_tokens > 0 && n_tokens <= whisper->config.n_text_ctx, FALSE);
  g_return_val_if_fail (n_rows > 0 && n_rows <= state->n_rows, FALSE);

  probabilities[0] = 0.0f;
  for (int done = 0; done < n_tokens; done += state->n_chunk) {
    const int n = MIN (n_tokens - done, state->n_chunk);
    const Batch batch = { .tokens = tokens + done,
                          .n_rows = n,
                          .first = done,
                          .attention = attention,
                          .n_total = n_tokens,
                          .n_keys = n_rows };

    if (!forward (whisper, state, &batch))
      return FALSE;
    for (int r = 0; r < n; r += AUDIO_WHISPER_LOGIT_ROWS) {
      const int n_logits = MIN (n - r, AUDIO_WHISPER_LOGIT_ROWS);

      compute_logits (whisper, state, r, n_logits);
      for (int i = 0; i < n_logits && done + r + i + 1 < n_tokens; i++)
        probabilities[done + r + i + 1] = token_probability (state->logits + (size_t) i * n_vocab,
                                                             n_choices, tokens[done + r + i + 1]);
    }
  }
  return TRUE;
}
