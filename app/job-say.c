/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Speech of the engine's process: say. */

#include <errno.h>
#include <glib/gstdio.h>

#include "app/cli.h"
#include "app/job.h"
#include "app/say.h"
#include "audio/recorder.h"

typedef struct {
  AppJob *job;
  AudioRecorder *recorder;
} Speech;

static gboolean
write_sentence (const AppSaid *said, gpointer user_data, GError **error)
{
  Speech *speech = user_data;
  JsonBuilder *result = speech->job->result;
  double end_s = said->start_s + (double) said->n_samples / AUDIO_KOKORO_RATE;

  json_builder_begin_object (result);
  app_cli_json_add_number (result, "start", said->start_s, 3);
  app_cli_json_add_number (result, "end", end_s, 3);
  app_cli_json_add_string (result, "text", said->text);
  json_builder_end_object (result);
  app_job_report (speech->job, "speaking", said->fraction);
  return audio_recorder_append (speech->recorder, said->samples, said->n_samples, error);
}

/* (transfer full): where the file is made, beside its place; the ending says its format. */
static char *
make_temporary_name (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *hidden = g_strdup_printf (".hearsay-%08x-%s", g_random_int (), name);

  return g_build_filename (folder, hidden, NULL);
}

static gboolean
say (AppJob *job, AppVoiceModels *models, const char *temporary, double *seconds, GError **error)
{
  const AppRequest *request = job->request;
  const AppSayOptions options = { .voice = request->voice, .speed = request->speed };
  Speech speech = { job, audio_recorder_open (temporary, FALSE, AUDIO_KOKORO_RATE, error) };
  gboolean is_said;

  if (speech.recorder == NULL)
    return FALSE;
  app_job_report (job, "speaking", 0);
  json_builder_set_member_name (job->result, "sentences");
  json_builder_begin_array (job->result);
  is_said = app_say (models, request->text, &options, write_sentence, &speech, error);
  json_builder_end_array (job->result);
  *seconds = (double) audio_recorder_get_n_samples (speech.recorder) / AUDIO_KOKORO_RATE;
  if (is_said)
    return audio_recorder_close (speech.recorder, error);
  audio_recorder_discard (speech.recorder);
  return FALSE;
}

gboolean
app_job_say (AppJob *job, GError **error)
{
  const AppRequest *request = job->request;
  g_autoptr (AppVoiceModels) models = app_voice_models_load (job->engine, error);
  g_autofree char *temporary = make_temporary_name (request->path);
  g_autofree char *file = g_filename_display_name (request->path);
  double seconds = 0;

  if (models == NULL || !say (job, models, temporary, &seconds, error))
    return FALSE;
  if (g_rename (temporary, request->path) != 0) {
    g_set_error (error, APP_ERROR, APP_ERROR_DISK, "cannot write %s: %s", file, g_strerror (errno));
    g_unlink (temporary);
    return FALSE;
  }
  app_cli_json_add_string (job->result, "file", file);
  app_cli_json_add_string (job->result, "voice",
                           request->voice != NULL ? request->voice : APP_SAY_VOICE);
  app_cli_json_add_number (job->result, "seconds", seconds, 3);
  return TRUE;
}
