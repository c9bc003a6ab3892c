/* SPDX-License-Identifier: GPL-3.0-or-later */

/* From a conversation to the request of its next answer. What was heard is JSON already and is put
 * in as it stands. */

#include <string.h>

#include "app/base/json-write.h"
#include "app/talks/conversations-private.h"

static void
add_number (JsonBuilder *builder, const char *name, double value)
{
  if (value == 0)
    return;
  json_builder_set_member_name (builder, name);
  json_builder_add_double_value (builder, value);
}

/* (transfer full): members of an object, with a comma behind them; "" if there are none. */
static char *
make_settings (const AppTalkSettings *settings)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  json_builder_begin_object (builder);
  if (settings->system != NULL && settings->system[0] != '\0')
    app_json_add_string (builder, "system", settings->system);
  if (settings->model != NULL && settings->model[0] != '\0')
    app_json_add_string (builder, "model", settings->model);
  if (settings->max_tokens > 0)
    app_json_add_int (builder, "max_tokens", settings->max_tokens);
  if (settings->thinking > 0)
    app_json_add_int (builder, "thinking", settings->thinking);
  json_builder_set_member_name (builder, "sampling");
  json_builder_begin_object (builder);
  add_number (builder, "temperature", settings->temperature);
  add_number (builder, "top_p", settings->top_p);
  add_number (builder, "min_p", settings->min_p);
  add_number (builder, "repeat_penalty", settings->repeat_penalty);
  add_number (builder, "top_k", settings->top_k);
  if (settings->seed != 0)
    app_json_add_int (builder, "seed", settings->seed);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, FALSE);
  return g_strdup_printf ("%.*s,", (int) strlen (text) - 2, text + 1);
}

/* A text as JSON has it. */
static void
append_text (GString *out, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), valid);
  g_autofree char *json = json_to_string (node, FALSE);

  g_string_append (out, json);
}

static gboolean
append_recording (AppConversations *store, const AppRecording *recording, GString *out,
                  GError **error)
{
  GError *problem = NULL;
  g_autofree char *hearing = app_conversations_get_hearing_text (store, recording->id, &problem);
  g_autofree char *address = NULL;

  if (problem != NULL) {
    g_propagate_error (error, problem);
    return FALSE;
  }
  if (!g_utf8_validate (recording->path, -1, NULL))
    address = g_filename_to_uri (recording->path, NULL, NULL);
  g_string_append (out, "{\"file\":");
  append_text (out, address != NULL ? address : recording->path);
  if (hearing != NULL)
    g_string_append_printf (out, ",\"hearing\":%s", hearing);
  g_string_append_c (out, '}');
  return TRUE;
}

static gboolean
append_message (AppConversations *store, const AppMessage *message, GString *out, GError **error)
{
  g_string_append_printf (
      out, "{\"role\":\"%s\",\"text\":", message->role == APP_ROLE_USER ? "user" : "assistant");
  append_text (out, message->text);
  for (guint i = 0; i < message->recordings->len; i++) {
    g_string_append (out, i == 0 ? ",\"recordings\":[" : ",");
    if (!append_recording (store, g_ptr_array_index (message->recordings, i), out, error))
      return FALSE;
  }
  g_string_append (out, message->recordings->len > 0 ? "]}" : "}");
  return TRUE;
}

char *
app_conversations_build_request (AppConversations *store, gint64 upto, GError **error)
{
  gint64 talk = app_conversations_find_talk (store, upto, error);
  g_autoptr (AppTalk) found = talk != 0 ? app_conversations_get (store, talk, error) : NULL;
  g_autoptr (GPtrArray) branch =
      found != NULL ? app_conversations_load_branch (store, talk, upto, error) : NULL;
  g_autofree char *settings = branch != NULL ? make_settings (&found->settings) : NULL;
  g_autoptr (GString) out = g_string_new ("{");
  gboolean is_first = TRUE;

  if (branch == NULL)
    return NULL;
  g_string_append_printf (out, "%s\"messages\":[", settings);
  for (guint i = 0; i < branch->len; i++) {
    const AppMessage *message = g_ptr_array_index (branch, i);

    /* An answer that never began is none. */
    if (message->role == APP_ROLE_ASSISTANT && message->text[0] == '\0')
      continue;
    if (!is_first)
      g_string_append_c (out, ',');
    is_first = FALSE;
    if (!append_message (store, message, out, error))
      return NULL;
  }
  g_string_append (out, "]}");
  return g_string_free (g_steal_pointer (&out), FALSE);
}
