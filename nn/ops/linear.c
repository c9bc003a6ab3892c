/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/ops/linear.h"

#include <stdatomic.h>
#include <string.h>

#include "nn/kernels/pack.h"
#include "nn/kernels/panel.h"
#include "nn/kernels/slab.h"
#include "nn/ops/lanes.h"

enum { MAX_WEIGHTS = 8, CACHE_LINE = 64, PANELS_TO_FETCH_AHEAD = 2 };
/* Rows of more values are taken in parts, so that a pair of widened tiles stays close to its core.
 */
enum { MAX_RANGES = 16 };
enum { TOKENS_TO_WIDEN = 32, WIDE_VALUES = 1536, WIDE_BLOCK = 256 };

struct _NnLinear {
  int n_in;
  int n_out;
  int n_packs;
  NnPack packs[MAX_WEIGHTS];
  int first[MAX_WEIGHTS + 1]; /* output of each weight's first row */
  gboolean needs[NN_ACTIVATION_COUNT];
  float *bias; /* [n_out], or NULL */
};

/* Packing: every part takes tiles off one counter, until it is cancelled: the largest weights take
 * longer than a user waits for Ctrl-C. */
typedef struct {
  const NnContext *context;
  const NnLinear *linear;
  const NnTensor *const *weights;
  atomic_int next[MAX_WEIGHTS];
} PackJob;

static void
pack_part (void *data, int part, int n_parts)
{
  PackJob *job = data;

  for (int i = 0; i < job->linear->n_packs; i++) {
    const NnPack *pack = &job->linear->packs[i];
    const NnTensor *tensor = job->weights[i];
    size_t row_bytes = nn_type_row_bytes (tensor->type, (size_t) tensor->dims[0]);

    for (;;) {
      int tile = atomic_fetch_add (&job->next[i], 1);
      if (tile >= pack->n_tiles || nn_context_is_cancelled (job->context))
        break;

      int64_t row = (int64_t) tile * NN_TILE;
      nn_pack_tile (pack, tensor->type, tile,
                    (const uint8_t *) tensor->data + (size_t) row * row_bytes, row_bytes,
                    (int) MIN (NN_TILE, tensor->dims[1] - row));
    }
  }
}

/* A floating weight to the codes of Q8_0, 48 rows at a time as lanes. */
static void
round_part (void *data, int part, int n_parts)
{
  PackJob *job = data;
  const NnPack *pack = &job->linear->packs[0];
  const NnTensor *tensor = job->weights[0];
  const NnLaneKernels *kernels = nn_lane_kernels_choose (job->context->kernels);
  const size_t n_values = (size_t) pack->n_in * NN_LANES;
  float *rows = g_aligned_alloc (2 * n_values, sizeof (float), 64);
  float *lanes = rows + n_values;

  for (;;) {
    const int first = atomic_fetch_add (&job->next[0], 1) * NN_LANES;
    if (first >= tensor->dims[1] || nn_context_is_cancelled (job->context))
      break;

    const int n_rows = (int) MIN (NN_LANES, tensor->dims[1] - first);
    nn_lanes_read_rows (kernels, tensor, first, n_rows, rows, lanes);
    for (int row = 0; row < n_rows; row += NN_LANE_TILE) {
      uint8_t *tile = pack->data + (size_t) ((first + row) / NN_TILE) * pack->tile_bytes;

      kernels->pack_codes (lanes + row, pack->n_in, tile, (uint16_t *) (tile + pack->scales_at));
    }
  }
  g_aligned_free (rows);
}

static gboolean
describe (NnLinear *linear, const NnTensor *const *weights, int n_weights, GError **error)
{
  for (int i = 0; i < n_weights; i++) {
    const NnTensor *tensor = weights[i];

    if (tensor->n_dims != 2 || tensor->dims[0] != weights[0]->dims[0]
        || tensor->dims[1] > G_MAXINT / 2 - linear->n_out) {
      g_set_error (error, NN_ERROR, NN_ERROR_SHAPE,
                   "tensor %s: expected a matrix with rows of %" G_GINT64_FORMAT
                   ", found %d dimensions, rows of %" G_GINT64_FORMAT,
                   tensor->name, weights[0]->dims[0], tensor->n_dims, tensor->dims[0]);
      return FALSE;
    }

    NnPack *pack = &linear->packs[i];
    if (!nn_pack_describe (pack, tensor->type, tensor->dims[0], tensor->dims[1])) {
      const NnTypeInfo *info = nn_type_info (tensor->type);
      g_set_error (error, NN_ERROR, NN_ERROR_UNSUPPORTED,
                   "tensor %s: type %s cannot be a weight with rows of %" G_GINT64_FORMAT,
                   tensor->name, info != NULL ? info->name : "unknown", tensor->dims[0]);
      return FALSE;
    }
    linear->needs[nn_pack_activation (pack->format)] = TRUE;
    linear->first[i] = linear->n_out;
    linear->n_out += (int) tensor->dims[1];
  }
  linear->n_in = (int) weights[0]->dims[0];
  linear->first[n_weights] = linear->n_out;
  return TRUE;
}

static gboolean
read_biases (NnLinear *linear, const NnTensor *const *biases, int n_weights, GError **error)
{
  linear->bias = g_new0 (float, linear->n_out);
  for (int i = 0; i < n_weights; i++) {
    int n = linear->first[i + 1] - linear->first[i];

    if (biases[i] == NULL)
      continue;
    if (biases[i]->n_dims != 1 || biases[i]->dims[0] != n) {
      g_set_error (error, NN_ERROR, NN_ERROR_SHAPE,
                   "tensor %s: expected %d values, found %" G_GINT64_FORMAT, biases[i]->name, n,
                   biases[i]->dims[0]);
      return FALSE;
    }
    nn_dequantize_row (biases[i]->type, biases[i]->data, linear->bias + linear->first[i],
                       (size_t) n);
  }
  return TRUE;
}

/* Packs `weights` with `pack`, as what `types` describes. */
static NnLinear *
create (NnContext *context, const NnGguf *gguf, const NnTensor *const *weights,
        const NnTensor *const *types, int n_weights, const NnTensor *const *biases, NnPoolFunc pack,
        GError **error)
{
  g_autoptr (NnLinear) linear = g_new0 (NnLinear, 1);

  if (!describe (linear, types, n_weights, error))
    return NULL;
  if (biases != NULL && !read_biases (linear, biases, n_weights, error))
    return NULL;

  for (int i = 0; i < n_weights; i++) {
    NnPack *tiles = &linear->packs[i];
    size_t n_bytes = tiles->tile_bytes * (size_t) tiles->n_tiles;

    tiles->data = nn_slab_alloc (n_bytes);
    if (tiles->data == NULL) {
      g_set_error (error, NN_ERROR, NN_ERROR_MEMORY, "tensor %s: no memory for %zu bytes",
                   weights[i]->name, n_bytes);
      return NULL;
    }
    linear->n_packs++;
  }

  PackJob job = { .context = context, .linear = linear, .weights = weights };
  nn_pool_share (context->pool, pack, &job);
  if (nn_context_is_cancelled (context)) {
    g_set_error (error, NN_ERROR, NN_ERROR_CANCELLED, "tensor %s: loading was cancelled",
                 weights[0]->name);
    return NULL;
  }
  if (gguf != NULL)
    for (int i = 0; i < n_weights; i++)
      nn_gguf_release_pages (gguf, weights[i]);
  return g_steal_pointer (&linear);
}

NnLinear *
nn_linear_new (NnContext *context, const NnGguf *gguf, const NnTensor *const *weights,
               int n_weights, const NnTensor *const *biases, GError **error)
{
  g_return_val_if_fail (n_weights > 0 && n_weights <= MAX_WEIGHTS, NULL);

  return create (context, gguf, weights, weights, n_weights, biases, pack_part, error);
}

NnLinear *
nn_linear_new_rounded (NnContext *context, const NnGguf *gguf, const NnTensor *weight,
                       const NnTensor *bias, GError **error)
{
  NnTensor rounded = *weight;
  const NnTensor *type = &rounded;

  if (nn_lane_kernels_choose (context->kernels) == NULL || weight->n_dims != 2
      || weight->dims[0] % 32 != 0
      || (weight->type != NN_TYPE_F32 && weight->type != NN_TYPE_F16
          && weight->type != NN_TYPE_BF16))
    return nn_linear_new (context, gguf, &weight, 1, &bias, error);
  rounded.type = NN_TYPE_Q8_0;
  return create (context, gguf, &weight, &type, 1, &bias, round_part, error);
}

void
nn_linear_free (NnLinear *linear)
{
  if (linear == NULL)
    return;
  for (int i = 0; i < linear->n_packs; i++)
    nn_slab_dealloc (linear->packs[i].data,
                     linear->packs[i].tile_bytes * (size_t) linear->packs[i].n_tiles);
  g_free (linear->bias);
  g_free (linear);
}

int
nn_linear_get_n_in (const NnLinear *linear)
{
  return linear->n_in;
}

int
nn_linear_get_n_out (const NnLinear *linear)
{
  return linear->n_out;
}

size_t
nn_linear_get_n_bytes (const NnLinear *linear)
{
  size_t n_bytes = 0;

  for (int i = 0; i < linear->n_packs; i++)
    n_bytes += linear->packs[i].tile_bytes * (size_t) linear->packs[i].n_tiles;
  return n_bytes;
}

void
nn_linear_get_row (const NnLinear *linear, int index, float *row)
{
  int i = 0;

  g_return_if_fail (index >= 0 && index < linear->n_out);

  while (index >= linear->first[i + 1])
    i++;
  nn_pack_get_row (&linear->packs[i], index - linear->first[i], row);
}

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
  NnPanels panels[NN_ACTIVATION_COUNT];
  int n_pairs;          /* of tiles over all weights */
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

/* n outputs of one token. Whole tiles have loops of fixed length, which become vectors. */
static inline void
store (float *restrict y, const float *restrict out, const float *restrict bias, int n,
       gboolean add)
{
  if (n < NN_TILE) {
    for (int i = 0; i < n; i++)
      y[i] = (add ? y[i] : 0.0f) + (out[i] + (bias != NULL ? bias[i] : 0.0f));
    return;
  }
  if (add)
    for (int i = 0; i < NN_TILE; i++)
      y[i] += out[i];
  else
    for (int i = 0; i < NN_TILE; i++)
      y[i] = out[i];
  if (bias != NULL)
    for (int i = 0; i < NN_TILE; i++)
      y[i] += bias[i];
}

/* Asks for share `i` of `n` of the next pair of tiles, while the panels of this one are multiplied:
 * otherwise the first panel of each pair waits for memory. */
static inline void
fetch_next_pair (const Job *job, const NnPack *pack, int tile, int i, int n)
{
  size_t n_bytes = pack->tile_bytes * (size_t) job->n_values / (size_t) pack->n_in;
  size_t first = pack->tile_bytes * (size_t) job->begin / (size_t) pack->n_in;
  size_t begin = n_bytes * (size_t) i / (size_t) n / CACHE_LINE * CACHE_LINE;
  size_t end = n_bytes * (size_t) (i + 1) / (size_t) n;

  for (int j = tile; j < MIN (tile + 2, pack->n_tiles); j++)
    for (size_t at = begin; at < end; at += CACHE_LINE)
      __builtin_prefetch (pack->data + (size_t) j * pack->tile_bytes + first + at, 0, 2);
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

/* The pair of tiles that is multiplied: of the weight itself, or widened into this part's memory.
 */
static NnPack
get_pair (const Job *job, int part, const NnPack *pack, int *tile, int n_tiles)
{
  if (job->wide == NULL)
    return *pack;

  NnPack wide = nn_pack_describe_wide (job->n_values);
  wide.data = job->wide + (size_t) part * job->wide_bytes;
  for (int i = 0; i < n_tiles; i++)
    job->kernels->widen[pack->format](pack, *tile + i, job->begin, &wide, i);
  *tile = 0;
  return wide;
}

static void
multiply_pair (const Job *job, int part, int index, int tile, int block)
{
  const NnLinear *linear = job->linear;
  const NnPack *pack = &linear->packs[index];
  const NnActivation kind = nn_pack_activation (pack->format);
  const NnPanels *panels = &job->panels[kind];
  int n_tiles = MIN (2, pack->n_tiles - tile);
  int first_tile = tile;
  NnPack pair = get_pair (job, part, pack, &first_tile, n_tiles);
  NnMultiply multiply = job->kernels->multiply[pair.format];
  gboolean add = job->add || job->begin > 0;
  _Alignas(64) float out[2 * NN_PANEL_FLOAT * NN_TILE];

  int first_panel = block * job->panels_per_block;
  int n_panels = MIN (job->panels_per_block, nn_panels_count (panels) - first_panel);

  for (int i = 0; i < n_panels; i++) {
    int token;
    NnPanel panel = nn_panels_get (panels, first_panel + i, &token);
    NnPanel values = nn_panel_part (&panel, kind, job->begin);

    if (tile + 2 < pack->n_tiles && n_panels >= PANELS_TO_FETCH_AHEAD)
      fetch_next_pair (job, pack, tile + 2, i, n_panels);
    fetch_outputs (job, token, panel.width, linear->first[index] + tile * NN_TILE, n_tiles);
    multiply (&pair, first_tile, n_tiles, &values, out);
    for (int j = 0; j < n_tiles; j++) {
      int first = linear->first[index] + (tile + j) * NN_TILE;
      int n = MIN (NN_TILE, linear->first[index + 1] - first);
      const float *bias = linear->bias != NULL && job->begin == 0 ? linear->bias + first : NULL;

      for (int t = 0; t < panel.width; t++)
        store (job->y + (size_t) (token + t) * job->y_stride + (size_t) first,
               out + (j * panel.width + t) * NN_TILE, bias, n, add);
    }
  }
}

static void
multiply_unit (const Job *job, int part, int unit)
{
  int index = 0;
  int pair = unit % job->n_pairs;

  while (pair >= (job->linear->packs[index].n_tiles + 1) / 2)
    pair -= (job->linear->packs[index++].n_tiles + 1) / 2;
  multiply_pair (job, part, index, 2 * pair, unit / job->n_pairs);
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

  job->n_pairs = 0;
  for (int i = 0; i < job->linear->n_packs; i++)
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

static void
forward (const NnLinear *linear, NnContext *context, const float *x, int n_tokens, size_t x_stride,
         float *y, size_t y_stride, gboolean add)
{
  Job job = { .linear = linear,
              .kernels = context->kernels,
              .x = x,
              .n_tokens = n_tokens,
              .x_stride = x_stride,
              .y = y,
              .y_stride = y_stride,
              .add = add };
  size_t n_bytes = 0;

  if (n_tokens <= 0)
    return;

  for (int kind = 0; kind < NN_ACTIVATION_COUNT; kind++)
    if (linear->needs[kind]) {
      nn_panels_init (&job.panels[kind], kind, linear->n_in, n_tokens);
      n_bytes += job.panels[kind].n_bytes;
    }

  int n_threads = nn_pool_get_n_threads (context->pool);
  int n_parts = 1; /* of each row */
  if (is_widened (&job)) {
    NnPack wide = nn_pack_describe_wide (WIDE_VALUES);

    job.wide_bytes = wide.tile_bytes * (size_t) wide.n_tiles;
    n_parts = (linear->n_in + WIDE_VALUES - 1) / WIDE_VALUES;
  }

  uint8_t *scratch =
      nn_context_get_scratch (context, n_bytes + job.wide_bytes * (size_t) n_threads);
  for (int kind = 0; kind < NN_ACTIVATION_COUNT; kind++)
    if (linear->needs[kind]) {
      job.panels[kind].buffer = scratch;
      scratch += job.panels[kind].n_bytes;
    }
  job.wide = job.wide_bytes > 0 ? scratch : NULL;

  if (n_tokens <= TOKENS_TO_FILL_ALONE)
    fill_part (&job, 0, 1);
  else
    nn_pool_share (context->pool, fill_part, &job);

  for (int i = 0; i < n_parts; i++) {
    int n_blocks = linear->n_in / WIDE_BLOCK;

    if (job.wide != NULL) {
      job.begin = n_blocks * i / n_parts * WIDE_BLOCK;
      job.n_values = n_blocks * (i + 1) / n_parts * WIDE_BLOCK - job.begin;
    } else {
      job.n_values = linear->n_in;
    }
    set_units (&job, n_threads);
    for (int range = 0; range < job.n_ranges; range++)
      atomic_store (&job.ranges[range].next, range_begin (&job, range));
    nn_pool_share (context->pool, forward_part, &job);
  }
}

void
nn_linear_forward (const NnLinear *linear, NnContext *context, const float *x, int n_tokens,
                   size_t x_stride, float *y, size_t y_stride)
{
  forward (linear, context, x, n_tokens, x_stride, y, y_stride, FALSE);
}

void
nn_linear_forward_add (const NnLinear *linear, NnContext *context, const float *x, int n_tokens,
                       size_t x_stride, float *y, size_t y_stride)
{
  forward (linear, context, x, n_tokens, x_stride, y, y_stride, TRUE);
}
