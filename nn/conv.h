/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Convolutions over time, as linear layers over rows that overlap.
 *
 * A signal is a matrix [n_rows, width], a row per time step. The input of a convolution is laid out
 * once with zero rows around it, so that the taps of a step are one run of memory: with dilation d
 * the steps t, t + d, t + 2 d, ... stand together, d such groups one after the other. The weight is
 * a NnLinear with n_in = n_taps * width, tap by tap. Output step t sees input steps t + (tap -
 * n_taps / 2) * dilation; the output has as many rows as the input.
 *
 *   NnConv conv = { .n_rows = n, .n_channels = 512, .width = 512, .n_taps = 3, .dilation = 1 };
 *   float *input = ... nn_conv_input_size (&conv) floats ...;
 *   nn_conv_fill (&conv, context, &channels, x, 512, input);
 *   nn_conv_forward (&conv, context, weight, input, y, 512, false);
 */

#pragma once

#include "nn/channels.h"
#include "nn/linear.h"

G_BEGIN_DECLS

typedef struct {
  int n_rows;
  int n_channels;
  int width; /* n_channels, or more: the rest of a row is zero (whole blocks of a quantised type) */
  int n_taps; /* odd */
  int dilation;
} NnConv;

/* Floats of the laid out input. */
size_t nn_conv_input_size (const NnConv *conv);
/* The input from x, [n_rows, n_channels] with rows x_stride apart, each channel normalised and
 * activated as `channels` says. */
void nn_conv_fill (const NnConv *conv, NnContext *context, const NnChannels *channels,
                   const float *x, size_t x_stride, float *input);
/* y: [n_rows, n_out of the weight], y_stride apart; overwritten, or added to. */
void nn_conv_forward (const NnConv *conv, NnContext *context, const NnLinear *weight,
                      const float *input, float *y, size_t y_stride, gboolean add);

/* A transposed convolution from n_rows to n_rows * stride steps: input step t adds its product to
 * output steps t * stride + tap - (n_taps - stride) / 2. The weight has n_out = n_taps * n_out,
 * tap by tap, without bias; bias: [n_out]. */
void nn_conv_transposed (NnContext *context, const NnLinear *weight, const float *bias,
                         const float *x, int n_rows, int stride, int n_taps, int n_out, float *y);

G_END_DECLS
