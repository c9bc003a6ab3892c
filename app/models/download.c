/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Gets a file over https with libsoup, and goes on with one that broke off.
 *
 * The calls are asynchronous on a main context of their own, which also looks at the cancel flag:
 * a read that waits for the network ends within TICK_MS of it. */

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/models/model-store-private.h"

#define TICK_MS 50
#define CHUNK_BYTES (256 * 1024)
#define TIMEOUT_S 30
#define ATTEMPTS 4
#define MAX_HOPS 20

typedef struct {
  const char *url;
  const char *path;
  char *note_path;
  const char *id;
  guint64 n_total; /* 0: not known yet */
  guint64 n_known; /* what the caller expects; 0: not known */
  const AppInstallContext *context;

  GMainContext *main_context;
  GCancellable *cancellable;
  GAsyncResult *result;
  SoupSession *session;
  int fd;
  guint64 n_done;
} Download;

static gboolean
on_tick (gpointer user_data)
{
  Download *download = user_data;
  if (app_install_is_cancelled (download->context, NULL))
    g_cancellable_cancel (download->cancellable);
  return G_SOURCE_CONTINUE;
}

static void
on_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Download *download = user_data;
  download->result = g_object_ref (result);
}

/* (transfer full) */
static GAsyncResult *
await (Download *download)
{
  while (download->result == NULL)
    g_main_context_iteration (download->main_context, TRUE);
  return g_steal_pointer (&download->result);
}

/* An address that nobody on the way can change. */
static gboolean
is_safe (GUri *uri)
{
  const char *host = g_uri_get_host (uri);
  if (g_strcmp0 (g_uri_get_scheme (uri), "https") == 0)
    return TRUE;
  return g_strcmp0 (g_uri_get_scheme (uri), "http") == 0
         && (g_strcmp0 (host, "127.0.0.1") == 0 || g_strcmp0 (host, "::1") == 0
             || g_strcmp0 (host, "localhost") == 0);
}

gboolean
app_address_is_safe (const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL);
  return uri != NULL && is_safe (uri);
}

/* (transfer full): the version that the beginning in the partial file is of, from the note. NULL
 * if there is none: then it cannot be continued. */
static char *
read_version (Download *download)
{
  g_autofree char *text = NULL;
  if (!g_file_get_contents (download->note_path, &text, NULL, NULL))
    return NULL;
  g_auto (GStrv) lines = g_strsplit (text, "\n", 3);
  if (g_strv_length (lines) < 2 || !g_str_equal (lines[0], download->url) || lines[1][0] == '\0')
    return NULL;
  return g_strdup (lines[1]);
}

static void
write_version (Download *download, SoupMessageHeaders *headers)
{
  const char *version = soup_message_headers_get_one (headers, "ETag");
  if (version != NULL && g_str_has_prefix (version, "W/"))
    version = NULL; /* a weak one does not promise the same bytes */
  if (version == NULL)
    version = soup_message_headers_get_one (headers, "Last-Modified");
  g_autofree char *text =
      g_strdup_printf ("%s\n%s\n", download->url, version != NULL ? version : "");
  g_file_set_contents (download->note_path, text, -1, NULL);
}

static gboolean
fail_disk (Download *download, GError **error)
{
  g_set_error (error, APP_ERROR, APP_ERROR_DISK, "cannot write %s: %s", download->path,
               g_strerror (errno));
  return FALSE;
}

static gboolean
start_at (Download *download, guint64 n_bytes, GError **error)
{
  download->n_done = n_bytes;
  if (ftruncate (download->fd, (off_t) n_bytes) != 0
      || lseek (download->fd, (off_t) n_bytes, SEEK_SET) < 0)
    return fail_disk (download, error);
  return TRUE;
}

/* Nothing stands behind what is there: it is whole, or of another file. Then all of it is asked for
 * the next time. */
static gboolean
is_nothing_left (Download *download, SoupMessageHeaders *headers, GError **error)
{
  const char *range = soup_message_headers_get_one (headers, "Content-Range");
  guint64 n_total = range != NULL && g_str_has_prefix (range, "bytes */")
                        ? g_ascii_strtoull (range + strlen ("bytes */"), NULL, 10)
                        : 0;
  if (n_total > 0 && n_total == download->n_done)
    return TRUE;
  g_unlink (download->note_path);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT, "the file on the server has changed");
  return FALSE;
}

/* Looks at what the server answered, and places the file's end where its bytes begin. */
static gboolean
accept_response (Download *download, SoupMessage *message, GError **error)
{
  guint status = soup_message_get_status (message);
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);
  guint64 n_start = 0;
  goffset start = 0, end = 0, total = 0;
  if (status == SOUP_STATUS_PARTIAL_CONTENT
      && soup_message_headers_get_content_range (headers, &start, &end, &total)
      && (guint64) start == download->n_done) {
    n_start = download->n_done;
    download->n_total = (guint64) MAX (total, 0);
  } else if (status == SOUP_STATUS_OK) {
    download->n_total = (guint64) MAX (soup_message_headers_get_content_length (headers), 0);
  } else {
    g_unlink (download->note_path);
    g_set_error (error, APP_ERROR, APP_ERROR_DOWNLOAD, "%s: the server says %u %s", download->url,
                 status, soup_message_get_reason_phrase (message));
    return FALSE;
  }
  if (download->n_known != 0 && download->n_total != 0 && download->n_total != download->n_known) {
    g_set_error (error, APP_ERROR, APP_ERROR_CHECKSUM,
                 "%s: %" G_GUINT64_FORMAT " bytes, expected %" G_GUINT64_FORMAT, download->url,
                 download->n_total, download->n_known);
    return FALSE;
  }
  write_version (download, headers);
  return start_at (download, n_start, error);
}

static gboolean
write_all (Download *download, const guchar *data, gsize n_bytes, GError **error)
{
  while (n_bytes > 0) {
    gssize n = write (download->fd, data, n_bytes);
    if (n < 0 && errno != EINTR)
      return fail_disk (download, error);
    if (n > 0) {
      data += n;
      n_bytes -= (gsize) n;
      download->n_done += (guint64) n;
    }
  }
  return TRUE;
}

static gboolean
receive (Download *download, GInputStream *stream, GError **error)
{
  for (;;) {
    g_input_stream_read_bytes_async (stream, CHUNK_BYTES, G_PRIORITY_DEFAULT, download->cancellable,
                                     on_ready, download);
    g_autoptr (GAsyncResult) result = await (download);
    g_autoptr (GBytes) bytes = g_input_stream_read_bytes_finish (stream, result, error);
    if (bytes == NULL)
      return FALSE;
    gsize n_bytes;
    const guchar *data = g_bytes_get_data (bytes, &n_bytes);
    if (n_bytes == 0)
      break;
    if (!write_all (download, data, n_bytes, error))
      return FALSE;
    app_install_report (download->context, &(AppInstallProgress){ .stage = APP_INSTALL_FETCHING,
                                                                  .id = download->id,
                                                                  .n_done = download->n_done,
                                                                  .n_total = download->n_total });
  }
  if (download->n_total == 0 || download->n_done == download->n_total)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT, "the connection broke off");
  return FALSE;
}

/* (transfer full): of one request, from where the partial file ends. stream: the answer's body. */
static SoupMessage *
ask (Download *download, GUri *uri, const char *version, GInputStream **stream, GError **error)
{
  g_autoptr (SoupMessage) message = soup_message_new_from_uri (SOUP_METHOD_GET, uri);
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  if (download->n_done > 0) {
    SoupMessageHeaders *headers = soup_message_get_request_headers (message);
    soup_message_headers_set_range (headers, (goffset) download->n_done, -1);
    soup_message_headers_replace (headers, "If-Range", version);
  }
  soup_session_send_async (download->session, message, G_PRIORITY_DEFAULT, download->cancellable,
                           on_ready, download);
  g_autoptr (GAsyncResult) result = await (download);
  *stream = soup_session_send_finish (download->session, result, error);
  return *stream != NULL ? g_steal_pointer (&message) : NULL;
}

/* The same, from where the address leads to. libsoup would follow by itself, and tell of the last
 * address only: one of those between that is not safe can lead anywhere. */
static SoupMessage *
ask_where_it_leads (Download *download, const char *version, GInputStream **stream, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (download->url, SOUP_HTTP_URI_FLAGS, NULL);
  for (int i = 0; i <= MAX_HOPS; i++) {
    SoupMessage *message = ask (download, uri, version, stream, error);
    const char *location;
    if (message == NULL || !SOUP_STATUS_IS_REDIRECTION (soup_message_get_status (message)))
      return message;
    location =
        soup_message_headers_get_one (soup_message_get_response_headers (message), "Location");
    if (location == NULL)
      return message;
    GUri *next = g_uri_parse_relative (uri, location, SOUP_HTTP_URI_FLAGS, NULL);
    g_uri_unref (g_steal_pointer (&uri));
    uri = next;
    g_clear_object (stream);
    g_object_unref (message);
    if (uri == NULL || !is_safe (uri)) {
      g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "%s leads to an address without https",
                   download->url);
      return NULL;
    }
  }
  g_set_error (error, APP_ERROR, APP_ERROR_DOWNLOAD, "%s leads on and on", download->url);
  return NULL;
}

/* One try, from where the partial file ends. */
static gboolean
attempt (Download *download, GError **error)
{
  struct stat info;
  g_autofree char *version = read_version (download);
  if (fstat (download->fd, &info) != 0)
    return fail_disk (download, error);
  download->n_done = version != NULL ? (guint64) info.st_size : 0;
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (SoupMessage) message = ask_where_it_leads (download, version, &stream, error);
  if (message == NULL)
    return FALSE;
  if (soup_message_get_status (message) == SOUP_STATUS_REQUESTED_RANGE_NOT_SATISFIABLE
      && download->n_done > 0)
    return is_nothing_left (download, soup_message_get_response_headers (message), error);
  if (!accept_response (download, message, error))
    return FALSE;
  g_autofree char *folder = g_path_get_dirname (download->path);
  if (download->n_total > download->n_done
      && !app_check_free_disk (folder, download->id, download->n_total - download->n_done, error))
    return FALSE;
  return receive (download, stream, error);
}

/* A broken connection is tried again from where it broke; what the server or the disk refuses is
 * not. */
static gboolean
run (Download *download, GError **error)
{
  for (int i = 1;; i++) {
    g_autoptr (GError) inner = NULL;
    guint64 n_before = download->n_done;
    if (attempt (download, &inner))
      return fsync (download->fd) == 0 ? TRUE : fail_disk (download, error);
    if (app_install_is_cancelled (download->context, error))
      return FALSE;
    if (inner->domain == APP_ERROR) {
      g_propagate_error (error, g_steal_pointer (&inner));
      return FALSE;
    }
    if (i >= ATTEMPTS && download->n_done <= n_before) {
      g_set_error (error, APP_ERROR, APP_ERROR_DOWNLOAD, "cannot fetch %s: %s", download->url,
                   inner->message);
      return FALSE;
    }
  }
}

gboolean
app_download (const char *url, const char *path, const char *id, guint64 n_bytes,
              const AppInstallContext *context, GError **error)
{
  if (!app_address_is_safe (url)) {
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "%s is not an https address", url);
    return FALSE;
  }
  Download download = { .url = url, .path = path, .id = id, .n_known = n_bytes };
  download.context = context;
  download.fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (download.fd < 0)
    return fail_disk (&download, error);
  download.note_path = g_strconcat (path, ".source", NULL);
  download.main_context = g_main_context_new ();
  g_main_context_push_thread_default (download.main_context);
  download.cancellable = g_cancellable_new ();
  download.session = soup_session_new_with_options ("timeout", TIMEOUT_S, NULL);
  GSource *tick = g_timeout_source_new (TICK_MS);
  g_source_set_callback (tick, on_tick, &download, NULL);
  g_source_attach (tick, download.main_context);

  gboolean ok = run (&download, error);

  g_source_destroy (tick);
  g_source_unref (tick);
  soup_session_abort (download.session);
  g_object_unref (download.session);
  g_object_unref (download.cancellable);
  while (g_main_context_iteration (download.main_context, FALSE))
    ;
  g_main_context_pop_thread_default (download.main_context);
  g_main_context_unref (download.main_context);
  close (download.fd);
  if (!ok && download.n_done == 0)
    g_unlink (path); /* nothing to go on with */
  if (ok || download.n_done == 0)
    g_unlink (download.note_path);
  g_free (download.note_path);
  return ok;
}
