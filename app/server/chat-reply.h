/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Answers in the form in which OpenAI's clients expect chat completions: whole, or in chunks. Pure
 * functions, but for the id.
 *
 *   AppChatReply reply = { .model = "qwen2.5", .has_usage = TRUE };
 *   app_chat_reply_init (&reply);
 *   text = app_chat_reply_make_chunk (&reply, "Hel", NULL);
 */

#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef struct {
  char id[48];
  gint64 created;    /* seconds since 1970 */
  const char *model; /* its id */
  gboolean has_usage;
} AppChatReply;

typedef struct {
  int n_prompt;
  int n_cached; /* of these, known from before */
  int n_completion;
} AppChatUsage;

/* Gives it an id and a time. */
void app_chat_reply_init (AppChatReply *reply);
/* The counts in a result of the task "chat"; n_tokens: those of the answer, if it does not say. */
AppChatUsage app_chat_usage_read (JsonObject *result, guint n_tokens);
/* Why an answer ended, of the same result: "stop" or "length". */
const char *app_chat_reply_get_finish (JsonObject *result);

/* (transfer full), each: JSON without line breaks. */
/* The first chunk has text "" and names the role; finish NULL: there is more. text NULL: none. */
char *app_chat_reply_make_chunk (const AppChatReply *reply, gboolean is_first, const char *text,
                                 const char *finish, JsonObject *result);
/* The chunk with the counts. */
char *app_chat_reply_make_usage_chunk (const AppChatReply *reply, const AppChatUsage *usage);
/* result: NULL, or where its "evidence" is to be told. */
char *app_chat_reply_make_whole (const AppChatReply *reply, const char *text, const char *finish,
                                 const AppChatUsage *usage, JsonObject *result);

G_END_DECLS
