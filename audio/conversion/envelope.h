/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The smooth spectral envelope of a moment of speech, as a cepstrum: CheapTrick.
 *
 * A window of three periods of the pitch, the power spectrum smoothed over two thirds of a
 * harmonic, and a lifter that takes out what the harmonics leave. So the envelope does not follow
 * the pitch, which is what two voices are compared by. Plans and scratch: one thread at a time.
 *
 *   AudioEnvelope *envelope = audio_envelope_new ();
 *   audio_envelope_compute (envelope, samples, n_samples, 80 * i, f0_hz, cepstrum);
 *
 * Source: Morise 2015, "CheapTrick, a spectral envelope estimator for high-quality speech
 * synthesis".
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Coefficients 1 .. 64; coefficient 0, the level, is left out. */
#define AUDIO_ENVELOPE_SIZE 64

typedef struct _AudioEnvelope AudioEnvelope;

AudioEnvelope *audio_envelope_new (void);
void audio_envelope_free (AudioEnvelope *envelope);

/* Around the sample `centre` of 16 kHz samples; beyond both ends are zeros. f0_hz 0: not voiced.
 * log power at w radians is 2 sum c[n - 1] cos (n w), n from 1, up to the level. */
void audio_envelope_compute (AudioEnvelope *envelope, const float *samples, size_t n_samples,
                             size_t centre, float f0_hz, float cepstrum[AUDIO_ENVELOPE_SIZE]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioEnvelope, audio_envelope_free)

G_END_DECLS
