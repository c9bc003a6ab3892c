/* SPDX-License-Identifier: GPL-3.0-or-later */

/* hearsay transcribe FILE…: each recording as a document, on stdout or in a file. */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cli/cli-files.h"
#include "app/cli/cli-listening.h"
#include "app/cli/cli-watch.h"
#include "app/cli/commands.h"
#include "app/hearing/transcript-format.h"

#define MAX_BEAM 16

typedef struct {
  AppCliOptions common;
  char *format_name;
  char *language;
  char *script_name;
  char *output;
  int beam;
  gboolean translate;
  gboolean words;
  AppFormat format;
  gboolean is_folder;   /* output is one */
  AppWatchFolder watch; /* path NULL: none */
  AudioTranscribeOptions transcribe;
} Options;

typedef struct {
  const Options *options;
  AppEngine *engine;
  AppProgress *progress;
  JsonBuilder *json;   /* of several recordings, else NULL */
  GHashTable *written; /* names of files in the output folder */
  const char *title;   /* of the recording that is being heard */
  gboolean is_live;    /* segments are printed as they come */
  int n_printed;       /* recordings of which something is on stdout */
  gboolean has_heading;
  AppCliFiles files;
} Job;

static void
options_clear (Options *options)
{
  app_cli_options_clear (&options->common);
  g_free (options->format_name);
  g_free (options->language);
  g_free (options->script_name);
  g_free (options->output);
  app_watch_folder_clear (&options->watch);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
choose_script (Options *options)
{
  static const char *const names[] = { "as-is", "traditional", "simplified" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (options->script_name == NULL || g_str_equal (options->script_name, names[i])) {
      options->transcribe.script = (AudioScript) i;
      return TRUE;
    }
  }
  app_cli_usage ("--script is as-is, traditional or simplified, not “%s”", options->script_name);
  return FALSE;
}

static gboolean
choose_format (Options *options)
{
  const char *name = options->format_name;
  /* Of a folder that is watched --json gives the lines that are printed. */
  const gboolean is_json = options->common.json && options->watch.path == NULL;

  if (name == NULL)
    name = is_json ? "json" : "txt";
  if (!app_format_parse (name, &options->format)) {
    app_cli_usage ("--format is txt, srt, vtt, md or json, not “%s”", name);
    return FALSE;
  }
  if (is_json && options->format != APP_FORMAT_JSON) {
    app_cli_usage ("--json and --format %s exclude each other", name);
    return FALSE;
  }
  return TRUE;
}

static gboolean
is_same_file (const char *a, const char *b)
{
  struct stat info_a, info_b;
  return stat (a, &info_a) == 0 && stat (b, &info_b) == 0 && info_a.st_dev == info_b.st_dev
         && info_a.st_ino == info_b.st_ino;
}

/* What can be known to fail is said before the work. */
static int
check_output (Options *options)
{
  if (options->output == NULL || g_str_equal (options->output, "-")) {
    gboolean is_one = options->format == APP_FORMAT_SRT || options->format == APP_FORMAT_VTT;
    if (is_one && options->common.n_arguments > 1)
      return app_cli_usage ("%s holds one recording: give -o FOLDER for several",
                            app_format_get_name (options->format));
    return APP_EXIT_OK;
  }
  options->is_folder = g_file_test (options->output, G_FILE_TEST_IS_DIR);
  if (options->common.n_arguments > 1 && !options->is_folder)
    return app_cli_usage ("for several recordings -o needs a folder that exists");
  for (int i = 0; i < options->common.n_arguments; i++)
    if (is_same_file (options->output, options->common.arguments[i]))
      return app_cli_usage ("-o would overwrite the recording %s", options->output);
  g_autofree char *folder =
      options->is_folder ? g_strdup (options->output) : g_path_get_dirname (options->output);
  if (access (folder, W_OK) != 0)
    return app_cli_fail_text ("could not write %s: %s", options->output, g_strerror (errno));
  return APP_EXIT_OK;
}

static int
check_watch (Options *options)
{
  options->watch.into = g_steal_pointer (&options->output);
  options->watch.ending = g_strdup (app_format_get_name (options->format));
  return app_cli_watch_check (&options->common, &options->watch);
}

static int
parse (int argc, char **argv, Options *options, gboolean *is_done)
{
  const GOptionEntry entries[] = {
    { "format", 'f', 0, G_OPTION_ARG_STRING, &options->format_name,
      "txt (default), srt, vtt, md or json", "FORMAT" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output,
      "Write to this file, or into this folder", "FILE" },
    { "language", 'l', 0, G_OPTION_ARG_STRING, &options->language,
      "What is spoken, as en or zh (default: auto)", "CODE" },
    { "translate", 0, 0, G_OPTION_ARG_NONE, &options->translate, "Write it in English", NULL },
    { "beam", 0, 0, G_OPTION_ARG_INT, &options->beam, "Beam size (default: 5; 1: greedy, faster)",
      "N" },
    { "words", 0, 0, G_OPTION_ARG_NONE, &options->words, "Times of words (always so in json)",
      NULL },
    { "script", 0, 0, G_OPTION_ARG_STRING, &options->script_name,
      "Chinese in as-is, traditional or simplified", "SCRIPT" },
    { "watch", 0, 0, G_OPTION_ARG_FILENAME, &options->watch.path,
      "Write down what is and appears in this folder, until Ctrl-C", "FOLDER" },
    { "recursive", 0, 0, G_OPTION_ARG_NONE, &options->watch.is_recursive,
      "With --watch: in the folders inside, too", NULL },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
  };
  int status;
  *is_done = TRUE;
  options->beam = APP_BEAM_SIZE;
  if (!app_cli_parse (argc, argv, entries, &options->common, &status))
    return status;
  if (options->watch.path == NULL && options->watch.is_recursive)
    return app_cli_usage ("--recursive is for --watch FOLDER");
  if (options->watch.path == NULL && options->common.n_arguments == 0)
    return app_cli_usage ("which recording? (see hearsay transcribe --help)");
  if (!choose_format (options)
      || !app_cli_choose_language (options->language, &options->transcribe.language)
      || !choose_script (options) || !app_cli_check_range ("--beam", options->beam, 1, MAX_BEAM))
    return APP_EXIT_USAGE;
  status = options->watch.path != NULL ? check_watch (options) : check_output (options);
  if (status != APP_EXIT_OK)
    return status;
  options->transcribe.beam_size = options->beam;
  options->transcribe.translate = options->translate;
  options->transcribe.words = options->words || options->format == APP_FORMAT_JSON;
  *is_done = FALSE;
  return APP_EXIT_OK;
}

static void
print_heading (Job *job)
{
  if (job->has_heading)
    return;
  if (job->n_printed++ > 0)
    app_cli_print ("\n");
  if (job->options->common.n_arguments > 1 && job->options->format == APP_FORMAT_TXT)
    app_cli_printf ("%s:\n", job->title);
  job->has_heading = TRUE;
}

static void
on_reading (double fraction, gpointer user_data)
{
  Job *job = user_data;
  app_progress_set (job->progress, fraction);
}

static void
on_segment (const AudioSegment *segment, double fraction, gpointer user_data)
{
  Job *job = user_data;
  g_autofree char *line = app_transcript_format_line (segment);
  if (job->is_live && line[0] != '\0') {
    app_progress_erase (job->progress);
    print_heading (job);
    app_cli_print (line);
  }
  app_progress_set (job->progress, fraction);
}

static void
note_damage (Job *job, const AudioClip *clip)
{
  app_progress_erase (job->progress);
  if (clip->is_truncated)
    app_cli_note (&job->options->common,
                  "%s: the file is cut off or damaged; %.1f s of it are used", job->title,
                  clip->seconds);
  if (clip->n_not_finite > 0)
    app_cli_note (&job->options->common, "%s: %zu samples are no numbers and count as silence",
                  job->title, clip->n_not_finite);
}

static gboolean
has_words (const AudioTranscript *transcript)
{
  for (guint i = 0; i < transcript->segments->len; i++) {
    g_autofree char *line =
        app_transcript_format_line (g_ptr_array_index (transcript->segments, i));
    if (line[0] != '\0')
      return TRUE;
  }
  return FALSE;
}

static AudioTranscript *
hear (Job *job, const char *path, GError **error)
{
  app_progress_set_label (job->progress, "Reading audio");
  g_autoptr (AudioClip) clip =
      audio_clip_load (path, on_reading, job, &app_engine_get_context (job->engine)->cancel, error);
  if (clip == NULL)
    return NULL;
  note_damage (job, clip);
  app_progress_set_label (job->progress, "Loading the model");
  AudioTranscriber *transcriber = app_engine_get_transcriber (job->engine, error);
  if (transcriber == NULL) {
    job->files.is_hopeless = TRUE;
    return NULL;
  }
  app_progress_set_label (job->progress, "Listening");
  g_autoptr (AudioTranscript) transcript =
      audio_transcribe (transcriber, clip, &job->options->transcribe, on_segment, job, error);
  app_progress_erase (job->progress);
  if (transcript != NULL && !has_words (transcript)) {
    g_set_error (error, APP_ERROR, APP_ERROR_NO_SPEECH, "%s: no speech was found", path);
    return NULL;
  }
  return g_steal_pointer (&transcript);
}

/* (transfer full): FOLDER/NAME.txt; with the ending of the recording too if two would be the same.
 */
static char *
choose_path (Job *job, const char *recording)
{
  const Options *options = job->options;
  if (!options->is_folder)
    return g_strdup (options->output);
  g_autofree char *name = g_path_get_basename (recording);
  const char *ending = strrchr (name, '.');
  int n = ending != NULL && ending != name ? (int) (ending - name) : (int) strlen (name);
  g_autofree char *stem = g_strndup (name, (gsize) n);
  for (int attempt = 0;; attempt++) {
    g_autofree char *number = attempt < 2 ? g_strdup ("") : g_strdup_printf (".%d", attempt);
    char *file = g_strdup_printf ("%s%s.%s", attempt == 0 ? stem : name, number,
                                  app_format_get_name (options->format));
    if (g_hash_table_add (job->written, file))
      return g_build_filename (options->output, file, NULL);
  }
}

static gboolean
deliver (Job *job, const char *path, const AudioTranscript *transcript, GError **error)
{
  const Options *options = job->options;
  const char *model = options->common.model;
  if (job->json != NULL) {
    app_transcript_build_json (transcript, job->title, model, job->json);
    return TRUE;
  }
  if (job->is_live)
    return TRUE;
  g_autofree char *document =
      app_transcript_format (transcript, options->format, job->title, model);
  if (options->output != NULL && !g_str_equal (options->output, "-")) {
    g_autofree char *file = choose_path (job, path);
    return app_cli_write_file (file, document, strlen (document), error);
  }
  print_heading (job);
  app_cli_print (document);
  return TRUE;
}

static gboolean
transcribe_one (const char *path, const char *title, gpointer user_data, GError **error)
{
  Job *job = user_data;
  job->title = title;
  job->has_heading = FALSE;
  g_autoptr (AudioTranscript) transcript = hear (job, path, error);
  return transcript != NULL && deliver (job, path, transcript, error);
}

static char *
transcribe_for_document (const char *path, double *seconds, gpointer user_data, GError **error)
{
  Job *job = user_data;
  g_autofree char *title = g_filename_display_basename (path);
  g_autoptr (AudioTranscript) transcript = NULL;

  job->title = title;
  transcript = hear (job, path, error);
  if (transcript == NULL)
    return NULL;
  *seconds = transcript->seconds;
  return app_transcript_format (transcript, job->options->format, title,
                                job->options->common.model);
}

static int
watch_folder (Job *job)
{
  AppCliWatch run = { .options = &job->options->common,
                      .folder = job->options->watch,
                      .engine = job->engine,
                      .progress = job->progress,
                      .listen = transcribe_for_document,
                      .user_data = job };

  return app_cli_watch_run (&run);
}

static int
transcribe_all (Job *job)
{
  const Options *options = job->options;
  g_autoptr (JsonBuilder) json = NULL;
  int status;

  job->is_live =
      options->output == NULL && options->format == APP_FORMAT_TXT && isatty (STDOUT_FILENO);
  if (options->format == APP_FORMAT_JSON && options->common.n_arguments > 1
      && !options->is_folder) {
    json = json_builder_new ();
    json_builder_begin_array (json);
    job->json = json;
  }
  job->files = (AppCliFiles){ &options->common, job->engine, json, transcribe_one, job,
                              job->progress,    FALSE };
  status = app_cli_files_run (&job->files);
  if (json != NULL && !app_engine_is_cancelled (job->engine) && !job->files.is_hopeless) {
    json_builder_end_array (json);
    app_cli_print_json (json);
  }
  return status;
}

int
app_command_transcribe (int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  gboolean is_done;
  int status = parse (argc, argv, &options, &is_done);
  if (is_done)
    return status;

  g_autoptr (AppEngine) engine = app_engine_new (&(AppEngineOptions){
      .n_threads = options.common.n_threads, .listen_model = options.common.model });
  app_cli_watch_interrupt (&app_engine_get_context (engine)->cancel);
  g_autoptr (AppProgress) progress = app_progress_new ("Loading the model", options.common.quiet);
  g_autoptr (GHashTable) written = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Job job = { .options = &options, .engine = engine, .progress = progress, .written = written };

  status = options.watch.path != NULL ? watch_folder (&job) : transcribe_all (&job);
  app_cli_watch_interrupt (NULL);
  return status;
}
