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
  NnConvInput input;
  float *x;                 /* [n, n_channels], of a block */
  float *h;                 /* the same, inside of a block */
  float *gains;             /* [4, n_channels]: gains and offsets, then factors and addends */
  NnChannelStatistics of_x; /* [n_channels] each */
  NnChannelStatistics of_h;
} Scratch;

static void
scratch_init (Scratch *scratch, size_t n, size_t width)
{
  float *statistics = g_new (float, 8 * width);

  *scratch = (Scratch){ .x = g_new (float, n *width),
                        .h = g_new (float, n *width),
                        .gains = statistics + 4 * width,
                        .of_x = { statistics, statistics + width },
                        .of_h = { statistics + 2 * width, statistics + 3 * width } };
}

static void
scratch_clear (Scratch *scratch)
{
  nn_conv_input_clear (&scratch->input);
  g_free (scratch->x);
  g_free (scratch->h);
  g_free (scratch->of_x.mean);
}

/* What a block makes of x, which has these statistics: result = scale * (that + add). x stays. */
static gboolean
run_wave_block (AudioKokoro *kokoro, const KokoroWaveBlock *block, const float *style,
                const float *x, const NnChannelStatistics *of_x, int n, Scratch *scratch,
                const float *add, float scale, float *result)
{
  NnContext *context = kokoro->context;
  const int n_channels = block->n_channels;
  const size_t width = (size_t) n_channels;
  float *factor = scratch->gains + 2 * width, *addend = factor + width;

  for (int i = 0; i < 6; i++) {
    const gboolean is_second = i % 2 != 0, is_last = i == 5;
    const typeof (block->parts[0][0]) *part = &block->parts[i / 2][i % 2];
    const NnConv conv = { n, n_channels, kokoro_padded (n_channels), block->n_taps,
                          is_second ? 1 : dilations[i / 2] };
    const NnChannels active = {
      .factor = factor, .addend = addend, .alpha = part->alpha, .inverse_alpha = part->inverse_alpha
    };
    const NnConvOutput inner = { .y = scratch->h, .y_stride = width, .of_y = &scratch->of_h };
    const NnConvOutput outer = { .y = is_last ? result : scratch->x,
                                 .y_stride = width,
                                 .add = { x, is_last ? add : NULL },
                                 .scale = is_last ? scale : 1.0f,
                                 .of_y = is_last ? NULL : &scratch->of_x };

    if (nn_context_is_cancelled (context))
      return FALSE;
    nn_linear_forward (part->norm, context, style, 1, (size_t) kokoro->config.n_style,
                       scratch->gains, 2 * width);
    nn_channels_norm (is_second ? &scratch->of_h : of_x, n_channels, scratch->gains, NORM_EPS,
                      factor, addend);
    nn_conv_fill (&conv, context, part->conv, &active, is_second ? scratch->h : x, width,
                  &scratch->input);
    nn_conv_forward (&conv, context, part->conv, &scratch->input, is_second ? &outer : &inner);
    if (is_second) {
      x = scratch->x;
      of_x = &scratch->of_x;
    }
  }
  return TRUE;
}

/* x [n, n_channels] to the mean of what the blocks side by side make of it. */
static gboolean
run_blocks (AudioKokoro *kokoro, const KokoroWaveBlock *blocks, const float *style, const float *x,
            int n, Scratch *scratch, float *result)
{
  const size_t width = (size_t) blocks[0].n_channels;
  g_autofree float *statistics = g_new (float, 2 * width);
  NnChannelStatistics of_x = { statistics, statistics + width };

  nn_channels_measure (kokoro->context, x, n, blocks[0].n_channels, width, &of_x);
  for (int k = 0; k < KOKORO_N_BLOCKS; k++)
    if (!run_wave_block (kokoro, &blocks[k], style, x, &of_x, n, scratch, k > 0 ? result : NULL,
                         k == KOKORO_N_BLOCKS - 1 ? 1.0f / KOKORO_N_BLOCKS : 1.0f, result))
      return FALSE;
  return TRUE;
}

/* The level's input: x, upsampled, and what its noise block makes of the source. */
static gboolean
mix_noise (AudioKokoro *kokoro, int index, float *x, int n, const float *source, const float *style,
           Scratch *scratch, float *y)
{
  NnContext *context = kokoro->context;
  const KokoroLevel *level = &kokoro->weights.generator.levels[index];
  const int n_channels = level->noise_block.n_channels, last = index == KOKORO_N_LEVELS - 1;
  const int n_out = n * strides[index] + last;
  const size_t width = (size_t) n_channels;
  const NnChannels rectified = { .slope = SLOPE };
  float *upsampled = y + (last ? width : 0);

  nn_linear_forward (level->noise, context,
                     source + (size_t) (NOISE_MARGIN - noise_margins[index]) * SPECTRUM, n_out,
                     (size_t) noise_strides[index] * SPECTRUM, y, width);
  nn_channels_measure (context, y, n_out, n_channels, width, &scratch->of_x);
  if (!run_wave_block (kokoro, &level->noise_block, style, y, &scratch->of_x, n_out, scratch, NULL,
                       1.0f, y))
    return FALSE;

  nn_channels_apply (context, &rectified, x, n, 2 * n_channels, 2 * width, x, 2 * width, NULL,
                     NULL);
  if (last) { /* the source's spectrum has one row more: mirrored at the start */
    g_autofree float *first = g_memdup2 (upsampled, sizeof (float) * 2 * width);
    nn_conv_transposed_add (context, level->upsample, level->upsample_bias, x, n, strides[index],
                            upsample_taps[index], n_channels, upsampled);
    for (size_t i = 0; i < width; i++)
      y[i] += upsampled[width + i] - first[width + i];
  } else
    nn_conv_transposed_add (context, level->upsample, level->upsample_bias, x, n, strides[index],
                            upsample_taps[index], n_channels, upsampled);
  return TRUE;
}

/* One level: x [n, 2 * n_channels] to the result [n_out, n_channels] (transfer full), NULL if
 * cancelled. source: the padded spectrum. x is overwritten. */
static float *
run_level (AudioKokoro *kokoro, int index, float *x, int n, const float *source, const float *style)
{
  const KokoroLevel *level = &kokoro->weights.generator.levels[index];
  const int n_out = n * strides[index] + (index == KOKORO_N_LEVELS - 1);
  const size_t width = (size_t) level->noise_block.n_channels;
  g_autofree float *y = g_new (float, (size_t) n_out *width);
  g_autofree float *result = NULL;
  Scratch scratch;

  scratch_init (&scratch, (size_t) n_out, width);
  gboolean is_whole = mix_noise (kokoro, index, x, n, source, style, &scratch, y);
  if (is_whole) {
    result = g_new (float, (size_t) n_out *width);
    is_whole = run_blocks (kokoro, level->blocks, style, y, n_out, &scratch, result);
  }
  scratch_clear (&scratch);
  return is_whole ? g_steal_pointer (&result) : NULL;
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
  g_auto (NnConvInput) input = { 0 };
  g_autofree float *spectra = g_new (float, n_source);
  nn_conv_fill (&last, context, kokoro->weights.generator.output, &rectified, second,
                (size_t) n_last, &input);
  nn_conv_forward (&last, context, kokoro->weights.generator.output, &input,
                   &(NnConvOutput){ .y = spectra, .y_stride = SPECTRUM });
  invert (spectra, n_rows, samples);
  return TRUE;
}
