/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/file-server.h"

#include <string.h>

#define POLL_US 1000

/* (transfer full): the value of a header in the lower-case request, or NULL. */
static char *
find_header (char **lines, const char *name)
{
  for (char **line = lines; *line != NULL; line++)
    if (g_ascii_strncasecmp (*line, name, strlen (name)) == 0 && (*line)[strlen (name)] == ':')
      return g_strdup (g_strstrip (*line + strlen (name) + 1));
  return NULL;
}

/* (transfer full): the lines of the request's head; NULL if the client went away. */
static char **
read_request (GInputStream *in)
{
  g_autoptr (GDataInputStream) data = g_data_input_stream_new (in);
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (data), FALSE);
  GStrvBuilder *lines = g_strv_builder_new ();
  char *line;
  while ((line = g_data_input_stream_read_line (data, NULL, NULL, NULL)) != NULL) {
    g_strchomp (line);
    gboolean is_last = line[0] == '\0';
    if (!is_last)
      g_strv_builder_add (lines, line);
    g_free (line);
    if (is_last)
      break;
  }
  char **strings = g_strv_builder_end (lines);
  g_strv_builder_unref (lines);
  if (strings[0] == NULL)
    g_clear_pointer (&strings, g_strfreev);
  return strings;
}

static void
send (GOutputStream *out, const void *data, gsize n_bytes)
{
  g_output_stream_write_all (out, data, n_bytes, NULL, NULL, NULL);
}

static void
send_file (FileServer *server, GOutputStream *out, gsize first)
{
  gsize n_bytes;
  const char *content = g_bytes_get_data (server->content, &n_bytes);
  g_autoptr (GString) head = g_string_new (NULL);
  if (first >= n_bytes) {
    g_string_printf (head,
                     "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */%zu\r\n"
                     "Content-Length: 0\r\nConnection: close\r\n\r\n",
                     n_bytes);
    send (out, head->str, head->len);
    return;
  }
  if (first > 0)
    g_string_append_printf (head,
                            "HTTP/1.1 206 Partial Content\r\n"
                            "Content-Range: bytes %zu-%zu/%zu\r\n",
                            first, n_bytes - 1, n_bytes);
  else
    g_string_append (head, "HTTP/1.1 200 OK\r\n");
  if (server->etag != NULL)
    g_string_append_printf (head, "ETag: %s\r\n", server->etag);
  g_string_append_printf (head, "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                          n_bytes - first);
  send (out, head->str, head->len);
  gsize n_sent = n_bytes - first;
  if (server->cut_after > 0 && atomic_load (&server->n_cuts) > 0) {
    atomic_fetch_sub (&server->n_cuts, 1);
    n_sent = MIN (n_sent, server->cut_after);
  }
  send (out, content + first, n_sent);
  while (atomic_load (&server->hangs) && !g_cancellable_is_cancelled (server->cancellable))
    g_usleep (POLL_US);
}

static void
answer (FileServer *server, GIOStream *stream)
{
  GOutputStream *out = g_io_stream_get_output_stream (stream);
  g_auto (GStrv) lines = read_request (g_io_stream_get_input_stream (stream));
  if (lines == NULL)
    return;
  atomic_fetch_add (&server->n_requests, 1);
  g_free (server->last_range);
  server->last_range = find_header (lines, "Range");
  if (server->status != NULL && !g_str_has_prefix (lines[0], "GET /file ")) {
    const char *to = server->onward != NULL && g_str_has_prefix (lines[0], "GET /hop ")
                         ? server->onward
                         : server->location;
    g_autofree char *location =
        to != NULL ? g_strdup_printf ("Location: %s\r\n", to) : g_strdup ("");
    g_autofree char *head =
        g_strdup_printf ("HTTP/1.1 %s\r\n%sContent-Length: 0\r\nConnection: close\r\n\r\n",
                         server->status, location);
    send (out, head, strlen (head));
    return;
  }
  g_autofree char *if_range = find_header (lines, "If-Range");
  gsize first = 0;
  if (server->last_range != NULL && server->etag != NULL
      && (if_range == NULL || g_str_equal (if_range, server->etag)))
    first = (gsize) g_ascii_strtoull (server->last_range + strlen ("bytes="), NULL, 10);
  send_file (server, out, first);
}

static gpointer
serve (gpointer user_data)
{
  FileServer *server = user_data;
  while (!g_cancellable_is_cancelled (server->cancellable)) {
    g_autoptr (GSocketConnection) connection =
        g_socket_listener_accept (server->listener, NULL, server->cancellable, NULL);
    if (connection != NULL) {
      answer (server, G_IO_STREAM (connection));
      g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
    }
  }
  return NULL;
}

FileServer *
file_server_new (const void *content, gsize n_bytes)
{
  FileServer *server = g_new0 (FileServer, 1);
  server->content = g_bytes_new (content, n_bytes);
  server->etag = "\"one\"";
  server->cancellable = g_cancellable_new ();
  server->listener = g_socket_listener_new ();
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) error = NULL;
  g_socket_listener_add_address (server->listener, address, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_TCP, NULL, &bound, &error);
  g_assert_no_error (error);
  server->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  server->thread = g_thread_new ("file-server", serve, server);
  return server;
}

void
file_server_free (FileServer *server)
{
  g_cancellable_cancel (server->cancellable);
  g_thread_join (server->thread);
  g_socket_listener_close (server->listener);
  g_object_unref (server->listener);
  g_object_unref (server->cancellable);
  g_bytes_unref (server->content);
  g_free (server->last_range);
  g_free (server);
}

void
file_server_set_content (FileServer *server, const void *content, gsize n_bytes)
{
  g_bytes_unref (server->content);
  server->content = g_bytes_new (content, n_bytes);
}

char *
file_server_url (const FileServer *server, const char *path)
{
  return g_strdup_printf ("http://127.0.0.1:%d%s", server->port, path);
}
