/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How something is said, measured: pitch, loudness, rate, pauses and voice quality of a stretch of
 * speech. Plain data.
 */

#pragma once

#include "audio/clip.h"

G_BEGIN_DECLS

/* Of one stretch of speech. NAN: cannot be told (nothing voiced, too short). */
typedef struct {
  float pitch_hz;      /* median of the fundamental frequency over voiced frames */
  float pitch_low_hz;  /* 10th and 90th percentile */
  float pitch_high_hz; /* */
  float voiced;        /* part of the frames with speech that is voiced, 0..1 */
  float loudness_lufs; /* integrated, EBU R128 */
  float rate_sps;      /* syllables per second of speech, pauses left out */
  float pause_s;       /* silence within the stretch, in pauses of at least 0.2 s */
  int n_pauses;
  float jitter;  /* local, relative: 0.01 is 1 % */
  float shimmer; /* local, relative */
  float hnr_db;  /* harmonics-to-noise ratio */
  float tilt_db; /* energy below 1 kHz over that above it */
} AudioProsody;

G_END_DECLS
