/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/server/exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib/gstdio.h>

#include "app/server/http-error.h"

#define KEY "hearsay-exchange"
/* What comes beyond the limit is read, so that the client hears why, but not forever. */
#define MAX_EXCESS (4 * APP_SERVER_MAX_FORM)

static void
forget_files (AppExchange *exchange)
{
  if (exchange->folder != NULL)
    app_work_folder_close (exchange->server->work, exchange->folder);
  g_clear_pointer (&exchange->folder, g_free);
}

AppExchange *
app_exchange_ref (AppExchange *exchange)
{
  exchange->n_refs++;
  return exchange;
}

static void
forget_body (AppExchange *exchange)
{
  if (exchange->body != NULL) {
    exchange->server->n_held -= exchange->body->len;
    g_clear_pointer (&exchange->body, g_byte_array_unref);
  }
  if (exchange->upload >= 0)
    close (exchange->upload);
  exchange->upload = -1;
}

void
app_exchange_unref (gpointer data)
{
  AppExchange *exchange = data;

  if (--exchange->n_refs > 0)
    return;
  forget_body (exchange);
  if (exchange->free_data != NULL)
    exchange->free_data (exchange->data);
  forget_files (exchange);
  exchange->server->n_exchanges--;
  g_free (exchange);
}

static void
write_answer (SoupServerMessage *message, guint status, const char *type, GBytes *bytes)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  SoupMessageBody *body = soup_server_message_get_response_body (message);

  soup_server_message_set_status (message, status, NULL);
  soup_message_headers_replace (headers, "Content-Type", type);
  if (status == 401)
    soup_message_headers_replace (headers, "WWW-Authenticate", "Bearer");
  if (status == 429)
    soup_message_headers_replace (headers, "Retry-After", "5");
  soup_message_body_append_bytes (body, bytes);
  soup_message_body_complete (body);
  soup_message_headers_set_content_length (headers, (goffset) g_bytes_get_size (bytes));
}

void
app_exchange_refuse (SoupServerMessage *message, const GError *error)
{
  char *text = app_http_error_to_json (error);
  g_autoptr (GBytes) bytes = g_bytes_new_take (text, strlen (text));

  write_answer (message, app_http_error_get_status (error), "application/json", bytes);
}

/* Nothing is written any more; what computes for it stops. */
static void
finish (AppExchange *exchange)
{
  exchange->is_over = TRUE;
  g_clear_handle_id (&exchange->hangup, g_source_remove);
  if (exchange->call != NULL)
    app_remote_call_cancel (exchange->call);
  else
    forget_files (exchange);
}

static void
on_finished (SoupServerMessage *message, gpointer data)
{
  AppExchange *exchange = data;

  finish (exchange);
  exchange->message = NULL;
  forget_body (exchange);
}

static gboolean
on_hangup (int fd, GIOCondition condition, gpointer data)
{
  AppExchange *exchange = data;

  exchange->hangup = 0;
  app_exchange_ref (exchange);
  finish (exchange);
  if (exchange->message != NULL) {
    /* Lets the message come to its end. */
    if (soup_server_message_get_status (exchange->message) == 0)
      soup_server_message_set_status (exchange->message, 503, NULL);
    soup_message_body_complete (soup_server_message_get_response_body (exchange->message));
    soup_server_message_unpause (exchange->message);
  }
  app_exchange_unref (exchange);
  return G_SOURCE_REMOVE;
}

static void
close_socket (AppExchange *exchange)
{
  GSocket *socket =
      exchange->message != NULL ? soup_server_message_get_socket (exchange->message) : NULL;

  if (socket != NULL)
    g_socket_shutdown (socket, TRUE, TRUE, NULL);
}

/* The rest of the body is passed over. */
static void
refuse_body (AppExchange *exchange, int code, const char *message)
{
  g_autoptr (GError) error = g_error_new_literal (APP_HTTP_ERROR, code, message);

  forget_body (exchange);
  exchange->is_over = TRUE;
  if (soup_server_message_get_status (exchange->message) == 0)
    app_exchange_refuse (exchange->message, error);
}

static gboolean
keep_chunk (AppExchange *exchange, const guint8 *data, gsize n_bytes)
{
  AppServer *server = exchange->server;

  if (exchange->body != NULL) {
    if (server->n_held + n_bytes > APP_SERVER_MAX_HELD) {
      refuse_body (exchange, 429, "too many requests are under way");
      return FALSE;
    }
    g_byte_array_append (exchange->body, data, (guint) n_bytes);
    server->n_held += n_bytes;
  }
  while (exchange->upload >= 0 && n_bytes > 0) {
    ssize_t n = write (exchange->upload, data, n_bytes);

    if (n < 0 && errno != EINTR) {
      refuse_body (exchange, 507, "there is no room for the recording");
      return FALSE;
    }
    data += MAX (n, 0);
    n_bytes -= (gsize) MAX (n, 0);
  }
  return TRUE;
}

static void
on_chunk (SoupServerMessage *message, GBytes *chunk, gpointer data)
{
  AppExchange *exchange = data;
  gsize n_bytes, limit = exchange->route->body == APP_BODY_FORM   ? APP_SERVER_MAX_FORM
                         : exchange->route->body == APP_BODY_JSON ? APP_SERVER_MAX_JSON
                                                                  : 0;
  const guint8 *bytes = g_bytes_get_data (chunk, &n_bytes);

  exchange->n_body += n_bytes;
  if (exchange->n_body > MAX_EXCESS)
    close_socket (exchange);
  else if (!exchange->is_over && exchange->n_body > limit)
    refuse_body (exchange, 413, "the request is too large");
  else if (!exchange->is_over)
    keep_chunk (exchange, bytes, n_bytes);
}

/* Where the form goes. */
static gboolean
open_upload (AppExchange *exchange, GError **error)
{
  const char *folder = app_exchange_get_folder (exchange, error);
  g_autofree char *path = NULL;

  if (folder == NULL)
    return FALSE;
  path = g_build_filename (folder, "form", NULL);
  exchange->upload = g_open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (exchange->upload >= 0) {
    /* The descriptor is all that is needed. */
    g_unlink (path);
    return TRUE;
  }
  g_set_error (error, APP_ERROR, APP_ERROR_DISK, "%s: %s", path, g_strerror (errno));
  return FALSE;
}

AppExchange *
app_exchange_new (AppServer *server, SoupServerMessage *message, const AppRoute *route)
{
  AppExchange *exchange = g_new0 (AppExchange, 1);
  g_autoptr (GError) error = NULL;

  exchange->n_refs = 1;
  exchange->server = server;
  exchange->message = message;
  exchange->route = route;
  exchange->path = g_uri_get_path (soup_server_message_get_uri (message));
  exchange->upload = -1;
  server->n_exchanges++;
  g_object_set_data_full (G_OBJECT (message), KEY, exchange, app_exchange_unref);
  g_signal_connect (message, "finished", G_CALLBACK (on_finished), exchange);
  g_signal_connect (message, "got-chunk", G_CALLBACK (on_chunk), exchange);
  if (route->body == APP_BODY_JSON)
    exchange->body = g_byte_array_new ();
  if (route->body == APP_BODY_FORM && !open_upload (exchange, &error)) {
    exchange->is_over = TRUE;
    app_exchange_refuse (message, error);
  }
  return exchange;
}

AppExchange *
app_exchange_get (SoupServerMessage *message)
{
  return g_object_get_data (G_OBJECT (message), KEY);
}

void
app_exchange_begin (AppExchange *exchange)
{
  GSocket *socket = soup_server_message_get_socket (exchange->message);

  if (exchange->is_over || exchange->is_begun)
    return;
  exchange->is_begun = TRUE;
  /* As long as an answer is not written, its socket is not looked at. */
  if (socket != NULL)
    exchange->hangup = g_unix_fd_add (g_socket_get_fd (socket), (GIOCondition) POLLRDHUP | G_IO_HUP,
                                      on_hangup, exchange);
  soup_server_message_pause (exchange->message);
  app_exchange_ref (exchange);
  exchange->route->begin (exchange);
  app_exchange_unref (exchange);
}

GBytes *
app_exchange_take_body (AppExchange *exchange, GError **error)
{
  g_autoptr (GMappedFile) file = NULL;
  GBytes *bytes;

  if (exchange->body != NULL) {
    exchange->server->n_held -= exchange->body->len;
    return g_byte_array_free_to_bytes (g_steal_pointer (&exchange->body));
  }
  file = g_mapped_file_new_from_fd (exchange->upload, FALSE, error);
  bytes = file != NULL ? g_mapped_file_get_bytes (file) : NULL;
  forget_body (exchange);
  return bytes;
}

const char *
app_exchange_get_content_type (AppExchange *exchange)
{
  if (exchange->message == NULL)
    return NULL;
  return soup_message_headers_get_one (soup_server_message_get_request_headers (exchange->message),
                                       "Content-Type");
}

const char *
app_exchange_get_folder (AppExchange *exchange, GError **error)
{
  if (exchange->folder == NULL)
    exchange->folder = app_work_folder_open (exchange->server->work, error);
  return exchange->folder;
}

/* The call has told its last. */
static void
end_call (AppExchange *exchange)
{
  g_signal_handlers_disconnect_by_data (exchange->call, exchange);
  g_clear_object (&exchange->call);
  /* Before the answer is on its way: what is in it is held. */
  forget_files (exchange);
  app_exchange_unref (exchange);
}

static void
on_done (AppRemoteCall *call, JsonNode *result, gpointer data)
{
  AppExchange *exchange = data;

  if (!exchange->is_over)
    exchange->callbacks->on_done (exchange, json_node_get_object (result));
  end_call (exchange);
}

static void
on_failed (AppRemoteCall *call, const GError *error, gpointer data)
{
  AppExchange *exchange = data;

  if (exchange->is_over || exchange->callbacks->on_failed == NULL
      || !exchange->callbacks->on_failed (exchange))
    app_exchange_fail (exchange, error);
  end_call (exchange);
}

static void
on_token (AppRemoteCall *call, const char *text, guint n_tokens, gpointer data)
{
  AppExchange *exchange = data;

  if (!exchange->is_over && exchange->callbacks->on_token != NULL)
    exchange->callbacks->on_token (exchange, text, n_tokens);
}

static void
on_restarted (AppRemoteCall *call, gpointer data)
{
  AppExchange *exchange = data;
  g_autoptr (GError) error = NULL;

  if (exchange->callbacks->on_restarted != NULL)
    exchange->callbacks->on_restarted (exchange);
  if (!exchange->is_stream)
    return;
  /* What was written cannot be taken back. */
  error = g_error_new (APP_ERROR, APP_ERROR_ENGINE, "the engine died");
  app_exchange_fail (exchange, error);
}

void
app_exchange_start_call (AppExchange *exchange, const char *task, JsonNode *request,
                         const AppExchangeCallbacks *callbacks)
{
  AppRemote *remote = exchange->server->remote;

  if (exchange->is_over || app_remote_get_n_calls (remote) >= APP_SERVER_MAX_WAITING) {
    g_autoptr (GError) error =
        g_error_new (APP_HTTP_ERROR, 429, "%d requests are waiting", APP_SERVER_MAX_WAITING);

    json_node_unref (request);
    app_exchange_fail (exchange, error);
    return;
  }
  exchange->callbacks = callbacks;
  exchange->call = app_remote_start (remote, task, request);
  app_exchange_ref (exchange);
  g_signal_connect (exchange->call, "token", G_CALLBACK (on_token), exchange);
  g_signal_connect (exchange->call, "restarted", G_CALLBACK (on_restarted), exchange);
  g_signal_connect (exchange->call, "done", G_CALLBACK (on_done), exchange);
  g_signal_connect (exchange->call, "failed", G_CALLBACK (on_failed), exchange);
}

void
app_exchange_reply (AppExchange *exchange, guint status, const char *type, GBytes *bytes)
{
  if (exchange->is_over || exchange->message == NULL)
    return;
  write_answer (exchange->message, status, type, bytes);
  soup_server_message_unpause (exchange->message);
  finish (exchange);
}

void
app_exchange_reply_json (AppExchange *exchange, char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new_take (text, strlen (text));

  app_exchange_reply (exchange, 200, "application/json", bytes);
}

void
app_exchange_fail (AppExchange *exchange, const GError *error)
{
  g_autofree char *text = app_http_error_to_json (error);
  g_autoptr (GBytes) bytes = NULL;

  if (exchange->is_over)
    return;
  if (exchange->is_stream) {
    app_exchange_send_event (exchange, text);
    app_exchange_end_stream (exchange);
    return;
  }
  bytes = g_bytes_new (text, strlen (text));
  app_exchange_reply (exchange, app_http_error_get_status (error), "application/json", bytes);
}

static void
begin_stream (AppExchange *exchange)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (exchange->message);

  exchange->is_stream = TRUE;
  soup_server_message_set_status (exchange->message, 200, NULL);
  soup_message_headers_replace (headers, "Content-Type", "text/event-stream; charset=utf-8");
  soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
  soup_message_body_set_accumulate (soup_server_message_get_response_body (exchange->message),
                                    FALSE);
}

void
app_exchange_send_event (AppExchange *exchange, const char *data)
{
  char *text;

  if (exchange->is_over || exchange->message == NULL)
    return;
  if (!exchange->is_stream)
    begin_stream (exchange);
  text = g_strconcat ("data: ", data, "\n\n", NULL);
  soup_message_body_append_take (soup_server_message_get_response_body (exchange->message),
                                 (guchar *) text, strlen (text));
  soup_server_message_unpause (exchange->message);
}

void
app_exchange_end_stream (AppExchange *exchange)
{
  if (exchange->is_over || exchange->message == NULL)
    return;
  soup_message_body_complete (soup_server_message_get_response_body (exchange->message));
  soup_server_message_unpause (exchange->message);
  finish (exchange);
}
