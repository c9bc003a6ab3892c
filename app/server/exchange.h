/* SPDX-License-Identifier: GPL-3.0-or-later */

/* One request over HTTP and its answer: its body as it comes, the call to the engine that it
 * becomes, and what is written back, whole or as a stream of events.
 *
 * An exchange lives until the answer is written and the call has ended. Who hangs up has the call
 * cancelled; from then on what is answered goes nowhere, and that is no error. Its folder goes with
 * it. Main thread.
 *
 *   app_exchange_start_call (exchange, "say", request, &callbacks);
 *   ...
 *   app_exchange_reply (exchange, 200, "audio/wav", bytes);
 */

#pragma once

#include <libsoup/soup.h>

#include "app/server/server-private.h"

G_BEGIN_DECLS

typedef enum {
  APP_BODY_NONE,
  APP_BODY_JSON, /* in memory */
  APP_BODY_FORM  /* in a file */
} AppBodyKind;

typedef struct {
  const char *path;
  const char *method;
  AppBodyKind body;
  void (*begin) (AppExchange *exchange);
} AppRoute;

/* Of the engine's call; functions may be NULL but the second. After on_done nothing comes. */
typedef struct {
  void (*on_token) (AppExchange *exchange, const char *text, guint n_tokens);
  void (*on_done) (AppExchange *exchange, JsonObject *result);
  void (*on_restarted) (AppExchange *exchange);
  gboolean (*on_failed) (AppExchange *exchange); /* whether it has answered nonetheless */
} AppExchangeCallbacks;

struct _AppExchange {
  AppServer *server;
  const char *path; /* of the message */
  gpointer data;    /* the route's own */
  GDestroyNotify free_data;
  AppRemoteCall *call; /* or NULL */
  /* exchange.c's: */
  int n_refs;
  SoupServerMessage *message;
  const AppRoute *route;
  const AppExchangeCallbacks *callbacks;
  GByteArray *body;
  char *folder;
  int upload; /* a file, or -1 */
  gsize n_body;
  guint hangup;
  gboolean is_begun;  /* the body is there */
  gboolean is_stream; /* events are being written */
  gboolean is_over;   /* nothing more is written */
};

/* For server.c: a message whose head has come, and may go on. */
AppExchange *app_exchange_new (AppServer *server, SoupServerMessage *message,
                               const AppRoute *route);
AppExchange *app_exchange_get (SoupServerMessage *message);
/* Its body has come: the route begins. */
void app_exchange_begin (AppExchange *exchange);
/* Writes an error as the whole answer of a message that has no exchange. */
void app_exchange_refuse (SoupServerMessage *message, const GError *error);

AppExchange *app_exchange_ref (AppExchange *exchange);
void app_exchange_unref (gpointer exchange);

/* The body: JSON in memory, a form in a file that is mapped. (transfer full) (nullable) */
GBytes *app_exchange_take_body (AppExchange *exchange, GError **error);
const char *app_exchange_get_content_type (AppExchange *exchange);
/* (transfer none): its own folder; APP_ERROR_DISK. */
const char *app_exchange_get_folder (AppExchange *exchange, GError **error);
/* request: (transfer full). Answers 429 itself where too many wait. */
void app_exchange_start_call (AppExchange *exchange, const char *task, JsonNode *request,
                              const AppExchangeCallbacks *callbacks);

/* The whole answer. */
void app_exchange_reply (AppExchange *exchange, guint status, const char *type, GBytes *bytes);
/* text: (transfer full): JSON. */
void app_exchange_reply_json (AppExchange *exchange, char *text);
/* As the answer, or as the last event of a stream. */
void app_exchange_fail (AppExchange *exchange, const GError *error);
/* The next event of a stream; the first one begins it. data: one line. */
void app_exchange_send_event (AppExchange *exchange, const char *data);
void app_exchange_end_stream (AppExchange *exchange);

G_END_DECLS
