/* SPDX-License-Identifier: GPL-3.0-or-later */

/* hearsay verify FILE…: whether files were made by this program. */

#include "app/base/json-write.h"
#include "app/cli/commands.h"
#include "app/cli/terminal.h"
#include "app/speech/verify.h"

static void
print_spans (const AppVerdict *verdict)
{
  const GArray *spans = verdict->mark.spans;

  for (guint i = 0; i < spans->len; i++) {
    const AudioMarkSpan *span = &g_array_index (spans, AudioMarkSpan, i);

    app_cli_printf ("  %.1f to %.1f s of %.1f s: %s, score %.1f\n", span->start_s, span->end_s,
                    verdict->seconds, app_verdict_describe_voice (span->payload), span->score);
  }
}

static void
print_verdict (const char *title, const AppVerdict *verdict)
{
  const AudioMarkFinding *mark = &verdict->mark;
  g_autofree char *chance = app_verdict_format_chance (mark->log10_by_chance);

  app_cli_printf ("%s: %s\n", title, mark->is_found ? "made by Hearsay" : "no mark found");
  app_cli_printf ("  score %.1f, threshold %.1f", mark->score, mark->threshold);
  if (mark->is_found)
    app_cli_printf (", by chance less than %s", chance);
  app_cli_printf ("\n");
  if (mark->is_found)
    print_spans (verdict);
  if (verdict->says_made_by_hearsay) {
    const char *said =
        verdict->tags.software != NULL ? verdict->tags.software : verdict->tags.comment;
    g_autofree char *shown = app_json_display (said);

    app_cli_printf ("  metadata: %s\n", shown);
  } else
    app_cli_printf ("  metadata: nothing of Hearsay\n");
  app_cli_print ("");
}

static void
build_file (JsonBuilder *json, const char *title, const AppVerdict *verdict, const GError *error)
{
  json_builder_begin_object (json);
  app_json_add_string (json, "file", title);
  if (error == NULL)
    app_verdict_build_json (verdict, json);
  else
    app_json_add_string (json, "error", error->message);
  json_builder_end_object (json);
}

/* One that cannot be read is said, and the others are done. */
static int
verify_all (const AppCliOptions *options, AppProgress *progress, atomic_bool *cancel,
            JsonBuilder *json)
{
  int status = APP_EXIT_OK;

  for (int i = 0; i < options->n_arguments && !app_cli_was_interrupted (); i++) {
    g_autofree char *base = g_path_get_basename (options->arguments[i]);
    g_autofree char *title = app_json_display (base);
    g_auto (AppVerdict) verdict = { 0 };
    g_autoptr (GError) error = NULL;

    app_progress_set (progress, (double) i / options->n_arguments);
    gboolean is_verified = app_verify (options->arguments[i], cancel, &verdict, &error);
    app_progress_erase (progress);
    if (!is_verified)
      status = app_cli_fail (error);
    else if (!verdict.mark.is_found && status == APP_EXIT_OK)
      status = APP_EXIT_NO_MARK;
    if (json != NULL)
      build_file (json, title, &verdict, error);
    else if (is_verified)
      print_verdict (title, &verdict);
  }
  return status;
}

int
app_command_verify (int argc, char **argv)
{
  g_auto (AppCliOptions) options = { 0 };
  atomic_bool cancel = false;
  int status;

  if (!app_cli_parse (argc, argv, NULL, &options, &status))
    return status;
  if (options.n_arguments == 0)
    return app_cli_usage ("verify needs a recording: hearsay verify FILE");
  g_autoptr (AppProgress) progress = app_progress_new ("Looking for the mark", options.quiet);
  g_autoptr (JsonBuilder) json = options.json ? json_builder_new () : NULL;
  app_cli_watch_interrupt (&cancel);
  if (json != NULL)
    json_builder_begin_array (json);
  status = verify_all (&options, progress, &cancel, json);
  app_cli_watch_interrupt (NULL);
  if (json != NULL && !app_cli_was_interrupted ()) {
    json_builder_end_array (json);
    app_cli_print_json (json);
  }
  return status;
}
