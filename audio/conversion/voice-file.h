/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A voice of somebody's: a GGUF file of architecture "voice" with what conversion needs
 * (audio/conversion/conversion.h), how it was made, and where it came from. No speech can be made
 * from it alone, and none of the recordings is in it. audio/conversion/CONVERSION.md lists keys and
 * tensors.
 *
 *   g_autoptr (GBytes) bytes = audio_voice_file_make (&facts, reference, calibration, NULL);
 *   g_autoptr (AudioVoiceFile) file = audio_voice_file_open (path, &error);
 *   facts = audio_voice_file_get_facts (file);
 */

#pragma once

#include "audio/conversion/voice-frames.h"
#include "audio/speaker/speaker.h"

G_BEGIN_DECLS

#define AUDIO_VOICE_N_BANDS 64
/* Rows of a set: from a third of a second to ten minutes. */
#define AUDIO_VOICE_MIN_ROWS 16
#define AUDIO_VOICE_MAX_ROWS 30000

typedef struct {
  const char *name;         /* as it was called when it was made */
  const char *stock;        /* the stock voice, "am_michael" */
  double f0_factor;         /* of AudioKokoroManner, for this voice */
  double f0_spread;         /* the same */
  double strength;          /* of the filter: 1 is the difference of the voices as it was found */
  const char *date;         /* ISO 8601, UTC */
  const char *origin;       /* "file" or "microphone" */
  const char *attestation;  /* whose voice it is, in the words of who made it */
  const char *const *clips; /* sha256 of each recording, hexadecimal */
  size_t n_clips;
  double reference_s;                 /* speech of the recordings that is used */
  double calibration_s;               /* speech of the stock voice beside it */
  double score;                       /* similarity by the speaker encoder when it was made, 0..1 */
  float embedding[AUDIO_SPEAKER_DIM]; /* of the recordings */
} AudioVoiceFacts;

/* How loud each of the mel bands is, in dB over the level of the speech: of the speaker, and of the
 * converted voice before it is corrected. */
typedef struct {
  float mean[AUDIO_VOICE_N_BANDS];
  float deviation[AUDIO_VOICE_N_BANDS];
} AudioVoiceBands;

typedef struct {
  AudioVoiceBands reference;
  AudioVoiceBands converted;
  /* A band of the reference is its mean, and the row's sum over what the converted bands have over
   * theirs. */
  float map[AUDIO_VOICE_N_BANDS][AUDIO_VOICE_N_BANDS];
} AudioVoiceMoments;

/* (transfer full). Both sets have envelopes. moments: NULL if they are not known yet. */
GBytes *audio_voice_file_make (const AudioVoiceFacts *facts, const AudioVoiceFrames *reference,
                               const AudioVoiceFrames *calibration,
                               const AudioVoiceMoments *moments);

typedef struct _AudioVoiceFile AudioVoiceFile;

/* Every key and every shape is checked. (transfer full). AUDIO_ERROR_MODEL, NN_ERROR_*. */
AudioVoiceFile *audio_voice_file_open (const char *path, GError **error);
/* The same over bytes in memory; `name` stands in messages. */
AudioVoiceFile *audio_voice_file_open_bytes (GBytes *bytes, const char *name, GError **error);
void audio_voice_file_free (AudioVoiceFile *file);
/* (transfer none), as are its strings. */
const AudioVoiceFacts *audio_voice_file_get_facts (const AudioVoiceFile *file);
const NnGguf *audio_voice_file_get_gguf (const AudioVoiceFile *file);
/* FALSE if it has none. */
gboolean audio_voice_file_get_moments (const AudioVoiceFile *file, AudioVoiceMoments *moments);
int audio_voice_file_get_n_state (const AudioVoiceFile *file);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioVoiceFile, audio_voice_file_free)

G_END_DECLS
