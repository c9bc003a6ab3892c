/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How loud a recording is over time, for drawing it; read by a thread, in memory that does not grow
 * with the recording.
 *
 *   app_peaks_read_async (path, cancellable, callback, user_data);
 *   g_autoptr (AppPeaks) peaks = app_peaks_read_finish (result, &error);
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define APP_N_PEAKS 2048

typedef struct {
  float *peaks; /* n of them, 0..1, each the largest magnitude in its part of the time */
  guint n;      /* APP_N_PEAKS, or fewer of a recording that is shorter than its header says */
  double seconds;
} AppPeaks;

void app_peaks_free (AppPeaks *peaks);
void app_peaks_read_async (const char *path, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);
/* (transfer full). AUDIO_ERROR_OPEN, _FORMAT; G_IO_ERROR_CANCELLED. */
AppPeaks *app_peaks_read_finish (GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppPeaks, app_peaks_free)

G_END_DECLS
