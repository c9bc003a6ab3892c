/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Speech faster or slower at the same pitch: waveform-similarity overlap-add. Windows of 40 ms,
 * half of which overlap, are taken from the input at a step of speed times their step in the
 * output, each moved by at most 10 ms to where it continues what is there best. One thread at a
 * time.
 *
 *   AudioStretch *stretch = audio_stretch_new (rate_hz);
 *   audio_stretch_run (stretch, 1.5, samples, n, out);
 *
 * Source: Verhelst and Roelands 1993, "An overlap-add technique based on waveform similarity".
 */

#pragma once

#include <glib.h>
#include <stddef.h>

G_BEGIN_DECLS

#define AUDIO_STRETCH_MIN 0.5
#define AUDIO_STRETCH_MAX 2.0

typedef struct _AudioStretch AudioStretch;

AudioStretch *audio_stretch_new (int rate_hz);
void audio_stretch_free (AudioStretch *stretch);
/* Forgets what it holds back: something else follows. */
void audio_stretch_reset (AudioStretch *stretch);
/* Takes n samples and appends what is ready to out, a GArray of float. At a speed of 1 nothing is
 * changed. */
void audio_stretch_run (AudioStretch *stretch, double speed, const float *samples, size_t n,
                        GArray *out);
/* How many samples of the input have been taken and are not in the output yet. */
size_t audio_stretch_get_held (const AudioStretch *stretch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioStretch, audio_stretch_free)

G_END_DECLS
