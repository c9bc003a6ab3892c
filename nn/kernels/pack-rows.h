/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "nn/kernels/pack.h"

G_BEGIN_DECLS

/* As nn_pack_tile() of 16 rows to `tile`. FALSE if `type` is one that goes row by row. Private to
 * nn/. */
gboolean nn_pack_rows (const NnPack *pack, NnType type, uint8_t *tile, const uint8_t *rows,
                       size_t row_bytes);

G_END_DECLS
