/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The samples of a sound file of our own, at the rate that it has. For recordings of others there
 * is clip.h. Any thread.
 *
 *   g_autofree float *samples = audio_sound_read (path, 24000, &n_samples, &error);
 */

#pragma once

#include <stddef.h>

#include "audio/base/audio-error.h"

G_BEGIN_DECLS

/* (transfer full), of g_free(). AUDIO_ERROR_OPEN; AUDIO_ERROR_FORMAT if it is not mono at this
 * rate; AUDIO_ERROR_EMPTY; AUDIO_ERROR_TOO_LONG: more than an hour. */
float *audio_sound_read (const char *path, int rate_hz, size_t *n_samples, GError **error);

G_END_DECLS
