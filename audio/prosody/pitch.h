/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The fundamental frequency of a voice over time: pYIN.
 *
 * A frame each 10 ms, centred on its 10 ms. Each frame of 16 kHz samples gives candidates of pitch
 * with probabilities (YIN's difference function under thresholds drawn from a beta distribution);
 * a hidden Markov model then finds the most probable path through pitches and voicing. Runs in
 * blocks of 30 s with 2 s of look-ahead, so that memory does not grow with the recording.
 * audio/prosody/PROSODY.md has the steps.
 *
 *   g_autoptr (AudioPitch) pitch = audio_pitch_new ();
 *   size_t n_frames = audio_pitch_count_frames (n_samples);
 *   audio_pitch_track (pitch, samples, n_samples, hz, voicing, NULL, NULL, NULL, &error);
 *
 * Sources: de Cheveigné and Kawahara 2002 (YIN); Mauch and Dixon 2014 (pYIN).
 */

#pragma once

#include "audio/sound/clip.h"

G_BEGIN_DECLS

#define AUDIO_PITCH_HOP 160
#define AUDIO_PITCH_MIN_HZ 60.0f
#define AUDIO_PITCH_MAX_HZ 600.0f

/* Plans and scratch: one thread at a time. */
typedef struct _AudioPitch AudioPitch;

AudioPitch *audio_pitch_new (void);
void audio_pitch_free (AudioPitch *pitch);

/* One for each 10 ms begun. */
size_t audio_pitch_count_frames (size_t n_samples);

/* samples: 16 kHz. hz and voicing: [audio_pitch_count_frames (n_samples)]. hz is 0 where a frame
 * is not voiced; voicing is the probability that the frame by itself has a pitch, 0..1. progress
 * and cancel may be NULL; cancel is read a few times a second. AUDIO_ERROR_CANCELLED. */
gboolean audio_pitch_track (AudioPitch *pitch, const float *samples, size_t n_samples, float *hz,
                            float *voicing, AudioProgress progress, gpointer user_data,
                            atomic_bool *cancel, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioPitch, audio_pitch_free)

G_END_DECLS
