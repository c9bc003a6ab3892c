/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hearing/peaks.h"

#include <math.h>

#include "audio/sound/source.h"

#define BLOCK 4096

void
app_peaks_free (AppPeaks *peaks)
{
  g_free (peaks->peaks);
  g_free (peaks);
}

static AppPeaks *
read_peaks (AudioSource *source, GCancellable *cancellable)
{
  AppPeaks *peaks = g_new0 (AppPeaks, 1);
  double n_expected = MAX (audio_source_get_seconds (source) * audio_source_get_rate (source), 1);
  guint64 n_read = 0;
  float block[BLOCK];
  size_t n;

  peaks->peaks = g_new0 (float, APP_N_PEAKS);
  while (!g_cancellable_is_cancelled (cancellable)
         && (n = audio_source_read (source, block, BLOCK)) > 0) {
    for (size_t i = 0; i < n; i++) {
      guint place = (guint) MIN ((double) (n_read + i) / n_expected * APP_N_PEAKS, APP_N_PEAKS - 1);
      peaks->peaks[place] = fmaxf (peaks->peaks[place], fabsf (block[i]));
      peaks->n = MAX (peaks->n, place + 1);
    }
    n_read += n;
  }
  peaks->seconds = (double) n_read / audio_source_get_rate (source);
  return peaks;
}

static void
run_read (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;
  g_autoptr (AudioSource) source = audio_source_open (task_data, &error);

  if (source == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, read_peaks (source, cancellable), (GDestroyNotify) app_peaks_free);
}

void
app_peaks_read_async (const char *path, GCancellable *cancellable, GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_task_data (task, g_strdup (path), g_free);
  g_task_run_in_thread (task, run_read);
}

AppPeaks *
app_peaks_read_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
