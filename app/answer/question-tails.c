/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/answer/question-tails.h"

#include <string.h>

#define MAX_TAILS 4
/* Fewer letters ask for nothing. */
#define MIN_LETTERS 3
/* What stands within these belongs together. */
#define BRACKETS "{[(\"\u201C\u300C\u300E\u00AB"

/* Whether a clause may end after the character; Latin marks also stand within words and numbers. */
static gboolean
ends_clause (gunichar c, gunichar next)
{
  if (c < 0x80)
    return strchr (".!?,:;", (int) c) != NULL && (g_unichar_isspace (next) || next >= 0x2E80);
  return g_utf8_strchr ("\u3002\uFF01\uFF1F\uFF0C\uFF1A\uFF1B\u2026\u2014", -1, c) != NULL;
}

static gboolean
is_question_mark (gunichar c)
{
  return c == '?' || c == 0xFF1F;
}

/* Whether nothing behind a clause that asks does so, too. */
static gboolean
is_last_to_ask (gunichar end, const char *rest)
{
  return is_question_mark (end) && strchr (rest, '?') == NULL && strstr (rest, "\uFF1F") == NULL;
}

static gboolean
has_letters (const char *text)
{
  int n = 0;

  for (const char *p = text; *p != '\0' && n < MIN_LETTERS; p = g_utf8_next_char (p))
    n += g_unichar_isalnum (g_utf8_get_char (p));
  return n == MIN_LETTERS;
}

GStrv
app_question_tails_list (const char *question)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  guint n = 0;

  for (const char *p = question; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    const char *next = g_utf8_next_char (p);

    if (g_utf8_strchr (BRACKETS, -1, c) != NULL || n > MAX_TAILS)
      return g_new0 (char *, 1);
    if (*next == '\0' || !ends_clause (c, g_utf8_get_char (next)))
      continue;
    if (is_last_to_ask (c, next))
      break;
    while (g_unichar_isspace (g_utf8_get_char (next)))
      next = g_utf8_next_char (next);
    if (!has_letters (next))
      continue;
    g_strv_builder_add (builder, next);
    n++;
  }
  return g_strv_builder_end (builder);
}
