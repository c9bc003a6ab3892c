/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Emotion over time as a soft band under the waveform: the colour is the likeliest emotion's, its
 * height the probability; where there is no verdict it is grey. A tooltip says it in words, and
 * assistive technology is given a summary.
 */

#pragma once

#include <gtk/gtk.h>

#include "app/hearing/hearing.h"

G_BEGIN_DECLS

#define HS_TYPE_EMOTION_BAND (hs_emotion_band_get_type ())
G_DECLARE_FINAL_TYPE (HsEmotionBand, hs_emotion_band, HS, EMOTION_BAND, GtkWidget)

/* Takes a reference. It hides itself where nothing of the kind was estimated. */
void hs_emotion_band_set_hearing (HsEmotionBand *band, AppHearing *hearing);

G_END_DECLS
