/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Between the files of diarisation: clusters of voices, without regard to time. */

#pragma once

#include "audio/speaker/diarise.h"

G_BEGIN_DECLS

typedef struct {
  float sum[AUDIO_SPEAKER_DIM];   /* of the embeddings, each times its unit's seconds */
  float voice[AUDIO_SPEAKER_DIM]; /* the same, of unit length */
  double seconds;
} AudioVoiceCluster;

/* Adds a unit; voice follows only with audio_voice_cluster_finish(). */
void audio_voice_cluster_add (AudioVoiceCluster *cluster, const float *embedding, double seconds);
void audio_voice_cluster_finish (AudioVoiceCluster *cluster);

/* Joins units that are alike, at first within blocks of some minutes, so that memory does not grow
 * with the square of the length. (transfer full): a GArray of AudioVoiceCluster, more and purer
 * than there are speakers. */
GArray *audio_voice_find_clusters (const AudioVoiceUnit *units, const float *embeddings,
                                   size_t n_units, const AudioDiariseOptions *options);
/* Joins clusters that are one speaker: as far as likeness says so, or, if the number of speakers is
 * known, until so many are left. */
void audio_voice_merge_clusters (GArray *clusters, const AudioDiariseOptions *options);

G_END_DECLS
