/* SPDX-License-Identifier: GPL-3.0-or-later */

/* hearsay ask FILE… QUESTION: listen to recordings, answer one question about them. */

#include <string.h>
#include <sys/resource.h>

#include "app/answer/ask.h"
#include "app/base/json-write.h"
#include "app/base/read-file.h"
#include "app/cli/cli-engine.h"
#include "app/cli/cli-listening.h"
#include "app/cli/commands.h"
#include "app/hearing/transcript-format.h"
#include "llm/constraint/json-schema.h"

typedef struct {
  AppCliEngine cli;
  AppCliOptions options;
  AppConversation *conversation;
  GPtrArray *hearings; /* of AppHearing */
  gboolean is_streaming;
} Ask;

static gboolean
stream_text (const char *text, int n_tokens, gpointer user_data)
{
  Ask *ask = user_data;

  if (!ask->is_streaming)
    app_progress_erase (ask->cli.progress);
  ask->is_streaming = TRUE;
  if (!ask->options.json)
    app_cli_print (text);
  return TRUE;
}

static void
print_evidence (Ask *ask, const AppAnswer *answer)
{
  for (guint i = 0; i < answer->evidence->len; i++) {
    AppHearing *hearing;
    const AppHearingSegment *line = app_conversation_get_line (
        ask->conversation, g_array_index (answer->evidence, guint, i), &hearing);

    if (i == 0)
      app_cli_printf ("\n");
    if (ask->hearings->len > 1)
      app_cli_printf ("%s ", hearing->title);
    g_autofree char *start = app_format_time (line->start);
    g_autofree char *end = app_format_time (line->end);
    app_cli_printf ("[%s-%s] %s\n", start, end, line->text);
  }
}

static double
rate (int n, double seconds)
{
  return seconds > 0 ? n / seconds : 0;
}

static void
build_timing (Ask *ask, const AppAnswer *answer, JsonBuilder *builder)
{
  struct rusage usage;
  double encode_s = 0, decode_s = 0;

  for (guint i = 0; i < ask->hearings->len; i++) {
    const AppHearing *hearing = g_ptr_array_index (ask->hearings, i);

    encode_s += hearing->encode_s;
    decode_s += hearing->decode_s;
  }
  getrusage (RUSAGE_SELF, &usage);
  json_builder_set_member_name (builder, "timing");
  json_builder_begin_object (builder);
  app_json_add_number (builder, "encode_s", encode_s, 3);
  app_json_add_number (builder, "decode_s", decode_s, 3);
  app_json_add_number (builder, "load_s", answer->load_s, 3);
  app_json_add_number (builder, "prompt_s", answer->prompt_s, 3);
  app_json_add_number (builder, "generate_s", answer->generate_s, 3);
  app_json_add_int (builder, "prompt_tokens", answer->n_prompt_tokens);
  app_json_add_int (builder, "generated_tokens", answer->n_generated_tokens);
  app_json_add_number (builder, "prompt_tokens_per_s",
                       rate (answer->n_computed_tokens, answer->prompt_s), 1);
  app_json_add_number (builder, "generated_tokens_per_s",
                       rate (answer->n_generated_tokens, answer->generate_s), 1);
  app_json_add_int (builder, "peak_rss_bytes", (gint64) usage.ru_maxrss * 1024);
  json_builder_end_object (builder);
}

static void
print_json (Ask *ask, const AppAnswer *answer)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  app_json_add_string (builder, "answer", answer->text);
  app_answer_build_evidence_json (answer, ask->conversation, ask->hearings->len > 1, builder);
  json_builder_set_member_name (builder, "audio");
  app_hearing_build_json (g_ptr_array_index (ask->hearings, 0), 0, builder);
  if (ask->hearings->len > 1) {
    json_builder_set_member_name (builder, "recordings");
    json_builder_begin_array (builder);
    for (guint i = 0; i < ask->hearings->len; i++)
      app_hearing_build_json (g_ptr_array_index (ask->hearings, i), 0, builder);
    json_builder_end_array (builder);
  }
  build_timing (ask, answer, builder);
  app_json_add_string (builder, "model",
                       llm_model_get_name (app_engine_get_chat_model (ask->cli.engine, NULL)));
  json_builder_end_object (builder);
  app_cli_print_json (builder);
}

static gboolean
listen_to_all (Ask *ask, char *const *paths, int n_paths, const AppListenOptions *listen,
               GError **error)
{
  for (int i = 0; i < n_paths; i++) {
    AppHearing *hearing = app_listen (ask->cli.engine, paths[i], listen, NULL, NULL, error);

    if (hearing == NULL)
      return FALSE;
    g_ptr_array_add (ask->hearings, hearing);
  }
  return TRUE;
}

/* (transfer full): the schema itself, or what is in the file; one that can be followed. */
static char *
read_schema (const char *argument, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (LlmGrammar) grammar = NULL;

  if (argument[strspn (argument, " \n\t")] == '{')
    text = g_strdup (argument);
  else
    text = app_read_file (argument, APP_READ_FILE_MAX_BYTES, NULL, error);
  if (text == NULL)
    return NULL;
  grammar = llm_json_schema_read (text, -1, error);
  return grammar != NULL ? g_steal_pointer (&text) : NULL;
}

static int
answer_question (Ask *ask, const char *question, const AppListenOptions *listen,
                 const char *schema_argument, gboolean no_evidence)
{
  g_autofree char *schema = NULL;
  AppAskOptions options = { .sampling.seed = ask->options.seed,
                            .max_tokens = ask->options.max_tokens,
                            .no_evidence = no_evidence };
  int n_paths = ask->options.n_arguments - 1;
  g_autoptr (GError) error = NULL;
  g_autoptr (AppAnswer) answer = NULL;

  if (schema_argument != NULL) {
    schema = read_schema (schema_argument, &error);
    if (schema == NULL)
      return app_cli_fail (error);
    options.schema = schema;
    options.no_evidence |= !ask->options.json;
  }
  if (!listen_to_all (ask, ask->options.arguments, n_paths, listen, &error))
    return app_cli_fail (error);
  app_conversation_add_user (ask->conversation, (AppHearing **) ask->hearings->pdata,
                             ask->hearings->len, question);
  answer = app_ask (ask->cli.engine, ask->conversation, &options, stream_text, ask, &error);
  if (answer == NULL)
    return app_cli_fail (error);
  app_progress_erase (ask->cli.progress);
  if (ask->options.json) {
    print_json (ask, answer);
  } else {
    app_cli_print ("\n");
    /* Programs read what was asked for by a schema. */
    if (options.schema == NULL)
      print_evidence (ask, answer);
  }
  return answer->stop == LLM_STOP_CANCELLED ? app_cli_fail (NULL) : APP_EXIT_OK;
}

int
app_command_ask (int argc, char **argv)
{
  g_auto (AppCliListening) listening = { 0 };
  gboolean no_evidence = FALSE;
  g_autofree char *schema = NULL;
  const GOptionEntry entries[] = {
    { "schema", 0, 0, G_OPTION_ARG_STRING, &schema, "Answer in JSON that fits this JSON schema",
      "FILE|JSON" },
    { "no-evidence", 0, 0, G_OPTION_ARG_NONE, &no_evidence,
      "Do not look for the lines that the answer rests on", NULL },
    { NULL },
  };
  Ask ask = { .cli.is_answerer = TRUE };
  const char *question;
  int status;

  if (!app_cli_listening_parse (argc, argv, entries, &ask.options, &listening, &status))
    return status;
  listening.options.reword = TRUE; /* the chat model will be needed */
  question = ask.options.n_arguments > 0 ? ask.options.arguments[ask.options.n_arguments - 1] : "";
  if (ask.options.n_arguments < 2)
    status = app_cli_usage ("ask needs a recording and a question: hearsay ask FILE… QUESTION");
  else if (!g_utf8_validate (question, -1, NULL))
    status = app_cli_usage ("the question is not valid UTF-8");
  else if (*question == '\0')
    status = app_cli_usage ("the question is empty");
  else {
    ask.hearings = g_ptr_array_new_with_free_func ((GDestroyNotify) app_hearing_unref);
    ask.conversation = app_conversation_new (NULL);
    app_cli_engine_init (&ask.cli, &ask.options);
    status = answer_question (&ask, question, &listening.options, schema, no_evidence);
    app_cli_engine_clear (&ask.cli);
    app_conversation_free (ask.conversation);
    g_ptr_array_unref (ask.hearings);
  }
  app_cli_options_clear (&ask.options);
  return status;
}
