/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The weight of a convolution in the layout of its kernels. Private to nn/. */

#pragma once

#include "nn/ops/conv.h"

struct _NnConvWeight {
  int n_taps;
  int width; /* of a tap */
  int n_out;
  NnLinear *linear; /* or NULL, and the rest: */
  int8_t *codes;    /* [n_out / NN_CONV_OUT][n_taps][width / 4][NN_CONV_OUT][4] */
  size_t n_code_bytes;
  float *sums;   /* [n_out / NN_CONV_OUT][n_taps][NN_CONV_OUT], aligned to 64 */
  float *factor; /* [n_out]: the scale of its codes */
  float *bias;   /* [n_out] */
};
