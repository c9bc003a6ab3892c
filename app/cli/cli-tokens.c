/* SPDX-License-Identifier: GPL-3.0-or-later */

/* hearsay tokens FILE: the unified sequence, text and audio tokens side by side with their times.
 */

#include "app/cli/cli-engine.h"
#include "app/cli/cli-listening.h"
#include "app/cli/commands.h"
#include "app/engine/token-view.h"

static void
print_table (LlmVocab *vocab, const AppHearing *hearing)
{
  g_autoptr (GArray) tokens = app_audio_vocab_tokenize (vocab, hearing, NULL);

  app_cli_printf ("%5s  %17s  %8s  %-5s  %s\n", "", "seconds", "id", "kind", "token");
  for (guint i = 0; i < tokens->len; i++) {
    const AppAudioToken *token = &g_array_index (tokens, AppAudioToken, i);
    g_autofree char *name = llm_vocab_print (vocab, token->id);

    app_cli_printf ("%5u  %8.2f-%8.2f  %8d  %-5s  %s\n", i, token->start, token->end, token->id,
                    llm_vocab_is_text (vocab, token->id) ? "text" : "audio", name);
  }
}

static void
print_json (LlmVocab *vocab, const AppHearing *hearing)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  app_token_view_build_json (vocab, hearing, builder);
  json_builder_end_object (builder);
  app_cli_print_json (builder);
}

static int
show_tokens (AppCliEngine *cli, const AppCliOptions *options, const AppListenOptions *listen)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AppHearing) hearing =
      app_listen (cli->engine, options->arguments[0], listen, NULL, NULL, &error);
  LlmVocab *vocab = hearing != NULL ? app_engine_get_vocab (cli->engine, &error) : NULL;

  if (vocab == NULL)
    return app_cli_fail (error);
  app_progress_erase (cli->progress);
  if (options->json)
    print_json (vocab, hearing);
  else
    print_table (vocab, hearing);
  return APP_EXIT_OK;
}

int
app_command_tokens (int argc, char **argv)
{
  g_auto (AppCliOptions) options = { 0 };
  g_auto (AppCliListening) listening = { 0 };
  g_auto (AppCliEngine) cli = { .is_answerer = TRUE };
  int status;

  if (!app_cli_listening_parse (argc, argv, NULL, &options, &listening, &status))
    return status;
  if (options.n_arguments != 1)
    return app_cli_usage ("tokens needs one recording: hearsay tokens FILE");
  app_cli_engine_init (&cli, &options);
  return show_tokens (&cli, &options, &listening.options);
}
