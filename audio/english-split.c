/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Where a text may be cut. */

#include <string.h>

#include "audio/english.h"

/* Whether a sentence ends before `at`, the place of white space: a full stop after a single capital
 * (an initial) or after a title ends none. */
static gboolean
ends_sentence (const char *text, const char *at)
{
  static const char *const titles[] = { "Mr", "Mrs", "Ms", "Dr", "St", "vs", "Prof", "No" };
  const char *end = at;

  if (at[0] == '\n' && at[strspn (at, " \t\r")] == '\n' && strspn (at + 1, " \t\r\n") > 0
      && memchr (at + 1, '\n', strspn (at + 1, " \t\r\n")) != NULL)
    return TRUE;
  while (end > text && strchr ("\"')", end[-1]) != NULL)
    end--;
  if (end == text || strchr (".!?", end[-1]) == NULL)
    return FALSE;
  if (end[-1] != '.')
    return TRUE;
  const char *word = --end;
  while (word > text && g_ascii_isalpha (word[-1]))
    word--;
  size_t n = (size_t) (end - word);
  if (n == 1 && g_ascii_isupper (*word))
    return FALSE;
  for (size_t i = 0; i < G_N_ELEMENTS (titles); i++)
    if (n == strlen (titles[i]) && strncmp (word, titles[i], n) == 0)
      return FALSE;
  return TRUE;
}

/* Bytes of a piece of at most max_bytes: up to the last mark of punctuation before a space, else
 * the last space, else the last whole character. */
static size_t
cut (const char *text, size_t length, size_t max_bytes)
{
  size_t mark = 0, space = 0, whole = 0;

  if (length <= max_bytes)
    return length;
  for (const char *at = text; (size_t) (at - text) <= max_bytes; at = g_utf8_next_char (at)) {
    whole = (size_t) (at - text);
    if (at == text || !g_ascii_isspace (*at))
      continue;
    space = whole;
    if (strchr (",;:)", at[-1]) != NULL)
      mark = whole;
  }
  return mark > max_bytes / 4 ? mark : space > 0 ? space : MAX (whole, 1);
}

static void
add_pieces (GPtrArray *pieces, const char *text, size_t length, size_t max_bytes)
{
  while (length > 0) {
    size_t n = cut (text, length, max_bytes);
    char *piece = g_strstrip (g_strndup (text, n));
    if (*piece != '\0')
      g_ptr_array_add (pieces, piece);
    else
      g_free (piece);
    text += n;
    length -= n;
  }
}

char **
audio_english_split (const char *text, size_t max_bytes)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GPtrArray *pieces = g_ptr_array_new ();
  const char *begin = valid;

  g_return_val_if_fail (max_bytes >= 8, NULL);
  for (const char *at = valid; *at != '\0'; at++)
    if (g_ascii_isspace (*at) && ends_sentence (begin, at)) {
      add_pieces (pieces, begin, (size_t) (at - begin), max_bytes);
      begin = at;
    }
  add_pieces (pieces, begin, strlen (begin), max_bytes);
  g_ptr_array_add (pieces, NULL);
  return (char **) g_ptr_array_free (pieces, FALSE);
}
