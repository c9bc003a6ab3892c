/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/cli/cli-engine.h"

#include "app/base/settings.h"

static const char *const stage_labels[] = {
  [APP_STAGE_LOADING_LISTENER] = "Loading the listener",
  [APP_STAGE_READING_AUDIO] = "Reading audio",
  [APP_STAGE_LISTENING] = "Listening",
  [APP_STAGE_TELLING_SPEAKERS] = "Telling the voices apart",
  [APP_STAGE_HEARING_MANNER] = "Hearing how it is said",
  [APP_STAGE_LOADING_CHAT] = "Loading the chat model",
  [APP_STAGE_SUMMING_UP] = "Summing up",
  [APP_STAGE_READING_PROMPT] = "Thinking",
  [APP_STAGE_THINKING] = "Thinking",
  [APP_STAGE_LOADING_VOICE] = "Loading the voice",
  [APP_STAGE_CHOOSING_VOICE] = "Choosing a voice to start from",
  [APP_STAGE_MAKING_VOICE] = "Making the voice",
};

static void
show_progress (AppStage stage, double fraction, gpointer user_data)
{
  AppProgress *progress = user_data;

  if (fraction <= 0)
    app_progress_set_label (progress, stage_labels[stage]);
  app_progress_set (progress, fraction);
}

void
app_cli_engine_init (AppCliEngine *cli, const AppCliOptions *options)
{
  g_autoptr (GError) no_names = NULL;

  cli->engine =
      app_engine_new (&(AppEngineOptions){ .n_threads = options->n_threads,
                                           .chat_model = cli->is_listener ? NULL : options->model,
                                           .listen_model = cli->is_listener ? options->model : NULL,
                                           .needs_chat = cli->is_answerer });
  cli->progress = app_progress_new (stage_labels[APP_STAGE_READING_AUDIO], options->quiet);
  if (cli->progress != NULL)
    app_engine_set_progress (cli->engine, show_progress, cli->progress);
  if (!cli->no_archive)
    app_engine_set_archive (
        cli->engine,
        app_archive_new (options->no_cache || !app_settings_get (APP_SETTING_CACHE), &no_names));
  if (no_names != NULL)
    app_cli_note (options, "the names of speakers are not known: %s", no_names->message);
  app_cli_watch_interrupt (&app_engine_get_context (cli->engine)->cancel);
}

void
app_cli_engine_clear (AppCliEngine *cli)
{
  app_cli_watch_interrupt (NULL);
  g_clear_pointer (&cli->progress, app_progress_free);
  g_clear_pointer (&cli->engine, app_engine_free);
}
