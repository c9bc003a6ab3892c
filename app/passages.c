/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/passages.h"

#include <math.h>

#define BM25_K1 1.2
#define BM25_B 0.75

static gboolean
writes_without_spaces (gunichar c)
{
  GUnicodeScript script = g_unichar_get_script (c);

  return script == G_UNICODE_SCRIPT_HAN || script == G_UNICODE_SCRIPT_HIRAGANA
         || script == G_UNICODE_SCRIPT_KATAKANA || script == G_UNICODE_SCRIPT_THAI;
}

/* (transfer full): the words of a text, folded, in order. */
static GPtrArray *
split_words (const char *text)
{
  GPtrArray *words = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *folded = g_utf8_casefold (text, -1);
  g_autoptr (GString) word = g_string_new (NULL);

  for (const char *p = folded;; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (c != 0 && g_unichar_isalnum (c) && !writes_without_spaces (c)) {
      g_string_append_unichar (word, c);
      continue;
    }
    if (word->len > 0) {
      g_ptr_array_add (words, g_strdup (word->str));
      g_string_truncate (word, 0);
    }
    if (c == 0)
      return words;
    if (writes_without_spaces (c)) {
      g_string_append_unichar (word, c);
      g_ptr_array_add (words, g_strdup (word->str));
      g_string_truncate (word, 0);
    }
  }
}

static int
count (GHashTable *table, const char *word)
{
  return GPOINTER_TO_INT (g_hash_table_lookup (table, word));
}

static void
add_one (GHashTable *table, const char *word)
{
  g_hash_table_insert (table, g_strdup (word), GINT_TO_POINTER (count (table, word) + 1));
}

static GHashTable *
count_words (const char *text, guint *n_words)
{
  g_autoptr (GPtrArray) words = split_words (text);
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < words->len; i++)
    add_one (table, g_ptr_array_index (words, i));
  *n_words = words->len;
  return table;
}

static int
compare_ranked (gconstpointer a, gconstpointer b)
{
  const AppPassage *x = a, *y = b;

  if (x->score != y->score)
    return x->score < y->score ? 1 : -1;
  return x->index < y->index ? -1 : x->index > y->index;
}

GArray *
app_passages_rank (const AppHearing *hearing, const char *text)
{
  guint n = hearing->segments->len, n_asked, total = 0;
  g_autoptr (GHashTable) asked = count_words (text, &n_asked);
  g_autoptr (GHashTable) n_segments_with =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) tables =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_hash_table_unref);
  g_autofree guint *lengths = g_new (guint, n);
  GArray *ranked = g_array_sized_new (FALSE, FALSE, sizeof (AppPassage), n);
  GHashTableIter iter;
  gpointer word;

  for (guint i = 0; i < n; i++) {
    GHashTable *table = count_words (app_hearing_get (hearing, i)->text, &lengths[i]);

    total += lengths[i];
    g_ptr_array_add (tables, table);
    g_hash_table_iter_init (&iter, table);
    while (g_hash_table_iter_next (&iter, &word, NULL))
      add_one (n_segments_with, word);
  }
  for (guint i = 0; i < n; i++) {
    AppPassage r = { .index = i };
    double mean_length = MAX (1.0, (double) total / n);

    g_hash_table_iter_init (&iter, asked);
    while (g_hash_table_iter_next (&iter, &word, NULL)) {
      double tf = count (g_ptr_array_index (tables, i), word);
      double df = count (n_segments_with, word);
      double idf = log (1 + (n - df + 0.5) / (df + 0.5));

      r.score += idf * tf * (BM25_K1 + 1)
                 / (tf + BM25_K1 * (1 - BM25_B + BM25_B * lengths[i] / mean_length));
    }
    g_array_append_val (ranked, r);
  }
  g_array_sort (ranked, compare_ranked);
  return ranked;
}

static void
take (gboolean *selected, const int *costs, guint index, int *budget)
{
  if (!selected[index] && costs[index] <= *budget) {
    selected[index] = TRUE;
    *budget -= costs[index];
  }
}

gboolean *
app_passages_select (const AppHearing *hearing, const char *question, const int *costs, int budget)
{
  guint n = hearing->segments->len;
  gboolean *selected = g_new0 (gboolean, MAX (n, 1));
  g_autoptr (GArray) ranked = app_passages_rank (hearing, question);

  for (guint r = 0; r < ranked->len; r++) {
    const AppPassage *best = &g_array_index (ranked, AppPassage, r);

    if (best->score <= 0)
      break;
    take (selected, costs, best->index, &budget);
    if (best->index > 0)
      take (selected, costs, best->index - 1, &budget);
    if (best->index + 1 < n)
      take (selected, costs, best->index + 1, &budget);
  }
  /* Room that is left goes to lines spread evenly: halves, quarters, eighths of the recording. */
  for (guint step = MAX (n / 2, 1);; step /= 2) {
    for (guint i = 0; i < n; i += step)
      take (selected, costs, i, &budget);
    if (step == 1)
      return selected;
  }
}
