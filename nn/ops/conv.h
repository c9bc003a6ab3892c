/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Convolutions over time. A signal is a matrix [n_rows, n_channels], a row per time step. Output
 * step t sees input steps t + (tap - n_taps / 2) * dilation, zeros outside of the signal; the
 * output has as many rows as the input.
 *
 * The input is laid out once, normalised and activated on the way. Where the CPU has kernels for it
 * (kernels.h, NnConvKernels) and the weight is Q8_0 with one scale per output, the layout is 8-bit
 * codes with a scale and an offset per step, and products are sums of integers over a tap. Else
 * a convolution is a linear layer over rows that overlap: with dilation d the steps t, t + d, t + 2
 * d, ... stand together, so that the taps of a step are one run of memory.
 *
 *   NnConvWeight *weight = nn_conv_weight_new (context, gguf, tensor, bias, 3, &error);
 *   g_auto (NnConvInput) input = { 0 };
 *   NnConv conv = { .n_rows = n, .n_channels = 512, .width = 512, .n_taps = 3, .dilation = 1 };
 *   nn_conv_fill (&conv, context, weight, &channels, x, 512, &input);
 *   nn_conv_forward (&conv, context, weight, &input, &(NnConvOutput){ .y = y, .y_stride = 512 });
 *
 * Weights are immutable after creation. Results do not depend on the number of threads.
 */

#pragma once

#include "nn/ops/channels.h"
#include "nn/ops/linear.h"

G_BEGIN_DECLS

typedef struct _NnConvWeight NnConvWeight;

/* tensor: { n_taps * width, n_out }, a row tap by tap; bias: { n_out }, or NULL. (transfer full).
 * `gguf` as for nn_linear_new(), with its errors; NN_ERROR_SHAPE if the rows are no whole taps. */
NnConvWeight *nn_conv_weight_new (NnContext *context, const NnGguf *gguf, const NnTensor *tensor,
                                  const NnTensor *bias, int n_taps, GError **error);
void nn_conv_weight_free (NnConvWeight *weight);

typedef struct {
  int n_rows;
  int n_channels;
  int width;  /* of a tap in the weight: n_channels, or more: the rest is zero */
  int n_taps; /* odd */
  int dilation;
} NnConv;

/* A laid out signal; its memory grows to the largest one and serves convolutions of any size. */
typedef struct {
  void *data; /* aligned to 64 */
  size_t n_bytes;
} NnConvInput;

void nn_conv_input_clear (NnConvInput *input);

/* The input from x, [n_rows, n_channels] with rows x_stride apart, each channel as `channels` says.
 */
void nn_conv_fill (const NnConv *conv, NnContext *context, const NnConvWeight *weight,
                   const NnChannels *channels, const float *x, size_t x_stride, NnConvInput *input);

/* y = scale * (convolution + add[0] + add[1]). */
typedef struct {
  float *y; /* [n_rows, n_out] */
  size_t y_stride;
  const float *add[2];       /* rows y_stride apart, NULL: none; one may be y */
  float scale;               /* 0: 1 */
  NnChannelStatistics *of_y; /* NULL, or filled */
} NnConvOutput;

void nn_conv_forward (const NnConv *conv, NnContext *context, const NnConvWeight *weight,
                      const NnConvInput *input, const NnConvOutput *output);

/* A transposed convolution from n_rows to n_rows * stride steps, added to y: input step t adds its
 * product to output steps t * stride + tap - (n_taps - stride) / 2, and the bias [n_out] is added
 * to each. The weight has n_taps * n_out outputs, tap by tap, without bias. */
void nn_conv_transposed_add (NnContext *context, const NnLinear *weight, const float *bias,
                             const float *x, int n_rows, int stride, int n_taps, int n_out,
                             float *y);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (NnConvWeight, nn_conv_weight_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (NnConvInput, nn_conv_input_clear)

G_END_DECLS
