/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Speeds come back, on this machine only; the choice of a model by them. */

#include "app/models/speeds.h"

#include <string.h>

#include <glib/gstdio.h>

static char *folder;

static void
test_kept (void)
{
  g_autofree char *path = g_build_filename (folder, "hearsay", "speeds.json", NULL);
  g_autoptr (AppSpeeds) speeds = app_speeds_load ();
  const AppSpeed speed = { .prompt = 100, .generate = 12.5 };
  g_autoptr (GError) error = NULL;

  g_assert_cmpfloat (app_speeds_get (speeds, "aa").generate, ==, 0);
  g_assert_cmpfloat (app_speeds_get (speeds, NULL).generate, ==, 0);
  g_assert_true (app_speeds_set (speeds, "aa", &speed, &error));
  g_autoptr (AppSpeeds) again = app_speeds_load ();
  g_assert_cmpfloat (app_speeds_get (again, "aa").generate, ==, 12.5);
  g_assert_cmpfloat (app_speeds_get (again, "aa").prompt, ==, 100);
  g_assert_cmpfloat (app_speeds_get (again, "aa").listen, ==, 0);

  static const char *const others[] = {
    "",
    "[]",
    "{\"machine\": \"another\", \"speeds\": {\"aa\": {\"generate\": 3}}}",
    "{\"machine\": 3, \"speeds\": []}",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++) {
    g_assert_true (g_file_set_contents (path, others[i], -1, NULL));
    g_autoptr (AppSpeeds) none = app_speeds_load ();
    g_assert_cmpfloat (app_speeds_get (none, "aa").generate, ==, 0);
  }
  g_remove (path);
}

static void
test_fit (void)
{
  AppModel model = { .task = APP_TASK_CHAT, .memory_bytes = 4000, .n_bytes = 10 };

  g_assert_cmpint (app_model_fits (&model, 0, 0), ==, APP_FITS);
  g_assert_cmpint (app_model_fits (&model, 10000, 5000), ==, APP_FITS);
  g_assert_cmpint (app_model_fits (&model, 10000, 3000), ==, APP_FITS_TIGHTLY);
  g_assert_cmpint (app_model_fits (&model, 4100, 4100), ==, APP_FITS_NOT);
  model.memory_bytes = 0;
  g_assert_cmpuint (app_model_estimate_memory (&model), >, 100 * 1024 * 1024);
}

static void
assert_choice (const double generate[3], guint64 total, const char *expected)
{
  g_autoptr (AppSpeeds) speeds = app_speeds_load ();
  g_autoptr (GPtrArray) models = g_ptr_array_new ();
  AppModel list[3];

  for (int i = 0; i < 3; i++) {
    static const char *const ids[] = { "small", "middle", "large" };
    list[i] = (AppModel){ .id = (char *) ids[i],
                          .sha256 = (char *) ids[i],
                          .set = (char *) "extra",
                          .task = APP_TASK_CHAT,
                          .is_installed = TRUE,
                          .n_bytes = (guint64) (i + 1) * 1000,
                          .memory_bytes = (guint64) (i + 1) * 1000 };
    g_assert_true (app_speeds_set (speeds, ids[i], &(AppSpeed){ .generate = generate[i] }, NULL));
    g_ptr_array_add (models, &list[i]);
  }
  const AppModel *chosen = app_speeds_choose_chat (speeds, models, total);
  g_assert_cmpstr (chosen != NULL ? chosen->id : NULL, ==, expected);
}

static void
test_choice (void)
{
  assert_choice ((double[]){ 40, 20, 10 }, 100000, "large");
  assert_choice ((double[]){ 40, 20, 2 }, 100000, "middle");
  assert_choice ((double[]){ 4, 3, 2 }, 100000, "small");
  assert_choice ((double[]){ 40, 20, 10 }, 2500, "middle");
  assert_choice ((double[]){ 0, 0, 0 }, 100000, NULL);
}

int
main (int argc, char **argv)
{
  int status;

  folder = g_dir_make_tmp ("hearsay-speeds-XXXXXX", NULL);
  g_setenv ("XDG_CACHE_HOME", folder, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/speeds/kept", test_kept);
  g_test_add_func ("/app/speeds/fit", test_fit);
  g_test_add_func ("/app/speeds/choice", test_choice);
  status = g_test_run ();
  g_autofree char *path = g_build_filename (folder, "hearsay", "speeds.json", NULL);
  g_remove (path);
  *strrchr (path, '/') = '\0';
  g_rmdir (path);
  g_rmdir (folder);
  g_free (folder);
  return status;
}
