/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/ops/conv.h"

#include <stdatomic.h>
#include <string.h>

#include "nn/ops/conv-weight.h"
#include "nn/ops/ops.h"

/* Quantised inputs of one call, which the steps' overlap makes n_taps times as large as the signal.
 */
enum { CALL_VALUES = 1 << 20 };
/* Values that a thread lays out at once. */
enum { FILL_VALUES = 8192 };

void
nn_conv_input_clear (NnConvInput *input)
{
  g_aligned_free (input->data);
  *input = (NnConvInput){ 0 };
}

static void *
reserve (NnConvInput *input, size_t n_bytes)
{
  if (input->n_bytes < n_bytes) {
    nn_conv_input_clear (input);
    input->data = g_aligned_alloc (n_bytes, 1, 64);
    input->n_bytes = n_bytes;
  }
  return input->data;
}

/* As rows that overlap, in groups by dilation. */

static int
rows_of_group (const NnConv *conv)
{
  return (conv->n_rows + conv->dilation - 1) / conv->dilation + conv->n_taps - 1;
}

static size_t
place_row (const void *data, int t)
{
  const NnConv *conv = data;
  int row = t % conv->dilation * rows_of_group (conv) + conv->n_taps / 2 + t / conv->dilation;

  return (size_t) row * (size_t) conv->width;
}

static void
fill_floats (const NnConv *conv, NnContext *context, const NnChannels *channels, const float *x,
             size_t x_stride, NnConvInput *to)
{
  size_t width = (size_t) conv->width;
  size_t group = (size_t) rows_of_group (conv) * width;
  size_t margin = (size_t) (conv->n_taps / 2) * width;
  float *input = reserve (to, sizeof (float) * (size_t) conv->dilation * group);

  if (conv->width != conv->n_channels)
    memset (input, 0, sizeof (float) * (size_t) conv->dilation * group);
  for (int d = 0; d < conv->dilation; d++) {
    /* The last row of a group may be one that only others have. */
    size_t after = conv->dilation > 1 ? margin + width : margin;
    memset (input + (size_t) d * group, 0, sizeof (float) * margin);
    memset (input + (size_t) (d + 1) * group - after, 0, sizeof (float) * after);
  }
  nn_channels_apply (context, channels, x, conv->n_rows, conv->n_channels, x_stride, input, 0,
                     place_row, conv);
}

static void
forward_linear (const NnConv *conv, NnContext *context, const NnLinear *weight, const float *input,
                float *y, size_t y_stride, gboolean add)
{
  size_t width = (size_t) conv->width;
  int at_once = MAX (64, CALL_VALUES / nn_linear_get_n_in (weight));

  for (int d = 0; d < conv->dilation && d < conv->n_rows; d++) {
    const float *group = input + (size_t) d * (size_t) rows_of_group (conv) * width;
    int n = (conv->n_rows - d + conv->dilation - 1) / conv->dilation;

    for (int first = 0; first < n; first += at_once) {
      size_t t = (size_t) first * (size_t) conv->dilation + (size_t) d;
      const float *x = group + (size_t) first * width;
      size_t step = y_stride * (size_t) conv->dilation;

      if (add)
        nn_linear_forward_add (weight, context, x, MIN (at_once, n - first), width,
                               y + t * y_stride, step);
      else
        nn_linear_forward (weight, context, x, MIN (at_once, n - first), width, y + t * y_stride,
                           step);
    }
  }
}

static void
forward_floats (const NnConv *conv, NnContext *context, const NnConvWeight *weight,
                const float *input, const NnConvOutput *output)
{
  const NnRowKernels *rows = context->kernels->rows;
  const int n_out = weight->n_out;
  const gboolean is_in_place = output->add[0] == output->y || output->add[1] == output->y;

  forward_linear (conv, context, weight->linear, input, output->y, output->y_stride, is_in_place);
  for (size_t t = 0; t < (size_t) conv->n_rows; t++) {
    float *y = output->y + t * output->y_stride;
    for (int i = 0; i < 2; i++)
      if (output->add[i] != NULL && output->add[i] != output->y)
        rows->add (y, output->add[i] + t * output->y_stride, n_out);
    if (output->scale != 0.0f && output->scale != 1.0f)
      rows->scale (y, n_out, output->scale);
  }
  if (output->of_y != NULL)
    nn_channels_measure (context, output->y, conv->n_rows, n_out, output->y_stride, output->of_y);
}

/* As codes, with rows of zeros (scale and offset 0) around the signal; at the end so many more that
 * whole steps of the kernel can be read. */

typedef struct {
  uint8_t *codes; /* [n_rows, width] */
  float *scales;
  float *least;
  size_t before; /* rows ahead of the signal's first */
  size_t n_rows;
} Codes;

static Codes
find_codes (const NnConv *conv, NnConvInput *input)
{
  Codes codes = { .before = (size_t) (conv->n_taps / 2 * conv->dilation) };

  codes.n_rows = 2 * codes.before + (size_t) conv->n_rows + NN_CONV_STEP;
  size_t n_code_bytes = (codes.n_rows * (size_t) conv->width + 63) / 64 * 64;
  codes.codes = reserve (input, n_code_bytes + 2 * sizeof (float) * codes.n_rows);
  codes.scales = (float *) (codes.codes + n_code_bytes);
  codes.least = codes.scales + codes.n_rows;
  return codes;
}

typedef struct {
  const NnConvKernels *kernels;
  const NnConv *conv;
  const NnChannels *channels;
  const float *x;
  size_t x_stride;
  Codes codes;
  int chunk;
  atomic_int next;
} FillJob;

static void
fill_part (void *data, int part, int n_parts)
{
  FillJob *job = data;
  const NnConv *conv = job->conv;
  const Codes *codes = &job->codes;
  int begin;

  while ((begin = atomic_fetch_add_explicit (&job->next, job->chunk, memory_order_relaxed))
         < conv->n_rows)
    for (int t = begin; t < MIN (begin + job->chunk, conv->n_rows); t++) {
      size_t row = codes->before + (size_t) t;
      job->kernels->fill (job->channels, job->x + (size_t) t * job->x_stride, conv->n_channels,
                          conv->width, codes->codes + row * (size_t) conv->width,
                          codes->scales + row, codes->least + row);
    }
}

static void
clear_rows (const Codes *codes, size_t width, size_t begin, size_t end)
{
  memset (codes->codes + begin * width, 0, (end - begin) * width);
  for (size_t row = begin; row < end; row++)
    codes->scales[row] = codes->least[row] = 0.0f;
}

static void
fill_codes (const NnConv *conv, NnContext *context, const NnChannels *channels, const float *x,
            size_t x_stride, NnConvInput *input)
{
  FillJob job = { .kernels = context->kernels->conv,
                  .conv = conv,
                  .channels = channels,
                  .x = x,
                  .x_stride = x_stride,
                  .codes = find_codes (conv, input),
                  .chunk = MAX (1, FILL_VALUES / conv->width) };
  const size_t width = (size_t) conv->width;

  clear_rows (&job.codes, width, 0, job.codes.before);
  clear_rows (&job.codes, width, job.codes.before + (size_t) conv->n_rows, job.codes.n_rows);
  nn_pool_share (context->pool, fill_part, &job);
}

typedef struct {
  const NnConvKernels *kernels;
  const NnConv *conv;
  const NnConvWeight *weight;
  const NnConvOutput *output;
  Codes codes;
  float *sums; /* [n_blocks][2][n_out], or NULL */
  int n_groups;
  int n_units;
  atomic_int next;
} ForwardJob;

static void
forward_unit (const ForwardJob *job, size_t block, size_t group)
{
  const NnConvWeight *weight = job->weight;
  const size_t first = block * NN_CONV_ROWS, outputs = group * NN_CONV_OUT;
  const size_t taps = group * (size_t) weight->n_taps;
  const size_t width = (size_t) weight->width, n_out = (size_t) weight->n_out;
  const int n_rows = MIN (NN_CONV_ROWS, job->conv->n_rows - (int) first);
  const size_t place = first * job->output->y_stride + outputs;
  float *sums = job->sums != NULL ? job->sums + block * 2 * n_out + outputs : NULL;
  const NnConvBlock in = { .n_taps = weight->n_taps,
                           .dilation = job->conv->dilation,
                           .width = weight->width,
                           .codes = job->codes.codes + first * width,
                           .scales = job->codes.scales + first,
                           .least = job->codes.least + first,
                           .weights = weight->codes + taps * width * NN_CONV_OUT,
                           .sums = weight->sums + taps * NN_CONV_OUT };
  NnConvStore to = { .factor = weight->factor + outputs,
                     .bias = weight->bias + outputs,
                     .scale = job->output->scale != 0.0f ? job->output->scale : 1.0f,
                     .y = job->output->y + place,
                     .y_stride = job->output->y_stride,
                     .sums = sums,
                     .squares = sums != NULL ? sums + n_out : NULL };
  _Alignas(64) float totals[NN_CONV_ROWS * NN_CONV_OUT];

  for (int i = 0; i < 2; i++)
    if (job->output->add[i] != NULL)
      to.add[i] = job->output->add[i] + place;
  job->kernels->multiply (&in, (n_rows + NN_CONV_STEP - 1) / NN_CONV_STEP * NN_CONV_STEP, totals);
  job->kernels->store (&to, totals, n_rows);
}

static void
forward_part (void *data, int part, int n_parts)
{
  ForwardJob *job = data;

  for (int unit;
       (unit = atomic_fetch_add_explicit (&job->next, 1, memory_order_relaxed)) < job->n_units;)
    forward_unit (job, (size_t) (unit / job->n_groups), (size_t) (unit % job->n_groups));
}

static void
forward_codes (const NnConv *conv, NnContext *context, const NnConvWeight *weight,
               const NnConvInput *input, const NnConvOutput *output)
{
  const int n_blocks = (conv->n_rows + NN_CONV_ROWS - 1) / NN_CONV_ROWS;
  const int n_groups = weight->n_out / NN_CONV_OUT;
  const size_t n_sums = 2 * (size_t) n_blocks * (size_t) weight->n_out;
  ForwardJob job = { .kernels = context->kernels->conv,
                     .conv = conv,
                     .weight = weight,
                     .output = output,
                     .codes = find_codes (conv, (NnConvInput *) input),
                     .n_groups = n_groups,
                     .n_units = n_blocks * n_groups };

  if (output->of_y != NULL)
    job.sums = nn_context_get_scratch (context, sizeof (float) * n_sums);
  nn_pool_share (context->pool, forward_part, &job);
  if (output->of_y != NULL)
    nn_channels_combine (job.sums, conv->n_rows, NN_CONV_ROWS, weight->n_out, output->of_y);
}

void
nn_conv_fill (const NnConv *conv, NnContext *context, const NnConvWeight *weight,
              const NnChannels *channels, const float *x, size_t x_stride, NnConvInput *input)
{
  g_return_if_fail (conv->width == weight->width && conv->n_taps == weight->n_taps);
  if (weight->linear != NULL)
    fill_floats (conv, context, channels, x, x_stride, input);
  else
    fill_codes (conv, context, channels, x, x_stride, input);
}

void
nn_conv_forward (const NnConv *conv, NnContext *context, const NnConvWeight *weight,
                 const NnConvInput *input, const NnConvOutput *output)
{
  if (weight->linear != NULL)
    forward_floats (conv, context, weight, input->data, output);
  else
    forward_codes (conv, context, weight, input, output);
}

void
nn_conv_transposed_add (NnContext *context, const NnLinear *weight, const float *bias,
                        const float *x, int n_rows, int stride, int n_taps, int n_out, float *y)
{
  const NnRowKernels *rows = context->kernels->rows;
  const int n_in = nn_linear_get_n_in (weight), width = n_taps * n_out;
  const int at_once = MAX (16, CALL_VALUES / width), before = (n_taps - stride) / 2;
  g_autofree float *products = g_new (float, (size_t) MIN (at_once, n_rows) * (size_t) width);

  for (int u = 0; u < n_rows * stride; u++)
    rows->add (y + (size_t) u * (size_t) n_out, bias, n_out);
  for (int first = 0; first < n_rows; first += at_once) {
    int n = MIN (at_once, n_rows - first);

    nn_linear_forward (weight, context, x + (size_t) first * (size_t) n_in, n, (size_t) n_in,
                       products, (size_t) width);
    for (int i = 0; i < n; i++)
      for (int tap = 0; tap < n_taps; tap++) {
        int u = (first + i) * stride + tap - before;
        if (u >= 0 && u < n_rows * stride)
          rows->add (y + (size_t) u * (size_t) n_out,
                     products + (size_t) i * (size_t) width + (size_t) (tap * n_out), n_out);
      }
  }
}
