/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Where somebody speaks: the silero voice activity network, and the spans that follow from it.
 *
 * The network gives a probability per 512 samples (32 ms), with a recurrent state; it is used for
 * whole clips here and, chunk by chunk, while recording. audio/vad/VAD.md describes it.
 *
 *   g_autoptr (AudioVad) vad = audio_vad_load (path, &error);
 *   g_autoptr (GArray) spans = audio_vad_find_speech (vad, clip, &(AudioVadOptions){ 0 }, NULL,
 * &error);
 */

#pragma once

#include "audio/sound/clip.h"

G_BEGIN_DECLS

#define AUDIO_VAD_CHUNK 512

typedef struct _AudioVad AudioVad;

typedef struct {
  size_t first; /* sample */
  size_t end;   /* sample past the last */
} AudioSpan;

/* Zero means the value in parentheses. */
typedef struct {
  float threshold;      /* speech starts at or above it (0.5); it ends below threshold - 0.15 */
  double min_speech_s;  /* shorter bursts are dropped (0.1) */
  double min_silence_s; /* shorter pauses do not split (0.3) */
  double pad_s;         /* added at both ends (0.1) */
} AudioVadOptions;

/* path: the converted GGUF. (transfer full); AUDIO_ERROR_MODEL, NN_ERROR_*. */
AudioVad *audio_vad_load (const char *path, GError **error);
void audio_vad_free (AudioVad *vad);
/* Forgets the state: a new stream begins. */
void audio_vad_reset (AudioVad *vad);
/* samples: AUDIO_VAD_CHUNK of them, following those of the call before. Returns the probability of
 * speech. */
float audio_vad_next (AudioVad *vad, const float *samples);
/* The same for n_chunks chunks, and several times as fast where they are many. */
void audio_vad_run (AudioVad *vad, const float *samples, size_t n_chunks, float *probabilities);
/* (transfer full): a GArray of AudioSpan in order, disjoint, possibly empty. Resets the state
 * first. AUDIO_ERROR_CANCELLED. cancel may be NULL. */
GArray *audio_vad_find_speech (AudioVad *vad, const AudioClip *clip, const AudioVadOptions *options,
                               atomic_bool *cancel, GError **error);

/* The same from probabilities of consecutive chunks, for those who have them already; n_samples:
 * the length of the clip. (transfer full). */
GArray *audio_vad_find_spans (const float *probabilities, size_t n_chunks, size_t n_samples,
                              const AudioVadOptions *options);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioVad, audio_vad_free)

G_END_DECLS
