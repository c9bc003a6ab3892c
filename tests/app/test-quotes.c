/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Quotations in questions: which marks make one, where the lines have it although letters are
 * wrong, and what is told of it. */

#include <string.h>

#include "app/answer/quotes.h"
#include "tests/app/heard.h"

static const char *const lines[] = { "Why didn't you not send me that news?",
                                     "His statement of having been a shopboy was the best.",
                                     "Then we went home.", NULL };

static AppConversation *
make_conversation (void)
{
  g_autoptr (AppHearing) hearing = heard_lines ("a.wav", lines);
  AppConversation *talk = app_conversation_new (NULL);

  app_conversation_add_user (talk, &hearing, 1, "?");
  return talk;
}

static void
assert_quote (const char *question, const char *text, guint line)
{
  g_autoptr (AppConversation) talk = make_conversation ();
  g_autoptr (GPtrArray) quotes = app_quotes_find (talk, question);
  const AppQuote *quote;

  g_assert_cmpuint (quotes->len, ==, 1);
  quote = g_ptr_array_index (quotes, 0);
  g_assert_cmpstr (quote->text, ==, text);
  g_assert_cmpuint (quote->line, ==, line);
  g_assert_cmpuint (app_quotes_get_line (quotes), ==, line);
}

static void
test_marks (void)
{
  g_autoptr (AppConversation) talk = make_conversation ();
  g_autoptr (GPtrArray) none = app_quotes_find (talk, "Who isn't at “home” \"?");

  assert_quote ("Who says “went home”?", "went home", 3);
  assert_quote ("Who says \"went home\"?", "went home", 3);
  assert_quote ("誰說了「went home」?", "went home", 3);
  assert_quote ("Wer sagt „went home“?", "went home", 3);
  assert_quote ("Qui dit « went home » ?", " went home ", 3);
  g_assert_cmpuint (none->len, ==, 1);
}

static void
test_wrong_letters (void)
{
  assert_quote ("“why did you not send me that news”", "why did you not send me that news", 1);
  assert_quote ("“having been a shop boy”", "having been a shop boy", 2);
  /* Begun in one line and ended in the next. */
  assert_quote ("“was the best, then we went”", "was the best, then we went", 2);
  assert_quote ("“they never saw the ferry”", "they never saw the ferry", 0);
}

static void
test_what_is_told (void)
{
  g_autoptr (AppConversation) talk = make_conversation ();
  g_autoptr (GPtrArray) one = app_quotes_find (talk, "“having been a shop boy”");
  g_autoptr (GPtrArray) two = app_quotes_find (talk, "“went home” or “that news”");
  g_autofree char *bare = app_quotes_tell (one, talk, FALSE);
  g_autofree char *next = app_quotes_tell_neighbour (one, talk, TRUE);
  g_autofree char *order = app_quotes_tell (two, talk, TRUE);
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (guint));

  g_assert_nonnull (strstr (bare, "\"having been a shop boy\" is said at 0:1"));
  g_assert_nonnull (strstr (next, "said: \"Then we went home.\""));
  g_assert_null (strstr (bare, "after"));
  g_assert_null (app_quotes_tell_neighbour (two, talk, TRUE));
  g_assert_nonnull (strstr (order, "\"that news\" is said first."));
  app_quotes_add_lines (two, found);
  g_assert_cmpuint (found->len, ==, 2);
  g_assert_cmpuint (g_array_index (found, guint, 0), ==, 1);
  g_assert_cmpuint (g_array_index (found, guint, 1), ==, 3);
}

static void
test_a_line_is_told (void)
{
  g_autoptr (AppConversation) talk = make_conversation ();
  g_autofree char *told = app_quotes_tell_line (talk, 3, TRUE);
  g_autofree char *none = app_quotes_tell_line (talk, 0, TRUE);

  g_assert_nonnull (strstr (told, "\"Then we went home.\" is said at 0:2"));
  /* Nobody knows who speaks. */
  g_assert_cmpstr (none, ==, "");
}

static void
test_bad_input (void)
{
  g_autoptr (AppConversation) empty = app_conversation_new (NULL);
  g_autoptr (AppConversation) talk = make_conversation ();
  static const char *const questions[] = { "", "“", "“”", "「」", "\"", "“a”", "“ - ”" };

  for (gsize i = 0; i < G_N_ELEMENTS (questions); i++) {
    g_autoptr (GPtrArray) quotes = app_quotes_find (talk, questions[i]);

    g_assert_cmpuint (quotes->len, ==, 0);
    g_assert_cmpuint (app_quotes_get_line (quotes), ==, 0);
  }
  g_autoptr (GPtrArray) quotes = app_quotes_find (empty, "“went home”");

  g_assert_cmpuint (app_quotes_get_line (quotes), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/quotes/marks", test_marks);
  g_test_add_func ("/quotes/wrong-letters", test_wrong_letters);
  g_test_add_func ("/quotes/what-is-told", test_what_is_told);
  g_test_add_func ("/quotes/bad-input", test_bad_input);
  g_test_add_func ("/quotes/line", test_a_line_is_told);
  return g_test_run ();
}
