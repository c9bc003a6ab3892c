/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What frames of two voices are compared by, each 20 ms of 16 kHz speech: inner features of
 * Whisper's encoder, which say what sound it is, level and voicing; and the envelope of each 5 ms,
 * which says whose.
 *
 * Row r stands for the 20 ms around sample 320 r; its four envelopes are centred at 80 (4 r - 2)
 * and the three multiples of 80 that follow. A set is plain data.
 *
 *   AudioVoiceAnalyser *analyser = audio_voice_analyser_new (whisper, state);
 *   AudioVoiceFrames *frames
 *       = audio_voice_analyser_run (analyser, samples, n_samples, TRUE, &error);
 */

#pragma once

#include "audio/conversion/envelope.h"
#include "audio/whisper/whisper.h"

G_BEGIN_DECLS

enum {
  AUDIO_VOICE_ROW = 320, /* samples of a row */
  AUDIO_VOICE_HOP = 80,  /* samples between two envelopes */
  AUDIO_VOICE_N_SUB = 4, /* envelopes of a row */
  AUDIO_VOICE_BLOCKS = 3 /* of the encoder, that features pass */
};

typedef struct {
  int n; /* rows */
  int n_state;
  float *features; /* [n, n_state], as the encoder gives them */
  float *envelope; /* [n, AUDIO_VOICE_N_SUB, AUDIO_ENVELOPE_SIZE], or NULL */
  float *level_db; /* [n] of full scale, at least -100 */
  float *voiced;   /* [n]: 1 or 0 */
} AudioVoiceFrames;

AudioVoiceFrames *audio_voice_frames_new (int n, int n_state, gboolean with_envelope);
void audio_voice_frames_free (AudioVoiceFrames *frames);
/* Puts the rows first .. end - 1 of `from` at the end of `frames`, which has the same fields. */
void audio_voice_frames_append (AudioVoiceFrames *frames, const AudioVoiceFrames *from, int first,
                                int end);
/* The level of speech: the mean power of the rows that are within 30 dB of the loudest, in dB. */
float audio_voice_frames_get_level (const AudioVoiceFrames *frames);

/* Features of a row as they are compared: less the mean, by the deviation, of unit length. */
void audio_voice_frames_normalise (const float *x, const float *mean, const float *deviation, int n,
                                   float *y);

typedef struct _AudioVoiceAnalyser AudioVoiceAnalyser;

/* Both are borrowed. (transfer full). */
AudioVoiceAnalyser *audio_voice_analyser_new (AudioWhisper *whisper, AudioWhisperState *state);
void audio_voice_analyser_free (AudioVoiceAnalyser *analyser);
/* (transfer full): a row per 20 ms begun. AUDIO_ERROR_CANCELLED by the context. */
AudioVoiceFrames *audio_voice_analyser_run (AudioVoiceAnalyser *analyser, const float *samples,
                                            size_t n_samples, gboolean with_envelope,
                                            GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioVoiceFrames, audio_voice_frames_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioVoiceAnalyser, audio_voice_analyser_free)

G_END_DECLS
