/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Who speaks, as a point: the GE2E speaker encoder.
 *
 * It turns speech into 256 numbers, none negative, of length 1. The scalar product of two such
 * embeddings says how alike the voices are: about 0.85 and more for one person, 0.55 for two. A
 * window of 1.6 s is the unit; a longer clip is the mean of its windows. Pauses belong to nobody:
 * cut them out first (vad.h). audio/speaker/SPEAKER.md describes the network.
 *
 * An encoder uses the context's threads, so it belongs to the thread that owns the context.
 *
 *   g_autoptr (AudioSpeakerEncoder) encoder = audio_speaker_encoder_load (context, path, &error);
 *   float embedding[AUDIO_SPEAKER_DIM];
 *   if (audio_speaker_embed (encoder, samples, n_samples, embedding))
 *     score = audio_speaker_compare (embedding, other);
 *
 * Source: Wan et al. 2018, "Generalized end-to-end loss for speaker verification"; the computations
 * around the network are those of Resemblyzer, whose weights it has.
 */

#pragma once

#include "audio/base/audio-error.h"
#include "nn/ops/context.h"

G_BEGIN_DECLS

#define AUDIO_SPEAKER_DIM 256
#define AUDIO_SPEAKER_WINDOW 25600 /* samples: 160 frames of 10 ms */
#define AUDIO_SPEAKER_FRAME 160    /* samples between two frames */

typedef struct _AudioSpeakerEncoder AudioSpeakerEncoder;

/* path: the converted GGUF. The context is (transfer none) and must outlive the encoder. (transfer
 * full); AUDIO_ERROR_MODEL, NN_ERROR_*. */
AudioSpeakerEncoder *audio_speaker_encoder_load (NnContext *context, const char *path,
                                                 GError **error);
void audio_speaker_encoder_free (AudioSpeakerEncoder *encoder);

/* samples: 16 kHz mono. They are made as loud as -30 dBFS if they are softer, cut into windows 0.77
 * s apart, and padded with zeros; a last window of which less than three quarters are there is left
 * out. FALSE, and embedding is all zero, if the context is cancelled or there is no signal. */
gboolean audio_speaker_embed (AudioSpeakerEncoder *encoder, const float *samples, size_t n_samples,
                              float embedding[AUDIO_SPEAKER_DIM]);

/* Stretches of speech, of each as audio_speaker_embed(): the windows of all are computed side by
 * side, which is several times as fast where each has but a few. embeddings: [n_clips,
 * AUDIO_SPEAKER_DIM]; all zero without a signal. FALSE, and all are zero, if the context is
 * cancelled. */
typedef struct {
  const float *samples;
  size_t n_samples;
} AudioSpeakerClip;

gboolean audio_speaker_embed_clips (AudioSpeakerEncoder *encoder, const AudioSpeakerClip *clips,
                                    size_t n_clips, float *embeddings);
/* FALSE if all are zero. */
gboolean audio_speaker_has_voice (const float embedding[AUDIO_SPEAKER_DIM]);

/* One window of a signal: AUDIO_SPEAKER_WINDOW samples from `first` on, times gain. */
typedef struct {
  size_t first;
  float gain;
} AudioSpeakerWindow;

/* Many windows in one go, several times faster than one by one, the fastest if they are in order of
 * time; they may overlap. Past the end the signal counts as zeros. embeddings: [n_windows,
 * AUDIO_SPEAKER_DIM]; all zero for a window without a signal. FALSE if the context is cancelled. */
gboolean audio_speaker_embed_windows (AudioSpeakerEncoder *encoder, const float *samples,
                                      size_t n_samples, const AudioSpeakerWindow *windows,
                                      size_t n_windows, float *embeddings);
/* What brings the samples to -30 dBFS; 1 if they are louder or zeros. */
float audio_speaker_gain (const float *samples, size_t n_samples);

/* The cosine of two embeddings, 0..1. */
float audio_speaker_compare (const float a[AUDIO_SPEAKER_DIM], const float b[AUDIO_SPEAKER_DIM]);
/* Scales to length 1; FALSE if all are zero. */
gboolean audio_speaker_normalise (float embedding[AUDIO_SPEAKER_DIM]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioSpeakerEncoder, audio_speaker_encoder_free)

G_END_DECLS
