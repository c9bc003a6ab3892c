/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Attention as products of tiles. Keys stand in tiles [n_keys / 16][head_dim][16] and values in
 * tiles [head_dim / 16][n_keys][16], so both steps are the float product of a linear layer: up to
 * 12 queries are a panel, 16 keys (then 16 elements of the head) are a tile. Keys are taken in runs
 * of CHUNK with a running maximum and sum, so the scratch is small whatever the length. [Milakov &
 * Gimelshein 2018; Dao et al. 2022]
 */

#include "nn/ops/ops.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include <glib.h>

enum { CHUNK = 512, MAX_QUERIES = NN_PANEL_FLOAT };

/* What one part works with, inside the context's scratch. */
typedef struct {
  float *q;             /* [head_dim][width], scaled */
  float *scores;        /* [width][CHUNK] */
  float *probabilities; /* [CHUNK][width] */
  float *out;           /* [width][padded head_dim] */
} Scratch;

typedef struct {
  const NnAttention *attention;
  const NnKernels *kernels;
  NnPackFormat format;
  int n_kv_heads;
  int padded_dim;         /* head_dim up to whole tiles */
  const NnKvCache *cache; /* or NULL, and packed keys and values of all heads */
  int layer;
  const uint8_t *keys;
  const uint8_t *values;
  size_t key_head_bytes, value_head_bytes;
  size_t value_tile_bytes;
  const float *q;
  int n_rows;
  size_t q_stride;
  int first;  /* position of row 0 */
  int n_keys; /* that every row sees; 0: row r sees first + r + 1 */
  float *out;
  float *weights;
  uint8_t *scratch;
  size_t scratch_bytes; /* of one part */
  atomic_int next, next_pack;
  int n_ranges;   /* of CHUNK keys each that are attended to apart; 1: all keys at once */
  float *partial; /* [n_kv_heads][n_ranges][n_queries][padded_dim + 2]: values, highest, sum */

  const float *k, *v; /* unpacked operands of nn_attention_full() */
  size_t kv_stride;
} Job;

static size_t
round_up (size_t n, size_t multiple)
{
  return (n + multiple - 1) / multiple * multiple;
}

static size_t
scratch_bytes_of (int padded_dim)
{
  return sizeof (float) * MAX_QUERIES * (size_t) (2 * padded_dim + 2 * CHUNK);
}

static Scratch
get_scratch (const Job *job, int part)
{
  float *at = (float *) (job->scratch + (size_t) part * job->scratch_bytes);
  Scratch s;

  s.scores = at;
  s.probabilities = s.scores + MAX_QUERIES * CHUNK;
  s.q = s.probabilities + MAX_QUERIES * CHUNK;
  s.out = s.q + (size_t) (MAX_QUERIES * job->padded_dim);
  return s;
}

/* A block of queries that share keys: query i of a kv head is row i / group, head i % group of its
 * group. */
typedef struct {
  int kv_head;
  int group;
  int first; /* index of the first query */
  int n_queries;
  int width; /* of the panel; queries past n_queries are zeros that see no key */
  int begin; /* keys that any of them sees */
  int end;
  int from[MAX_QUERIES]; /* keys that each sees */
  int to[MAX_QUERIES];
} Block;

static int
row_of (const Block *block, int t)
{
  return (block->first + t) / block->group;
}

static int
head_of (const Block *block, int t)
{
  return block->kv_head * block->group + (block->first + t) % block->group;
}

static void
set_limits (const Job *job, Block *block)
{
  block->begin = G_MAXINT;
  block->end = 0;
  for (int t = block->n_queries; t < block->width; t++)
    block->from[t] = block->to[t] = 0;
  for (int t = 0; t < block->n_queries; t++) {
    int to = job->n_keys > 0 ? job->n_keys : job->first + row_of (block, t) + 1;
    int window = job->attention->window;

    block->to[t] = to;
    block->from[t] = window > 0 && to > window ? to - window : 0;
    block->begin = MIN (block->begin, block->from[t]);
    block->end = MAX (block->end, to);
  }
  block->begin = block->begin / NN_KV_TILE * NN_KV_TILE;
}

static void
load_queries (const Job *job, const Block *block, const Scratch *s)
{
  int head_dim = job->attention->head_dim;

  for (int t = block->n_queries; t < block->width; t++)
    for (int i = 0; i < head_dim; i++)
      s->q[i * block->width + t] = 0.0f;
  for (int t = 0; t < block->n_queries; t++) {
    const float *q = job->q + (size_t) row_of (block, t) * job->q_stride
                     + (size_t) (head_of (block, t) * head_dim);

    for (int i = 0; i < head_dim; i++)
      s->q[i * block->width + t] = q[i] * job->attention->scale;
  }
}

/* Scores of keys begin .. begin + n - 1, where begin starts a tile. */
static void
score (const Job *job, const Block *block, const Scratch *s, const uint8_t *keys, int begin, int n)
{
  const NnRowKernels *rows = job->kernels->rows;
  int head_dim = job->attention->head_dim;
  float cap = job->attention->logit_softcap;
  size_t element = job->format == NN_PACK_F16 ? 2 : 4;
  NnPack pack = { .format = job->format,
                  .n_in = head_dim,
                  .tile_bytes = (size_t) head_dim * NN_TILE * element,
                  .data = (uint8_t *) keys };
  NnPanel panel = { .width = block->width, .values = s->q };
  int n_tiles = (n + NN_TILE - 1) / NN_TILE;
  _Alignas(64) float out[2 * MAX_QUERIES * NN_TILE];

  for (int tile = 0; tile < n_tiles; tile += 2) {
    int count = MIN (2, n_tiles - tile);

    job->kernels->multiply[job->format](&pack, begin / NN_TILE + tile, count, &panel, out);
    for (int i = 0; i < count; i++)
      for (int t = 0; t < block->width; t++)
        memcpy (s->scores + t * CHUNK + (tile + i) * NN_TILE,
                out + (i * block->width + t) * NN_TILE, sizeof (float) * NN_TILE);
  }

  for (int t = 0; t < block->width; t++) {
    float *scores = s->scores + t * CHUNK;

    if (cap > 0.0f)
      rows->softcap (scores, n, cap);
    for (int i = 0; i < MIN (n, block->from[t] - begin); i++)
      scores[i] = -INFINITY;
    for (int i = MAX (0, block->to[t] - begin); i < n; i++)
      scores[i] = -INFINITY;
  }
}

/* What was summed up over some keys and what over further ones, relative to the higher maximum. */
typedef struct {
  float highest;
  float sum;
  float kept;  /* factor of what was there */
  float added; /* of what comes */
} Running;

static void
merge (Running *running, float highest, float sum)
{
  float top = MAX (running->highest, highest);

  /* Either may have seen no key. */
  running->kept = running->highest == -INFINITY ? 0.0f : expf (running->highest - top);
  running->added = highest == -INFINITY ? 0.0f : expf (highest - top);
  running->sum = running->sum * running->kept + sum * running->added;
  running->highest = top;
}

/* out[t] = out[t] * kept + added * the values of keys begin .. begin + n - 1, weighted. */
static void
add_values (const Job *job, const Block *block, const Scratch *s, const uint8_t *values, int begin,
            int n, const Running *running)
{
  size_t element = job->format == NN_PACK_F16 ? 2 : 4;
  NnPack pack = { .format = job->format,
                  .n_in = n,
                  .tile_bytes = job->value_tile_bytes,
                  .data = (uint8_t *) values + (size_t) begin * NN_TILE * element };
  NnPanel panel = { .width = block->width, .values = s->probabilities };
  int n_tiles = job->padded_dim / NN_TILE;
  _Alignas(64) float out[2 * MAX_QUERIES * NN_TILE];

  job->kernels->fill[NN_ACTIVATION_FLOAT](s->scores, CHUNK, n, &panel);
  for (int tile = 0; tile < n_tiles; tile += 2) {
    int count = MIN (2, n_tiles - tile);

    job->kernels->multiply[job->format](&pack, tile, count, &panel, out);
    for (int i = 0; i < count; i++)
      for (int t = 0; t < block->width; t++) {
        float *added = out + (i * block->width + t) * NN_TILE;

        job->kernels->rows->scale (added, NN_TILE, running[t].added);
        job->kernels->rows->scale_add (s->out + t * job->padded_dim + (tile + i) * NN_TILE,
                                       running[t].kept, added, NN_TILE);
      }
  }
}

/* The values of keys first .. last - 1, weighted, in s->out; the weights add up to running->sum. */
static void
attend_to (const Job *job, const Block *block, const Scratch *s, const uint8_t *keys,
           const uint8_t *values, int first, int last, Running *running)
{
  const NnRowKernels *rows = job->kernels->rows;

  memset (s->out, 0, sizeof (float) * (size_t) (block->width * job->padded_dim));
  for (int t = 0; t < block->width; t++)
    running[t] = (Running){ .highest = -INFINITY };

  for (int begin = first, n; begin < last; begin += n) {
    n = MIN (CHUNK - begin % CHUNK, last - begin);
    score (job, block, s, keys, begin, n);
    for (int t = 0; t < block->width; t++) {
      float *scores = s->scores + t * CHUNK;
      float top = rows->largest (scores, n);
      float sum = 0.0f;

      if (top == -INFINITY)
        memset (scores, 0, sizeof (float) * (size_t) n);
      else
        sum = rows->exp_sum (scores, n, top);
      merge (&running[t], top, sum);
    }
    add_values (job, block, s, values, begin, n, running);
  }
}

static float *
get_out (const Job *job, const Block *block, int t)
{
  int head_dim = job->attention->head_dim;

  return job->out + (size_t) row_of (block, t) * (size_t) (job->attention->n_heads * head_dim)
         + (size_t) (head_of (block, t) * head_dim);
}

static float *
get_partial (const Job *job, int kv_head, int range, int query)
{
  int n_queries = job->n_rows * (job->attention->n_heads / job->n_kv_heads);
  size_t index = (size_t) ((kv_head * job->n_ranges + range) * n_queries + query);

  return job->partial + index * (size_t) (job->padded_dim + 2);
}

static void
attend (const Job *job, const Block *block, const Scratch *s, const uint8_t *keys,
        const uint8_t *values, int range)
{
  int head_dim = job->attention->head_dim;
  Running running[MAX_QUERIES];
  int begin = block->begin, end = block->end;

  if (job->n_ranges > 1) {
    begin = MAX (begin, range * CHUNK);
    end = MIN (end, (range + 1) * CHUNK);
  }
  load_queries (job, block, s);
  attend_to (job, block, s, keys, values, begin, end, running);
  for (int t = 0; t < block->n_queries; t++) {
    float *values_of = s->out + t * job->padded_dim;

    if (job->n_ranges > 1) {
      float *to = get_partial (job, block->kv_head, range, block->first + t);

      memcpy (to, values_of, sizeof (float) * (size_t) head_dim);
      to[job->padded_dim] = running[t].highest;
      to[job->padded_dim + 1] = running[t].sum;
    } else {
      job->kernels->rows->scale (values_of, head_dim, 1.0f / running[t].sum);
      memcpy (get_out (job, block, t), values_of, sizeof (float) * (size_t) head_dim);
    }
  }
}

/* The ranges of one query together, in their order: the bits of attend_to() over all of them. */
static void
combine (const Job *job, int kv_head, int query)
{
  const NnRowKernels *rows = job->kernels->rows;
  int head_dim = job->attention->head_dim;
  Block block = { .kv_head = kv_head,
                  .group = job->attention->n_heads / job->n_kv_heads,
                  .first = query };
  float *out = get_out (job, &block, 0);
  Running running = { .highest = -INFINITY };

  memset (out, 0, sizeof (float) * (size_t) head_dim);
  for (int i = 0; i < job->n_ranges; i++) {
    float *partial = get_partial (job, kv_head, i, query);

    merge (&running, partial[job->padded_dim], partial[job->padded_dim + 1]);
    rows->scale (partial, head_dim, running.added);
    rows->scale_add (out, running.kept, partial, head_dim);
  }
  rows->scale (out, head_dim, 1.0f / running.sum);
}

/* The probabilities of the block's queries over all keys, for those who ask for them. */
static void
write_weights (const Job *job, const Block *block, const Scratch *s, const uint8_t *keys)
{
  for (int begin = 0; begin < block->end; begin += CHUNK) {
    int n = MIN (CHUNK, block->end - begin);

    score (job, block, s, keys, begin, n);
    for (int t = 0; t < block->n_queries; t++) {
      size_t row = (size_t) head_of (block, t) * (size_t) job->n_rows + (size_t) row_of (block, t);
      memcpy (job->weights + row * (size_t) block->end + begin, s->scores + t * CHUNK,
              sizeof (float) * (size_t) n);
    }
  }
  for (int t = 0; t < block->n_queries; t++) {
    size_t row = (size_t) head_of (block, t) * (size_t) job->n_rows + (size_t) row_of (block, t);
    float *weights = job->weights + row * (size_t) block->end;
    const NnRowKernels *rows = job->kernels->rows;
    float sum = rows->exp_sum (weights, block->end, rows->largest (weights, block->end));

    rows->scale (weights, block->end, 1.0f / sum);
  }
}

/* Blocks of 12 queries, the last one cut into 4, 2 and 1 as panels are; three are a panel of 4. */
static void
attend_part (void *data, int part, int n_parts)
{
  Job *job = data;
  Scratch s = get_scratch (job, part);
  int group = job->attention->n_heads / job->n_kv_heads;
  int n_queries = job->n_rows * group;
  int per_head = (n_queries + MAX_QUERIES - 1) / MAX_QUERIES * job->n_ranges;

  for (int item; (item = atomic_fetch_add (&job->next, 1)) < per_head * job->n_kv_heads;) {
    Block block = { .kv_head = item / per_head, .group = group };
    int range = item % job->n_ranges;
    /* The longest rows first, so that the parts end together. */
    int first = job->n_ranges > 1 ? 0 : (per_head - 1 - item % per_head) * MAX_QUERIES;
    int last = MIN (first + MAX_QUERIES, n_queries);
    const uint8_t *keys, *values;

    if (job->cache != NULL) {
      keys = (const uint8_t *) nn_kv_cache_keys (job->cache, job->layer, block.kv_head);
      values = (const uint8_t *) nn_kv_cache_values (job->cache, job->layer, block.kv_head);
    } else {
      keys = job->keys + (size_t) block.kv_head * job->key_head_bytes;
      values = job->values + (size_t) block.kv_head * job->value_head_bytes;
    }
    for (; first < last; first += block.n_queries) {
      int rest = last - first;

      block.first = first;
      block.width = rest == MAX_QUERIES ? MAX_QUERIES : rest >= 3 ? 4 : rest;
      block.n_queries = MIN (rest, block.width);
      set_limits (job, &block);
      attend (job, &block, &s, keys, values, range);
      if (job->weights != NULL)
        write_weights (job, &block, &s, keys);
    }
  }
}

void
nn_attention_cached (NnContext *context, const NnAttention *attention, const NnKvCache *cache,
                     int layer, const float *q, int n_rows, size_t q_stride, int first, float *out)
{
  int n_threads = nn_pool_get_n_threads (context->pool);
  int padded_dim = (int) round_up ((size_t) attention->head_dim, NN_TILE);
  Job job = {
    .attention = attention,
    .kernels = context->kernels,
    .format = NN_PACK_F16,
    .n_kv_heads = nn_kv_cache_get_n_kv_heads (cache),
    .padded_dim = padded_dim,
    .cache = cache,
    .n_ranges = 1,
    .layer = layer,
    .value_tile_bytes = (size_t) nn_kv_cache_get_capacity (cache) * NN_TILE * sizeof (uint16_t),
    .q = q,
    .n_rows = n_rows,
    .q_stride = q_stride,
    .first = first,
    .n_keys = attention->n_keys,
    .out = out,
    .scratch_bytes = scratch_bytes_of (padded_dim),
  };

  /* A few queries over many keys: the ranges of keys are shared out, too, or as many threads as
   * there are heads would be at work. */
  int n_queries = n_rows * (attention->n_heads / job.n_kv_heads);
  int n_keys = attention->n_keys > 0 ? attention->n_keys : first + n_rows;
  if (n_queries <= MAX_QUERIES)
    job.n_ranges = (n_keys + CHUNK - 1) / CHUNK;

  size_t n_partial = job.n_ranges > 1 ? (size_t) (job.n_kv_heads * job.n_ranges * n_queries) : 0;
  size_t scratch_bytes = job.scratch_bytes * (size_t) n_threads;
  uint8_t *scratch = nn_context_get_scratch (
      context, scratch_bytes + n_partial * (size_t) (padded_dim + 2) * sizeof (float));

  job.scratch = scratch;
  job.partial = (float *) (scratch + scratch_bytes);
  nn_pool_share (context->pool, attend_part, &job);
  for (int i = 0; job.n_ranges > 1 && i < job.n_kv_heads * n_queries; i++)
    combine (&job, i / n_queries, i % n_queries);
}

/* Keys and values of a head into tiles; the last tile is filled up with zeros. */
static void
pack_head (const Job *job, int head)
{
  int head_dim = job->attention->head_dim;
  float *keys = (float *) (job->keys + (size_t) head * job->key_head_bytes);
  float *values = (float *) (job->values + (size_t) head * job->value_head_bytes);
  int padded_keys = (int) round_up ((size_t) job->n_keys, NN_TILE);

  for (int p = 0; p < padded_keys; p++) {
    const float *k = job->k + (size_t) p * job->kv_stride + (size_t) (head * head_dim);
    float *to = keys + (size_t) (p / NN_TILE * NN_TILE * head_dim + p % NN_TILE);

    for (int i = 0; i < head_dim; i++)
      to[i * NN_TILE] = p < job->n_keys ? k[i] : 0.0f;
  }
  for (int p = 0; p < job->n_keys; p++) {
    const float *v = job->v + (size_t) p * job->kv_stride + (size_t) (head * head_dim);

    for (int i = 0; i < job->padded_dim; i += NN_TILE) {
      float *to = values + ((size_t) i / NN_TILE * (size_t) job->n_keys + (size_t) p) * NN_TILE;
      int n = MIN (NN_TILE, head_dim - i);

      memcpy (to, v + i, sizeof (float) * (size_t) n);
      memset (to + n, 0, sizeof (float) * (size_t) (NN_TILE - n));
    }
  }
}

static void
pack_part (void *data, int part, int n_parts)
{
  Job *job = data;

  for (int head; (head = atomic_fetch_add (&job->next_pack, 1)) < job->attention->n_heads;)
    pack_head (job, head);
}

void
nn_attention_full (NnContext *context, const NnAttention *attention, const float *q, int n_rows,
                   size_t q_stride, const float *k, const float *v, int n_keys, size_t kv_stride,
                   float *out, float *weights)
{
  size_t n_threads = (size_t) nn_pool_get_n_threads (context->pool);
  size_t n_heads = (size_t) attention->n_heads;
  size_t padded_dim = round_up ((size_t) attention->head_dim, NN_TILE);
  Job job = {
    .attention = attention,
    .kernels = context->kernels,
    .format = NN_PACK_F32,
    .n_kv_heads = attention->n_heads,
    .padded_dim = (int) padded_dim,
    .key_head_bytes = round_up ((size_t) n_keys, NN_TILE) * (size_t) attention->head_dim * 4,
    .value_head_bytes = (size_t) n_keys * padded_dim * 4,
    .value_tile_bytes = (size_t) n_keys * NN_TILE * 4,
    .q = q,
    .n_rows = n_rows,
    .q_stride = q_stride,
    .n_keys = n_keys,
    .n_ranges = 1,
    .out = out,
    .weights = weights,
    .scratch_bytes = scratch_bytes_of ((int) padded_dim),
    .k = k,
    .v = v,
    .kv_stride = kv_stride,
  };
  uint8_t *scratch =
      nn_context_get_scratch (context, n_threads * job.scratch_bytes
                                           + n_heads * (job.key_head_bytes + job.value_head_bytes));

  job.scratch = scratch;
  job.keys = scratch + n_threads * job.scratch_bytes;
  job.values = job.keys + n_heads * job.key_head_bytes;
  nn_pool_share (context->pool, pack_part, &job);
  nn_pool_share (context->pool, attend_part, &job);
}
