/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Where a text may be cut, in either language. */

#include <string.h>

#include "audio/reading/reading.h"

#define MAX_PAUSE_BYTES 64 /* of "[pause ...]" */

static gboolean
is_in (gunichar c, const char *characters)
{
  return c != 0 && g_utf8_strchr (characters, -1, c) != NULL;
}

static gunichar
get_before (const char *text, const char *at)
{
  return at > text ? g_utf8_get_char (g_utf8_prev_char (at)) : 0;
}

/* Whether the full stop at `stop` ends no sentence: after a single capital (an initial) and after a
 * title or the like. */
static gboolean
is_abbreviation (const char *text, const char *stop)
{
  static const char *const titles[] = { "Mr",  "Mrs", "Ms", "Dr",  "St",     "vs",  "Prof", "No",
                                        "e.g", "i.e", "Jr", "Sr",  "Gen",    "Rev", "Capt", "Lt",
                                        "Col", "Sgt", "Mt", "Fig", "approx", "cf" };
  const char *word = stop;

  while (word > text && (g_ascii_isalpha (word[-1]) || (word[-1] == '.' && word < stop)))
    word--;
  const size_t n = (size_t) (stop - word);
  if (n == 1 && g_ascii_isupper (*word))
    return TRUE;
  for (size_t i = 0; i < G_N_ELEMENTS (titles); i++)
    if (n == strlen (titles[i]) && strncmp (word, titles[i], n) == 0)
      return TRUE;
  return FALSE;
}

/* Whether "[pause ...]" ends before `at`. */
static gboolean
ends_pause (const char *text, const char *at)
{
  static const char sign[] = "[pause ";
  const char *open = at - 1;

  if (at == text || *open != ']')
    return FALSE;
  while (open > text && at - open < MAX_PAUSE_BYTES && *open != '[')
    open--;
  return strncmp (open, sign, strlen (sign)) == 0;
}

/* Whether a sentence ends before `at`. */
static gboolean
ends_sentence (const char *text, const char *at)
{
  const char *end = at;
  const gunichar next = g_utf8_get_char (at);

  if (ends_pause (text, at))
    return TRUE;
  /* More that closes it follows: to be asked there, so that a row of it is gone through once. */
  if (is_in (next, "。！？｡…\"'”’）」』》】)]"))
    return FALSE;
  while (is_in (get_before (text, end), "\"')”’）」』》】]"))
    end = g_utf8_prev_char (end);
  const gunichar mark = get_before (text, end);
  if (is_in (mark, "。！？｡"))
    return TRUE;
  const gboolean is_at_space = *at == '\0' || g_unichar_isspace (next);
  if (!is_at_space || !is_in (mark, ".!?…"))
    return FALSE;
  return mark != '.' || !is_abbreviation (text, end - 1);
}

/* Whether white space at `at` has an empty line in it. */
static gboolean
is_paragraph_break (const char *at)
{
  int n_lines = 0;

  for (; *at != '\0' && g_unichar_isspace (g_utf8_get_char (at)); at = g_utf8_next_char (at))
    n_lines += *at == '\n' || g_utf8_get_char (at) == 0x2029 ? 1 : 0;
  return *at == '\0' || n_lines > 1;
}

/* Bytes of a piece of at most max_bytes: up to the last mark of punctuation, else the last space or
 * place between Chinese characters, else the last whole character. Marked-up words stay whole where
 * that is possible. */
static size_t
cut (const char *text, size_t length, size_t max_bytes)
{
  size_t mark = 0, space = 0, whole = 0;
  int depth = 0;

  if (length <= max_bytes)
    return length;
  for (const char *at = text; (size_t) (at - text) <= max_bytes; at = g_utf8_next_char (at)) {
    const gunichar c = g_utf8_get_char (at), before = get_before (text, at);
    whole = (size_t) (at - text);
    if (whole == 0)
      continue;
    depth += before == '[' ? 1 : before == ']' ? -1 : 0;
    if (depth > 0 || (before == ']' && c == '('))
      continue;
    const gboolean is_space = g_unichar_isspace (c);
    if ((is_space && is_in (before, ",;:)")) || is_in (before, "，；：、）」』》】"))
      mark = whole;
    if (is_space
        || (g_unichar_iswide (c) && g_unichar_iswide (before) && g_unichar_isalpha (c) && c != '['))
      space = whole;
  }
  return mark > max_bytes / 4 ? mark : space > 0 ? space : MAX (whole, 1);
}

static void
add_pieces (GArray *spans, const char *text, size_t begin, size_t end, size_t max_bytes)
{
  const guint n_before = spans->len;

  while (begin < end) {
    size_t n = cut (text + begin, end - begin, max_bytes);
    AudioReadingSpan span = { begin, begin + n, FALSE };
    while (span.begin < span.end && g_unichar_isspace (g_utf8_get_char (text + span.begin)))
      span.begin = (size_t) (g_utf8_next_char (text + span.begin) - text);
    while (span.end > span.begin && g_unichar_isspace (get_before (text, text + span.end)))
      span.end = (size_t) (g_utf8_prev_char (text + span.end) - text);
    if (span.begin < span.end)
      g_array_append_val (spans, span);
    begin += n;
  }
  if (spans->len > n_before)
    g_array_index (spans, AudioReadingSpan, spans->len - 1).ends_paragraph =
        is_paragraph_break (text + end);
}

GArray *
audio_reading_split (const char *text, size_t max_bytes)
{
  /* Each byte that is no UTF-8 becomes one other byte, so that the places stay. */
  g_autofree char *valid = g_strdup (text);
  GArray *spans = g_array_new (FALSE, FALSE, sizeof (AudioReadingSpan));
  const char *wrong = valid, *begin = valid;

  g_return_val_if_fail (max_bytes >= 8, spans);
  while (!g_utf8_validate (wrong, -1, &wrong))
    *(char *) wrong = ' ';
  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at)) {
    const gboolean is_break = *at == '\n' && is_paragraph_break (at);
    if (at > begin && (is_break || ends_sentence (begin, at))) {
      add_pieces (spans, valid, (size_t) (begin - valid), (size_t) (at - valid), max_bytes);
      begin = at;
      while (is_break && g_unichar_isspace (g_utf8_get_char (g_utf8_next_char (at))))
        at = g_utf8_next_char (at);
    }
  }
  add_pieces (spans, valid, (size_t) (begin - valid), strlen (valid), max_bytes);
  return spans;
}
