/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/ops/kv-cache.h"

#include <string.h>
#include <sys/mman.h>

#include "nn/kernels/kernels.h"

struct _NnKvCache {
  int n_layers;
  int n_kv_heads;
  int head_dim;
  int capacity;      /* whole tiles */
  size_t head_size;  /* halves of one head's keys, and of its values: [capacity, padded head_dim] */
  size_t layer_size; /* halves of a layer's keys and values */
  uint16_t *data;    /* [n_layers, {keys, values}, n_kv_heads, head_size] */
  uint16_t *row;     /* one row on its way in */
  size_t n_bytes;
};

NnKvCache *
nn_kv_cache_new (int n_layers, int n_kv_heads, int head_dim, int capacity, GError **error)
{
  gsize tiles = ((gsize) capacity + NN_KV_TILE - 1) / NN_KV_TILE;
  gsize padded_dim = ((gsize) head_dim + NN_KV_TILE - 1) / NN_KV_TILE * NN_KV_TILE;
  gsize head_size, layer_size, n_bytes;

  g_return_val_if_fail (n_layers > 0 && n_kv_heads > 0 && head_dim > 0 && capacity > 0, NULL);

  if (!g_size_checked_mul (&head_size, tiles, NN_KV_TILE * padded_dim)
      || !g_size_checked_mul (&layer_size, head_size, 2 * (gsize) n_kv_heads)
      || !g_size_checked_mul (&n_bytes, layer_size, sizeof (uint16_t) * (gsize) n_layers)
      || tiles * NN_KV_TILE > G_MAXINT) {
    g_set_error (error, NN_ERROR, NN_ERROR_MEMORY,
                 "a cache of %d positions (%d layers, %d heads of %d) is too large", capacity,
                 n_layers, n_kv_heads, head_dim);
    return NULL;
  }

  void *data = mmap (NULL, n_bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) {
    g_set_error (error, NN_ERROR, NN_ERROR_MEMORY,
                 "no memory for a cache of %d positions (%" G_GSIZE_FORMAT " bytes)", capacity,
                 n_bytes);
    return NULL;
  }

  NnKvCache *cache = g_new (NnKvCache, 1);
  *cache = (NnKvCache){
    .n_layers = n_layers,
    .n_kv_heads = n_kv_heads,
    .head_dim = head_dim,
    .capacity = (int) (tiles * NN_KV_TILE),
    .head_size = head_size,
    .layer_size = layer_size,
    .data = data,
    .n_bytes = n_bytes,
    .row = g_new (uint16_t, (gsize) head_dim * (gsize) n_kv_heads),
  };
  return cache;
}

void
nn_kv_cache_free (NnKvCache *cache)
{
  if (cache == NULL)
    return;
  munmap (cache->data, cache->n_bytes);
  g_free (cache->row);
  g_free (cache);
}

int
nn_kv_cache_get_capacity (const NnKvCache *cache)
{
  return cache->capacity;
}

int
nn_kv_cache_get_n_kv_heads (const NnKvCache *cache)
{
  return cache->n_kv_heads;
}

int
nn_kv_cache_get_head_dim (const NnKvCache *cache)
{
  return cache->head_dim;
}

static uint16_t *
head_keys (const NnKvCache *cache, int layer, int kv_head)
{
  return cache->data + (size_t) layer * cache->layer_size + (size_t) kv_head * cache->head_size;
}

static uint16_t *
head_values (const NnKvCache *cache, int layer, int kv_head)
{
  return head_keys (cache, layer, kv_head) + (size_t) cache->n_kv_heads * cache->head_size;
}

const uint16_t *
nn_kv_cache_keys (const NnKvCache *cache, int layer, int kv_head)
{
  return head_keys (cache, layer, kv_head);
}

const uint16_t *
nn_kv_cache_values (const NnKvCache *cache, int layer, int kv_head)
{
  return head_values (cache, layer, kv_head);
}

static void
store_key (NnKvCache *cache, int layer, int head, size_t position)
{
  size_t head_dim = (size_t) cache->head_dim;
  const uint16_t *from = cache->row + (size_t) head * head_dim;
  uint16_t *to = head_keys (cache, layer, head) + position / NN_KV_TILE * NN_KV_TILE * head_dim
                 + position % NN_KV_TILE;

  for (size_t i = 0; i < head_dim; i++)
    to[i * NN_KV_TILE] = from[i];
}

static void
store_value (NnKvCache *cache, int layer, int head, size_t position)
{
  size_t head_dim = (size_t) cache->head_dim;
  const uint16_t *from = cache->row + (size_t) head * head_dim;
  uint16_t *to = head_values (cache, layer, head) + position * NN_KV_TILE;

  for (size_t i = 0; i < head_dim; i += NN_KV_TILE, to += (size_t) cache->capacity * NN_KV_TILE)
    memcpy (to, from + i, sizeof *to * MIN (NN_KV_TILE, head_dim - i));
}

void
nn_kv_cache_store (NnKvCache *cache, int layer, int first, int n_rows, const float *k,
                   const float *v, size_t stride)
{
  const NnRowKernels *rows = nn_kernels_default ()->rows;
  int width = cache->n_kv_heads * cache->head_dim;

  g_return_if_fail (layer >= 0 && layer < cache->n_layers);
  g_return_if_fail (first >= 0 && n_rows >= 0 && n_rows <= cache->capacity - first);

  for (int row = 0; row < n_rows; row++) {
    rows->to_halves (k + (size_t) row * stride, width, cache->row);
    for (int head = 0; head < cache->n_kv_heads; head++)
      store_key (cache, layer, head, (size_t) (first + row));
    rows->to_halves (v + (size_t) row * stride, width, cache->row);
    for (int head = 0; head < cache->n_kv_heads; head++)
      store_value (cache, layer, head, (size_t) (first + row));
  }
}

/* A tile of keys is 16 lanes of each dimension. */
static void
store_key_lanes (NnKvCache *cache, const NnRowKernels *rows, int layer, int first, int n_rows,
                 const float *k)
{
  const size_t head_dim = (size_t) cache->head_dim;

  for (int head = 0; head < cache->n_kv_heads; head++, k += head_dim * NN_LANES)
    for (int r = 0; r < n_rows; r += NN_KV_TILE) {
      uint16_t *to = head_keys (cache, layer, head) + (size_t) (first + r) * head_dim;

      for (size_t i = 0; i < head_dim; i++)
        rows->to_halves (k + i * NN_LANES + r, NN_KV_TILE, to + i * NN_KV_TILE);
    }
}

void
nn_kv_cache_store_lanes (NnKvCache *cache, const NnLaneKernels *kernels, int layer, int first,
                         int n_rows, const float *k, const float *v, float *rows)
{
  const NnRowKernels *row_kernels = nn_kernels_default ()->rows;
  const int head_dim = cache->head_dim;
  const int width = cache->n_kv_heads * head_dim;

  g_return_if_fail (layer >= 0 && layer < cache->n_layers);
  g_return_if_fail (first >= 0 && first % NN_KV_TILE == 0 && n_rows <= cache->capacity - first);

  store_key_lanes (cache, row_kernels, layer, first, n_rows, k);
  kernels->store (v, n_rows, width, rows, (size_t) width);
  for (int head = 0; head < cache->n_kv_heads; head++)
    for (int i = 0; i < head_dim; i += NN_KV_TILE) {
      uint16_t *to = head_values (cache, layer, head) + (size_t) i * (size_t) cache->capacity
                     + (size_t) first * NN_KV_TILE;

      for (int r = 0; r < n_rows; r++)
        row_kernels->to_halves (rows + (size_t) r * (size_t) width + head * head_dim + i,
                                MIN (NN_KV_TILE, head_dim - i), to + r * NN_KV_TILE);
    }
}

void
nn_kv_cache_copy (NnKvCache *to, const NnKvCache *from, int n_positions)
{
  size_t tiles = ((size_t) n_positions + NN_KV_TILE - 1) / NN_KV_TILE;
  size_t n_halves = tiles * NN_KV_TILE * (size_t) from->head_dim;

  g_return_if_fail (to->n_layers == from->n_layers && to->n_kv_heads == from->n_kv_heads);
  g_return_if_fail (to->head_dim == from->head_dim && n_positions <= from->capacity);
  g_return_if_fail (n_positions <= to->capacity);

  for (int layer = 0; layer < from->n_layers; layer++)
    for (int head = 0; head < from->n_kv_heads; head++) {
      memcpy (head_keys (to, layer, head), head_keys (from, layer, head),
              n_halves * sizeof (uint16_t));
      for (int i = 0; i < from->head_dim; i += NN_KV_TILE)
        memcpy (head_values (to, layer, head) + (size_t) i * (size_t) to->capacity,
                head_values (from, layer, head) + (size_t) i * (size_t) from->capacity,
                (size_t) n_positions * NN_KV_TILE * sizeof (uint16_t));
    }
}

size_t
nn_kv_cache_get_block_bytes (const NnKvCache *cache, int n_positions)
{
  size_t padded_dim = cache->head_size / (size_t) cache->capacity;

  return (size_t) n_positions * ((size_t) cache->head_dim + padded_dim)
         * (size_t) (cache->n_layers * cache->n_kv_heads) * sizeof (uint16_t);
}

/* The runs of halves that n_positions are, in their order: keys, then tiles of values. */
static void
copy_block (const NnKvCache *cache, int n_positions, uint16_t *block, gboolean to_block)
{
  const size_t n_keys = (size_t) n_positions * (size_t) cache->head_dim;
  const size_t n_values = (size_t) n_positions * NN_KV_TILE;

  g_return_if_fail (n_positions % NN_KV_TILE == 0 && n_positions <= cache->capacity);

  for (int layer = 0; layer < cache->n_layers; layer++)
    for (int head = 0; head < cache->n_kv_heads; head++) {
      uint16_t *keys = head_keys (cache, layer, head);

      memcpy (to_block ? block : keys, to_block ? keys : block, n_keys * sizeof *block);
      block += n_keys;
      for (int i = 0; i < cache->head_dim; i += NN_KV_TILE, block += n_values) {
        uint16_t *values = head_values (cache, layer, head) + (size_t) i * (size_t) cache->capacity;

        memcpy (to_block ? block : values, to_block ? values : block, n_values * sizeof *block);
      }
    }
}

void
nn_kv_cache_get_block (const NnKvCache *cache, int n_positions, uint16_t *block)
{
  copy_block (cache, n_positions, block, TRUE);
}

void
nn_kv_cache_set_block (NnKvCache *cache, int n_positions, const uint16_t *block)
{
  copy_block (cache, n_positions, (uint16_t *) block, FALSE);
}
