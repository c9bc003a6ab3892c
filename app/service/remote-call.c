/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/service/remote-private.h"

/* Time for the engine to say itself what it has, before it is said for it. */
#define GRACE_MS (APP_REMOTE_CANCEL_MS - 20)
/* An engine that has not let go of a request by then is ended. */
#define STUCK_S 10

enum { PROGRESS, THOUGHT, TOKEN, HEARD, RESTARTED, DONE, FAILED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AppRemoteCall, app_remote_call, G_TYPE_OBJECT)

static void
app_remote_call_finalize (GObject *object)
{
  AppRemoteCall *call = APP_REMOTE_CALL (object);

  g_clear_handle_id (&call->timeout, g_source_remove);
  app_payload_unref (call->payload);
  g_string_free (call->text, TRUE);
  G_OBJECT_CLASS (app_remote_call_parent_class)->finalize (object);
}

static void
app_remote_call_class_init (AppRemoteCallClass *klass)
{
  const GType node = JSON_TYPE_NODE | G_SIGNAL_TYPE_STATIC_SCOPE;
  const GType text = G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE;
  const GType error = G_TYPE_ERROR | G_SIGNAL_TYPE_STATIC_SCOPE;
  const GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = app_remote_call_finalize;
  signals[PROGRESS] = g_signal_new ("progress", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                    G_TYPE_NONE, 3, text, G_TYPE_DOUBLE, G_TYPE_DOUBLE);
  signals[THOUGHT] = g_signal_new ("thought", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 2, text, G_TYPE_UINT);
  signals[TOKEN] = g_signal_new ("token", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                 2, text, G_TYPE_UINT);
  signals[HEARD] =
      g_signal_new ("heard", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, node);
  signals[RESTARTED] =
      g_signal_new ("restarted", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[DONE] =
      g_signal_new ("done", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, node);
  signals[FAILED] =
      g_signal_new ("failed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, error);
}

static void
app_remote_call_init (AppRemoteCall *call)
{
  call->text = g_string_new (NULL);
}

AppRemoteCall *
app_remote_call_new (AppRemote *remote, guint32 serial, AppPayload *payload)
{
  AppRemoteCall *call = g_object_new (APP_TYPE_REMOTE_CALL, NULL);

  call->remote = remote;
  call->serial = serial;
  call->payload = payload;
  return call;
}

/* After this no signal but the last one comes. */
static void
end (AppRemoteCall *call)
{
  call->is_ended = TRUE;
  if (!call->is_cancelled)
    g_clear_handle_id (&call->timeout, g_source_remove);
}

void
app_remote_call_fail (AppRemoteCall *call, AppError code, const char *message)
{
  g_autoptr (GError) error = g_error_new_literal (APP_ERROR, (int) code, message);

  if (call->is_ended)
    return;
  end (call);
  g_signal_emit (call, signals[FAILED], 0, error);
}

static AppError
find_error (const char *code)
{
  static const struct {
    const char *name;
    AppError error;
  } errors[] = {
    { "request", APP_ERROR_ARGUMENT },    { "not-installed", APP_ERROR_NOT_INSTALLED },
    { "no-speech", APP_ERROR_NO_SPEECH }, { "argument", APP_ERROR_ARGUMENT },
    { "cancelled", APP_ERROR_CANCELLED }, { "catalogue", APP_ERROR_CATALOGUE },
    { "download", APP_ERROR_DOWNLOAD },   { "checksum", APP_ERROR_CHECKSUM },
    { "disk", APP_ERROR_DISK },           { "busy", APP_ERROR_BUSY },
    { "format", APP_ERROR_FORMAT },       { "recording", APP_ERROR_RECORDING },
    { "device", APP_ERROR_DEVICE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (errors); i++)
    if (g_str_equal (errors[i].name, code))
      return errors[i].error;
  return APP_ERROR_ENGINE;
}

static void
take_token (AppRemoteCall *call, const AppEvent *event)
{
  call->last_us = g_get_monotonic_time ();
  if (call->text->len == 0) {
    call->first_us = call->last_us;
    call->n_first = event->n_tokens;
  }
  call->n_tokens = event->n_tokens;
  g_string_append (call->text, event->text);
  g_signal_emit (call, signals[TOKEN], 0, event->text, event->n_tokens);
}

static void
take_done (AppRemoteCall *call, const AppEvent *event)
{
  if (event->node == NULL) {
    app_remote_call_fail (call, APP_ERROR_ENGINE, event->error->message);
    return;
  }
  end (call);
  g_signal_emit (call, signals[DONE], 0, event->node);
}

gboolean
app_remote_call_take (AppRemoteCall *call, AppEvent *event)
{
  gboolean is_last = event->kind == APP_EVENT_DONE || event->kind == APP_EVENT_FAILED;

  if (is_last)
    g_clear_handle_id (&call->timeout, g_source_remove);
  if (call->is_ended)
    return is_last;
  switch (event->kind) {
  case APP_EVENT_PROGRESS:
    call->is_started |= !g_str_equal (event->text, "waiting");
    g_signal_emit (call, signals[PROGRESS], 0, event->text, event->numbers[0], event->numbers[1]);
    break;
  case APP_EVENT_THOUGHT:
    g_signal_emit (call, signals[THOUGHT], 0, event->text, event->n_tokens);
    break;
  case APP_EVENT_TOKEN:
    take_token (call, event);
    break;
  case APP_EVENT_HEARD:
    if (event->node != NULL)
      g_signal_emit (call, signals[HEARD], 0, event->node);
    break;
  case APP_EVENT_DONE:
    take_done (call, event);
    break;
  case APP_EVENT_FAILED:
    app_remote_call_fail (call, find_error (event->text), event->message);
    break;
  }
  return is_last;
}

void
app_remote_call_restart (AppRemoteCall *call)
{
  call->is_started = FALSE;
  g_string_truncate (call->text, 0);
  call->n_tokens = 0;
  g_signal_emit (call, signals[RESTARTED], 0);
}

static gboolean
find_stuck (gpointer data)
{
  AppRemoteCall *call = data;

  call->timeout = 0;
  if (call->remote != NULL)
    app_remote_give_up (call->remote);
  return G_SOURCE_REMOVE;
}

/* The engine has not said it in time: what is there is the result. */
static gboolean
end_without_engine (gpointer data)
{
  AppRemoteCall *call = data;
  g_autoptr (AppRemoteCall) kept = g_object_ref (call);

  call->timeout = 0;
  if (call->is_sent)
    call->timeout = g_timeout_add_seconds (STUCK_S, find_stuck, call);
  else if (call->remote != NULL)
    app_remote_drop (call->remote, call);
  if (call->text->len == 0)
    app_remote_call_fail (call, APP_ERROR_CANCELLED, "stopped");
  else {
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    AppEvent event = { .kind = APP_EVENT_DONE };

    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, "answer");
    json_builder_add_string_value (builder, call->text->str);
    json_builder_set_member_name (builder, "stop");
    json_builder_add_string_value (builder, "cancelled");
    json_builder_set_member_name (builder, "evidence");
    json_builder_begin_array (builder);
    json_builder_end_array (builder);
    json_builder_end_object (builder);
    event.node = json_builder_get_root (builder);
    take_done (call, &event);
    json_node_unref (event.node);
  }
  return G_SOURCE_REMOVE;
}

void
app_remote_call_cancel (AppRemoteCall *call)
{
  g_return_if_fail (APP_IS_REMOTE_CALL (call));
  if (call->is_ended || call->is_cancelled || call->remote == NULL)
    return;
  call->is_cancelled = TRUE;
  call->timeout = g_timeout_add (call->is_sent ? GRACE_MS : 0, end_without_engine, call);
  app_remote_send_cancel (call->remote, call);
}

gboolean
app_remote_call_is_running (AppRemoteCall *call)
{
  g_return_val_if_fail (APP_IS_REMOTE_CALL (call), FALSE);
  return !call->is_ended;
}

const char *
app_remote_call_get_text (AppRemoteCall *call)
{
  g_return_val_if_fail (APP_IS_REMOTE_CALL (call), NULL);
  return call->text->str;
}

guint
app_remote_call_get_n_tokens (AppRemoteCall *call)
{
  g_return_val_if_fail (APP_IS_REMOTE_CALL (call), 0);
  return call->n_tokens;
}

double
app_remote_call_get_speed (AppRemoteCall *call)
{
  double seconds;

  g_return_val_if_fail (APP_IS_REMOTE_CALL (call), 0);
  seconds = (double) (call->last_us - call->first_us) / G_USEC_PER_SEC;
  return call->n_tokens > call->n_first && seconds > 0 ? (call->n_tokens - call->n_first) / seconds
                                                       : 0;
}
