/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Weights repacked for the kernels: tiles of 16 output rows (layouts in nn/kernels/kernels.h).
 *
 * The 4-bit types, Q5_K and Q6_K keep their width; the other integer types become 8-bit codes. Rows
 * past the last one of a matrix are zero. Private to nn/.
 */

#pragma once

#include <glib.h>

#include "nn/gguf/type.h"
#include "nn/kernels/kernels.h"

G_BEGIN_DECLS

/* Describes how a matrix of `type` is packed, without memory. FALSE if the type cannot be a weight
 * or the sizes overflow. */
gboolean nn_pack_describe (NnPack *pack, NnType type, int64_t n_in, int64_t n_out);
/* Rows n_rows of 16 (fewer at the end) starting at `rows`, row_bytes apart, to one tile. */
void nn_pack_tile (const NnPack *pack, NnType type, int tile, const uint8_t *rows, size_t row_bytes,
                   int n_rows);
/* A row as floats, equal to nn_dequantize_row() of the file's row. */
void nn_pack_get_row (const NnPack *pack, int row, float *values);

/* What kernels' NnWiden makes of n values of two tiles; without memory. */
NnPack nn_pack_describe_wide (int n);

/* Memory for tiles, zero, on huge pages where the system has them. NULL if there is none. */
void *nn_pack_alloc (size_t n_bytes);
void nn_pack_dealloc (void *data, size_t n_bytes);

G_END_DECLS
