/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/answer/focus.h"

#include <stdlib.h>
#include <string.h>

#include "app/answer/facts.h"

/* More lines are not listed one by one. */
#define MAX_LINES 40
#define MAX_VOICES 8

#define BEGIN "The question is about"
#define EVERYBODY " everybody."
#define COUNT_BEGIN "The question asks for the number of"
#define PEOPLE " people."
#define WOMEN " women."
#define MEN " men."
#define SPEAKER " speaker "
#define LINE " line "
#define LINE_BEGIN "The words of the recording that tell it are: \""
#define WHETHER_BEGIN "The question asks whether the voice is "
#define SIDE_BEGIN "The question asks which words are said"
#define AFTER " after the quotation."
#define BEFORE " before the quotation."
#define WITHIN " in the quotation."
#define SHOWN_CHARS 40

/* The recordings of a conversation, and who speaks in them. */
typedef struct {
  GPtrArray *hearings;
  AppVoices *voices;
  guint n_lines;
  guint quoted;  /* a line that the question is about; 0: not known */
  guint aspects; /* what is told of a voice or a line (facts.h) */
} Scene;

/* The facts of recording `index`. */
static AppFactsOf
facts_of (const Scene *scene, guint index)
{
  AppFactsOf of = { g_ptr_array_index (scene->hearings, index), scene->voices, index, 1,
                    scene->aspects };

  for (guint h = 0; h < index; h++)
    of.first_line += ((const AppHearing *) g_ptr_array_index (scene->hearings, h))->segments->len;
  return of;
}

/* (transfer full): what the question may be about. */
static GStrv
list_choices (const Scene *scene)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  guint n_voices = MIN (app_voices_get_n (scene->voices), APP_HEARING_MAX_SPEAKERS);

  g_strv_builder_add (builder, EVERYBODY);
  for (guint i = 0; i < n_voices; i++) {
    g_autofree char *choice = g_strdup_printf (SPEAKER "%c.", 'A' + (char) i);

    g_strv_builder_add (builder, choice);
  }
  for (guint i = 1; scene->n_lines <= MAX_LINES && i <= scene->n_lines; i++) {
    g_autofree char *choice = g_strdup_printf (LINE "%u.", i);

    g_strv_builder_add (builder, choice);
  }
  return g_strv_builder_end (builder);
}

static void
tell_line (const Scene *scene, guint line, GString *text)
{
  for (guint h = 0; h < scene->hearings->len; h++) {
    const AppFactsOf of = facts_of (scene, h);

    if (line < of.first_line + of.hearing->segments->len) {
      g_autofree char *facts = app_facts_of_line (&of, line - of.first_line);

      if (facts[0] != '\0')
        g_string_append_printf (text, "Line %u: %s.", line, facts);
      return;
    }
  }
}

/* About the voice in all recordings where it is heard. Where there are several, the recording comes
 * first, as questions ask for it, and instead of the voice if there is no other in it. */
static void
tell_voice (const Scene *scene, int voice, GString *text)
{
  for (guint h = 0; h < scene->hearings->len; h++) {
    const AppFactsOf of = facts_of (scene, h);

    for (guint s = 0; s < of.hearing->speakers->len; s++)
      if (app_voices_get_index (scene->voices, h, (int) s) == voice) {
        g_autofree char *facts = app_facts_of_speaker (&of, (int) s);

        if (facts[0] == '\0')
          continue;
        if (text->len > 0)
          g_string_append_c (text, ' ');
        if (scene->hearings->len > 1)
          g_string_append_printf (text, "Recording %u, \"%s\": ", h + 1, of.hearing->title);
        if (scene->hearings->len > 1 && of.hearing->speakers->len == 1)
          g_string_append_printf (text, "%s.", facts);
        else
          g_string_append_printf (text, "Speaker %c: %s.", 'A' + (char) voice, facts);
      }
  }
}

static void
tell_everybody (const Scene *scene, GString *text)
{
  for (guint i = 0; i < MIN (app_voices_get_n (scene->voices), MAX_VOICES); i++)
    tell_voice (scene, (int) i, text);
}

/* Whomever or whatever line the model takes the question to be about. Of several recordings it asks
 * to compare them. */
static void
tell_chosen (const Scene *scene, AppAnswerWriter *writer, GString *text)
{
  guint line = scene->n_lines == 1 ? 1 : scene->quoted;
  g_auto (GStrv) choices = list_choices (scene);
  g_autofree char *chosen = NULL;

  if (line == 0 && scene->hearings->len == 1)
    chosen = app_answer_writer_ask (writer, BEGIN, (const char *const *) choices);
  if (line > 0)
    tell_line (scene, line, text);
  else if (chosen == NULL || g_str_equal (chosen, EVERYBODY))
    tell_everybody (scene, text);
  else if (g_str_has_prefix (chosen, LINE))
    tell_line (scene, (guint) strtoul (chosen + strlen (LINE), NULL, 10), text);
  else
    tell_voice (scene, chosen[strlen (SPEAKER)] - 'A', text);
}

static void
tell_comparisons (const Scene *scene, GString *text)
{
  for (guint h = 1; h < scene->hearings->len; h++) {
    g_autofree char *facts =
        app_facts_of_voices ((AppHearing **) scene->hearings->pdata, h + 1, scene->voices);

    g_string_append (text, facts);
  }
}

static void
tell_each (const Scene *scene, void (*append) (const AppFactsOf *, GString *), GString *text)
{
  for (guint h = 0; h < scene->hearings->len; h++) {
    const AppFactsOf of = facts_of (scene, h);

    append (&of, text);
  }
}

/* All who speak, or those of one gender if the model takes the question to be about them. */
static void
tell_count (const Scene *scene, AppAnswerWriter *writer, GString *text)
{
  static const char *const choices[] = { PEOPLE, WOMEN, MEN, NULL };
  g_autofree char *chosen = app_answer_writer_ask (writer, COUNT_BEGIN, choices);
  gboolean is_known = chosen != NULL && !g_str_equal (chosen, PEOPLE);

  for (guint h = 0; h < scene->hearings->len; h++) {
    const AppFactsOf of = facts_of (scene, h);

    if (scene->hearings->len > 1)
      g_string_append_printf (text, "Recording %u, \"%s\": ", h + 1, of.hearing->title);
    if (!is_known || !app_facts_append_count_of_gender (&of, g_str_equal (chosen, WOMEN), text))
      app_facts_append_count (&of, text);
  }
}

guint
app_focus_get_aspects (AppAbout about)
{
  switch (about) {
  case APP_ABOUT_EMOTION:
    return APP_ASPECT_GENDER | APP_ASPECT_EMOTION;
  case APP_ABOUT_GENDER:
    return APP_ASPECT_GENDER;
  case APP_ABOUT_PITCH:
    return APP_ASPECT_GENDER | APP_ASPECT_PITCH;
  case APP_ABOUT_SPEED:
    return APP_ASPECT_GENDER | APP_ASPECT_SPEED | APP_ASPECT_PAUSES;
  case APP_ABOUT_LOUDNESS:
    return APP_ASPECT_GENDER | APP_ASPECT_LOUDNESS;
  case APP_ABOUT_TONE:
    return APP_ASPECT_EMOTION;
  default:
    return 0;
  }
}

static void
tell (const Scene *scene, AppAnswerWriter *writer, AppAbout about, GString *text)
{
  switch (about) {
  case APP_ABOUT_TONE:
    tell_each (scene, app_facts_append_contrasts, text);
    if (text->len == 0)
      tell_chosen (scene, writer, text);
    break;
  case APP_ABOUT_EMOTION:
  case APP_ABOUT_GENDER:
  case APP_ABOUT_PITCH:
  case APP_ABOUT_SPEED:
  case APP_ABOUT_LOUDNESS:
    tell_chosen (scene, writer, text);
    break;
  case APP_ABOUT_COUNT:
    tell_count (scene, writer, text);
    tell_comparisons (scene, text);
    break;
  case APP_ABOUT_VOICES:
    tell_comparisons (scene, text);
    if (text->len == 0)
      tell_everybody (scene, text);
    break;
  case APP_ABOUT_LENGTH:
    app_facts_append_lengths ((AppHearing **) scene->hearings->pdata, scene->hearings->len,
                              scene->voices, text);
    break;
  case APP_ABOUT_WORDS:
  case APP_ABOUT_SPEAKER:
  case APP_ABOUT_TIME:
  case APP_ABOUT_LANGUAGE:
  case APP_ABOUT_TRANSLATION:
  case APP_ABOUT_EVERYTHING:
  case APP_N_ABOUTS:
  default:
    break;
  }
}

/* (transfer full): how a voice may be found in that respect; empty where there is no such list. */
static GStrv
list_values (AppAbout about)
{
  static const char *const values[APP_N_ABOUTS][4] = {
    [APP_ABOUT_GENDER] = { "female", "male" },
    [APP_ABOUT_PITCH] = { "high", "low", "normal" },
    [APP_ABOUT_SPEED] = { "fast", "slow", "normal" },
    [APP_ABOUT_LOUDNESS] = { "loud", "quiet", "normal" },
  };
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (int e = 0; about == APP_ABOUT_EMOTION && e < AUDIO_N_EMOTIONS; e++)
    g_strv_builder_add (builder, audio_emotion_get_name ((AudioEmotion) e));
  for (int i = 0; values[about][i] != NULL; i++)
    g_strv_builder_add (builder, values[about][i]);
  return g_strv_builder_end (builder);
}

/* Whether facts have the value; what is in brackets only explains one. */
static gboolean
have_value (const char *facts, const char *value)
{
  g_autofree char *pattern = g_strdup_printf ("\\b%s\\b(?![^(]*\\))", value);

  return g_regex_match_simple (pattern, facts, 0, 0);
}

/* (transfer none): the only value that facts have; NULL if they have none, or several. */
static const char *
find_only_value (const char *facts, GStrv values)
{
  const char *found = NULL;

  for (guint i = 0; values[i] != NULL; i++)
    if (have_value (facts, values[i])) {
      if (found != NULL)
        return NULL;
      found = values[i];
    }
  return found;
}

/* A small model says "yes" too readily: what was heard of one voice or line is compared with what
 * it takes the question to ask for. */
static void
tell_whether (AppAnswerWriter *writer, AppAbout about, GString *text)
{
  g_auto (GStrv) values = list_values (about);
  g_autofree char *chosen = NULL;
  const char *heard;

  gboolean is_open = g_str_has_suffix (text->str, "uncertain.");

  /* Of several voices, or of one that is now so and now so, it does not follow. */
  if (values[0] == NULL || text->len == 0 || strchr (text->str, '.') != text->str + text->len - 1
      || (!is_open && strstr (text->str, "uncertain") != NULL))
    return;
  chosen = app_answer_writer_ask (writer, WHETHER_BEGIN, (const char *const *) values);
  heard = find_only_value (text->str, values);
  if (chosen == NULL)
    return;
  if (is_open)
    g_string_append_printf (text, " No, the voice is not clearly %s.", chosen);
  else if (have_value (text->str, chosen))
    g_string_append_printf (text, " Yes, the voice is %s.", chosen);
  else if (heard != NULL)
    g_string_append_printf (text, " No, the voice is %s, not %s.", heard, chosen);
  else
    g_string_append_printf (text, " No, the voice is not %s.", chosen);
}

/* (transfer full): the beginnings of all lines, as choices that end where they differ. */
static GStrv
list_lines (const AppConversation *conversation)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 1; i <= app_conversation_get_n_lines (conversation); i++) {
    const char *text = app_conversation_get_line (conversation, i, NULL)->text;
    g_autofree char *beginning =
        g_utf8_substring (text, 0, MIN (g_utf8_strlen (text, -1), SHOWN_CHARS));

    g_strv_builder_add (builder, beginning);
  }
  return g_strv_builder_end (builder);
}

guint
app_focus_choose_line (AppAnswerWriter *writer, const AppConversation *conversation)
{
  guint n_lines = app_conversation_get_n_lines (conversation);
  g_auto (GStrv) choices = NULL;
  g_autofree char *chosen = NULL;

  if (n_lines < 2 || n_lines > MAX_LINES)
    return n_lines == 1;
  choices = list_lines (conversation);
  chosen = app_answer_writer_ask (writer, LINE_BEGIN, (const char *const *) choices);
  for (guint i = 0; chosen != NULL && choices[i] != NULL; i++)
    if (g_str_equal (choices[i], chosen))
      return i + 1;
  return 0;
}

char *
app_focus_find_neighbour (AppAnswerWriter *writer, const AppConversation *conversation,
                          GPtrArray *quotes)
{
  static const char *const sides[] = { AFTER, BEFORE, WITHIN, NULL };
  g_autofree char *side =
      app_quotes_get_line (quotes) > 0 ? app_answer_writer_ask (writer, SIDE_BEGIN, sides) : NULL;

  if (side == NULL || g_str_equal (side, WITHIN))
    return NULL;
  return app_quotes_tell_neighbour (quotes, conversation, g_str_equal (side, AFTER));
}

char *
app_focus_find (AppAnswerWriter *writer, const AppConversation *conversation,
                const AppQuestionForm *form, guint line)
{
  g_autoptr (GPtrArray) hearings = app_conversation_get_hearings (conversation);
  g_autoptr (AppVoices) voices = app_voices_new ((AppHearing **) hearings->pdata, hearings->len);
  const Scene scene = { hearings, voices, app_conversation_get_n_lines (conversation), line,
                        app_focus_get_aspects (form->about) };
  g_autoptr (GString) text = g_string_new (NULL);

  tell (&scene, writer, form->about, text);
  if (form->form == APP_FORM_YES_OR_NO)
    tell_whether (writer, form->about, text);
  else if (form->form == APP_FORM_OPTIONS && g_str_has_suffix (text->str, "gender uncertain."))
    g_string_append (text, " It is uncertain whether the voice is female or male.");
  if (text->len == 0)
    return NULL;
  g_strdelimit (text->str, "\n", ' ');
  return g_strstrip (g_string_free (g_steal_pointer (&text), FALSE));
}
