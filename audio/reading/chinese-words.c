/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The likeliest cut into words (unigrams, as jieba does it) and the words' readings. */

#include <math.h>
#include <string.h>

#include "audio/reading/chinese-private.h"

/* A piece of text between marks as one string, with where each character is. */
typedef struct {
  GString *text;
  size_t *starts; /* n + 1 */
  guint n;
} Piece;

static void
make_piece (Piece *piece, const ChineseItem *items, guint n)
{
  piece->text = g_string_new (NULL);
  piece->starts = g_new (size_t, n + 1);
  piece->n = n;
  for (guint i = 0; i < n; i++) {
    piece->starts[i] = piece->text->len;
    g_string_append_unichar (piece->text, items[i].c != 0 ? items[i].c : ' ');
  }
  piece->starts[n] = piece->text->len;
}

static void
clear_piece (Piece *piece)
{
  g_string_free (piece->text, TRUE);
  g_free (piece->starts);
}

static char *
get_word (const Piece *piece, guint first, guint n)
{
  return g_strndup (piece->text->str + piece->starts[first],
                    piece->starts[first + n] - piece->starts[first]);
}

/* log of the share of all words; FALSE: no word. */
static gboolean
weigh (AudioChinese *chinese, const Piece *piece, guint first, guint n, double *weight)
{
  const char *word = piece->text->str + piece->starts[first];
  const size_t length = piece->starts[first + n] - piece->starts[first];
  size_t index;

  if (n <= chinese->max_own) {
    g_autofree char *own = get_word (piece, first, n);
    if (g_hash_table_contains (chinese->own, own)) {
      *weight = 0;
      return TRUE;
    }
  }
  if (audio_word_list_find (&chinese->list, word, length, &index)) {
    *weight = log (MAX (chinese->counts[index], 1)) - chinese->log_total;
    return TRUE;
  }
  *weight = -chinese->log_total;
  return n == 1;
}

static void
cut (AudioChinese *chinese, const Piece *piece, ChineseItem *items)
{
  g_autofree double *best = g_new (double, piece->n + 1);
  g_autofree guint *lengths = g_new (guint, piece->n + 1);
  const guint longest = MAX (CHINESE_MAX_WORD, (guint) MIN (chinese->max_own, 32));

  best[piece->n] = 0;
  for (guint first = piece->n; first-- > 0;) {
    best[first] = -INFINITY;
    for (guint n = 1; n <= MIN (longest, piece->n - first); n++) {
      double weight;
      if (!weigh (chinese, piece, first, n, &weight))
        continue;
      if (weight + best[first + n] > best[first]) {
        best[first] = weight + best[first + n];
        lengths[first] = n;
      }
    }
  }
  for (guint first = 0; first < piece->n; first += lengths[first])
    items[first].begins_word = TRUE;
}

/* The usual reading of a character, or whether `reading` is one of it. */
static gboolean
find_character (AudioChinese *chinese, gunichar c, const char *reading, ChineseItem *usual)
{
  char character[8];
  size_t index;
  const size_t length = (size_t) g_unichar_to_utf8 (c, character);

  if (c == 0 || !audio_word_list_find (&chinese->list, character, length, &index))
    return FALSE;
  const NnGgufString *value = &chinese->list.values[index];
  g_autofree char *all = g_strndup (value->data, value->length);
  g_auto (GStrv) readings = g_strsplit (all, ",", -1);
  if (reading != NULL && g_strv_contains ((const char *const *) readings, reading))
    return TRUE;
  if (readings[0] == NULL || readings[0][0] == '\0')
    return FALSE;
  chinese_set_reading (usual, readings[0], strlen (readings[0]));
  return reading == NULL;
}

void
chinese_give_tone (AudioChinese *chinese, ChineseItem *item)
{
  char character[8];
  size_t index;
  const size_t length = (size_t) g_unichar_to_utf8 (item->c, character);
  const size_t n_base = strlen (item->reading) - 1;

  if (item->c == 0 || !audio_word_list_find (&chinese->list, character, length, &index))
    return;
  const NnGgufString *value = &chinese->list.values[index];
  g_autofree char *all = g_strndup (value->data, value->length);
  g_auto (GStrv) readings = g_strsplit (all, ",", -1);
  for (guint i = 0; readings[i] != NULL; i++)
    if (strlen (readings[i]) == n_base + 1 && strncmp (readings[i], item->reading, n_base) == 0
        && readings[i][n_base] != '5') {
      chinese_set_reading (item, readings[i], n_base + 1);
      return;
    }
}

/* Two characters of the traditional script may have one in the simplified: 髮 and 發 are both 发.
 */
static void
respect_written (AudioChinese *chinese, ChineseItem *item)
{
  ChineseItem usual = { 0 };

  if (item->written == item->c || item->is_fixed || chinese_get_tone (item) == 5)
    return;
  if (!find_character (chinese, item->written, item->reading, &usual) && *usual.reading != '\0')
    chinese_set_reading (item, usual.reading, strlen (usual.reading));
}

/* Fills in `syllables` of a word, apart by spaces or NULL-terminated. */
static void
set_readings (ChineseItem *items, guint n, char *const *syllables)
{
  for (guint i = 0; i < n && syllables[i] != NULL; i++)
    if (!items[i].is_fixed || items[i].reading[0] == '\0')
      chinese_set_reading (&items[i], syllables[i], strlen (syllables[i]));
}

static void
read_word (AudioChinese *chinese, const Piece *piece, ChineseItem *items, guint first, guint n)
{
  g_autofree char *word = get_word (piece, first, n);
  char *const *own = g_hash_table_lookup (chinese->own, word);
  size_t index;

  if (own != NULL) {
    set_readings (items + first, n, own);
    return;
  }
  if (n > 1 && audio_word_list_find (&chinese->list, word, strlen (word), &index)
      && chinese->list.values[index].length > 0) {
    const NnGgufString *value = &chinese->list.values[index];
    g_autofree char *reading = g_strndup (value->data, value->length);
    g_auto (GStrv) syllables = g_strsplit (reading, " ", -1);
    set_readings (items + first, n, syllables);
  }
  for (guint i = first; i < first + n; i++)
    if (items[i].reading[0] == '\0') {
      const char *chosen = n == 1 ? chinese_choose_reading (items, 0, piece->n - 1, i) : NULL;
      if (chosen != NULL)
        chinese_set_reading (&items[i], chosen, strlen (chosen));
      else
        find_character (chinese, items[i].c, NULL, &items[i]);
    }
  for (guint i = first; i < first + n; i++)
    respect_written (chinese, &items[i]);
  chinese_make_neutral (chinese, items + first, n);
  if (chinese->is_taiwan)
    chinese_speak_as_in_taiwan (chinese, items + first, n, first + n == piece->n);
}

/* 著 stands for 着 in traditional texts, but for what is famous and written. */
static void
settle_zhe (ChineseItem *items, guint n)
{
  for (guint i = 0; i < n; i++) {
    const gunichar before = i > 0 ? items[i - 1].c : 0, after = i + 1 < n ? items[i + 1].c : 0;
    if (items[i].c == g_utf8_get_char ("著") && !chinese_is_in (before, "名显土编原巨专论卓合译昭")
        && !chinese_is_in (after, "名作称述书者录有"))
      items[i].c = g_utf8_get_char ("着");
  }
}

static void
read_piece (AudioChinese *chinese, ChineseItem *items, guint n)
{
  Piece piece;

  settle_zhe (items, n);
  make_piece (&piece, items, n);
  cut (chinese, &piece, items);
  for (guint first = 0; first < n;) {
    guint length = 1;
    while (first + length < n && !items[first + length].begins_word)
      length++;
    read_word (chinese, &piece, items, first, length);
    first += length;
  }
  chinese_reduce_again (items, n);
  clear_piece (&piece);
}

void
chinese_find_words (AudioChinese *chinese, GArray *items)
{
  for (guint first = 0; first < items->len;) {
    ChineseItem *item = &g_array_index (items, ChineseItem, first);
    guint n = 0;
    while (first + n < items->len && item[n].kind == CHINESE_SYLLABLE)
      n++;
    if (n > 0)
      read_piece (chinese, item, n);
    first += MAX (n, 1);
  }
}
