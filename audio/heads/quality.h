/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whether a stretch of sound is fit to be judged by its voice: how loud the background is, whether
 * it is clipped, a telephone's band, whispered, or too short. Measured, not learned;
 * audio/prosody/PROSODY.md says how, and how often each is found and found in vain.
 *
 *   AudioQuality quality;
 *   audio_quality_measure (clip, track, segment_start_s, segment_end_s, spans, &quality);
 *   attributes.doubts |= audio_quality_get_doubts (&quality);
 */

#pragma once

#include "audio/heads/heads.h"
#include "audio/prosody/prosody.h"

G_BEGIN_DECLS

/* Of one stretch. NAN: cannot be told, for there is no speech, or too little. */
typedef struct {
  float speech_s;     /* with speech, pauses left out; 0: none */
  float snr_db;       /* frames with speech over the quietest, at most 60 */
  float clipped;      /* part of the samples that pile up at one value far from zero, 0..1 */
  float band_edge_hz; /* speech is heard up to here, at most 8000 */
  float voiced;       /* part of the frames with speech that is voiced, 0..1 */
} AudioQuality;

/* track: of this clip. spans: of AudioSpan (audio/vad/vad.h), or NULL. Any times are allowed. */
void audio_quality_measure (const AudioClip *clip, const AudioProsodyTrack *track, double start_s,
                            double end_s, const GArray *spans, AudioQuality *out);

/* Bits of AudioDoubt: SHORT, NOISE, CLIPPED, NARROW and UNVOICED. */
unsigned audio_quality_get_doubts (const AudioQuality *quality);

G_END_DECLS
