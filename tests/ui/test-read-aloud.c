/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the engine is asked when a text or a script is read aloud: it is one without models
 * (tests/app/fake-service.c), which keeps what it is asked. Nothing has to be heard. Needs a
 * display; skips without one. */

#include <adwaita.h>
#include <json-glib/json-glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "tests/support/folder.h"
#include "tests/ui/start.h"
#include "ui/base/program.h"
#include "ui/base/read-aloud.h"

#define LIMIT_US (20 * G_USEC_PER_SEC)

static char *log_path;

/* (transfer full): the requests so far. */
static GPtrArray *
read_log (void)
{
  GPtrArray *requests = g_ptr_array_new_with_free_func ((GDestroyNotify) json_node_unref);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (log_path, &text, NULL, NULL))
    return requests;
  lines = g_strsplit (text, "\n", -1);
  for (int i = 0; lines[i] != NULL && lines[i + 1] != NULL; i++)
    g_ptr_array_add (requests, json_from_string (lines[i], NULL));
  return requests;
}

/* (transfer full): the first n requests of a reading, which is then stopped. */
static GPtrArray *
take_requests (HsReadAloud *reading, guint n)
{
  gint64 end = g_get_monotonic_time () + LIMIT_US;
  GPtrArray *requests = read_log ();

  while (requests->len < n && g_get_monotonic_time () < end) {
    g_main_context_iteration (NULL, FALSE);
    g_ptr_array_unref (requests);
    requests = read_log ();
  }
  g_assert_cmpuint (requests->len, >=, n);
  hs_read_aloud_stop (reading);
  /* Whatever is still under way ends before the next test begins. */
  while (app_remote_get_n_calls (hs_program_get_remote (hs_program_get ())) > 0)
    g_main_context_iteration (NULL, TRUE);
  g_remove (log_path);
  return requests;
}

static const char *
get (GPtrArray *requests, guint i, const char *name)
{
  return json_object_get_string_member_with_default (json_node_get_object (requests->pdata[i]),
                                                     name, NULL);
}

/* Voices and manners are those of the script; the manner is not part of the text. */
static void
test_script (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HsReadAloud) reading = hs_read_aloud_start_script (
      "@bm_george (sad, slow): One.\n\n[pause 0.01s]\n\n@narrator: Two.", "af_bella", 1.5, &error);
  g_autoptr (GPtrArray) requests = NULL;

  g_assert_no_error (error);
  requests = take_requests (reading, 2);
  g_assert_cmpstr (get (requests, 0, "text"), ==, "One.");
  g_assert_cmpstr (get (requests, 0, "voice"), ==, "bm_george");
  g_assert_cmpstr (get (requests, 0, "manner"), ==, "sad, slow");
  g_assert_cmpfloat (
      json_object_get_double_member (json_node_get_object (requests->pdata[0]), "speed"), ==, 1.5);
  g_assert_cmpstr (get (requests, 1, "text"), ==, "Two.");
  g_assert_cmpstr (get (requests, 1, "voice"), ==, "af_bella");
  g_assert_cmpstr (get (requests, 1, "manner"), ==, NULL);
}

/* The characters of the whole tell how each sentence is read. */
static void
test_accent (void)
{
  g_autoptr (HsReadAloud) reading = hs_read_aloud_start ("你好。這裡說的是國語。");
  g_autoptr (GPtrArray) requests = take_requests (reading, 1);

  g_assert_cmpstr (get (requests, 0, "text"), ==, "你好。");
  g_assert_cmpstr (get (requests, 0, "accent"), ==, "taiwan");
}

static void
test_refused (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (hs_read_aloud_start_script ("@a (bored): One.", "af_bella", 1, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = test_make_home ("read-aloud");
  g_autofree char *engine = NULL;
  g_autoptr (HsProgram) program = NULL;
  int status;

  log_path = g_build_filename (folder, "log", NULL);
  g_setenv ("XDG_CACHE_HOME", folder, TRUE);
  g_setenv ("HEARSAY_FAKE_LOG", log_path, TRUE);
  if (!test_init_display (&argc, &argv)) {
    test_folder_remove (folder);
    return 0;
  }
  engine = g_test_build_filename (G_TEST_BUILT, "app", "fake-service", NULL);
  g_setenv ("HEARSAY_PROGRAM", engine, TRUE);
  program = hs_program_new ();
  hs_program_open (program);
  g_test_add_func ("/ui/read-aloud/script", test_script);
  g_test_add_func ("/ui/read-aloud/accent", test_accent);
  g_test_add_func ("/ui/read-aloud/refused", test_refused);
  status = g_test_run ();
  hs_program_close (program);
  test_folder_remove (folder);
  g_free (log_path);
  return status;
}
