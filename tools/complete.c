/* SPDX-License-Identifier: GPL-3.0-or-later */

/* complete --model FILE [--rows FILE] [--threads N] < PROMPTS
 *
 * The answers to prompts that are given position by position, as tools/prompt-ids prints them, and
 * so to such as the application does not make: tools/eval/rows compares with these. Each line of
 * the input is an object with "prompt", an array of text ids and of names of rows: "emotion 3" is
 * row 3 of the tensor "rows.emotion" of the rows' file. Each line of the output is an object:
 * "answer", "positions". */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-glib/json-glib.h>

#include "llm/session/session.h"

#define MAX_TOKENS 60
#define MAX_POSITIONS 2048

typedef struct {
  LlmVocab *vocab;
  LlmSession *session;
  NnGguf *rows; /* or NULL */
  int n_embd;
} Completer;

static gboolean
add_row (Completer *completer, LlmPrompt *prompt, const char *name, GError **error)
{
  const char *space = strrchr (name, ' ');
  g_autofree char *tensor_name =
      g_strdup_printf ("rows.%.*s", (int) (space != NULL ? space - name : 0), name);
  const NnTensor *tensor =
      completer->rows != NULL ? nn_gguf_find (completer->rows, tensor_name) : NULL;
  int index = space != NULL ? atoi (space + 1) : -1;

  if (tensor == NULL || tensor->type != NN_TYPE_F32 || tensor->n_dims != 2
      || tensor->dims[0] != completer->n_embd || index < 0 || index >= tensor->dims[1]) {
    g_set_error (error, LLM_ERROR, LLM_ERROR_ARGUMENT, "there is no row '%s'", name);
    return FALSE;
  }
  llm_prompt_add_rows (
      prompt, (const float *) tensor->data + (size_t) index * (size_t) completer->n_embd, 1);
  return TRUE;
}

static LlmPrompt *
read_prompt (Completer *completer, JsonArray *positions, GError **error)
{
  g_autoptr (LlmPrompt) prompt = llm_prompt_new (completer->vocab, completer->n_embd);

  for (guint i = 0; i < json_array_get_length (positions); i++) {
    JsonNode *node = json_array_get_element (positions, i);
    gboolean is_row = json_node_get_value_type (node) == G_TYPE_STRING;

    if (is_row ? !add_row (completer, prompt, json_node_get_string (node), error)
               : !llm_prompt_add_id (prompt, (int) json_node_get_int (node), error))
      return NULL;
  }
  return g_steal_pointer (&prompt);
}

static gboolean
complete_line (Completer *completer, const char *line, GError **error)
{
  const LlmGenerateOptions options = { .max_tokens = MAX_TOKENS };
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (LlmPrompt) prompt = NULL;
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();
  g_autofree char *answer = NULL;
  g_autofree char *text = NULL;

  json_node_take_object (root, object);
  if (!json_parser_load_from_data (parser, line, -1, error))
    return FALSE;
  prompt = read_prompt (
      completer,
      json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)), "prompt"),
      error);
  if (prompt == NULL || !llm_session_prefill (completer->session, prompt, NULL, NULL, NULL, error))
    return FALSE;
  answer = llm_session_generate (completer->session, &options, NULL, NULL, NULL, error);
  if (answer == NULL)
    return FALSE;
  json_object_set_string_member (object, "answer", answer);
  json_object_set_int_member (object, "positions", llm_prompt_get_n_positions (prompt));
  text = json_to_string (root, FALSE);
  printf ("%s\n", text);
  fflush (stdout);
  return TRUE;
}

static gboolean
complete_all (NnContext *context, const char *path, const char *rows_path, GError **error)
{
  g_autoptr (LlmModel) model = llm_model_load (context, path, NULL, NULL, error);
  g_autoptr (NnGguf) rows = rows_path != NULL ? nn_gguf_open (rows_path, error) : NULL;
  g_autoptr (LlmSession) session = NULL;
  g_autoptr (LlmVocab) vocab = NULL;
  Completer completer = { 0 };
  gboolean is_done = TRUE;
  char *line = NULL;
  size_t size = 0;

  if (model == NULL || (rows_path != NULL && rows == NULL))
    return FALSE;
  session = llm_session_new (model, context, MAX_POSITIONS, error);
  if (session == NULL)
    return FALSE;
  vocab = llm_vocab_new (llm_model_get_tokenizer (model));
  completer = (Completer){
    .vocab = vocab, .session = session, .rows = rows, .n_embd = llm_model_get_config (model)->n_embd
  };
  while (is_done && getline (&line, &size, stdin) > 0)
    is_done = complete_line (&completer, line, error);
  free (line);
  return is_done;
}

int
main (int argc, char **argv)
{
  g_autofree char *model = NULL;
  g_autofree char *rows = NULL;
  int n_threads = 0;
  const GOptionEntry entries[] = {
    { "model", 0, 0, G_OPTION_ARG_FILENAME, &model, "The decoder's file", "FILE" },
    { "rows", 0, 0, G_OPTION_ARG_FILENAME, &rows, "Rows that prompts name", "FILE" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &n_threads, "Threads", "N" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("< PROMPTS");
  g_autoptr (GError) error = NULL;
  NnContext *nn;
  gboolean is_done;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || model == NULL) {
    fprintf (stderr, "complete: %s\n", error != NULL ? error->message : "no --model");
    return 2;
  }
  nn = nn_context_new (n_threads);
  is_done = complete_all (nn, model, rows, &error);
  nn_context_free (nn);
  if (!is_done)
    fprintf (stderr, "complete: %s\n", error->message);
  return is_done ? 0 : 1;
}
