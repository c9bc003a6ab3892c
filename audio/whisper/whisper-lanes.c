/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The encoder's forward pass in reduced precision. Threads take blocks of 48 positions and carry
 * each through everything that needs no other position: from one attention, over the MLP, to the
 * queries, keys and values of the next. They meet once per layer. */

#include "audio/whisper/whisper-private.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

/* What one thread works with, inside the context's scratch. */
typedef struct {
  float *narrow;     /* [n_state][48] */
  float *wide;       /* [4 n_state][48] */
  uint32_t *operand; /* of a product, up to 4 n_state wide */
  NnLaneScratch *attention;
} Scratch;

typedef struct {
  AudioWhisper *whisper;
  AudioWhisperState *state;
  const NnLaneKernels *kernels;
  int n_frames;
  int n_rows;
  int n_blocks; /* of the encoder, to be computed */
  gboolean is_whole;
  float *mel;           /* [n_frames + 2, n_mels], zeros around */
  float *lanes;         /* [blocks][n_state][48]: the residual stream */
  NnLaneHeads heads[2]; /* of even and of odd layers */
  uint8_t *scratch;
  size_t scratch_bytes; /* of one thread */

  float *rows; /* where export_part() writes */
  int layer;   /* that the pass under way attends in; -1: the second convolution */
  atomic_int next;
} Job;

static size_t
scratch_bytes_of (int n_state)
{
  const size_t block = (size_t) n_state * NN_LANES * sizeof (float);

  return 5 * block + nn_lane_operand_words (4 * n_state) * sizeof (uint32_t)
         + sizeof (NnLaneScratch);
}

static Scratch
get_scratch (const Job *job, int part)
{
  const int n_state = job->whisper->config.n_state;
  float *at = (float *) (job->scratch + (size_t) part * job->scratch_bytes);
  Scratch s;

  s.narrow = at;
  s.wide = s.narrow + (size_t) n_state * NN_LANES;
  s.operand = (uint32_t *) (s.wide + 4 * (size_t) n_state * NN_LANES);
  s.attention = (NnLaneScratch *) (s.operand + nn_lane_operand_words (4 * n_state));
  return s;
}

static NnLaneHeads
describe_heads (const AudioWhisper *whisper, int n_rows)
{
  const AudioWhisperConfig *c = &whisper->config;
  const int head_dim = c->n_state / c->n_heads;

  return (NnLaneHeads){ .n_heads = c->n_heads,
                        .head_dim = head_dim,
                        .n_rows = n_rows,
                        .scale = 1.0f / sqrtf ((float) head_dim) };
}

static size_t
mel_size (const AudioWhisperConfig *c)
{
  return ((size_t) (2 * c->n_audio_ctx + 2) * (size_t) c->n_mels + 15) / 16 * 16;
}

static size_t
lanes_size (const AudioWhisperConfig *c)
{
  return (size_t) nn_lane_count_blocks (c->n_audio_ctx) * (size_t) c->n_state * NN_LANES;
}

size_t
audio_whisper_lanes_get_size (const AudioWhisper *whisper)
{
  const NnLaneHeads heads = describe_heads (whisper, whisper->config.n_audio_ctx);

  return mel_size (&whisper->config) + lanes_size (&whisper->config)
         + 2 * nn_lane_heads_words (&heads);
}

/* y = W x + b on one block. */
static void
multiply (const Job *job, const Scratch *s, const NnLaneLinear *linear, const float *x, int n,
          gboolean add, float *y)
{
  nn_lane_linear_round (linear, job->kernels, x, n, s->operand);
  nn_lane_linear_forward (linear, job->kernels, s->operand, n, add, y);
}

static void
normalise (const Job *job, const AudioWhisperNorm *norm, const float *x, int n, float *y)
{
  job->kernels->layer_norm (x, norm->weight, norm->bias, AUDIO_WHISPER_NORM_EPS,
                            nn_lane_count_tiles (n), job->whisper->config.n_state, y);
}

static void
gelu (const Job *job, float *lanes, int width)
{
  job->whisper->context->kernels->rows->gelu_erf (lanes, width * NN_LANES);
}

/* Frames `first` .. of the first convolution, to rows with a row of zeros before them. */
static void
convolve_part (void *data, int part, int n_parts)
{
  Job *job = data;
  const AudioWhisperConfig *c = &job->whisper->config;
  const Scratch s = get_scratch (job, part);
  const size_t d = (size_t) c->n_state;

  for (int block;
       (block = atomic_fetch_add (&job->next, 1)) < nn_lane_count_blocks (job->n_frames);) {
    const size_t first = (size_t) block * NN_LANES;
    const int n = nn_lane_block_rows (job->n_frames, block);

    job->kernels->load (job->mel + first * (size_t) c->n_mels, (size_t) c->n_mels, n,
                        AUDIO_WHISPER_KERNEL * c->n_mels, s.wide);
    multiply (job, &s, job->whisper->lanes.conv1, s.wide, n, FALSE, s.narrow);
    gelu (job, s.narrow, c->n_state);
    job->kernels->store (s.narrow, n, c->n_state, job->state->narrow + (first + 1) * d, d);
  }
}

/* The second convolution, of stride 2, and the fixed sinusoids. */
static void
begin_block (const Job *job, const Scratch *s, int block, int n, float *x)
{
  const AudioWhisper *whisper = job->whisper;
  const int d = whisper->config.n_state;
  const size_t first = (size_t) block * NN_LANES;

  job->kernels->load (job->state->narrow + 2 * first * (size_t) d, 2 * (size_t) d, n,
                      AUDIO_WHISPER_KERNEL * d, s->wide);
  multiply (job, s, whisper->lanes.conv2, s->wide, n, FALSE, x);
  gelu (job, x, d);
  job->kernels->load (whisper->audio_positions + first * (size_t) d, (size_t) d, n, d, s->narrow);
  whisper->context->kernels->rows->add (x, s->narrow, d * NN_LANES);
}

/* Attention and MLP of a layer. */
static void
finish_layer (const Job *job, const Scratch *s, int block, int n, float *x)
{
  const AudioWhisperBlock *b = &job->whisper->audio_blocks[job->layer];
  const AudioWhisperLaneBlock *w = &job->whisper->lanes.blocks[job->layer];

  nn_lane_heads_attend (&job->heads[job->layer % 2], job->kernels, block, s->attention, s->narrow);
  multiply (job, s, w->out, s->narrow, n, TRUE, x);

  normalise (job, &b->mlp.norm, x, n, s->narrow);
  multiply (job, s, w->up, s->narrow, n, FALSE, s->wide);
  gelu (job, s->wide, 4 * job->whisper->config.n_state);
  multiply (job, s, w->down, s->wide, n, TRUE, x);
}

/* The final norm, and what the decoder's cross-attention reads, which does not change within a
 * window. */
static void
finish_encoder (const Job *job, const Scratch *s, int block, int n, const float *x)
{
  const AudioWhisper *whisper = job->whisper;
  const size_t d = (size_t) whisper->config.n_state;
  const int first = block * NN_LANES;
  NnLaneLinear *const *cross_kv = whisper->lanes.cross_kv;

  normalise (job, &whisper->audio_norm, x, n, s->narrow);
  job->kernels->store (s->narrow, n, (int) d, job->state->states + (size_t) first * d, d);
  for (int i = 0; i < whisper->config.n_text_layers; i++) {
    if (i == 0)
      nn_lane_linear_round (cross_kv[i], job->kernels, s->narrow, n, s->operand);
    nn_lane_linear_forward (cross_kv[i], job->kernels, s->operand, n, FALSE, s->wide);
    nn_kv_cache_store_lanes (job->state->cross, job->kernels, i, first, n, s->wide,
                             s->wide + d * NN_LANES, s->wide + 2 * d * NN_LANES);
  }
}

static void
layer_part (void *data, int part, int n_parts)
{
  Job *job = data;
  AudioWhisper *whisper = job->whisper;
  const size_t d = (size_t) whisper->config.n_state;
  const Scratch s = get_scratch (job, part);
  const int next = job->layer + 1;

  for (int block;
       (block = atomic_fetch_add (&job->next, 1)) < nn_lane_count_blocks (job->n_rows);) {
    const int n = nn_lane_block_rows (job->n_rows, block);
    float *x = job->lanes + (size_t) block * d * NN_LANES;

    if (job->layer < 0)
      begin_block (job, &s, block, n, x);
    else
      finish_layer (job, &s, block, n, x);

    if (next < job->n_blocks) {
      normalise (job, &whisper->audio_blocks[next].self.norm, x, n, s.narrow);
      multiply (job, &s, whisper->lanes.blocks[next].qkv, s.narrow, n, FALSE, s.wide);
      nn_lane_heads_store (&job->heads[next % 2], job->kernels, block, s.wide);
    } else if (job->is_whole) {
      finish_encoder (job, &s, block, n, x);
    }
  }
}

/* The residual stream as rows. */
static void
export_part (void *data, int part, int n_parts)
{
  Job *job = data;
  const size_t d = (size_t) job->whisper->config.n_state;

  for (int block; (block = atomic_fetch_add (&job->next, 1)) < nn_lane_count_blocks (job->n_rows);)
    job->kernels->store (job->lanes + (size_t) block * d * NN_LANES,
                         nn_lane_block_rows (job->n_rows, block), (int) d,
                         job->rows + (size_t) block * NN_LANES * d, d);
}

static void
run (Job *job, NnPoolFunc func)
{
  atomic_store (&job->next, 0);
  nn_pool_share (job->whisper->context->pool, func, job);
}

/* Lays the buffers out in state->wide, and the window's frames with zeros around them. */
static void
set_up (Job *job, const float *mel)
{
  const AudioWhisper *whisper = job->whisper;
  const AudioWhisperConfig *c = &whisper->config;
  const size_t n_mels = (size_t) c->n_mels, n = (size_t) job->n_frames * n_mels;
  const size_t n_threads = (size_t) nn_pool_get_n_threads (whisper->context->pool);

  job->mel = job->state->wide;
  job->lanes = job->mel + mel_size (c);
  job->heads[0] = job->heads[1] = describe_heads (whisper, job->n_rows);
  job->heads[0].words = (uint32_t *) (job->lanes + lanes_size (c));
  job->heads[1].words = job->heads[0].words + nn_lane_heads_words (&job->heads[0]);
  job->scratch_bytes = scratch_bytes_of (c->n_state);
  job->scratch = nn_context_get_scratch (whisper->context, n_threads * job->scratch_bytes);

  memset (job->mel, 0, n_mels * sizeof *mel);
  memcpy (job->mel + n_mels, mel, n * sizeof *mel);
  memset (job->mel + n_mels + n, 0, n_mels * sizeof *mel);
  memset (job->state->narrow, 0, (size_t) c->n_state * sizeof *mel);
}

gboolean
audio_whisper_lanes_encode (AudioWhisper *whisper, AudioWhisperState *state, const float *mel,
                            int n_frames, int n_blocks, gboolean is_whole, AudioWhisperTap tap,
                            gpointer user_data)
{
  Job job = { .whisper = whisper,
              .state = state,
              .kernels = whisper->lanes.kernels,
              .n_frames = n_frames,
              .n_rows = n_frames / 2,
              .n_blocks = n_blocks,
              .is_whole = is_whole };

  set_up (&job, mel);
  run (&job, convolve_part);
  for (job.layer = -1; job.layer < n_blocks; job.layer++) {
    if (nn_context_is_cancelled (whisper->context))
      return FALSE;
    run (&job, layer_part);
    if (tap != NULL && job.layer >= 0) {
      job.rows = state->narrow; /* the convolutions are done with it */
      run (&job, export_part);
      tap (job.layer, job.rows, job.n_rows, user_data);
    }
  }
  if (!is_whole) {
    job.rows = state->states;
    run (&job, export_part);
  }
  return TRUE;
}
