/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The network that shapes the short-time spectrum of a harmonic source to that of speech [Kaneko et
 * al. 2022]. */

#include <string.h>

#include "audio/kokoro/kokoro-private.h"
#include "nn/ops/ops.h"

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
  kokoro_invert (kokoro, spectra, n_rows, samples);
  return TRUE;
}
