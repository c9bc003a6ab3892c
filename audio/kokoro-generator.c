/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The waveform: a harmonic source of the wanted F0, a network that shapes its short-time spectrum,
 * and the inverse transform [Kaneko et al. 2022, Wang et al. 2019]. */

#include <math.h>
#include <string.h>

#include "audio/fft.h"
#include "audio/kokoro-private.h"
#include "nn/ops.h"

#define VOICED_HZ 10.0f
#define AMPLITUDE 0.1
#define NOISE 1e-6f
#define NORM_EPS 1e-5f
#define SLOPE 0.1f
#define LAST_SLOPE 0.01f
#define LAST_TAPS 7
#define SPECTRUM (2 * KOKORO_N_BINS)
#define NOISE_MARGIN 3 /* rows of zeros around the source's spectrum */

static const int strides[KOKORO_N_LEVELS] = { 10, 6 };
static const int upsample_taps[KOKORO_N_LEVELS] = { 20, 12 };
static const int noise_strides[KOKORO_N_LEVELS] = { 6, 1 };
static const int noise_margins[KOKORO_N_LEVELS] = { 3, 0 };
static const int dilations[3] = { 1, 3, 5 };

int
kokoro_source_rows (int n_frames)
{
  return n_frames * AUDIO_KOKORO_FRAME / KOKORO_HOP + 1;
}

static void
fill_window (float *window)
{
  for (int i = 0; i < KOKORO_FFT; i++)
    window[i] = (float) (0.5 - 0.5 * cos (2 * G_PI * i / KOKORO_FFT));
}

/* Turns of the first harmonic up to each value of the curve, then in between; where the curve says
 * that nobody's voice sounds, the harmonics are silent. */
static void
make_wave (AudioKokoro *kokoro, const float *f0, int n_frames, float *wave)
{
  const float *weight = kokoro->weights.generator.source;
  const float bias = *kokoro->weights.generator.source_bias;
  const int n = 2 * n_frames, hop = KOKORO_CURVE_HOP;
  g_autofree double *turns = g_new (double, (size_t) n *KOKORO_N_HARMONICS);

  for (int h = 0; h < KOKORO_N_HARMONICS; h++) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
      double step = (double) (f0[i] * (float) (h + 1) / (float) AUDIO_KOKORO_RATE);
      sum += (step - floor (step)) * hop;
      turns[(size_t) i * KOKORO_N_HARMONICS + (size_t) h] = sum;
    }
  }
  for (int t = 0; t < n * hop; t++) {
    double at = CLAMP ((t + 0.5) / hop - 0.5, 0.0, (double) (n - 1));
    int i = MIN ((int) at, MAX (n - 2, 0));
    const double *left = turns + (size_t) i * KOKORO_N_HARMONICS;
    const double *right = n > 1 ? left + KOKORO_N_HARMONICS : left;
    float sum = bias;

    for (int h = 0; f0[t / hop] > VOICED_HZ && h < KOKORO_N_HARMONICS; h++) {
      double turn = left[h] + (right[h] - left[h]) * (at - i);
      sum += weight[h] * (float) AMPLITUDE * sinf ((float) ((turn - floor (turn)) * 2 * G_PI));
    }
    wave[t] = tanhf (sum);
  }
}

/* What is only rounding has no angle of its own: zero, so that the phases of silence, and of frames
 * that mirror themselves, do not depend on the transform's last bits. */
static float
above_noise (float value)
{
  return fabsf (value) > NOISE ? value : 0.0f;
}

void
kokoro_make_source (AudioKokoro *kokoro, const float *f0, int n_frames, float *source)
{
  const int n = n_frames * AUDIO_KOKORO_FRAME, n_rows = kokoro_source_rows (n_frames);
  g_autofree float *wave = g_new (float, n);
  float window[KOKORO_FFT];
  fftwf_complex in[KOKORO_FFT] = { 0 }, out[KOKORO_FFT];

  make_wave (kokoro, f0, n_frames, wave);
  fill_window (window);
  fftwf_plan plan = audio_fft_plan (KOKORO_FFT, 1, in, out, FFTW_FORWARD);
  for (int r = 0; r < n_rows; r++) {
    float *row = source + (size_t) r * SPECTRUM;
    for (int i = 0; i < KOKORO_FFT; i++) {
      int t = ABS (r * KOKORO_HOP + i - KOKORO_FFT / 2); /* mirrored at both ends */
      t = t < n ? t : 2 * (n - 1) - t;
      in[i][0] = wave[t] * window[i];
    }
    fftwf_execute (plan);
    for (int i = 0; i < KOKORO_N_BINS; i++) {
      float re = above_noise (out[i][0]), im = above_noise (out[i][1]);
      row[i] = sqrtf (re * re + im * im);
      row[KOKORO_N_BINS + i] = atan2f (im, re);
    }
  }
  audio_fft_free (plan);
}

/* Buffers of a level, for n steps of n_channels. */
typedef struct {
  float *input; /* of a convolution, laid out */
  float *h;     /* [n, n_channels] */
  float *gains; /* [4, n_channels]: gains and offsets, then factors and addends */
} Scratch;

/* x [n, n_channels] in place. */
static gboolean
run_wave_block (AudioKokoro *kokoro, const KokoroWaveBlock *block, const float *style, float *x,
                int n, const Scratch *scratch)
{
  NnContext *context = kokoro->context;
  const int n_channels = block->n_channels;
  const size_t width = (size_t) n_channels;
  float *factor = scratch->gains + 2 * width, *addend = factor + width;

  for (int i = 0; i < 3; i++) {
    for (int j = 0; j < 2; j++) {
      const typeof (block->parts[i][j]) *part = &block->parts[i][j];
      const NnConv conv = { n, n_channels, kokoro_padded (n_channels), block->n_taps,
                            j == 0 ? dilations[i] : 1 };
      const NnChannels active = { .factor = factor,
                                  .addend = addend,
                                  .alpha = part->alpha,
                                  .inverse_alpha = part->inverse_alpha };
      const float *from = j == 0 ? x : scratch->h;

      if (nn_context_is_cancelled (context))
        return FALSE;
      nn_linear_forward (part->norm, context, style, 1, (size_t) kokoro->config.n_style,
                         scratch->gains, 2 * width);
      nn_channels_norm (context, from, n, n_channels, width, scratch->gains, NORM_EPS, factor,
                        addend);
      nn_conv_fill (&conv, context, &active, from, width, scratch->input);
      nn_conv_forward (&conv, context, part->conv, scratch->input, j == 0 ? scratch->h : x, width,
                       j == 1);
    }
  }
  return TRUE;
}

/* x [n, n_channels] becomes the mean of what the blocks side by side make of it. */
static gboolean
run_blocks (AudioKokoro *kokoro, const KokoroWaveBlock *blocks, const float *style, float *x, int n,
            const Scratch *scratch)
{
  const size_t size = (size_t) n * (size_t) blocks[0].n_channels;
  g_autofree float *sum = g_new0 (float, size);
  g_autofree float *each = g_new (float, size);

  for (int k = 0; k < KOKORO_N_BLOCKS; k++) {
    memcpy (each, x, sizeof (float) * size);
    if (!run_wave_block (kokoro, &blocks[k], style, each, n, scratch))
      return FALSE;
    nn_add (kokoro->context, sum, each, size);
  }
  memcpy (x, sum, sizeof (float) * size);
  for (int t = 0; t < n; t++)
    kokoro->context->kernels->rows->scale (x + (size_t) t * (size_t) blocks[0].n_channels,
                                           blocks[0].n_channels, 1.0f / KOKORO_N_BLOCKS);
  return TRUE;
}

/* One level: x [n, 2 * n_channels] to the result [n_out, n_channels] (transfer full), NULL if
 * cancelled. source: the padded spectrum. */
static float *
run_level (AudioKokoro *kokoro, int index, float *x, int n, const float *source, const float *style)
{
  NnContext *context = kokoro->context;
  const KokoroLevel *level = &kokoro->weights.generator.levels[index];
  const int n_channels = level->noise_block.n_channels, last = index == KOKORO_N_LEVELS - 1;
  const int n_out = n * strides[index] + last;
  const size_t width = (size_t) n_channels, size = (size_t) n_out * width;
  const NnConv widest = { n_out, n_channels, kokoro_padded (n_channels), 11, 5 };
  const NnChannels rectified = { .slope = SLOPE };
  g_autofree float *input = g_new (float, nn_conv_input_size (&widest));
  g_autofree float *h = g_new (float, size);
  g_autofree float *gains = g_new (float, 4 * width);
  g_autofree float *noise = g_new (float, size);
  g_autofree float *y = g_new (float, size);
  const Scratch scratch = { input, h, gains };

  nn_linear_forward (level->noise, context,
                     source + (size_t) (NOISE_MARGIN - noise_margins[index]) * SPECTRUM, n_out,
                     (size_t) noise_strides[index] * SPECTRUM, noise, width);
  if (!run_wave_block (kokoro, &level->noise_block, style, noise, n_out, &scratch))
    return NULL;

  nn_channels_apply (context, &rectified, x, n, 2 * n_channels, 2 * width, x, 2 * width, NULL,
                     NULL);
  nn_conv_transposed (context, level->upsample, level->upsample_bias, x, n, strides[index],
                      upsample_taps[index], n_channels, last ? y + width : y);
  if (last) /* the source's spectrum has one row more: mirrored at the start */
    memcpy (y, y + 2 * width, sizeof (float) * width);
  nn_add (context, y, noise, size);
  if (!run_blocks (kokoro, level->blocks, style, y, n_out, &scratch))
    return NULL;
  return g_steal_pointer (&y);
}

/* From log magnitudes and phases to samples: windowed frames overlap and add. The first and the
 * last half window fall away. */
static void
invert (const float *spectra, int n_rows, float *samples)
{
  const int n = (n_rows - 1) * KOKORO_HOP;
  float window[KOKORO_FFT];
  fftwf_complex in[KOKORO_FFT], out[KOKORO_FFT];

  fill_window (window);
  fftwf_plan plan = audio_fft_plan (KOKORO_FFT, 1, in, out, FFTW_BACKWARD);
  memset (samples, 0, sizeof (float) * (size_t) n);
  for (int r = 0; r < n_rows; r++) {
    const float *row = spectra + (size_t) r * SPECTRUM;
    for (int i = 0; i < KOKORO_N_BINS; i++) {
      float magnitude = expf (row[i]), phase = sinf (row[KOKORO_N_BINS + i]);
      in[i][0] = magnitude * cosf (phase);
      in[i][1] = i % (KOKORO_FFT / 2) != 0 ? magnitude * sinf (phase) : 0.0f;
      if (i > 0) { /* of a real signal: the upper half mirrors the lower */
        in[KOKORO_FFT - i][0] = in[i][0];
        in[KOKORO_FFT - i][1] = -in[i][1];
      }
    }
    fftwf_execute (plan);
    for (int i = 0; i < KOKORO_FFT; i++) {
      int t = r * KOKORO_HOP + i - KOKORO_FFT / 2;
      if (t >= 0 && t < n)
        samples[t] += out[i][0] * window[i] / KOKORO_FFT;
    }
  }
  audio_fft_free (plan);
}

gboolean
kokoro_generate (AudioKokoro *kokoro, float *x, int n_frames, const float *source,
                 const float *timbre, float *samples)
{
  NnContext *context = kokoro->context;
  const int n_rows = kokoro_source_rows (n_frames), n_last = kokoro->config.n_hidden / 4;
  const size_t n_source = (size_t) n_rows * SPECTRUM;
  const NnChannels rectified = { .slope = LAST_SLOPE };
  const NnConv last = { n_rows, n_last, n_last, LAST_TAPS, 1 };
  g_autofree float *padded = g_new0 (float, n_source + 2 * NOISE_MARGIN * SPECTRUM);

  memcpy (padded + NOISE_MARGIN * SPECTRUM, source, sizeof (float) * n_source);
  g_autofree float *first = run_level (kokoro, 0, x, 2 * n_frames, padded, timbre);
  if (first == NULL)
    return FALSE;
  g_autofree float *second =
      run_level (kokoro, 1, first, 2 * n_frames * strides[0], padded, timbre);
  if (second == NULL)
    return FALSE;
  g_autofree float *input = g_new (float, nn_conv_input_size (&last));
  g_autofree float *spectra = g_new (float, n_source);
  nn_conv_fill (&last, context, &rectified, second, (size_t) n_last, input);
  nn_conv_forward (&last, context, kokoro->weights.generator.output, input, spectra, SPECTRUM,
                   FALSE);
  invert (spectra, n_rows, samples);
  return TRUE;
}
