/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Between server.c, exchange.c and the routes. */

#pragma once

#include <libsoup/soup.h>

#include "app/models/model-store.h"
#include "app/server/connections.h"
#include "app/server/guard.h"
#include "app/server/model-choice.h"
#include "app/server/server.h"
#include "app/server/work-folder.h"

G_BEGIN_DECLS

/* Of the body of a request, in a file; in memory; and of all that are in memory at a time. */
#define APP_SERVER_MAX_FORM ((gsize) 200 << 20)
#define APP_SERVER_MAX_JSON ((gsize) 64 << 20)
#define APP_SERVER_MAX_HELD ((gsize) 256 << 20)
/* Requests that the engine has not ended, and all that are under way. */
#define APP_SERVER_MAX_WAITING 32
#define APP_SERVER_MAX_EXCHANGES 128
/* Connections; how long one may take for the head of a request, and for each further MiB of it. */
#define APP_SERVER_MAX_CONNECTIONS 256
#define APP_SERVER_WAIT_MS 60000
#define APP_SERVER_MIN_BYTES ((gsize) 1 << 20)

struct _AppServer {
  SoupServer *soup;
  AppConnections *connections;
  AppGuard guard;
  AppRemote *remote;
  AppModelStore *store;
  AppWorkFolder *work;
  char *model; /* or NULL */
  char *url;
  int port;
  guint n_exchanges;
  gsize n_held; /* bytes of bodies in memory */
};

typedef struct _AppExchange AppExchange;

void app_route_models (AppExchange *exchange);        /* GET /v1/models */
void app_route_model (AppExchange *exchange);         /* GET /v1/models/ID */
void app_route_health (AppExchange *exchange);        /* GET /health */
void app_route_voices (AppExchange *exchange);        /* GET /v1/audio/voices */
void app_route_chat (AppExchange *exchange);          /* POST /v1/chat/completions */
void app_route_transcription (AppExchange *exchange); /* POST /v1/audio/transcriptions */
void app_route_speech (AppExchange *exchange);        /* POST /v1/audio/speech */

G_END_DECLS
