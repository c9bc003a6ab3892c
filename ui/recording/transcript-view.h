/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What was said, by whom, and when: a line for each segment, of which only those in sight exist as
 * widgets. Each word leads to its place in the recording.
 *
 * Signals: "seek" (double seconds); "rename" (const char *speaker, const char *name); "correct"
 * (guint segment, const char *text).
 */

#pragma once

#include <gtk/gtk.h>

#include "app/hearing/hearing.h"

G_BEGIN_DECLS

#define HS_TYPE_TRANSCRIPT_VIEW (hs_transcript_view_get_type ())
G_DECLARE_FINAL_TYPE (HsTranscriptView, hs_transcript_view, HS, TRANSCRIPT_VIEW, GtkWidget)

/* Takes a reference. */
void hs_transcript_view_set_hearing (HsTranscriptView *view, AppHearing *hearing);
/* Brings a segment into view. */
void hs_transcript_view_scroll_to (HsTranscriptView *view, guint segment);
/* Marks what is said at that time, and brings it into view if it is not. */
void hs_transcript_view_follow (HsTranscriptView *view, double seconds);

G_END_DECLS
