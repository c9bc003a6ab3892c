/* SPDX-License-Identifier: GPL-3.0-or-later */

/* hearsay voice: voices of the user's own, made with consent, and the ledger of it. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/base/json-write.h"
#include "app/base/read-file.h"
#include "app/cli/cli-engine.h"
#include "app/cli/commands.h"
#include "app/engine/people.h"
#include "app/speech/own-voice-json.h"
#include "app/speech/own-voice-make.h"
#include "app/speech/own-voice-read-out.h"
#include "app/speech/own-voice.h"

typedef struct {
  AppCliOptions options;
  char *attestation;
  char *stock;
  char *device;
  gboolean microphone;
} Job;

static void
print_voice (const AppOwnVoice *voice)
{
  if (voice->problem != NULL) {
    app_cli_printf ("%s  does not speak: %s\n", voice->name, voice->problem);
    return;
  }
  const AudioVoiceFacts *facts = audio_voice_file_get_facts (voice->file);
  app_cli_printf ("%s  %.1f s of speech, spoken through %s  %s, %.10s  “%s”\n", voice->name,
                  facts->reference_s, facts->stock, voice->entry->origin, voice->entry->date,
                  voice->entry->attestation);
}

static int
print_one (const Job *job, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AppOwnVoice) voice = app_own_voice_get (name, &error);

  if (voice == NULL)
    return app_cli_fail (error);
  if (job->options.json) {
    g_autoptr (JsonBuilder) builder = json_builder_new ();

    json_builder_begin_object (builder);
    app_own_voice_build_json (voice, builder);
    json_builder_end_object (builder);
    app_cli_print_json (builder);
    return APP_EXIT_OK;
  }
  print_voice (voice);
  if (voice->file != NULL) {
    const AudioVoiceFacts *facts = audio_voice_file_get_facts (voice->file);

    app_cli_printf ("  made on %.10s from %zu recordings (%s): “%s”\n", facts->date, facts->n_clips,
                    facts->origin, facts->attestation);
    app_cli_printf ("  pitch x %.2f, movement x %.2f, %.1f s of calibration\n", facts->f0_factor,
                    facts->f0_spread, facts->calibration_s);
    app_cli_printf ("  similarity to the recordings %.2f\n", facts->score);
  }
  app_cli_printf ("  %s\n", voice->path);
  app_cli_print ("");
  return APP_EXIT_OK;
}

static int
print_list (Job *job)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) voices = app_own_voices_list (&error);
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  if (voices == NULL)
    return app_cli_fail (error);
  json_builder_begin_array (builder);
  for (guint i = 0; i < voices->len; i++) {
    json_builder_begin_object (builder);
    app_own_voice_build_json (voices->pdata[i], builder);
    json_builder_end_object (builder);
    if (!job->options.json)
      print_voice (voices->pdata[i]);
  }
  json_builder_end_array (builder);
  if (job->options.json)
    app_cli_print_json (builder);
  else if (voices->len == 0)
    app_cli_note (&job->options, "there is no voice yet; hearsay voice add NAME CLIP… makes one");
  app_cli_print ("");
  return APP_EXIT_OK;
}

static int
print_ledger (Job *job)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AppVoiceLedger) ledger = app_voice_ledger_new (NULL, &error);
  g_autoptr (GPtrArray) entries = ledger != NULL ? app_voice_ledger_list (ledger, &error) : NULL;
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  if (entries == NULL)
    return app_cli_fail (error);
  json_builder_begin_array (builder);
  for (guint i = 0; i < entries->len; i++) {
    const AppVoiceEntry *entry = entries->pdata[i];

    json_builder_begin_object (builder);
    app_json_add_string (builder, "name", entry->name);
    app_voice_entry_build_json (entry, builder);
    json_builder_end_object (builder);
    if (!job->options.json)
      app_cli_printf ("%s  %s  %s, %.10s  “%s”%s%.10s\n", entry->id, entry->name, entry->origin,
                      entry->date, entry->attestation,
                      entry->revoked[0] != '\0' ? "  revoked on " : "", entry->revoked);
  }
  json_builder_end_array (builder);
  if (job->options.json)
    app_cli_print_json (builder);
  app_cli_print ("");
  return APP_EXIT_OK;
}

/* Whose voice it is, in words: given, or asked for where somebody can be asked. */
static gboolean
get_attestation (Job *job, int *status)
{
  char line[512];

  *status = APP_EXIT_USAGE;
  if (job->attestation == NULL && isatty (STDIN_FILENO) && isatty (STDERR_FILENO)) {
    fputs ("Whose voice is it, and did they agree to a copy of it? ", stderr);
    if (fgets (line, sizeof line, stdin) != NULL)
      job->attestation = g_strdup (line);
  }
  if (job->attestation != NULL) {
    g_autofree char *valid = g_utf8_make_valid (g_strstrip (job->attestation), -1);

    g_free (job->attestation);
    job->attestation = app_json_display (valid);
  }
  if (job->attestation != NULL && g_utf8_strlen (job->attestation, -1) >= APP_CONSENT_MIN_CHARS)
    return TRUE;
  app_cli_usage ("--attest TEXT is needed, in words: whose voice it is, and that they agreed "
                 "(“my own voice”)");
  return FALSE;
}

static int
report_added (const Job *job, const char *name, const AppOwnVoiceResult *result)
{
  for (guint i = 0; i < result->notes->len; i++)
    app_cli_note (&job->options, "%s", (const char *) result->notes->pdata[i]);
  if (job->options.json)
    return print_one (job, name);
  app_cli_printf ("%s: %.1f s of speech, spoken through %s; similarity to the recordings %.2f "
                  "(the stock voice: %.2f)\n",
                  name, result->reference_s, result->stock, result->score, result->stock_score);
  app_cli_print ("");
  return APP_EXIT_OK;
}

/* The sentence that is read into the microphone comes before the files. */
static gboolean
make (Job *job, AppCliEngine *cli, const AppOwnVoiceRequest *request, GError **error)
{
  g_autoptr (AppVoiceModels) models = app_voice_models_load (cli->engine, error);
  g_autoptr (AppOwnVoiceResult) result = NULL;

  if (models == NULL)
    return FALSE;
  result = app_own_voice_make (cli->engine, models, request, error);
  if (cli->progress != NULL)
    app_progress_erase (cli->progress);
  return result != NULL && app_own_voice_keep (request->name, result->bytes, NULL, NULL, error)
         && report_added (job, request->name, result) == APP_EXIT_OK;
}

static int
add (Job *job)
{
  g_auto (AppCliEngine) cli = { .no_archive = TRUE };
  g_autoptr (GError) error = NULL;
  g_autoptr (GStrvBuilder) clips = g_strv_builder_new ();
  g_autofree char *reading = NULL;
  g_auto (GStrv) paths = NULL;
  char **arguments = job->options.arguments;
  int status;

  if (job->options.n_arguments < (job->microphone ? 2 : 3))
    return app_cli_usage ("voice add needs a name and recordings, or --microphone: "
                          "hearsay voice add NAME CLIP… --attest TEXT");
  if (!app_own_voice_check_name (arguments[1], &error))
    return app_cli_fail (error);
  if (!get_attestation (job, &status))
    return status;
  app_cli_engine_init (&cli, &job->options);
  if (job->microphone) {
    g_autofree char *sentence = app_consent_sentence_new ();

    /* Shown even if quiet: nobody can read what is not there. */
    fprintf (stderr, "Read this aloud, then wait a moment:\n\n  %s\n\n", sentence);
    reading = app_own_voice_read_out (cli.engine, sentence, job->device, &error);
    if (reading == NULL)
      return app_cli_fail (error);
    g_strv_builder_add (clips, reading);
  }
  g_strv_builder_addv (clips, (const char **) arguments + 2);
  paths = g_strv_builder_end (clips);
  const AppOwnVoiceRequest request = { .name = arguments[1],
                                       .origin = job->microphone ? "microphone" : "file",
                                       .attestation = job->attestation,
                                       .clips = paths,
                                       .stock = job->stock };
  gboolean is_made = make (job, &cli, &request, &error);
  if (reading != NULL)
    unlink (reading);
  return is_made ? APP_EXIT_OK : app_cli_fail (error);
}

/* A voice by its name, or what speaks most in a recording. */
typedef struct {
  float embedding[AUDIO_SPEAKER_DIM];
  double seconds;
} Compared;

static gboolean
find_compared (AppEngine *engine, const char *name, Compared *out, GError **error)
{
  g_autoptr (AppOwnVoice) voice = app_own_voice_get (name, NULL);
  g_autoptr (AppVoiceprint) print = NULL;

  if (voice != NULL && voice->file != NULL) {
    const AudioVoiceFacts *facts = audio_voice_file_get_facts (voice->file);

    memcpy (out->embedding, facts->embedding, sizeof out->embedding);
    out->seconds = facts->reference_s;
    return TRUE;
  }
  print = app_voiceprint_take (engine, name, error);
  if (print == NULL)
    return FALSE;
  memcpy (out->embedding, print->embedding, sizeof out->embedding);
  out->seconds = print->seconds;
  return TRUE;
}

static int
compare (Job *job)
{
  g_auto (AppCliEngine) cli = { .no_archive = TRUE };
  g_autoptr (GError) error = NULL;
  Compared compared[2];

  if (job->options.n_arguments != 3)
    return app_cli_usage ("voice compare needs two voices or recordings");
  app_cli_engine_init (&cli, &job->options);
  for (int i = 0; i < 2; i++)
    if (!find_compared (cli.engine, job->options.arguments[i + 1], &compared[i], &error))
      return app_cli_fail (error);
  if (cli.progress != NULL)
    app_progress_erase (cli.progress);
  const AppVoiceMatch match = app_voice_match (compared[0].embedding, compared[0].seconds,
                                               compared[1].embedding, compared[1].seconds);
  if (job->options.json) {
    g_autoptr (JsonBuilder) builder = json_builder_new ();

    json_builder_begin_object (builder);
    app_json_add_number (builder, "similarity", match.score, 3);
    app_json_add_number (builder, "threshold", match.threshold, 3);
    json_builder_set_member_name (builder, "is_short");
    json_builder_add_boolean_value (builder, match.is_short);
    json_builder_end_object (builder);
    app_cli_print_json (builder);
    return APP_EXIT_OK;
  }
  app_cli_printf ("similarity %.2f of 1\n"
                  "  two recordings of one person have 0.80 to 0.95, two people 0.40 to 0.70;\n"
                  "  from %.2f on they count as one speaker, which is not to say that they are\n",
                  match.score, match.threshold);
  app_cli_print (match.is_short ? "  there is too little speech to rely on it\n" : "");
  return APP_EXIT_OK;
}

static int
export_voice (Job *job)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  g_autofree char *content = NULL;
  size_t n;

  if (job->options.n_arguments != 3)
    return app_cli_usage ("voice export needs a name and a file");
  path = app_own_voice_find (job->options.arguments[1], &error);
  if (path == NULL || !g_file_get_contents (path, &content, &n, &error)
      || !app_cli_write_file (job->options.arguments[2], content, n, &error))
    return app_cli_fail (error);
  return APP_EXIT_OK;
}

static int
import_voice (Job *job)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *content = NULL;
  size_t n;
  int status;

  if (job->options.n_arguments != 3)
    return app_cli_usage ("voice import needs a file and a name");
  if (!app_own_voice_check_name (job->options.arguments[2], &error))
    return app_cli_fail (error);
  if (!get_attestation (job, &status))
    return status;
  content = app_read_file (job->options.arguments[1], APP_READ_FILE_MAX_BYTES, &n, &error);
  if (content == NULL)
    return app_cli_fail (error);
  bytes = g_bytes_new_take (g_steal_pointer (&content), n);
  if (!app_own_voice_keep (job->options.arguments[2], bytes, "import", job->attestation, &error))
    return app_cli_fail (error);
  return print_one (job, job->options.arguments[2]);
}

static int
change (Job *job, gboolean (*run) (const char *name, GError **error))
{
  g_autoptr (GError) error = NULL;

  if (job->options.n_arguments != 2)
    return app_cli_usage ("voice %s needs a name", job->options.arguments[0]);
  return run (job->options.arguments[1], &error) ? APP_EXIT_OK : app_cli_fail (error);
}

static int
show (Job *job)
{
  if (job->options.n_arguments != 2)
    return app_cli_usage ("voice show needs a name");
  return print_one (job, job->options.arguments[1]);
}

static int
run (Job *job)
{
  const char *action = job->options.n_arguments > 0 ? job->options.arguments[0] : "list";
  static const struct {
    const char *name;
    int (*run) (Job *job);
  } actions[] = {
    { "list", print_list },     { "add", add },
    { "show", show },           { "compare", compare },
    { "export", export_voice }, { "import", import_voice },
    { "ledger", print_ledger },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (actions); i++)
    if (g_str_equal (action, actions[i].name))
      return actions[i].run (job);
  if (g_str_equal (action, "revoke"))
    return change (job, app_own_voice_revoke);
  if (g_str_equal (action, "remove"))
    return change (job, app_own_voice_remove);
  g_autofree char *shown = app_json_display (action);
  return app_cli_usage ("voice can be list, add, show, compare, export, import, ledger, revoke or "
                        "remove, not “%s”",
                        shown);
}

int
app_command_voice (int argc, char **argv)
{
  Job job = { 0 };
  const GOptionEntry entries[] = {
    { "attest", 0, 0, G_OPTION_ARG_STRING, &job.attestation,
      "Whose voice it is, and that they agreed, for add and import", "TEXT" },
    { "microphone", 0, 0, G_OPTION_ARG_NONE, &job.microphone,
      "A sentence that is shown is read into the microphone, for add", NULL },
    { "device", 'd', 0, G_OPTION_ARG_STRING, &job.device,
      "Number or part of the name of a microphone", "DEVICE" },
    { "from", 0, 0, G_OPTION_ARG_STRING, &job.stock,
      "The stock voice to start from, for add (default: chosen)", "VOICE" },
    { NULL },
  };
  int status;

  if (app_cli_parse (argc, argv, entries, &job.options, &status))
    status = run (&job);
  app_cli_options_clear (&job.options);
  g_free (job.attestation);
  g_free (job.stock);
  g_free (job.device);
  return status;
}
