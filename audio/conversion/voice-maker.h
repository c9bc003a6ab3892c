/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Makes a voice file: speech of the speaker first, then speech of one stock voice after the other
 * beside it, of which one is kept.
 *
 *   AudioVoiceMaker *maker = audio_voice_maker_new (whisper, state);
 *   audio_voice_maker_add_reference (maker, speech, n_speech, &error);
 *   audio_voice_maker_add_calibration (maker, spoken, n_spoken, &error);
 *   bytes = audio_voice_maker_make (maker, &facts, &error);
 */

#pragma once

#include "audio/conversion/conversion.h"

G_BEGIN_DECLS

typedef struct _AudioVoiceMaker AudioVoiceMaker;

/* Both are borrowed. (transfer full). */
AudioVoiceMaker *audio_voice_maker_new (AudioWhisper *whisper, AudioWhisperState *state);
void audio_voice_maker_free (AudioVoiceMaker *maker);
/* A stretch of speech of the speaker, 16 kHz. AUDIO_ERROR_CANCELLED. */
gboolean audio_voice_maker_add_reference (AudioVoiceMaker *maker, const float *samples,
                                          size_t n_samples, GError **error);
/* A sentence of the stock voice, AUDIO_CONVERSION_RATE. AUDIO_ERROR_CANCELLED. */
gboolean audio_voice_maker_add_calibration (AudioVoiceMaker *maker, const float *samples,
                                            size_t n_samples, GError **error);
/* Another stock voice is to come. */
void audio_voice_maker_clear_calibration (AudioVoiceMaker *maker);
double audio_voice_maker_get_reference_seconds (const AudioVoiceMaker *maker);
double audio_voice_maker_get_calibration_seconds (const AudioVoiceMaker *maker);
/* (transfer full): the file, from all that was added. The seconds of `facts` are filled in.
 * AUDIO_ERROR_CANCELLED; AUDIO_ERROR_TOO_SHORT for too little of either. */
GBytes *audio_voice_maker_make (AudioVoiceMaker *maker, const AudioVoiceFacts *facts,
                                GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioVoiceMaker, audio_voice_maker_free)

G_END_DECLS
