/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What reads the symbols: ALBERT, and the text encoder. */

#include <math.h>
#include <string.h>

#include "audio/kokoro/kokoro-private.h"
#include "nn/ops/ops.h"

#define BERT_EPS 1e-12f
#define TEXT_EPS 1e-5f
#define TEXT_SLOPE 0.2f
#define TEXT_TAPS 5

gboolean
kokoro_read (AudioKokoro *kokoro, const int *ids, int n, float *hidden)
{
  NnContext *context = kokoro->context;
  const KokoroConfig *c = &kokoro->config;
  const typeof (kokoro->weights.bert) *w = &kokoro->weights.bert;
  const size_t rows = (size_t) n, width = (size_t) c->n_bert;
  const NnAttention attention = { .n_heads = c->n_bert_heads,
                                  .head_dim = c->n_bert / c->n_bert_heads,
                                  .scale = 1.0f / sqrtf ((float) (c->n_bert / c->n_bert_heads)) };
  g_autofree float *embedded = g_new (float, rows *(size_t) c->n_embedding); /* [n, 128] */
  g_autofree float *x = g_new (float, rows *width);                          /* [n, 768] */
  g_autofree float *qkv = g_new (float, rows * 3 * width);
  g_autofree float *mixed = g_new (float, rows *width);
  g_autofree float *wide = g_new (float, rows *(size_t) c->n_bert_wide);

  for (int t = 0; t < n; t++)
    for (int i = 0; i < c->n_embedding; i++)
      embedded[t * c->n_embedding + i] =
          w->embedding[ids[t] * c->n_embedding + i] + w->position[t * c->n_embedding + i];
  nn_layer_norm (context, embedded, w->embedding_norm[0], w->embedding_norm[1], BERT_EPS, n,
                 c->n_embedding, embedded);
  nn_linear_forward (w->projection, context, embedded, n, (size_t) c->n_embedding, x, width);

  for (int layer = 0; layer < c->n_bert_layers; layer++) { /* the same weights each time */
    if (nn_context_is_cancelled (context))
      return FALSE;
    nn_linear_forward (w->query_key_value, context, x, n, width, qkv, 3 * width);
    nn_attention_full (context, &attention, qkv, n, 3 * width, qkv + width, qkv + 2 * width, n,
                       3 * width, mixed, NULL);
    nn_linear_forward_add (w->dense, context, mixed, n, width, x, width);
    nn_layer_norm (context, x, w->attention_norm[0], w->attention_norm[1], BERT_EPS, n, c->n_bert,
                   x);
    nn_linear_forward (w->wide, context, x, n, width, wide, (size_t) c->n_bert_wide);
    nn_gelu_tanh (context, wide, n, c->n_bert_wide);
    nn_linear_forward_add (w->narrow, context, wide, n, (size_t) c->n_bert_wide, x, width);
    nn_layer_norm (context, x, w->output_norm[0], w->output_norm[1], BERT_EPS, n, c->n_bert, x);
  }
  nn_linear_forward (w->output, context, x, n, width, hidden, (size_t) c->n_hidden);
  return TRUE;
}

gboolean
kokoro_encode (AudioKokoro *kokoro, const int *ids, int n, float *text)
{
  NnContext *context = kokoro->context;
  const int n_hidden = kokoro->config.n_hidden;
  const typeof (kokoro->weights.text) *w = &kokoro->weights.text;
  const size_t width = (size_t) n_hidden;
  const NnConv conv = { .n_rows = n,
                        .n_channels = n_hidden,
                        .width = kokoro_padded (n_hidden),
                        .n_taps = TEXT_TAPS,
                        .dilation = 1 };
  const NnChannels as_is = { .slope = 1.0f }, rectified = { .slope = TEXT_SLOPE };
  g_autofree float *x = g_new (float, (size_t) n *width);
  g_auto (NnConvInput) input = { 0 };
  g_autofree float *scratch = g_new (float, (size_t) (8 * n + 1) * width / 2);

  for (int t = 0; t < n; t++)
    memcpy (x + (size_t) t * width, w->embedding + (size_t) ids[t] * width, sizeof (float) * width);
  for (int i = 0; i < 3; i++) {
    if (nn_context_is_cancelled (context))
      return FALSE;
    nn_conv_fill (&conv, context, w->conv[i], i == 0 ? &as_is : &rectified, x, width, &input);
    nn_conv_forward (&conv, context, w->conv[i], &input,
                     &(NnConvOutput){ .y = x, .y_stride = width });
    nn_layer_norm (context, x, w->norm[i][0], w->norm[i][1], TEXT_EPS, n, n_hidden, x);
  }
  nn_channels_apply (context, &rectified, x, n, n_hidden, width, x, width, NULL, NULL);
  nn_lstm_forward (w->lstm, context, x, n, width, scratch, text, width);
  return TRUE;
}
