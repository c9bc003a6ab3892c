/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Tags and chapters as each container has them. Internal to audio/: sound-writer.h is the way in.
 *
 * A file without tags goes in, the same with tags comes out; only the wav form changes the file in
 * place, as its chunks stand at the end. The files are our own, just written by libsndfile: what
 * does not look so is an error, never trusted.
 */

#pragma once

#include "audio/sound/sound-writer.h"

G_BEGIN_DECLS

typedef enum {
  AUDIO_CONTAINER_WAV,
  AUDIO_CONTAINER_FLAC,
  AUDIO_CONTAINER_OGG,
  AUDIO_CONTAINER_MP3
} AudioSoundContainer;

/* in, out: descriptors, each read and written from its position on; for wav they are one. rate_hz,
 * seconds: of the samples. FALSE with errno set. */
gboolean audio_sound_tags_write (AudioSoundContainer container, int in, int out, int rate_hz,
                                 double seconds, const AudioSoundTags *tags);

/* (transfer full): the bytes alone: the payload of a Vorbis comment, from the vendor string on. */
GByteArray *audio_sound_tags_make_comment (const AudioSoundTags *tags);
/* (transfer full): an ID3v2.4 tag. */
GByteArray *audio_sound_tags_make_id3 (const AudioSoundTags *tags, double seconds);
/* (transfer full): the chunks LIST INFO, cue and LIST adtl. */
GByteArray *audio_sound_tags_make_riff (const AudioSoundTags *tags, int rate_hz);

G_END_DECLS
