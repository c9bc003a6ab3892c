/* SPDX-License-Identifier: GPL-3.0-or-later */

/* POST /v1/chat/completions */

#include <string.h>

#include "app/server/chat-reply.h"
#include "app/server/chat-request.h"
#include "app/server/exchange.h"
#include "app/server/http-error.h"
#include "app/server/stop-text.h"

typedef struct {
  AppChatRequest *request;
  AppChatReply reply;
  AppStopText stop;
  GString *text; /* what may be told */
  char *model;
  guint n_recordings;
  guint n_tokens;
} Chat;

static void
chat_free (gpointer data)
{
  Chat *chat = data;

  app_chat_request_free (chat->request);
  app_stop_text_clear (&chat->stop);
  g_string_free (chat->text, TRUE);
  g_free (chat->model);
  g_free (chat);
}

static char *
save_recording (const guint8 *data, gsize n_bytes, const char *format, gpointer user_data,
                GError **error)
{
  AppExchange *exchange = user_data;
  Chat *chat = exchange->data;
  const char *folder = app_exchange_get_folder (exchange, error);
  g_autofree char *name = g_strdup_printf ("recording-%u.%s", ++chat->n_recordings, format);
  g_autofree char *path = folder != NULL ? g_build_filename (folder, name, NULL) : NULL;

  if (path == NULL)
    return NULL;
  if (!g_file_set_contents_full (path, (const char *) data, (gssize) n_bytes,
                                 G_FILE_SET_CONTENTS_NONE, 0600, NULL)) {
    g_set_error (error, APP_ERROR, APP_ERROR_DISK, "there is no room for the recording");
    return NULL;
  }
  return g_steal_pointer (&path);
}

/* text may be "". */
static void
give_text (AppExchange *exchange, const char *text)
{
  Chat *chat = exchange->data;
  gboolean is_first = !exchange->is_stream;

  g_string_append (chat->text, text);
  if (chat->request->is_stream && (*text != '\0' || is_first)) {
    g_autofree char *chunk = app_chat_reply_make_chunk (&chat->reply, is_first, text, NULL, NULL);

    app_exchange_send_event (exchange, chunk);
  }
}

/* The rest of the answer: result, or what is known of it after one of the texts that end it. */
static void
end_answer (AppExchange *exchange, JsonObject *result)
{
  Chat *chat = exchange->data;
  const char *finish = chat->stop.is_over ? "stop" : app_chat_reply_get_finish (result);
  AppChatUsage usage = app_chat_usage_read (result, chat->n_tokens);
  JsonObject *evidence = chat->request->has_evidence ? result : NULL;

  if (!chat->request->is_stream) {
    app_exchange_reply_json (exchange, app_chat_reply_make_whole (&chat->reply, chat->text->str,
                                                                  finish, &usage, evidence));
    return;
  }
  if (!exchange->is_stream)
    give_text (exchange, "");
  g_autofree char *last = app_chat_reply_make_chunk (&chat->reply, FALSE, NULL, finish, evidence);
  g_autofree char *counts = app_chat_reply_make_usage_chunk (&chat->reply, &usage);

  app_exchange_send_event (exchange, last);
  if (chat->reply.has_usage)
    app_exchange_send_event (exchange, counts);
  app_exchange_send_event (exchange, "[DONE]");
  app_exchange_end_stream (exchange);
}

static void
on_token (AppExchange *exchange, const char *text, guint n_tokens)
{
  Chat *chat = exchange->data;
  gboolean was_over = chat->stop.is_over;
  g_autofree char *piece = app_stop_text_feed (&chat->stop, text);

  chat->n_tokens = n_tokens;
  if (was_over)
    return;
  give_text (exchange, piece);
  if (chat->stop.is_over)
    app_remote_call_cancel (exchange->call);
}

static void
on_done (AppExchange *exchange, JsonObject *result)
{
  Chat *chat = exchange->data;

  if (!chat->stop.is_over) {
    const char *answer = json_object_get_string_member_with_default (result, "answer", "");
    gsize n_told = chat->text->len + chat->stop.held->len;
    g_autofree char *held = app_stop_text_finish (&chat->stop);

    give_text (exchange, held);
    /* Answers of some forms come at once, and not by tokens. */
    if (n_told == 0 && *answer != '\0')
      give_text (exchange, answer);
  }
  end_answer (exchange, result);
}

/* What was stopped behind one of the texts may end as a failure. */
static gboolean
on_failed (AppExchange *exchange)
{
  Chat *chat = exchange->data;
  g_autoptr (JsonObject) nothing = json_object_new ();

  if (chat->stop.is_over)
    end_answer (exchange, nothing);
  return chat->stop.is_over;
}

static void
on_restarted (AppExchange *exchange)
{
  Chat *chat = exchange->data;

  app_stop_text_restart (&chat->stop);
  g_string_truncate (chat->text, 0);
}

static gboolean
read_request (AppExchange *exchange, GError **error)
{
  Chat *chat = exchange->data;
  g_autoptr (GBytes) body = app_exchange_take_body (exchange, error);
  AppServer *server = exchange->server;
  gsize n_bytes;
  const char *text;

  if (body == NULL)
    return FALSE;
  text = g_bytes_get_data (body, &n_bytes);
  chat->request =
      app_chat_request_parse (text != NULL ? text : "", n_bytes, save_recording, exchange, error);
  if (chat->request == NULL)
    return FALSE;
  chat->model = app_model_choice_find (server->store, server->model, APP_TASK_CHAT,
                                       chat->request->model, error);
  if (chat->model == NULL)
    return FALSE;
  json_object_set_string_member (chat->request->request, "model", chat->model);
  app_stop_text_init (&chat->stop, (const char *const *) chat->request->stop);
  chat->reply.model =
      strrchr (chat->model, '/') != NULL ? strrchr (chat->model, '/') + 1 : chat->model;
  chat->reply.has_usage = chat->request->has_usage;
  app_chat_reply_init (&chat->reply);
  return TRUE;
}

void
app_route_chat (AppExchange *exchange)
{
  static const AppExchangeCallbacks callbacks = { on_token, on_done, on_restarted, on_failed };
  Chat *chat = g_new0 (Chat, 1);
  g_autoptr (GError) error = NULL;
  JsonNode *request;

  chat->text = g_string_new (NULL);
  exchange->data = chat;
  exchange->free_data = chat_free;
  if (!read_request (exchange, &error)) {
    app_exchange_fail (exchange, error);
    return;
  }
  request = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (request, g_steal_pointer (&chat->request->request));
  app_exchange_start_call (exchange, "chat", request, &callbacks);
}
