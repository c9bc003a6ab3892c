/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A recording while it is made: how loud it is, how long, pause, done, discard, and which
 * microphone to use. What was recorded is on the disk as it comes.
 *
 * Signals: "recorded" (GFile *file), then "closed"; only "closed" when it was discarded.
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define HS_TYPE_RECORDER (hs_recorder_get_type ())
G_DECLARE_FINAL_TYPE (HsRecorder, hs_recorder, HS, RECORDER, GtkBox)

void hs_recorder_start (HsRecorder *recorder);
void hs_recorder_finish (HsRecorder *recorder);

G_END_DECLS
