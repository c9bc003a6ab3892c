/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli/terminal.h"

static void
assert_progress (const char *expected, double fraction, const char *detail, double left, int n)
{
  g_autofree char *line = app_progress_format ("Reading audio", fraction, detail, left, n);
  g_assert_cmpstr (line, ==, expected);
}

static void
test_progress (void)
{
  assert_progress ("Reading audio  43 %  ━━━╸      12 s left", 0.4321, NULL, 12.0, 40);
  assert_progress ("Reading audio   0 %                     ", 0.0, NULL, -1.0, 40);
  assert_progress ("Reading audio  99 %  ━━━━━━━━━━━━━━━━━━━", 0.999, NULL, -1.0, 40);
  assert_progress ("Reading audio  50 %  ━━━━━━        412 MB of 1.1 GB", 0.5, "412 MB of 1.1 GB",
                   -1.0, 51);
  /* No room for a bar, and then none for the rest. */
  assert_progress ("Reading audio  43 %  12 s left", 0.43, NULL, 12.0, 32);
  assert_progress ("Reading audio  4", 0.43, NULL, 12.0, 16);
}

static void
test_wide_characters (void)
{
  g_autofree char *line = app_progress_format ("聽說", 0.5, NULL, -1.0, 3);
  g_assert_cmpstr (line, ==, "聽");
}

static void
test_meter (void)
{
  g_autofree char *speech = app_meter_format (67.9, 0.5, 0.0316227766, 30);
  g_assert_cmpstr (speech, ==, "1:07  ━━━━━━━━          -30 dB");
  g_autofree char *silence = app_meter_format (3600.0, 0.0, 0.0, 30);
  g_assert_cmpstr (silence, ==, "1:00:00                silence");
  g_autofree char *loud = app_meter_format (0.0, 1.0, 1.0, 26);
  g_assert_cmpstr (loud, ==, "0:00  ━━━━━━━━━━  too loud");
}

static void
test_duration (void)
{
  const struct {
    double seconds;
    const char *text;
  } cases[] = { { -1.0, "0 s" },         { 0.2, "1 s" },       { 99.0, "99 s" },
                { 100.0, "2 min" },      { 3500.0, "58 min" }, { 3600.0, "1 h 0 min" },
                { 7830.0, "2 h 11 min" } };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = app_duration_format (cases[i].seconds);
    g_assert_cmpstr (text, ==, cases[i].text);
  }
}

static void
test_nothing_without_terminal (void)
{
  /* The harness reads stderr through a pipe; were it a terminal, quiet says no. */
  g_autoptr (AppProgress) progress = app_progress_new ("Reading audio", TRUE);
  g_assert_null (progress);
  app_progress_set (progress, 0.5);
  app_progress_set_label (progress, "x");
  app_progress_set_line (progress, "x");
  app_progress_erase (progress);
  g_assert_cmpint (app_progress_get_n_columns (progress), ==, 80);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/terminal/progress", test_progress);
  g_test_add_func ("/terminal/wide-characters", test_wide_characters);
  g_test_add_func ("/terminal/meter", test_meter);
  g_test_add_func ("/terminal/duration", test_duration);
  g_test_add_func ("/terminal/nothing-without-terminal", test_nothing_without_terminal);
  return g_test_run ();
}
