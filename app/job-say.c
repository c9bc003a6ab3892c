/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Speech of the engine's process: say. */

#include "app/cli.h"
#include "app/job.h"
#include "app/say.h"
#include "app/sound-file.h"

typedef struct {
  AppJob *job;
  AppSoundFile *file;
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
  return app_sound_file_append (speech->file, said->samples, said->n_samples, error);
}

static gboolean
say (AppJob *job, AppVoiceModels *models, double *seconds, GError **error)
{
  const AppRequest *request = job->request;
  const AppSayOptions options = { .voice = request->voice, .speed = request->speed };
  const AppSoundFileTags tags = { .voice = request->voice };
  /* Not "-": standard output is nobody's here. */
  g_autofree char *path = g_canonicalize_filename (request->path, NULL);
  Speech speech = { job, app_sound_file_open (path, &tags, error) };
  gboolean is_said;

  if (speech.file == NULL)
    return FALSE;
  app_job_report (job, "speaking", 0);
  json_builder_set_member_name (job->result, "sentences");
  json_builder_begin_array (job->result);
  is_said = app_say (models, request->text, &options, write_sentence, &speech, error);
  json_builder_end_array (job->result);
  *seconds = app_sound_file_get_seconds (speech.file);
  if (is_said)
    return app_sound_file_close (speech.file, error);
  app_sound_file_discard (speech.file);
  return FALSE;
}

gboolean
app_job_say (AppJob *job, GError **error)
{
  const AppRequest *request = job->request;
  g_autoptr (AppVoiceModels) models = app_voice_models_load (job->engine, error);
  g_autofree char *file = g_filename_display_name (request->path);
  double seconds = 0;

  if (models == NULL || !say (job, models, &seconds, error))
    return FALSE;
  app_cli_json_add_string (job->result, "file", file);
  app_cli_json_add_string (job->result, "voice",
                           request->voice != NULL ? request->voice : APP_SAY_VOICE);
  app_cli_json_add_number (job->result, "seconds", seconds, 3);
  return TRUE;
}
