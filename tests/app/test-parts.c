/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/answer/parts.h"

#define N 60

static int costs[N];
static float similarities[N];

/* Alike everywhere, with some unrest, but for valleys before lines 20 and 45. */
static void
make_text (void)
{
  for (int i = 0; i < N; i++) {
    costs[i] = 10;
    similarities[i] = 0.5f + 0.05f * (float) (i % 3);
  }
  similarities[20] = similarities[45] = 0;
}

static void
assert_starts (GArray *starts, const guint *expected, guint n)
{
  g_assert_cmpuint (starts->len, ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (g_array_index (starts, guint, i), ==, expected[i]);
}

static void
test_valleys (void)
{
  g_autoptr (GArray) starts = NULL;

  make_text ();
  starts = app_parts_find (costs, similarities, N, 1000);
  assert_starts (starts, (guint[]){ 0, 20, 45 }, 3);
}

static void
test_no_part_is_too_long (void)
{
  make_text ();
  for (int max_cost = 5; max_cost < 400; max_cost += 35) {
    g_autoptr (GArray) starts = app_parts_find (costs, similarities, N, max_cost);

    g_assert_cmpuint (g_array_index (starts, guint, 0), ==, 0);
    for (guint i = 0; i < starts->len; i++) {
      guint start = g_array_index (starts, guint, i);
      guint end = i + 1 < starts->len ? g_array_index (starts, guint, i + 1) : N;

      g_assert_cmpuint (start, <, end);
      g_assert_cmpint ((int) (end - start) * 10, <=, MAX (max_cost, 10));
    }
  }
}

static void
test_valley_is_kept_where_parts_must_be_short (void)
{
  g_autoptr (GArray) starts = NULL;
  gboolean has_20 = FALSE, has_45 = FALSE;

  make_text ();
  starts = app_parts_find (costs, similarities, N, 150);
  for (guint i = 0; i < starts->len; i++) {
    has_20 |= g_array_index (starts, guint, i) == 20;
    has_45 |= g_array_index (starts, guint, i) == 45;
  }
  g_assert_true (has_20 && has_45);
}

static void
test_small_texts (void)
{
  g_autoptr (GArray) none = app_parts_find (costs, similarities, 0, 100);
  g_autoptr (GArray) one = app_parts_find (costs, similarities, 1, 0);

  g_assert_cmpuint (none->len, ==, 0);
  assert_starts (one, (guint[]){ 0 }, 1);
}

/* Without a model all similarities are the same. */
static void
test_all_alike (void)
{
  static const float same[N];
  g_autoptr (GArray) starts = NULL;

  make_text ();
  starts = app_parts_find (costs, same, N, 300);
  g_assert_cmpuint (starts->len, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/parts/valleys", test_valleys);
  g_test_add_func ("/parts/no-part-is-too-long", test_no_part_is_too_long);
  g_test_add_func ("/parts/valley-is-kept-where-parts-must-be-short",
                   test_valley_is_kept_where_parts_must_be_short);
  g_test_add_func ("/parts/small-texts", test_small_texts);
  g_test_add_func ("/parts/all-alike", test_all_alike);
  return g_test_run ();
}
