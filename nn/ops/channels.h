/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Norms over time: each channel (column) of a matrix [n_rows, width] has its own mean and spread,
 * and its own factor and addend afterwards.
 *
 * An adaptive instance norm [Huang & Belongie 2017] takes gain and offset of each channel from a
 * style: y = (1 + gain) (x - mean) / sqrt (variance + eps) + offset, which is x * factor + addend
 * with what nn_channels_norm() gives. nn_channels_apply(), or the layout of a convolution's input,
 * then does that and the activation in one pass over the memory.
 *
 *   nn_channels_measure (context, x, n_rows, width, width, &statistics);
 *   nn_channels_norm (&statistics, width, style, 1e-5f, factor, addend);
 *   nn_channels_apply (context, &(NnChannels){ .factor = factor, .addend = addend }, x, ...);
 *
 * Results do not depend on the number of threads.
 */

#pragma once

#include <stddef.h>

#include "nn/ops/context.h"

/* Of each channel. Memory is the caller's: [width] each. */
typedef struct {
  float *mean;
  float *variance;
} NnChannelStatistics;

/* The rows are x_stride floats apart. */
void nn_channels_measure (NnContext *context, const float *x, int n_rows, int width,
                          size_t x_stride, NnChannelStatistics *statistics);
/* The same from sums over blocks of block_rows rows, the last one shorter: [n_blocks][2][width],
 * the sum of a channel, and the sum of its squares around the block's own mean. */
void nn_channels_combine (const float *sums, int n_rows, int block_rows, int width,
                          NnChannelStatistics *statistics);
/* gains and offsets: [2 * width], gain - 1 of each channel, then its offset. factor, addend:
 * [width]. */
void nn_channels_norm (const NnChannelStatistics *statistics, int width,
                       const float *gains_and_offsets, float eps, float *factor, float *addend);

/* y row = activation (x row * factor + addend). Row t of y is at y + place (t); `place` NULL: rows
 * y_stride apart. x and y may be the same. */
typedef size_t (*NnRowPlace) (const void *data, int t);
void nn_channels_apply (NnContext *context, const NnChannels *channels, const float *x, int n_rows,
                        int width, size_t x_stride, float *y, size_t y_stride, NnRowPlace place,
                        const void *place_data);
