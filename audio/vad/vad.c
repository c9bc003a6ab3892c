/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The network of audio/vad/VAD.md, a straight line from samples to a probability. */

#include "audio/vad/vad.h"

#include <math.h>
#include <string.h>

#include "nn/ops/linear.h"
#include "nn/ops/ops.h"

#define CONTEXT 64 /* samples of the chunk before */
#define PADDING 64 /* samples reflected at the end */
#define INPUT (CONTEXT + AUDIO_VAD_CHUNK + PADDING)
#define WINDOW 256
#define HOP 128
#define N_STEPS 4 /* windows in a chunk */
#define N_BINS (WINDOW / 2 + 1)
#define N_BASIS (2 * N_BINS)
#define N_WIDE 128
#define N_NARROW 64
#define N_GATES (4 * N_WIDE)
#define N_TAPS 3

/* Chunks that pass all but the recurrent part together. Their windows are rows, HOP samples apart,
 * of one matrix: a chunk has INPUT / HOP of them, of which the last reaches into the next chunk and
 * gives way to the zeros between the chunks that the convolutions want. */
#define BATCH 32
#define ROWS (INPUT / HOP)

/* Weights of a convolution have their taps outermost: a row is [3 taps][inputs]. */
typedef struct {
  NnLinear *basis;   /* [N_BASIS, WINDOW]: cosines, then sines */
  NnLinear *conv[4]; /* the third without its first tap, the last with its middle one only */
  NnLinear *input;   /* [N_GATES, N_WIDE]: i, f, g, o */
  NnLinear *state;   /* [N_GATES, N_WIDE] */
  float *out;        /* [N_WIDE] */
  float out_bias;
} Weights;

struct _AudioVad {
  NnContext *context; /* of one thread */
  Weights weights;
  float input[BATCH * INPUT + WINDOW];
  float spectrum[BATCH * ROWS * N_BASIS];
  float magnitudes[(BATCH * ROWS + 2) * N_BINS]; /* a row of zeros before each chunk and behind */
  float wide[(BATCH * ROWS + 2) * N_WIDE];       /* the same */
  float narrow[BATCH * 2 * N_NARROW];
  float last[BATCH * N_NARROW];
  float encoded[BATCH * N_WIDE];
  float gates[BATCH * N_GATES];
  float hidden[N_WIDE];
  float cell[N_WIDE];
};

/* The values of a tensor; NULL with an error. */
static const float *
require (const NnGguf *gguf, const char *name, int n_dims, const int64_t *dims, GError **error)
{
  const NnTensor *tensor = nn_gguf_require_floats (gguf, name, n_dims, dims, error);
  return tensor != NULL ? tensor->data : NULL;
}

/* A layer from values in memory. */
static NnLinear *
make_linear (AudioVad *vad, const float *values, const float *bias_values, int n_in, int n_out,
             GError **error)
{
  const NnTensor weight = { .name = "weight",
                            .type = NN_TYPE_F32,
                            .n_dims = 2,
                            .dims = { n_in, n_out, 1, 1 },
                            .data = values };
  const NnTensor bias = { .name = "bias",
                          .type = NN_TYPE_F32,
                          .n_dims = 1,
                          .dims = { n_out, 1, 1, 1 },
                          .data = bias_values };
  const NnTensor *weights[] = { &weight }, *biases[] = { bias_values != NULL ? &bias : NULL };

  return nn_linear_new (vad->context, NULL, weights, 1, biases, error);
}

/* Taps first .. first + n_taps - 1 of a convolution. */
static gboolean
load_convolution (AudioVad *vad, const NnGguf *gguf, int index, int n_in, int n_out, int first,
                  int n_taps, GError **error)
{
  g_autofree char *weight_name = g_strdup_printf ("encoder.%d.weight", index);
  g_autofree char *bias_name = g_strdup_printf ("encoder.%d.bias", index);
  const float *weight = require (gguf, weight_name, 3, (int64_t[]){ N_TAPS, n_in, n_out }, error);
  if (weight == NULL)
    return FALSE;
  const float *bias = require (gguf, bias_name, 1, (int64_t[]){ n_out }, error);
  if (bias == NULL)
    return FALSE;
  g_autofree float *turned = g_new (float, n_out *n_taps *n_in);
  for (int o = 0; o < n_out; o++)
    for (int t = 0; t < n_taps; t++)
      for (int i = 0; i < n_in; i++)
        turned[(o * n_taps + t) * n_in + i] = weight[(o * n_in + i) * N_TAPS + first + t];
  vad->weights.conv[index] = make_linear (vad, turned, bias, n_taps * n_in, n_out, error);
  return vad->weights.conv[index] != NULL;
}

static gboolean
load_decoder (AudioVad *vad, const NnGguf *gguf, GError **error)
{
  const int64_t square[] = { N_WIDE, N_GATES }, gates[] = { N_GATES };
  const float *ih = require (gguf, "decoder.rnn.weight_ih", 2, square, error);
  const float *hh = ih ? require (gguf, "decoder.rnn.weight_hh", 2, square, error) : NULL;
  const float *bias_ih = hh ? require (gguf, "decoder.rnn.bias_ih", 1, gates, error) : NULL;
  const float *bias_hh = bias_ih ? require (gguf, "decoder.rnn.bias_hh", 1, gates, error) : NULL;
  const float *out =
      bias_hh ? require (gguf, "decoder.out.weight", 1, (int64_t[]){ N_WIDE }, error) : NULL;
  const float *out_bias =
      out ? require (gguf, "decoder.out.bias", 1, (int64_t[]){ 1 }, error) : NULL;
  if (out_bias == NULL)
    return FALSE;
  Weights *w = &vad->weights;
  float bias[N_GATES];
  for (int i = 0; i < N_GATES; i++)
    bias[i] = bias_ih[i] + bias_hh[i];
  w->input = make_linear (vad, ih, bias, N_WIDE, N_GATES, error);
  w->state = w->input ? make_linear (vad, hh, NULL, N_WIDE, N_GATES, error) : NULL;
  w->out = g_memdup2 (out, N_WIDE * sizeof (float));
  w->out_bias = *out_bias;
  return w->state != NULL;
}

static gboolean
load (AudioVad *vad, const NnGguf *gguf, GError **error)
{
  const char *architecture = nn_gguf_get_string (gguf, "general.architecture", error);
  if (architecture == NULL)
    return FALSE;
  if (strcmp (architecture, "silero-vad") != 0) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                 "%s: the architecture is %s, expected silero-vad", nn_gguf_get_path (gguf),
                 architecture);
    return FALSE;
  }
  const float *basis = require (gguf, "stft.basis", 3, (int64_t[]){ WINDOW, 1, N_BASIS }, error);
  if (basis == NULL)
    return FALSE;
  vad->weights.basis = make_linear (vad, basis, NULL, WINDOW, N_BASIS, error);
  return vad->weights.basis != NULL
         && load_convolution (vad, gguf, 0, N_BINS, N_WIDE, 0, N_TAPS, error)
         && load_convolution (vad, gguf, 1, N_WIDE, N_NARROW, 0, N_TAPS, error)
         && load_convolution (vad, gguf, 2, N_NARROW, N_NARROW, 1, N_TAPS - 1, error)
         && load_convolution (vad, gguf, 3, N_NARROW, N_WIDE, 1, 1, error)
         && load_decoder (vad, gguf, error);
}

AudioVad *
audio_vad_load (const char *path, GError **error)
{
  g_autoptr (NnGguf) gguf = nn_gguf_open (path, error);
  if (gguf == NULL)
    return NULL;
  g_autoptr (AudioVad) vad = g_new0 (AudioVad, 1);
  vad->context = nn_context_new (1);
  if (!load (vad, gguf, error))
    return NULL;
  return g_steal_pointer (&vad);
}

void
audio_vad_free (AudioVad *vad)
{
  if (vad == NULL)
    return;
  nn_linear_free (vad->weights.basis);
  for (int i = 0; i < 4; i++)
    nn_linear_free (vad->weights.conv[i]);
  nn_linear_free (vad->weights.input);
  nn_linear_free (vad->weights.state);
  g_free (vad->weights.out);
  nn_context_free (vad->context);
  g_free (vad);
}

void
audio_vad_reset (AudioVad *vad)
{
  memset (vad->input, 0, CONTEXT * sizeof (float));
  memset (vad->hidden, 0, sizeof vad->hidden);
  memset (vad->cell, 0, sizeof vad->cell);
}

/* Each chunk with the end of the one before, which the first finds in place, and its own end
 * reflected. */
static void
fill_input (AudioVad *vad, const float *samples, int n)
{
  for (int c = 0; c < n; c++, samples += AUDIO_VAD_CHUNK) {
    float *input = vad->input + c * INPUT;
    float *end = input + CONTEXT + AUDIO_VAD_CHUNK;

    if (c > 0)
      memcpy (input, samples - CONTEXT, CONTEXT * sizeof (float));
    memcpy (input + CONTEXT, samples, AUDIO_VAD_CHUNK * sizeof (float));
    for (int i = 0; i < PADDING; i++)
      end[i] = end[-2 - i];
  }
}

static void
multiply (AudioVad *vad, const NnLinear *linear, const float *x, int n_rows, size_t x_stride,
          float *y, size_t y_stride)
{
  nn_linear_forward (linear, vad->context, x, n_rows, x_stride, y, y_stride);
}

static void
rectify (const AudioVad *vad, float *values, int n)
{
  vad->context->kernels->rows->leaky_relu (values, 0.0f, n);
}

/* Magnitudes of the windows; the row behind those of a chunk is zeros. */
static void
compute_magnitudes (AudioVad *vad, int n)
{
  multiply (vad, vad->weights.basis, vad->input, n * ROWS, HOP, vad->spectrum, N_BASIS);
  for (int row = 0; row < n * ROWS; row++) {
    const float *re = vad->spectrum + row * N_BASIS, *im = re + N_BINS;
    float *to = vad->magnitudes + (row + 1) * N_BINS;

    for (int k = 0; k < N_BINS; k++)
      to[k] = row % ROWS < N_STEPS ? sqrtf (re[k] * re[k] + im[k] * im[k]) : 0.0f;
  }
}

/* Four convolutions with three taps: steps 4 -> 4 -> 2 -> 1 -> 1. Where a tap meets padding only,
 * as the first of the third layer and the outer two of the last do, it is left out. */
static void
encode (AudioVad *vad, int n)
{
  NnLinear *const *conv = vad->weights.conv;

  multiply (vad, conv[0], vad->magnitudes, n * ROWS, N_BINS, vad->wide + N_WIDE, N_WIDE);
  rectify (vad, vad->wide + N_WIDE, n * ROWS * N_WIDE);
  for (int c = 0; c < n; c++)
    memset (vad->wide + (c + 1) * ROWS * N_WIDE, 0, N_WIDE * sizeof (float));
  for (int step = 0; step < 2; step++)
    multiply (vad, conv[1], vad->wide + 2 * step * N_WIDE, n, ROWS * N_WIDE,
              vad->narrow + step * N_NARROW, 2 * N_NARROW);
  rectify (vad, vad->narrow, n * 2 * N_NARROW);
  multiply (vad, conv[2], vad->narrow, n, 2 * N_NARROW, vad->last, N_NARROW);
  rectify (vad, vad->last, n * N_NARROW);
  multiply (vad, conv[3], vad->last, n, N_NARROW, vad->encoded, N_WIDE);
  rectify (vad, vad->encoded, n * N_WIDE);
}

/* One step of a long short-term memory. */
static float
remember (AudioVad *vad, float *gates)
{
  const Weights *w = &vad->weights;
  float sum = w->out_bias;

  nn_linear_forward_add (w->state, vad->context, vad->hidden, 1, N_WIDE, gates, N_GATES);
  vad->context->kernels->rows->lstm_cell (gates, N_WIDE, vad->cell, vad->hidden);
  for (int i = 0; i < N_WIDE; i++)
    sum += w->out[i] * (vad->hidden[i] > 0 ? vad->hidden[i] : 0);
  return 1.0f / (1.0f + expf (-sum));
}

void
audio_vad_run (AudioVad *vad, const float *samples, size_t n_chunks, float *probabilities)
{
  while (n_chunks > 0) {
    const int n = (int) MIN (n_chunks, BATCH);

    fill_input (vad, samples, n);
    compute_magnitudes (vad, n);
    encode (vad, n);
    multiply (vad, vad->weights.input, vad->encoded, n, N_WIDE, vad->gates, N_GATES);
    for (int c = 0; c < n; c++)
      *probabilities++ = remember (vad, vad->gates + c * N_GATES);

    samples += (size_t) n * AUDIO_VAD_CHUNK;
    n_chunks -= (size_t) n;
    memcpy (vad->input, samples - CONTEXT, CONTEXT * sizeof (float));
  }
}

float
audio_vad_next (AudioVad *vad, const float *samples)
{
  float probability;

  audio_vad_run (vad, samples, 1, &probability);
  return probability;
}
