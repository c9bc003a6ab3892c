/* SPDX-License-Identifier: GPL-3.0-or-later */

/* hearsay speakers FILE: who speaks in a recording; --rename, --merge: what people know better. */

#include <math.h>
#include <string.h>

#include "app/base/json-write.h"
#include "app/cli/cli-engine.h"
#include "app/cli/commands.h"

/* A speaker is shown with what he says first, so many characters of it. */
#define MAX_SAMPLE_CHARS 48

typedef struct {
  AppCliEngine cli;
  AppCliOptions options;
  AppListenOptions listen;
  char **renames; /* "A=Mara" */
  char **merges;  /* "A,B" */
  gboolean reset;
} Job;

/* (transfer full): the beginning of what a speaker says first. */
static char *
get_sample (const AppHearing *hearing, guint speaker)
{
  for (guint i = 0; i < hearing->segments->len; i++) {
    const AppHearingSegment *segment = app_hearing_get (hearing, i);

    if (segment->speaker != (int) speaker)
      continue;
    if (g_utf8_strlen (segment->text, -1) <= MAX_SAMPLE_CHARS)
      return g_strdup (segment->text);
    g_autofree char *cut = g_utf8_substring (segment->text, 0, MAX_SAMPLE_CHARS - 1);
    return g_strconcat (cut, "…", NULL);
  }
  return g_strdup ("");
}

static void
print_text (const AppHearing *hearing)
{
  for (guint i = 0; i < hearing->speakers->len; i++) {
    const AppHearingSpeaker *speaker = g_ptr_array_index (hearing->speakers, i);
    g_autofree char *sample = get_sample (hearing, i);
    g_autoptr (GString) line = g_string_new (speaker->name);

    g_string_append_printf (line, "  %.1f s", speaker->seconds);
    if (speaker->has_attributes)
      g_string_append_printf (line, "  %s%s %.2f", speaker->female >= 0.5f ? "female" : "male",
                              speaker->gender_certain ? "" : "?",
                              MAX (speaker->female, 1 - speaker->female));
    app_cli_printf ("%s  “%s”\n", line->str, sample);
  }
  app_cli_print ("");
}

static void
print_json (const AppHearing *hearing)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  JsonObject *whole;
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *text = NULL;

  app_hearing_build_json (hearing, 0, builder);
  node = json_builder_get_root (builder);
  whole = json_node_get_object (node);
  json_object_remove_member (whole, "segments");
  text = app_json_to_text (node);
  app_cli_print (text);
}

/* Splits "A=Mara" or "A,B"; FALSE, after saying so, if it is none. */
static gboolean
split_pair (const char *option, const char *value, const char *separator, char ***pair)
{
  *pair = g_strsplit (value, separator, 2);
  if (g_strv_length (*pair) == 2 && *(*pair)[0] != '\0' && *(*pair)[1] != '\0')
    return TRUE;
  g_clear_pointer (pair, g_strfreev);
  app_cli_usage ("%s needs two names, as in %s", option,
                 *separator == '=' ? "--rename A=Mara" : "--merge A,B");
  return FALSE;
}

/* Each change sees what the ones before it did. */
static gboolean
change_all (Job *job, AppHearing *hearing, char **values, gboolean is_merge, int *status)
{
  AppSpeakerNames *names = app_engine_get_archive (job->cli.engine)->names;

  for (char **value = values; value != NULL && *value != NULL; value++) {
    g_auto (GStrv) pair = NULL;
    g_autoptr (GError) error = NULL;

    *status = APP_EXIT_USAGE;
    if (!split_pair (is_merge ? "--merge" : "--rename", *value, is_merge ? "," : "=", &pair))
      return FALSE;
    if (is_merge)
      app_speaker_names_merge (names, hearing->content, hearing, pair[0], pair[1], &error);
    else
      app_speaker_names_rename (names, hearing->content, hearing, pair[0], pair[1], &error);
    if (error != NULL) {
      *status = app_cli_fail (error);
      return FALSE;
    }
  }
  return TRUE;
}

static int
show_speakers (Job *job)
{
  const char *path = job->options.arguments[0];
  AppArchive *archive = app_engine_get_archive (job->cli.engine);
  g_autoptr (GError) error = NULL;
  g_autoptr (AppHearing) hearing = NULL;
  int status = APP_EXIT_OK;

  if (job->reset) {
    g_autofree char *content = app_recording_identify (path, NULL, &error);

    if (content == NULL || !app_speaker_names_forget (archive->names, content, &error))
      return app_cli_fail (error);
  }
  hearing = app_listen (job->cli.engine, path, &job->listen, NULL, NULL, &error);
  if (hearing == NULL)
    return app_cli_fail (error);
  if ((job->renames != NULL || job->merges != NULL) && hearing->content == NULL)
    return app_cli_fail_text ("%s cannot be remembered, so its speakers cannot be named",
                              hearing->title);
  if (!change_all (job, hearing, job->merges, TRUE, &status)
      || !change_all (job, hearing, job->renames, FALSE, &status))
    return status;
  app_progress_erase (job->cli.progress);
  if (job->options.json)
    print_json (hearing);
  else
    print_text (hearing);
  return APP_EXIT_OK;
}

static int
run (Job *job)
{
  gboolean changes = job->renames != NULL || job->merges != NULL || job->reset;
  AppArchive *archive;
  int status;

  if (job->options.n_arguments != 1)
    return app_cli_usage ("speakers needs one recording: hearsay speakers FILE");
  job->cli.is_listener = TRUE;
  app_cli_engine_init (&job->cli, &job->options);
  archive = app_engine_get_archive (job->cli.engine);
  if (changes && archive->names == NULL)
    status = app_cli_fail_text ("the names of speakers cannot be kept in %s/hearsay",
                                g_get_user_data_dir ());
  else
    status = show_speakers (job);
  app_cli_engine_clear (&job->cli);
  return status;
}

int
app_command_speakers (int argc, char **argv)
{
  Job job = { 0 };
  g_auto (GStrv) renames = NULL;
  g_auto (GStrv) merges = NULL;
  const GOptionEntry entries[] = {
    { "rename", 0, 0, G_OPTION_ARG_STRING_ARRAY, &renames, "Call speaker A Mara", "A=MARA" },
    { "merge", 0, 0, G_OPTION_ARG_STRING_ARRAY, &merges, "B is the same person as A", "A,B" },
    { "reset", 0, 0, G_OPTION_ARG_NONE, &job.reset, "Take back all names and mergers", NULL },
    { "speakers", 0, 0, G_OPTION_ARG_INT, &job.listen.n_speakers,
      "How many people speak (default: found out)", "N" },
    { NULL },
  };
  int status;

  if (!app_cli_parse (argc, argv, entries, &job.options, &status))
    return status;
  job.renames = renames;
  job.merges = merges;
  status = app_cli_check_range ("--speakers", job.listen.n_speakers, 0, APP_HEARING_MAX_SPEAKERS)
               ? run (&job)
               : APP_EXIT_USAGE;
  app_cli_options_clear (&job.options);
  return status;
}
