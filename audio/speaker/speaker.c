/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The network of audio/speaker/SPEAKER.md, over many windows at a time. */

#include "audio/speaker/speaker.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "audio/whisper/mel.h"
#include "nn/ops/linear.h"
#include "nn/ops/lstm-lanes.h"

#define N_BANDS 40
#define N_FRAMES (AUDIO_SPEAKER_WINDOW / AUDIO_SPEAKER_FRAME)
#define N_WIDE 256
#define N_GATES (4 * N_WIDE)
#define N_LAYERS 3

/* Of a whole clip: 1.3 windows a second, and how much of the last one must be there. */
#define HOP_FRAMES 77
#define MIN_COVERAGE 0.75
#define LOUDNESS_DBFS -30.0

struct _AudioSpeakerEncoder {
  NnContext *context;
  NnLstmLanes *layers[N_LAYERS];
  NnLinear *out;
  AudioMel *mel;
};

/* Windows are added to a block in steps of so many: the widest vectors are taken whole. */
#define VECTOR 16
#define WIDE_FLOATS (N_WIDE * NN_LSTM_LANES)
#define MEL_FLOATS ((size_t) N_FRAMES * N_BANDS * NN_LSTM_LANES)
#define STATE_FLOATS ((size_t) N_LAYERS * 2 * WIDE_FLOATS)
#define CELL_FLOATS ((size_t) N_LAYERS * WIDE_FLOATS)

/* What one thread computes: windows side by side as lanes. */
typedef struct {
  float *mel;   /* [N_FRAMES, N_BANDS, lanes] */
  float *state; /* [N_LAYERS, 2, N_WIDE, lanes]: what a layer said, by even and odd steps */
  float *cell;  /* [N_LAYERS, N_WIDE, lanes] */
} Block;

/* A window, and the signal that it is of. */
typedef struct {
  const float *samples;
  size_t n_samples;
  size_t first;
  float gain;
} Piece;

typedef struct {
  Block *blocks;
  int n_most;     /* blocks there are */
  int n_blocks;   /* blocks in use */
  int block_rows; /* windows of a block; the last one may have fewer */
  int n_windows;
  float *mel; /* [2, N_FRAMES, N_BANDS] of a window and of the one before */
} Batch;

static float *
get_state (const Block *block, int layer, int step)
{
  return block->state + (size_t) (2 * layer + step % 2) * WIDE_FLOATS;
}

static const NnTensor *
require_of_layer (const NnGguf *gguf, int layer, const char *part, int n_in, GError **error)
{
  g_autofree char *name = g_strdup_printf ("lstm.%d.%s", layer, part);
  return n_in > 0 ? nn_gguf_require_floats (gguf, name, 2, (int64_t[]){ n_in, N_GATES }, error)
                  : nn_gguf_require_floats (gguf, name, 1, (int64_t[]){ N_GATES }, error);
}

static gboolean
load_layer (AudioSpeakerEncoder *encoder, const NnGguf *gguf, int layer, GError **error)
{
  const int n_in = layer == 0 ? N_BANDS : N_WIDE;
  const NnTensor *ih = require_of_layer (gguf, layer, "weight_ih", n_in, error);
  const NnTensor *hh = ih ? require_of_layer (gguf, layer, "weight_hh", N_WIDE, error) : NULL;
  const NnTensor *bias_ih = hh ? require_of_layer (gguf, layer, "bias_ih", 0, error) : NULL;
  const NnTensor *bias_hh = bias_ih ? require_of_layer (gguf, layer, "bias_hh", 0, error) : NULL;
  if (bias_hh == NULL)
    return FALSE;
  float bias[N_GATES];
  for (int i = 0; i < N_GATES; i++)
    bias[i] = ((const float *) bias_ih->data)[i] + ((const float *) bias_hh->data)[i];
  encoder->layers[layer] = nn_lstm_lanes_new (n_in, N_WIDE, ih->data, hh->data, bias, error);
  if (encoder->layers[layer] == NULL)
    return FALSE;
  nn_gguf_release_pages (gguf, ih);
  nn_gguf_release_pages (gguf, hh);
  return TRUE;
}

static gboolean
load (AudioSpeakerEncoder *encoder, const NnGguf *gguf, GError **error)
{
  const char *architecture = nn_gguf_get_string (gguf, "general.architecture", error);
  if (architecture == NULL)
    return FALSE;
  if (strcmp (architecture, "ge2e-speaker") != 0) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                 "%s: the architecture is %s, expected ge2e-speaker", nn_gguf_get_path (gguf),
                 architecture);
    return FALSE;
  }
  for (int layer = 0; layer < N_LAYERS; layer++)
    if (!load_layer (encoder, gguf, layer, error))
      return FALSE;
  const int64_t dims[] = { N_WIDE, AUDIO_SPEAKER_DIM };
  const NnTensor *weight = nn_gguf_require_floats (gguf, "linear.weight", 2, dims, error);
  const NnTensor *bias =
      weight ? nn_gguf_require_floats (gguf, "linear.bias", 1, dims + 1, error) : NULL;
  if (bias == NULL)
    return FALSE;
  encoder->out = nn_linear_new (encoder->context, gguf, &weight, 1, &bias, error);
  return encoder->out != NULL;
}

AudioSpeakerEncoder *
audio_speaker_encoder_load (NnContext *context, const char *path, GError **error)
{
  g_autoptr (NnGguf) gguf = nn_gguf_open (path, error);
  if (gguf == NULL)
    return NULL;
  g_autoptr (AudioSpeakerEncoder) encoder = g_new0 (AudioSpeakerEncoder, 1);
  encoder->context = context;
  encoder->mel = audio_mel_new (N_BANDS);
  if (!load (encoder, gguf, error))
    return NULL;
  return g_steal_pointer (&encoder);
}

void
audio_speaker_encoder_free (AudioSpeakerEncoder *encoder)
{
  if (encoder == NULL)
    return;
  for (int i = 0; i < N_LAYERS; i++)
    nn_lstm_lanes_free (encoder->layers[i]);
  nn_linear_free (encoder->out);
  audio_mel_free (encoder->mel);
  g_free (encoder);
}

/* All steps of a block, layer after layer in each: what a layer says is still in the cache when the
 * next one reads it, and only the last state is kept. */
static void
run_block (const AudioSpeakerEncoder *encoder, const Block *block, int n_rows)
{
  const NnKernels *kernels = encoder->context->kernels;
  memset (block->state, 0, sizeof (float) * STATE_FLOATS);
  memset (block->cell, 0, sizeof (float) * CELL_FLOATS);
  for (int step = 0; step < N_FRAMES; step++) {
    const float *x = block->mel + (size_t) step * N_BANDS * NN_LSTM_LANES;
    if (nn_context_is_cancelled (encoder->context))
      return;
    for (int layer = 0; layer < N_LAYERS; layer++) {
      float *out = get_state (block, layer, step + 1);
      nn_lstm_lanes_step (encoder->layers[layer], kernels, x, get_state (block, layer, step),
                          n_rows, block->cell + (size_t) layer * WIDE_FLOATS, out);
      x = out;
    }
  }
}

typedef struct {
  const AudioSpeakerEncoder *encoder;
  const Batch *batch;
  atomic_int next; /* block that nobody has taken */
} Job;

static void
run_blocks (void *data, int part, int n_parts)
{
  Job *job = data;
  const Batch *batch = job->batch;
  (void) part;
  (void) n_parts;
  for (int b;
       (b = atomic_fetch_add_explicit (&job->next, 1, memory_order_relaxed)) < batch->n_blocks;)
    run_block (job->encoder, &batch->blocks[b],
               MIN (batch->block_rows, batch->n_windows - b * batch->block_rows));
}

/* The linear layer on what the last LSTM says after the last step, rectified. FALSE if cancelled.
 */
static gboolean
run_network (AudioSpeakerEncoder *encoder, const Batch *batch, float *embeddings)
{
  Job job = { encoder, batch, 0 };
  nn_pool_share (encoder->context->pool, run_blocks, &job);
  if (nn_context_is_cancelled (encoder->context))
    return FALSE;
  g_autofree float *rows = g_new (float, (size_t) batch->n_windows *N_WIDE);
  for (int w = 0; w < batch->n_windows; w++) {
    const float *state = get_state (&batch->blocks[w / batch->block_rows], N_LAYERS - 1, N_FRAMES);
    for (int i = 0; i < N_WIDE; i++)
      rows[(size_t) w * N_WIDE + (size_t) i] = state[i * NN_LSTM_LANES + w % batch->block_rows];
  }
  nn_linear_forward (encoder->out, encoder->context, rows, batch->n_windows, N_WIDE, embeddings,
                     AUDIO_SPEAKER_DIM);
  for (int w = 0; w < batch->n_windows; w++) {
    float *embedding = embeddings + (size_t) w * AUDIO_SPEAKER_DIM;
    for (int i = 0; i < AUDIO_SPEAKER_DIM; i++)
      embedding[i] = embedding[i] > 0 ? embedding[i] : 0;
    audio_speaker_normalise (embedding);
  }
  return TRUE;
}

/* The mel frames of each window as the lanes of the first layer. Frames that the window before has
 * as well are taken from there. */
static void
fill_lanes (AudioSpeakerEncoder *encoder, const Batch *batch, const Piece *pieces)
{
  for (int w = 0; w < batch->n_windows; w++) {
    float *mel = batch->mel + (w % 2) * N_FRAMES * N_BANDS;
    const float *before = batch->mel + ((w + 1) % 2) * N_FRAMES * N_BANDS;
    const Piece *piece = &pieces[w];
    const gboolean is_same =
        w > 0 && piece[-1].samples == piece->samples && piece[-1].n_samples == piece->n_samples;
    const Piece *last = is_same ? piece - 1 : NULL;
    size_t distance = last != NULL && piece->first >= last->first ? piece->first - last->first : 1;
    int n_new = N_FRAMES;
    if (distance % AUDIO_SPEAKER_FRAME == 0 && distance < AUDIO_SPEAKER_WINDOW)
      n_new = (int) (distance / AUDIO_SPEAKER_FRAME);
    const int n_kept = N_FRAMES - n_new;
    memcpy (mel, before + n_new * N_BANDS, (size_t) n_kept * N_BANDS * sizeof (float));
    audio_mel_compute_power (encoder->mel, piece->samples, piece->n_samples,
                             piece->first + (size_t) n_kept * AUDIO_SPEAKER_FRAME, n_new,
                             mel + n_kept * N_BANDS);
    const float scale = piece->gain * piece->gain;
    float *lane = batch->blocks[w / batch->block_rows].mel + w % batch->block_rows;
    for (int i = 0; i < N_FRAMES * N_BANDS; i++)
      lane[(size_t) i * NN_LSTM_LANES] = mel[i] * scale;
  }
}

/* A block for each thread, as many vectors of windows in each as suffice. Cleared, as lanes without
 * a window are computed, too. */
static void
batch_init (Batch *batch, size_t n_windows, int n_threads)
{
  const size_t share = (n_windows + (size_t) n_threads - 1) / (size_t) n_threads;
  batch->block_rows = (int) MIN (NN_LSTM_LANES, (share + VECTOR - 1) / VECTOR * VECTOR);
  const size_t n_needed = (n_windows + (size_t) batch->block_rows - 1) / (size_t) batch->block_rows;
  batch->n_most = (int) MIN (n_needed, (size_t) n_threads);
  batch->blocks = g_new (Block, batch->n_most);
  for (int b = 0; b < batch->n_most; b++) {
    float *floats = g_aligned_alloc0 (MEL_FLOATS + STATE_FLOATS + CELL_FLOATS, sizeof (float), 64);
    batch->blocks[b] = (Block){ floats, floats + MEL_FLOATS, floats + MEL_FLOATS + STATE_FLOATS };
  }
  batch->mel = g_new (float, 2 * N_FRAMES * N_BANDS);
}

static void
batch_clear (Batch *batch)
{
  for (int b = 0; b < batch->n_most; b++)
    g_aligned_free (batch->blocks[b].mel);
  g_free (batch->blocks);
  g_free (batch->mel);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Batch, batch_clear)

/* Whether there is nothing but zeros under the window. */
static gboolean
is_silent (const Piece *piece)
{
  size_t at = MIN (piece->first, piece->n_samples);
  const size_t end = MIN (at + AUDIO_SPEAKER_WINDOW, piece->n_samples);
  while (at < end && piece->samples[at] == 0.0f)
    at++;
  return at == end;
}

/* FALSE if cancelled. */
static gboolean
embed_pieces (AudioSpeakerEncoder *encoder, const Piece *pieces, size_t n_pieces, float *embeddings)
{
  if (n_pieces == 0)
    return TRUE;
  g_auto (Batch) batch = { 0 };
  batch_init (&batch, n_pieces, nn_pool_get_n_threads (encoder->context->pool));
  const size_t most = (size_t) batch.n_most * (size_t) batch.block_rows;
  for (size_t w = 0; w < n_pieces; w += most) {
    batch.n_windows = (int) MIN (most, n_pieces - w);
    batch.n_blocks = (batch.n_windows + batch.block_rows - 1) / batch.block_rows;
    if (nn_context_is_cancelled (encoder->context))
      return FALSE;
    fill_lanes (encoder, &batch, pieces + w);
    if (!run_network (encoder, &batch, embeddings + w * AUDIO_SPEAKER_DIM))
      return FALSE;
    for (size_t i = w; i < w + (size_t) batch.n_windows; i++)
      if (is_silent (&pieces[i]))
        memset (embeddings + i * AUDIO_SPEAKER_DIM, 0, AUDIO_SPEAKER_DIM * sizeof (float));
  }
  return TRUE;
}

gboolean
audio_speaker_embed_windows (AudioSpeakerEncoder *encoder, const float *samples, size_t n_samples,
                             const AudioSpeakerWindow *windows, size_t n_windows, float *embeddings)
{
  g_autofree Piece *pieces = g_new (Piece, n_windows);
  for (size_t w = 0; w < n_windows; w++)
    pieces[w] = (Piece){ samples, n_samples, windows[w].first, windows[w].gain };
  return embed_pieces (encoder, pieces, n_windows, embeddings);
}

float
audio_speaker_gain (const float *samples, size_t n_samples)
{
  double sum = 0;
  for (size_t i = 0; i < n_samples; i++)
    sum += (double) samples[i] * (double) samples[i];
  if (!(sum > 0))
    return 1;
  double gain = pow (10.0, LOUDNESS_DBFS / 20.0) / sqrt (sum / (double) n_samples);
  return gain > 1 ? (float) gain : 1;
}

/* How many windows a whole clip has. */
static size_t
count_windows (size_t n_samples)
{
  const size_t n_frames = n_samples / AUDIO_SPEAKER_FRAME + 1;
  size_t n = n_frames < N_FRAMES ? 1 : (n_frames - N_FRAMES + HOP_FRAMES) / HOP_FRAMES + 1;
  size_t last = (n - 1) * HOP_FRAMES * AUDIO_SPEAKER_FRAME;
  double covered = last < n_samples ? (double) (n_samples - last) / AUDIO_SPEAKER_WINDOW : 0;
  return n > 1 && covered < MIN_COVERAGE ? n - 1 : n;
}

gboolean
audio_speaker_embed_clips (AudioSpeakerEncoder *encoder, const AudioSpeakerClip *clips,
                           size_t n_clips, float *embeddings)
{
  g_autoptr (GArray) pieces = g_array_new (FALSE, FALSE, sizeof (Piece));
  for (size_t c = 0; c < n_clips; c++) {
    const float gain = audio_speaker_gain (clips[c].samples, clips[c].n_samples);
    const size_t n = count_windows (clips[c].n_samples);
    for (size_t w = 0; w < n; w++) {
      const Piece piece = { clips[c].samples, clips[c].n_samples,
                            w * HOP_FRAMES * AUDIO_SPEAKER_FRAME, gain };
      g_array_append_val (pieces, piece);
    }
  }
  g_autofree float *of_pieces = g_new (float, (size_t) pieces->len *AUDIO_SPEAKER_DIM);
  memset (embeddings, 0, n_clips * AUDIO_SPEAKER_DIM * sizeof (float));
  if (!embed_pieces (encoder, (const Piece *) (void *) pieces->data, pieces->len, of_pieces))
    return FALSE;
  const float *next = of_pieces;
  for (size_t c = 0; c < n_clips; c++) {
    float *embedding = embeddings + c * AUDIO_SPEAKER_DIM;
    for (size_t w = count_windows (clips[c].n_samples); w > 0; w--, next += AUDIO_SPEAKER_DIM)
      for (int i = 0; i < AUDIO_SPEAKER_DIM; i++)
        embedding[i] += next[i];
    audio_speaker_normalise (embedding);
  }
  return TRUE;
}

gboolean
audio_speaker_embed (AudioSpeakerEncoder *encoder, const float *samples, size_t n_samples,
                     float embedding[AUDIO_SPEAKER_DIM])
{
  const AudioSpeakerClip clip = { samples, n_samples };
  return audio_speaker_embed_clips (encoder, &clip, 1, embedding)
         && audio_speaker_has_voice (embedding);
}

gboolean
audio_speaker_has_voice (const float embedding[AUDIO_SPEAKER_DIM])
{
  int i = 0;
  while (i < AUDIO_SPEAKER_DIM && embedding[i] == 0.0f)
    i++;
  return i < AUDIO_SPEAKER_DIM;
}

float
audio_speaker_compare (const float a[AUDIO_SPEAKER_DIM], const float b[AUDIO_SPEAKER_DIM])
{
  float sum = 0;
  for (int i = 0; i < AUDIO_SPEAKER_DIM; i++)
    sum += a[i] * b[i];
  return CLAMP (sum, 0.0f, 1.0f);
}

gboolean
audio_speaker_normalise (float embedding[AUDIO_SPEAKER_DIM])
{
  double sum = 0;
  for (int i = 0; i < AUDIO_SPEAKER_DIM; i++)
    sum += (double) embedding[i] * (double) embedding[i];
  if (!(sum > 0))
    return FALSE;
  const float scale = (float) (1.0 / sqrt (sum));
  for (int i = 0; i < AUDIO_SPEAKER_DIM; i++)
    embedding[i] *= scale;
  return TRUE;
}
