/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Clients that say nothing, too little, or do not listen, at a server of their own. */

#include "app/server/connections.h"

#include <string.h>

#define SHORT_MS 200
#define LONG_MS 300000
#define LIMIT_US (60 * (gint64) G_USEC_PER_SEC)
#define LARGE ((gsize) 64 << 20) /* more than a socket holds */

typedef struct {
  SoupServer *soup;
  AppConnections *connections;
  GSocketAddress *address;
  guint n_descriptors; /* that are open when it listens */
} Fixture;

static guint
count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* Of the leak sanitizer, where there is one. */
extern void __lsan_disable (void) __attribute__ ((weak));

static void
on_request (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer data)
{
  const gsize n = g_str_equal (path, "/large") ? LARGE : 2;
  char *text = g_malloc0 (n);

  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_TAKE, text, n);
  soup_server_message_set_status (message, 200, NULL);
}

static void
set_up (Fixture *f, const AppConnectionLimits *limits)
{
  g_autoptr (GError) error = NULL;
  GSList *uris;

  f->soup = soup_server_new (NULL, NULL);
  f->connections = app_connections_new (f->soup, limits);
  soup_server_add_handler (f->soup, NULL, on_request, NULL, NULL);
  soup_server_listen_local (f->soup, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (f->soup);
  f->address =
      g_inet_socket_address_new_from_string ("127.0.0.1", (guint) g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  f->n_descriptors = count_descriptors ();
}

static void
tear_down (Fixture *f)
{
  app_connections_free (f->connections);
  soup_server_disconnect (f->soup);
  g_assert_finalize_object (f->soup);
  g_object_unref (f->address);
}

#define REQUEST "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

static void
send_text (GSocket *client, const char *text)
{
  g_assert_cmpint (g_socket_send (client, text, strlen (text), NULL, NULL), ==,
                   (gssize) strlen (text));
}

static GSocket *
connect_to (Fixture *f, const char *text)
{
  g_autoptr (GError) error = NULL;
  GSocket *client =
      g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);

  g_assert_no_error (error);
  g_assert_true (g_socket_connect (client, f->address, NULL, &error));
  g_socket_set_blocking (client, FALSE);
  if (*text != '\0')
    send_text (client, text);
  return client;
}

static void
wait_for_n (Fixture *f, guint n)
{
  const gint64 start = g_get_monotonic_time ();

  while (app_connections_get_n (f->connections) != n) {
    g_assert_cmpint (g_get_monotonic_time () - start, <, LIMIT_US);
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
  }
}

/* Reads until something has come or the end: -1 if the connection was reset. */
static gssize
wait_for_text (GSocket *client, char *text, gsize n)
{
  const gint64 start = g_get_monotonic_time ();

  for (;;) {
    g_autoptr (GError) error = NULL;
    gssize n_read = g_socket_receive (client, text, n, NULL, &error);

    if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
      return n_read;
    g_assert_cmpint (g_get_monotonic_time () - start, <, LIMIT_US);
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
  }
}

static gboolean
is_told (GSocket *client, const char *start)
{
  char text[1000];
  gssize n = wait_for_text (client, text, sizeof text - 1);

  text[MAX (n, 0)] = '\0';
  return g_str_has_prefix (text, start);
}

static gboolean
is_answered (GSocket *client)
{
  return is_told (client, "HTTP/1.1 200 ");
}

static gboolean
is_cut_off (GSocket *client)
{
  char text[1000];

  return wait_for_text (client, text, sizeof text) <= 0;
}

/* Nothing, half a head, half a body. */
static void
test_slow (void)
{
  static const char *const texts[] = {
    "", "GET / HT", "GET / HTTP/1.1\r\nHost: localhost\r\n",
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n1234"
  };
  Fixture f;

  set_up (&f, &(AppConnectionLimits){ 10, SHORT_MS, 1000 });
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GSocket) client = connect_to (&f, texts[i]);

    wait_for_n (&f, 1);
    g_assert_true (is_cut_off (client));
    wait_for_n (&f, 0);
  }
  tear_down (&f);
}

/* None stays after an answer, whoever closes it. */
static void
test_answered (void)
{
  Fixture f;

  set_up (&f, &(AppConnectionLimits){ 10, LONG_MS, 1000 });
  for (int i = 0; i < 20; i++) {
    g_autoptr (GSocket) client = connect_to (&f, REQUEST);

    g_assert_true (is_answered (client));
    if (i % 2 == 0)
      g_assert_true (is_cut_off (client));
  }
  wait_for_n (&f, 0);
  g_assert_cmpuint (count_descriptors (), ==, f.n_descriptors);
  tear_down (&f);
}

/* A body that comes fast enough may take longer than the wait. */
static void
test_fast_enough (void)
{
  enum { N = 25 };
  Fixture f;
  g_autoptr (GSocket) client = NULL;
  g_autofree char *head =
      g_strdup_printf ("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n", N);
  const gint64 start = g_get_monotonic_time ();

  set_up (&f, &(AppConnectionLimits){ 10, 10 * SHORT_MS, 1 });
  client = connect_to (&f, head);
  for (int n = 0; n < N;) {
    g_main_context_iteration (NULL, FALSE);
    g_usleep (1000);
    if (g_get_monotonic_time () - start < n * (gint64) 100 * 1000)
      continue;
    send_text (client, "x");
    n++;
  }
  g_assert_true (is_answered (client));
  tear_down (&f);
}

/* The one that has been silent for the longest time makes room; one that has sent its request
 * stays. */
static void
test_too_many (void)
{
  Fixture f;
  GSocket *clients[5];

  set_up (&f, &(AppConnectionLimits){ 4, LONG_MS, 1000 });
  clients[0] = connect_to (&f, "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                               "Content-Length: 2\r\n\r\n");
  wait_for_n (&f, 1);
  g_assert_true (is_told (clients[0], "HTTP/1.1 100 "));
  for (guint i = 1; i < 5; i++) {
    clients[i] = connect_to (&f, "");
    wait_for_n (&f, MIN (i + 1, 4));
  }
  g_assert_true (is_cut_off (clients[1]));
  send_text (clients[0], "ab");
  g_assert_true (is_answered (clients[0]));
  send_text (clients[2], REQUEST);
  g_assert_true (is_answered (clients[2]));
  for (guint i = 0; i < 5; i++)
    g_object_unref (clients[i]);
  wait_for_n (&f, 0);
  g_assert_cmpuint (count_descriptors (), ==, f.n_descriptors);
  tear_down (&f);
}

/* The system cuts off who asks for much and does not read it. */
static void
test_deaf (void)
{
  Fixture f;
  g_autoptr (GSocket) client = NULL;

  set_up (&f, &(AppConnectionLimits){ 10, SHORT_MS, 1000 });
  client = connect_to (&f, "GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n");
  wait_for_n (&f, 1);
  wait_for_n (&f, 0);
  tear_down (&f);
}

int
main (int argc, char **argv)
{
  /* libsoup 3.2 loses addresses, and connections that say nothing. */
  if (__lsan_disable != NULL)
    __lsan_disable ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/connections/slow", test_slow);
  g_test_add_func ("/connections/answered", test_answered);
  g_test_add_func ("/connections/fast-enough", test_fast_enough);
  g_test_add_func ("/connections/too-many", test_too_many);
  g_test_add_func ("/connections/deaf", test_deaf);
  return g_test_run ();
}
