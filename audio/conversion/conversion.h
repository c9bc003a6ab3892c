/* SPDX-License-Identifier: GPL-3.0-or-later */

/* From a stock voice to somebody's: the frame-matched difference filter.
 *
 * A voice file holds what two voices make of the same kinds of sound, every 20 ms: the speaker's
 * recordings (the reference) and the stock voice (the calibration), each as inner features of
 * Whisper's encoder and as a smooth spectral envelope. For each 20 ms of a sentence that the stock
 * voice speaks, the most alike frames of both sets are looked up; the difference of their mean
 * envelopes is the filter of that moment. Pitch, timing and phase stay those of the sentence.
 * audio/conversion/CONVERSION.md has the steps, and what each is worth.
 *
 * Sentences are independent of each other. Used by the thread that owns the context.
 *
 *   g_autoptr (AudioConversion) conversion
 *       = audio_conversion_load (whisper, state, path, &error);
 *   audio_conversion_apply (conversion, samples, n_samples, &error);
 */

#pragma once

#include "audio/conversion/voice-file.h"

G_BEGIN_DECLS

#define AUDIO_CONVERSION_RATE 24000

typedef struct _AudioConversion AudioConversion;

/* path: a voice file (audio/conversion/voice-file.h). whisper and state are borrowed, and must be
 * the model that the voice was made with; what the state holds of a window is lost. (transfer
 * full). AUDIO_ERROR_MODEL, NN_ERROR_*. */
AudioConversion *audio_conversion_load (AudioWhisper *whisper, AudioWhisperState *state,
                                        const char *path, GError **error);
/* The same of a file that is open (transfer full, also where it fails). */
AudioConversion *audio_conversion_new (AudioWhisper *whisper, AudioWhisperState *state,
                                       AudioVoiceFile *file, GError **error);
void audio_conversion_free (AudioConversion *conversion);
/* (transfer none): the stock voice and the pitch that it is to be spoken in, among others. */
const AudioVoiceFacts *audio_conversion_get_facts (const AudioConversion *conversion);

/* A sentence of the stock voice, spoken in the manner that the voice asks for, mono at
 * AUDIO_CONVERSION_RATE; changed in place. AUDIO_ERROR_CANCELLED, and the samples are as they
 * were. */
gboolean audio_conversion_apply (AudioConversion *conversion, float *samples, size_t n_samples,
                                 GError **error);

/* Another strength of the filter than the file has, 0 .. 2: to find which one is best. */
void audio_conversion_set_strength (AudioConversion *conversion, double strength);
/* (transfer full): from AUDIO_CONVERSION_RATE to 16 kHz, *n samples. */
float *audio_conversion_resample (const float *samples, size_t n_samples, size_t *n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioConversion, audio_conversion_free)

G_END_DECLS
