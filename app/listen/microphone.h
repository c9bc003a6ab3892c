/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A recording from the microphone, as a window makes it: opening and closing the device is done by
 * other threads, and the file is on disk as it comes (audio/sound/capture.h).
 *
 * It goes to a folder of its own, hearsay/recordings under the user's data folder, under a name
 * made of date and time. As long as it is being made, the folder has a mark that names it; a mark
 * that is there when the program starts belongs to a recording that a crash cut off, and that
 * app_microphone_find_cut_off() finds. A recording that is let go of while it runs is stopped,
 * kept, and found in the same way. One thread, that of its main context; the callbacks come there.
 *
 *   AppMicrophone *recording = app_microphone_new (NULL);
 *   app_microphone_start_async (recording, NULL, started, self);
 *   app_microphone_get_state (recording, &state);
 *   app_microphone_stop_async (recording, stopped, self);
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define APP_TYPE_MICROPHONE (app_microphone_get_type ())
G_DECLARE_FINAL_TYPE (AppMicrophone, app_microphone, APP, MICROPHONE, GObject)

typedef struct {
  double seconds;
  float peak;          /* 0..1, since the last call */
  float rms;           /* of the last 50 ms */
  gboolean has_failed; /* the microphone went away, or the disk is full: stop it */
} AppMicrophoneState;

/* folder: NULL for the user's own. */
AppMicrophone *app_microphone_new (const char *folder);
/* device: NULL for the default, else the name of a microphone. Once for each recording. */
void app_microphone_start_async (AppMicrophone *recording, const char *device,
                                 GAsyncReadyCallback callback, gpointer user_data);
/* What audio_capture_start() says. */
gboolean app_microphone_start_finish (AppMicrophone *recording, GAsyncResult *result,
                                      GError **error);
/* All 0 unless it has started and is not stopped. */
void app_microphone_get_state (AppMicrophone *recording, AppMicrophoneState *state);
void app_microphone_set_paused (AppMicrophone *recording, gboolean is_paused);
void app_microphone_stop_async (AppMicrophone *recording, GAsyncReadyCallback callback,
                                gpointer user_data);
/* (transfer full) (nullable): the file; NULL if nothing was recorded. If the microphone went away
 * or the disk is full, error says so, and what was recorded before is in the file. */
char *app_microphone_stop_finish (AppMicrophone *recording, GAsyncResult *result, double *seconds,
                                  GError **error);

/* (transfer full) (nullable): the recording that a crash cut off, once. folder as above. */
char *app_microphone_find_cut_off (const char *folder);

/* The names of the microphones, the default one first. finish: (transfer full). */
void app_microphones_list_async (GAsyncReadyCallback callback, gpointer user_data);
GStrv app_microphones_list_finish (GAsyncResult *result, GError **error);

G_END_DECLS
