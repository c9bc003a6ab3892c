/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Between the two halves of pYIN: candidates of pitch per frame (pitch.c), and the path through
 * them (pitch-path.c). Internal to audio/.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Pitch bins of a fifth of a semitone, 60 Hz to 600 Hz; a voice's exact frequency is kept beside
 * the bin, so the width of the bins limits only how far apart two candidates must be. */
#define PITCH_BINS_PER_OCTAVE 60
#define PITCH_N_BINS 200

/* What one frame says: a few bins with a probability each; the rest, 1 - voicing, is unvoiced. */
#define PITCH_MAX_CANDIDATES 32

typedef struct {
  int n_candidates;
  int bins[PITCH_MAX_CANDIDATES]; /* distinct */
  float probabilities[PITCH_MAX_CANDIDATES];
  float hz[PITCH_MAX_CANDIDATES];
  float voicing; /* sum of the probabilities */
} PitchFrame;

/* The path, found while frames come in. */
typedef struct _PitchPath PitchPath;

/* max_frames: that may be pushed before the oldest are taken. */
PitchPath *pitch_path_new (size_t max_frames);
void pitch_path_free (PitchPath *path);
void pitch_path_reset (PitchPath *path);
void pitch_path_push (PitchPath *path, const PitchFrame *frame);
/* Takes the oldest n_frames away: of the path that is best up to the newest frame, hz, 0 where it
 * is unvoiced. */
void pitch_path_take (PitchPath *path, size_t n_frames, float *hz);
