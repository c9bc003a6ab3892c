/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/focus.h"

#include <stdlib.h>
#include <string.h>

#include "app/facts.h"

/* More lines are not listed one by one. */
#define MAX_LINES 40

#define BEGIN "The question is about"
#define EVERYBODY " everybody."
#define SPEAKER " speaker "
#define LINE " line "

/* (transfer full): what the question may be about. */
static GStrv
list_choices (const AppConversation *conversation, const AppVoices *voices)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  guint n_lines = app_conversation_get_n_lines (conversation);
  guint n_voices = MIN (app_voices_get_n (voices), APP_HEARING_MAX_SPEAKERS);

  g_strv_builder_add (builder, EVERYBODY);
  for (guint i = 0; i < n_voices; i++) {
    g_autofree char *choice = g_strdup_printf (SPEAKER "%c.", 'A' + (char) i);

    g_strv_builder_add (builder, choice);
  }
  for (guint i = 1; n_lines <= MAX_LINES && i <= n_lines; i++) {
    g_autofree char *choice = g_strdup_printf (LINE "%u.", i);

    g_strv_builder_add (builder, choice);
  }
  return g_strv_builder_end (builder);
}

/* (transfer full): facts about the line. */
static char *
tell_line (GPtrArray *hearings, const AppVoices *voices, guint line)
{
  guint first = 1;

  for (guint h = 0; h < hearings->len; h++) {
    const AppHearing *hearing = g_ptr_array_index (hearings, h);

    if (line < first + hearing->segments->len) {
      const AppFactsOf of = { hearing, voices, h, first };
      g_autofree char *facts = app_facts_of_line (&of, line - first);

      return facts[0] != '\0' ? g_strdup_printf ("Line %u: %s.", line, facts) : NULL;
    }
    first += hearing->segments->len;
  }
  return NULL;
}

/* (transfer full): facts about the voice in all recordings where it is heard. */
static char *
tell_voice (GPtrArray *hearings, const AppVoices *voices, int voice)
{
  GString *text = g_string_new (NULL);
  guint first = 1;

  for (guint h = 0; h < hearings->len; h++) {
    const AppHearing *hearing = g_ptr_array_index (hearings, h);
    const AppFactsOf of = { hearing, voices, h, first };

    for (guint s = 0; s < hearing->speakers->len; s++)
      if (app_voices_get_index (voices, h, (int) s) == voice) {
        g_autofree char *facts = app_facts_of_speaker (&of, (int) s);

        if (facts[0] != '\0')
          g_string_append_printf (text, "%sSpeaker %c%s%s: %s.", text->len > 0 ? " " : "",
                                  'A' + (char) voice, hearings->len > 1 ? " in " : "",
                                  hearings->len > 1 ? hearing->title : "", facts);
      }
    first += hearing->segments->len;
  }
  if (text->len == 0) {
    g_string_free (text, TRUE);
    return NULL;
  }
  return g_string_free (text, FALSE);
}

char *
app_focus_find (AppAnswerWriter *writer, const AppConversation *conversation)
{
  g_autoptr (GPtrArray) hearings = app_conversation_get_hearings (conversation);
  g_autoptr (AppVoices) voices = app_voices_new ((AppHearing **) hearings->pdata, hearings->len);
  g_auto (GStrv) choices = NULL;
  g_autofree char *chosen = NULL;

  if (app_conversation_get_n_lines (conversation) == 1)
    return tell_line (hearings, voices, 1);
  choices = list_choices (conversation, voices);
  chosen = app_answer_writer_ask (writer, BEGIN, (const char *const *) choices);
  if (chosen == NULL || g_str_equal (chosen, EVERYBODY))
    return NULL;
  if (g_str_has_prefix (chosen, LINE))
    return tell_line (hearings, voices, (guint) strtoul (chosen + strlen (LINE), NULL, 10));
  return tell_voice (hearings, voices, chosen[strlen (SPEAKER)] - 'A');
}
