/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whose readings of Chinese a text is given. */

#include "app/speech/accent.h"

#include <string.h>

static void
test_names (void)
{
  g_autoptr (GError) error = NULL;
  AppAccent accent = APP_ACCENT_TAIWAN;

  g_assert_true (app_accent_read (NULL, &accent, &error));
  g_assert_cmpint (accent, ==, APP_ACCENT_BY_TEXT);
  g_assert_true (app_accent_read ("taiwan", &accent, &error));
  g_assert_cmpint (accent, ==, APP_ACCENT_TAIWAN);
  g_assert_true (app_accent_read ("mainland", &accent, &error));
  g_assert_cmpint (accent, ==, APP_ACCENT_MAINLAND);
  g_assert_no_error (error);
  g_assert_false (app_accent_read ("Texas", &accent, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "taiwan"));
}

static void
test_choice (void)
{
  static const struct {
    AppAccent asked;
    const char *text;
    AppAccent expected; /* BY_TEXT: what it was before */
  } cases[] = {
    { APP_ACCENT_BY_TEXT, "我們學習漢語。", APP_ACCENT_TAIWAN },
    { APP_ACCENT_BY_TEXT, "我们学习汉语。", APP_ACCENT_MAINLAND },
    /* 台 is of both scripts. */
    { APP_ACCENT_BY_TEXT, "台灣的媽媽說台語", APP_ACCENT_TAIWAN },
    { APP_ACCENT_BY_TEXT, "一二三", APP_ACCENT_BY_TEXT },
    { APP_ACCENT_BY_TEXT, "plain English", APP_ACCENT_BY_TEXT },
    { APP_ACCENT_BY_TEXT, "", APP_ACCENT_BY_TEXT },
    { APP_ACCENT_MAINLAND, "我們學習漢語。", APP_ACCENT_MAINLAND },
    { APP_ACCENT_TAIWAN, "我们学习汉语。", APP_ACCENT_TAIWAN },
  };
  static const AppAccent both[] = { APP_ACCENT_TAIWAN, APP_ACCENT_MAINLAND };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (gsize b = 0; b < G_N_ELEMENTS (both); b++)
      g_assert_cmpint (app_accent_choose (cases[i].asked, cases[i].text, both[b]), ==,
                       cases[i].expected != APP_ACCENT_BY_TEXT ? cases[i].expected : both[b]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/accent/names", test_names);
  g_test_add_func ("/accent/choice", test_choice);
  return g_test_run ();
}
