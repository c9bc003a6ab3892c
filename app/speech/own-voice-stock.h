/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Which stock voices a speaker's voice may be made from, by pitch and gender.
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

G_END_DECLS
