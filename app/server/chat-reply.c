/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/server/chat-reply.h"

#include <string.h>

#include "app/base/json-write.h"

void
app_chat_reply_init (AppChatReply *reply)
{
  g_autofree char *uuid = g_uuid_string_random ();

  g_snprintf (reply->id, sizeof reply->id, "chatcmpl-%s", uuid);
  reply->created = g_get_real_time () / G_USEC_PER_SEC;
}

AppChatUsage
app_chat_usage_read (JsonObject *result, guint n_tokens)
{
  AppChatUsage usage = { .n_completion = (int) n_tokens };
  JsonObject *timing;
  int n_computed;

  if (!json_object_has_member (result, "timing"))
    return usage;
  timing = json_object_get_object_member (result, "timing");
  usage.n_prompt = (int) json_object_get_int_member_with_default (timing, "prompt_tokens", 0);
  n_computed = (int) json_object_get_int_member_with_default (timing, "computed_tokens", 0);
  /* More may be computed than is in the prompt: some is read twice. */
  usage.n_cached = MAX (usage.n_prompt - n_computed, 0);
  usage.n_completion =
      (int) json_object_get_int_member_with_default (timing, "generated_tokens", n_tokens);
  return usage;
}

const char *
app_chat_reply_get_finish (JsonObject *result)
{
  const char *stop = json_object_get_string_member_with_default (result, "stop", "end");

  return g_str_equal (stop, "max-tokens") || g_str_equal (stop, "context") ? "length" : "stop";
}

static void
begin (const AppChatReply *reply, const char *object, JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  app_json_add_string (builder, "id", reply->id);
  app_json_add_string (builder, "object", object);
  app_json_add_int (builder, "created", reply->created);
  app_json_add_string (builder, "model", reply->model);
  app_json_add_string (builder, "system_fingerprint", "hearsay-" HEARSAY_VERSION);
  json_builder_set_member_name (builder, "choices");
  json_builder_begin_array (builder);
}

/* (transfer full) */
static char *
finish_text (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = NULL;

  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

static void
add_null (JsonBuilder *builder, const char *name)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_null_value (builder);
}

static void
add_usage (const AppChatUsage *usage, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "usage");
  json_builder_begin_object (builder);
  app_json_add_int (builder, "prompt_tokens", usage->n_prompt);
  app_json_add_int (builder, "completion_tokens", usage->n_completion);
  app_json_add_int (builder, "total_tokens", usage->n_prompt + usage->n_completion);
  json_builder_set_member_name (builder, "prompt_tokens_details");
  json_builder_begin_object (builder);
  app_json_add_int (builder, "cached_tokens", usage->n_cached);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
}

/* Where files stood here is nobody's business. */
static void
add_evidence (JsonObject *result, JsonBuilder *builder)
{
  JsonArray *lines = result != NULL && json_object_has_member (result, "evidence")
                         ? json_object_get_array_member (result, "evidence")
                         : NULL;

  if (lines == NULL)
    return;
  json_builder_set_member_name (builder, "evidence");
  json_builder_begin_array (builder);
  for (guint i = 0; i < json_array_get_length (lines); i++) {
    JsonObjectIter iter;
    const char *name;
    JsonNode *node;

    json_builder_begin_object (builder);
    json_object_iter_init (&iter, json_array_get_object_element (lines, i));
    while (json_object_iter_next (&iter, &name, &node))
      if (!g_str_equal (name, "file")) {
        json_builder_set_member_name (builder, name);
        json_builder_add_value (builder, json_node_copy (node));
      }
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

char *
app_chat_reply_make_chunk (const AppChatReply *reply, gboolean is_first, const char *text,
                           const char *finish, JsonObject *result)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  begin (reply, "chat.completion.chunk", builder);
  json_builder_begin_object (builder);
  app_json_add_int (builder, "index", 0);
  json_builder_set_member_name (builder, "delta");
  json_builder_begin_object (builder);
  if (is_first)
    app_json_add_string (builder, "role", "assistant");
  if (text != NULL)
    app_json_add_string (builder, "content", text);
  json_builder_end_object (builder);
  add_null (builder, "logprobs");
  app_json_add_string (builder, "finish_reason", finish);
  json_builder_end_object (builder);
  json_builder_end_array (builder);
  add_evidence (result, builder);
  if (reply->has_usage)
    add_null (builder, "usage");
  return finish_text (builder);
}

char *
app_chat_reply_make_usage_chunk (const AppChatReply *reply, const AppChatUsage *usage)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  begin (reply, "chat.completion.chunk", builder);
  json_builder_end_array (builder);
  add_usage (usage, builder);
  return finish_text (builder);
}

char *
app_chat_reply_make_whole (const AppChatReply *reply, const char *text, const char *finish,
                           const AppChatUsage *usage, JsonObject *result)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  begin (reply, "chat.completion", builder);
  json_builder_begin_object (builder);
  app_json_add_int (builder, "index", 0);
  json_builder_set_member_name (builder, "message");
  json_builder_begin_object (builder);
  app_json_add_string (builder, "role", "assistant");
  app_json_add_string (builder, "content", text);
  add_null (builder, "refusal");
  json_builder_end_object (builder);
  add_null (builder, "logprobs");
  app_json_add_string (builder, "finish_reason", finish);
  json_builder_end_object (builder);
  json_builder_end_array (builder);
  add_evidence (result, builder);
  add_usage (usage, builder);
  return finish_text (builder);
}
