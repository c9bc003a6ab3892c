/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The loudness of a recording as bars: of a file, with the place that is played and, if there is
 * one, a range that matters; or live, where new bars push the old ones out at the start.
 *
 * A file's waveform is a slider to assistive technology: its value is the place in seconds. Click
 * and drag seek; so do the arrow keys (5 s), Page Up and Down (30 s), Home and End.
 *
 * Signal: "seek" (double seconds).
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define HS_TYPE_WAVEFORM (hs_waveform_get_type ())
G_DECLARE_FINAL_TYPE (HsWaveform, hs_waveform, HS, WAVEFORM, GtkWidget)

/* Live: the peak since the last one, 0..1. */
void hs_waveform_push (HsWaveform *waveform, float peak);
void hs_waveform_clear (HsWaveform *waveform);
/* Of a file: n_peaks of them over so many seconds, copied. NULL: they are not known yet. */
void hs_waveform_set_peaks (HsWaveform *waveform, const float *peaks, guint n_peaks,
                            double seconds);
void hs_waveform_set_position (HsWaveform *waveform, double seconds);
/* end <= start: no range. */
void hs_waveform_set_range (HsWaveform *waveform, double start, double end);

G_END_DECLS
