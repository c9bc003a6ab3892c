/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/server/server.h"

#include <string.h>

#include "app/server/exchange.h"
#include "app/server/farewell.h"
#include "app/server/http-error.h"

#define MODEL_PATH "/v1/models/"

static const AppRoute routes[] = {
  { "/health", "GET", APP_BODY_NONE, app_route_health },
  { "/v1/models", "GET", APP_BODY_NONE, app_route_models },
  { MODEL_PATH, "GET", APP_BODY_NONE, app_route_model },
  { "/v1/audio/voices", "GET", APP_BODY_NONE, app_route_voices },
  { "/v1/chat/completions", "POST", APP_BODY_JSON, app_route_chat },
  { "/v1/audio/transcriptions", "POST", APP_BODY_FORM, app_route_transcription },
  { "/v1/audio/speech", "POST", APP_BODY_JSON, app_route_speech },
};

static const AppRoute *
find_route (const char *path, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (routes); i++)
    if (g_str_equal (path, routes[i].path)
        || (g_str_equal (routes[i].path, MODEL_PATH) && g_str_has_prefix (path, MODEL_PATH)))
      return &routes[i];
  g_set_error (error, APP_HTTP_ERROR, 404, "there is nothing at %s", path);
  return NULL;
}

static gboolean
is_json (const char *type)
{
  static const char json[] = "application/json";
  gsize n = strlen (json);

  return type != NULL && g_ascii_strncasecmp (type, json, n) == 0
         && (type[n] == '\0' || strchr ("; \t", type[n]) != NULL);
}

/* What can be told from the head of a request. NULL: refused. */
static const AppRoute *
check_head (AppServer *server, SoupServerMessage *message, const char *path, GError **error)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *type = soup_message_headers_get_one (headers, "Content-Type");
  const AppRoute *route = find_route (path, error);
  goffset n = soup_message_headers_get_content_length (headers);

  if (route == NULL)
    return NULL;
  if (!g_str_equal (soup_server_message_get_method (message), route->method))
    g_set_error (error, APP_HTTP_ERROR, 405, "%s is asked with %s", route->path, route->method);
  else if (route->body == APP_BODY_JSON && !is_json (type))
    g_set_error (error, APP_HTTP_ERROR, 415, "Content-Type: application/json is expected");
  else if (route->body == APP_BODY_FORM
           && (type == NULL || g_ascii_strncasecmp (type, "multipart/form-data", 19) != 0))
    g_set_error (error, APP_HTTP_ERROR, 415, "Content-Type: multipart/form-data is expected");
  else if ((route->body == APP_BODY_JSON && n > (goffset) APP_SERVER_MAX_JSON)
           || (route->body == APP_BODY_FORM && n > (goffset) APP_SERVER_MAX_FORM))
    g_set_error (error, APP_HTTP_ERROR, 413, "the request is too large");
  else if (server->n_exchanges >= APP_SERVER_MAX_EXCHANGES)
    g_set_error (error, APP_HTTP_ERROR, 429, "%d requests are under way", APP_SERVER_MAX_EXCHANGES);
  else
    return route;
  return NULL;
}

static gboolean
check_guard (AppServer *server, SoupServerMessage *message, GError **error)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const AppGuardRequest request = {
    .host = soup_message_headers_get_list (headers, "Host"),
    .origin = soup_message_headers_get_list (headers, "Origin"),
    .fetch_site = soup_message_headers_get_list (headers, "Sec-Fetch-Site"),
    .authorization = soup_message_headers_get_list (headers, "Authorization"),
    .is_preflight = g_str_equal (soup_server_message_get_method (message), "OPTIONS"),
  };

  return app_guard_check (&server->guard, &request, error);
}

/* What browsers look at. */
static void
add_headers (AppServer *server, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  const char *origin =
      soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Origin");

  soup_message_headers_append (headers, "Cache-Control", "no-store");
  soup_message_headers_append (headers, "X-Content-Type-Options", "nosniff");
  if (server->guard.origin == NULL || origin == NULL
      || g_ascii_strcasecmp (origin, server->guard.origin) != 0)
    return;
  soup_message_headers_append (headers, "Access-Control-Allow-Origin", origin);
  soup_message_headers_append (headers, "Vary", "Origin");
  if (!g_str_equal (soup_server_message_get_method (message), "OPTIONS"))
    return;
  soup_message_headers_append (headers, "Access-Control-Allow-Methods", "GET, POST");
  soup_message_headers_append (headers, "Access-Control-Allow-Headers",
                               "Authorization, Content-Type");
  soup_message_headers_append (headers, "Access-Control-Max-Age", "600");
}

/* The head of a request has come. With a status set, the body is passed over. */
static void
on_head (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
         gpointer data)
{
  AppServer *server = data;
  g_autoptr (GError) error = NULL;
  const AppRoute *route = NULL;

  soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
  add_headers (server, message);
  if (check_guard (server, message, &error)) {
    if (g_str_equal (soup_server_message_get_method (message), "OPTIONS")) {
      soup_server_message_set_status (message, 204, NULL);
      return;
    }
    route = check_head (server, message, path, &error);
  }
  if (route != NULL)
    app_exchange_new (server, message, route);
  else
    app_exchange_refuse (message, error);
}

static void
on_request (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer data)
{
  AppExchange *exchange = app_exchange_get (message);

  if (exchange != NULL)
    app_exchange_begin (exchange);
}

/* Where to listen. */
static GSocketAddress *
find_address (const AppServerOptions *options, GError **error)
{
  const char *text = options->address != NULL ? options->address : APP_SERVER_ADDRESS;
  g_autoptr (GInetAddress) address = NULL;

  if (g_str_equal (text, "localhost"))
    text = APP_SERVER_ADDRESS;
  address = g_inet_address_new_from_string (text);
  if (address == NULL) {
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "“%s” is no address such as 127.0.0.1",
                 text);
    return NULL;
  }
  if (options->key == NULL && !g_inet_address_get_is_loopback (address)) {
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT,
                 "%s can be reached by others: a key is needed, see --token-file", text);
    return NULL;
  }
  return g_inet_socket_address_new (address, (guint16) options->port);
}

static gboolean
listen_on (AppServer *server, const AppServerOptions *options, GError **error)
{
  g_autoptr (GSocketAddress) address = find_address (options, error);
  const AppConnectionLimits limits = { APP_SERVER_MAX_CONNECTIONS, APP_SERVER_WAIT_MS,
                                       APP_SERVER_MIN_BYTES };
  g_autoptr (GError) problem = NULL;
  GSList *uris;

  if (address == NULL)
    return FALSE;
  server->soup = soup_server_new ("server-header", "hearsay/" HEARSAY_VERSION, NULL);
  server->connections = app_connections_new (server->soup, &limits);
  soup_server_add_early_handler (server->soup, NULL, on_head, server, NULL);
  soup_server_add_handler (server->soup, NULL, on_request, server, NULL);
  if (!soup_server_listen (server->soup, address, 0, &problem)) {
    g_set_error (error, APP_ERROR, APP_ERROR_DEVICE, "cannot listen on port %d: %s", options->port,
                 problem->message);
    return FALSE;
  }
  uris = soup_server_get_uris (server->soup);
  server->port = g_uri_get_port (uris->data);
  server->url = g_uri_to_string (uris->data);
  if (g_str_has_suffix (server->url, "/"))
    server->url[strlen (server->url) - 1] = '\0';
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return TRUE;
}

AppServer *
app_server_new (const AppServerOptions *options, GError **error)
{
  g_autoptr (AppServer) server = g_new0 (AppServer, 1);
  g_autofree char *path = NULL;

  server->guard.key = g_strdup (options->key);
  server->guard.origin = g_strdup (options->origin);
  server->model = g_strdup (options->model);
  server->store = app_model_store_new (NULL, error);
  if (server->store == NULL)
    return NULL;
  if (server->model != NULL) {
    path = app_model_store_get_path (server->store, server->model, error);
    if (path == NULL)
      return NULL;
  }
  if (!listen_on (server, options, error))
    return NULL;
  server->work = app_work_folder_new (error);
  if (server->work == NULL)
    return NULL;
  server->remote = app_remote_new (
      &(AppRemoteOptions){ .program = options->program, .n_threads = options->n_threads });
  return g_steal_pointer (&server);
}

void
app_server_free (AppServer *server)
{
  if (server == NULL)
    return;
  if (server->remote != NULL)
    app_farewell (server->remote);
  if (server->soup != NULL) {
    app_connections_free (server->connections);
    soup_server_disconnect (server->soup);
    g_object_unref (server->soup);
  }
  app_guard_clear (&server->guard);
  g_clear_pointer (&server->store, app_model_store_free);
  g_clear_pointer (&server->work, app_work_folder_free);
  g_free (server->model);
  g_free (server->url);
  g_free (server);
}

int
app_server_get_port (const AppServer *server)
{
  return server->port;
}

const char *
app_server_get_url (const AppServer *server)
{
  return server->url;
}

AppRemote *
app_server_get_remote (AppServer *server)
{
  return server->remote;
}
