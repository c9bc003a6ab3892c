/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the files of the reference table share. */

#pragma once

#include "nn/kernels.h"

extern const NnRowKernels nn_rows_reference;
