/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Speaking at once: each sentence is heard, or written, while the next is made. */

#include <math.h>
#include <string.h>

#include "app/base/json-write.h"
#include "app/cli/cli-say.h"
#include "app/speech/say.h"
#include "app/speech/sound-file.h"
#include "audio/sound/playback.h"

typedef struct {
  AppCliEngine *cli;
  AppSayCommand *command;
  AppVoiceModels *models;
  const char *voice;       /* the narrator's */
  AppSoundFile *file;      /* NULL: */
  AudioPlayback *playback; /* the loudspeaker */
  GThread *opening;        /* of the loudspeaker; NULL: it is open, or not wanted */
  GError *opening_error;
  JsonBuilder *json;                   /* NULL: not asked for */
  gboolean is_heard;                   /* while it is made */
  double seconds;                      /* of sound until now */
  double speak_s;                      /* that making it took */
  gint64 begin_us, sound_us;           /* of the command, and when the first sound was there */
  double begin_fraction, end_fraction; /* of the part that is spoken */
} Job;

static gboolean
put (Job *job, const float *samples, size_t n, GError **error)
{
  const atomic_bool *cancel = &app_engine_get_context (job->cli->engine)->cancel;

  if (job->sound_us == 0 && n > 0)
    job->sound_us = g_get_monotonic_time ();
  job->seconds += (double) n / AUDIO_KOKORO_RATE;
  if (job->file != NULL)
    return app_sound_file_append (job->file, samples, n, error);
  return audio_playback_append (job->playback, samples, n, cancel, error);
}

static gboolean
put_silence (Job *job, double seconds, GError **error)
{
  const size_t n = (size_t) llround (seconds * AUDIO_KOKORO_RATE);
  g_autofree float *zeros = g_new0 (float, n + 1);

  return put (job, zeros, n, error);
}

static gboolean
on_sentence (const AppSaid *said, gpointer user_data, GError **error)
{
  Job *job = user_data;

  job->speak_s += said->seconds;
  if (job->json != NULL) {
    double end_s = job->seconds + (double) said->n_samples / AUDIO_KOKORO_RATE;

    json_builder_begin_object (job->json);
    app_json_add_number (job->json, "start", job->seconds, 3);
    app_json_add_number (job->json, "end", end_s, 3);
    app_json_add_string (job->json, "text", said->text);
    app_json_add_string (job->json, "phonemes", said->phonemes);
    json_builder_end_object (job->json);
  }
  if (job->cli->progress != NULL)
    app_progress_set (job->cli->progress,
                      job->begin_fraction
                          + said->fraction * (job->end_fraction - job->begin_fraction));
  return put (job, said->samples, said->n_samples, error);
}

/* A part without a sound, as a line of emoji, is passed over where there are others. */
static gboolean
say_part (Job *job, const AppScriptPart *part, gboolean is_only, GError **error)
{
  const AppSayCommand *command = job->command;
  const AppSayOptions options = { .voice = part->voice != NULL ? part->voice : job->voice,
                                  .speed = command->speed * part->manner.speed,
                                  .pitch = part->manner.pitch,
                                  .spread = part->manner.spread,
                                  .feeling = part->manner.feeling,
                                  .is_heard = job->is_heard };

  if (part->kind == APP_SCRIPT_PAUSE)
    return put_silence (job, part->pause_s, error);
  if (!is_only) {
    g_autoptr (AudioReading) reading = app_voice_models_read (job->models, part->text, error);
    if (reading == NULL || (reading->n_words == 0 && reading->n_pauses == 0))
      return reading != NULL;
  }
  return app_say (job->models, part->text, &options, on_sentence, job, error);
}

static gboolean
say_parts (Job *job, GError **error)
{
  const GPtrArray *parts = job->command->script->parts;
  const double before = job->seconds;
  double n_bytes = 1, done = 0;

  for (guint i = 0; i < parts->len; i++) {
    const AppScriptPart *part = g_ptr_array_index (parts, i);
    n_bytes += part->text != NULL ? (double) strlen (part->text) : 0;
  }
  for (guint i = 0; i < parts->len; i++) {
    const AppScriptPart *part = g_ptr_array_index (parts, i);
    job->begin_fraction = done / n_bytes;
    done += part->text != NULL ? (double) strlen (part->text) : 0;
    job->end_fraction = done / n_bytes;
    if (!say_part (job, part, parts->len == 1, error))
      return FALSE;
  }
  if (job->seconds > before)
    return TRUE;
  g_set_error_literal (error, APP_ERROR, APP_ERROR_ARGUMENT,
                       "there is nothing in the text to speak");
  return FALSE;
}

/* What was said before a stop stays; a file without sound goes. */
static gboolean
say_to_file (Job *job, GError **error)
{
  const AppSoundFileTags tags = { job->command->script->title, job->voice };

  job->file = app_sound_file_open (job->command->path, &tags, error);
  if (job->file == NULL)
    return FALSE;
  gboolean is_said = say_parts (job, error);
  job->seconds = app_sound_file_get_seconds (job->file);
  if (job->seconds <= 0) {
    app_sound_file_discard (job->file);
    return is_said;
  }
  return app_sound_file_close (job->file, is_said ? error : NULL) && is_said;
}

static gpointer
open_loudspeaker (gpointer data)
{
  Job *job = data;

  job->playback =
      audio_playback_start (job->command->device, AUDIO_KOKORO_RATE, &job->opening_error);
  return NULL;
}

/* Looking for devices takes as long as loading the models: both at once. */
static void
begin_opening (Job *job)
{
  if (job->command->path == NULL)
    job->opening = g_thread_new ("loudspeaker", open_loudspeaker, job);
}

static void
job_clear (Job *job)
{
  if (job->opening != NULL)
    g_thread_join (g_steal_pointer (&job->opening));
  g_clear_pointer (&job->playback, audio_playback_free);
  g_clear_error (&job->opening_error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Job, job_clear)

static gboolean
say_aloud (Job *job, GError **error)
{
  const atomic_bool *cancel = &app_engine_get_context (job->cli->engine)->cancel;

  g_thread_join (g_steal_pointer (&job->opening));
  if (job->playback == NULL) {
    g_propagate_error (error, g_steal_pointer (&job->opening_error));
    return FALSE;
  }
  return say_parts (job, error) && audio_playback_drain (job->playback, cancel, error);
}

static void
begin_json (JsonBuilder *json, const char *path, const char *voice)
{
  g_autofree char *shown = path != NULL ? app_json_display (path) : NULL;

  json_builder_begin_object (json);
  if (shown != NULL)
    app_json_add_string (json, "file", shown);
  app_json_add_string (json, "voice", voice);
  json_builder_set_member_name (json, "sentences");
  json_builder_begin_array (json);
}

static void
end_json (JsonBuilder *json, const Job *job)
{
  json_builder_end_array (json);
  app_json_add_number (json, "seconds", job->seconds, 3);
  json_builder_set_member_name (json, "timing");
  json_builder_begin_object (json);
  app_json_add_number (json, "speak_s", job->speak_s, 3);
  app_json_add_number (json, "first_sound_s",
                       (double) (job->sound_us - job->begin_us) / G_USEC_PER_SEC, 3);
  json_builder_end_object (json);
  json_builder_end_object (json);
  app_cli_print_json (json);
}

int
app_cli_say_now (AppCliEngine *cli, AppSayCommand *command)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AppVoiceModels) models = NULL;
  g_autoptr (JsonBuilder) json = command->common.json ? json_builder_new () : NULL;
  g_autofree char *text = app_script_get_text (command->script);
  const char *voice = command->voice != NULL ? command->voice : app_say_choose_voice (text);
  g_auto (Job) job = {
    .cli = cli,
    .command = command,
    .voice = voice,
    .json = json,
    .is_heard = command->path == NULL || g_str_equal (command->path, "-"),
    .begin_us = g_get_monotonic_time (),
  };

  begin_opening (&job);
  job.models = models = app_voice_models_load (cli->engine, &error);

  if (models == NULL || !app_voice_models_check_voice (models, voice, &error))
    return app_cli_fail (error);
  app_voice_models_set_accent (
      models, app_accent_choose (command->accent, text, app_accent_get_default ()));
  if (json != NULL)
    begin_json (json, command->path, voice);
  if (cli->progress != NULL)
    app_progress_set_label (cli->progress, "Speaking");
  gboolean is_said = command->path != NULL ? say_to_file (&job, &error) : say_aloud (&job, &error);
  if (cli->progress != NULL)
    app_progress_erase (cli->progress);
  if (!is_said) {
    if (job.seconds > 0 && command->path != NULL)
      app_cli_note (&command->common, "the %.1f s spoken until then are kept", job.seconds);
    return app_cli_fail (error);
  }
  if (json != NULL)
    end_json (json, &job);
  return APP_EXIT_OK;
}
