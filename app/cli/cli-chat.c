/* SPDX-License-Identifier: GPL-3.0-or-later */

/* hearsay chat: turn after turn, on a terminal or through a pipe, about recordings or anything
 * else. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/answer/answer-form.h"
#include "app/answer/ask.h"
#include "app/base/json-write.h"
#include "app/cli/cli-engine.h"
#include "app/cli/cli-listening.h"
#include "app/cli/cli-talk.h"
#include "app/cli/commands.h"
#include "app/speech/read-out.h"

typedef struct {
  AppCliEngine cli;
  AppCliOptions options;
  const AppListenOptions *listen;
  AppConversation *conversation;
  GPtrArray *hearings; /* of AppHearing: heard, not yet given with a question */
  char *system;
  double temperature;
  int thinking_tokens;
  gboolean is_terminal;
  gboolean is_thinking; /* what stands last on the terminal is a thought */
  AppCliSpeaking speaking;
  AppCliTalk talk; /* what was read out */
} Chat;

static const char help[] = "  /audio FILE   listen to a recording; the next question has it\n"
                           "  /clear        begin anew\n"
                           "  /save FILE    what was read out last, as a sound file\n"
                           "  /help         this list\n"
                           "  /quit         leave (also Ctrl-D)\n";

static gboolean
stream_text (const char *text, int n_tokens, gpointer user_data)
{
  Chat *chat = user_data;

  app_progress_erase (chat->cli.progress);
  if (chat->is_thinking)
    fputs ("\n\n", stderr);
  chat->is_thinking = FALSE;
  if (!chat->options.json)
    app_cli_print (text);
  app_cli_speaking_add (&chat->speaking, text);
  return TRUE;
}

/* For whoever watches: no part of what is printed. */
static gboolean
stream_thought (const char *text, int n_tokens, gpointer user_data)
{
  Chat *chat = user_data;

  if (chat->is_terminal && !chat->options.quiet) {
    app_progress_erase (chat->cli.progress);
    fputs (text, stderr);
    chat->is_thinking = TRUE;
  }
  return TRUE;
}

static void
print_json (Chat *chat, const AppAnswer *answer)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  app_json_add_string (builder, "answer", answer->text);
  if (answer->thought != NULL)
    app_json_add_string (builder, "thought", answer->thought);
  app_answer_build_evidence_json (answer, chat->conversation, TRUE, builder);
  app_json_add_int (builder, "prompt_tokens", answer->n_prompt_tokens);
  app_json_add_int (builder, "computed_tokens", answer->n_computed_tokens);
  app_json_add_int (builder, "generated_tokens", answer->n_generated_tokens);
  app_cli_speaking_build_json (&chat->speaking, builder);
  json_builder_end_object (builder);
  app_cli_print_json (builder);
}

static gboolean
fail_turn (Chat *chat, const GError *error)
{
  app_cli_speaking_stop (&chat->speaking);
  app_cli_speaking_finish (&chat->speaking);
  app_conversation_drop_last (chat->conversation);
  app_cli_fail (error);
  return FALSE;
}

/* The call of the tool: its text is shown and spoken. */
static gboolean
read_out (Chat *chat, const AppAskOptions *options, const char *question, double seconds)
{
  const AppReadOutOptions read_out_options = {
    .sampling = options->sampling,
    .seconds = seconds,
    .characters_per_s =
        app_speaker_get_rate (chat->speaking.speaker, app_answer_form_is_chinese (question)),
  };
  g_auto (AppReadOut) out = { 0 };
  g_autoptr (GError) error = NULL;

  gboolean is_written =
      app_read_out_write (chat->cli.engine, chat->conversation, &read_out_options, &out, &error);
  app_progress_erase (chat->cli.progress);
  if (!is_written)
    return fail_turn (chat, error);
  if (!chat->options.json) {
    app_cli_print (out.text);
    app_cli_print ("\n");
  }
  const char *path = app_cli_talk_begin (&chat->talk, out.text, &error);
  if (path == NULL || !app_cli_speaking_narrate (&chat->speaking, out.text, path, FALSE, &error)) {
    app_cli_note (&chat->options, "not all is spoken: %s", error->message);
    g_clear_error (&error);
  } else if (chat->is_terminal)
    app_cli_note (&chat->options, "/save FILE keeps it");
  if (!chat->options.json)
    return TRUE;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  app_json_add_string (builder, "answer", out.text);
  app_json_add_string (builder, "tool_call", out.call);
  app_json_add_number (builder, "asked_s", seconds, 3);
  app_json_add_int (builder, "generated_tokens", out.n_generated_tokens);
  app_cli_speaking_build_json (&chat->speaking, builder);
  json_builder_end_object (builder);
  app_cli_print_json (builder);
  return TRUE;
}

static gboolean
answer_question (Chat *chat, const AppAskOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AppAnswer) answer =
      app_ask (chat->cli.engine, chat->conversation, options, stream_text, chat, &error);

  app_progress_erase (chat->cli.progress);
  if (answer == NULL)
    return fail_turn (chat, error);
  if (!chat->options.json)
    app_cli_print ("\n");
  app_cli_speaking_finish (&chat->speaking);
  if (chat->options.json)
    print_json (chat, answer);
  return TRUE;
}

/* A turn that fails is said and taken back; the conversation goes on. */
static gboolean
take_turn (Chat *chat, const char *question)
{
  AppAskOptions options = { .sampling = { .temperature = (float) chat->temperature,
                                          .top_p = 0.9f,
                                          .seed = chat->options.seed },
                            .max_tokens = chat->options.max_tokens,
                            .thinking_tokens = chat->thinking_tokens,
                            .on_thought = stream_thought,
                            .no_evidence = !chat->options.json };
  double seconds = 0;

  app_conversation_add_user (chat->conversation, (AppHearing **) chat->hearings->pdata,
                             chat->hearings->len, question);
  gboolean is_read_out =
      chat->speaking.speaker != NULL && app_read_out_is_asked (question, &seconds);
  if (is_read_out && chat->speaking.voice == NULL && app_read_out_wants_own_voice (question))
    app_cli_note (&chat->options, "which voice is yours is said with --voice NAME");
  if (!(is_read_out ? read_out (chat, &options, question, seconds)
                    : answer_question (chat, &options)))
    return FALSE;
  g_ptr_array_set_size (chat->hearings, 0);
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

static gboolean
save (Chat *chat, const char *path)
{
  g_autoptr (GError) error = NULL;

  if (app_cli_talk_save (&chat->talk, path, &chat->speaking, &error)) {
    g_autofree char *shown = app_json_display (path);
    app_cli_note (&chat->options, "saved: %s", shown);
    return TRUE;
  }
  app_cli_fail (error);
  return FALSE;
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
  } else if (g_str_has_prefix (command, "/save ")) {
    g_autofree char *path = g_strstrip (g_strdup (command + strlen ("/save ")));

    *ok = save (chat, path) && *ok;
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

static int
begin_chat (Chat *chat, char **audio, gboolean does_speak)
{
  g_autoptr (GError) error = NULL;

  if (does_speak
      && !app_cli_speaking_start (&chat->speaking, &chat->options,
                                  &app_engine_get_context (chat->cli.engine)->cancel,
                                  chat->is_terminal, &error))
    return app_cli_fail (error);
  for (char **path = audio; path != NULL && *path != NULL; path++)
    if (!listen_to (chat, *path))
      return APP_EXIT_FAILED;
  return run_chat (chat);
}

int
app_command_chat (int argc, char **argv)
{
  g_auto (GStrv) audio = NULL;
  g_auto (AppCliListening) listening = { 0 };
  g_autofree char *system = NULL, *accent = NULL;
  g_autoptr (GError) error = NULL;
  double temperature = 0;
  gboolean does_speak = FALSE, does_check = FALSE;
  Chat chat = { .cli.is_answerer = TRUE, .speaking = { .speed = 1 } };
  const GOptionEntry entries[] = {
    { "audio", 'a', 0, G_OPTION_ARG_FILENAME_ARRAY, &audio, "A recording to talk about", "FILE" },
    { "system", 's', 0, G_OPTION_ARG_STRING, &system, "Instructions for the whole conversation",
      "TEXT" },
    { "temperature", 't', 0, G_OPTION_ARG_DOUBLE, &temperature,
      "0: always the most probable word (default); 0.7: livelier", "T" },
    { "think", 0, 0, G_OPTION_ARG_INT, &chat.thinking_tokens,
      "Think before an answer without recordings, in at most so many tokens (0)", "TOKENS" },
    { "speak", 0, 0, G_OPTION_ARG_NONE, &does_speak, "Speak the answers", NULL },
    { "check", 0, 0, G_OPTION_ARG_NONE, &does_check,
      "Listen to each sentence of what is read out before it is heard", NULL },
    { "voice", 0, 0, G_OPTION_ARG_STRING, &chat.speaking.voice, "Voice (" APP_SAY_VOICE ")",
      "NAME" },
    { "speed", 0, 0, G_OPTION_ARG_DOUBLE, &chat.speaking.speed, "How fast, 0.5 to 2 (1)", "X" },
    { "accent", 0, 0, G_OPTION_ARG_STRING, &accent,
      "How Chinese is read, taiwan or mainland (by its characters)", "NAME" },
    { NULL },
  };
  int status;

  if (!app_cli_listening_parse (argc, argv, entries, &chat.options, &listening, &status))
    return status;
  listening.options.reword = TRUE; /* the chat model will be needed */
  if (chat.options.n_arguments > 0)
    status = app_cli_usage ("chat takes no arguments; recordings are given with --audio FILE");
  else if (!app_accent_read (accent, &chat.speaking.accent, &error))
    status = app_cli_usage ("%s", error->message);
  else if (!app_cli_check_range ("--temperature", temperature, 0, 5)
           || !app_cli_check_range ("--think", chat.thinking_tokens, 0, 32768)
           || !app_cli_check_range ("--speed", chat.speaking.speed, 0.5, 2))
    status = APP_EXIT_USAGE;
  else {
    chat.system = system;
    chat.speaking.check = does_check ? APP_CHECK_ALWAYS : APP_CHECK_NEVER;
    chat.listen = &listening.options;
    chat.temperature = temperature;
    chat.is_terminal = isatty (STDIN_FILENO) && isatty (STDERR_FILENO);
    chat.hearings = g_ptr_array_new_with_free_func ((GDestroyNotify) app_hearing_unref);
    chat.conversation = app_conversation_new (system);
    app_cli_engine_init (&chat.cli, &chat.options);
    status = begin_chat (&chat, audio, does_speak);
    app_cli_engine_clear (&chat.cli);
    app_conversation_free (chat.conversation);
    g_ptr_array_unref (chat.hearings);
  }
  app_cli_speaking_clear (&chat.speaking);
  app_cli_talk_clear (&chat.talk);
  app_cli_options_clear (&chat.options);
  return status;
}
