/* SPDX-License-Identifier: GPL-3.0-or-later */

/* hearsay say: what is to be said, where to, and how. */

#include "app/cli/cli-say.h"

#include <string.h>

#include "app/base/read-file.h"
#include "app/cli/commands.h"
#include "app/speech/say.h"
#include "app/speech/sound-file.h"
#include "app/speech/subtitles.h"

static void
command_clear (AppSayCommand *command)
{
  app_cli_options_clear (&command->common);
  g_free (command->path);
  g_free (command->voice);
  g_free (command->accent_name);
  g_free (command->script_path);
  g_free (command->subtitles);
  g_free (command->device);
  app_script_free (command->script);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AppSayCommand, command_clear)

/* The arguments as one text, or standard input for "-". */
static gboolean
read_text (AppSayCommand *command, GError **error)
{
  const AppCliOptions *options = &command->common;
  g_autofree char *text = NULL;
  gsize n_bytes = 0;

  if (command->script_path != NULL)
    command->script = app_script_load (command->script_path, error);
  else if (options->n_arguments == 1 && g_str_equal (options->arguments[0], "-")) {
    text = app_read_file ("-", APP_READ_FILE_MAX_BYTES, &n_bytes, error);
    if (text != NULL)
      command->script = app_script_parse_text (text, n_bytes);
  } else {
    text = g_strjoinv (" ", options->arguments);
    command->script = app_script_parse_text (text, strlen (text));
  }
  return command->script != NULL;
}

/* What can be known to be wrong before the work. */
static int
check (AppSayCommand *command)
{
  const gboolean is_narration =
      command->script_path != NULL && command->path != NULL && !g_str_equal (command->path, "-");
  g_autoptr (GError) error = NULL;
  AppFormat format;

  if (command->common.n_arguments == 0 && command->script_path == NULL)
    return app_cli_usage ("say what? hearsay say TEXT, or hearsay say --script FILE");
  if (command->common.n_arguments > 0 && command->script_path != NULL)
    return app_cli_usage ("either a text or --script FILE");
  if (!is_narration
      && (command->subtitles != NULL || command->retake != 0 || command->choose != 0
          || command->check || command->no_check))
    return app_cli_usage ("--subtitles, --check, --no-check, --retake and --choose are for a "
                          "script that becomes a file: --script FILE -o FILE");
  if (command->check && command->no_check)
    return app_cli_usage ("--check and --no-check exclude each other");
  if (command->device != NULL && command->path != NULL)
    return app_cli_usage ("--device is for what is not written to a file");
  if (command->common.json && g_strcmp0 (command->path, "-") == 0)
    return app_cli_usage ("--json and -o - exclude each other");
  if (!app_cli_check_range ("--speed", command->speed, 0.5, 2)
      || !app_cli_check_range ("--retake", command->retake, 0, G_MAXINT)
      || !app_cli_check_range ("--choose", command->choose, 0, G_MAXINT)
      || !app_cli_check_range ("--take", command->take, 0, G_MAXINT))
    return APP_EXIT_USAGE;
  if (!app_accent_read (command->accent_name, &command->accent, &error))
    return app_cli_usage ("%s", error->message);
  if (command->path != NULL && !app_sound_file_check (command->path, &error))
    return app_cli_fail (error);
  if (command->subtitles != NULL && !app_subtitles_get_format (command->subtitles, &format, &error))
    return app_cli_usage ("%s", error->message);
  if (!read_text (command, &error))
    return app_cli_fail (error);
  return APP_EXIT_OK;
}

int
app_command_say (int argc, char **argv)
{
  g_auto (AppSayCommand) command = { .speed = 1 };
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &command.path,
      "Write a .wav, .flac, .ogg, .opus or .mp3 file, or - for wav on stdout", "FILE" },
    { "script", 0, 0, G_OPTION_ARG_FILENAME, &command.script_path,
      "Speak this text or Markdown file", "FILE" },
    { "voice", 0, 0, G_OPTION_ARG_STRING, &command.voice,
      "Voice (" APP_SAY_VOICE "; " APP_SAY_VOICE_CHINESE " for Chinese)", "NAME" },
    { "speed", 0, 0, G_OPTION_ARG_DOUBLE, &command.speed, "How fast, 0.5 to 2 (1)", "X" },
    { "accent", 0, 0, G_OPTION_ARG_STRING, &command.accent_name,
      "How Chinese is read, taiwan or mainland (by its characters)", "NAME" },
    { "subtitles", 0, 0, G_OPTION_ARG_FILENAME, &command.subtitles,
      "Write .srt or .vtt subtitles of the script", "FILE" },
    { "check", 0, 0, G_OPTION_ARG_NONE, &command.check,
      "Listen to every sentence; without the model for it, fail", NULL },
    { "no-check", 0, 0, G_OPTION_ARG_NONE, &command.no_check, "Listen to none", NULL },
    { "retake", 0, 0, G_OPTION_ARG_INT, &command.retake, "Speak this sentence again", "N" },
    { "choose", 0, 0, G_OPTION_ARG_INT, &command.choose,
      "Of this sentence keep one take, and delete the others", "N" },
    { "take", 0, 0, G_OPTION_ARG_INT, &command.take,
      "Which take: 0 (the one that is used), or the number of an earlier one", "N" },
    { "device", 0, 0, G_OPTION_ARG_STRING, &command.device, "Loudspeaker, by name or number",
      "NAME" },
    { NULL },
  };
  g_auto (AppCliEngine) cli = { .no_archive = TRUE };
  int status;

  if (!app_cli_parse (argc, argv, entries, &command.common, &status))
    return status;
  status = check (&command);
  if (status != APP_EXIT_OK)
    return status;
  app_cli_engine_init (&cli, &command.common);
  if (command.script_path != NULL && command.path != NULL && !g_str_equal (command.path, "-"))
    return app_cli_narrate (&cli, &command);
  return app_cli_say_now (&cli, &command);
}
