/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Voices of which all is known: pulses at given times, tones, noise; at 16 kHz. */

#pragma once

#include <stddef.h>
#include <stdint.h>

/* How uneven pulses are: mean difference of neighbouring periods and heights over their mean. */
typedef struct {
  double jitter, shimmer;
} VoicePulses;

/* Adds band-limited pulses. Periods are those of hz, each longer or shorter by up to the part
 * `jitter`; heights `amplitude`, likewise changed by `shimmer`. Returns what they came to. */
VoicePulses voice_add_pulses (float *samples, size_t n, double hz, double amplitude, double jitter,
                              double shimmer);
/* Lets the samples ring at two formants, as a vowel does. */
void voice_make_vowel (float *samples, size_t n);
void voice_add_tone (float *samples, size_t n, double hz, double amplitude);
/* Uniform, with this root mean square. */
void voice_add_noise (float *samples, size_t n, double rms, uint32_t *state);
double voice_get_rms (const float *samples, size_t n);
