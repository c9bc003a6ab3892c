/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/conv.h"

#include <string.h>

/* Quantised inputs of one call, which the steps' overlap makes n_taps times as large as the signal.
 */
enum { CALL_VALUES = 1 << 20 };

static int
rows_of_group (const NnConv *conv)
{
  return (conv->n_rows + conv->dilation - 1) / conv->dilation + conv->n_taps - 1;
}

size_t
nn_conv_input_size (const NnConv *conv)
{
  return (size_t) conv->dilation * (size_t) rows_of_group (conv) * (size_t) conv->width;
}

static size_t
place_row (const void *data, int t)
{
  const NnConv *conv = data;
  int row = t % conv->dilation * rows_of_group (conv) + conv->n_taps / 2 + t / conv->dilation;

  return (size_t) row * (size_t) conv->width;
}

void
nn_conv_fill (const NnConv *conv, NnContext *context, const NnChannels *channels, const float *x,
              size_t x_stride, float *input)
{
  size_t width = (size_t) conv->width;
  size_t group = (size_t) rows_of_group (conv) * width;
  size_t margin = (size_t) (conv->n_taps / 2) * width;

  if (conv->width != conv->n_channels)
    memset (input, 0, sizeof (float) * nn_conv_input_size (conv));
  for (int d = 0; d < conv->dilation; d++) {
    /* The last row of a group may be one that only others have. */
    size_t after = conv->dilation > 1 ? margin + width : margin;
    memset (input + (size_t) d * group, 0, sizeof (float) * margin);
    memset (input + (size_t) (d + 1) * group - after, 0, sizeof (float) * after);
  }
  nn_channels_apply (context, channels, x, conv->n_rows, conv->n_channels, x_stride, input, 0,
                     place_row, conv);
}

void
nn_conv_forward (const NnConv *conv, NnContext *context, const NnLinear *weight, const float *input,
                 float *y, size_t y_stride, gboolean add)
{
  size_t width = (size_t) conv->width;
  int at_once = MAX (64, CALL_VALUES / nn_linear_get_n_in (weight));

  for (int d = 0; d < conv->dilation && d < conv->n_rows; d++) {
    const float *group = input + (size_t) d * (size_t) rows_of_group (conv) * width;
    int n = (conv->n_rows - d + conv->dilation - 1) / conv->dilation;

    for (int first = 0; first < n; first += at_once) {
      size_t t = (size_t) first * (size_t) conv->dilation + (size_t) d;
      const float *x = group + (size_t) first * width;
      size_t step = y_stride * (size_t) conv->dilation;

      if (add)
        nn_linear_forward_add (weight, context, x, MIN (at_once, n - first), width,
                               y + t * y_stride, step);
      else
        nn_linear_forward (weight, context, x, MIN (at_once, n - first), width, y + t * y_stride,
                           step);
    }
  }
}

void
nn_conv_transposed (NnContext *context, const NnLinear *weight, const float *bias, const float *x,
                    int n_rows, int stride, int n_taps, int n_out, float *y)
{
  const NnRowKernels *rows = context->kernels->rows;
  const int n_in = nn_linear_get_n_in (weight), width = n_taps * n_out;
  const int at_once = MAX (16, CALL_VALUES / width), before = (n_taps - stride) / 2;
  g_autofree float *products = g_new (float, (size_t) MIN (at_once, n_rows) * (size_t) width);

  for (int u = 0; u < n_rows * stride; u++)
    memcpy (y + (size_t) u * (size_t) n_out, bias, sizeof (float) * (size_t) n_out);
  for (int first = 0; first < n_rows; first += at_once) {
    int n = MIN (at_once, n_rows - first);

    nn_linear_forward (weight, context, x + (size_t) first * (size_t) n_in, n, (size_t) n_in,
                       products, (size_t) width);
    for (int i = 0; i < n; i++)
      for (int tap = 0; tap < n_taps; tap++) {
        int u = (first + i) * stride + tap - before;
        if (u >= 0 && u < n_rows * stride)
          rows->add (y + (size_t) u * (size_t) n_out,
                     products + (size_t) i * (size_t) width + (size_t) (tap * n_out), n_out);
      }
  }
}
