/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/reading/chinese.h"

#include <math.h>
#include <string.h>

#include "audio/base/audio-error.h"
#include "audio/reading/chinese-private.h"

/* What the lexicon has not, or has by a rarer reading. The user's words go before them. */
static const char *const corrections[][2] = {
  { "曾国藩", "zeng1 guo2 fan1" },
  { "曾国荃", "zeng1 guo2 quan2" },
  { "大汗", "da4 han4" },
};

AudioChinese *
audio_chinese_load (const char *path, GError **error)
{
  g_autoptr (AudioChinese) chinese = g_new0 (AudioChinese, 1);
  size_t n_counts;
  double total = 1;

  if (!audio_word_list_open (&chinese->list, path, "chinese-pronunciations",
                             "pronunciations.readings", error))
    return NULL;
  chinese->counts =
      nn_gguf_get_ints (chinese->list.gguf, "pronunciations.counts", &n_counts, error);
  if (chinese->counts == NULL)
    return NULL;
  if (n_counts != chinese->list.n_words) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL, "%s: %zu words, %zu counts", path,
                 chinese->list.n_words, n_counts);
    return NULL;
  }
  for (size_t i = 0; i < n_counts; i++)
    total += MAX (chinese->counts[i], 0);
  chinese->log_total = log (total);
  chinese->to_simplified = audio_script_converter_new (AUDIO_SCRIPT_SIMPLIFIED, error);
  if (chinese->to_simplified == NULL)
    return NULL;
  chinese->neutral = chinese_make_neutral_words ();
  chinese->own =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_strfreev);
  for (size_t i = 0; i < G_N_ELEMENTS (corrections); i++) {
    g_auto (GStrv) syllables = g_strsplit (corrections[i][1], " ", -1);
    audio_chinese_add_word (chinese, corrections[i][0], (const char *const *) syllables);
  }
  return g_steal_pointer (&chinese);
}

void
audio_chinese_free (AudioChinese *chinese)
{
  if (chinese == NULL)
    return;
  audio_word_list_close (&chinese->list);
  g_clear_pointer (&chinese->to_simplified, audio_script_converter_free);
  g_clear_pointer (&chinese->neutral, g_hash_table_unref);
  g_clear_pointer (&chinese->own, g_hash_table_unref);
  g_free (chinese);
}

void
audio_chinese_add_word (AudioChinese *chinese, const char *word, const char *const *syllables)
{
  char *simplified = audio_script_converter_convert (chinese->to_simplified, word);
  const size_t length = (size_t) g_utf8_strlen (simplified, -1);

  g_assert (length == g_strv_length ((char **) syllables));
  chinese->max_own = MAX (chinese->max_own, length);
  g_hash_table_replace (chinese->own, simplified, g_strdupv ((char **) syllables));
}

void
audio_chinese_set_taiwan (AudioChinese *chinese, gboolean is_taiwan)
{
  chinese->is_taiwan = is_taiwan;
}

gboolean
chinese_is_in (gunichar c, const char *characters)
{
  return c != 0 && g_utf8_strchr (characters, -1, c) != NULL;
}

int
chinese_get_tone (const ChineseItem *item)
{
  const size_t length = strlen (item->reading);

  return length > 0 ? item->reading[length - 1] - '0' : 5;
}

void
chinese_set_tone (ChineseItem *item, int tone)
{
  const size_t length = strlen (item->reading);

  if (length > 0)
    item->reading[length - 1] = (char) ('0' + tone);
}

void
chinese_set_reading (ChineseItem *item, const char *reading, size_t length)
{
  length = MIN (length, sizeof item->reading - 1);
  memcpy (item->reading, reading, length);
  item->reading[length] = '\0';
}

/* What is spoken for an item: "hua1", or "huar1" with the 儿 after it. (transfer full). */
static char *
spell_item (const ChineseItem *item)
{
  const size_t length = strlen (item->reading);

  if (!item->has_r)
    return g_strdup (item->reading);
  return g_strdup_printf ("%.*sr%c", (int) length - 1, item->reading, item->reading[length - 1]);
}

static GArray *
read_items (AudioChinese *chinese, const char *text, size_t begin, size_t end)
{
  GArray *items = chinese_read_text (chinese, text, begin, end);

  chinese_find_words (chinese, items);
  chinese_apply_sandhi (items);
  return items;
}

char *
audio_chinese_spell (AudioChinese *chinese, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autoptr (GArray) items = read_items (chinese, valid, 0, strlen (valid));
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < items->len; i++) {
    const ChineseItem *item = &g_array_index (items, ChineseItem, i);
    if (item->kind != CHINESE_SYLLABLE || item->is_r)
      continue;
    g_autofree char *spelled = spell_item (item);
    if (out->len > 0)
      g_string_append_c (out, ' ');
    g_string_append (out, spelled);
  }
  return g_string_free (out, FALSE);
}

/* The sound of the word whose first item is `at`; `after`: the item past it. */
static char *
read_word (const GArray *items, guint at, guint *after)
{
  GString *sound = g_string_new (NULL);
  guint i = at;

  do {
    const ChineseItem *item = &g_array_index (items, ChineseItem, i);
    g_autofree char *spelled = item->is_r ? NULL : spell_item (item);
    g_autofree char *symbols = spelled != NULL ? audio_chinese_read_syllable (spelled) : NULL;
    if (symbols != NULL)
      g_string_append (sound, symbols);
    i++;
  } while (i < items->len && g_array_index (items, ChineseItem, i).kind == CHINESE_SYLLABLE
           && !g_array_index (items, ChineseItem, i).begins_word);
  *after = i;
  return g_string_free (sound, FALSE);
}

void
chinese_append (AudioChinese *chinese, const char *text, size_t begin, size_t end,
                AudioReadingBuilder *builder)
{
  g_autoptr (GArray) items = read_items (chinese, text, begin, end);

  for (guint i = 0; i < items->len;) {
    const ChineseItem *item = &g_array_index (items, ChineseItem, i);

    if (item->kind == CHINESE_SYLLABLE) {
      guint after;
      g_autofree char *sound = read_word (items, i, &after);
      const ChineseItem *last = &g_array_index (items, ChineseItem, after - 1);
      audio_reading_add_word (builder, item->begin, MAX (item->end, last->end), sound, TRUE);
      i = after;
      continue;
    }
    if (item->kind == CHINESE_MARK)
      audio_reading_add_mark (builder, audio_reading_find_mark (item->c), TRUE);
    i++;
  }
}
