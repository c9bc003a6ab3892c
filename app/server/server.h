/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The engine for other programs, over HTTP, in the form that OpenAI's clients expect:
 * docs/server.md.
 *
 * An AppServer listens on one port of this machine and has an AppRemote: the models are in a
 * process of their own, whose end fails a request and not the server. Bodies are bounded;
 * recordings go to files that are removed with their request; a client that hangs up stops its
 * work. Who may ask is guard.h's to say.
 *
 * All of it belongs to the main thread and needs its main loop; nothing here waits but
 * app_server_free(), for the engine's process, two seconds at the most.
 *
 *   AppServer *server = app_server_new (&(AppServerOptions){ .port = 8642 }, &error);
 *   g_main_loop_run (loop);
 *   app_server_free (server);
 */

#pragma once

#include "app/service/remote.h"

G_BEGIN_DECLS

#define APP_SERVER_PORT 8642
#define APP_SERVER_ADDRESS "127.0.0.1"

typedef struct _AppServer AppServer;

/* Copied; NULL and 0 are the defaults, but for the port, where 0 is any that is free. */
typedef struct {
  const char *address; /* as digits, or "localhost" */
  int port;
  const char *key;     /* that clients must have; needed where the address is not loopback */
  const char *origin;  /* of pages in a browser that may ask */
  const char *model;   /* that answers where a request names none */
  const char *program; /* the engine's */
  int n_threads;
} AppServerOptions;

/* (transfer full): it listens. APP_ERROR_ARGUMENT, _DEVICE if it cannot listen there, _DISK,
 * _NOT_INSTALLED and _CATALOGUE for the model. */
AppServer *app_server_new (const AppServerOptions *options, GError **error);
/* What is under way is dropped; no file is left. */
void app_server_free (AppServer *server);
int app_server_get_port (const AppServer *server);
/* Where clients find it, "http://127.0.0.1:8642". */
const char *app_server_get_url (const AppServer *server);
AppRemote *app_server_get_remote (AppServer *server);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppServer, app_server_free)

G_END_DECLS
