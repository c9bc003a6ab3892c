/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a linear layer is made of, for the files that make it and multiply by it. */

#pragma once

#include "nn/kernels/pack.h"
#include "nn/kernels/panel.h"
#include "nn/ops/linear.h"

enum { NN_LINEAR_MAX_WEIGHTS = 8 };

struct _NnLinear {
  int n_in;
  int n_out;
  int n_packs;
  NnPack packs[NN_LINEAR_MAX_WEIGHTS];
  int first[NN_LINEAR_MAX_WEIGHTS + 1]; /* output of each weight's first row */
  gboolean needs[NN_ACTIVATION_COUNT];
  float *bias; /* [n_out], or NULL */
};
