/* SPDX-License-Identifier: GPL-3.0-or-later */

/* hearsay chat: turn after turn, on a terminal or through a pipe, about recordings or anything
 * else. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/ask.h"
#include "app/cli-engine.h"
#include "app/cli-listening.h"
#include "app/commands.h"

typedef struct {
  AppCliEngine cli;
  AppCliOptions options;
  const AppListenOptions *listen;
  AppConversation *conversation;
  GPtrArray *hearings; /* of AppHearing: heard, not yet given with a question */
  char *system;
  double temperature;
  gboolean is_terminal;
} Chat;

static const char help[] = "  /audio FILE   listen to a recording; the next question has it\n"
                           "  /clear        begin anew\n"
                           "  /help         this list\n"
                           "  /quit         leave (also Ctrl-D)\n";

static gboolean
stream_text (const char *text, int n_tokens, gpointer user_data)
{
  Chat *chat = user_data;

  app_progress_erase (chat->cli.progress);
  if (!chat->options.json)
    app_cli_print (text);
  return TRUE;
}

static void
print_json (const AppAnswer *answer, const AppConversation *conversation)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  app_cli_json_add_string (builder, "answer", answer->text);
  app_answer_build_evidence_json (answer, conversation, TRUE, builder);
  app_cli_json_add_int (builder, "prompt_tokens", answer->n_prompt_tokens);
  app_cli_json_add_int (builder, "computed_tokens", answer->n_computed_tokens);
  app_cli_json_add_int (builder, "generated_tokens", answer->n_generated_tokens);
  json_builder_end_object (builder);
  app_cli_print_json (builder);
}

/* A turn that fails is said and taken back; the conversation goes on. */
static gboolean
take_turn (Chat *chat, const char *question)
{
  AppAskOptions options = { .sampling = { .temperature = (float) chat->temperature,
                                          .top_p = 0.9f,
                                          .seed = chat->options.seed },
                            .max_tokens = chat->options.max_tokens,
                            .no_evidence = !chat->options.json };
  g_autoptr (GError) error = NULL;
  g_autoptr (AppAnswer) answer = NULL;

  app_conversation_add_user (chat->conversation, (AppHearing **) chat->hearings->pdata,
                             chat->hearings->len, question);
  answer = app_ask (chat->cli.engine, chat->conversation, &options, stream_text, chat, &error);
  app_progress_erase (chat->cli.progress);
  if (answer == NULL) {
    app_conversation_drop_last (chat->conversation);
    app_cli_fail (error);
    return FALSE;
  }
  g_ptr_array_set_size (chat->hearings, 0);
  if (chat->options.json)
    print_json (answer, chat->conversation);
  else
    app_cli_print ("\n");
  return TRUE;
}

static gboolean
listen_to (Chat *chat, const char *path)
{
  g_autoptr (GError) error = NULL;
  AppHearing *hearing = app_listen (chat->cli.engine, path, chat->listen, NULL, NULL, &error);

  app_progress_erase (chat->cli.progress);
  if (hearing == NULL) {
    app_cli_fail (error);
    return FALSE;
  }
  g_ptr_array_add (chat->hearings, hearing);
  app_cli_note (&chat->options, "heard %s (%.0f s)", hearing->title, hearing->seconds);
  return TRUE;
}

/* FALSE: leave. */
static gboolean
obey (Chat *chat, const char *command, gboolean *ok)
{
  if (strcmp (command, "/quit") == 0 || strcmp (command, "/exit") == 0)
    return FALSE;
  if (g_str_has_prefix (command, "/audio ")) {
    g_autofree char *path = g_strstrip (g_strdup (command + strlen ("/audio ")));

    *ok = listen_to (chat, path) && *ok;
  } else if (strcmp (command, "/clear") == 0) {
    app_conversation_free (chat->conversation);
    chat->conversation = app_conversation_new (chat->system);
    g_ptr_array_set_size (chat->hearings, 0);
  } else {
    fputs (help, stderr);
  }
  return TRUE;
}

static int
run_chat (Chat *chat)
{
  g_autofree char *line = NULL;
  size_t n_line = 0;
  gboolean ok = TRUE;

  for (;;) {
    ssize_t n;

    if (chat->is_terminal)
      fputs ("> ", stderr);
    n = getline (&line, &n_line, stdin);
    if (n < 0)
      break;
    g_strstrip (line);
    if (*line == '\0')
      continue;
    if (!g_utf8_validate (line, -1, NULL)) {
      app_cli_fail_text ("a line that is not valid UTF-8 was skipped");
      ok = FALSE;
    } else if (*line == '/') {
      if (!obey (chat, line, &ok))
        break;
    } else {
      ok = take_turn (chat, line) && ok;
    }
    if (app_engine_is_cancelled (chat->cli.engine) && !chat->is_terminal)
      return app_cli_fail (NULL);
    /* On a terminal Ctrl-C stops the answer, not the conversation. */
    app_engine_clear_cancel (chat->cli.engine);
    app_cli_forget_interrupt ();
  }
  if (chat->is_terminal)
    fputs ("\n", stderr);
  return ok ? APP_EXIT_OK : APP_EXIT_FAILED;
}

int
app_command_chat (int argc, char **argv)
{
  g_auto (GStrv) audio = NULL;
  g_auto (AppCliListening) listening = { 0 };
  g_autofree char *system = NULL;
  double temperature = 0;
  const GOptionEntry entries[] = {
    { "audio", 'a', 0, G_OPTION_ARG_FILENAME_ARRAY, &audio, "A recording to talk about", "FILE" },
    { "system", 's', 0, G_OPTION_ARG_STRING, &system, "Instructions for the whole conversation",
      "TEXT" },
    { "temperature", 't', 0, G_OPTION_ARG_DOUBLE, &temperature,
      "0: always the most probable word (default); 0.7: livelier", "T" },
    { NULL },
  };
  Chat chat = { 0 };
  int status;

  if (!app_cli_listening_parse (argc, argv, entries, &chat.options, &listening, &status))
    return status;
  if (chat.options.n_arguments > 0)
    status = app_cli_usage ("chat takes no arguments; recordings are given with --audio FILE");
  else if (!app_cli_check_range ("--temperature", temperature, 0, 5))
    status = APP_EXIT_USAGE;
  else {
    chat.system = system;
    chat.listen = &listening.options;
    chat.temperature = temperature;
    chat.is_terminal = isatty (STDIN_FILENO) && isatty (STDERR_FILENO);
    chat.hearings = g_ptr_array_new_with_free_func ((GDestroyNotify) app_hearing_unref);
    chat.conversation = app_conversation_new (system);
    app_cli_engine_init (&chat.cli, &chat.options);
    status = APP_EXIT_OK;
    for (char **path = audio; path != NULL && *path != NULL && status == APP_EXIT_OK; path++)
      status = listen_to (&chat, *path) ? APP_EXIT_OK : APP_EXIT_FAILED;
    if (status == APP_EXIT_OK)
      status = run_chat (&chat);
    app_cli_engine_clear (&chat.cli);
    app_conversation_free (chat.conversation);
    g_ptr_array_unref (chat.hearings);
  }
  app_cli_options_clear (&chat.options);
  return status;
}
