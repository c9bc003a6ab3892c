/* SPDX-License-Identifier: GPL-3.0-or-later */

/* hearsay who FILE…: whether recordings are of one person, and whether of somebody enrolled. */

#include "app/base/json-write.h"
#include "app/cli/cli-engine.h"
#include "app/cli/commands.h"
#include "app/engine/people.h"

typedef struct {
  AppCliEngine cli;
  AppCliOptions options;
  GPtrArray *prints; /* of AppVoiceprint, a file each */
  char **contents;   /* of each file, to see whether two are the same; or NULL */
  AppPeople *people; /* NULL: nobody is enrolled */
} Job;

static const AppVoiceprint *
get_print (const Job *job, guint index)
{
  return g_ptr_array_index (job->prints, index);
}

static const char *
get_verdict (const AppVoiceMatch *match)
{
  return match->is_short ? "uncertain" : match->is_same ? "same" : "different";
}

static gboolean
is_same_recording (const Job *job, guint a, guint b)
{
  return job->contents[a] != NULL && g_strcmp0 (job->contents[a], job->contents[b]) == 0;
}

static gboolean
take_prints (Job *job, GError **error)
{
  for (int i = 0; i < job->options.n_arguments; i++) {
    AppVoiceprint *print = app_voiceprint_take (job->cli.engine, job->options.arguments[i], error);

    if (print == NULL)
      return FALSE;
    g_ptr_array_add (job->prints, print);
    job->contents[i] = app_recording_identify (job->options.arguments[i], NULL, NULL);
  }
  return TRUE;
}

/* What the user should know of the files; the JSON has it as members. */
static void
print_notes (const Job *job)
{
  for (guint i = 0; i < job->prints->len; i++) {
    const AppVoiceprint *print = get_print (job, i);

    if (print->speakers->n_speakers > 1 && job->prints->len > 1)
      app_cli_note (&job->options, "%s: %d people speak in it; the one who speaks most is compared",
                    print->title, print->speakers->n_speakers);
    if (print->seconds < APP_VOICE_MIN_SECONDS)
      app_cli_note (&job->options, "%s: %.1f s of speech are too short for a verdict", print->title,
                    print->seconds);
    else if (print->seconds < APP_ENROL_RECORDING_SECONDS)
      app_cli_note (&job->options, "%s: only %.1f s of speech: less sure than with more",
                    print->title, print->seconds);
    for (guint j = 0; j < i; j++)
      if (is_same_recording (job, j, i))
        app_cli_note (&job->options, "%s and %s are the same recording", get_print (job, j)->title,
                      print->title);
  }
}

static const char *const long_verdicts[] = { "different speakers", "same speaker",
                                             "uncertain, too little speech" };

static void
print_pair (const Job *job)
{
  const AppVoiceMatch match = app_voiceprint_match (get_print (job, 0), get_print (job, 1));
  const int verdict = match.is_short ? 2 : match.is_same ? 1 : 0;

  app_cli_printf ("%s  score %.2f  threshold %.2f", long_verdicts[verdict], match.score,
                  match.threshold);
  if (!match.is_short)
    app_cli_printf ("  confidence %.2f", match.confidence);
  app_cli_print ("\n");
}

/* A row and a column for each file; "=" stands where two are one speaker, "?" where it is open. */
static void
print_table (const Job *job)
{
  const guint n = job->prints->len;
  int width = 0;

  for (guint i = 0; i < n; i++)
    width = MAX (width, (int) g_utf8_strlen (get_print (job, i)->title, -1));
  app_cli_printf ("%4s%*s", "", width, "");
  for (guint j = 0; j < n; j++)
    app_cli_printf ("%7u", j + 1);
  app_cli_printf ("\n");
  for (guint i = 0; i < n; i++) {
    const char *title = get_print (job, i)->title;

    app_cli_printf ("%2u  %s%*s", i + 1, title, width - (int) g_utf8_strlen (title, -1), "");
    for (guint j = 0; j < n; j++) {
      const AppVoiceMatch match = app_voiceprint_match (get_print (job, i), get_print (job, j));

      if (i == j)
        app_cli_printf ("%7s", "-");
      else
        app_cli_printf ("  %c%.2f", match.is_short ? '?' : match.is_same ? '=' : ' ', match.score);
    }
    app_cli_printf ("\n");
  }
  app_cli_print ("= the same speaker, ? too little speech\n");
}

/* Who of those enrolled speaks in the files. */
static void
print_people (const Job *job)
{
  for (guint i = 0; i < job->prints->len; i++) {
    const AppVoiceprint *print = get_print (job, i);

    for (int s = 0; s < print->speakers->n_speakers; s++) {
      AppVoiceMatch match;
      const AppPerson *person = app_people_find (
          job->people, print->speakers->embeddings + (size_t) s * AUDIO_SPEAKER_DIM,
          print->speakers->seconds[s], &match);

      app_cli_printf ("%s  speaker %c  %.1f s  ", print->title, 'A' + s,
                      print->speakers->seconds[s]);
      if (person != NULL)
        app_cli_printf ("%s  score %.2f  threshold %.2f  confidence %.2f\n", person->name,
                        match.score, match.threshold, match.confidence);
      else
        app_cli_printf ("nobody enrolled  score %.2f  threshold %.2f\n", match.score,
                        match.threshold);
    }
  }
  app_cli_print ("");
}

static void
build_match (JsonBuilder *builder, const AppVoiceMatch *match)
{
  app_json_add_number (builder, "score", match->score, 4);
  app_json_add_number (builder, "threshold", match->threshold, 4);
  app_json_add_number (builder, "confidence", match->is_short ? 0.5 : match->confidence, 3);
}

static void
build_file (const Job *job, guint index, JsonBuilder *builder)
{
  const AppVoiceprint *print = get_print (job, index);

  json_builder_begin_object (builder);
  app_json_add_string (builder, "file", print->title);
  app_json_add_number (builder, "speech_s", print->seconds, 3);
  json_builder_set_member_name (builder, "too_short");
  json_builder_add_boolean_value (builder, print->seconds < APP_VOICE_MIN_SECONDS);
  json_builder_set_member_name (builder, "speakers");
  json_builder_begin_array (builder);
  for (int s = 0; s < print->speakers->n_speakers; s++) {
    const char name[] = { (char) ('A' + s), '\0' };

    json_builder_begin_object (builder);
    app_json_add_string (builder, "name", name);
    app_json_add_number (builder, "seconds", print->speakers->seconds[s], 3);
    if (job->people != NULL && app_people_get_n (job->people) > 0) {
      AppVoiceMatch match;
      const AppPerson *person = app_people_find (
          job->people, print->speakers->embeddings + (size_t) s * AUDIO_SPEAKER_DIM,
          print->speakers->seconds[s], &match);

      app_json_add_string (builder, "person", person != NULL ? person->name : NULL);
      build_match (builder, &match);
    }
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

static void
print_json (const Job *job)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  const guint n = job->prints->len;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "files");
  json_builder_begin_array (builder);
  for (guint i = 0; i < n; i++)
    build_file (job, i, builder);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "pairs");
  json_builder_begin_array (builder);
  for (guint i = 0; i < n; i++)
    for (guint j = i + 1; j < n; j++) {
      const AppVoiceMatch match = app_voiceprint_match (get_print (job, i), get_print (job, j));

      json_builder_begin_object (builder);
      app_json_add_string (builder, "a", get_print (job, i)->title);
      app_json_add_string (builder, "b", get_print (job, j)->title);
      app_json_add_string (builder, "verdict", get_verdict (&match));
      build_match (builder, &match);
      json_builder_set_member_name (builder, "same_recording");
      json_builder_add_boolean_value (builder, is_same_recording (job, i, j));
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  app_cli_print_json (builder);
}

static int
compare (Job *job)
{
  const gboolean has_people = job->people != NULL && app_people_get_n (job->people) > 0;
  g_autoptr (GError) error = NULL;

  if (job->options.n_arguments == 1 && !has_people)
    return app_cli_usage (
        "who compares recordings: give two, or enrol people (hearsay people add)");
  if (!take_prints (job, &error)) {
    app_progress_erase (job->cli.progress);
    return app_cli_fail (error);
  }
  app_progress_erase (job->cli.progress);
  print_notes (job);
  if (job->options.json) {
    print_json (job);
    return APP_EXIT_OK;
  }
  if (job->prints->len == 2)
    print_pair (job);
  else if (job->prints->len > 2)
    print_table (job);
  if (has_people)
    print_people (job);
  return APP_EXIT_OK;
}

int
app_command_who (int argc, char **argv)
{
  Job job = { .cli.no_archive = TRUE };
  int status;

  if (!app_cli_parse (argc, argv, NULL, &job.options, &status))
    return status;
  if (job.options.n_arguments == 0) {
    app_cli_options_clear (&job.options);
    return app_cli_usage ("who needs recordings: hearsay who FILE FILE");
  }
  job.prints = g_ptr_array_new_with_free_func ((GDestroyNotify) app_voiceprint_free);
  job.contents = g_new0 (char *, (gsize) job.options.n_arguments + 1);
  job.people = app_people_new_if_any ();
  app_cli_engine_init (&job.cli, &job.options);
  status = compare (&job);
  app_cli_engine_clear (&job.cli);
  for (int i = 0; i < job.options.n_arguments; i++)
    g_free (job.contents[i]);
  g_free (job.contents);
  g_ptr_array_unref (job.prints);
  app_people_free (job.people);
  app_cli_options_clear (&job.options);
  return status;
}
