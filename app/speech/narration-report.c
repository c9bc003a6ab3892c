/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What was spoken and how well, beside the sound. */

#include <math.h>
#include <string.h>

#include "app/base/json-write.h"
#include "app/base/whole-file.h"
#include "app/speech/narration-private.h"
#include "app/speech/subtitles.h"

/* What the check says of a take. */
static void
build_check (const AppTake *take, JsonBuilder *json)
{
  if (!take->is_checked)
    return;
  app_json_add_number (json, "score", take->score, 3);
  json_builder_set_member_name (json, "good");
  json_builder_add_boolean_value (json, !app_take_is_bad (take));
  app_take_build_strings (json, "missed", take->missed);
  app_take_build_strings (json, "added", take->added);
  if (app_take_is_bad (take) && take->heard != NULL)
    app_json_add_string (json, "heard", take->heard);
  if (isfinite (take->likeness))
    app_json_add_number (json, "likeness", take->likeness, 3);
}

/* Those that a take that was asked for has not replaced yet. */
static void
build_earlier (const AppNarration *narration, const AppSentence *sentence, JsonBuilder *json)
{
  g_autoptr (GArray) numbers = app_take_list_earlier (narration, sentence);

  if (numbers->len == 0)
    return;
  json_builder_set_member_name (json, "earlier");
  json_builder_begin_array (json);
  for (guint i = 0; i < numbers->len; i++) {
    guint number = g_array_index (numbers, guint, i);
    g_autoptr (AppTake) take = app_take_load_earlier (narration, sentence, number);
    if (take == NULL)
      continue;
    json_builder_begin_object (json);
    app_json_add_int (json, "number", number);
    app_json_add_number (json, "seconds", take->seconds, 3);
    build_check (take, json);
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
}

static void
build_sentence (const AppNarration *narration, guint index, JsonBuilder *json)
{
  const AppSentence *sentence = g_ptr_array_index (narration->sentences, index);
  const AppTake *take = sentence->take;

  json_builder_begin_object (json);
  app_json_add_int (json, "number", index + 1);
  app_json_add_number (json, "start", sentence->start_s, 3);
  app_json_add_number (json, "end", sentence->end_s, 3);
  app_json_add_string (json, "text", sentence->text);
  app_json_add_string (json, "voice", sentence->voice);
  app_json_add_string (json, "take", sentence->key);
  app_json_add_int (json, "retakes", take->n_retakes);
  build_check (take, json);
  build_earlier (narration, sentence, json);
  json_builder_end_object (json);
}

/* Of the sentences that are there. */
static void
build_sums (const AppNarration *narration, guint n_done, JsonBuilder *json)
{
  guint n_checked = 0, n_bad = 0, n_retakes = 0, n_missed = 0, n_added = 0;
  double score = 0;

  for (guint i = 0; i < n_done; i++) {
    const AppTake *take = ((AppSentence *) narration->sentences->pdata[i])->take;
    n_checked += take->is_checked != FALSE;
    n_bad += app_take_is_bad (take) != FALSE;
    n_retakes += take->n_retakes;
    n_missed += take->missed != NULL ? g_strv_length (take->missed) : 0;
    n_added += take->added != NULL ? g_strv_length (take->added) : 0;
    score += take->is_checked ? take->score : 0;
  }
  json_builder_set_member_name (json, "check");
  json_builder_begin_object (json);
  app_json_add_int (json, "sentences", n_checked);
  app_json_add_int (json, "bad", n_bad);
  app_json_add_int (json, "retakes", n_retakes);
  app_json_add_int (json, "missed", n_missed);
  app_json_add_int (json, "added", n_added);
  if (n_checked > 0)
    app_json_add_number (json, "score", score / n_checked, 4);
  if (narration->result.unchecked != NULL)
    app_json_add_string (json, "unchecked", narration->result.unchecked);
  json_builder_end_object (json);
}

void
app_narration_build_json (AppNarration *narration, JsonBuilder *json)
{
  const guint n_done = app_narration_get_n_done (narration);
  const AppNarrationResult *result = &narration->result;
  g_autofree char *shown = g_filename_display_name (narration->path);

  json_builder_begin_object (json);
  app_json_add_string (json, "file", shown);
  app_json_add_string (json, "voice", narration->voice);
  if (narration->title != NULL)
    app_json_add_string (json, "title", narration->title);
  app_json_add_number (json, "seconds", result->seconds, 3);
  app_json_add_int (json, "sentences_in_all", narration->sentences->len);
  if (isfinite (result->lufs))
    app_json_add_number (json, "lufs", result->lufs, 2);
  if (isfinite (result->true_peak))
    app_json_add_number (json, "true_peak_dbtp", result->true_peak, 2);
  build_sums (narration, n_done, json);
  json_builder_set_member_name (json, "sentences");
  json_builder_begin_array (json);
  for (guint i = 0; i < n_done; i++)
    build_sentence (narration, i, json);
  json_builder_end_array (json);
  json_builder_set_member_name (json, "timing");
  json_builder_begin_object (json);
  app_json_add_number (json, "speak_s", result->speak_s, 3);
  app_json_add_number (json, "check_s", result->check_s, 3);
  json_builder_end_object (json);
  json_builder_end_object (json);
}

gboolean
app_narration_write_report (AppNarration *narration, GError **error)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  app_narration_build_json (narration, json);
  g_autoptr (JsonNode) root = json_builder_get_root (json);
  g_autofree char *text = app_json_to_text (root);
  return app_whole_file_write (narration->result.report, text, strlen (text), error);
}

gboolean
app_narration_write_subtitles (AppNarration *narration, const char *path, GError **error)
{
  g_autoptr (AudioTranscript) transcript = app_narration_get_transcript (narration, error);
  AppFormat format;

  if (transcript == NULL || !app_subtitles_get_format (path, &format, error))
    return FALSE;
  g_autofree char *document = app_subtitles_format (transcript, format);
  return app_whole_file_write (path, document, strlen (document), error);
}
