/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A line of progress, or a level meter, that is drawn in place on stderr and leaves no trace.
 *
 * Nothing is drawn unless stderr is a terminal; app_progress_new() is NULL then, and all functions
 * accept NULL, so that a caller does not ask. Main thread only. Erase before printing to stdout;
 * the next change draws again.
 *
 *   g_autoptr (AppProgress) progress = app_progress_new ("Reading audio", options.quiet);
 *   app_progress_set (progress, 0.43);
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _AppProgress AppProgress;

/* (transfer full) (nullable). */
AppProgress *app_progress_new (const char *label, gboolean quiet);
/* Erases the line. */
void app_progress_free (AppProgress *progress);
/* 0..1; the time left is estimated from what is done. At most 10 drawings a second. */
void app_progress_set (AppProgress *progress, double fraction);
/* The next step: another label, and the estimate starts anew. */
void app_progress_set_label (AppProgress *progress, const char *label);
/* Words between the bar and the time left ("412 MB of 1.1 GB"), or NULL. */
void app_progress_set_detail (AppProgress *progress, const char *detail);
/* Draws this line instead of a bar; cut to the terminal's width. */
void app_progress_set_line (AppProgress *progress, const char *line);
void app_progress_erase (AppProgress *progress);
int app_progress_get_n_columns (AppProgress *progress); /* 80 if NULL */

/* (transfer full): "Reading audio  43 %  ━━━━━╸    12 s left", at most n_columns wide. detail may
 * be NULL; seconds_left < 0: not known. */
char *app_progress_format (const char *label, double fraction, const char *detail,
                           double seconds_left, int n_columns);
/* (transfer full): "0:07  ━━━━━━━━━╸    -12 dB"; peak and rms in 0..1, the bar is 60 dB long. */
char *app_meter_format (double seconds, double peak, double rms, int n_columns);
/* (transfer full): "45 s", "3 min", "2 h 10 min". */
char *app_duration_format (double seconds);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppProgress, app_progress_free)

G_END_DECLS
