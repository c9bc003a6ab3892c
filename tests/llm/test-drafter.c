/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is guessed from where the last tokens stood before, and how much of it is worth a pass. */

#include "llm/session/drafter.h"

#define PROPOSE(drafter, ...) propose (drafter, (int[]){ __VA_ARGS__, END })

enum { END = -100 };

static int
propose (LlmDrafter *drafter, const int *ids)
{
  int n = 0;

  while (ids[n] != END)
    n++;
  return llm_drafter_propose (drafter, ids, n, LLM_DRAFT_MAX);
}

static LlmDrafter
new_drafter (void)
{
  LlmDrafter drafter = { 0 };

  llm_drafter_start (&drafter);
  return drafter;
}

static void
test_match (void)
{
  LlmDrafter drafter = new_drafter ();

  g_assert_cmpint (PROPOSE (&drafter, 1), ==, 0);
  g_assert_cmpint (PROPOSE (&drafter, 1, 2, 3, 4, 5, 6), ==, 0);
  /* One token alone stands anywhere. */
  g_assert_cmpint (PROPOSE (&drafter, 1, 2, 3, 4, 5, 2), ==, 0);

  /* A short match may be chance: fewer. */
  g_assert_cmpint (PROPOSE (&drafter, 1, 2, 3, 4, 5, 1, 2), ==, 2);
  g_assert_cmpint (drafter.ids[0], ==, 3);
  g_assert_cmpint (drafter.ids[1], ==, 4);
  g_assert_cmpint (PROPOSE (&drafter, 8, 9, 1, 2, 3, 4, 5, 8, 9, 1, 2), ==, 3);
  g_assert_cmpint (drafter.ids[0], ==, 3);
  g_assert_cmpint (drafter.ids[2], ==, 5);
  /* The longest, and of equals the latest. */
  PROPOSE (&drafter, 7, 1, 2, 3, 8, 1, 2, 9, 9, 7, 1, 2);
  g_assert_cmpint (drafter.ids[0], ==, 3);
  PROPOSE (&drafter, 1, 2, 3, 3, 3, 1, 2, 4, 4, 4, 1, 2);
  g_assert_cmpint (drafter.ids[0], ==, 4);
  /* It may run into what it goes on from. */
  g_assert_cmpint (PROPOSE (&drafter, 9, 1, 2, 1, 2), ==, 2);
  g_assert_cmpint (drafter.ids[0], ==, 1);
  g_assert_cmpint (drafter.ids[1], ==, 2);
}

/* An embedding is no token: it equals nothing, and nothing is guessed from it. */
static void
test_rows (void)
{
  LlmDrafter drafter = new_drafter ();

  g_assert_cmpint (PROPOSE (&drafter, -1, -1, 5, 6, -1, -1), ==, 0);
  g_assert_cmpint (PROPOSE (&drafter, 1, 2, -1, 5, 6, 1, 2), ==, 0);
  g_assert_cmpint (PROPOSE (&drafter, 1, 2, 4, -1, 5, 6, 1, 2), ==, 1);
  g_assert_cmpint (PROPOSE (&drafter, -1, 1, 2, 4, 4, 4, 1, 2), ==, 2);
}

static void
test_most (void)
{
  static const int ids[] = { 8, 9, 1, 2, 3, 4, 5, 8, 9, 1, 2 };

  for (int most = 0; most < LLM_DRAFT_MAX; most++) {
    LlmDrafter drafter = new_drafter ();
    g_assert_cmpint (llm_drafter_propose (&drafter, ids, G_N_ELEMENTS (ids), most), ==, most);
  }
}

static void
test_take (void)
{
  LlmDrafter drafter = new_drafter ();

  g_assert_false (llm_drafter_take (&drafter, 3));
  PROPOSE (&drafter, 1, 2, 3, 4, 5, 1, 2);
  g_assert_true (llm_drafter_take (&drafter, 3));
  g_assert_true (llm_drafter_take (&drafter, 4));
  g_assert_false (llm_drafter_take (&drafter, 6));
  g_assert_false (llm_drafter_take (&drafter, 5));
}

/* Where each position costs as much as the first, or guesses are wrong, it stops; where that
 * changes, it takes it up again. */
static void
test_worth (void)
{
  LlmDrafter drafter = new_drafter ();
  int n_tries = 0;

  for (int i = 1; i <= 1 + LLM_DRAFT_MAX; i++)
    llm_drafter_took (&drafter, i, 1000.0 * i);
  g_assert_cmpint (PROPOSE (&drafter, 1, 2, 3, 4, 5, 1, 2), ==, 0);
  /* Now and then it tries, in case passes over two positions and more have become quick. */
  while (PROPOSE (&drafter, 1, 2, 3, 4, 5, 1, 2) == 0)
    g_assert_cmpint (++n_tries, <, 200);
  g_assert_cmpint (n_tries, >, 20);

  drafter = new_drafter ();
  for (int i = 1; i <= 1 + LLM_DRAFT_MAX; i++)
    llm_drafter_took (&drafter, i, 1000.0 + 100.0 * i);
  for (n_tries = 0; PROPOSE (&drafter, 1, 2, 3, 4, 5, 1, 2) > 0; n_tries++) {
    llm_drafter_take (&drafter, 9);
    g_assert_cmpint (n_tries, <, 30);
  }
  /* A short match that deceived says nothing of a long one. */
  g_assert_cmpint (PROPOSE (&drafter, 1, 2, 3, 4, 5, 6, 1, 2, 3, 4), >, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/llm/drafter/match", test_match);
  g_test_add_func ("/llm/drafter/rows", test_rows);
  g_test_add_func ("/llm/drafter/most", test_most);
  g_test_add_func ("/llm/drafter/take", test_take);
  g_test_add_func ("/llm/drafter/worth", test_worth);
  return g_test_run ();
}
