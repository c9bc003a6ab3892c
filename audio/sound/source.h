/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A sound file as it is, block by block: for playing it and for drawing it, in memory that does not
 * grow with its length. Channels are averaged; the rate is the file's own. What is not finite
 * becomes 0, and what is beyond -1..1 is clipped. One thread at a time.
 *
 *   g_autoptr (AudioSource) source = audio_source_open ("talk.mp3", &error);
 *   n = audio_source_read (source, samples, 4096);
 */

#pragma once

#include <stddef.h>
#include <stdint.h>

#include "audio/base/audio-error.h"

G_BEGIN_DECLS

typedef struct _AudioSource AudioSource;

/* (transfer full). AUDIO_ERROR_OPEN, _FORMAT; each message starts with the path. */
AudioSource *audio_source_open (const char *path, GError **error);
void audio_source_free (AudioSource *source);
int audio_source_get_rate (const AudioSource *source);
/* As the file's header says; what can be read may be less. */
double audio_source_get_seconds (const AudioSource *source);
/* How many of n there were; 0 at the end. */
size_t audio_source_read (AudioSource *source, float *samples, size_t n);
/* Goes on from there. FALSE: the file cannot be read anywhere but in order. */
gboolean audio_source_seek (AudioSource *source, double seconds);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioSource, audio_source_free)

G_END_DECLS
