/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/app/model-store-fixture.h"

#define TIMEOUT_S 30

static void
test_paths (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (app_model_store_get_path (f->store, "web", &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_NOT_INSTALLED);
  g_assert_cmpstr (error->message, ==, "web is not installed; run: hearsay models install web");
  g_clear_error (&error);
  g_assert_null (app_model_store_get_path (f->store, "other", &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_CATALOGUE);
  g_clear_error (&error);
  g_assert_null (app_model_store_get_path (f->store, "./none.gguf", &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_NOT_INSTALLED);
  g_clear_error (&error);
  g_assert_null (app_model_store_get_path_for_task (f->store, APP_TASK_VAD, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_CATALOGUE);
  g_clear_error (&error);

  assert_installs (f, "web");
  g_autofree char *expected = in_store (f, "web.gguf");
  g_autofree char *by_id = app_model_store_get_path (f->store, "web", &error);
  g_autofree char *by_path = app_model_store_get_path (f->store, expected, &error);
  g_autofree char *by_task = app_model_store_get_path_for_task (f->store, APP_TASK_CHAT, &error);
  g_assert_cmpstr (by_id, ==, expected);
  g_assert_cmpstr (by_path, ==, expected);
  g_assert_cmpstr (by_task, ==, expected);
}

static void
test_require (Fixture *f, gconstpointer data)
{
  static const char *const both[] = { "web", "pack", NULL };
  static const char *const unknown[] = { "web", "other", NULL };
  g_autoptr (GError) error = NULL;
  g_assert_false (app_model_store_require (f->store, both, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_NOT_INSTALLED);
  g_assert_cmpstr (error->message, ==,
                   "web, pack are not installed; run: hearsay models install web pack");
  g_clear_error (&error);
  g_assert_false (app_model_store_require (f->store, unknown, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_CATALOGUE);
  g_clear_error (&error);
  assert_installs (f, "web");
  g_assert_false (app_model_store_require (f->store, both, &error));
  g_assert_cmpstr (error->message, ==, "pack is not installed; run: hearsay models install pack");
  g_assert_true (app_model_store_require (f->store, (const char *[]){ "web", NULL }, NULL));
}

static void
test_folder (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  AppModelStoreOptions options = { .catalogue = f->catalogue };
  g_setenv ("HEARSAY_MODELS", f->store_folder, TRUE);
  g_autoptr (AppModelStore) named = app_model_store_new (&options, &error);
  g_assert_cmpstr (app_model_store_get_folder (named), ==, f->store_folder);
  g_unsetenv ("HEARSAY_MODELS");
  g_autoptr (AppModelStore) usual = app_model_store_new (&options, &error);
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "hearsay", "models", NULL);
  g_assert_cmpstr (app_model_store_get_folder (usual), ==, folder);
}

static void
test_install_from_an_address (Fixture *f, gconstpointer data)
{
  assert_installs (f, "web");
  g_assert_cmpstr (f->seen->str, ==, "FK");
  assert_installs (f, "web"); /* nothing to do */
  g_assert_cmpint (f->server->n_requests, ==, 1);
  assert_fails (f, "other", APP_ERROR_CATALOGUE, "no model other");
}

/* What was fetched whole is not fetched again, unless it is something else. */
static void
test_stopped_while_checking (Fixture *f, gconstpointer data)
{
  g_autofree char *staging = in_store (f, ".staging");
  g_autofree char *partial = g_build_filename (staging, "web.download", NULL);
  g_autofree char *path = in_store (f, "web.gguf");
  g_assert_cmpint (g_mkdir_with_parents (staging, 0755), ==, 0);
  g_assert_true (g_file_set_contents (partial, CONTENT, -1, NULL));
  assert_installs (f, "web");
  g_assert_cmpint (f->server->n_requests, ==, 0);
  g_assert_cmpint (g_rename (path, partial), ==, 0);
  atomic_store (&f->cancel, true);
  assert_fails (f, "web", APP_ERROR_CANCELLED, "stopped");
  g_assert_true (g_file_test (partial, G_FILE_TEST_EXISTS));
  g_assert_cmpint (f->server->n_requests, ==, 0);
  atomic_store (&f->cancel, false);
  assert_installs (f, "web");
  g_assert_true (g_file_set_contents (partial, "The content of the model", -1, NULL));
  g_assert_cmpint (g_unlink (path), ==, 0);
  assert_installs (f, "web");
  g_assert_cmpint (f->server->n_requests, ==, 1);
}

static void
test_wrong_content (Fixture *f, gconstpointer data)
{
  file_server_set_content (f->server, "The content of the model", strlen (CONTENT));
  assert_fails (f, "web", APP_ERROR_CHECKSUM, "expected");
  assert_empty (f);
  file_server_set_content (f->server, CONTENT "!", strlen (CONTENT) + 1);
  assert_fails (f, "web", APP_ERROR_CHECKSUM, "25 bytes, expected 24");
  assert_empty (f);
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  f->server->status = "404 Not Found";
  assert_fails (f, "web", APP_ERROR_DOWNLOAD, "404 Not Found");
  assert_fails (f, "web", APP_ERROR_DOWNLOAD, "to try again, run: hearsay models install web");
  assert_empty (f);
  f->server->status = NULL;
  g_setenv ("HEARSAY_TEST_FREE_BYTES", "10", TRUE);
  assert_fails (f, "web", APP_ERROR_DISK, "has 10 bytes free");
  g_unsetenv ("HEARSAY_TEST_FREE_BYTES");
  assert_empty (f);
}

static void
test_folder_that_cannot_be_written (Fixture *f, gconstpointer data)
{
  g_free (f->store_folder);
  f->store_folder = g_strdup ("/proc/hearsay/models");
  open_store (f);
  assert_fails (f, "web", APP_ERROR_DISK, "cannot write to the model folder /proc/hearsay/models");
}

typedef struct {
  Fixture *f;
  AppModelStore *store;
} Second;

static gpointer
install_web (gpointer user_data)
{
  Second *second = user_data;
  g_autoptr (GError) error = NULL;
  gboolean ok = app_model_store_install (second->store, "web", NULL, &error);
  g_assert_no_error (error);
  return GINT_TO_POINTER (ok);
}

/* The first hangs in the middle of its download until the second says that it waits. */
static void
test_two_at_once (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  f->server->cut_after = 3;
  f->server->n_cuts = 1;
  f->server->hangs = true;
  Second second = { .f = f };
  second.store = app_model_store_new (
      &(AppModelStoreOptions){ .folder = f->store_folder, .catalogue = f->catalogue }, &error);
  GThread *thread = g_thread_new ("second", install_web, &second);
  gint64 deadline = g_get_monotonic_time () + TIMEOUT_S * G_USEC_PER_SEC;
  while (atomic_load (&f->server->n_requests) == 0 && g_get_monotonic_time () < deadline)
    g_thread_yield ();
  assert_installs (f, "web");
  g_assert_true (GPOINTER_TO_INT (g_thread_join (thread)));
  g_assert_cmpstr (f->seen->str, ==, "w");
  g_assert_true (g_str_has_prefix (f->note, "process "));
  g_assert_cmpint (f->server->n_requests, ==, 2); /* both of the first */
  app_model_store_free (second.store);
}

static void
test_cancel (Fixture *f, gconstpointer data)
{
  f->server->cut_after = 3;
  f->server->n_cuts = 1;
  f->server->hangs = true;
  f->cancels = TRUE;
  f->cancel_at = APP_INSTALL_FETCHING;
  assert_fails (f, "web", APP_ERROR_CANCELLED, "stopped");
  f->cancels = FALSE;
  atomic_store (&f->cancel, false);
  f->server->hangs = false;
  assert_installs (f, "web");
  g_assert_cmpstr (f->server->last_range, ==, "bytes=3-");
}

static void
test_packages (Fixture *f, gconstpointer data)
{
  write_tool (f, "echo '{\"event\":\"note\",\"text\":\"hello\"}'\n"
                 "echo 'not JSON'; echo '[]'\n"
                 "echo '{\"event\":\"fetching\",\"done\":5,\"total\":10}'\n"
                 "echo '{\"event\":\"converting\",\"done\":5,\"total\":10}'\n"
                 "printf '" CONTENT "' > \"$5/$2.gguf\"\n"
                 "echo '{\"event\":\"done\"}'\n");
  assert_installs (f, "pack");
  g_assert_cmpstr (f->seen->str, ==, "NFC");
  g_assert_cmpstr (f->note, ==, "hello");
}

static void
test_packages_fail (Fixture *f, gconstpointer data)
{
  assert_fails (f, "pack", APP_ERROR_DOWNLOAD, "cannot run");
  write_tool (f, "echo '{\"event\":\"error\",\"kind\":\"disk\",\"message\":\"full\"}'; exit 1");
  assert_fails (f, "pack", APP_ERROR_DISK, "full");
  write_tool (f, "exit 127");
  assert_fails (f, "pack", APP_ERROR_DOWNLOAD, "apt-get install python3-pip");
  write_tool (f, "exit 0");
  assert_fails (f, "pack", APP_ERROR_DOWNLOAD, "broke off");
  write_tool (f, "kill -9 $$");
  assert_fails (f, "pack", APP_ERROR_DOWNLOAD, "broke off");
}

static void
test_second_source (Fixture *f, gconstpointer data)
{
  g_autofree char *sha256 = g_compute_checksum_for_string (G_CHECKSUM_SHA256, CONTENT, -1);
  write_catalogue (f, sha256, TRUE);
  open_store (f);
  write_tool (f, "echo '{\"event\":\"error\",\"kind\":\"disk\",\"message\":\"full\"}'; exit 1");
  assert_fails (f, "pack", APP_ERROR_DISK, "full");
  g_assert_cmpint (f->server->n_requests, ==, 0);
  write_tool (f, "echo '{\"event\":\"error\",\"kind\":\"download\",\"message\":\"no index\"}'\n"
                 "exit 1");
  assert_installs (f, "pack");
  g_assert_true (g_str_has_prefix (f->note, "no index; trying http"));
}

static void
test_cancel_packages (Fixture *f, gconstpointer data)
{
  write_tool (f, "echo '{\"event\":\"fetching\",\"done\":5,\"total\":10}'\nexec sleep 600\n");
  f->cancels = TRUE;
  f->cancel_at = APP_INSTALL_FETCHING;
  gint64 start = g_get_monotonic_time ();
  assert_fails (f, "pack", APP_ERROR_CANCELLED, "stopped");
  g_assert_cmpint (g_get_monotonic_time () - start, <, TIMEOUT_S * G_USEC_PER_SEC);
}

static void
test_verify_and_remove (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (app_model_store_remove (f->store, "web", NULL, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_NOT_INSTALLED);
  g_clear_error (&error);
  g_assert_false (app_model_store_verify (f->store, "web", NULL, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_NOT_INSTALLED);
  g_clear_error (&error);
  g_assert_false (app_model_store_verify (f->store, "other", NULL, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_CATALOGUE);
  g_clear_error (&error);

  assert_installs (f, "web");
  g_assert_true (app_model_store_verify (f->store, "web", &f->context, &error));
  g_autofree char *path = in_store (f, "web.gguf");
  g_assert_true (g_file_set_contents (path, "the content of the mode?", -1, NULL));
  g_assert_false (app_model_store_verify (f->store, "web", NULL, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_CHECKSUM);
  g_clear_error (&error);
  g_assert_true (app_model_store_remove (f->store, "web", NULL, &error));
  assert_empty (f);
  g_assert_false (app_model_store_remove (f->store, "../models", NULL, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_NOT_INSTALLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("paths", test_paths);
  ADD ("folder", test_folder);
  ADD ("require", test_require);
  ADD ("install-from-an-address", test_install_from_an_address);
  ADD ("stopped-while-checking", test_stopped_while_checking);
  ADD ("wrong-content", test_wrong_content);
  ADD ("refused", test_refused);
  ADD ("unwritable", test_folder_that_cannot_be_written);
  ADD ("two-at-once", test_two_at_once);
  ADD ("cancel", test_cancel);
  ADD ("packages", test_packages);
  ADD ("packages-fail", test_packages_fail);
  ADD ("second-source", test_second_source);
  ADD ("cancel-packages", test_cancel_packages);
  ADD ("verify-and-remove", test_verify_and_remove);
  return g_test_run ();
}
