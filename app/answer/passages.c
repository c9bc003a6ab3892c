/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/answer/passages.h"

#include <math.h>

#include "app/answer/meaning.h"
#include "app/base/database.h"

#define BM25_K1 1.2
#define BM25_B 0.75
/* Of reciprocal ranks: lower than the usual 60, so that what one order puts first is not outvoted
 * by what both put in the middle. */
#define FUSION_K 10
/* So many of the best lines bring their neighbours. */
#define N_WITH_NEIGHBOURS 8

static const char schema[] =
    "CREATE VIRTUAL TABLE line USING fts5 (words, content = '', columnsize = 0,"
    " tokenize = \"porter unicode61 remove_diacritics 2\");";

struct _AppPassages {
  AppHearing *hearing;
  sqlite3 *db;
  AppMeaning *meaning; /* may be NULL */
  guint *lengths;      /* of each line, in words */
  double mean_length;
};

static gboolean
writes_without_spaces (gunichar c)
{
  GUnicodeScript script = g_unichar_get_script (c);

  return script == G_UNICODE_SCRIPT_HAN || script == G_UNICODE_SCRIPT_HIRAGANA
         || script == G_UNICODE_SCRIPT_KATAKANA || script == G_UNICODE_SCRIPT_THAI;
}

static void
add_word (GPtrArray *words, GString *word)
{
  if (word->len > 0)
    g_ptr_array_add (words, g_strdup (word->str));
  g_string_truncate (word, 0);
}

/* (transfer full): the words of a text, folded, in order: runs of letters and digits; in scripts
 * without spaces each character, and each with the next one. */
static GPtrArray *
split_words (const char *text)
{
  GPtrArray *words = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *folded = g_utf8_casefold (text, -1);
  g_autoptr (GString) word = g_string_new (NULL);
  gunichar previous = 0;

  for (const char *p = folded; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    gboolean is_single = writes_without_spaces (c);

    if (g_unichar_isalnum (c) && !is_single) {
      g_string_append_unichar (word, c);
      previous = 0;
      continue;
    }
    add_word (words, word);
    if (is_single) {
      g_string_append_unichar (word, c);
      add_word (words, word);
    }
    if (is_single && previous != 0) {
      g_string_append_unichar (word, previous);
      g_string_append_unichar (word, c);
      add_word (words, word);
    }
    previous = is_single ? c : 0;
  }
  add_word (words, word);
  return words;
}

static gboolean
index_line (sqlite3_stmt *insert, guint index, GPtrArray *words)
{
  g_autofree char *joined = NULL;
  gboolean done;

  g_ptr_array_add (words, NULL);
  joined = g_strjoinv (" ", (char **) words->pdata);
  sqlite3_bind_int64 (insert, 1, index);
  sqlite3_bind_text (insert, 2, joined, -1, SQLITE_TRANSIENT);
  done = sqlite3_step (insert) == SQLITE_DONE;
  sqlite3_reset (insert);
  return done;
}

/* In memory nothing can go wrong but that there is none left. */
static void
index_words (AppPassages *passages)
{
  guint n = passages->hearing->segments->len, total = 0;
  g_autoptr (sqlite3_stmt) insert = NULL;

  passages->db = app_database_open (NULL, schema, 1, APP_DATABASE_CACHE, NULL);
  g_return_if_fail (passages->db != NULL);
  insert = app_database_prepare (passages->db, NULL,
                                 "INSERT INTO line (rowid, words) VALUES (?1, ?2)", NULL);
  g_return_if_fail (insert != NULL && app_database_run (passages->db, NULL, "BEGIN", NULL));
  for (guint i = 0; i < n; i++) {
    g_autoptr (GPtrArray) words = split_words (app_hearing_get (passages->hearing, i)->text);

    passages->lengths[i] = words->len;
    total += words->len;
    g_return_if_fail (index_line (insert, i, words));
  }
  app_database_run (passages->db, NULL, "COMMIT", NULL);
  passages->mean_length = MAX (1.0, (double) total / MAX (n, 1));
}

AppPassages *
app_passages_new (AppHearing *hearing, LlmModel *model)
{
  AppPassages *passages = g_new0 (AppPassages, 1);
  guint n = hearing->segments->len;

  passages->hearing = app_hearing_ref (hearing);
  passages->lengths = g_new0 (guint, MAX (n, 1));
  index_words (passages);
  if (model != NULL) {
    g_autofree const char **texts = g_new0 (const char *, MAX (n, 1));

    for (guint i = 0; i < n; i++)
      texts[i] = app_hearing_get (hearing, i)->text;
    passages->meaning = app_meaning_new (model, texts, n);
  }
  return passages;
}

void
app_passages_free (AppPassages *passages)
{
  if (passages == NULL)
    return;
  g_clear_pointer (&passages->meaning, app_meaning_free);
  sqlite3_close (passages->db);
  app_hearing_unref (passages->hearing);
  g_free (passages->lengths);
  g_free (passages);
}

float
app_passages_compare_sides (const AppPassages *passages, guint index, guint width)
{
  return passages->meaning != NULL ? app_meaning_compare_sides (passages->meaning, index, width)
                                   : 0;
}

float
app_passages_compare_ranges (const AppPassages *passages, guint index, const guint first[2],
                             const guint second[2])
{
  if (passages->meaning == NULL)
    return 0;
  return app_meaning_compare_with_range (passages->meaning, index, second[0], second[1])
         - app_meaning_compare_with_range (passages->meaning, index, first[0], first[1]);
}

static int
compare_passages (gconstpointer a, gconstpointer b)
{
  const AppPassage *x = a, *y = b;

  if (x->score != y->score)
    return x->score < y->score ? 1 : -1;
  return x->index < y->index ? -1 : x->index > y->index;
}

static GArray *
new_ranking (const AppPassages *passages)
{
  guint n = passages->hearing->segments->len;
  GArray *ranked = g_array_sized_new (FALSE, FALSE, sizeof (AppPassage), n);

  for (guint i = 0; i < n; i++) {
    const AppPassage passage = { .index = i };

    g_array_append_val (ranked, passage);
  }
  return ranked;
}

/* (transfer full): the lines that have the word, of guint, and what that is worth: the rarer the
 * more. */
static GArray *
find_word (AppPassages *passages, sqlite3_stmt *search, const char *word, double *worth)
{
  g_autofree char *quoted = g_strdup_printf ("\"%s\"", word);
  GArray *with_it = g_array_new (FALSE, FALSE, sizeof (guint));

  sqlite3_reset (search);
  sqlite3_bind_text (search, 1, quoted, -1, SQLITE_TRANSIENT);
  while (sqlite3_step (search) == SQLITE_ROW) {
    guint index = (guint) sqlite3_column_int64 (search, 0);

    g_array_append_val (with_it, index);
  }
  *worth = log (1 + (passages->hearing->segments->len - with_it->len + 0.5) / (with_it->len + 0.5));
  return with_it;
}

/* Adds to the scores of the lines that have the word what BM25 gives for it; that a short line has
 * a word twice says nothing. ranked: in the order of the lines. */
static void
score_word (AppPassages *passages, sqlite3_stmt *search, const char *word, GArray *ranked)
{
  double worth;
  g_autoptr (GArray) with_it = find_word (passages, search, word, &worth);

  for (guint i = 0; i < with_it->len; i++) {
    guint index = g_array_index (with_it, guint, i);
    double length = passages->lengths[index] / passages->mean_length;

    g_array_index (ranked, AppPassage, index).score +=
        worth * (BM25_K1 + 1) / (1 + BM25_K1 * (1 - BM25_B + BM25_B * length));
  }
}

double
app_passages_get_coverage (AppPassages *passages, const char *text)
{
  g_autoptr (GPtrArray) words = split_words (text);
  g_autoptr (sqlite3_stmt) search =
      app_database_prepare (passages->db, NULL, "SELECT rowid FROM line WHERE line MATCH ?1", NULL);
  g_autofree double *shared = g_new0 (double, MAX (passages->hearing->segments->len, 1));
  double best = 0, total = 0;

  for (guint w = 0; search != NULL && w < words->len; w++) {
    double worth;
    g_autoptr (GArray) with_it = find_word (passages, search, g_ptr_array_index (words, w), &worth);

    total += worth;
    for (guint i = 0; i < with_it->len; i++) {
      double *line = &shared[g_array_index (with_it, guint, i)];

      *line += worth;
      best = MAX (best, *line);
    }
  }
  return total > 0 ? best / total : 0;
}

GArray *
app_passages_rank_by_words (AppPassages *passages, const char *text)
{
  g_autoptr (GPtrArray) words = split_words (text);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (sqlite3_stmt) search =
      app_database_prepare (passages->db, NULL, "SELECT rowid FROM line WHERE line MATCH ?1", NULL);
  GArray *ranked = new_ranking (passages);

  for (guint w = 0; search != NULL && w < words->len; w++)
    if (g_hash_table_add (seen, g_ptr_array_index (words, w)))
      score_word (passages, search, g_ptr_array_index (words, w), ranked);
  g_array_sort (ranked, compare_passages);
  return ranked;
}

GArray *
app_passages_rank_by_meaning (AppPassages *passages, const char *text)
{
  GArray *ranked = new_ranking (passages);
  g_autofree float *similarities = g_new0 (float, MAX (ranked->len, 1));

  if (passages->meaning != NULL)
    app_meaning_compare (passages->meaning, text, similarities);
  for (guint i = 0; i < ranked->len; i++)
    g_array_index (ranked, AppPassage, i).score = similarities[i];
  g_array_sort (ranked, compare_passages);
  return ranked;
}

/* Adds the reciprocal ranks of what has a score. fused: in the order of the lines. */
static void
fuse (GArray *fused, const GArray *ranked)
{
  for (guint r = 0; r < ranked->len; r++) {
    const AppPassage *passage = &g_array_index (ranked, AppPassage, r);

    if (passage->score > 0)
      g_array_index (fused, AppPassage, passage->index).score += 1.0 / (FUSION_K + 1 + r);
  }
}

GArray *
app_passages_rank (AppPassages *passages, const char *text)
{
  g_autoptr (GArray) by_words = app_passages_rank_by_words (passages, text);
  g_autoptr (GArray) by_meaning = app_passages_rank_by_meaning (passages, text);
  GArray *fused = new_ranking (passages);

  fuse (fused, by_words);
  fuse (fused, by_meaning);
  g_array_sort (fused, compare_passages);
  return fused;
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
app_passages_select (AppPassages *passages, const char *question, const int *costs, int budget)
{
  guint n = passages->hearing->segments->len;
  gboolean *selected = g_new0 (gboolean, MAX (n, 1));
  g_autoptr (GArray) ranked = app_passages_rank (passages, question);

  for (guint r = 0; r < ranked->len; r++) {
    const AppPassage *best = &g_array_index (ranked, AppPassage, r);

    if (best->score <= 0)
      break;
    take (selected, costs, best->index, &budget);
    if (r < N_WITH_NEIGHBOURS && best->index > 0)
      take (selected, costs, best->index - 1, &budget);
    if (r < N_WITH_NEIGHBOURS && best->index + 1 < n)
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
