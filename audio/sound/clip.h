/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A recording as every model here wants it: 16 kHz, one channel, float in -1..1.
 *
 * audio_clip_load() reads any file that libsndfile knows (wav, flac, ogg, opus, mp3, aiff, ...) at
 * any rate and channel count; channels are averaged, soxr resamples, both in blocks. The result of
 * a long file lies in a file without a name that is mapped (audio/sound/sample-store.h), so that
 * memory does not grow with the length if those that read it say what they are done with. A damaged
 * end keeps what was decoded before it and says so; lengths in headers are never trusted. Samples
 * that are not finite, or beyond 65536, become 0 and are counted; if they are more than a tenth,
 * that is AUDIO_ERROR_FORMAT. Samples beyond -1..1 are clipped if they are few; if they are more
 * than one in a thousand, the clip is divided by its peak. Immutable after loading; any thread may
 * read it.
 *
 *   g_autoptr (AudioClip) clip = audio_clip_load ("talk.mp3", NULL, NULL, NULL, &error);
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdatomic.h>

#include "audio/base/audio-error.h"

G_BEGIN_DECLS

#define AUDIO_RATE_HZ 16000
#define AUDIO_MIN_SECONDS 0.1
#define AUDIO_MAX_SECONDS (12.0 * 3600.0)

typedef struct {
  float *samples; /* of a clip that was loaded: read only */
  size_t n_samples;
  size_t n_mapped; /* bytes, if the samples are in a file */
  double seconds;  /* of this clip: n_samples / 16000 */
  int source_rate_hz;
  int source_channels;
  size_t n_not_finite; /* samples of the source that were NaN, infinite or absurd */
  bool is_truncated;   /* the file ended before its header said, or in damage */
} AudioClip;

typedef void (*AudioProgress) (double fraction, gpointer user_data);

/* (transfer full). cancel and progress may be NULL. A clip of zeros is a valid clip. Only regular
 * files: not a pipe, not a device. AUDIO_ERROR_OPEN, _FORMAT, _EMPTY, _TOO_SHORT, _TOO_LONG,
 * _CANCELLED; each message starts with the path. */
AudioClip *audio_clip_load (const char *path, AudioProgress progress, gpointer user_data,
                            atomic_bool *cancel, GError **error);
/* For those that go through a long clip: samples first .. end - 1 are not needed for now. They may
 * be read again at any time; then they come from the system's cache, or the disk. */
void audio_clip_release (const AudioClip *clip, size_t first, size_t end);
/* Takes a copy of 16 kHz mono samples. */
AudioClip *audio_clip_new (const float *samples, size_t n_samples);
void audio_clip_free (AudioClip *clip);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioClip, audio_clip_free)

G_END_DECLS
