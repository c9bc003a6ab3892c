/* SPDX-License-Identifier: GPL-3.0-or-later */

/* From what is said and how to the generator's input, one step per half frame. */

#include <string.h>

#include "audio/kokoro/kokoro-private.h"

/* A curve of two values per frame to one: three taps with stride 2. */
static void
halve (const float *values, int n_frames, const float *weight, float bias, float *halved)
{
  for (int t = 0; t < n_frames; t++) {
    halved[t] = bias + weight[1] * values[2 * t] + weight[2] * values[2 * t + 1];
    if (t > 0)
      halved[t] += weight[0] * values[2 * t - 1];
  }
}

/* Columns of other matrices beside each other: rows [x | residual | f0 | energy]. */
static void
join (float *rows, int n, int width, const float *x, int n_x, const float *residual, int n_residual,
      const float *f0, const float *energy)
{
  for (int t = 0; t < n; t++) {
    float *row = rows + (size_t) t * (size_t) width;
    memcpy (row, x + (size_t) t * (size_t) n_x, sizeof (float) * (size_t) n_x);
    if (n_residual > 0)
      memcpy (row + n_x, residual + (size_t) t * (size_t) n_residual,
              sizeof (float) * (size_t) n_residual);
    row[n_x + n_residual] = f0[t];
    row[n_x + n_residual + 1] = energy[t];
  }
}

gboolean
kokoro_decode (AudioKokoro *kokoro, const float *text, int n_frames, const float *f0,
               const float *energy, const float *timbre, float *x)
{
  NnContext *context = kokoro->context;
  const KokoroConfig *c = &kokoro->config;
  const typeof (kokoro->weights.decoder) *w = &kokoro->weights.decoder;
  const size_t n = (size_t) n_frames;
  const int width = c->n_decoder + c->n_residual + 2; /* 1090 */
  const NnConv residual_conv = { n_frames, c->n_hidden, kokoro_padded (c->n_hidden), 1, 1 };
  const NnChannels as_is = { .slope = 1.0f };
  g_autofree float *halved = g_new (float, 2 * n);
  g_autofree float *residual = g_new (float, n *(size_t) c->n_residual);
  g_auto (NnConvInput) input = { 0 };
  g_autofree float *joined = g_new (float, n *(size_t) MAX (width, c->n_hidden + 2));
  g_autofree float *y = g_new (float, n *(size_t) c->n_decoder);

  halve (f0, n_frames, w->f0, *w->f0_bias, halved);
  halve (energy, n_frames, w->energy, *w->energy_bias, halved + n);
  nn_conv_fill (&residual_conv, context, w->residual, &as_is, text, (size_t) c->n_hidden, &input);
  nn_conv_forward (&residual_conv, context, w->residual, &input,
                   &(NnConvOutput){ .y = residual, .y_stride = (size_t) c->n_residual });

  join (joined, n_frames, c->n_hidden + 2, text, c->n_hidden, NULL, 0, halved, halved + n);
  kokoro_run_block (kokoro, &w->encode, timbre, joined, n_frames, y);
  for (int i = 0; i < 4; i++) {
    if (nn_context_is_cancelled (context))
      return FALSE;
    join (joined, n_frames, width, y, c->n_decoder, residual, c->n_residual, halved, halved + n);
    kokoro_run_block (kokoro, &w->decode[i], timbre, joined, n_frames, i < 3 ? y : x);
  }
  return TRUE;
}
