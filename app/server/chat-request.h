/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A request for a chat completion, from the form in which OpenAI's clients send it to that of
 * docs/engine.md. Members that would change the answer and that Hearsay cannot heed are refused;
 * others are passed over. Any bytes may come.
 *
 *   request = app_chat_request_parse (body, n_bytes, save_recording, exchange, &error);
 */

#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Keeps a recording that came with a message. format: "wav", "mp3" and so on. (transfer full): the
 * path of its file. */
typedef char *(*AppSaveRecording) (const guint8 *data, gsize n_bytes, const char *format,
                                   gpointer user_data, GError **error);

typedef struct {
  JsonObject *request; /* for the task "chat", without its model */
  char *model;         /* as it was asked for; NULL: any */
  gboolean is_stream;
  gboolean has_usage;    /* a last chunk with the counts is wanted */
  gboolean has_evidence; /* what the answer rests on is wanted */
  char **stop;           /* or NULL */
} AppChatRequest;

/* (transfer full); APP_HTTP_ERROR 400, or what `save` fails with. */
AppChatRequest *app_chat_request_parse (const char *body, gsize n_bytes, AppSaveRecording save,
                                        gpointer user_data, GError **error);
void app_chat_request_free (AppChatRequest *request);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppChatRequest, app_chat_request_free)

G_END_DECLS
