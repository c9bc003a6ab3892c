/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Norms over time: each channel (column) of a matrix [n_rows, width] has its own mean and spread,
 * and its own factor and addend afterwards.
 *
 * An adaptive instance norm [Huang & Belongie 2017] takes gain and offset of each channel from a
 * style: y = (1 + gain) (x - mean) / sqrt (variance + eps) + offset, which is x * factor + addend
 * with what nn_channels_norm() gives. nn_channels_apply() then does that and the activation in one
 * pass over the memory.
 *
 *   nn_channels_norm (context, x, n_rows, width, style, 1e-5f, factor, addend);
 *   nn_channels_apply (context, &(NnChannels){ .factor = factor, .addend = addend }, x, ...);
 *
 * Results do not depend on the number of threads.
 */

#pragma once

#include <stddef.h>

#include "nn/context.h"

/* gains and offsets: [2 * width], gain - 1 of each channel, then its offset. factor, addend:
 * [width]. The rows are x_stride floats apart. */
void nn_channels_norm (NnContext *context, const float *x, int n_rows, int width, size_t x_stride,
                       const float *gains_and_offsets, float eps, float *factor, float *addend);

typedef struct {
  const float *factor; /* [width], or NULL: 1 */
  const float *addend; /* [width] if factor is not NULL */
  const float *alpha;  /* [width]: x + sin (alpha x)^2 / alpha [Ziyin et al. 2020]; NULL: not */
  const float *inverse_alpha;
  float slope; /* of the leaky rectifier where alpha is NULL; 1: none */
} NnChannels;

/* y row = activation (x row * factor + addend). Row t of y is at y + place (t); `place` NULL: rows
 * y_stride apart. x and y may be the same. */
typedef size_t (*NnRowPlace) (const void *data, int t);
void nn_channels_apply (NnContext *context, const NnChannels *channels, const float *x, int n_rows,
                        int width, size_t x_stride, float *y, size_t y_stride, NnRowPlace place,
                        const void *place_data);
