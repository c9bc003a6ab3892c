/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Samples to the loudspeaker (PortAudio).
 *
 * PortAudio's callback takes from a ring what the program has put in; when nothing waits, silence
 * is played and the stream stays open, so that the next sentence begins at once. Mono in, resampled
 * where the device refuses the rate, on all of the device's channels up to two. Stopping,
 * pausing and clearing are heard within 200 ms. One thread writes; any may stop, pause and ask.
 *
 *   g_autoptr (AudioPlayback) playback = audio_playback_start (NULL, 24000, &error);
 *   audio_playback_append (playback, samples, n, &cancel, &error);
 *   audio_playback_drain (playback, &cancel, &error);
 */

#pragma once

#include <stdatomic.h>
#include <stddef.h>

#include "audio/base/audio-error.h"

G_BEGIN_DECLS

typedef struct _AudioPlayback AudioPlayback;

/* (transfer full). device_name: NULL for the default, a number, or part of a name. The rate is that
 * of the samples to come. AUDIO_ERROR_DEVICE: no loudspeaker, or it does not open. */
AudioPlayback *audio_playback_start (const char *device_name, int rate_hz, GError **error);
/* Silence within 200 ms, whatever still waits. */
void audio_playback_free (AudioPlayback *playback);

/* Takes what there is room for, never waits; returns how many of the n samples that were. There is
 * room for about 5 s. */
size_t audio_playback_write (AudioPlayback *playback, const float *samples, size_t n);
/* Waits for room until all are taken. cancel may be NULL. AUDIO_ERROR_CANCELLED; AUDIO_ERROR_DEVICE
 * if the device goes away or takes nothing for some seconds. */
gboolean audio_playback_append (AudioPlayback *playback, const float *samples, size_t n,
                                const atomic_bool *cancel, GError **error);
/* What was written is whole: nothing of it is held back for what follows, as a resampler does with
 * the last 40 ms. May wait for room. The same errors. */
gboolean audio_playback_end (AudioPlayback *playback, const atomic_bool *cancel, GError **error);
/* The same, and waits until all has been heard. */
gboolean audio_playback_drain (AudioPlayback *playback, const atomic_bool *cancel, GError **error);

/* Forgets what waits; what is written after is played. */
void audio_playback_clear (AudioPlayback *playback);
/* Holds on, or goes on where it held. */
void audio_playback_set_paused (AudioPlayback *playback, gboolean is_paused);
/* Seconds of samples that were handed to the device, without those forgotten. */
double audio_playback_get_played (AudioPlayback *playback);
/* Seconds of samples that wait. */
double audio_playback_get_waiting (AudioPlayback *playback);
/* The device is gone; audio_playback_append() says why. */
gboolean audio_playback_has_failed (AudioPlayback *playback);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioPlayback, audio_playback_free)

G_END_DECLS
