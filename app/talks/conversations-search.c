/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Search: the index has every three characters in a row; what is shorter, as Chinese words are, is
 * looked for in the indexed texts themselves.
 *
 * Now and then the index is put in order while it grows, which takes longer than a frame of the
 * window: so a message is only noted when it comes, and indexed before the next search. */

#include "app/talks/conversations-private.h"

#include <string.h>

#include "app/base/json-text.h"

#define INDEXED_CHARS 3
#define BEFORE_CHARS 30
#define AFTER_CHARS 90

void
app_found_free (AppFound *found)
{
  if (found == NULL)
    return;
  g_free (found->title);
  g_free (found->text);
  g_free (found);
}

/* The words of a Hearing, a segment a line. */
static void
append_hearing (GString *text, const char *json, int length)
{
  g_autoptr (JsonNode) root = app_json_parse (json, length, NULL);
  JsonArray *segments = NULL;

  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root)
      && json_object_has_member (json_node_get_object (root), "segments")) {
    JsonNode *node = json_object_get_member (json_node_get_object (root), "segments");

    segments = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  }
  for (guint i = 0; segments != NULL && i < json_array_get_length (segments); i++) {
    JsonNode *segment = json_array_get_element (segments, i);

    if (JSON_NODE_HOLDS_OBJECT (segment))
      g_string_append_printf (
          text, "\n%s",
          json_object_get_string_member_with_default (json_node_get_object (segment), "text", ""));
  }
}

/* (transfer full) */
static char *
collect_words (AppConversations *store, gint64 message, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (sqlite3_stmt) statement = app_conversations_prepare (
      store, error,
      "SELECT text FROM message WHERE id = ?1 UNION ALL"
      " SELECT hearing FROM recording WHERE message = ?1 AND hearing IS NOT NULL",
      "i", message);
  GError *problem = NULL;
  gboolean is_first = TRUE;

  if (statement == NULL)
    return NULL;
  while (app_conversations_step (store, statement, &problem)) {
    if (is_first)
      g_string_append (text, (const char *) sqlite3_column_text (statement, 0));
    else
      append_hearing (text, (const char *) sqlite3_column_text (statement, 0),
                      sqlite3_column_bytes (statement, 0));
    is_first = FALSE;
  }
  if (problem == NULL)
    return g_string_free (g_steal_pointer (&text), FALSE);
  g_propagate_error (error, problem);
  return NULL;
}

gboolean
app_conversations_index (AppConversations *store, gint64 message, GError **error)
{
  return app_conversations_run (
      store, error, "INSERT OR IGNORE INTO unindexed (message) VALUES (?)", "i", message);
}

static gboolean
index_now (AppConversations *store, gint64 message, GError **error)
{
  g_autofree char *words = collect_words (store, message, error);
  gboolean ok;

  if (words == NULL || !app_conversations_begin (store, error))
    return FALSE;
  ok = app_conversations_run (store, error, "DELETE FROM words WHERE rowid = ?", "i", message)
       && app_conversations_run (store, error, "INSERT INTO words (rowid, text) VALUES (?, ?)",
                                 "is", message, words)
       && app_conversations_run (store, error, "DELETE FROM unindexed WHERE message = ?", "i",
                                 message);
  return app_conversations_end (store, ok, error);
}

/* (transfer full): ids of messages that are to be indexed. */
static GArray *
list_unindexed (AppConversations *store, guint max, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = app_conversations_prepare (
      store, error, "SELECT message FROM unindexed ORDER BY message DESC LIMIT ?", "i",
      (gint64) max);

  return app_conversations_read_ids (store, statement, error);
}

gboolean
app_conversations_index_all (AppConversations *store, guint max, GError **error)
{
  g_autoptr (GArray) ids = list_unindexed (store, max, error);
  gboolean ok = TRUE;

  if (ids == NULL)
    return FALSE;
  /* Each in a transaction of its own: another connection need not wait for all of them. */
  for (guint i = 0; i < ids->len && ok; i++)
    ok = index_now (store, g_array_index (ids, gint64, i), error);
  return ok;
}

/* (transfer full): the words of the query, none of them empty. */
static GStrv
split (const char *query)
{
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  g_autofree char *valid = g_utf8_make_valid (query, -1);
  g_auto (GStrv) pieces = NULL;

  /* The wide space of Chinese keyboards, too. */
  for (char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_isspace (g_utf8_get_char (p)))
      memset (p, ' ', (gsize) (g_utf8_next_char (p) - p));
  pieces = g_strsplit (valid, " ", -1);
  for (int i = 0; pieces[i] != NULL; i++)
    if (pieces[i][0] != '\0')
      g_strv_builder_add (words, pieces[i]);
  return g_strv_builder_end (words);
}

static gboolean
is_indexed (const char *word)
{
  return g_utf8_strlen (word, -1) >= INDEXED_CHARS;
}

/* (transfer full) (nullable): the words that the index can find. */
static char *
make_match (GStrv words)
{
  g_autoptr (GString) match = g_string_new (NULL);

  for (int i = 0; words[i] != NULL; i++) {
    g_autoptr (GString) word = g_string_new (words[i]);

    if (!is_indexed (words[i]))
      continue;
    g_string_replace (word, "\"", "\"\"", 0);
    g_string_append_printf (match, "%s\"%s\"", match->len > 0 ? " " : "", word->str);
  }
  return match->len > 0 ? g_string_free (g_steal_pointer (&match), FALSE) : NULL;
}

/* Where `word` begins in the text, whatever the case of letters; NULL if it does not stand there.
 * length: of what was found, in bytes. */
static const char *
find_word (const char *text, const char *word, gsize *length)
{
  for (const char *start = text; *start != '\0'; start = g_utf8_next_char (start)) {
    const char *t = start, *w = word;

    while (*w != '\0' && *t != '\0'
           && g_unichar_tolower (g_utf8_get_char (t)) == g_unichar_tolower (g_utf8_get_char (w))) {
      t = g_utf8_next_char (t);
      w = g_utf8_next_char (w);
    }
    if (*w == '\0') {
      *length = (gsize) (t - start);
      return start;
    }
  }
  return NULL;
}

/* Chinese has no case: then a comparison of bytes is enough, and faster. */
static gboolean
has_case (const char *word)
{
  for (const char *p = word; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_tolower (g_utf8_get_char (p)) != g_unichar_toupper (g_utf8_get_char (p)))
      return TRUE;
  return FALSE;
}

/* contains (text, word), in SQL. */
static void
contains (sqlite3_context *context, int n_values, sqlite3_value **values)
{
  const char *text = (const char *) sqlite3_value_text (values[0]);
  const char *word = (const char *) sqlite3_value_text (values[1]);
  gsize length;

  sqlite3_result_int (context,
                      text != NULL && word != NULL
                          && (strstr (text, word) != NULL
                              || (has_case (word) && find_word (text, word, &length) != NULL)));
}

void
app_conversations_add_functions (AppConversations *store)
{
  sqlite3_create_function (store->db, "contains", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
                           contains, NULL, NULL);
}

/* The line around the first word of the query. */
static void
cut (AppFound *found, const char *text, GStrv words)
{
  gsize length = 0;
  const char *match = find_word (text, words[0], &length);
  const char *begin, *end;
  g_autofree char *middle = NULL;

  if (match == NULL) {
    match = text;
    length = 0;
  }
  begin = match;
  for (int i = 0; i < BEFORE_CHARS && begin > text; i++)
    begin = g_utf8_prev_char (begin);
  end = match + length;
  for (int i = 0; i < AFTER_CHARS && *end != '\0'; i++)
    end = g_utf8_next_char (end);
  middle = g_strndup (begin, (gsize) (end - begin));
  g_strdelimit (middle, "\n\r\t", ' ');
  found->text = g_strconcat (begin > text ? "…" : "", middle, *end != '\0' ? "…" : "", NULL);
  found->match_start = (guint) (match - begin) + (begin > text ? (guint) strlen ("…") : 0);
  found->match_length = (guint) length;
}

/* The statement of a search, with a condition for each word: those that `match` has need none. */
static sqlite3_stmt *
prepare_search (AppConversations *store, const char *select, const char *column, const char *match,
                GStrv words, guint max, GError **error)
{
  g_autoptr (GString) sql = g_string_new (select);
  g_autoptr (GPtrArray) wanted = g_ptr_array_new ();
  sqlite3_stmt *statement;
  int n = 0;

  for (int i = 0; words[i] != NULL; i++)
    if (match == NULL || !is_indexed (words[i]))
      g_ptr_array_add (wanted, words[i]);
  if (match != NULL)
    g_string_append (sql, " AND words MATCH ?");
  for (guint i = 0; i < wanted->len; i++)
    g_string_append_printf (sql, " AND contains (%s, ?)", column);
  g_string_append (sql, " ORDER BY 1 DESC LIMIT ?");
  statement = app_conversations_prepare (store, error, sql->str, "");
  if (statement == NULL)
    return NULL;
  if (match != NULL)
    sqlite3_bind_text (statement, ++n, match, -1, SQLITE_TRANSIENT);
  for (guint i = 0; i < wanted->len; i++)
    sqlite3_bind_text (statement, ++n, wanted->pdata[i], -1, SQLITE_TRANSIENT);
  sqlite3_bind_int64 (statement, ++n, max);
  return statement;
}

static gboolean
collect (AppConversations *store, sqlite3_stmt *statement, GStrv words, GPtrArray *all,
         GError **error)
{
  GError *problem = NULL;

  if (statement == NULL)
    return FALSE;
  while (app_conversations_step (store, statement, &problem)) {
    AppFound *found = g_new0 (AppFound, 1);

    found->message = sqlite3_column_int64 (statement, 1);
    found->talk = sqlite3_column_int64 (statement, 2);
    found->title = app_conversations_column (statement, 3);
    cut (found, (const char *) sqlite3_column_text (statement, 4), words);
    g_ptr_array_add (all, found);
  }
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, problem);
  return FALSE;
}

GPtrArray *
app_conversations_search (AppConversations *store, const char *query, guint max, GError **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) app_found_free);
  g_auto (GStrv) words = split (query);
  g_autofree char *match = make_match (words);
  g_autoptr (sqlite3_stmt) titles = NULL;
  g_autoptr (sqlite3_stmt) messages = NULL;

  if (words[0] == NULL)
    return g_steal_pointer (&all);
  if (!app_conversations_index_all (store, G_MAXINT, error))
    return NULL;
  titles =
      prepare_search (store, "SELECT changed, 0, id, title, title FROM talk WHERE deleted IS NULL",
                      "title", NULL, words, max, error);
  if (!collect (store, titles, words, all, error))
    return NULL;
  messages = prepare_search (store,
                             "SELECT message.id, message.id, talk.id, talk.title, words.text"
                             " FROM words JOIN message ON message.id = words.rowid"
                             " JOIN talk ON talk.id = message.talk WHERE talk.deleted IS NULL",
                             "words.text", match, words, max, error);
  if (!collect (store, messages, words, all, error))
    return NULL;
  if (all->len > max)
    g_ptr_array_set_size (all, (gint) max);
  return g_steal_pointer (&all);
}
