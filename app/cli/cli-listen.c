/* SPDX-License-Identifier: GPL-3.0-or-later */

/* hearsay listen FILE…: everything at once, as a table or as JSON: who said what, when and how.
 * Or, of the recordings of a folder, as documents. */

#include <math.h>

#include "app/cli/cli-engine.h"
#include "app/cli/cli-files.h"
#include "app/cli/cli-listening.h"
#include "app/cli/cli-watch.h"
#include "app/cli/commands.h"
#include "app/hearing/hearing-export.h"

typedef struct {
  AppCliEngine cli;
  const AppCliOptions *options;
  const AppListenOptions *listen;
  AppCliFiles files;
  gboolean over_time;
  gboolean has_printed;
} Job;

/* "female 0.97", or the likelier one with a question mark where it is open. */
static void
append_gender (GString *out, double female, gboolean is_certain)
{
  g_string_append_printf (out, "%s%s %.2f", female >= 0.5 ? "female" : "male",
                          is_certain ? "" : "?", MAX (female, 1 - female));
}

static void
print_speakers (const AppHearing *hearing)
{
  for (guint i = 0; i < hearing->speakers->len; i++) {
    const AppHearingSpeaker *speaker = g_ptr_array_index (hearing->speakers, i);
    g_autoptr (GString) line = g_string_new (NULL);

    g_string_append_printf (line, "  speaker %s  %.1f s", speaker->name, speaker->seconds);
    if (speaker->has_attributes) {
      g_string_append (line, "  ");
      append_gender (line, speaker->female, speaker->gender_certain);
    }
    if (isfinite (speaker->pitch_hz) && speaker->pitch_hz > 0)
      g_string_append_printf (line, "  %.0f Hz", speaker->pitch_hz);
    app_cli_printf ("%s\n", line->str);
  }
}

static void
append_manner (GString *out, const AppHearingSegment *segment)
{
  const AudioAttributes *attributes = &segment->attributes;

  if (segment->has_attributes) {
    AudioEmotion top = audio_attributes_get_top (attributes);

    g_string_append_printf (out, "  %s %.2f",
                            attributes->certain ? audio_emotion_get_name (top) : "uncertain",
                            attributes->emotion[top]);
  }
  if (segment->has_prosody) {
    const AudioProsody *prosody = &segment->prosody;

    if (isfinite (prosody->pitch_hz))
      g_string_append_printf (out, "  %.0f Hz", prosody->pitch_hz);
    if (isfinite (prosody->loudness_lufs))
      g_string_append_printf (out, "  %.0f LUFS", prosody->loudness_lufs);
    if (isfinite (prosody->rate_sps))
      g_string_append_printf (out, "  %.1f syllables/s", prosody->rate_sps);
  }
  if (segment->is_contrast)
    g_string_append (out, "  words against tone");
}

static void
print_segment (const AppHearing *hearing, const AppHearingSegment *segment)
{
  const AppHearingSpeaker *speaker = app_hearing_get_speaker (hearing, segment);
  g_autofree char *start = app_format_time (segment->start);
  g_autofree char *end = app_format_time (segment->end);
  g_autoptr (GString) line = g_string_new (NULL);

  g_string_append_printf (line, "[%s-%s]", start, end);
  if (speaker != NULL)
    g_string_append_printf (line, " %s", speaker->name);
  append_manner (line, segment);
  app_cli_printf ("%s\n    %s\n", line->str, segment->text);
}

static void
print_hearing (const AppHearing *hearing)
{
  app_cli_printf ("%s  %.1f s  %s\n", hearing->title, hearing->seconds, hearing->language);
  print_speakers (hearing);
  for (guint i = 0; i < hearing->segments->len; i++)
    print_segment (hearing, app_hearing_get (hearing, i));
  app_cli_print ("");
}

static gboolean
listen_to_one (const char *path, const char *title, gpointer user_data, GError **error)
{
  Job *job = user_data;
  g_autoptr (AppHearing) hearing =
      app_listen (job->cli.engine, path, job->listen, NULL, NULL, error);

  if (hearing == NULL) {
    job->files.is_hopeless = g_error_matches (*error, APP_ERROR, APP_ERROR_NOT_INSTALLED);
    return FALSE;
  }
  app_progress_erase (job->cli.progress);
  if (job->options->json) {
    app_hearing_build_json (hearing,
                            APP_HEARING_WITH_WORDS | (job->over_time ? APP_HEARING_WITH_CURVES : 0),
                            job->files.json);
    return TRUE;
  }
  if (job->has_printed)
    app_cli_print ("\n");
  job->has_printed = TRUE;
  print_hearing (hearing);
  return TRUE;
}

static int
listen_to_all (Job *job)
{
  g_autoptr (JsonBuilder) json = job->options->json ? json_builder_new () : NULL;
  gboolean is_array = job->options->n_arguments > 1;
  int status;

  if (json != NULL && is_array)
    json_builder_begin_array (json);
  job->files = (AppCliFiles){ job->options, job->cli.engine,   json, listen_to_one,
                              job,          job->cli.progress, FALSE };
  status = app_cli_files_run (&job->files);
  if (json == NULL || app_engine_is_cancelled (job->cli.engine) || job->files.is_hopeless
      || (status != APP_EXIT_OK && !is_array))
    return status;
  if (is_array)
    json_builder_end_array (json);
  app_cli_print_json (json);
  return status;
}

/* --watch */

typedef struct {
  AppWatchFolder folder;
  char *format_name;
  AppFormat format;
} Watch;

static void
watch_clear (Watch *watch)
{
  app_watch_folder_clear (&watch->folder);
  g_free (watch->format_name);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Watch, watch_clear)

static int
check_watch (const Job *job, Watch *watch)
{
  if (watch->folder.path == NULL) {
    if (watch->folder.into != NULL || watch->folder.is_recursive || watch->format_name != NULL)
      return app_cli_usage ("--into, --format and --recursive are for --watch FOLDER");
    if (job->options->n_arguments == 0)
      return app_cli_usage ("which recording? (see hearsay listen --help)");
    return APP_EXIT_OK;
  }
  if (job->over_time)
    return app_cli_usage ("--over-time and --watch exclude each other");
  if (!app_format_parse (watch->format_name != NULL ? watch->format_name : "txt", &watch->format))
    return app_cli_usage ("--format is txt, srt, vtt, md or json, not “%s”", watch->format_name);
  watch->folder.ending = g_strdup (app_format_get_name (watch->format));
  return app_cli_watch_check (job->options, &watch->folder);
}

typedef struct {
  const Job *job;
  AppFormat format;
} Documents;

static char *
listen_for_document (const char *path, double *seconds, gpointer user_data, GError **error)
{
  const Documents *documents = user_data;
  g_autoptr (AppHearing) hearing =
      app_listen (documents->job->cli.engine, path, documents->job->listen, NULL, NULL, error);

  if (hearing == NULL)
    return NULL;
  *seconds = hearing->seconds;
  return app_hearing_export (hearing, documents->format);
}

static int
watch_folder (Job *job, const Watch *watch)
{
  Documents documents = { job, watch->format };
  AppCliWatch run = { .options = job->options,
                      .folder = watch->folder,
                      .engine = job->cli.engine,
                      .progress = job->cli.progress,
                      .listen = listen_for_document,
                      .user_data = &documents };

  return app_cli_watch_run (&run);
}

int
app_command_listen (int argc, char **argv)
{
  g_auto (AppCliOptions) options = { 0 };
  g_auto (AppCliListening) listening = { 0 };
  g_auto (Watch) watch = { 0 };
  Job job = { 0 };
  gboolean reword = FALSE;
  const GOptionEntry entries[] = {
    { "over-time", 0, 0, G_OPTION_ARG_NONE, &job.over_time,
      "In JSON, pitch and loudness each tenth of a second, too", NULL },
    { "reword", 0, 0, G_OPTION_ARG_NONE, &reword,
      "Weigh words that were heard with doubt as language, too, by the chat model", NULL },
    { "watch", 0, 0, G_OPTION_ARG_FILENAME, &watch.folder.path,
      "Listen to what is and appears in this folder, until Ctrl-C", "FOLDER" },
    { "into", 0, 0, G_OPTION_ARG_FILENAME, &watch.folder.into,
      "With --watch: write into this folder, not beside the recordings", "FOLDER" },
    { "format", 'f', 0, G_OPTION_ARG_STRING, &watch.format_name,
      "With --watch: txt (default), srt, vtt, md or json", "FORMAT" },
    { "recursive", 0, 0, G_OPTION_ARG_NONE, &watch.folder.is_recursive,
      "With --watch: in the folders inside, too", NULL },
    { NULL },
  };
  int status;

  if (!app_cli_listening_parse (argc, argv, entries, &options, &listening, &status))
    return status;
  listening.options.reword = reword;
  job.options = &options;
  job.listen = &listening.options;
  status = check_watch (&job, &watch);
  if (status != APP_EXIT_OK)
    return status;
  job.cli.is_listener = TRUE;
  app_cli_engine_init (&job.cli, &options);
  status = watch.folder.path != NULL ? watch_folder (&job, &watch) : listen_to_all (&job);
  app_cli_engine_clear (&job.cli);
  return status;
}
