/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/speech/read-out.h"

#include <math.h>
#include <string.h>

#include "app/answer/answer-form.h"
#include "app/base/json-text.h"
#include "audio/reading/reading.h"

/* How far the length of the text may be from what the time asks for, before it ends a sentence. */
#define LEAST_PART 0.85
#define MOST_PART 1.1
/* A text without its unfinished last sentence must have this part of what was asked. */
#define KEPT_PART 0.75
#define LONGEST_CHARACTERS 2000
/* English and Chinese, with room for the form around them. */
#define CHARACTERS_PER_TOKEN 2
#define FORM_TOKENS 64

/* Qwen's words for tools, from the chat template of Qwen2.5. */
static const char tool[] =
    "# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are "
    "provided with function signatures within <tools></tools> XML tags:\n<tools>\n"
    "{\"type\": \"function\", \"function\": {\"name\": \"speak\", \"description\": \"Reads a text "
    "aloud in a voice\", \"parameters\": {\"type\": \"object\", \"properties\": {\"seconds\": "
    "{\"type\": \"integer\"}, \"text\": {\"type\": \"string\", \"description\": \"All words to be "
    "spoken, in full sentences, without headings\"}}}}}\n</tools>\n\n"
    "For each function call, return a json object with function name and arguments within "
    "<tool_call></tool_call> XML tags.";

static gboolean
matches (const char *pattern, const char *text)
{
  return g_regex_match_simple (pattern, text, G_REGEX_CASELESS, 0);
}

static double
read_number (const char *text)
{
  static const struct {
    const char *word;
    double value;
  } words[] = {
    { "half a", 0.5 }, { "half", 0.5 },  { "a", 1 },       { "an", 1 },     { "one", 1 },
    { "two", 2 },      { "three", 3 },   { "four", 4 },    { "five", 5 },   { "ten", 10 },
    { "fifteen", 15 }, { "twenty", 20 }, { "thirty", 30 }, { "forty", 40 }, { "forty-five", 45 },
    { "sixty", 60 },   { "ninety", 90 }, { "半", 0.5 },    { "一", 1 },     { "兩", 2 },
    { "两", 2 },       { "二", 2 },      { "三", 3 },      { "四", 4 },     { "五", 5 },
    { "十", 10 },      { "十五", 15 },   { "二十", 20 },   { "三十", 30 },  { "四十", 40 },
    { "五十", 50 },    { "六十", 60 },   { "九十", 90 },
  };
  g_autofree char *lower = g_ascii_strdown (text, -1);

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (lower, words[i].word))
      return words[i].value;
  return g_ascii_strtod (text, NULL);
}

static double
find_seconds (const char *question)
{
  static const char pattern[] =
      "(half a|\\d+(?:\\.\\d+)?|\\bforty-five|\\b[a-z]+|[半一兩两二三四五六九十]+)[ -]?個?个?"
      "(seconds?\\b|secs?\\b|minutes?\\b|mins?\\b|秒|分鐘|分钟)";
  g_autoptr (GRegex) regex = g_regex_new (pattern, G_REGEX_CASELESS, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  for (g_regex_match (regex, question, 0, &match); g_match_info_matches (match);
       g_match_info_next (match, NULL)) {
    g_autofree char *number = g_match_info_fetch (match, 1), *unit = g_match_info_fetch (match, 2);
    gboolean is_minutes = g_ascii_tolower (unit[0]) == 'm' || g_str_has_prefix (unit, "分");
    double seconds = read_number (number) * (is_minutes ? 60 : 1);
    if (seconds > 0)
      return MIN (seconds, APP_READ_OUT_MAX_SECONDS);
  }
  return 0;
}

gboolean
app_read_out_is_asked (const char *question, double *seconds)
{
  gboolean is_asked =
      matches ("\\b(read|say|speak|recite)\\b[^.?!]{0,40}\\b(aloud|out loud|out|to me)\\b"
               "|\\bnarrate\\b|\\bin my (own )?voice\\b",
               question)
      || matches ("[念唸讀读](出來|出来|出聲|出声|給我|给我)|朗[讀读]|用我的[聲声]音", question);

  if (is_asked && seconds != NULL)
    *seconds = find_seconds (question);
  return is_asked;
}

gboolean
app_read_out_wants_own_voice (const char *question)
{
  return matches ("\\bmy (own )?voice\\b|我的[聲声]音", question);
}

/* (transfer full): of one call. The lengths are those of the text, in characters. */
static char *
make_schema (double seconds, int least, int most)
{
  g_autofree char *time =
      seconds > 0 ? g_strdup_printf ("{\"const\": %.0f}", ceil (seconds))
                  : g_strdup_printf ("{\"type\": \"integer\", \"minimum\": 1, \"maximum\": %d}",
                                     APP_READ_OUT_MAX_SECONDS);

  return g_strdup_printf (
      "{\"type\": \"object\", \"properties\": {\"name\": {\"const\": \"speak\"}, \"arguments\": "
      "{\"type\": \"object\", \"properties\": {\"seconds\": %s, \"text\": {\"type\": \"string\", "
      "\"minLength\": %d, \"maxLength\": %d}}, \"required\": [\"seconds\", \"text\"]}}, "
      "\"required\": [\"name\", \"arguments\"]}",
      time, least, most);
}

static char *
make_request (const char *question, double seconds, int n_characters)
{
  const gboolean is_chinese = app_answer_form_is_chinese (question);
  GString *request = g_string_new (question);

  g_string_append_printf (request, "\n\n%s", tool);
  if (seconds > 0 && is_chinese)
    g_string_append_printf (request, "\nWrite the text in Chinese: about %d characters.",
                            n_characters);
  else if (seconds > 0)
    g_string_append_printf (request, "\nThe text must have about %d words.", n_characters / 6);
  g_string_append (request, "\nCall speak with the words themselves; end with a full sentence.");
  return g_string_free (request, FALSE);
}

/* (transfer full): the call's text; NULL if what was written breaks off before its end. */
static char *
read_call (const char *call)
{
  g_autoptr (JsonNode) node = app_json_parse (call, -1, NULL);

  if (node == NULL)
    return NULL;
  JsonObject *root = json_node_get_object (node);
  JsonObject *arguments = json_object_get_object_member (root, "arguments");
  return g_strstrip (g_strdup (json_object_get_string_member (arguments, "text")));
}

static gboolean
ends_sentence (const char *text)
{
  static const char *const ends[] = { ".", "!", "?", "。", "！", "？", "”", "\"", "」" };

  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++)
    if (g_str_has_suffix (text, ends[i]))
      return TRUE;
  return FALSE;
}

/* A text that ran into its limit ends in the middle of a sentence: without that one, if enough
 * remains. */
static void
cut_to_sentences (char *text, int n_asked)
{
  if (*text == '\0' || ends_sentence (text))
    return;
  g_autoptr (GArray) spans = audio_reading_split (text, strlen (text) + 8);
  if (spans->len < 2)
    return;
  const AudioReadingSpan *last = &g_array_index (spans, AudioReadingSpan, spans->len - 1);
  if ((double) g_utf8_strlen (text, (gssize) last->begin) >= KEPT_PART * n_asked) {
    text[last->begin] = '\0';
    g_strchomp (text);
  }
}

gboolean
app_read_out_write (AppEngine *engine, AppConversation *conversation,
                    const AppReadOutOptions *options, AppReadOut *out, GError **error)
{
  const int n_asked = (int) (options->characters_per_s * options->seconds);
  const int most = n_asked > 0 ? (int) (MOST_PART * n_asked) : LONGEST_CHARACTERS;
  g_autofree char *question = g_strdup (app_conversation_get_question (conversation));
  g_autofree char *request = make_request (question, options->seconds, n_asked);
  g_autofree char *schema =
      make_schema (options->seconds, MAX (1, (int) (LEAST_PART * n_asked)), MAX (most, 1));
  const AppAskOptions ask = { .sampling = options->sampling,
                              .max_tokens = most / CHARACTERS_PER_TOKEN + FORM_TOKENS,
                              .no_evidence = TRUE,
                              .no_form = TRUE,
                              .schema = schema };

  *out = (AppReadOut){ 0 };
  app_conversation_reword (conversation, request);
  g_autoptr (AppAnswer) answer = app_ask (engine, conversation, &ask, NULL, NULL, error);
  if (answer == NULL) {
    app_conversation_reword (conversation, question);
    return FALSE;
  }
  app_conversation_drop_last (conversation);
  app_conversation_reword (conversation, question);
  g_autofree char *text = read_call (answer->text);
  if (text == NULL) {
    g_set_error (error, APP_ERROR, APP_ERROR_CANCELLED, "stopped before the text was written");
    return FALSE;
  }
  cut_to_sentences (text, n_asked);
  out->text = g_steal_pointer (&text);
  out->call = g_strdup_printf ("<tool_call>\n%s\n</tool_call>", answer->text);
  out->n_generated_tokens = answer->n_generated_tokens;
  app_conversation_add_assistant (conversation, out->call);
  return TRUE;
}

void
app_read_out_clear (AppReadOut *out)
{
  g_clear_pointer (&out->text, g_free);
  g_clear_pointer (&out->call, g_free);
}
