/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Who speaks when: from spans of speech to turns of speakers.
 *
 *   spans -> windows of 1.6 s -> embeddings (speaker.h) -> clusters -> how many speakers
 *         -> the likeliest sequence of speakers -> turns
 *
 * One voice at a time: where two people speak at once, the turn is given to one of them, and
 * nothing says so. A speaker is known only within the recording, by an index in the order of
 * appearance. Somebody who says less than a second or two in all may be taken for another.
 * audio/speaker/SPEAKER.md describes how it is done, and what it was measured to be worth.
 *
 *   g_autoptr (GArray) spans = audio_vad_find_speech (vad, clip, &(AudioVadOptions){ 0 }, NULL,
 *                                                     &error);
 *   g_autoptr (AudioDiarisation) who = audio_diarise (encoder, clip, spans, NULL, NULL, NULL,
 *                                                     &error);
 *   int speaker = audio_diarisation_find_speaker (who, word->start, word->end);
 */

#pragma once

#include "audio/sound/clip.h"
#include "audio/speaker/speaker.h"

G_BEGIN_DECLS

#define AUDIO_MAX_SPEAKERS 26

typedef struct {
  double start, end; /* seconds; short pauses of the speaker are inside */
  int speaker;       /* 0 .. n_speakers - 1 */
  float confidence;  /* that it is this one of them, 0..1 */
} AudioTurn;

/* Plain data. */
typedef struct {
  int n_speakers;
  GArray *turns;     /* of AudioTurn, in order of time, disjoint */
  float *embeddings; /* [n_speakers, AUDIO_SPEAKER_DIM], of unit length: each one's voice */
  double *seconds;   /* [n_speakers]: how long each speaks */
} AudioDiarisation;

/* Zero is the default of each. */
typedef struct {
  int n_speakers;   /* how many there are, if that is known; 0: to be found out */
  int max_speakers; /* never more than these; 0: AUDIO_MAX_SPEAKERS */
} AudioDiariseOptions;

/* spans: of AudioSpan (vad.h), in order, disjoint; without any, the result has no speakers.
 * options and progress may be NULL. (transfer full); AUDIO_ERROR_CANCELLED if the encoder's context
 * is cancelled. Memory is 1 KB for each 0.4 s of speech, besides what the encoder needs. */
AudioDiarisation *audio_diarise (AudioSpeakerEncoder *encoder, const AudioClip *clip,
                                 const GArray *spans, const AudioDiariseOptions *options,
                                 AudioProgress progress, gpointer user_data, GError **error);
void audio_diarisation_free (AudioDiarisation *diarisation);

/* Who speaks most of start..end, in seconds; if nobody does, whose turn is the nearest. -1 if there
 * are no turns. */
int audio_diarisation_find_speaker (const AudioDiarisation *diarisation, double start, double end);

/* The part after the embeddings, for those who have them already. A unit is a stretch of speech
 * with one embedding. */
typedef struct {
  double start, end; /* seconds that it stands for; units are in order and disjoint */
  int span;          /* index of the span of speech that it is part of */
} AudioVoiceUnit;

/* embeddings: [n_units, AUDIO_SPEAKER_DIM], of unit length, or all zero if there is none. (transfer
 * full). */
AudioDiarisation *audio_diarise_units (const AudioVoiceUnit *units, const float *embeddings,
                                       size_t n_units, const AudioDiariseOptions *options);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioDiarisation, audio_diarisation_free)

G_END_DECLS
