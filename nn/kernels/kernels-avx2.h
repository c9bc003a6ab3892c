/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the files of the AVX2 table share. */

#pragma once

#include "nn/kernels/kernels.h"

void nn_avx2_fill_float (const float *x, size_t x_stride, int n_in, const NnPanel *panel);
void nn_avx2_fill_32 (const float *x, size_t x_stride, int n_in, const NnPanel *panel);
void nn_avx2_fill_256 (const float *x, size_t x_stride, int n_in, const NnPanel *panel);

extern const NnRowKernels nn_rows_avx2;
void nn_avx2_lstm_step (const NnLstmLaneWeight *weight, const float *x, const float *h, int n_rows,
                        float *cell, float *out);
