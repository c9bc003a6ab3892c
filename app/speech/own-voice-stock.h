/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Which stock voices a speaker's voice may be made from, by pitch and gender; and which of two
 * trials went better. Pure.
 *
 * Private to the making of voices (app/speech/own-voice-make.h).
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  const char *name;
  double f0_factor; /* with which it has the speaker's pitch, within bounds */
  double f0_spread; /* and movement */
  double distance;  /* of its pitch in octaves, and more for another gender if it is not near */
} AppStockVoice;

/* All of them, the nearest first, of AppStockVoice. f0_hz, f0_spread: the speaker's median pitch
 * and its deviation in semitones; female: the probability of a woman's voice, which counts where
 * it is certain. (transfer full). */
GArray *app_stock_voices_rank (double f0_hz, double f0_spread, float female,
                               gboolean is_gender_certain);

/* Sentences in a stock voice, or at a strength of the filter, after conversion. */
typedef struct {
  double alike;  /* to the recordings, by the speaker encoder: the mean */
  double spoilt; /* whole words that our recogniser misses, less those without conversion */
} AppVoiceTrial;

/* Whether the words are still heard: at most one of about 60 is lost. */
gboolean app_voice_trial_is_clear (const AppVoiceTrial *trial);
/* A clear one before one that is not; of those that are clear, the more alike; of others, the one
 * that spoils less, and if they spoil as much, the more alike. */
gboolean app_voice_trial_is_better (const AppVoiceTrial *trial, const AppVoiceTrial *than);

G_END_DECLS
