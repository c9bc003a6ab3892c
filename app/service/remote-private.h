/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Between remote.c, which keeps a child, remote-call.c, and remote-link.c, which moves bytes. */

#pragma once

#include "app/service/remote.h"

G_BEGIN_DECLS

/* What is sent for a call. The thread that sends makes the text of the node, and is the only one to
 * touch either. */
typedef struct {
  gatomicrefcount n_refs;
  guint32 serial;
  char *task;
  JsonNode *node; /* NULL once there is a text */
  char *text;
} AppPayload;

/* Either node or text: (transfer full). */
AppPayload *app_payload_new (guint32 serial, const char *task, JsonNode *node, char *text);
void app_payload_unref (AppPayload *payload);

typedef enum {
  APP_EVENT_PROGRESS,
  APP_EVENT_THOUGHT,
  APP_EVENT_TOKEN,
  APP_EVENT_HEARD,
  APP_EVENT_DONE,
  APP_EVENT_FAILED
} AppEventKind;

/* A signal of the engine, read. */
typedef struct {
  AppEventKind kind;
  guint32 serial;
  char *text;    /* stage, text, or code of a failure */
  char *message; /* of a failure */
  double numbers[2];
  guint n_tokens;
  JsonNode *node; /* heard, result */
  GError *error;  /* instead of node: it is no JSON */
} AppEvent;

/* The connection to one child. Events are brought to the main loop, until app_link_close(). */
typedef struct _AppLink AppLink;

typedef void (*AppOnEvent) (AppLink *link, AppEvent *event, gpointer user_data);

AppLink *app_link_new (GDBusConnection *connection, AppOnEvent on_event, gpointer user_data);
/* No event comes any more; frees the link when its threads have let go of it. */
void app_link_close (AppLink *link);
GDBusConnection *app_link_get_connection (AppLink *link);
/* In the order of the calls. */
void app_link_send_start (AppLink *link, AppPayload *payload);
void app_link_send_cancel (AppLink *link, guint32 serial);
/* Large values take a while to free: (transfer full), by another thread. */
void app_link_discard (AppLink *link, JsonNode *node);

/* Of the call, for the remote. */
struct _AppRemoteCall {
  GObject parent_instance;
  AppRemote *remote; /* NULL once it has ended */
  AppPayload *payload;
  guint32 serial;
  gboolean is_sent;
  gboolean is_started;   /* the engine has begun with it */
  gboolean is_cancelled; /* it was asked for */
  gboolean is_ended;     /* no signal comes any more */
  guint n_lost;          /* engines */
  guint timeout;
  GString *text;
  guint n_tokens;
  guint n_first;
  gint64 first_us, last_us;
};

/* payload: (transfer full). */
AppRemoteCall *app_remote_call_new (AppRemote *remote, guint32 serial, AppPayload *payload);
/* What the engine says of it. TRUE: it has ended. */
gboolean app_remote_call_take (AppRemoteCall *call, AppEvent *event);
void app_remote_call_fail (AppRemoteCall *call, AppError code, const char *message);
void app_remote_call_restart (AppRemoteCall *call);
/* The remote's part of app_remote_call_cancel(). */
void app_remote_send_cancel (AppRemote *remote, AppRemoteCall *call);
/* Forgets a call that was never sent. */
void app_remote_drop (AppRemote *remote, AppRemoteCall *call);
/* A call that was told to stop has not for a long time. */
void app_remote_give_up (AppRemote *remote);

/* (transfer full): the program to start. */
char *app_remote_find_program (void);
/* (transfer full): a child, and our end of the socket between us. */
GSubprocess *app_remote_spawn (const char *program, int n_threads, GSocketConnection **stream,
                               GError **error);
/* On this machine since it was started; 0 if it does not say. */
guint64 app_remote_count_oom_kills (void);

G_END_DECLS
