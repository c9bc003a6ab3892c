/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Which of the texts that a recogniser finds is taken. */

#include "app/listen/wording.h"

static const AudioAlternative genius[] = {
  { (char *) "hold out, pay since it's genius", -11.2, 13 },
  { (char *) "hold out, patience as genius", -5.9, 12 },
  { (char *) "hold out, patience is genius", -6.6, 12 },
  { (char *) "hold out, patience has genius", -7.8, 12 },
  { (char *) "hold out, patients is genius", -7.85, 12 },
};

/* Near are those that sound about as likely as the best, not as the first. */
static void
test_near (void)
{
  int places[APP_WORDING_MAX_NEAR];

  g_assert_cmpint (app_wording_find_near (genius, G_N_ELEMENTS (genius), places), ==, 3);
  g_assert_cmpint (places[0], ==, 1);
  g_assert_cmpint (places[1], ==, 2);
  g_assert_cmpint (places[2], ==, 3);
}

/* Figures are no other wording, even if they are likelier. */
static void
test_figures (void)
{
  static const AudioAlternative figures[] = { { (char *) "five feet two", -7, 4 },
                                              { (char *) "5 feet 2", -4, 4 },
                                              { (char *) "five feet too", -8, 4 } };
  int places[APP_WORDING_MAX_NEAR];

  g_assert_cmpint (app_wording_find_near (figures, G_N_ELEMENTS (figures), places), ==, 2);
  g_assert_cmpint (places[0], ==, 0);
  g_assert_cmpint (places[1], ==, 2);
}

/* The language decides between those, but not against all that is heard. */
static void
test_weigh (void)
{
  static const int places[] = { 1, 2, 3 };

  g_assert_cmpint (app_wording_weigh (genius, places, (double[]){ -60, -40, -50 }, 3), ==, 2);
  g_assert_cmpint (app_wording_weigh (genius, places, (double[]){ -60, -59, -56 }, 3), ==, 1);
  g_assert_cmpint (app_wording_weigh (genius, places, (double[]){ 0, 0, 0 }, 3), ==, 1);
}

/* Without a chat model the sound decides. */
static void
test_without_model (void)
{
  g_autoptr (AppEngine) engine =
      app_engine_new (&(AppEngineOptions){ .n_threads = 1, .chat_model = "no-such-model.gguf" });
  g_autoptr (AppWording) wording = app_wording_new (engine);

  g_assert_cmpint (app_wording_choose (genius, G_N_ELEMENTS (genius), wording), ==, 1);
  g_assert_cmpint (app_wording_choose (genius, 1, wording), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wording/near", test_near);
  g_test_add_func ("/wording/figures", test_figures);
  g_test_add_func ("/wording/weigh", test_weigh);
  g_test_add_func ("/wording/without-model", test_without_model);
  return g_test_run ();
}
