/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The network of audio/SPEAKER.md, over many windows at a time. */

#include "audio/speaker.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "audio/mel.h"
#include "nn/linear.h"

#define N_BANDS 40
#define N_FRAMES (AUDIO_SPEAKER_WINDOW / AUDIO_SPEAKER_FRAME)
#define N_WIDE 256
#define N_GATES (4 * N_WIDE)
#define N_LAYERS 3

/* Windows that go through the network together. */
#define BATCH 64
/* Steps whose inputs are multiplied in one product, so that the weight is read once for them. */
#define STEPS 16

/* Of a whole clip: 1.3 windows a second, and how much of the last one must be there. */
#define HOP_FRAMES 77
#define MIN_COVERAGE 0.75
#define LOUDNESS_DBFS -30.0

struct _AudioSpeakerEncoder {
  NnContext *context;
  NnLinear *input[N_LAYERS]; /* both biases are here */
  NnLinear *state[N_LAYERS];
  NnLinear *out;
  AudioMel *mel;
};

/* What a batch needs. A row is a window's; the rows of a step follow each other. */
typedef struct {
  float *rows;  /* [N_FRAMES, n_windows, N_WIDE]: the input of a layer, then its output in place */
  float *gates; /* [STEPS, n_windows, N_GATES]: input, forget, candidate, output */
  float *cell;  /* [n_windows, N_WIDE] */
  float *mel;   /* [2, N_FRAMES, N_BANDS] of this window and of the one before */
} Scratch;

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
  float sums[N_GATES];
  for (int i = 0; i < N_GATES; i++)
    sums[i] = ((const float *) bias_ih->data)[i] + ((const float *) bias_hh->data)[i];
  NnTensor bias = *bias_ih;
  bias.data = sums;
  encoder->input[layer] =
      nn_linear_new (encoder->context, gguf, &ih, 1, (const NnTensor *const[]){ &bias }, error);
  if (encoder->input[layer] == NULL)
    return FALSE;
  encoder->state[layer] = nn_linear_new (encoder->context, gguf, &hh, 1, NULL, error);
  return encoder->state[layer] != NULL;
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
  for (int i = 0; i < N_LAYERS; i++) {
    nn_linear_free (encoder->input[i]);
    nn_linear_free (encoder->state[i]);
  }
  nn_linear_free (encoder->out);
  audio_mel_free (encoder->mel);
  g_free (encoder);
}

/* exp (x) = 2^n exp (r) with |r| <= ln (2) / 2; 3e-7 relative, and without branches or calls, so
 * that compilers make vector code of the loop around it. What is not a number becomes exp (-87). */
static inline float
exponential (float x)
{
  const float shift = 12582912.0f; /* 1.5 * 2^23: adding it rounds to a whole number */
  x = x > -87.0f ? x : -87.0f;
  x = x < 87.0f ? x : 87.0f;
  float n = (x * 1.44269504f + shift) - shift;
  float r = x - n * 0.693359375f + n * 2.12194440e-4f;
  float p = 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  int32_t bits = ((int32_t) n + 127) * (1 << 23);
  float scale;
  memcpy (&scale, &bits, sizeof scale);
  return p * scale;
}

static inline float
sigmoid (float x)
{
  return 1.0f / (1.0f + exponential (-x));
}

static inline float
hyperbolic_tangent (float x)
{
  return 2.0f / (1.0f + exponential (-2.0f * x)) - 1.0f;
}

typedef struct {
  const float *gates;
  float *cell;
  float *out;
  int n_windows;
  atomic_int next; /* window that nobody has taken */
} Cells;

static void
update_cells (void *data, int part, int n_parts)
{
  Cells *job = data;
  (void) part;
  (void) n_parts;
  for (int w;
       (w = atomic_fetch_add_explicit (&job->next, 1, memory_order_relaxed)) < job->n_windows;) {
    const float *gates = job->gates + (size_t) w * N_GATES;
    float *restrict cell = job->cell + (size_t) w * N_WIDE;
    float *restrict out = job->out + (size_t) w * N_WIDE;
    for (int i = 0; i < N_WIDE; i++) {
      float input = sigmoid (gates[i]), forget = sigmoid (gates[N_WIDE + i]);
      float candidate = hyperbolic_tangent (gates[2 * N_WIDE + i]);
      cell[i] = forget * cell[i] + input * candidate;
      out[i] = sigmoid (gates[3 * N_WIDE + i]) * hyperbolic_tangent (cell[i]);
    }
  }
}

/* Three layers of long short-term memory over rows, then the linear layer on what the last one says
 * after the last step, rectified. FALSE if cancelled. */
static gboolean
run_network (AudioSpeakerEncoder *encoder, const Scratch *scratch, int n_windows, float *embeddings)
{
  NnContext *context = encoder->context;
  const size_t step_size = (size_t) n_windows * N_WIDE, gates_size = (size_t) n_windows * N_GATES;
  for (int layer = 0; layer < N_LAYERS; layer++) {
    memset (scratch->cell, 0, step_size * sizeof (float));
    for (int step = 0; step < N_FRAMES; step++) {
      float *rows = scratch->rows + (size_t) step * step_size;
      float *gates = scratch->gates + (size_t) (step % STEPS) * gates_size;
      if (step % STEPS == 0) {
        if (nn_context_is_cancelled (context))
          return FALSE;
        nn_linear_forward (encoder->input[layer], context, rows, STEPS * n_windows, N_WIDE, gates,
                           N_GATES);
      }
      if (step > 0)
        nn_linear_forward_add (encoder->state[layer], context, rows - step_size, n_windows, N_WIDE,
                               gates, N_GATES);
      Cells job = { gates, scratch->cell, rows, n_windows, 0 };
      nn_pool_share (context->pool, update_cells, &job);
    }
  }
  nn_linear_forward (encoder->out, context, scratch->rows + (N_FRAMES - 1) * step_size, n_windows,
                     N_WIDE, embeddings, AUDIO_SPEAKER_DIM);
  for (int w = 0; w < n_windows; w++) {
    float *embedding = embeddings + (size_t) w * AUDIO_SPEAKER_DIM;
    for (int i = 0; i < AUDIO_SPEAKER_DIM; i++)
      embedding[i] = embedding[i] > 0 ? embedding[i] : 0;
    audio_speaker_normalise (embedding);
  }
  return TRUE;
}

/* The mel frames of each window as the input rows of the first layer. Frames that the window before
 * has as well are taken from there. */
static void
fill_rows (AudioSpeakerEncoder *encoder, const Scratch *scratch, const float *samples,
           size_t n_samples, const AudioSpeakerWindow *windows, int n_windows)
{
  for (int w = 0; w < n_windows; w++) {
    float *mel = scratch->mel + (w % 2) * N_FRAMES * N_BANDS;
    const float *before = scratch->mel + ((w + 1) % 2) * N_FRAMES * N_BANDS;
    const size_t first = windows[w].first;
    size_t distance = w > 0 && first >= windows[w - 1].first ? first - windows[w - 1].first : 1;
    int n_new = N_FRAMES;
    if (distance % AUDIO_SPEAKER_FRAME == 0 && distance < AUDIO_SPEAKER_WINDOW)
      n_new = (int) (distance / AUDIO_SPEAKER_FRAME);
    const int n_kept = N_FRAMES - n_new;
    memcpy (mel, before + n_new * N_BANDS, (size_t) n_kept * N_BANDS * sizeof (float));
    audio_mel_compute_power (encoder->mel, samples, n_samples,
                             first + (size_t) n_kept * AUDIO_SPEAKER_FRAME, n_new,
                             mel + n_kept * N_BANDS);
    const float scale = windows[w].gain * windows[w].gain;
    for (int t = 0; t < N_FRAMES; t++) {
      float *row = scratch->rows + ((size_t) t * n_windows + w) * N_WIDE;
      for (int b = 0; b < N_BANDS; b++)
        row[b] = mel[t * N_BANDS + b] * scale;
    }
  }
}

gboolean
audio_speaker_embed_windows (AudioSpeakerEncoder *encoder, const float *samples, size_t n_samples,
                             const AudioSpeakerWindow *windows, size_t n_windows, float *embeddings)
{
  const size_t batch = MIN (n_windows, BATCH);
  g_autofree float *rows = g_new0 (float, N_FRAMES *batch *N_WIDE);
  g_autofree float *gates = g_new (float, STEPS *batch *N_GATES);
  g_autofree float *cell = g_new (float, batch *N_WIDE);
  g_autofree float *mel = g_new (float, 2 * N_FRAMES * N_BANDS);
  const Scratch scratch = { rows, gates, cell, mel };
  for (size_t w = 0; w < n_windows; w += batch) {
    const int n = (int) MIN (batch, n_windows - w);
    if (nn_context_is_cancelled (encoder->context))
      return FALSE;
    fill_rows (encoder, &scratch, samples, n_samples, windows + w, n);
    if (!run_network (encoder, &scratch, n, embeddings + w * AUDIO_SPEAKER_DIM))
      return FALSE;
    for (size_t i = w; i < w + (size_t) n; i++) {
      const size_t first = MIN (windows[i].first, n_samples);
      const size_t end = MIN (first + AUDIO_SPEAKER_WINDOW, n_samples);
      size_t at = first;
      while (at < end && samples[at] == 0.0f)
        at++;
      if (at == end)
        memset (embeddings + i * AUDIO_SPEAKER_DIM, 0, AUDIO_SPEAKER_DIM * sizeof (float));
    }
  }
  return TRUE;
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
audio_speaker_embed (AudioSpeakerEncoder *encoder, const float *samples, size_t n_samples,
                     float embedding[AUDIO_SPEAKER_DIM])
{
  const float gain = audio_speaker_gain (samples, n_samples);
  const size_t n = count_windows (n_samples);
  g_autofree AudioSpeakerWindow *windows = g_new (AudioSpeakerWindow, n);
  g_autofree float *embeddings = g_new (float, n *AUDIO_SPEAKER_DIM);
  memset (embedding, 0, AUDIO_SPEAKER_DIM * sizeof (float));
  for (size_t w = 0; w < n; w++)
    windows[w] = (AudioSpeakerWindow){ w * HOP_FRAMES * AUDIO_SPEAKER_FRAME, gain };
  if (!audio_speaker_embed_windows (encoder, samples, n_samples, windows, n, embeddings))
    return FALSE;
  for (size_t w = 0; w < n; w++)
    for (int i = 0; i < AUDIO_SPEAKER_DIM; i++)
      embedding[i] += embeddings[w * AUDIO_SPEAKER_DIM + (size_t) i];
  return audio_speaker_normalise (embedding);
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
