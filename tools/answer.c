/* SPDX-License-Identifier: GPL-3.0-or-later */

/* answer [--model ID|FILE] [--threads N] [--rows FILE] < QUESTIONS
 *
 * Many questions with the model loaded once, for evaluations. Each line of the input is an object:
 *
 *   {"hearings": ["a.json", "b.flac"], "question": "Who speaks?", "evidence": false}
 *
 * hearings: recordings, or what was heard in them, as "hearsay listen --json" prints it; the same
 * path is read once. "history": [[question, answer], ...] comes before the question. "reading":
 * "words" (nothing by whom or how), "verbal", "copied" or "trained" (rows, those of --rows if it is
 * given), without facts; without it, as the program answers. "schema": of the JSON that the answer
 * is. Each line of the output is an object: "answer", "evidence" (as in "hearsay ask --json"),
 * "told" (app/answer/ask.h),
 * "positions" of the prompt, "computed" of these, "seconds"; or "error". Questions about the same
 * recordings share the cache if they follow one another. */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/answer/ask.h"
#include "app/listen/listen.h"

typedef struct {
  AppEngine *engine;
  GHashTable *hearings; /* path -> AppHearing */
  char *rows;           /* their file, or NULL for those of the program */
  gboolean has_rows;
} Answerer;

static gboolean
load_rows (Answerer *answerer, GError **error)
{
  if (!answerer->has_rows)
    answerer->has_rows = app_engine_load_audio_rows (answerer->engine, answerer->rows, error);
  return answerer->has_rows;
}

/* (transfer none): of the recording that was heard. */
static const char *
get_file_name (JsonNode *heard, const char *path)
{
  return JSON_NODE_HOLDS_OBJECT (heard) ? json_object_get_string_member_with_default (
             json_node_get_object (heard), "file", path)
                                        : path;
}

static AppHearing *
read_hearing (Answerer *answerer, const char *path, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();

  if (!g_str_has_suffix (path, ".json"))
    return app_listen (answerer->engine, path, NULL, NULL, NULL, error);
  if (!json_parser_load_from_mapped_file (parser, path, error))
    return NULL;
  return app_hearing_new_from_json (get_file_name (json_parser_get_root (parser), path),
                                    json_parser_get_root (parser), error);
}

/* (transfer none) */
static AppHearing *
get_hearing (Answerer *answerer, const char *path, GError **error)
{
  AppHearing *hearing = g_hash_table_lookup (answerer->hearings, path);

  if (hearing == NULL) {
    hearing = read_hearing (answerer, path, error);
    if (hearing != NULL)
      g_hash_table_insert (answerer->hearings, g_strdup (path), hearing);
  }
  return hearing;
}

/* (transfer full): a copy that does not tell by whom and how. */
static AppHearing *
keep_words (const AppHearing *hearing)
{
  AppHearing *words = app_hearing_new (hearing->path, &(AudioTranscript){ 0 });

  g_strlcpy (words->language, hearing->language, sizeof words->language);
  words->seconds = hearing->seconds;
  for (guint i = 0; i < hearing->segments->len; i++) {
    const AppHearingSegment *from = app_hearing_get (hearing, i);
    AppHearingSegment *segment = app_hearing_add_segment (words);

    segment->start = from->start;
    segment->end = from->end;
    segment->text = g_strdup (from->text);
  }
  return words;
}

static gboolean
add_turns (Answerer *answerer, JsonObject *request, AppConversation *talk, GError **error)
{
  JsonArray *paths = json_object_get_array_member (request, "hearings");
  JsonArray *history = json_object_has_member (request, "history")
                           ? json_object_get_array_member (request, "history")
                           : NULL;
  g_autoptr (GPtrArray) hearings =
      g_ptr_array_new_with_free_func ((GDestroyNotify) app_hearing_unref);
  const char *reading = json_object_get_string_member_with_default (request, "reading", "");
  guint n_turns = history != NULL ? json_array_get_length (history) : 0;

  for (guint i = 0; i < json_array_get_length (paths); i++) {
    AppHearing *hearing = get_hearing (answerer, json_array_get_string_element (paths, i), error);

    if (hearing == NULL)
      return FALSE;
    g_ptr_array_add (hearings, g_str_equal (reading, "words") ? keep_words (hearing)
                                                              : app_hearing_ref (hearing));
  }
  if (g_str_equal (reading, "trained")) {
    if (!load_rows (answerer, error))
      return FALSE;
    app_conversation_set_reading (talk, LLM_READ_ROW, FALSE);
  } else if (g_str_equal (reading, "words") || g_str_equal (reading, "verbal")
             || g_str_equal (reading, "copied")) {
    app_conversation_set_reading (
        talk, g_str_equal (reading, "copied") ? LLM_READ_COPIED : LLM_READ_VERBAL, FALSE);
  }
  for (guint i = 0; i <= n_turns; i++) {
    JsonArray *turn = i < n_turns ? json_array_get_array_element (history, i) : NULL;

    app_conversation_add_user (talk, (AppHearing **) hearings->pdata, i == 0 ? hearings->len : 0,
                               turn != NULL ? json_array_get_string_element (turn, 0)
                                            : json_object_get_string_member (request, "question"));
    if (turn != NULL)
      app_conversation_add_assistant (talk, json_array_get_string_element (turn, 1));
  }
  return TRUE;
}

static void
print_form (const AppQuestionForm *form, JsonBuilder *builder)
{
  g_autofree char *text =
      g_strdup_printf ("%s; %s", app_about_get_name (form->about), app_form_get_name (form->form));

  json_builder_add_string_value (builder, text);
}

static gboolean
answer_request (Answerer *answerer, JsonObject *request, JsonBuilder *builder, GError **error)
{
  g_autoptr (AppConversation) talk =
      app_conversation_new (json_object_get_string_member_with_default (request, "system", NULL));
  AppAskOptions options = { .no_evidence = !json_object_get_boolean_member_with_default (
                                request, "evidence", TRUE) };
  gint64 start = g_get_monotonic_time ();
  g_autoptr (AppAnswer) answer = NULL;

  options.no_form = json_object_has_member (request, "reading");
  options.schema = json_object_get_string_member_with_default (request, "schema", NULL);
  if (!add_turns (answerer, request, talk, error))
    return FALSE;
  answer = app_ask (answerer->engine, talk, &options, NULL, NULL, error);
  if (answer == NULL)
    return FALSE;
  json_builder_set_member_name (builder, "answer");
  json_builder_add_string_value (builder, answer->text);
  app_answer_build_evidence_json (answer, talk, TRUE, builder);
  json_builder_set_member_name (builder, "form");
  print_form (&answer->form, builder);
  if (isfinite (answer->told)) {
    json_builder_set_member_name (builder, "told");
    json_builder_add_double_value (builder, answer->told);
  }
  json_builder_set_member_name (builder, "positions");
  json_builder_add_int_value (builder, answer->n_prompt_tokens);
  json_builder_set_member_name (builder, "computed");
  json_builder_add_int_value (builder, answer->n_computed_tokens);
  json_builder_set_member_name (builder, "seconds");
  json_builder_add_double_value (builder, (double) (g_get_monotonic_time () - start) / 1e6);
  return TRUE;
}

static void
answer_line (Answerer *answerer, const char *line)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  json_builder_begin_object (builder);
  if (!json_parser_load_from_data (parser, line, -1, &error)
      || !answer_request (answerer, json_node_get_object (json_parser_get_root (parser)), builder,
                          &error)) {
    json_builder_set_member_name (builder, "error");
    json_builder_add_string_value (builder, error->message);
  }
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, FALSE);
  printf ("%s\n", text);
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  AppEngineOptions options = { 0 };
  Answerer answerer = { 0 };
  gboolean with_cache = FALSE;
  const GOptionEntry entries[] = {
    { "model", 0, 0, G_OPTION_ARG_STRING, (gpointer) &options.chat_model, "Model", "ID|FILE" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &options.n_threads, "Threads", "N" },
    { "cache", 0, 0, G_OPTION_ARG_NONE, &with_cache, "What hearsay listen heard is known", NULL },
    { "rows", 0, 0, G_OPTION_ARG_FILENAME, &answerer.rows, "Trained rows", "FILE" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("< QUESTIONS");
  g_autoptr (GError) error = NULL;
  char *line = NULL;
  size_t size = 0;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    fprintf (stderr, "answer: %s\n", error->message);
    return 2;
  }
  answerer.engine = app_engine_new (&options);
  if (with_cache)
    app_engine_set_archive (answerer.engine, app_archive_new (FALSE, NULL));
  answerer.hearings =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) app_hearing_unref);
  while (getline (&line, &size, stdin) > 0)
    answer_line (&answerer, line);
  free (line);
  g_hash_table_unref (answerer.hearings);
  app_engine_free (answerer.engine);
  g_free (answerer.rows);
  return 0;
}
