/* SPDX-License-Identifier: GPL-3.0-or-later */

/* hearsay people: whose voices are recognised, because they agreed to it. */

#include "app/base/json-write.h"
#include "app/cli/cli-engine.h"
#include "app/cli/commands.h"
#include "app/engine/people.h"

typedef struct {
  AppCliOptions options;
  char *consent;
  AppPeople *people;
} Job;

static void
build_person (const AppPerson *person, JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  app_json_add_string (builder, "name", person->name);
  app_json_add_string (builder, "consent", person->consent);
  app_json_add_string (builder, "date", person->date);
  app_json_add_number (builder, "speech_s", person->seconds, 3);
  app_json_add_int (builder, "recordings", person->n_recordings);
  json_builder_end_object (builder);
}

static void
print_person (const AppPerson *person)
{
  app_cli_printf ("%s  %.1f s of speech  %.10s  “%s”\n", person->name, person->seconds,
                  person->date, person->consent);
}

static int
print_list (const Job *job)
{
  if (job->options.json) {
    g_autoptr (JsonBuilder) builder = json_builder_new ();

    json_builder_begin_array (builder);
    for (guint i = 0; i < app_people_get_n (job->people); i++)
      build_person (app_people_get (job->people, i), builder);
    json_builder_end_array (builder);
    app_cli_print_json (builder);
    return APP_EXIT_OK;
  }
  for (guint i = 0; i < app_people_get_n (job->people); i++)
    print_person (app_people_get (job->people, i));
  app_cli_print ("");
  if (app_people_get_n (job->people) == 0)
    app_cli_note (&job->options, "nobody is enrolled");
  return APP_EXIT_OK;
}

/* (transfer full): a person from the files after the name. */
static AppPerson *
listen_to_person (AppCliEngine *cli, const Job *job, GError **error)
{
  g_autoptr (GPtrArray) prints =
      g_ptr_array_new_with_free_func ((GDestroyNotify) app_voiceprint_free);
  char **files = job->options.arguments + 2;
  g_autofree char *name = app_json_display (job->options.arguments[1]);

  for (char **file = files; *file != NULL; file++) {
    AppVoiceprint *print = app_voiceprint_take (cli->engine, *file, error);

    if (print == NULL)
      return NULL;
    g_ptr_array_add (prints, print);
  }
  return app_person_new (name, job->consent, (const AppVoiceprint *const *) prints->pdata,
                         prints->len, error);
}

static int
add (Job *job)
{
  g_auto (AppCliEngine) cli = { .no_archive = TRUE };
  g_autoptr (GError) error = NULL;
  g_autoptr (AppPerson) person = NULL;

  if (job->options.n_arguments < 3)
    return app_cli_usage ("people add needs a name and recordings: "
                          "hearsay people add NAME FILE… --consent TEXT");
  if (job->consent == NULL || g_utf8_strlen (job->consent, -1) < APP_CONSENT_MIN_CHARS)
    return app_cli_usage ("--consent is needed, in words: who agreed to what, and when");
  app_cli_engine_init (&cli, &job->options);
  person = listen_to_person (&cli, job, &error);
  app_progress_erase (cli.progress);
  if (person == NULL || !app_people_add (job->people, person, &error))
    return app_cli_fail (error);
  if (job->options.json) {
    g_autoptr (JsonBuilder) builder = json_builder_new ();

    build_person (person, builder);
    app_cli_print_json (builder);
    return APP_EXIT_OK;
  }
  print_person (person);
  app_cli_print ("");
  return APP_EXIT_OK;
}

static int
change (Job *job, gboolean removes)
{
  char **arguments = job->options.arguments;
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL;

  if (job->options.n_arguments != (removes ? 2 : 3))
    return app_cli_usage (removes ? "people remove needs a name" : "people rename needs two names");
  name = app_json_display (arguments[1]);
  if (removes ? app_people_remove (job->people, name, &error)
              : app_people_rename (job->people, name, arguments[2], &error))
    return job->options.json ? print_list (job) : APP_EXIT_OK;
  return app_cli_fail (error);
}

static int
run (Job *job)
{
  const char *action = job->options.n_arguments > 0 ? job->options.arguments[0] : "list";
  g_autoptr (GError) error = NULL;

  if (job->consent != NULL && !g_str_equal (action, "add"))
    return app_cli_usage ("--consent goes with people add");
  if (g_str_equal (action, "list") && job->options.n_arguments > 1)
    return app_cli_usage ("people list takes no name");
  job->people = app_people_new (NULL, &error);
  if (job->people == NULL)
    return app_cli_fail (error);
  if (g_str_equal (action, "list"))
    return print_list (job);
  if (g_str_equal (action, "add"))
    return add (job);
  if (g_str_equal (action, "remove"))
    return change (job, TRUE);
  if (g_str_equal (action, "rename"))
    return change (job, FALSE);
  g_autofree char *shown = app_json_display (action);
  return app_cli_usage ("people can be list, add, remove or rename, not “%s”", shown);
}

int
app_command_people (int argc, char **argv)
{
  Job job = { 0 };
  g_autofree char *consent = NULL;
  const GOptionEntry entries[] = {
    { "consent", 0, 0, G_OPTION_ARG_STRING, &consent, "The words of the person's consent, for add",
      "TEXT" },
    { NULL },
  };
  int status;

  if (!app_cli_parse (argc, argv, entries, &job.options, &status))
    return status;
  job.consent = consent;
  status = run (&job);
  app_people_free (job.people);
  app_cli_options_clear (&job.options);
  return status;
}
