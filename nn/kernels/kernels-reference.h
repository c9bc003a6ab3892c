/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the files of the reference table share. */

#pragma once

#include "nn/kernels/kernels.h"

extern const NnRowKernels nn_rows_reference;
void nn_reference_lstm_step (const NnLstmLaneWeight *weight, const float *x, const float *h,
                             int n_rows, float *cell, float *out);
