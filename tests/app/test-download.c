/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>

#include "app/models/model-store-private.h"
#include "tests/support/file-server.h"

#define N_BYTES 600000

typedef struct {
  FileServer *server;
  char *folder;
  char *path;
  char *content;
  AppInstallContext context;
  atomic_bool cancel;
  guint64 cancel_at; /* bytes; 0: never */
  guint n_reports;
} Fixture;

static void
on_progress (const AppInstallProgress *progress, gpointer user_data)
{
  Fixture *f = user_data;
  f->n_reports++;
  g_assert_cmpint (progress->stage, ==, APP_INSTALL_FETCHING);
  g_assert_cmpuint (progress->n_done, <=, progress->n_total);
  if (f->cancel_at > 0 && progress->n_done >= f->cancel_at)
    atomic_store (&f->cancel, true);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->content = g_malloc (N_BYTES);
  for (gsize i = 0; i < N_BYTES; i++)
    f->content[i] = (char) (i * 2654435761u >> 24);
  f->server = file_server_new (f->content, N_BYTES);
  f->folder = g_dir_make_tmp ("hearsay-download-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "file", NULL);
  f->context = (AppInstallContext){ on_progress, f, &f->cancel };
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_autofree char *note = g_strconcat (f->path, ".source", NULL);
  g_unlink (f->path);
  g_unlink (note);
  g_assert_cmpint (g_rmdir (f->folder), ==, 0);
  file_server_free (f->server);
  g_free (f->folder);
  g_free (f->path);
  g_free (f->content);
}

static gboolean
download (Fixture *f, guint64 n_bytes, GError **error)
{
  g_autofree char *url = file_server_url (f->server, "/model");
  return app_download (url, f->path, "m", n_bytes, &f->context, error);
}

static void
assert_whole (Fixture *f)
{
  g_autofree char *text = NULL;
  g_autofree char *note = g_strconcat (f->path, ".source", NULL);
  gsize length = 0;
  g_assert_true (g_file_get_contents (f->path, &text, &length, NULL));
  g_assert_cmpmem (text, length, f->content, N_BYTES);
  g_assert_false (g_file_test (note, G_FILE_TEST_EXISTS));
}

static guint64
partial_size (Fixture *f)
{
  GStatBuf info;
  return g_stat (f->path, &info) == 0 ? (guint64) info.st_size : 0;
}

static void
test_whole (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = download (f, N_BYTES, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  assert_whole (f);
  g_assert_cmpint (f->server->n_requests, ==, 1);
  g_assert_cmpuint (f->n_reports, >, 0);
}

static void
test_broken_off (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  f->server->cut_after = 250000;
  f->server->n_cuts = 2;
  gboolean ok = download (f, 0, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  assert_whole (f);
  g_assert_cmpint (f->server->n_requests, ==, 3);
  g_assert_cmpstr (f->server->last_range, ==, "bytes=500000-");
}

/* What one run of the program could not get is there for the next. */
static void
break_off (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  f->cancel_at = 200000;
  f->server->cut_after = 200000;
  f->server->n_cuts = 1;
  f->server->hangs = true;
  g_assert_false (download (f, 0, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_CANCELLED);
  g_assert_cmpuint (partial_size (f), ==, 200000);
  f->server->hangs = false;
  f->cancel_at = 0;
  atomic_store (&f->cancel, false);
}

static void
test_resumes (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  break_off (f);
  gboolean ok = download (f, N_BYTES, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpstr (f->server->last_range, ==, "bytes=200000-");
  assert_whole (f);
}

static void
test_starts_over_if_the_file_changed (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  break_off (f);
  f->content[0] ^= 1;
  file_server_set_content (f->server, f->content, N_BYTES);
  f->server->etag = "\"two\"";
  gboolean ok = download (f, N_BYTES, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  assert_whole (f);
}

/* Without a version to name, the beginning might be of another file. */
static void
test_starts_over_without_a_version (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  f->server->etag = NULL;
  break_off (f);
  gboolean ok = download (f, N_BYTES, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_null (f->server->last_range);
  assert_whole (f);
}

static void
test_keeps_breaking_off (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  f->server->cut_after = 1;
  f->server->n_cuts = G_MAXINT;
  f->server->etag = NULL; /* so that no attempt gets further than the one before */
  g_assert_false (download (f, 0, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_DOWNLOAD);
  g_assert_cmpint (f->server->n_requests, <, 10);
}

static void
test_refusals (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  f->server->status = "404 Not Found";
  g_assert_false (download (f, 0, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_DOWNLOAD);
  g_assert_nonnull (strstr (error->message, "404 Not Found"));
  g_assert_cmpint (f->server->n_requests, ==, 1);
  g_assert_false (g_file_test (f->path, G_FILE_TEST_EXISTS));
  g_clear_error (&error);

  f->server->status = NULL;
  g_assert_false (download (f, N_BYTES + 1, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_CHECKSUM);
  g_clear_error (&error);

  g_setenv ("HEARSAY_TEST_FREE_BYTES", "599999", TRUE);
  g_assert_false (download (f, N_BYTES, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_DISK);
  g_assert_false (g_file_test (f->path, G_FILE_TEST_EXISTS));
  g_unsetenv ("HEARSAY_TEST_FREE_BYTES");
}

static void
test_no_server (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  /* Port 1 of this machine: nobody listens. */
  g_assert_false (app_download ("http://127.0.0.1:1/x", f->path, "m", 0, &f->context, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_DOWNLOAD);
  g_assert_false (g_file_test (f->path, G_FILE_TEST_EXISTS));
}

static void
test_addresses (Fixture *f, gconstpointer data)
{
  static const char *const refused[] = { "http://example.org/x", "ftp://127.0.0.1/x", "file:///x",
                                         "not an address", "http://127.0.0.1.example.org/x" };
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (app_download (refused[i], f->path, "m", 0, &f->context, &error));
    g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
  }
}

static void
test_redirects (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *url = file_server_url (f->server, "/file");
  f->server->status = "302 Found";
  f->server->location = url;
  gboolean ok = download (f, N_BYTES, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  assert_whole (f);
  g_assert_cmpint (f->server->n_requests, ==, 2);
}

/* 0.0.0.0 is this machine, too, but is not taken for it. */
static void
test_unsafe_hop (Fixture *f, gconstpointer data)
{
  g_autofree char *url = file_server_url (f->server, "/file");
  g_autofree char *hop = g_strdup_printf ("http://0.0.0.0:%d/hop", f->server->port);
  f->server->status = "302 Found";
  f->server->location = hop;
  for (int i = 0; i < 2; i++) {
    g_autoptr (GError) error = NULL;
    f->server->onward = i == 0 ? url : NULL;
    g_assert_false (download (f, N_BYTES, &error));
    g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
    g_assert_cmpint (f->server->n_requests, ==, i + 1);
  }
}

static void
test_endless_hops (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  f->server->status = "307 Temporary Redirect";
  f->server->location = "/again";
  g_assert_false (download (f, N_BYTES, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_DOWNLOAD);
  g_assert_cmpint (f->server->n_requests, <, 30);
}

/* As after a program that was killed between the last byte and what comes then. */
static void
write_partial (Fixture *f, const char *content, gsize length)
{
  g_autofree char *url = file_server_url (f->server, "/model");
  g_autofree char *note = g_strconcat (f->path, ".source", NULL);
  g_autofree char *text = g_strconcat (url, "\n\"one\"\n", NULL);
  g_assert_true (g_file_set_contents (f->path, content, (gssize) length, NULL));
  g_assert_true (g_file_set_contents (note, text, -1, NULL));
}

static void
test_was_whole (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  write_partial (f, f->content, N_BYTES);
  gboolean ok = download (f, 0, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  assert_whole (f);
  g_assert_cmpint (f->server->n_requests, ==, 1);
}

static void
test_was_longer (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *longer = g_malloc0 (N_BYTES + 7);
  write_partial (f, longer, N_BYTES + 7);
  gboolean ok = download (f, 0, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  assert_whole (f);
}

#define ADD(name, function) g_test_add (name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/download/whole", test_whole);
  ADD ("/download/broken-off", test_broken_off);
  ADD ("/download/resumes", test_resumes);
  ADD ("/download/changed", test_starts_over_if_the_file_changed);
  ADD ("/download/no-version", test_starts_over_without_a_version);
  ADD ("/download/keeps-breaking-off", test_keeps_breaking_off);
  ADD ("/download/refusals", test_refusals);
  ADD ("/download/no-server", test_no_server);
  ADD ("/download/addresses", test_addresses);
  ADD ("/download/redirects", test_redirects);
  ADD ("/download/unsafe-hop", test_unsafe_hop);
  ADD ("/download/endless-hops", test_endless_hops);
  ADD ("/download/was-whole", test_was_whole);
  ADD ("/download/was-longer", test_was_longer);
  return g_test_run ();
}
