/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/answer/numbers.h"

/* Ordinals too, as "the fourteenth of October" tells when; but a second is seldom one. */
#define ENGLISH                                                                                    \
  "\\b(zero|none|nobody|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"           \
  "(thir|four|fif|six|seven|eigh|nine)teen(th)?|"                                                  \
  "(twen|thir|for|fif|six|seven|eigh|nine)t(y|ieth)|"                                              \
  "first|third|(four|fif|six|seven|eigh|nin|ten|eleven|twelf)th|"                                  \
  "hundred(s|th)?|thousand(s|th)?|[mb]illions?|dozens?|half|halves|quarters?|pair|couple|both|"    \
  "once|twice)\\b"
#define CHINESE "[零〇一二三四五六七八九十百千万萬亿億两兩半双雙]"

gboolean
app_numbers_are_in (const char *text)
{
  for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c))
    if (g_unichar_isdigit (g_utf8_get_char (c)))
      return TRUE;
  return g_regex_match_simple (ENGLISH "|" CHINESE, text, G_REGEX_CASELESS, 0);
}

gboolean
app_numbers_may_be_heard (const AppHearing *hearing)
{
  if (!g_str_equal (hearing->language, "en") && !g_str_equal (hearing->language, "zh"))
    return TRUE;
  for (guint i = 0; i < hearing->segments->len; i++)
    if (app_numbers_are_in (app_hearing_get (hearing, i)->text))
      return TRUE;
  return FALSE;
}

gboolean
app_numbers_are_missing (AppAnswerWriter *writer, const AppConversation *conversation)
{
  static const char *const kinds[] = { " a number.", " a name.",   " a person.", " a thing.",
                                       " a place.",  " a reason.", " a color.",  NULL };
  g_autoptr (GPtrArray) hearings = app_conversation_get_hearings (conversation);
  g_autofree char *asked_for = NULL;

  for (guint h = 0; h < hearings->len; h++)
    if (app_numbers_may_be_heard (g_ptr_array_index (hearings, h)))
      return FALSE;
  asked_for = app_answer_writer_ask (writer, "The question asks for", kinds);
  return asked_for != NULL && g_str_equal (asked_for, kinds[0]);
}
