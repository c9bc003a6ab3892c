/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The network of audio/VAD.md, a straight line from samples to a probability. */

#include "audio/vad.h"

#include <math.h>
#include <string.h>

#include "nn/gguf.h"

#define CONTEXT 64 /* samples of the chunk before */
#define PADDING 64 /* samples reflected at the end */
#define WINDOW 256
#define HOP 128
#define N_STEPS 4 /* windows in a chunk */
#define N_BINS (WINDOW / 2 + 1)
#define N_BASIS (2 * N_BINS)
#define BASIS_STRIDE 264 /* N_BASIS in whole tiles */
#define N_WIDE 128
#define N_NARROW 64
#define N_GATES (4 * N_WIDE)

/* Four floats that the compiler keeps in one register; loads need no alignment. */
typedef float Lanes __attribute__ ((vector_size (16), aligned (4), may_alias));

/* Each weight as [inputs, outputs], outputs contiguous: the transpose of the file's. Those of a
 * convolution have their taps outermost: [3 taps * inputs, outputs]. */
typedef struct {
  float *basis; /* [WINDOW, BASIS_STRIDE]: cosines, then sines, then zeros */
  float *conv[4];
  float *conv_bias[4];
  float *gates; /* [N_WIDE of the encoder + N_WIDE of the state, N_GATES]: i, f, g, o */
  float *gates_bias;
  float *out; /* [N_WIDE] */
  float out_bias;
} Weights;

struct _AudioVad {
  Weights weights;
  float input[CONTEXT + AUDIO_VAD_CHUNK + PADDING];
  float rnn_input[2 * N_WIDE]; /* the encoder's output, then the state h */
  float cell[N_WIDE];
};

/* Where the values stand in the transposed weight, by tap, input and output of the file. */
static float *
transpose (const float *values, int n_taps, int n_in, int n_out, int out_stride)
{
  float *result = g_new0 (float, (gsize) n_taps *n_in *out_stride);
  for (int o = 0; o < n_out; o++)
    for (int i = 0; i < n_in; i++)
      for (int t = 0; t < n_taps; t++)
        result[((size_t) t * n_in + i) * out_stride + o] = *values++;
  return result;
}

/* A tensor by name, of this shape, F32 and finite; NULL with an error otherwise. */
static const float *
require (const NnGguf *gguf, const char *name, int n_dims, const int64_t *dims, GError **error)
{
  const NnTensor *tensor = nn_gguf_require (gguf, name, n_dims, dims, error);
  if (tensor == NULL)
    return NULL;
  if (tensor->type != NN_TYPE_F32) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL, "%s: tensor %s is %s, expected F32",
                 nn_gguf_get_path (gguf), name, nn_type_info (tensor->type)->name);
    return NULL;
  }
  const float *values = tensor->data;
  for (size_t i = 0; i < tensor->n_bytes / sizeof (float); i++)
    if (!isfinite (values[i])) {
      g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                   "%s: tensor %s holds a value that is not finite", nn_gguf_get_path (gguf), name);
      return NULL;
    }
  return values;
}

static gboolean
load_convolution (AudioVad *vad, const NnGguf *gguf, int index, int n_in, int n_out, GError **error)
{
  g_autofree char *weight_name = g_strdup_printf ("encoder.%d.weight", index);
  g_autofree char *bias_name = g_strdup_printf ("encoder.%d.bias", index);
  const float *weight = require (gguf, weight_name, 3, (int64_t[]){ 3, n_in, n_out }, error);
  if (weight == NULL)
    return FALSE;
  const float *bias = require (gguf, bias_name, 1, (int64_t[]){ n_out }, error);
  if (bias == NULL)
    return FALSE;
  vad->weights.conv[index] = transpose (weight, 3, n_in, n_out, n_out);
  vad->weights.conv_bias[index] = g_memdup2 (bias, n_out * sizeof (float));
  return TRUE;
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
  g_autofree float *from_input = transpose (ih, 1, N_WIDE, N_GATES, N_GATES);
  g_autofree float *from_state = transpose (hh, 1, N_WIDE, N_GATES, N_GATES);
  Weights *w = &vad->weights;
  w->gates = g_new (float, 2 * N_WIDE * N_GATES);
  memcpy (w->gates, from_input, N_WIDE * N_GATES * sizeof (float));
  memcpy (w->gates + N_WIDE * N_GATES, from_state, N_WIDE * N_GATES * sizeof (float));
  w->gates_bias = g_new (float, N_GATES);
  for (int i = 0; i < N_GATES; i++)
    w->gates_bias[i] = bias_ih[i] + bias_hh[i];
  w->out = g_memdup2 (out, N_WIDE * sizeof (float));
  w->out_bias = *out_bias;
  return TRUE;
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
  vad->weights.basis = transpose (basis, 1, WINDOW, N_BASIS, BASIS_STRIDE);
  return load_convolution (vad, gguf, 0, N_BINS, N_WIDE, error)
         && load_convolution (vad, gguf, 1, N_WIDE, N_NARROW, error)
         && load_convolution (vad, gguf, 2, N_NARROW, N_NARROW, error)
         && load_convolution (vad, gguf, 3, N_NARROW, N_WIDE, error)
         && load_decoder (vad, gguf, error);
}

AudioVad *
audio_vad_load (const char *path, GError **error)
{
  g_autoptr (NnGguf) gguf = nn_gguf_open (path, error);
  if (gguf == NULL)
    return NULL;
  g_autoptr (AudioVad) vad = g_new0 (AudioVad, 1);
  if (!load (vad, gguf, error))
    return NULL;
  return g_steal_pointer (&vad);
}

void
audio_vad_free (AudioVad *vad)
{
  if (vad == NULL)
    return;
  g_free (vad->weights.basis);
  for (int i = 0; i < 4; i++) {
    g_free (vad->weights.conv[i]);
    g_free (vad->weights.conv_bias[i]);
  }
  g_free (vad->weights.gates);
  g_free (vad->weights.gates_bias);
  g_free (vad->weights.out);
  g_free (vad);
}

void
audio_vad_reset (AudioVad *vad)
{
  memset (vad->input, 0, sizeof vad->input);
  memset (vad->rnn_input, 0, sizeof vad->rnn_input);
  memset (vad->cell, 0, sizeof vad->cell);
}

/* out[r, o] = bias[o] + sum over i of in[r, i] * weight[i, o], with the rows of `in` in_stride
 * apart (they may overlap: a convolution is this product). n_rows and n_lanes are constants at each
 * call, so that the sums stay in registers; n_out is a multiple of 4 * n_lanes. */
static inline __attribute__ ((always_inline)) void
multiply (int n_rows, int n_lanes, const float *in, int in_stride, const float *weight, int n_in,
          int n_out, const float *bias, float *out)
{
  for (int first = 0; first < n_out; first += 4 * n_lanes) {
    Lanes sum[8];
    for (int r = 0; r < n_rows; r++)
      for (int l = 0; l < n_lanes; l++)
        sum[r * n_lanes + l] =
            bias != NULL ? *(const Lanes *) (bias + first + 4 * l) : (Lanes){ 0 };
    for (int i = 0; i < n_in; i++) {
      const float *row = weight + (size_t) i * n_out + first;
      for (int r = 0; r < n_rows; r++)
        for (int l = 0; l < n_lanes; l++)
          sum[r * n_lanes + l] += in[r * in_stride + i] * *(const Lanes *) (row + 4 * l);
    }
    for (int r = 0; r < n_rows; r++)
      for (int l = 0; l < n_lanes; l++)
        *(Lanes *) (out + r * n_out + first + 4 * l) = sum[r * n_lanes + l];
  }
}

static void
rectify (float *values, int n)
{
  for (int i = 0; i < n; i++)
    values[i] = values[i] > 0 ? values[i] : 0;
}

static float
sigmoid (float x)
{
  return 1.0f / (1.0f + expf (-x));
}

/* Through the sigmoid: several times faster than tanhf(), and as exact in absolute terms. */
static float
hyperbolic_tangent (float x)
{
  return 2.0f * sigmoid (2.0f * x) - 1.0f;
}

/* Magnitudes of the four windows as rows 1..4 of six; rows 0 and 5 are the convolution's padding.
 */
static void
compute_magnitudes (const AudioVad *vad, float magnitudes[(N_STEPS + 2) * N_BINS])
{
  float spectrum[N_STEPS * BASIS_STRIDE];
  multiply (N_STEPS, 2, vad->input, HOP, vad->weights.basis, WINDOW, BASIS_STRIDE, NULL, spectrum);
  memset (magnitudes, 0, N_BINS * sizeof (float));
  memset (magnitudes + (N_STEPS + 1) * N_BINS, 0, N_BINS * sizeof (float));
  for (int s = 0; s < N_STEPS; s++)
    for (int k = 0; k < N_BINS; k++) {
      float re = spectrum[s * BASIS_STRIDE + k], im = spectrum[s * BASIS_STRIDE + N_BINS + k];
      magnitudes[(s + 1) * N_BINS + k] = sqrtf (re * re + im * im);
    }
}

/* Four convolutions with three taps: steps 4 -> 4 -> 2 -> 1 -> 1. Where a tap meets padding only,
 * as the first of the third layer and the outer two of the last do, it is left out. */
static void
encode (const AudioVad *vad, const float *magnitudes, float out[N_WIDE])
{
  const Weights *w = &vad->weights;
  float wide[(N_STEPS + 2) * N_WIDE] = { 0 }, narrow[2 * N_NARROW], last[N_NARROW];
  multiply (4, 2, magnitudes, N_BINS, w->conv[0], 3 * N_BINS, N_WIDE, w->conv_bias[0],
            wide + N_WIDE);
  rectify (wide + N_WIDE, N_STEPS * N_WIDE);
  multiply (2, 4, wide, 2 * N_WIDE, w->conv[1], 3 * N_WIDE, N_NARROW, w->conv_bias[1], narrow);
  rectify (narrow, 2 * N_NARROW);
  multiply (1, 8, narrow, 0, w->conv[2] + N_NARROW * N_NARROW, 2 * N_NARROW, N_NARROW,
            w->conv_bias[2], last);
  rectify (last, N_NARROW);
  multiply (1, 8, last, 0, w->conv[3] + N_NARROW * N_WIDE, N_NARROW, N_WIDE, w->conv_bias[3], out);
  rectify (out, N_WIDE);
}

float
audio_vad_next (AudioVad *vad, const float *samples)
{
  const Weights *w = &vad->weights;
  float magnitudes[(N_STEPS + 2) * N_BINS], gates[N_GATES];
  float *end = vad->input + CONTEXT + AUDIO_VAD_CHUNK;
  memcpy (vad->input + CONTEXT, samples, AUDIO_VAD_CHUNK * sizeof (float));
  for (int i = 0; i < PADDING; i++)
    end[i] = end[-2 - i];

  compute_magnitudes (vad, magnitudes);
  encode (vad, magnitudes, vad->rnn_input);

  /* One step of a long short-term memory. */
  multiply (1, 8, vad->rnn_input, 0, w->gates, 2 * N_WIDE, N_GATES, w->gates_bias, gates);
  float sum = w->out_bias;
  float *state = vad->rnn_input + N_WIDE;
  for (int i = 0; i < N_WIDE; i++) {
    float input = sigmoid (gates[i]), forget = sigmoid (gates[N_WIDE + i]);
    float candidate = hyperbolic_tangent (gates[2 * N_WIDE + i]);
    vad->cell[i] = forget * vad->cell[i] + input * candidate;
    state[i] = sigmoid (gates[3 * N_WIDE + i]) * hyperbolic_tangent (vad->cell[i]);
    sum += w->out[i] * (state[i] > 0 ? state[i] : 0);
  }

  memcpy (vad->input, end - CONTEXT, CONTEXT * sizeof (float));
  return sigmoid (sum);
}
