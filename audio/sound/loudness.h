/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How loud speech is, and made as loud as it should be without clipping.
 *
 * A meter takes samples as they come and keeps a histogram, so its memory does not grow. A limiter
 * multiplies by a gain and turns down, smoothly and ahead of time, what would go beyond the
 * ceiling; it hands out what it took in with a delay of some milliseconds, and the rest at the end,
 * so that in all n samples give n samples. Mono; each object is one thread's.
 *
 *   audio_loudness_add (meter, samples, n);
 *   gain = audio_loudness_gain (audio_loudness_get_lufs (meter), AUDIO_LOUDNESS_TARGET_LUFS);
 *   n_out = audio_limiter_process (limiter, samples, n, out);
 *   n_out = audio_limiter_flush (limiter, out);
 *
 * Sources: EBU R 128 and ITU-R BS.1770-4 (loudness, true peak by interpolation to 4 times the
 * rate), the meter through libebur128; the limiter is the usual minimum and mean over a window.
 */

#pragma once

#include <stddef.h>

#include "audio/base/audio-error.h"

G_BEGIN_DECLS

#define AUDIO_LOUDNESS_TARGET_LUFS (-16.0)
/* Below -1 dBTP with room for what lossy formats add. */
#define AUDIO_LOUDNESS_CEILING_DBTP (-1.5)

typedef struct _AudioLoudness AudioLoudness;

/* (transfer full). */
AudioLoudness *audio_loudness_new (int rate_hz);
void audio_loudness_free (AudioLoudness *meter);
void audio_loudness_add (AudioLoudness *meter, const float *samples, size_t n);
/* Integrated, gated; -INFINITY for silence and for less than 0.4 s. */
double audio_loudness_get_lufs (AudioLoudness *meter);
/* -INFINITY for silence. */
double audio_loudness_get_true_peak (AudioLoudness *meter);
/* What makes the one the other; 1 where there is nothing to measure. At most 20 dB up. */
float audio_loudness_gain (double lufs, double target_lufs);

typedef struct _AudioLimiter AudioLimiter;

/* (transfer full). */
AudioLimiter *audio_limiter_new (int rate_hz, double ceiling_dbtp);
void audio_limiter_free (AudioLimiter *limiter);
/* For the samples to come. */
void audio_limiter_set_gain (AudioLimiter *limiter, float gain);
/* out: room for n, and may be `samples`. Returns how many are in it, at most n. */
size_t audio_limiter_process (AudioLimiter *limiter, const float *samples, size_t n, float *out);
/* What is still held back, at most audio_limiter_get_delay(); then it begins anew. */
size_t audio_limiter_flush (AudioLimiter *limiter, float *out);
size_t audio_limiter_get_delay (const AudioLimiter *limiter);

/* Fades n samples in over the first n_in and out over the last n_out, with half a cosine. */
void audio_fade (float *samples, size_t n, size_t n_in, size_t n_out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioLoudness, audio_loudness_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioLimiter, audio_limiter_free)

G_END_DECLS
