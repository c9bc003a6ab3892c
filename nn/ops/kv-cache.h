/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Keys and values of past positions, half precision, one plane per layer.
 *
 * Both stand in tiles of 16, so that attention reads them as the kernels read a weight: keys of a
 * head as [capacity / 16][head_dim][16 positions], values as [head_dim / 16][capacity][16
 * elements], the last tile of values filled up. The capacity is rounded up to whole tiles. A
 * session owns its cache; truncation forgets positions from the end (a new question after the same
 * audio keeps the shared prefix) and needs no call: later rows overwrite.
 *
 *   NnKvCache *cache = nn_kv_cache_new (n_layers, n_kv_heads, head_dim, capacity, &error);
 *   nn_kv_cache_store (cache, layer, first, n_rows, k, v, stride);
 */

#pragma once

#include <stddef.h>
#include <stdint.h>

#include "nn/base/nn-error.h"
#include "nn/kernels/lane-kernels.h"

G_BEGIN_DECLS

enum {
  NN_KV_TILE = 16,
  /* Of what a block (below) has where: raised with every change of it, since blocks are kept in
   * files. */
  NN_KV_LAYOUT = 1,
};

typedef struct _NnKvCache NnKvCache;

/* Memory is reserved for `capacity` positions and touched only as it fills. NN_ERROR_MEMORY. */
NnKvCache *nn_kv_cache_new (int n_layers, int n_kv_heads, int head_dim, int capacity,
                            GError **error);
void nn_kv_cache_free (NnKvCache *cache);
int nn_kv_cache_get_capacity (const NnKvCache *cache);
int nn_kv_cache_get_n_kv_heads (const NnKvCache *cache);
int nn_kv_cache_get_head_dim (const NnKvCache *cache);

/* Writes rows first .. first + n_rows - 1 of a layer; k and v: rows of n_kv_heads * head_dim
 * floats, stride floats apart. */
void nn_kv_cache_store (NnKvCache *cache, int layer, int first, int n_rows, const float *k,
                        const float *v, size_t stride);
/* The same from lanes (nn/ops/lanes.h): k and v [n_kv_heads * head_dim][48]; first is a multiple
 * of 16. rows: scratch for n_rows rows of v. Threads may store different rows at once. */
void nn_kv_cache_store_lanes (NnKvCache *cache, const NnLaneKernels *kernels, int layer, int first,
                              int n_rows, const float *k, const float *v, float *rows);
/* Tiles of one head's halves, as above. */
const uint16_t *nn_kv_cache_keys (const NnKvCache *cache, int layer, int kv_head);
const uint16_t *nn_kv_cache_values (const NnKvCache *cache, int layer, int kv_head);
/* The first n_positions of every layer, to a cache of the same shape: a beam that splits. */
void nn_kv_cache_copy (NnKvCache *to, const NnKvCache *from, int n_positions);
/* The first n_positions of every layer as one block of so many bytes, whatever the capacity, to be
 * kept in a file; n_positions is a multiple of NN_KV_TILE. */
size_t nn_kv_cache_get_block_bytes (const NnKvCache *cache, int n_positions);
void nn_kv_cache_get_block (const NnKvCache *cache, int n_positions, uint16_t *block);
void nn_kv_cache_set_block (NnKvCache *cache, int n_positions, const uint16_t *block);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (NnKvCache, nn_kv_cache_free)

G_END_DECLS
