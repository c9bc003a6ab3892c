/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/answer/numbers.h"
#include "tests/app/heard.h"

static void
test_numbers (void)
{
  static const char *const with[] = { "It costs 4 euros.",
                                      "On the ninth of May.",
                                      "October fourteenth, then.",
                                      "Her twentieth year.",
                                      "The twelfth man.",
                                      "Fourteen people came.",
                                      "Yolks of FOUR eggs.",
                                      "half a pint",
                                      "twenty-one",
                                      "七月",
                                      "煮兩個小時",
                                      "٣" };
  static const char *const without[] = { "Put this in a double boiler until it is thick.",
                                         "Wait a second, everyone, and weigh the tent.",
                                         "煮到變濃。", "",
                                         "Someone tends the stone tens of often." };

  for (gsize i = 0; i < G_N_ELEMENTS (with); i++)
    g_assert_true (app_numbers_are_in (with[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (without); i++)
    g_assert_false (app_numbers_are_in (without[i]));
}

/* What somebody says in a language whose numbers are not known may be one. */
static void
test_hearings (void)
{
  static const char *const lines[] = { "Dogs are sitting by the door.", "Let them in.", NULL };
  g_autoptr (AppHearing) hearing = heard_lines ("dogs.wav", lines);
  AppHearingSegment *line = g_ptr_array_index (hearing->segments, 1);

  g_strlcpy (hearing->language, "en", sizeof hearing->language);
  g_assert_false (app_numbers_may_be_heard (hearing));
  g_strlcpy (hearing->language, "pl", sizeof hearing->language);
  g_assert_true (app_numbers_may_be_heard (hearing));
  g_strlcpy (hearing->language, "en", sizeof hearing->language);
  g_free (line->text);
  line->text = g_strdup ("Let the three of them in.");
  g_assert_true (app_numbers_may_be_heard (hearing));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/numbers/in-a-text", test_numbers);
  g_test_add_func ("/numbers/in-a-recording", test_hearings);
  return g_test_run ();
}
