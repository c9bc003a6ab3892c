/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/passages.h"
#include "tests/app/heard.h"

static const char *const lines[] = {
  "Good morning to everyone.",
  "The weather was fine.",
  "We walked for an hour.",
  "The harbour was empty.",
  "A ferry left at six.",
  "Then we had dinner.",
  "火車在九點開。",
  "Nobody said a word after it.",
  NULL,
};

static const int costs[] = { 10, 10, 10, 10, 10, 10, 10, 10 };

static void
test_matching_line_and_neighbours (void)
{
  g_autoptr (AppHearing) hearing = heard_lines ("talk.wav", lines);
  g_autofree gboolean *selected =
      app_passages_select (hearing, "When did the FERRY leave?", costs, 30);

  for (guint i = 0; i < 8; i++)
    g_assert_cmpint (selected[i], ==, i >= 3 && i <= 5);
}

static void
test_script_without_spaces (void)
{
  g_autoptr (AppHearing) hearing = heard_lines ("talk.wav", lines);
  g_autofree gboolean *selected = app_passages_select (hearing, "火車幾點開?", costs, 10);

  g_assert_true (selected[6]);
}

static void
test_nothing_matches_spreads (void)
{
  g_autoptr (AppHearing) hearing = heard_lines ("talk.wav", lines);
  g_autofree gboolean *selected = app_passages_select (hearing, "xylophone", costs, 20);

  g_assert_true (selected[0] && selected[4]);
}

static void
test_budget_is_kept (void)
{
  g_autoptr (AppHearing) hearing = heard_lines ("talk.wav", lines);

  for (int budget = 0; budget <= 90; budget += 5) {
    g_autofree gboolean *selected = app_passages_select (hearing, "the ferry", costs, budget);
    int spent = 0;

    for (guint i = 0; i < 8; i++)
      spent += selected[i] ? costs[i] : 0;
    g_assert_cmpint (spent, ==, MIN (budget / 10 * 10, 80));
  }
}

static void
test_empty_recording (void)
{
  const char *const none[] = { NULL };
  g_autoptr (AppHearing) hearing = heard_lines ("talk.wav", none);
  g_autofree gboolean *selected = app_passages_select (hearing, "anything", costs, 10);

  g_assert_nonnull (selected);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/passages/matching-line-and-neighbours", test_matching_line_and_neighbours);
  g_test_add_func ("/passages/script-without-spaces", test_script_without_spaces);
  g_test_add_func ("/passages/nothing-matches-spreads", test_nothing_matches_spreads);
  g_test_add_func ("/passages/budget-is-kept", test_budget_is_kept);
  g_test_add_func ("/passages/empty-recording", test_empty_recording);
  return g_test_run ();
}
