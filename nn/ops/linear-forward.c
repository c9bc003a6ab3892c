/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Products of a linear layer. Its rows are taken in units of two tiles, its tokens in panels. */

#include <stdatomic.h>
#include <string.h>

#include "nn/ops/linear-private.h"
#include "nn/ops/ops.h"

enum { CACHE_LINE = 64, PANELS_TO_FETCH_AHEAD = 2, MAX_RANGES = 16 };
/* Rows of more values are taken in parts, so that a pair of widened tiles stays close to its core.
 */
enum { TOKENS_TO_WIDEN = 32, WIDE_VALUES = 1536, WIDE_BLOCK = 256 };

/* A counter in a cache line of its own. */
typedef struct {
  _Alignas(CACHE_LINE) atomic_int next;
} Range;

typedef struct {
  const NnLinear *linear;
  const NnKernels *kernels;
  const float *x;
  int n_tokens;
  size_t x_stride;
  float *y;
  size_t y_stride;
  gboolean add;
  gboolean is_gated; /* y is silu (outputs of the first weight) * outputs of the second */
  NnPanels panels[NN_ACTIVATION_COUNT];
  int n_pairs;          /* of tiles over all weights, or of one tile of each of two */
  int panels_per_block; /* so many panels at a time, that they stay in a core's cache */
  int n_units;          /* pairs times blocks */
  int chunk;            /* units taken at once */
  atomic_int next_fill[NN_ACTIVATION_COUNT];
  int n_ranges; /* of units: each part begins with one of its own */

  int begin; /* values of each row that are multiplied now */
  int n_values;
  uint8_t *wide; /* NULL, or [n_parts][wide_bytes]: each part's pair of tiles, widened */
  size_t wide_bytes;
  Range ranges[MAX_RANGES];
} Job;

static void
fill_part (void *data, int part, int n_parts)
{
  Job *job = data;

  for (int kind = 0; kind < NN_ACTIVATION_COUNT; kind++) {
    const NnPanels *panels = &job->panels[kind];
    int n = job->linear->needs[kind] ? nn_panels_count (panels) : 0;

    for (int i;
         (i = atomic_fetch_add_explicit (&job->next_fill[kind], 1, memory_order_relaxed)) < n;) {
      int token;
      NnPanel panel = nn_panels_get (panels, i, &token);

      job->kernels->fill[kind](job->x + (size_t) token * job->x_stride, job->x_stride,
                               job->linear->n_in, &panel);
    }
  }
}

/* One or two tiles that are multiplied together. */
typedef struct {
  const NnPack *packs[2]; /* the weights that they are of */
  int tiles[2];
  int first[2]; /* outputs of their first rows */
  int n_rows[2];
  int n_tiles;
} Pair;

static void
find_pair (const Job *job, int at, Pair *pair)
{
  const NnLinear *linear = job->linear;
  int index = 0;

  pair->n_tiles = 2;
  if (!job->is_gated) {
    while (at >= (linear->packs[index].n_tiles + 1) / 2)
      at -= (linear->packs[index++].n_tiles + 1) / 2;
    at *= 2;
    pair->n_tiles = MIN (2, linear->packs[index].n_tiles - at);
  }
  for (int i = 0; i < pair->n_tiles; i++) {
    const int weight = job->is_gated ? i : index;

    pair->packs[i] = &linear->packs[weight];
    pair->tiles[i] = job->is_gated ? at : at + i;
    pair->first[i] = linear->first[weight] + pair->tiles[i] * NN_TILE;
    pair->n_rows[i] = MIN (NN_TILE, linear->first[weight + 1] - pair->first[i]);
  }
}

/* Asks for share `i` of `n` of the next pair of tiles, while the panels of this one are multiplied:
 * otherwise the first panel of each pair waits for memory. */
static inline void
fetch_pair (const Job *job, const Pair *pair, int i, int n)
{
  for (int j = 0; j < pair->n_tiles; j++) {
    const NnPack *pack = pair->packs[j];
    size_t n_bytes = pack->tile_bytes * (size_t) job->n_values / (size_t) pack->n_in;
    size_t first = pack->tile_bytes * (size_t) job->begin / (size_t) pack->n_in;
    size_t begin = n_bytes * (size_t) i / (size_t) n / CACHE_LINE * CACHE_LINE;
    size_t end = n_bytes * (size_t) (i + 1) / (size_t) n;

    for (size_t at = begin; at < end; at += CACHE_LINE)
      __builtin_prefetch (pack->data + (size_t) pair->tiles[j] * pack->tile_bytes + first + at, 0,
                          2);
  }
}

/* Rows of outputs are far apart: their lines come while the product is computed. */
static inline void
fetch_outputs (const Job *job, int token, int n, int first, int n_tiles)
{
  for (int t = 0; t < n; t++)
    for (int j = 0; j < n_tiles; j++)
      __builtin_prefetch (
          job->y + (size_t) (token + t) * job->y_stride + (size_t) (first + j * NN_TILE), 1);
}

/* What is multiplied: the weight itself from tile *tile on, or the pair widened into this part's
 * memory. */
static NnPack
get_weights (const Job *job, int part, const Pair *pair, int *tile)
{
  *tile = pair->tiles[0];
  if (job->wide == NULL)
    return *pair->packs[0];

  NnPack wide = nn_pack_describe_wide (job->n_values);
  wide.data = job->wide + (size_t) part * job->wide_bytes;
  for (int i = 0; i < pair->n_tiles; i++)
    job->kernels->widen[pair->packs[i]->format](pair->packs[i], pair->tiles[i], job->begin, &wide,
                                                i);
  *tile = 0;
  return wide;
}

/* out: [n_tiles, width, NN_TILE] of `width` tokens from `token` on. */
static inline void
store_pair (const Job *job, const Pair *pair, const float *out, int token, int width)
{
  const NnLinear *linear = job->linear;
  const gboolean add = job->add || job->begin > 0;

  for (int j = 0; j < pair->n_tiles; j++) {
    const int first = pair->first[j];
    const float *bias = linear->bias != NULL && job->begin == 0 ? linear->bias + first : NULL;

    job->kernels->rows->store_tile (out + j * width * NN_TILE, width, pair->n_rows[j], bias, add,
                                    job->y + (size_t) token * job->y_stride + (size_t) first,
                                    job->y_stride);
  }
}

static inline void
store_gated (const Job *job, const Pair *pair, const float *out, int token, int width)
{
  const NnRowKernels *rows = job->kernels->rows;
  _Alignas(64) float product[NN_PANEL_FLOAT * NN_TILE];

  rows->silu_mul (out, out + width * NN_TILE, width * NN_TILE, product);
  rows->store_tile (product, width, NN_TILE, NULL, FALSE,
                    job->y + (size_t) token * job->y_stride + (size_t) pair->first[0],
                    job->y_stride);
}

static void
multiply_unit (const Job *job, int part, int unit)
{
  const int at = unit % job->n_pairs, block = unit / job->n_pairs;
  Pair pair, next;
  int tile;

  find_pair (job, at, &pair);
  const NnActivation kind = nn_pack_activation (pair.packs[0]->format);
  const NnPanels *panels = &job->panels[kind];
  const NnPack weights = get_weights (job, part, &pair, &tile);
  NnMultiply multiply = job->kernels->multiply[weights.format];
  _Alignas(64) float out[2 * NN_PANEL_FLOAT * NN_TILE];

  const int first_panel = block * job->panels_per_block;
  const int n_panels = MIN (job->panels_per_block, nn_panels_count (panels) - first_panel);
  const gboolean fetches = at + 1 < job->n_pairs && n_panels >= PANELS_TO_FETCH_AHEAD;

  if (fetches)
    find_pair (job, at + 1, &next);
  for (int i = 0; i < n_panels; i++) {
    int token;
    NnPanel panel = nn_panels_get (panels, first_panel + i, &token);
    NnPanel values = nn_panel_part (&panel, kind, job->begin);

    if (fetches)
      fetch_pair (job, &next, i, n_panels);
    fetch_outputs (job, token, panel.width, pair.first[0], job->is_gated ? 1 : pair.n_tiles);
    multiply (&weights, tile, pair.n_tiles, &values, out);
    if (job->is_gated)
      store_gated (job, &pair, out, token, panel.width);
    else
      store_pair (job, &pair, out, token, panel.width);
  }
}

static int
range_begin (const Job *job, int range)
{
  return (int) ((int64_t) job->n_units * range / job->n_ranges);
}

static void
forward_part (void *data, int part, int n_parts)
{
  Job *job = data;

  for (int i = 0; i < job->n_ranges; i++) {
    const int range = (part + i) % job->n_ranges, end = range_begin (job, range + 1);

    for (;;) {
      int unit =
          atomic_fetch_add_explicit (&job->ranges[range].next, job->chunk, memory_order_relaxed);
      if (unit >= end)
        break;
      for (const int last = MIN (unit + job->chunk, end); unit < last; unit++)
        multiply_unit (job, part, unit);
    }
  }
}

/* Few tokens: the fill is so short that waking the pool would cost more than sharing saves. */
enum { TOKENS_TO_FILL_ALONE = 4, CHUNKS_PER_PART = 8, BLOCK_BYTES = 384 * 1024 };

/* Whether so many tokens share the weights that these are better widened first. */
static gboolean
is_widened (const Job *job)
{
  for (int i = 0; i < job->linear->n_packs; i++)
    if (job->kernels->widen[job->linear->packs[i].format] == NULL)
      return FALSE;
  return job->n_tokens >= TOKENS_TO_WIDEN;
}

/* The blocks of panels are the outer loop: each is read once per pair of tiles, from the core's own
 * cache, and the weights once per block. All kinds of activation have the same number of blocks. */
static void
set_units (Job *job, int n_threads)
{
  int n_blocks = 1;

  job->n_pairs = job->is_gated ? job->linear->packs[0].n_tiles : 0;
  for (int i = 0; i < job->linear->n_packs && !job->is_gated; i++)
    job->n_pairs += (job->linear->packs[i].n_tiles + 1) / 2;

  job->panels_per_block = G_MAXINT / 2;
  for (int kind = 0; kind < NN_ACTIVATION_COUNT; kind++)
    if (job->linear->needs[kind]) {
      const NnPanels *panels = &job->panels[kind];
      size_t panel_bytes = panels->bytes_per_token * (size_t) panels->full_width
                           * (size_t) job->n_values / (size_t) panels->n_in;
      int per_block = (int) MAX (1, BLOCK_BYTES / panel_bytes);

      job->panels_per_block = MIN (job->panels_per_block, per_block);
    }
  for (int kind = 0; kind < NN_ACTIVATION_COUNT; kind++)
    if (job->linear->needs[kind])
      n_blocks = MAX (n_blocks, (nn_panels_count (&job->panels[kind]) + job->panels_per_block - 1)
                                    / job->panels_per_block);
  job->n_units = job->n_pairs * n_blocks;
  job->chunk = MAX (1, job->n_pairs / (CHUNKS_PER_PART * n_threads));
  /* With few tokens a part goes on where it was: what it has asked for ahead is its own. */
  job->n_ranges = job->n_tokens <= TOKENS_TO_FILL_ALONE ? MIN (n_threads, MAX_RANGES) : 1;
}

/* What `job` says, but for what follows from it. */
static void
run (Job *job, NnContext *context)
{
  const NnLinear *linear = job->linear;
  const int n_tokens = job->n_tokens;
  size_t n_bytes = 0;

  if (n_tokens <= 0)
    return;

  for (int kind = 0; kind < NN_ACTIVATION_COUNT; kind++)
    if (linear->needs[kind]) {
      nn_panels_init (&job->panels[kind], kind, linear->n_in, n_tokens);
      n_bytes += job->panels[kind].n_bytes;
    }

  int n_threads = nn_pool_get_n_threads (context->pool);
  int n_parts = 1; /* of each row */
  if (is_widened (job)) {
    NnPack wide = nn_pack_describe_wide (WIDE_VALUES);

    job->wide_bytes = wide.tile_bytes * (size_t) wide.n_tiles;
    n_parts = (linear->n_in + WIDE_VALUES - 1) / WIDE_VALUES;
  }

  uint8_t *scratch =
      nn_context_get_scratch (context, n_bytes + job->wide_bytes * (size_t) n_threads);
  for (int kind = 0; kind < NN_ACTIVATION_COUNT; kind++)
    if (linear->needs[kind]) {
      job->panels[kind].buffer = scratch;
      scratch += job->panels[kind].n_bytes;
    }
  job->wide = job->wide_bytes > 0 ? scratch : NULL;

  if (n_tokens <= TOKENS_TO_FILL_ALONE)
    fill_part (job, 0, 1);
  else
    nn_pool_share (context->pool, fill_part, job);

  for (int i = 0; i < n_parts; i++) {
    int n_blocks = linear->n_in / WIDE_BLOCK;

    if (job->wide != NULL) {
      job->begin = n_blocks * i / n_parts * WIDE_BLOCK;
      job->n_values = n_blocks * (i + 1) / n_parts * WIDE_BLOCK - job->begin;
    } else {
      job->n_values = linear->n_in;
    }
    set_units (job, n_threads);
    for (int range = 0; range < job->n_ranges; range++)
      atomic_store (&job->ranges[range].next, range_begin (job, range));
    nn_pool_share (context->pool, forward_part, job);
  }
}

static Job
new_job (const NnLinear *linear, NnContext *context, const float *x, int n_tokens, size_t x_stride,
         float *y, size_t y_stride)
{
  return (Job){ .linear = linear,
                .kernels = context->kernels,
                .x = x,
                .n_tokens = n_tokens,
                .x_stride = x_stride,
                .y = y,
                .y_stride = y_stride };
}

void
nn_linear_forward (const NnLinear *linear, NnContext *context, const float *x, int n_tokens,
                   size_t x_stride, float *y, size_t y_stride)
{
  Job job = new_job (linear, context, x, n_tokens, x_stride, y, y_stride);

  run (&job, context);
}

void
nn_linear_forward_add (const NnLinear *linear, NnContext *context, const float *x, int n_tokens,
                       size_t x_stride, float *y, size_t y_stride)
{
  Job job = new_job (linear, context, x, n_tokens, x_stride, y, y_stride);

  job.add = TRUE;
  run (&job, context);
}

/* Whether a tile of each weight gives whole outputs of the gated product: both are widened, so that
 * they stand side by side, whole, and in one part. */
static gboolean
can_gate (const Job *job)
{
  const NnLinear *linear = job->linear;
  const NnPack *gate = &linear->packs[0], *up = &linear->packs[1];

  return is_widened (job) && linear->bias == NULL && linear->n_in <= WIDE_VALUES
         && linear->first[1] % NN_TILE == 0
         && nn_pack_activation (gate->format) == nn_pack_activation (up->format);
}

void
nn_linear_forward_silu_mul (const NnLinear *linear, NnContext *context, const float *x,
                            int n_tokens, float *both, float *y)
{
  const int n_out = linear->n_out / 2;
  Job job = new_job (linear, context, x, n_tokens, (size_t) linear->n_in, y, (size_t) n_out);

  g_return_if_fail (linear->n_packs == 2 && linear->first[1] == n_out);

  if (can_gate (&job)) {
    job.is_gated = TRUE;
    run (&job, context);
    return;
  }
  nn_linear_forward (linear, context, x, n_tokens, (size_t) linear->n_in, both, 2 * (size_t) n_out);
  nn_silu_mul (context, both, n_tokens, n_out, y);
}
