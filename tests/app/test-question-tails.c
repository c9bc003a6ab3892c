/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Questions without their first clauses. */

#include "app/answer/question-tails.h"

static void
assert_tails (const char *question, const char *expected)
{
  g_auto (GStrv) tails = app_question_tails_list (question);
  g_autofree char *joined = g_strjoinv (" | ", tails);

  g_assert_cmpstr (joined, ==, expected);
}

static void
test_clauses (void)
{
  assert_tails ("I missed that. What does she want?", "What does she want?");
  assert_tails ("Well, sorry, where?", "sorry, where? | where?");
  assert_tails ("我沒聽清楚,大家為什麼累了?", "大家為什麼累了?");
  assert_tails ("刚才太吵了，他们去哪里？", "他们去哪里？");
}

static void
test_what_is_no_clause (void)
{
  assert_tails ("What does it cost?", "");
  assert_tails ("Is it 3.5 or 1,000?", "");
  assert_tails ("Who is it? .", "");
  assert_tails ("Who is it? Just tell me, please", "");
  assert_tails ("他是谁？请用中文，谢谢", "");
  assert_tails ("What was that? Who, please?", "Who, please? | please?");
  assert_tails ("", "");
  assert_tails (",,,", "");
}

static void
test_what_is_left_alone (void)
{
  assert_tails ("Who says “no, never”, and when?", "");
  assert_tails ("JSON, please: {\"a\": 1}", "");
  assert_tails ("one, two, three, four, five, six, seven?", "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/question-tails/clauses", test_clauses);
  g_test_add_func ("/question-tails/no-clause", test_what_is_no_clause);
  g_test_add_func ("/question-tails/left-alone", test_what_is_left_alone);
  return g_test_run ();
}
