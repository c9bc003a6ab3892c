/* SPDX-License-Identifier: GPL-3.0-or-later */

/* hearsay say TEXT -o FILE: speech in a stock voice, written sentence by sentence. */

#include <glib/gstdio.h>

#include "app/cli-engine.h"
#include "app/commands.h"
#include "app/say.h"
#include "app/sound-file.h"

typedef struct {
  AppSoundFile *file;
  AppProgress *progress;
  JsonBuilder *json; /* NULL: not asked for */
  double seconds;    /* that making the speech took */
} Job;

static gboolean
write_sentence (const AppSaid *said, gpointer user_data, GError **error)
{
  Job *job = user_data;

  job->seconds += said->seconds;
  if (job->json != NULL) {
    double end_s = said->start_s + (double) said->n_samples / AUDIO_KOKORO_RATE;

    json_builder_begin_object (job->json);
    app_cli_json_add_number (job->json, "start", said->start_s, 3);
    app_cli_json_add_number (job->json, "end", end_s, 3);
    app_cli_json_add_string (job->json, "text", said->text);
    app_cli_json_add_string (job->json, "phonemes", said->phonemes);
    json_builder_end_object (job->json);
  }
  if (job->progress != NULL)
    app_progress_set (job->progress, said->fraction);
  return app_sound_file_append (job->file, said->samples, said->n_samples, error);
}

/* What was said before a stop stays; a file without sound goes. */
static gboolean
say (AppCliEngine *cli, Job *job, const char *text, const AppSayOptions *say_options,
     const char *path, double *duration, GError **error)
{
  g_autoptr (AppVoiceModels) models = app_voice_models_load (cli->engine, error);

  if (models == NULL)
    return FALSE;
  if (cli->progress != NULL)
    app_progress_set_label (cli->progress, "Speaking");
  job->file = app_sound_file_open (path, &(AppSoundFileTags){ .voice = say_options->voice }, error);
  if (job->file == NULL)
    return FALSE;
  gboolean is_said = app_say (models, text, say_options, write_sentence, job, error);
  *duration = app_sound_file_get_seconds (job->file);
  if (*duration <= 0) {
    app_sound_file_discard (job->file);
    return is_said;
  }
  return app_sound_file_close (job->file, is_said ? error : NULL) && is_said;
}

/* The arguments as one text, or standard input for "-". */
static char *
read_text (const AppCliOptions *options, GError **error)
{
  if (options->n_arguments == 1 && g_str_equal (options->arguments[0], "-")) {
    g_autofree char *text = NULL;
    return g_file_get_contents ("/dev/stdin", &text, NULL, error) ? g_utf8_make_valid (text, -1)
                                                                  : NULL;
  }
  g_autofree char *joined = g_strjoinv (" ", options->arguments);
  return g_utf8_make_valid (joined, -1);
}

static void
begin_json (JsonBuilder *json, const char *path, const char *voice)
{
  g_autofree char *shown = app_cli_display (path);

  json_builder_begin_object (json);
  app_cli_json_add_string (json, "file", shown);
  app_cli_json_add_string (json, "voice", voice);
  json_builder_set_member_name (json, "sentences");
  json_builder_begin_array (json);
}

static void
end_json (JsonBuilder *json, double duration, double seconds)
{
  json_builder_end_array (json);
  app_cli_json_add_number (json, "seconds", duration, 3);
  json_builder_set_member_name (json, "timing");
  json_builder_begin_object (json);
  app_cli_json_add_number (json, "speak_s", seconds, 3);
  json_builder_end_object (json);
  json_builder_end_object (json);
  app_cli_print_json (json);
}

int
app_command_say (int argc, char **argv)
{
  g_autofree char *path = NULL, *voice = NULL;
  double speed = 1;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &path,
      "Write a .wav, .flac, .ogg, .opus or .mp3 file", "FILE" },
    { "voice", 0, 0, G_OPTION_ARG_STRING, &voice,
      "Voice (" APP_SAY_VOICE "; " APP_SAY_VOICE_CHINESE " for Chinese)", "NAME" },
    { "speed", 0, 0, G_OPTION_ARG_DOUBLE, &speed, "How fast, 0.5 to 2 (1)", "X" },
    { NULL },
  };
  g_auto (AppCliOptions) options = { 0 };
  g_auto (AppCliEngine) cli = { 0 };
  g_autoptr (GError) error = NULL;
  double duration = 0;
  Job job = { 0 };
  int status;

  if (!app_cli_parse (argc, argv, entries, &options, &status))
    return status;
  if (options.n_arguments == 0 || path == NULL)
    return app_cli_usage ("say what, and where to? hearsay say TEXT -o FILE");
  if (!app_cli_check_range ("--speed", speed, 0.5, 2))
    return APP_EXIT_USAGE;
  g_autofree char *text = read_text (&options, &error);
  if (text == NULL)
    return app_cli_fail (error);
  if (!app_sound_file_check (path, &error))
    return app_cli_fail (error);
  if (voice == NULL)
    voice = g_strdup (app_say_choose_voice (text));
  app_cli_engine_init (&cli, &options);
  g_autoptr (JsonBuilder) json = options.json ? json_builder_new () : NULL;
  if (json != NULL)
    begin_json (json, path, voice);
  job.json = json;
  job.progress = cli.progress;
  if (!say (&cli, &job, text, &(AppSayOptions){ .voice = voice, .speed = speed }, path, &duration,
            &error)) {
    if (duration > 0)
      app_cli_note (&options, "the %.1f s spoken until then are kept", duration);
    return app_cli_fail (error);
  }
  if (cli.progress != NULL)
    app_progress_erase (cli.progress);
  if (json != NULL)
    end_json (json, duration, job.seconds);
  return APP_EXIT_OK;
}
