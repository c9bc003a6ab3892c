/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A recording that is valid at every moment. Internal to audio/.
 *
 * Samples go to the file as they are appended, and after each half second of them the header is
 * brought up to date: if the program is killed, what was written until then can be played. Wav or
 * flac (16 bits, one channel) by the name's ending. Every five seconds the file is forced to the
 * disk, so that a power failure takes no more than that. One thread at a time.
 *
 *   AudioRecorder *recorder = audio_recorder_open ("out.wav", FALSE, 16000, &error);
 *   audio_recorder_append (recorder, samples, n, &error);
 *   audio_recorder_close (recorder, &error);
 */

#pragma once

#include <stdint.h>

#include "audio/base/audio-error.h"

G_BEGIN_DECLS

typedef struct _AudioRecorder AudioRecorder;

/* (transfer full). AUDIO_ERROR_OPEN, among others if the file exists and overwrite is FALSE;
 * AUDIO_ERROR_FORMAT for another ending. */
AudioRecorder *audio_recorder_open (const char *path, gboolean overwrite, int rate_hz,
                                    GError **error);
/* Samples beyond -1..1 are clipped. AUDIO_ERROR_DISK: what was written before is kept and valid. */
gboolean audio_recorder_append (AudioRecorder *recorder, const float *samples, size_t n,
                                GError **error);
/* How many are in the file. */
uint64_t audio_recorder_get_n_samples (const AudioRecorder *recorder);
/* Closes the file and frees the recorder, in any case. */
gboolean audio_recorder_close (AudioRecorder *recorder, GError **error);
/* The same, and removes the file: nothing was recorded. */
void audio_recorder_discard (AudioRecorder *recorder);

G_END_DECLS
