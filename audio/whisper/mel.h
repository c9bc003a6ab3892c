/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The log-mel spectrogram that Whisper was trained on.
 *
 * 16 kHz samples, periodic Hann window of 400, hop 160, centred with reflection, power, 80 (or 128)
 * Slaney mel bands of 0..8000 Hz, log10 clamped at 1e-10, floored at 8 below the maximum of the
 * window, (x + 4) / 4. Within 1e-4 of the reference. A plan (FFTW) is made once; computing
 * allocates nothing.
 *
 *   AudioMel *mel = audio_mel_new (80);
 *   audio_mel_compute (mel, samples, n_samples, n_frames, out);
 *
 * Source: Radford et al. 2022 and the reference implementation's log_mel_spectrogram; mel scale of
 * Slaney 1998.
 */

#pragma once

#include <stddef.h>

#include <glib.h>

G_BEGIN_DECLS

#define AUDIO_MEL_HOP 160

typedef struct _AudioMel AudioMel;

AudioMel *audio_mel_new (int n_bands);
void audio_mel_free (AudioMel *mel);
int audio_mel_get_n_bands (const AudioMel *mel);
/* out: [n_frames, n_bands], a frame each 10 ms. Samples past n_samples count as zeros, so 30 s
 * windows (n_frames 3000) are padded here. One thread at a time per AudioMel. */
void audio_mel_compute (AudioMel *mel, const float *samples, size_t n_samples, int n_frames,
                        float *out);
/* The same bands as plain power, neither logarithm nor floor, and with zeros beyond both ends: the
 * input of the speaker encoder. Frame i is centred on sample first + i * AUDIO_MEL_HOP. */
void audio_mel_compute_power (AudioMel *mel, const float *samples, size_t n_samples, size_t first,
                              int n_frames, float *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioMel, audio_mel_free)

G_END_DECLS
