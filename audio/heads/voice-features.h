/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What inner blocks of Whisper's encoder make of a stretch of speech, pooled over time: the
 * features of the heads (audio/heads/heads.h), computed by this one function in training and at run
 * time.
 *
 * The stretch is trimmed to where it is loud and read in a log-mel window of just its length, at
 * the level that it has; after each wanted block the mean and the standard deviation over the
 * frames that hold speech are taken. Stretches over 12 s are read in equal parts, whose means and
 * deviations are averaged. Holds scratch: used by the thread that owns the context; nothing is
 * allocated after it was made.
 *
 *   AudioVoiceFeatures *features = audio_voice_features_new (80, 512, (int[]){ 2, 3 }, 2);
 *   audio_voice_features_compute (features, whisper, state, samples, n, out, &speech_s);
 */

#pragma once

#include "audio/whisper/whisper.h"

G_BEGIN_DECLS

#define AUDIO_VOICE_PART_SECONDS 12

typedef struct _AudioVoiceFeatures AudioVoiceFeatures;

/* blocks: counted from 1, rising: 1 is the output of the encoder's first block. */
AudioVoiceFeatures *audio_voice_features_new (int n_mels, int n_state, const int *blocks,
                                              int n_blocks);
void audio_voice_features_free (AudioVoiceFeatures *features);
/* 2 * n_state * n_blocks: for each block the means, then the deviations. */
int audio_voice_features_get_width (const AudioVoiceFeatures *features);
int audio_voice_features_get_last_block (const AudioVoiceFeatures *features);

/* samples: 16 kHz, any number. out: as wide as said above; zeros where there is no sound at all.
 * speech_s: seconds of frames that count as speech. FALSE if cancelled. The state's window is
 * gone afterwards. */
gboolean audio_voice_features_compute (AudioVoiceFeatures *features, AudioWhisper *whisper,
                                       AudioWhisperState *state, const float *samples,
                                       size_t n_samples, float *out, double *speech_s);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioVoiceFeatures, audio_voice_features_free)

G_END_DECLS
