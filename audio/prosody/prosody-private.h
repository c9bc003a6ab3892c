/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The track of prosody: what its parts write and what is measured from it. Internal to audio/. */

#pragma once

#include <stdint.h>

#include "audio/prosody/pitch.h"
#include "audio/prosody/prosody.h"

/* The lowest value of a level. */
#define PROSODY_SILENCE_DB (-100.0f)

/* A period of the voice. */
typedef struct {
  double at;         /* sample, of its middle */
  float amplitude;   /* root mean square */
  gboolean is_first; /* no period of the same run is right before it */
} AudioPulse;

struct _AudioProsodyTrack {
  size_t n_frames;
  /* [n_frames] each */
  float *hz, *voicing;
  float *level_db;
  float *nucleus_db; /* level of 300 to 1000 Hz, where vowels have their first formant */
  float *loudness;
  float *low, *high; /* power below and above 1 kHz */
  float *hnr_db;     /* NAN where unvoiced */
  GArray *pulses;    /* of AudioPulse, in order of time */
};

/* level_db, nucleus_db, low, high, hnr_db: needs hz. FALSE: cancelled. */
gboolean prosody_track_spectrum (AudioProsodyTrack *track, const AudioClip *clip,
                                 atomic_bool *cancel);
/* loudness */
gboolean prosody_track_loudness (AudioProsodyTrack *track, const AudioClip *clip,
                                 atomic_bool *cancel);
/* pulses: needs hz. */
void prosody_track_pulses (AudioProsodyTrack *track, const AudioClip *clip);

/* The jitter and shimmer of the pulses within [first, end), samples; NAN where they are too few. */
void prosody_measure_periods (const AudioProsodyTrack *track, double first, double end,
                              float *jitter, float *shimmer);

/* Which frames of a stretch carry speech. */
typedef struct {
  size_t first, end;               /* frames; what follows concerns these */
  float threshold_db;              /* speech is above it */
  guint8 *is_speech;               /* [end - first] */
  size_t speech_first, speech_end; /* the first and past the last frame with speech, of the clip */
} ProsodyStretch;

/* spans may be NULL. FALSE: no frame with speech, and nothing to clear. */
gboolean prosody_stretch_init (ProsodyStretch *stretch, const AudioProsodyTrack *track,
                               double start_s, double end_s, const GArray *spans);
void prosody_stretch_clear (ProsodyStretch *stretch);

int prosody_count_syllables (const AudioProsodyTrack *track, const ProsodyStretch *stretch);

/* Of values in any order, n of at least 1; part: 0..1. */
float prosody_quantile (const float *values, size_t n, double part);
