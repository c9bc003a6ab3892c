/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/kernels/panel.h"

static size_t
round_up (size_t n)
{
  return (n + 63) / 64 * 64;
}

void
nn_panels_init (NnPanels *panels, NnActivation kind, int n_in, int n_tokens)
{
  size_t n = (size_t) n_in;
  size_t bytes;

  /* Every array of a panel is a multiple of 64 bytes for each token, so all stay aligned. */
  if (kind == NN_ACTIVATION_FLOAT)
    bytes = round_up (n * 4);
  else if (kind == NN_ACTIVATION_32)
    bytes = round_up (n) + 3 * round_up (n / 32 * 4);
  else
    bytes = round_up (n) + round_up (n / 32 * 4) + round_up (n / 256 * 4) + round_up (n / 16 * 4)
            + round_up (n / 64 * 4);
  *panels = (NnPanels){
    .kind = kind,
    .n_in = n_in,
    .n_tokens = n_tokens,
    .full_width = kind == NN_ACTIVATION_FLOAT ? NN_PANEL_FLOAT : NN_PANEL_INT,
    .bytes_per_token = bytes,
    .n_bytes = bytes * (size_t) n_tokens,
  };
}

int
nn_panels_count (const NnPanels *panels)
{
  int rest = panels->n_tokens % panels->full_width;

  return panels->n_tokens / panels->full_width + rest / 4 + rest % 4 / 2 + rest % 2;
}

static void
locate (const NnPanels *panels, int index, int *token, int *width)
{
  int full = panels->n_tokens / panels->full_width;

  if (index < full) {
    *token = index * panels->full_width;
    *width = panels->full_width;
    return;
  }

  int rest = panels->n_tokens % panels->full_width;
  *token = full * panels->full_width;
  for (int i = full;; i++) {
    *width = rest >= 4 ? 4 : rest >= 2 ? 2 : 1;
    if (i == index)
      return;
    *token += *width;
    rest -= *width;
  }
}

NnPanel
nn_panels_get (const NnPanels *panels, int index, int *token)
{
  NnPanel panel = { 0 };

  locate (panels, index, token, &panel.width);

  uint8_t *at = panels->buffer + (size_t) *token * panels->bytes_per_token;
  size_t n = (size_t) panels->n_in;
  size_t width = (size_t) panel.width;

  if (panels->kind == NN_ACTIVATION_FLOAT) {
    panel.values = (float *) at;
    return panel;
  }

  panel.codes = (int8_t *) at;
  at += width * round_up (n);
  panel.sums_32 = (int32_t *) at;
  at += width * round_up (n / 32 * 4);
  panel.scales = (float *) at;
  if (panels->kind == NN_ACTIVATION_32) {
    panel.products = (float *) (at + width * round_up (n / 32 * 4));
    return panel;
  }
  at += width * round_up (n / 256 * 4);
  panel.sums_16 = (int32_t *) at;
  panel.pairs = (int16_t *) (at + width * round_up (n / 16 * 4));
  return panel;
}

NnPanel
nn_panel_part (const NnPanel *panel, NnActivation kind, int begin)
{
  NnPanel part = *panel;
  size_t width = (size_t) panel->width;
  size_t at = (size_t) begin;

  if (kind == NN_ACTIVATION_FLOAT) {
    part.values += at * width;
    return part;
  }
  part.codes += at * width;
  part.sums_32 += at / 32 * width;
  if (kind == NN_ACTIVATION_32) {
    part.scales += at / 32 * width;
    part.products += at / 32 * width;
  } else {
    part.scales += at / 256 * width;
    part.sums_16 += at / 16 * width;
    part.pairs += at / 64 * width * 2;
  }
  return part;
}
