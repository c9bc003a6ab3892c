/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The items of a Chinese text: characters, numbers in words, marks, readings given in the text. */

#include <string.h>

#include "audio/reading/chinese-private.h"

static gboolean
is_bopomofo (gunichar c)
{
  return (c >= 0x3105 && c <= 0x312f) || c == 0x2c9 || c == 0x2ca || c == 0x2c7 || c == 0x2cb
         || c == 0x2d9;
}

static gboolean
is_han (gunichar c)
{
  return g_unichar_get_script (c) == G_UNICODE_SCRIPT_HAN && g_unichar_isalpha (c);
}

static ChineseItem *
add_item (GArray *items, ChineseKind kind, gunichar c, size_t begin, size_t end)
{
  ChineseItem item = { .kind = kind, .c = c, .written = c, .begin = begin, .end = end };

  g_array_append_val (items, item);
  return &g_array_index (items, ChineseItem, items->len - 1);
}

/* "[:ㄏㄠ3]": its bytes, if it stands there and can be read; the last items get its syllables. */
static size_t
read_given (GArray *items, const char *text, size_t n)
{
  const char *close = memchr (text, ']', n);

  if (n < 4 || text[0] != '[' || text[1] != ':' || close == NULL)
    return 0;
  g_autofree char *inner = g_strndup (text + 2, (size_t) (close - text) - 2);
  g_auto (GStrv) syllables = audio_chinese_parse_sounds (inner);
  const guint n_syllables = syllables != NULL ? g_strv_length (syllables) : 0;
  const size_t n_bytes = (size_t) (close - text) + 1;

  if (n_syllables == 0 || n_syllables > items->len)
    return 0;
  for (guint i = 0; i < n_syllables; i++) {
    ChineseItem *item = &g_array_index (items, ChineseItem, items->len - n_syllables + i);
    if (item->kind != CHINESE_SYLLABLE)
      return 0;
    chinese_set_reading (item, syllables[i], strlen (syllables[i]));
    item->is_fixed = TRUE;
  }
  g_array_index (items, ChineseItem, items->len - 1).end += n_bytes;
  return n_bytes;
}

/* Bopomofo in the text itself. */
static size_t
read_bopomofo (GArray *items, const char *text, size_t at, size_t end)
{
  size_t n = 0;

  while (at + n < end && is_bopomofo (g_utf8_get_char (text + at + n)))
    n += (size_t) (g_utf8_next_char (text + at + n) - (text + at + n));
  g_autofree char *signs = g_strndup (text + at, n);
  g_auto (GStrv) syllables = n > 0 ? audio_chinese_parse_sounds (signs) : NULL;
  for (guint i = 0; syllables != NULL && syllables[i] != NULL; i++) {
    ChineseItem *item = add_item (items, CHINESE_SYLLABLE, 0, at, at + n);
    chinese_set_reading (item, syllables[i], strlen (syllables[i]));
    item->is_fixed = TRUE;
  }
  return n;
}

static void
add_number (GArray *items, const char *words, size_t begin, size_t end)
{
  gboolean keeps_tone = FALSE;

  for (const char *at = words; *at != '\0'; at = g_utf8_next_char (at)) {
    if (*at == '=') {
      keeps_tone = TRUE;
      continue;
    }
    ChineseItem *item = add_item (items, CHINESE_SYLLABLE, g_utf8_get_char (at), begin, end);
    item->is_fixed = keeps_tone;
    item->is_figure = TRUE;
    keeps_tone = FALSE;
  }
}

/* Simplified characters, phrase by phrase; character by character if the phrases change their
 * number. */
static void
simplify (AudioChinese *chinese, GArray *items)
{
  g_autoptr (GString) written = g_string_new (NULL);

  for (guint i = 0; i < items->len; i++) {
    gunichar c = g_array_index (items, ChineseItem, i).written;
    g_string_append_unichar (written, c != 0 ? c : ' ');
  }
  g_autofree char *simplified =
      audio_script_converter_convert (chinese->to_simplified, written->str);
  const gboolean is_even = g_utf8_strlen (simplified, -1) == (glong) items->len;
  const char *at = simplified;
  for (guint i = 0; i < items->len; i++) {
    ChineseItem *item = &g_array_index (items, ChineseItem, i);
    if (item->kind != CHINESE_SYLLABLE || item->c == 0) {
      at = is_even ? g_utf8_next_char (at) : at;
      continue;
    }
    if (is_even) {
      item->c = g_utf8_get_char (at);
      at = g_utf8_next_char (at);
      continue;
    }
    char one[8] = { 0 };
    g_unichar_to_utf8 (item->written, one);
    g_autofree char *alone = audio_script_converter_convert (chinese->to_simplified, one);
    item->c = g_utf8_get_char (alone);
  }
}

GArray *
chinese_read_text (AudioChinese *chinese, const char *text, size_t begin, size_t end)
{
  GArray *items = g_array_new (FALSE, FALSE, sizeof (ChineseItem));
  size_t n;

  for (size_t at = begin; at < end; at += n) {
    const gunichar c = g_utf8_get_char (text + at);
    g_autofree char *number = chinese_read_number (text, at, end, &n);

    if (number != NULL) {
      add_number (items, number, at, at + n);
      continue;
    }
    n = read_given (items, text + at, end - at);
    if (n == 0)
      n = read_bopomofo (items, text, at, end);
    if (n > 0)
      continue;
    n = (size_t) (g_utf8_next_char (text + at) - (text + at));
    if (is_han (c) || c == 0x3007)
      add_item (items, CHINESE_SYLLABLE, c, at, at + n);
    else if (g_unichar_isspace (c))
      add_item (items, CHINESE_SPACE, ' ', at, at + n);
    else if (*audio_reading_find_mark (c) != '\0')
      add_item (items, CHINESE_MARK, c, at, at + n);
  }
  simplify (chinese, items);
  return items;
}
