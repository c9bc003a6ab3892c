/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/hearing/hearing-correct.h"

#include <string.h>

#include "app/base/app-error.h"

static void
clear_word (gpointer data)
{
  g_free (((AppHearingWord *) data)->text);
}

/* Scripts that are written without spaces. */
static gboolean
is_word_by_itself (gunichar c)
{
  switch (g_unichar_get_script (c)) {
  case G_UNICODE_SCRIPT_HAN:
  case G_UNICODE_SCRIPT_HIRAGANA:
  case G_UNICODE_SCRIPT_KATAKANA:
  case G_UNICODE_SCRIPT_THAI:
    return TRUE;
  default:
    return FALSE;
  }
}

/* (transfer full): AppHearingWord without times, each with the space before it. */
static GArray *
split (const char *text)
{
  GArray *words = g_array_new (FALSE, TRUE, sizeof (AppHearingWord));
  const char *p = text;

  g_array_set_clear_func (words, clear_word);
  while (*p != '\0') {
    const char *begin = p;
    AppHearingWord word = { .probability = 1 };
    while (g_unichar_isspace (g_utf8_get_char (p)))
      p = g_utf8_next_char (p);
    if (*p == '\0')
      break;
    do
      p = g_utf8_next_char (p);
    while (*p != '\0' && !g_unichar_isspace (g_utf8_get_char (p))
           && (g_unichar_ispunct (g_utf8_get_char (p))
               || (!is_word_by_itself (g_utf8_get_char (g_utf8_prev_char (p)))
                   && !is_word_by_itself (g_utf8_get_char (p)))));
    word.text = g_strndup (begin, (gsize) (p - begin));
    g_array_append_val (words, word);
  }
  return words;
}

static gboolean
is_same (const AppHearingWord *a, const AppHearingWord *b)
{
  g_autofree char *x = g_strstrip (g_strdup (a->text));
  g_autofree char *y = g_strstrip (g_strdup (b->text));

  return g_str_equal (x, y);
}

static void
keep_times (AppHearingWord *word, const AppHearingWord *old)
{
  word->start = old->start;
  word->end = old->end;
  word->probability = old->probability;
}

/* The words from `first` up to `last` share the time between. */
static void
share_times (GArray *words, guint first, guint last, double start, double end)
{
  double n_chars = 0, past = 0;

  for (guint i = first; i < last; i++)
    n_chars += (double) g_utf8_strlen (g_array_index (words, AppHearingWord, i).text, -1);
  for (guint i = first; i < last; i++) {
    AppHearingWord *word = &g_array_index (words, AppHearingWord, i);
    word->start = start + (end - start) * past / n_chars;
    past += (double) g_utf8_strlen (word->text, -1);
    word->end = start + (end - start) * past / n_chars;
  }
}

static void
set_times (GArray *words, const AppHearingSegment *segment)
{
  guint n_old = (guint) segment->n_words, n = words->len;
  guint first = 0, n_last = 0;
  double start, end;

#define NEW(i) (&g_array_index (words, AppHearingWord, i))
  while (first < MIN (n, n_old) && is_same (NEW (first), &segment->words[first])) {
    keep_times (NEW (first), &segment->words[first]);
    first++;
  }
  while (n_last < MIN (n, n_old) - first
         && is_same (NEW (n - 1 - n_last), &segment->words[n_old - 1 - n_last])) {
    keep_times (NEW (n - 1 - n_last), &segment->words[n_old - 1 - n_last]);
    n_last++;
  }
  start = first > 0 ? NEW (first - 1)->end : segment->start;
  end = n_last > 0 ? NEW (n - n_last)->start : segment->end;
  share_times (words, first, n - n_last, start, MAX (start, end));
#undef NEW
}

static void
replace_words (AppHearingSegment *segment, GArray *words)
{
  for (int i = 0; i < segment->n_words; i++)
    g_free (segment->words[i].text);
  g_free (segment->words);
  segment->n_words = (int) words->len;
  g_array_set_clear_func (words, NULL);
  segment->words = (AppHearingWord *) (void *) g_array_free (words, FALSE);
}

gboolean
app_hearing_correct (AppHearing *hearing, guint segment, const char *text, GError **error)
{
  g_autofree char *stripped = g_strstrip (g_utf8_make_valid (text, -1));
  AppHearingSegment *changed;

  if (segment >= hearing->segments->len || stripped[0] == '\0') {
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "%s: there is nothing to be put right",
                 hearing->title);
    return FALSE;
  }
  changed = g_ptr_array_index (hearing->segments, segment);
  if (changed->n_words > 0) {
    GArray *words = split (stripped);
    set_times (words, changed);
    replace_words (changed, words);
  }
  g_free (changed->text);
  changed->text = g_steal_pointer (&stripped);
  changed->sentiment = APP_SENTIMENT_UNKNOWN;
  changed->is_contrast = FALSE;
  return TRUE;
}
