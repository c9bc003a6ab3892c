/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/answer/passages.h"
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
  g_autoptr (AppPassages) passages = app_passages_new (hearing, NULL);
  g_autofree gboolean *selected =
      app_passages_select (passages, "When did the FERRY leave?", costs, 30);

  for (guint i = 0; i < 8; i++)
    g_assert_cmpint (selected[i], ==, i >= 3 && i <= 5);
}

static void
test_script_without_spaces (void)
{
  g_autoptr (AppHearing) hearing = heard_lines ("talk.wav", lines);
  g_autoptr (AppPassages) passages = app_passages_new (hearing, NULL);
  g_autofree gboolean *selected = app_passages_select (passages, "火車幾點開?", costs, 10);

  g_assert_true (selected[6]);
}

static void
test_nothing_matches_spreads (void)
{
  g_autoptr (AppHearing) hearing = heard_lines ("talk.wav", lines);
  g_autoptr (AppPassages) passages = app_passages_new (hearing, NULL);
  g_autofree gboolean *selected = app_passages_select (passages, "xylophone", costs, 20);

  g_assert_true (selected[0] && selected[4]);
}

static void
test_budget_is_kept (void)
{
  g_autoptr (AppHearing) hearing = heard_lines ("talk.wav", lines);
  g_autoptr (AppPassages) passages = app_passages_new (hearing, NULL);

  for (int budget = 0; budget <= 90; budget += 5) {
    g_autofree gboolean *selected = app_passages_select (passages, "the ferry", costs, budget);
    int spent = 0;

    for (guint i = 0; i < 8; i++)
      spent += selected[i] ? costs[i] : 0;
    g_assert_cmpint (spent, ==, MIN (budget / 10 * 10, 80));
  }
}

static void
test_word_forms (void)
{
  g_autoptr (AppHearing) hearing = heard_lines ("talk.wav", lines);
  g_autoptr (AppPassages) passages = app_passages_new (hearing, NULL);
  g_autoptr (GArray) ranked = app_passages_rank_by_words (passages, "A walk at the FERRIES?");
  guint best[2];

  for (guint i = 0; i < 2; i++) {
    best[i] = g_array_index (ranked, AppPassage, i).index;
    g_assert_cmpfloat (g_array_index (ranked, AppPassage, i).score, >, 0);
  }
  g_assert_true (MIN (best[0], best[1]) == 2 && MAX (best[0], best[1]) == 4);
}

static void
test_pairs_of_characters (void)
{
  static const char *const chinese[] = { "車子停在火的旁邊。", "火車在九點開。", "他車上有火。",
                                         NULL };
  g_autoptr (AppHearing) hearing = heard_lines ("talk.wav", chinese);
  g_autoptr (AppPassages) passages = app_passages_new (hearing, NULL);
  g_autoptr (GArray) ranked = app_passages_rank_by_words (passages, "火車");

  g_assert_cmpuint (g_array_index (ranked, AppPassage, 0).index, ==, 1);
  g_assert_cmpfloat (g_array_index (ranked, AppPassage, 0).score, >,
                     1.5 * g_array_index (ranked, AppPassage, 1).score);
}

/* Nothing in a question is syntax of the search. */
static void
test_any_text (void)
{
  static const char *const texts[] = { "",        "\"",    "NOT (ferry OR",    "words:ferry*",
                                       "'; DROP", "ﬀ ß İ", "\xf0\x9f\x98\x80", "AND" };
  g_autoptr (AppHearing) hearing = heard_lines ("talk.wav", lines);
  g_autoptr (AppPassages) passages = app_passages_new (hearing, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GArray) ranked = app_passages_rank (passages, texts[i]);

    g_assert_cmpuint (ranked->len, ==, 8);
  }
}

static void
test_empty_recording (void)
{
  const char *const none[] = { NULL };
  g_autoptr (AppHearing) hearing = heard_lines ("talk.wav", none);
  g_autoptr (AppPassages) passages = app_passages_new (hearing, NULL);
  g_autofree gboolean *selected = app_passages_select (passages, "anything", costs, 10);

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
  g_test_add_func ("/passages/word-forms", test_word_forms);
  g_test_add_func ("/passages/pairs-of-characters", test_pairs_of_characters);
  g_test_add_func ("/passages/any-text", test_any_text);
  g_test_add_func ("/passages/empty-recording", test_empty_recording);
  return g_test_run ();
}
