/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How something is said, measured: pitch, loudness, rate, pauses and voice quality of a stretch of
 * speech.
 *
 * A track holds what is heard each 10 ms of a whole clip; it is made once, in 0.3 % of the clip's
 * duration, and any stretch is then measured in a tenth of a millisecond. It keeps nothing of the
 * clip: 32 bytes for each 10 ms and 16 for each period of a voice, some 50 MB for three hours.
 * Immutable after making; any thread may read it. audio/prosody/PROSODY.md describes each
 * measure and how far it agrees with others'.
 *
 *   g_autoptr (AudioProsodyTrack) track = audio_prosody_track_new (clip, NULL, NULL, NULL, &error);
 *   AudioProsody prosody;
 *   audio_prosody_measure (track, segment_start_s, segment_end_s, spans, &prosody);
 */

#pragma once

#include "audio/sound/clip.h"

G_BEGIN_DECLS

/* Of one stretch of speech. NAN: cannot be told (nothing voiced, too short). */
typedef struct {
  float pitch_hz;      /* median of the fundamental frequency over voiced frames */
  float pitch_low_hz;  /* 10th and 90th percentile */
  float pitch_high_hz; /* */
  float voiced;        /* part of the frames with speech that is voiced, 0..1 */
  float loudness_lufs; /* integrated, EBU R128; a stretch of at least 0.4 s */
  float rate_sps;      /* syllables per second of speech, pauses left out */
  float pause_s;       /* silence within the stretch, in pauses of at least 0.2 s */
  int n_pauses;
  float jitter;      /* local, relative: 0.01 is 1 % */
  float shimmer;     /* local, relative */
  float hnr_db;      /* harmonics-to-noise ratio */
  float tilt_db;     /* energy below 1 kHz over that above it */
  float pitch_sd_st; /* standard deviation of the pitch, semitones */
  float pitch_move;  /* how fast the pitch moves within voiced runs, semitones per second */
  float level_sd_db; /* standard deviation of the level of frames with speech */
  float speech_s;    /* from the first to the last frame with speech, pauses left out */
} AudioProsody;

#define AUDIO_PROSODY_HOP_S 0.01

typedef struct _AudioProsodyTrack AudioProsodyTrack;

/* (transfer full). progress and cancel may be NULL. AUDIO_ERROR_CANCELLED. */
AudioProsodyTrack *audio_prosody_track_new (const AudioClip *clip, AudioProgress progress,
                                            gpointer user_data, atomic_bool *cancel,
                                            GError **error);
void audio_prosody_track_free (AudioProsodyTrack *track);

/* Any times are allowed: only what lies within the clip counts, and a stretch without a frame
 * gives NANs. spans: of AudioSpan (audio/vad/vad.h), where somebody speaks, in the clip's samples;
 * or NULL: the level alone tells. */
void audio_prosody_measure (const AudioProsodyTrack *track, double start_s, double end_s,
                            const GArray *spans, AudioProsody *out);

/* For curves over time: a value each 10 ms, of frame i the middle is at (i + 0.5) / 100 s;
 * (transfer none). pitch: Hz, 0 where unvoiced. level: dB of full scale, a Hann window of 60 ms, at
 * least -100. loudness: LUFS of the 400 ms that end with the frame, at least -100. */
size_t audio_prosody_track_get_n_frames (const AudioProsodyTrack *track);
const float *audio_prosody_track_get_pitch (const AudioProsodyTrack *track);
const float *audio_prosody_track_get_level (const AudioProsodyTrack *track);
const float *audio_prosody_track_get_loudness (const AudioProsodyTrack *track);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioProsodyTrack, audio_prosody_track_free)

G_END_DECLS
