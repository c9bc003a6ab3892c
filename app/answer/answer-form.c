/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/answer/answer-form.h"

#include <string.h>

#include "app/base/json-request.h"
#include "app/base/json-text.h"

#define MAX_ITEMS 12           /* of a list of no given length */
#define MAX_COLUMNS 10         /* of a table */
#define MAX_COLUMNS_OF_WORDS 4 /* when, up to when, who, what */
#define MAX_KEYS 12

/* A list is numbered if the model would begin it with "1" rather than "-" by this lead: of eleven
 * requests for lists, those that ask for numbers have 3.8 to 7.0, the others at most 0.6. */
#define NUMBERED_LEAD 2.0

/* Which the model goes on with where the question needs the whole of a long recording. */
#define PARTS_BEGIN "The question asks for a list of"

#define NOT_TOLD_EN "The recording does not say"
#define NOT_TOLD_ZH "录音中没有提到"

/* What an answer of one word can be, in English and in simplified Chinese. */
static const char *const emotions_en[] = { "Neutral", "Happy",     "Sad",       "Angry",
                                           "Fearful", "Surprised", "Disgusted", "Uncertain",
                                           "Yes",     "No",        NULL };
static const char *const emotions_zh[] = { "平静", "高兴",   "悲伤", "生气", "愤怒", "害怕", "惊讶",
                                           "厌恶", "不确定", "是",   "否",   "不是", NULL };
static const char *const genders_en[] = { "Female",    "Male", "Woman", "Man",
                                          "Uncertain", "Yes",  "No",    NULL };
static const char *const genders_zh[] = { "女", "男", "女性", "男性", "不确定", "是", "否", NULL };
static const char *const pitches_en[] = { "High", "Low", "Normal", "Yes", "No", NULL };
static const char *const pitches_zh[] = { "高", "低", "正常", "是", "否", NULL };
static const char *const speeds_en[] = { "Fast", "Slow", "Normal", "Yes", "No", NULL };
static const char *const speeds_zh[] = { "快", "慢", "正常", "是", "否", NULL };
static const char *const loudnesses_en[] = { "Loud", "Quiet", "Normal", "Yes", "No", NULL };
static const char *const loudnesses_zh[] = { "大声", "小声", "正常", "是", "否", NULL };
static const char *const counts[] = { "1", "2", "3", "4", "5", "6", "7", "8", "9", "0", NULL };
static const char *const verdicts_en[] = { "Yes", "No", NULL };
static const char *const verdicts_zh[] = { "是", "否", NULL };

/* What a verdict begins with. */
static const char *const beginnings_zh[] = { "是", "不是", "不", "有", "没有", NULL };

/* By AppAbout; NULL: any word. */
static const char *const *const words_by_about[APP_N_ABOUTS][2] = {
  [APP_ABOUT_EMOTION] = { emotions_en, emotions_zh },
  [APP_ABOUT_GENDER] = { genders_en, genders_zh },
  [APP_ABOUT_PITCH] = { pitches_en, pitches_zh },
  [APP_ABOUT_SPEED] = { speeds_en, speeds_zh },
  [APP_ABOUT_LOUDNESS] = { loudnesses_en, loudnesses_zh },
  [APP_ABOUT_COUNT] = { counts, counts },
  [APP_ABOUT_TONE] = { verdicts_en, verdicts_zh },
  [APP_ABOUT_VOICES] = { verdicts_en, verdicts_zh },
};

static void
write_freely (AppAnswerWriter *writer)
{
  g_free (app_answer_writer_write (writer, NULL, NULL, NULL));
}

/* Whether an answer is nothing but "Speaker B". */
static gboolean
is_only_speaker (const char *text)
{
  return text != NULL && g_regex_match_simple ("^\\W*Speaker [A-Z]\\W*$", text, 0, 0);
}

/* Letters that Chinese is written without; names in capitals, as of speakers, may stay. */
#define LATIN "abcdefghijklmnopqrstuvwxyz"
/* The recording stands between tags, which are no part of it, but get translated with it. */
#define MARKUP "<>"

/* Who it is may be told by what that voice says, not by its letter: it is let quote that. */
static void
write_quotation (AppAnswerWriter *writer, gboolean chinese)
{
  static const char *const stops[] = { "\"", "”", "\n", NULL };
  g_autoptr (LlmConstraint) constraint =
      chinese ? app_answer_writer_new_constraint_without (writer, LATIN) : NULL;

  app_answer_writer_add (writer, ": \"");
  g_free (app_answer_writer_write (writer, stops, constraint, NULL));
  app_answer_writer_add (writer, "\"");
}

/* Where facts in English stand between a question in Chinese and its answer, and nothing belongs
 * into it that was said, or the name of one of several recordings. */
static gboolean
must_be_all_chinese (const AppQuestionForm *form, const char *question, guint n_recordings)
{
  gboolean is_of_code = app_about_is_of_manner (form->about) || form->about == APP_ABOUT_COUNT;

  return form->style == APP_STYLE_CHINESE
         || (form->style == APP_STYLE_PLAIN && is_of_code && form->form != APP_FORM_OPTIONS
             && n_recordings == 1 && app_answer_form_is_chinese (question));
}

/* Who it is may be told by more than a letter: where the question quotes the line itself, by what
 * the note behind it tells of that voice. */
static void
write_more_of_speaker (AppAnswerWriter *writer, const AppAnswerTask *task)
{
  if (!task->is_quoted) {
    write_quotation (writer, app_answer_form_is_chinese (task->question));
    return;
  }
  app_answer_writer_add (writer, ",");
  write_freely (writer);
}

/* A small model leaves words in their language that it should translate. */
static void
write_sentences (AppAnswerWriter *writer, const AppQuestionForm *form, const AppAnswerTask *task)
{
  const char *excluded = must_be_all_chinese (form, task->question, task->n_recordings)
                             ? LATIN MARKUP
                         : form->about == APP_ABOUT_TRANSLATION ? MARKUP
                                                                : NULL;
  g_autoptr (LlmConstraint) constraint =
      excluded != NULL ? app_answer_writer_new_constraint_without (writer, excluded) : NULL;
  g_autofree char *text = app_answer_writer_write (writer, NULL, constraint, NULL);

  if ((form->about == APP_ABOUT_WORDS || form->about == APP_ABOUT_SPEAKER)
      && form->style == APP_STYLE_PLAIN && is_only_speaker (text))
    write_more_of_speaker (writer, task);
}

gboolean
app_answer_form_is_english (const char *question)
{
  return g_regex_match_simple ("\\b(the|is|what|which|how|who|whose|does|do|did|are|was|answer|"
                               "speaker|give|tell|where|when|why|and|it|you|"
                               "they|many|much|long|old|one|them|there|should|must|this|that)\\b",
                               question, G_REGEX_CASELESS, 0);
}

gboolean
app_answer_form_is_chinese (const char *question)
{
  gboolean has_ideograph = FALSE;

  for (const char *c = question; *c != '\0'; c = g_utf8_next_char (c)) {
    GUnicodeScript script = g_unichar_get_script (g_utf8_get_char (c));

    if (script == G_UNICODE_SCRIPT_HIRAGANA || script == G_UNICODE_SCRIPT_KATAKANA)
      return FALSE;
    has_ideograph = has_ideograph || script == G_UNICODE_SCRIPT_HAN;
  }
  return has_ideograph;
}

static void
write_word (AppAnswerWriter *writer, const AppQuestionForm *form, const char *question)
{
  static const char *const stops[] = { " ", "\n", ".", ",", "。", "，", NULL };
  gboolean chinese = form->style == APP_STYLE_CHINESE
                     || (form->style != APP_STYLE_ENGLISH && app_answer_form_is_chinese (question));
  const char *const *words = words_by_about[form->about][chinese];

  if (words != NULL && (chinese || app_answer_form_is_english (question)))
    g_free (app_answer_writer_choose (writer, words));
  else
    g_free (app_answer_writer_write (writer, stops, NULL, NULL));
}

/* Begun with a verdict where code knows what it rests on. */
static void
write_verdict (AppAnswerWriter *writer, const AppQuestionForm *form, const AppAnswerTask *task)
{
  const char *question = task->question;
  gboolean chinese = form->style == APP_STYLE_CHINESE
                     || (form->style != APP_STYLE_ENGLISH && app_answer_form_is_chinese (question));

  static const char *const stops[] = { "。", "\n", NULL };
  gboolean is_known = form->about == APP_ABOUT_TONE || form->about == APP_ABOUT_VOICES
                      || (app_about_is_of_manner (form->about) && task->n_recordings == 1);
  gboolean ended = FALSE;

  if (is_known && chinese) {
    g_free (app_answer_writer_choose (writer, beginnings_zh));
    g_free (app_answer_writer_write (writer, stops, NULL, &ended));
    if (!ended)
      app_answer_writer_add (writer, "。");
    return;
  }
  if (is_known && app_answer_form_is_english (question))
    g_free (app_answer_writer_choose (writer, verdicts_en));
  write_sentences (writer, form, task);
}

/* Whether the list that is asked for is one of the parts. */
static gboolean
is_of_parts (AppAnswerWriter *writer, const AppAnswerTask *task)
{
  static const char *const kinds[] = { " main points.", " topics.",    " people.",  " places.",
                                       " prices.",      " questions.", " reasons.", NULL };
  g_autofree char *asked_for = task->n_recordings == 1 && task->parts->len > 0
                                   ? app_answer_writer_ask (writer, PARTS_BEGIN, kinds)
                                   : NULL;

  return asked_for != NULL
         && (g_str_equal (asked_for, kinds[0]) || g_str_equal (asked_for, kinds[1]));
}

/* A line for each part, where it is of them: a small model would leave some out. */
static void
write_list (AppAnswerWriter *writer, int n_items, const AppAnswerTask *task)
{
  static const char *const stops[] = { "\n", NULL };
  gboolean is_numbered = app_answer_writer_weigh (writer, "1", "-") > NUMBERED_LEAD;
  gboolean has_parts = n_items == 0 && is_of_parts (writer, task);
  int n_known = has_parts ? (int) task->parts->len : n_items;
  gboolean ended = FALSE;

  for (int i = 0; i < (n_known > 0 ? n_known : MAX_ITEMS) && (n_known > 0 || !ended); i++) {
    g_autofree char *mark = is_numbered ? g_strdup_printf ("%d.", i + 1) : g_strdup ("-");

    if (i > 0)
      app_answer_writer_add (writer, "\n");
    app_answer_writer_add (writer, mark);
    if (has_parts)
      app_answer_writer_add (writer, g_ptr_array_index (task->parts, i));
    g_free (app_answer_writer_write (writer, stops, NULL, &ended));
    if (app_answer_writer_has_failed (writer))
      return;
  }
}

/* A row of a table up to its last bar; n_columns 0: as many as the model writes. Returns how many.
 */
static int
write_row (AppAnswerWriter *writer, int n_columns, int max_columns)
{
  static const char *const stops[] = { "|", "\n", NULL };
  int n = 0;

  app_answer_writer_add (writer, "|");
  while (n < (n_columns > 0 ? n_columns : max_columns)) {
    if (n_columns == 0 && n > 0 && app_answer_writer_leads_to (writer, "\n"))
      break;
    g_free (app_answer_writer_write (writer, stops, NULL, NULL));
    if (app_answer_writer_has_failed (writer))
      break;
    app_answer_writer_add (writer, "|");
    n++;
  }
  return n;
}

static void
write_table (AppAnswerWriter *writer, guint n_lines, AppAbout about)
{
  int n_columns =
      write_row (writer, 0, about == APP_ABOUT_WORDS ? MAX_COLUMNS_OF_WORDS : MAX_COLUMNS);

  app_answer_writer_add (writer, "\n|");
  for (int i = 0; i < n_columns; i++)
    app_answer_writer_add (writer, "---|");
  for (guint row = 0; row <= n_lines; row++) {
    if (row > 0 && !app_answer_writer_leads_to (writer, "|"))
      return;
    app_answer_writer_add (writer, "\n");
    write_row (writer, n_columns, n_columns);
    if (app_answer_writer_has_failed (writer))
      return;
  }
}

void
app_answer_form_write_not_told (AppAnswerWriter *writer, const char *question)
{
  if (app_answer_form_is_chinese (question))
    app_answer_writer_add (writer, NOT_TOLD_ZH);
  else if (app_answer_form_is_english (question))
    app_answer_writer_add (writer, NOT_TOLD_EN);
  write_freely (writer);
}

gboolean
app_answer_form_write_json (AppAnswerWriter *writer, const char *schema, GError **error)
{
  g_autoptr (LlmConstraint) constraint =
      app_answer_writer_new_json_constraint (writer, schema, error);

  if (constraint == NULL)
    return FALSE;
  g_free (app_answer_writer_write (writer, NULL, constraint, NULL));
  return TRUE;
}

/* (transfer full): the schema of a list of words of the question. */
static char *
make_schema_of_keys (GStrv words)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "type");
  json_builder_add_string_value (builder, "array");
  json_builder_set_member_name (builder, "minItems");
  json_builder_add_int_value (builder, 1);
  json_builder_set_member_name (builder, "maxItems");
  json_builder_add_int_value (builder, MAX_KEYS);
  json_builder_set_member_name (builder, "items");
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "enum");
  json_builder_begin_array (builder);
  for (guint i = 0; words[i] != NULL; i++)
    json_builder_add_string_value (builder, words[i]);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

/* (transfer full): the keys that the model takes out of the words, each once; NULL on failure. */
static GStrv
ask_for_keys (AppAnswerWriter *writer, GStrv words)
{
  g_autofree char *schema = make_schema_of_keys (words);
  g_autofree char *text = app_answer_writer_ask_json (writer, "The keys of the JSON are ", schema);
  g_autoptr (JsonNode) root = text != NULL ? app_json_parse (text, -1, NULL) : NULL;
  g_autoptr (GPtrArray) keys = g_ptr_array_new ();
  JsonArray *array;

  /* An answer that was stopped may have nothing in it. */
  if (root == NULL || !JSON_NODE_HOLDS_ARRAY (root))
    return NULL;
  array = json_node_get_array (root);
  for (guint i = 0; i < json_array_get_length (array); i++) {
    const char *key = json_array_get_string_element (array, i);

    if (!g_ptr_array_find_with_equal_func (keys, key, g_str_equal, NULL))
      g_ptr_array_add (keys, (gpointer) key);
  }
  g_ptr_array_add (keys, NULL);
  return g_strdupv ((GStrv) keys->pdata);
}

/* (transfer full): the schema of an object with the keys that the question names. */
static char *
ask_for_schema (AppAnswerWriter *writer, const char *question)
{
  g_auto (GStrv) words = app_json_request_list_words (question);
  g_auto (GStrv) keys = words[0] != NULL ? ask_for_keys (writer, words) : NULL;

  return keys != NULL ? app_json_request_make_schema ((const char *const *) keys) : NULL;
}

static void
write_json (AppAnswerWriter *writer, const char *question)
{
  g_autofree char *schema = app_json_request_find_schema (question);

  if (schema == NULL)
    schema = ask_for_schema (writer, question);
  /* A schema that is not understood is answered as well as the model can. */
  if (schema == NULL || !app_answer_form_write_json (writer, schema, NULL))
    write_freely (writer);
}

void
app_answer_form_write (AppAnswerWriter *writer, const AppQuestionForm *form,
                       const AppAnswerTask *task)
{
  switch (form->form) {
  case APP_FORM_WORD:
    write_word (writer, form, task->question);
    break;
  case APP_FORM_LIST:
    write_list (writer, form->n_items, task);
    break;
  case APP_FORM_TABLE:
    write_table (writer, task->n_lines, form->about);
    break;
  case APP_FORM_JSON:
    write_json (writer, task->question);
    break;
  case APP_FORM_YES_OR_NO:
    write_verdict (writer, form, task);
    break;
  case APP_FORM_SENTENCE:
  case APP_FORM_OPTIONS:
  case APP_N_FORMS:
  default:
    write_sentences (writer, form, task);
    break;
  }
}
