/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The tokens of one linear layer's call, cut into the panels that the kernels read: as many of the
 * full width as fit, then 4, 2 and 1. The buffer is the caller's. Private to nn/.
 */

#pragma once

#include "nn/kernels/kernels.h"

typedef struct {
  NnActivation kind;
  int n_in;
  int n_tokens;
  int full_width;
  size_t bytes_per_token;
  size_t n_bytes;  /* that the buffer must have, a multiple of 64 */
  uint8_t *buffer; /* aligned to 64 */
} NnPanels;

void nn_panels_init (NnPanels *panels, NnActivation kind, int n_in, int n_tokens);
int nn_panels_count (const NnPanels *panels);
/* Panel `index`, and the token that its first column stands for. */
NnPanel nn_panels_get (const NnPanels *panels, int index, int *token);
/* The panel from value `begin` on, a multiple of 256.. */
NnPanel nn_panel_part (const NnPanel *panel, NnActivation kind, int begin);
