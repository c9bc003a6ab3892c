/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/server/connections.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#define KEY "hearsay-connection"

struct _AppConnections {
  SoupServer *soup;
  AppConnectionLimits limits;
  GQueue all;     /* of Connection */
  GQueue waiting; /* of those that owe the head of a request: the longest first */
};

/* A socket has one, and so have the handlers of its messages, which may outlive it. */
typedef struct {
  AppConnections *connections; /* NULL: nobody counts any more */
  GSocket *socket;
  GList link, waiting;
  gboolean is_waiting;
  gboolean is_refused; /* the request is, by its head */
  guint timer;
  gsize n_bytes; /* since the timer began */
} Connection;

static void
stop_waiting (Connection *connection)
{
  if (connection->is_waiting)
    g_queue_unlink (&connection->connections->waiting, &connection->waiting);
  connection->is_waiting = FALSE;
}

static void
forget (Connection *connection)
{
  g_clear_handle_id (&connection->timer, g_source_remove);
  if (connection->connections == NULL)
    return;
  stop_waiting (connection);
  g_queue_unlink (&connection->connections->all, &connection->link);
  connection->connections = NULL;
}

static void
on_socket_gone (gpointer data)
{
  forget (data);
  g_rc_box_release (data);
}

static void
on_handler_gone (gpointer data, GClosure *closure)
{
  g_rc_box_release (data);
}

/* libsoup sees the end and drops it. */
static void
cut_off (Connection *connection)
{
  forget (connection);
  g_socket_shutdown (connection->socket, TRUE, TRUE, NULL);
}

static gboolean
on_time (gpointer data)
{
  Connection *connection = data;

  if (!connection->is_waiting && !connection->is_refused
      && connection->n_bytes >= connection->connections->limits.min_bytes) {
    connection->n_bytes = 0;
    return G_SOURCE_CONTINUE;
  }
  connection->timer = 0;
  cut_off (connection);
  return G_SOURCE_REMOVE;
}

static void
start_timer (Connection *connection)
{
  g_clear_handle_id (&connection->timer, g_source_remove);
  connection->n_bytes = 0;
  connection->timer = g_timeout_add (connection->connections->limits.wait_ms, on_time, connection);
}

static void
on_head (SoupServerMessage *message, gpointer data)
{
  Connection *connection = data;

  if (connection->connections == NULL)
    return;
  connection->is_refused = soup_server_message_get_status (message) != 0;
  stop_waiting (connection);
  start_timer (connection);
}

static void
on_chunk (SoupServerMessage *message, GBytes *chunk, gpointer data)
{
  Connection *connection = data;

  connection->n_bytes += g_bytes_get_size (chunk);
}

/* libsoup 3.2 keeps the descriptors of connections that the other side closes after an answer: so
 * each has one request, and ours is the side that closes it. */
static void
close_after (SoupServerMessage *message)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Connection",
                                "close");
}

static void
on_body (SoupServerMessage *message, gpointer data)
{
  Connection *connection = data;

  /* An answer "100 Continue" has taken away the headers. */
  close_after (message);
  g_clear_handle_id (&connection->timer, g_source_remove);
}

/* Its socket may live on: libsoup 3.2 does not let go of all. */
static void
on_disconnected (SoupServerMessage *message, gpointer data)
{
  forget (data);
}

/* Who does not read is no longer waited for. Where the system does not know this, it does without:
 * there are not many connections. */
static void
bound_writing (GSocket *socket, guint wait_ms)
{
  g_socket_set_keepalive (socket, TRUE);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_USER_TIMEOUT, (gint) wait_ms, NULL);
}

static Connection *
add_connection (AppConnections *connections, GSocket *socket)
{
  Connection *connection = g_rc_box_new0 (Connection);

  connection->connections = connections;
  connection->socket = socket;
  connection->link.data = connection->waiting.data = connection;
  g_queue_push_tail_link (&connections->all, &connection->link);
  g_object_set_data_full (G_OBJECT (socket), KEY, connection, on_socket_gone);
  bound_writing (socket, connections->limits.wait_ms);
  connection->is_waiting = TRUE;
  g_queue_push_tail_link (&connections->waiting, &connection->waiting);
  start_timer (connection);
  return connection;
}

static void
follow (Connection *connection, SoupServerMessage *message, const char *signal, GCallback handler)
{
  g_signal_connect_data (message, signal, handler, g_rc_box_acquire (connection), on_handler_gone,
                         0);
}

/* Somebody has connected. */
static void
on_started (SoupServer *soup, SoupServerMessage *message, gpointer data)
{
  AppConnections *connections = data;
  GSocket *socket = soup_server_message_get_socket (message);
  Connection *connection = socket != NULL ? g_object_get_data (G_OBJECT (socket), KEY) : NULL;

  if (socket == NULL)
    return;
  if (connection == NULL)
    connection = add_connection (connections, socket);
  close_after (message);
  follow (connection, message, "got-headers", G_CALLBACK (on_head));
  follow (connection, message, "got-chunk", G_CALLBACK (on_chunk));
  follow (connection, message, "got-body", G_CALLBACK (on_body));
  follow (connection, message, "disconnected", G_CALLBACK (on_disconnected));
  /* The one that has just come is among those that wait. */
  if (connections->all.length > connections->limits.max_connections
      && connections->waiting.head != NULL)
    cut_off (connections->waiting.head->data);
}

AppConnections *
app_connections_new (SoupServer *soup, const AppConnectionLimits *limits)
{
  AppConnections *connections = g_new0 (AppConnections, 1);

  connections->soup = soup;
  connections->limits = *limits;
  g_queue_init (&connections->all);
  g_queue_init (&connections->waiting);
  g_signal_connect (soup, "request-started", G_CALLBACK (on_started), connections);
  return connections;
}

void
app_connections_free (AppConnections *connections)
{
  if (connections == NULL)
    return;
  g_signal_handlers_disconnect_by_data (connections->soup, connections);
  while (connections->all.head != NULL)
    forget (connections->all.head->data);
  g_free (connections);
}

guint
app_connections_get_n (const AppConnections *connections)
{
  return connections->all.length;
}
