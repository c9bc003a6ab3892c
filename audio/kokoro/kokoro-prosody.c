/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How the symbols are spoken: durations, F0 and energy; and the residual block that these networks
 * and the decoder are made of. */

#include <math.h>
#include <string.h>

#include "audio/kokoro/kokoro-private.h"
#include "nn/ops/ops.h"

#define NORM_EPS 1e-5f
#define SLOPE 0.2f
#define HALF_ROOT 0.707106781186548f

/* Twice as many steps, each channel alone: three taps with stride 2. */
static void
upsample (const KokoroBlock *block, const float *x, int n, float *y)
{
  const int width = block->n_in;
  const float *before = block->pool_weight; /* taps of the step before an odd one, */
  const float *middle = before + width;     /* of an even one, */
  const float *after = middle + width;      /* and of the step after */

  for (int t = 0; t < n; t++) {
    const float *here = x + (size_t) t * (size_t) width;
    float *even = y + (size_t) (2 * t) * (size_t) width, *odd = even + width;

    for (int i = 0; i < width; i++) {
      even[i] = block->pool_bias[i] + middle[i] * here[i];
      odd[i] = block->pool_bias[i] + after[i] * here[i];
    }
    for (int i = 0; t + 1 < n && i < width; i++)
      odd[i] += before[i] * here[width + i];
  }
}

void
kokoro_run_block (AudioKokoro *kokoro, const KokoroBlock *block, const float *style, const float *x,
                  int n, float *y)
{
  NnContext *context = kokoro->context;
  const int n_in = block->n_in, n_out = block->n_out, widest = MAX (n_in, n_out);
  const int n_style = kokoro->config.n_style;
  const gboolean upsamples = block->pool_weight != NULL;
  const int m = upsamples ? 2 * n : n; /* steps of the output */
  const NnChannels as_is = { .slope = 1.0f };
  const NnConv conv1 = { m, n_in, kokoro_padded (n_in), 3, 1 };
  const NnConv conv2 = { m, n_out, kokoro_padded (n_out), 3, 1 };
  const NnConv shortcut = { n, n_in, kokoro_padded (n_in), 1, 1 };
  const size_t out = (size_t) n_out;
  g_auto (NnConvInput) input = { 0 };
  g_autofree float *h = g_new (float, (size_t) m *(size_t) widest);
  g_autofree float *gains = g_new (float, 6 * widest);
  float *factor = gains + 2 * widest, *addend = factor + widest;
  NnChannelStatistics statistics = { addend + widest, addend + 2 * widest };
  const NnChannels normed = { .factor = factor, .addend = addend, .slope = SLOPE };

  nn_linear_forward (block->norm1, context, style, 1, (size_t) n_style, gains, (size_t) (2 * n_in));
  nn_channels_measure (context, x, n, n_in, (size_t) n_in, &statistics);
  nn_channels_norm (&statistics, n_in, gains, NORM_EPS, factor, addend);
  if (upsamples) {
    g_autofree float *active = g_new (float, (size_t) n *(size_t) n_in);
    nn_channels_apply (context, &normed, x, n, n_in, (size_t) n_in, active, (size_t) n_in, NULL,
                       NULL);
    upsample (block, active, n, h);
    nn_conv_fill (&conv1, context, block->conv1, &as_is, h, (size_t) n_in, &input);
  } else
    nn_conv_fill (&conv1, context, block->conv1, &normed, x, (size_t) n_in, &input);
  nn_conv_forward (&conv1, context, block->conv1, &input,
                   &(NnConvOutput){ .y = h, .y_stride = out, .of_y = &statistics });

  nn_linear_forward (block->norm2, context, style, 1, (size_t) n_style, gains, 2 * out);
  nn_channels_norm (&statistics, n_out, gains, NORM_EPS, factor, addend);
  if (block->shortcut == NULL) {
    nn_conv_fill (&conv2, context, block->conv2, &normed, h, out, &input);
    nn_conv_forward (&conv2, context, block->conv2, &input,
                     &(NnConvOutput){ .y = y, .y_stride = out, .add = { x }, .scale = HALF_ROOT });
    return;
  }

  /* The input itself, each step twice if the block upsamples. */
  nn_conv_fill (&shortcut, context, block->shortcut, &as_is, x, (size_t) n_in, &input);
  for (int i = 0; i < m / n; i++)
    nn_conv_forward (
        &shortcut, context, block->shortcut, &input,
        &(NnConvOutput){ .y = y + (size_t) i * out, .y_stride = (size_t) (m / n) * out });
  nn_conv_fill (&conv2, context, block->conv2, &normed, h, out, &input);
  nn_conv_forward (&conv2, context, block->conv2, &input,
                   &(NnConvOutput){ .y = y, .y_stride = out, .add = { y }, .scale = HALF_ROOT });
}

static void
fill_style (float *rows, int n, int n_hidden, const float *style, int n_style)
{
  for (int t = 0; t < n; t++)
    memcpy (rows + (size_t) t * (size_t) (n_hidden + n_style) + n_hidden, style,
            sizeof (float) * (size_t) n_style);
}

gboolean
kokoro_predict_durations (AudioKokoro *kokoro, const float *hidden, int n, const float *prosody,
                          float *features, float *durations)
{
  NnContext *context = kokoro->context;
  const KokoroConfig *c = &kokoro->config;
  const typeof (kokoro->weights.prosody) *w = &kokoro->weights.prosody;
  const size_t width = (size_t) c->n_hidden, full = (size_t) (c->n_hidden + c->n_style);
  g_autofree float *x = g_new (float, (size_t) n *width);
  g_autofree float *scratch = g_new (float, (size_t) (8 * n + 1) * width / 2);
  g_autofree float *gains = g_new (float, 2 * width);
  g_autofree float *ones = g_new (float, width);
  g_autofree float *logits = g_new (float, (size_t) n *(size_t) c->n_durations);

  for (int t = 0; t < n; t++)
    memcpy (features + (size_t) t * full, hidden + (size_t) t * width, sizeof (float) * width);
  fill_style (features, n, c->n_hidden, prosody, c->n_style);
  for (int i = 0; i < 3; i++) {
    if (nn_context_is_cancelled (context))
      return FALSE;
    nn_lstm_forward (w->text_lstm[i], context, features, n, full, scratch, x, width);
    nn_linear_forward (w->text_norm[i], context, prosody, 1, (size_t) c->n_style, gains, 2 * width);
    for (size_t j = 0; j < width; j++)
      ones[j] = 1.0f + gains[j];
    nn_layer_norm (context, x, ones, gains + width, NORM_EPS, n, c->n_hidden, x);
    for (int t = 0; t < n; t++)
      memcpy (features + (size_t) t * full, x + (size_t) t * width, sizeof (float) * width);
  }
  nn_lstm_forward (w->lstm, context, features, n, full, scratch, x, width);
  nn_linear_forward (w->duration, context, x, n, width, logits, (size_t) c->n_durations);
  for (int t = 0; t < n; t++) {
    durations[t] = 0.0f;
    for (int i = 0; i < c->n_durations; i++)
      durations[t] += 1.0f / (1.0f + expf (-logits[t * c->n_durations + i]));
  }
  return TRUE;
}

static gboolean
predict_curve (AudioKokoro *kokoro, const KokoroCurve *curve, const float *shared, int n_frames,
               const float *prosody, float *values)
{
  const size_t size = (size_t) (2 * n_frames) * (size_t) kokoro->config.n_hidden;
  g_autofree float *x = g_new (float, size);
  g_autofree float *y = g_new (float, size);
  const int half = kokoro->config.n_hidden / 2;
  const NnConv conv = { 2 * n_frames, half, kokoro_padded (half), 1, 1 };
  const NnChannels as_is = { .slope = 1.0f };

  kokoro_run_block (kokoro, &curve->blocks[0], prosody, shared, n_frames, x);
  kokoro_run_block (kokoro, &curve->blocks[1], prosody, x, n_frames, y);
  kokoro_run_block (kokoro, &curve->blocks[2], prosody, y, 2 * n_frames, x);
  if (nn_context_is_cancelled (kokoro->context))
    return FALSE;
  g_auto (NnConvInput) input = { 0 };
  nn_conv_fill (&conv, kokoro->context, curve->output, &as_is, x, (size_t) half, &input);
  nn_conv_forward (&conv, kokoro->context, curve->output, &input,
                   &(NnConvOutput){ .y = values, .y_stride = 1 });
  return TRUE;
}

gboolean
kokoro_predict_curves (AudioKokoro *kokoro, const float *features, int n_frames,
                       const float *prosody, float *f0, float *energy)
{
  const size_t width = (size_t) kokoro->config.n_hidden;
  const typeof (kokoro->weights.prosody) *w = &kokoro->weights.prosody;
  g_autofree float *shared = g_new (float, (size_t) n_frames *width);
  g_autofree float *scratch = g_new (float, (size_t) (8 * n_frames + 1) * width / 2);

  nn_lstm_forward (w->shared, kokoro->context, features, n_frames,
                   width + (size_t) kokoro->config.n_style, scratch, shared, width);
  return predict_curve (kokoro, &w->f0, shared, n_frames, prosody, f0)
         && predict_curve (kokoro, &w->energy, shared, n_frames, prosody, energy);
}
