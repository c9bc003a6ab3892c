/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/speech/voice-names.h"

#include "app/models/model-store.h"
#include "app/speech/own-voice.h"
#include "audio/kokoro/kokoro.h"

static AudioVoices *
load_voices (GError **error)
{
  g_autoptr (AppModelStore) store = app_model_store_new (NULL, error);
  g_autofree char *path = NULL;

  if (store == NULL)
    return NULL;
  path = app_model_store_get_path (store, "kokoro-voices", error);
  return path != NULL ? audio_voices_load (path, error) : NULL;
}

static void
add_own (GStrvBuilder *names)
{
  g_autoptr (GPtrArray) voices = app_own_voices_list (NULL);

  for (guint i = 0; voices != NULL && i < voices->len; i++) {
    const AppOwnVoice *voice = g_ptr_array_index (voices, i);
    if (voice->problem == NULL)
      g_strv_builder_add (names, voice->name);
  }
}

static void
run_list (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;
  g_autoptr (AudioVoices) voices = load_voices (&error);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  if (voices == NULL) {
    g_task_return_error (task, error);
    return;
  }
  add_own (names);
  for (size_t i = 0; i < audio_voices_get_n (voices); i++)
    g_strv_builder_add (names, audio_voices_get_name (voices, i));
  g_task_return_pointer (task, g_strv_builder_end (names), (GDestroyNotify) g_strfreev);
}

void
app_voice_names_list_async (GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);

  g_task_run_in_thread (task, run_list);
}

GStrv
app_voice_names_list_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
