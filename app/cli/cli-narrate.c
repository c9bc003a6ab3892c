/* SPDX-License-Identifier: GPL-3.0-or-later */

/* hearsay say --script FILE -o FILE: a narration, with its progress and its report. */

#include <string.h>

#include "app/base/json-write.h"
#include "app/cli/cli-say.h"

static void
on_progress (const AppNarrationProgress *state, gpointer user_data)
{
  AppProgress *progress = user_data;
  g_autofree char *left =
      state->seconds_left >= 1 ? app_duration_format (state->seconds_left) : NULL;
  g_autofree char *detail =
      g_strdup_printf ("sentence %u of %u%s%s", state->index + 1, state->n_sentences,
                       left != NULL ? ", about " : "", left != NULL ? left : "");

  app_progress_set_detail (progress, detail);
  app_progress_set (progress, state->fraction);
}

/* Result and subtitles of what there is. */
static gboolean
write_all (AppNarration *narration, const AppSayCommand *command, GError **error)
{
  return app_narration_write (narration, error)
         && (command->subtitles == NULL
             || app_narration_write_subtitles (narration, command->subtitles, error));
}

static void
note_check (AppNarration *narration, const AppSayCommand *command)
{
  const AppNarrationResult *result = app_narration_get_result (narration);
  guint n_bad = 0, first = 0;

  for (guint i = 0; i < app_narration_get_n_done (narration); i++) {
    AppNarrationSentence sentence;
    app_narration_get_sentence (narration, i, &sentence);
    if (sentence.is_bad && n_bad++ == 0)
      first = i + 1;
  }
  if (result->unchecked != NULL && !command->no_check)
    app_cli_note (&command->common, "the sentences were not listened to: %s", result->unchecked);
  if (n_bad > 0)
    app_cli_note (&command->common,
                  "%u of %u sentences may not be spoken as they are written, the first is %u; see "
                  "%s",
                  n_bad, app_narration_get_n (narration), first, result->report);
}

/* After a stop or a failure: what is done is put together, and can be gone on with. */
static int
keep_part (AppNarration *narration, const AppSayCommand *command, const GError *problem)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *shown = app_json_display (command->path);

  if (write_all (narration, command, &error))
    app_cli_note (&command->common,
                  "%s has the first %u of %u sentences; the same command goes on from there", shown,
                  app_narration_get_n_done (narration), app_narration_get_n (narration));
  return app_cli_fail (problem);
}

int
app_cli_narrate (AppCliEngine *cli, AppSayCommand *command)
{
  const AppNarrationOptions options = {
    .path = command->path,
    .voice = command->voice,
    .speed = command->speed,
    .accent = command->accent,
    .check = command->check      ? APP_CHECK_ALWAYS
             : command->no_check ? APP_CHECK_NEVER
                                 : APP_CHECK_IF_POSSIBLE,
    .retake = (guint) command->retake,
    .choose = (guint) command->choose,
    .chosen = (guint) command->take,
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (AppNarration) narration =
      app_narration_new (cli->engine, command->script, &options, &error);

  if (narration == NULL)
    return app_cli_fail (error);
  /* Loading what checks has had the line until now; the sentences have it from here on. */
  app_engine_set_progress (cli->engine, NULL, NULL);
  if (cli->progress != NULL)
    app_progress_set_label (cli->progress, "Speaking");
  gboolean is_done = app_narration_speak (narration, on_progress, cli->progress, &error);
  if (cli->progress != NULL)
    app_progress_erase (cli->progress);
  if (!is_done)
    return keep_part (narration, command, error);
  if (!write_all (narration, command, &error))
    return app_cli_fail (error);
  note_check (narration, command);
  if (command->common.json) {
    g_autoptr (JsonBuilder) json = json_builder_new ();
    app_narration_build_json (narration, json);
    app_cli_print_json (json);
  }
  return APP_EXIT_OK;
}
