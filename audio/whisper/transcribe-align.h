/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The arithmetic of word times: cross-attention in, the frame at which each token begins out.
 *
 * Source: Radford et al. 2022 (the reference implementation's timing of words); dynamic time
 * warping [Giorgino 2009].
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define AUDIO_MEDIAN_WIDTH 7

/* The median of each value and its three neighbours on either side, mirrored at the ends; a row
 * shorter than four values is copied. */
void audio_median_filter (const float *x, int n, float *y);

/* attention: [n_heads, n_tokens, n_frames], overwritten. Each head is made comparable (zero mean,
 * unit variance over the tokens), smoothed in time, and the heads are averaged into matrix,
 * [n_tokens, n_frames]. */
void audio_align_average (float *attention, int n_heads, int n_tokens, int n_frames, float *matrix);

/* The monotonic path through [n_rows, n_frames] with the greatest sum; jumps[row]: the frame at
 * which the path enters the row. */
void audio_align_path (const float *matrix, int n_rows, int n_frames, int *jumps);

G_END_DECLS
