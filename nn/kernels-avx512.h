/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the files of the AVX-512 table share. */

#pragma once

#include "nn/kernels.h"

void nn_avx512_fill_float (const float *x, size_t x_stride, int n_in, const NnPanel *panel);
void nn_avx512_fill_32 (const float *x, size_t x_stride, int n_in, const NnPanel *panel);
void nn_avx512_fill_256 (const float *x, size_t x_stride, int n_in, const NnPanel *panel);

extern const NnRowKernels nn_rows_avx512;
extern const NnConvKernels nn_conv_avx512;
