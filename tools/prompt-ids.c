/* SPDX-License-Identifier: GPL-3.0-or-later */

/* prompt-ids --model FILE < PROMPTS
 *
 * The prompts that the application makes, position by position: what tools/train rows trains with.
 * Each line of the input is an object:
 *
 *   {"hearing": "a.json", "question": "Who speaks?", "reading": "rows", "answer": "Speaker A."}
 *
 * hearing: what was heard, as "hearsay listen --json" prints it; without it, a plain chat.
 * reading: "words" (neither by whom nor how), "verbal", "copied" or "rows". Each line of the output
 * is an object: "prompt", an array of positions, and "answer", the ids of the answer and of the end
 * of its turn. A position is a text id, or the name of an id that is read by a row, "emotion 3".
 * Without a question: "lines", for each line of the recording, the names of its ids past the text;
 * and without a hearing either, "blocks": what can be read by rows, as [name, apt token or -1].
 * FILE is the decoder's; only its tokenizer is read. */

#include <stdio.h>

#include "app/answer/conversation.h"
#include "app/engine/audio-vocab.h"

/* A row here says of which block and entry it is. */
#define ROW_WIDTH 2

typedef struct {
  LlmChatFamily family;
  LlmVocab *vocab;
  GPtrArray *blocks; /* names of those that can be read by rows, static */
} Prompter;

static gboolean
give_rows (Prompter *prompter, GError **error)
{
  for (guint b = 0; b < prompter->blocks->len; b++) {
    const char *name = g_ptr_array_index (prompter->blocks, b);
    g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (float));

    for (int i = 0; llm_vocab_get_id (prompter->vocab, name, i) >= 0; i++) {
      const float row[ROW_WIDTH] = { (float) b, (float) i };

      g_array_append_vals (rows, row, ROW_WIDTH);
    }
    if (!llm_vocab_set_rows (prompter->vocab, name, (const float *) (void *) rows->data, ROW_WIDTH,
                             error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
load (Prompter *prompter, const char *path, GError **error)
{
  g_autoptr (NnGguf) gguf = nn_gguf_open (path, error);
  g_autoptr (LlmTokenizer) tokenizer = NULL;

  if (gguf == NULL || !llm_chat_family_from_gguf (gguf, &prompter->family, error))
    return FALSE;
  tokenizer = llm_tokenizer_new (gguf, error);
  if (tokenizer == NULL)
    return FALSE;
  prompter->vocab = llm_vocab_new (tokenizer);
  prompter->blocks = g_ptr_array_new ();
  for (const char *const *name = app_audio_vocab_get_manner_blocks (); *name != NULL; name++)
    g_ptr_array_add (prompter->blocks, (gpointer) *name);
  return app_audio_vocab_register (prompter->vocab, error) && give_rows (prompter, error);
}

static AppHearing *
read_hearing (const char *path, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();

  if (!json_parser_load_from_mapped_file (parser, path, error))
    return NULL;
  return app_hearing_new_from_json (path, json_parser_get_root (parser), error);
}

static void
build_lines (Prompter *prompter, const AppHearing *hearing, JsonBuilder *builder)
{
  g_autoptr (GArray) tokens = app_audio_vocab_tokenize (prompter->vocab, hearing, NULL);
  int line = -1;

  json_builder_set_member_name (builder, "lines");
  json_builder_begin_array (builder);
  for (guint i = 0; i < tokens->len; i++) {
    const AppAudioToken *token = &g_array_index (tokens, AppAudioToken, i);
    g_autofree char *name = NULL;

    if (token->segment < 0 || llm_vocab_is_text (prompter->vocab, token->id))
      continue;
    if (token->segment != line) {
      if (line >= 0)
        json_builder_end_array (builder);
      json_builder_begin_array (builder);
      line = token->segment;
    }
    name = llm_vocab_print (prompter->vocab, token->id);
    json_builder_add_string_value (builder, name);
  }
  if (line >= 0)
    json_builder_end_array (builder);
  json_builder_end_array (builder);
}

/* The id of the token whose row is copied for an id; -1 if there is none. */
static int
find_apt_token (const Prompter *prompter, int id)
{
  g_autofree char *apt = llm_vocab_apt (prompter->vocab, id);
  g_autoptr (GArray) ids = NULL;

  if (apt == NULL)
    return -1;
  ids = llm_tokenizer_encode (llm_vocab_get_tokenizer (prompter->vocab), apt, -1,
                              LLM_TOKENIZE_CONTINUE);
  return ids->len > 0 ? g_array_index (ids, int, 0) : -1;
}

static void
build_blocks (const Prompter *prompter, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "blocks");
  json_builder_begin_object (builder);
  for (guint b = 0; b < prompter->blocks->len; b++) {
    const char *block = g_ptr_array_index (prompter->blocks, b);
    int id;

    json_builder_set_member_name (builder, block);
    json_builder_begin_array (builder);
    for (int i = 0; (id = llm_vocab_get_id (prompter->vocab, block, i)) >= 0; i++) {
      g_autofree char *name = llm_vocab_print (prompter->vocab, id);

      json_builder_begin_array (builder);
      json_builder_add_string_value (builder, name);
      json_builder_add_int_value (builder, find_apt_token (prompter, id));
      json_builder_end_array (builder);
    }
    json_builder_end_array (builder);
  }
  json_builder_end_object (builder);
}

static void
build_positions (Prompter *prompter, const LlmPrompt *prompt, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "prompt");
  json_builder_begin_array (builder);
  for (int i = 0; i < llm_prompt_get_n_positions (prompt); i++) {
    const float *row;
    int id = llm_prompt_get (prompt, i, &row);
    g_autofree char *name = NULL;

    if (id >= 0) {
      json_builder_add_int_value (builder, id);
      continue;
    }
    name = g_strdup_printf (
        "%s %d", (const char *) g_ptr_array_index (prompter->blocks, (guint) row[0]), (int) row[1]);
    json_builder_add_string_value (builder, name);
  }
  json_builder_end_array (builder);
}

static void
build_answer (Prompter *prompter, const char *answer, JsonBuilder *builder)
{
  g_autoptr (LlmPrompt) prompt = llm_prompt_new (prompter->vocab, ROW_WIDTH);
  const char *prefix, *suffix;

  llm_chat_turn (prompter->family, LLM_ROLE_ASSISTANT, &prefix, &suffix);
  llm_prompt_add_text (prompt, answer, LLM_TOKENIZE_CONTINUE);
  llm_prompt_add_text (prompt, suffix, LLM_TOKENIZE_SPECIAL);
  json_builder_set_member_name (builder, "answer");
  json_builder_begin_array (builder);
  for (int i = 0; i < llm_prompt_get_n_positions (prompt); i++)
    json_builder_add_int_value (builder, llm_prompt_get (prompt, i, NULL));
  json_builder_end_array (builder);
}

static gboolean
set_reading (AppConversation *talk, const char *name, GError **error)
{
  const struct {
    const char *name;
    LlmVocabReading reading;
  } readings[] = { { "words", LLM_READ_NOTHING },
                   { "verbal", LLM_READ_VERBAL },
                   { "copied", LLM_READ_COPIED },
                   { "rows", LLM_READ_ROW } };

  for (gsize i = 0; i < G_N_ELEMENTS (readings); i++)
    if (g_str_equal (name, readings[i].name)) {
      app_conversation_set_reading (talk, readings[i].reading, FALSE);
      return TRUE;
    }
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "there is no reading '%s'", name);
  return FALSE;
}

static gboolean
print_request (Prompter *prompter, JsonObject *request, JsonBuilder *builder, GError **error)
{
  const char *path = json_object_get_string_member_with_default (request, "hearing", NULL);
  const char *question = json_object_get_string_member_with_default (request, "question", NULL);
  const char *answer = json_object_get_string_member_with_default (request, "answer", NULL);
  const char *reading = json_object_get_string_member_with_default (request, "reading", "rows");
  g_autoptr (AppHearing) hearing = path != NULL ? read_hearing (path, error) : NULL;
  g_autoptr (AppConversation) talk = app_conversation_new (NULL);
  g_autoptr (LlmPrompt) prompt = NULL;

  if ((path != NULL && hearing == NULL) || !set_reading (talk, reading, error))
    return FALSE;
  if (question == NULL) {
    if (hearing != NULL)
      build_lines (prompter, hearing, builder);
    else
      build_blocks (prompter, builder);
    return TRUE;
  }
  app_conversation_add_user (talk, &hearing, hearing != NULL, question);
  prompt = app_conversation_build_prompt (talk, prompter->family, ROW_WIDTH, prompter->vocab,
                                          G_MAXINT, error);
  if (prompt == NULL)
    return FALSE;
  build_positions (prompter, prompt, builder);
  if (answer != NULL)
    build_answer (prompter, answer, builder);
  return TRUE;
}

static gboolean
print_line (Prompter *prompter, const char *line, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  if (!json_parser_load_from_data (parser, line, -1, error))
    return FALSE;
  json_builder_begin_object (builder);
  if (!print_request (prompter, json_node_get_object (json_parser_get_root (parser)), builder,
                      error))
    return FALSE;
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, FALSE);
  printf ("%s\n", text);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autofree char *model = NULL;
  const GOptionEntry entries[] = {
    { "model", 0, 0, G_OPTION_ARG_FILENAME, &model, "The decoder's file", "FILE" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("< PROMPTS");
  g_autoptr (GError) error = NULL;
  Prompter prompter = { 0 };
  gboolean is_done;
  char *line = NULL;
  size_t size = 0;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || model == NULL) {
    fprintf (stderr, "prompt-ids: %s\n", error != NULL ? error->message : "no --model");
    return 2;
  }
  is_done = load (&prompter, model, &error);
  while (is_done && getline (&line, &size, stdin) > 0)
    is_done = print_line (&prompter, line, &error);
  free (line);
  if (prompter.blocks != NULL)
    g_ptr_array_unref (prompter.blocks);
  g_clear_pointer (&prompter.vocab, llm_vocab_unref);
  if (!is_done)
    fprintf (stderr, "prompt-ids: %s\n", error->message);
  return is_done ? 0 : 1;
}
