/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Speech of the engine's process: say, narrate. */

#include <string.h>

#include "app/base/json-write.h"
#include "app/service/job-kept.h"
#include "app/speech/narration.h"
#include "app/speech/sound-file.h"
#include "app/speech/subtitles.h"

typedef struct {
  AppJob *job;
  AppSoundFile *file;
} Speech;

AppVoiceModels *
app_job_get_voice_models (AppJob *job, GError **error)
{
  AppJobKept *kept = job->kept;

  if (kept->voice == NULL)
    kept->voice = app_voice_models_load (job->engine, error);
  return kept->voice;
}

static void
add_sentence (const AppSaid *said, JsonBuilder *builder)
{
  double end_s = said->start_s + (double) said->n_samples / APP_SOUND_FILE_RATE;

  json_builder_begin_object (builder);
  app_json_add_number (builder, "start", said->start_s, 3);
  app_json_add_number (builder, "end", end_s, 3);
  app_json_add_string (builder, "text", said->text);
  json_builder_end_object (builder);
}

static gboolean
write_sentence (const AppSaid *said, gpointer user_data, GError **error)
{
  Speech *speech = user_data;

  add_sentence (said, speech->job->result);
  app_job_report (speech->job, "speaking", said->fraction);
  return app_sound_file_append (speech->file, said->samples, said->n_samples, error);
}

static gboolean
say (AppVoiceModels *models, const char *voice, const AppScriptManner *manner, Speech *speech,
     GError **error)
{
  const AppRequest *request = speech->job->request;
  const double speed = request->speed > 0 ? request->speed : 1;
  const AppSayOptions options = { .voice = voice,
                                  .speed = CLAMP (speed * manner->speed, 0.3, 3),
                                  .pitch = manner->pitch,
                                  .spread = manner->spread,
                                  .feeling = manner->feeling };

  return app_say (models, request->text, &options, write_sentence, speech, error);
}

gboolean
app_job_say (AppJob *job, GError **error)
{
  const AppRequest *request = job->request;
  const char *voice =
      request->voice != NULL ? request->voice : app_say_choose_voice (request->text);
  AppScriptManner manner;
  g_autofree char *file = g_filename_display_name (request->path);
  Speech speech = { .job = job };
  AppVoiceModels *models;
  AppAccent accent;
  double seconds;

  /* That the file cannot be written is said before the work. */
  if (!app_accent_read (request->accent, &accent, error)
      || !app_script_read_manner (request->manner != NULL ? request->manner : "", &manner, error)
      || !app_sound_file_check (request->path, error))
    return FALSE;
  models = app_job_get_voice_models (job, error);
  if (models == NULL || !app_voice_models_check_voice (models, voice, error))
    return FALSE;
  app_voice_models_set_accent (
      models, app_accent_choose (accent, request->text, app_accent_get_default ()));
  speech.file = app_sound_file_open (request->path, &(AppSoundFileTags){ .voice = voice }, error);
  if (speech.file == NULL)
    return FALSE;
  app_job_report (job, "speaking", 0);
  json_builder_set_member_name (job->result, "sentences");
  json_builder_begin_array (job->result);
  if (!say (models, voice, &manner, &speech, error)) {
    app_sound_file_discard (speech.file);
    return FALSE;
  }
  json_builder_end_array (job->result);
  seconds = app_sound_file_get_seconds (speech.file);
  if (!app_sound_file_close (speech.file, error))
    return FALSE;
  app_json_add_string (job->result, "file", file);
  app_json_add_string (job->result, "voice", voice);
  app_json_add_number (job->result, "seconds", seconds, 3);
  return TRUE;
}

typedef struct {
  AppJob *job;
  guint n_told; /* sentences that were begun */
} Narrator;

static void
tell_narration (const AppNarrationProgress *progress, gpointer user_data)
{
  Narrator *narrator = user_data;

  app_job_report_left (narrator->job, "narrating", progress->fraction, progress->seconds_left);
  if (progress->index < narrator->n_told)
    return;
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  narrator->n_told = progress->index + 1;
  json_builder_begin_object (builder);
  app_json_add_int (builder, "sentence", progress->index);
  app_json_add_int (builder, "sentences", progress->n_sentences);
  app_json_add_string (builder, "text", progress->text);
  json_builder_set_member_name (builder, "kept");
  json_builder_add_boolean_value (builder, progress->is_kept);
  json_builder_end_object (builder);
  app_job_tell_heard (narrator->job, builder);
}

gboolean
app_job_narrate (AppJob *job, GError **error)
{
  const AppRequest *request = job->request;
  AppNarrationOptions options = { .path = request->path,
                                  .voice = request->voice,
                                  .speed = request->speed,
                                  .check = request->check,
                                  .retake = (guint) request->retake,
                                  .choose = (guint) request->choose,
                                  .chosen = (guint) request->chosen };
  const gboolean is_read = app_accent_read (request->accent, &options.accent, error);
  g_autoptr (AppScript) script = !is_read ? NULL
                                          : app_script_parse (request->text, strlen (request->text),
                                                              !request->is_plain, error);
  g_autoptr (AppNarration) narration =
      script != NULL ? app_narration_new (job->engine, script, &options, error) : NULL;
  Narrator narrator = { .job = job };
  AppFormat format;
  gboolean is_done;

  if (narration == NULL
      || (request->subtitles != NULL
          && !app_subtitles_get_format (request->subtitles, &format, error)))
    return FALSE;
  /* The sentences have the line from here on. */
  app_engine_set_progress (job->engine, NULL, NULL);
  app_job_report (job, "narrating", 0);
  is_done = app_narration_speak (narration, tell_narration, &narrator, error);
  /* What was spoken before a stop becomes a file, too; the takes are kept for the next time. */
  if (!app_narration_write (narration, is_done ? error : NULL) || !is_done)
    return FALSE;
  if (request->subtitles != NULL
      && !app_narration_write_subtitles (narration, request->subtitles, error))
    return FALSE;
  json_builder_set_member_name (job->result, "narration");
  app_narration_build_json (narration, job->result);
  return TRUE;
}
