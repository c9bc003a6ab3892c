/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Speech into a sound file: wav and flac (16 bits), opus (.ogg, .opus), mp3, by the name's ending,
 * one channel, with tags and chapters.
 *
 * Samples go to a hidden file beside the one that is meant, which takes its place when it is
 * closed: so what stands under the name is always whole. Chapters become what the container has for
 * them: cue points with labels in wav, CHAPTERxxx comments in flac and opus, CHAP frames in mp3. A
 * writer belongs to one thread at a time.
 *
 *   AudioSoundWriter *writer = audio_sound_writer_open ("talk.mp3", 24000, &error);
 *   audio_sound_writer_append (writer, samples, n, &error);
 *   audio_sound_writer_close (writer, &tags, &error);
 *
 * Sources: RIFF (Microsoft and IBM 1991, and the 1994 revision for cue and adtl); RFC 9639 (FLAC);
 * RFC 3533 and 7845 (Ogg, Opus); ID3v2.4 with the Chapter Frame Addendum.
 */

#pragma once

#include <stddef.h>
#include <stdint.h>

#include "audio/base/audio-error.h"

G_BEGIN_DECLS

typedef struct {
  double start_s;
  const char *title;
} AudioChapter;

/* All UTF-8, each may be NULL. (transfer none) throughout. */
typedef struct {
  const char *title;
  const char *software; /* that made the file */
  const char *comment;
  const char *const *pairs;     /* further name, value, ..., NULL: SYNTHESISED, yes */
  const AudioChapter *chapters; /* in order of time */
  size_t n_chapters;
} AudioSoundTags;

typedef struct _AudioSoundWriter AudioSoundWriter;

/* Whether a file of this name can be written, as far as that can be known before: the ending, a
 * folder that is there and may be written to. AUDIO_ERROR_FORMAT, AUDIO_ERROR_OPEN. */
gboolean audio_sound_writer_check (const char *path, GError **error);

/* (transfer full). A file that is there under the name stays until the close. rate_hz: 8000, 12000,
 * 16000, 24000 or 48000, which opus knows. AUDIO_ERROR_FORMAT, AUDIO_ERROR_OPEN. */
AudioSoundWriter *audio_sound_writer_open (const char *path, int rate_hz, GError **error);
/* samples: -1..1; what is beyond is clipped. AUDIO_ERROR_DISK, which further calls repeat. */
gboolean audio_sound_writer_append (AudioSoundWriter *writer, const float *samples, size_t n,
                                    GError **error);
uint64_t audio_sound_writer_get_n_samples (const AudioSoundWriter *writer);
/* Frees the writer, also on failure. Without failure the file stands under its name. If writing
 * failed, now or before, that is AUDIO_ERROR_DISK: what could be written takes the name if nothing
 * stands there yet; a file that does stays as it is. */
gboolean audio_sound_writer_close (AudioSoundWriter *writer, const AudioSoundTags *tags,
                                   GError **error);
/* Frees the writer; nothing is left of what it wrote. NULL is allowed. */
void audio_sound_writer_discard (AudioSoundWriter *writer);

G_END_DECLS
