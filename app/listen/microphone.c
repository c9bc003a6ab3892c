/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/listen/microphone.h"

#include <errno.h>
#include <glib/gstdio.h>

#include "app/base/app-error.h"
#include "audio/sound/capture.h"

#define MARK ".recording"
#define MAX_NAMES 100

struct _AppMicrophone {
  GObject parent_instance;
  char *folder;
  char *path;            /* since it has started */
  AudioCapture *capture; /* while it runs */
};

G_DEFINE_FINAL_TYPE (AppMicrophone, app_microphone, G_TYPE_OBJECT)

/* What the threads get and bring; the object itself stays with its own thread. */
typedef struct {
  char *folder;
  char *device;
  char *path;
  AudioCapture *capture;
  double seconds;
} Work;

static void
work_free (Work *work)
{
  if (work->capture != NULL)
    audio_capture_stop (work->capture, NULL, NULL);
  g_free (work->folder);
  g_free (work->device);
  g_free (work->path);
  g_free (work);
}

static char *
get_folder (const char *folder)
{
  return folder != NULL ? g_strdup (folder)
                        : g_build_filename (g_get_user_data_dir (), "hearsay", "recordings", NULL);
}

static void
set_mark (const char *folder, const char *path)
{
  g_autofree char *mark = g_build_filename (folder, MARK, NULL);

  if (path != NULL)
    g_file_set_contents_full (mark, path, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
  else
    g_unlink (mark);
}

/* (transfer full): a name that no file has. */
static char *
choose_path (const char *folder)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *stem = g_date_time_format (now, "%Y-%m-%d %H-%M-%S");

  for (int i = 1; i < MAX_NAMES; i++) {
    g_autofree char *name =
        i == 1 ? g_strconcat (stem, ".wav", NULL) : g_strdup_printf ("%s (%d).wav", stem, i);
    g_autofree char *path = g_build_filename (folder, name, NULL);
    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      return g_steal_pointer (&path);
  }
  return g_build_filename (folder, "recording.wav", NULL);
}

static void
run_start (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Work *work = task_data;
  GError *error = NULL;

  if (g_mkdir_with_parents (work->folder, 0700) != 0) {
    g_task_return_new_error (task, APP_ERROR, APP_ERROR_DISK, "%s: %s", work->folder,
                             g_strerror (errno));
    return;
  }
  work->path = choose_path (work->folder);
  set_mark (work->folder, work->path);
  work->capture = audio_capture_start (
      &(AudioCaptureOptions){ .path = work->path, .device_name = work->device }, &error);
  if (work->capture == NULL) {
    set_mark (work->folder, NULL);
    g_task_return_error (task, error);
    return;
  }
  g_task_return_boolean (task, TRUE);
}

void
app_microphone_start_async (AppMicrophone *self, const char *device, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  Work *work = g_new0 (Work, 1);

  g_return_if_fail (self->path == NULL);
  g_task_set_source_tag (task, app_microphone_start_async);
  work->folder = g_strdup (self->folder);
  work->device = g_strdup (device);
  g_task_set_task_data (task, work, (GDestroyNotify) work_free);
  g_task_run_in_thread (task, run_start);
}

gboolean
app_microphone_start_finish (AppMicrophone *self, GAsyncResult *result, GError **error)
{
  Work *work = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  self->path = g_strdup (work->path);
  self->capture = g_steal_pointer (&work->capture);
  return TRUE;
}

void
app_microphone_get_state (AppMicrophone *self, AppMicrophoneState *state)
{
  AudioCaptureState now = { 0 };

  if (self->capture != NULL)
    audio_capture_get_state (self->capture, &now);
  *state = (AppMicrophoneState){
    .seconds = now.seconds, .peak = now.peak, .rms = now.rms, .has_failed = now.has_failed
  };
}

void
app_microphone_set_paused (AppMicrophone *self, gboolean is_paused)
{
  if (self->capture != NULL)
    audio_capture_set_paused (self->capture, is_paused);
}

static void
run_stop (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Work *work = task_data;
  GError *error = NULL;

  if (work->capture != NULL)
    audio_capture_stop (g_steal_pointer (&work->capture), &work->seconds, &error);
  set_mark (work->folder, NULL);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

void
app_microphone_stop_async (AppMicrophone *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  Work *work = g_new0 (Work, 1);

  g_task_set_source_tag (task, app_microphone_stop_async);
  work->folder = g_strdup (self->folder);
  work->path = g_strdup (self->path);
  work->capture = g_steal_pointer (&self->capture);
  g_task_set_task_data (task, work, (GDestroyNotify) work_free);
  g_task_run_in_thread (task, run_stop);
}

char *
app_microphone_stop_finish (AppMicrophone *self, GAsyncResult *result, double *seconds,
                            GError **error)
{
  Work *work = g_task_get_task_data (G_TASK (result));

  g_task_propagate_boolean (G_TASK (result), error);
  if (seconds != NULL)
    *seconds = work->seconds;
  return work->seconds > 0 ? g_steal_pointer (&work->path) : NULL;
}

char *
app_microphone_find_cut_off (const char *folder)
{
  g_autofree char *own_folder = get_folder (folder);
  g_autofree char *mark = g_build_filename (own_folder, MARK, NULL);
  g_autofree char *path = NULL;

  if (!g_file_get_contents (mark, &path, NULL, NULL))
    return NULL;
  set_mark (own_folder, NULL);
  return g_file_test (path, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer (&path) : NULL;
}

static void
run_list (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) devices = audio_capture_list_devices (&error);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  if (devices == NULL) {
    g_task_return_error (task, error);
    return;
  }
  for (int wanted = 1; wanted >= 0; wanted--)
    for (guint i = 0; i < devices->len; i++) {
      const AudioDevice *device = g_ptr_array_index (devices, i);
      if (!!device->is_default == wanted)
        g_strv_builder_add (names, device->name);
    }
  g_task_return_pointer (task, g_strv_builder_end (names), (GDestroyNotify) g_strfreev);
}

void
app_microphones_list_async (GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);

  g_task_run_in_thread (task, run_list);
}

GStrv
app_microphones_list_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
app_microphone_dispose (GObject *object)
{
  AppMicrophone *self = APP_MICROPHONE (object);

  /* The mark stays: at the next start the recording is offered. */
  if (self->capture != NULL)
    audio_capture_stop (g_steal_pointer (&self->capture), NULL, NULL);
  G_OBJECT_CLASS (app_microphone_parent_class)->dispose (object);
}

static void
app_microphone_finalize (GObject *object)
{
  AppMicrophone *self = APP_MICROPHONE (object);

  g_free (self->folder);
  g_free (self->path);
  G_OBJECT_CLASS (app_microphone_parent_class)->finalize (object);
}

static void
app_microphone_class_init (AppMicrophoneClass *class)
{
  G_OBJECT_CLASS (class)->dispose = app_microphone_dispose;
  G_OBJECT_CLASS (class)->finalize = app_microphone_finalize;
}

static void
app_microphone_init (AppMicrophone *self)
{
}

AppMicrophone *
app_microphone_new (const char *folder)
{
  AppMicrophone *self = g_object_new (APP_TYPE_MICROPHONE, NULL);

  self->folder = get_folder (folder);
  return self;
}
