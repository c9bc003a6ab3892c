/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the server decides without a socket: who may ask, where an answer ends, what is in a form,
 * which status an error has. */

#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "app/base/app-error.h"
#include "app/server/guard.h"
#include "app/server/http-error.h"
#include "app/server/multipart.h"
#include "app/server/stop-text.h"
#include "app/server/work-folder.h"

static int
check (const AppGuard *guard, const AppGuardRequest *request)
{
  g_autoptr (GError) error = NULL;
  gboolean is_right = app_guard_check (guard, request, &error);

  g_assert_true (is_right == (error == NULL));
  return is_right ? 200 : error->code;
}

static void
test_guard (void)
{
  const AppGuard open = { 0 };
  const AppGuard locked = { (char *) "a-key-of-some-length", (char *) "http://localhost:3000" };
  const struct {
    AppGuardRequest request;
    int open, locked;
  } rows[] = {
    { { "localhost:8642", NULL, NULL, NULL, FALSE }, 200, 401 },
    { { NULL, NULL, NULL, NULL, FALSE }, 400, 400 },
    { { "localhost,evil", NULL, NULL, NULL, FALSE }, 400, 400 },
    { { "evil.example", NULL, NULL, NULL, FALSE }, 403, 401 },
    { { "[::1]", NULL, NULL, "Bearer a-key-of-some-length", FALSE }, 200, 200 },
    { { "there", NULL, NULL, "Bearer a-key-of-some-length", FALSE }, 403, 200 },
    { { "there", NULL, NULL, "Bearer a-key-of-some-lengtH", FALSE }, 403, 401 },
    { { "localhost", "null", NULL, "Bearer a-key-of-some-length", FALSE }, 403, 403 },
    { { "localhost", "http://localhost:3000", "same-site", NULL, FALSE }, 403, 401 },
    { { "localhost", "http://localhost:3000", "same-site", NULL, TRUE }, 403, 200 },
    { { "localhost", NULL, "cross-site", NULL, FALSE }, 403, 403 },
    { { "localhost", NULL, "same-origin", NULL, FALSE }, 200, 401 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_test_message ("row %zu", i);
    g_assert_cmpint (check (&open, &rows[i].request), ==, rows[i].open);
    g_assert_cmpint (check (&locked, &rows[i].request), ==, rows[i].locked);
  }
}

static void
test_origins (void)
{
  g_assert_true (app_guard_is_origin ("http://localhost:3000"));
  g_assert_true (app_guard_is_origin ("https://a.example"));
  g_assert_false (app_guard_is_origin ("http://localhost:3000/"));
  g_assert_false (app_guard_is_origin ("http://u@localhost"));
  g_assert_false (app_guard_is_origin ("*"));
  g_assert_false (app_guard_is_origin (""));
  g_assert_true (app_guard_is_loopback ("127.1.2.3"));
  g_assert_true (app_guard_is_loopback ("::1"));
  g_assert_false (app_guard_is_loopback ("127.0.0.1.example"));
  g_assert_false (app_guard_is_loopback ("0.0.0.0"));
}

/* (transfer full): all that is given of an answer in these pieces. */
static char *
feed (const char *const *texts, const char *const *pieces)
{
  AppStopText stop = { 0 };
  GString *given = g_string_new (NULL);

  app_stop_text_init (&stop, texts);
  for (gsize i = 0; pieces[i] != NULL; i++) {
    g_autofree char *piece = app_stop_text_feed (&stop, pieces[i]);

    g_string_append (given, piece);
  }
  g_autofree char *rest = app_stop_text_finish (&stop);
  g_string_append_printf (given, "%s%s", rest, stop.is_over ? "!" : "");
  app_stop_text_clear (&stop);
  return g_string_free (given, FALSE);
}

static void
test_stop (void)
{
  static const char *const texts[] = { "aab", "STOP", NULL };
  static const struct {
    const char *pieces[6];
    const char *given;
  } rows[] = {
    { { "xaa", "ab", "y" }, "xa!" },
    { { "ST", "OS", "TOP", " more" }, "STO!" },
    { { "S", "T", "O" }, "STO" },
    { { "no end" }, "no end" },
    { { "STOPaab" }, "!" },
    { { "xaabSTOP" }, "x!" },
    { { "aaaaaa", "a", "ab" }, "aaaaaa!" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *given = feed (texts, rows[i].pieces);
    g_autofree char *whole = feed (NULL, rows[i].pieces);
    g_autofree char *joined = g_strjoinv ("", (char **) rows[i].pieces);

    g_assert_cmpstr (given, ==, rows[i].given);
    g_assert_cmpstr (whole, ==, joined);
  }
}

static void
test_form (void)
{
  static const char form[] = "preamble\r\n--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n"
                             "1\r\n--bx\r\n2\r\n--b \r\nx: y\r\nCONTENT-DISPOSITION: form-data; "
                             "filename=\"q\\\"; name=x\"; name=file\r\n\r\n\r\n--b--";
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) parts = app_multipart_parse (form, strlen (form), "b", &error);

  /* What begins like the delimiter is one: clients choose what does not occur. */
  g_assert_error (error, APP_HTTP_ERROR, 400);
  g_assert_null (parts);
}

static void
test_parts (void)
{
  static const char form[] =
      "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n2\r\n--b \r\n"
      "x: y\r\nCONTENT-DISPOSITION: form-data; filename=\"q\\\"; name=x\"; "
      "name=file\r\n\r\n\r\n--b--";
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) parts = app_multipart_parse (form, strlen (form), "b", &error);
  const AppPart *a, *file;

  g_assert_no_error (error);
  g_assert_cmpuint (parts->len, ==, 2);
  a = app_multipart_find (parts, "a");
  file = app_multipart_find (parts, "file");
  g_assert_cmpmem (a->data, a->n_bytes, "1\r\n2", 4);
  g_assert_null (a->file_name);
  g_assert_cmpstr (file->file_name, ==, "q\"; name=x");
  g_assert_cmpuint (file->n_bytes, ==, 0);
  g_assert_null (app_multipart_find (parts, "b"));
}

static void
test_boundary (void)
{
  g_autofree char *quoted =
      app_multipart_get_boundary ("Multipart/Form-Data; charset=x; boundary=\"a b\"", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (quoted, ==, "a b");
  g_assert_null (app_multipart_get_boundary ("multipart/form-datax; boundary=a", &error));
  g_assert_error (error, APP_HTTP_ERROR, 415);
  g_clear_error (&error);
  g_assert_null (app_multipart_get_boundary ("multipart/form-data; boundary=\"\"", &error));
  g_assert_error (error, APP_HTTP_ERROR, 400);
}

static void
test_errors (void)
{
  static const struct {
    int code;
    guint status;
  } rows[] = {
    { APP_ERROR_NOT_INSTALLED, 503 }, { APP_ERROR_NO_SPEECH, 422 }, { APP_ERROR_ENGINE, 500 },
    { APP_ERROR_RECORDING, 400 },     { APP_ERROR_CANCELLED, 503 }, { APP_ERROR_DISK, 507 },
  };
  g_autoptr (GError) none = g_error_new (APP_HTTP_ERROR, APP_HTTP_NO_MODEL, "no \xff\n model");
  g_autofree char *text = app_http_error_to_json (none);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = g_error_new (APP_ERROR, rows[i].code, "x");

    g_assert_cmpuint (app_http_error_get_status (error), ==, rows[i].status);
  }
  g_assert_cmpuint (app_http_error_get_status (none), ==, 404);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_nonnull (strstr (text, "\"code\":\"model_not_found\""));
}

static void
test_folder (void)
{
  g_autoptr (AppWorkFolder) work = app_work_folder_new (NULL);
  g_autofree char *path = g_strdup (app_work_folder_get_path (work));
  g_autofree char *one = app_work_folder_open (work, NULL);
  g_autofree char *two = app_work_folder_open (work, NULL);
  g_autofree char *file = g_build_filename (two, "file", NULL);

  g_assert_cmpstr (one, !=, two);
  g_assert_true (g_file_set_contents (file, "x", 1, NULL));
  app_work_folder_close (work, one);
  g_assert_false (g_file_test (one, G_FILE_TEST_EXISTS));
  g_clear_pointer (&work, app_work_folder_free);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* Of a server that was killed all goes; of one that works, of somebody else, behind a link nothing.
 */
static void
test_stale_folders (void)
{
  g_autoptr (AppWorkFolder) used = app_work_folder_new (NULL);
  g_autofree char *in_use = app_work_folder_open (used, NULL);
  g_autofree char *other = g_dir_make_tmp ("hearsay-served-XXXXXX", NULL);
  g_autofree char *stale = g_dir_make_tmp ("hearsay-serve-XXXXXX", NULL);
  g_autofree char *inside = g_build_filename (stale, "1", NULL);
  g_autofree char *recording = g_build_filename (inside, "talk.wav", NULL);
  g_autofree char *link = g_build_filename (stale, "link", NULL);
  g_autofree char *kept = g_build_filename (other, "kept", NULL);
  g_autoptr (AppWorkFolder) next = NULL;

  g_assert_cmpint (g_mkdir (inside, 0700), ==, 0);
  g_assert_true (g_file_set_contents (recording, "x", 1, NULL));
  g_assert_true (g_file_set_contents (kept, "x", 1, NULL));
  g_assert_cmpint (symlink (other, link), ==, 0);
  next = app_work_folder_new (NULL);
  g_assert_nonnull (next);
  g_assert_false (g_file_test (stale, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (in_use, G_FILE_TEST_IS_DIR));
  g_assert_true (g_file_test (kept, G_FILE_TEST_IS_REGULAR));
  g_remove (kept);
  g_rmdir (other);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/guard", test_guard);
  g_test_add_func ("/server/origins", test_origins);
  g_test_add_func ("/server/stop", test_stop);
  g_test_add_func ("/server/form", test_form);
  g_test_add_func ("/server/parts", test_parts);
  g_test_add_func ("/server/boundary", test_boundary);
  g_test_add_func ("/server/errors", test_errors);
  g_test_add_func ("/server/folder", test_folder);
  g_test_add_func ("/server/stale-folders", test_stale_folders);
  return g_test_run ();
}
