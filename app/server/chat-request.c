/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/server/chat-request.h"

#include <string.h>

#include "app/server/http-error.h"
#include "app/server/members.h"

#define MAX_TOKENS 1000000
#define MAX_MESSAGES 10000
#define MAX_STOPS 16
/* What is asked where a message is nothing but a recording. */
#define SPOKEN_QUESTION "Answer what is said in the recording."

typedef struct {
  AppSaveRecording save;
  gpointer user_data;
  GString *system;
  GError **error;
} Reader;

/* One message, as far as it is read. */
typedef struct {
  guint index;
  gboolean is_user;
  GString *text;
  JsonArray *recordings;
} Message;

static gboolean refuse (Reader *reader, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (Reader *reader, const char *format, ...)
{
  va_list list;
  g_autofree char *message = NULL;

  va_start (list, format);
  message = g_strdup_vprintf (format, list);
  va_end (list);
  g_set_error_literal (reader->error, APP_HTTP_ERROR, 400, message);
  return FALSE;
}

void
app_chat_request_free (AppChatRequest *request)
{
  if (request == NULL)
    return;
  g_clear_pointer (&request->request, json_object_unref);
  g_free (request->model);
  g_strfreev (request->stop);
  g_free (request);
}

/* GLib passes over what is no base64. */
static gboolean
is_base64 (const char *text)
{
  gsize n = strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\r\n");

  n += strspn (text + n, "=\r\n");
  return n > 0 && text[n] == '\0';
}

static gboolean
read_audio (Reader *reader, JsonObject *part, Message *message)
{
  static const char *const formats[] = { "wav", "mp3", "flac", "ogg", "opus", "aiff", NULL };
  JsonObject *audio = NULL;
  const char *data = NULL, *format = NULL;
  g_autofree guchar *bytes = NULL;
  g_autofree char *path = NULL;
  g_autofree char *uri = NULL;
  gsize n_bytes;

  if (!message->is_user)
    return refuse (reader, "messages[%u]: only the user's have recordings", message->index);
  if (!app_members_get_object (part, "input_audio", &audio, reader->error))
    return FALSE;
  if (audio == NULL)
    return refuse (reader, "messages[%u]: input_audio is missing", message->index);
  if (!app_members_get_string (audio, "data", &data, reader->error)
      || !app_members_get_string (audio, "format", &format, reader->error))
    return FALSE;
  if (data == NULL || !is_base64 (data))
    return refuse (reader, "messages[%u].input_audio.data: base64 is expected", message->index);
  if (format == NULL || !g_strv_contains (formats, format))
    return refuse (reader, "messages[%u].input_audio.format: wav, mp3, flac, ogg, opus or aiff",
                   message->index);
  bytes = g_base64_decode (data, &n_bytes);
  path = reader->save (bytes, n_bytes, format, reader->user_data, reader->error);
  if (path == NULL)
    return FALSE;
  uri = g_filename_to_uri (path, NULL, reader->error);
  if (uri == NULL)
    return FALSE;
  json_array_add_string_element (message->recordings, uri);
  return TRUE;
}

static gboolean
read_part (Reader *reader, JsonNode *node, Message *message)
{
  const char *type = NULL, *text = NULL;
  JsonObject *part;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return refuse (reader, "messages[%u].content: objects are expected", message->index);
  part = json_node_get_object (node);
  if (!app_members_get_string (part, "type", &type, reader->error))
    return FALSE;
  if (g_strcmp0 (type, "input_audio") == 0)
    return read_audio (reader, part, message);
  if (g_strcmp0 (type, "text") != 0)
    return refuse (reader, "messages[%u].content: parts of type text and input_audio are heeded",
                   message->index);
  if (!app_members_get_string (part, "text", &text, reader->error))
    return FALSE;
  if (text == NULL)
    return refuse (reader, "messages[%u].content: text is missing", message->index);
  if (message->text->len > 0)
    g_string_append_c (message->text, '\n');
  g_string_append (message->text, text);
  return TRUE;
}

static gboolean
read_content (Reader *reader, JsonObject *object, Message *message)
{
  JsonNode *content = json_object_get_member (object, "content");
  const char *text = NULL;
  JsonArray *parts;

  if (content == NULL || !JSON_NODE_HOLDS_ARRAY (content)) {
    if (!app_members_get_string (object, "content", &text, reader->error))
      return FALSE;
    if (text == NULL && message->is_user)
      return refuse (reader, "messages[%u]: content is missing", message->index);
    g_string_append (message->text, text != NULL ? text : "");
    return TRUE;
  }
  parts = json_node_get_array (content);
  for (guint i = 0; i < json_array_get_length (parts); i++)
    if (!read_part (reader, json_array_get_element (parts, i), message))
      return FALSE;
  return TRUE;
}

static JsonObject *
make_message (const Message *message)
{
  JsonObject *made = json_object_new ();
  gboolean is_spoken = message->text->len == 0 && json_array_get_length (message->recordings) > 0;

  json_object_set_string_member (made, "role", message->is_user ? "user" : "assistant");
  json_object_set_string_member (made, "text", is_spoken ? SPOKEN_QUESTION : message->text->str);
  if (message->is_user)
    json_object_set_array_member (made, "recordings", json_array_ref (message->recordings));
  return made;
}

static void
message_clear (Message *message)
{
  g_string_free (message->text, TRUE);
  json_array_unref (message->recordings);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Message, message_clear)

static gboolean
read_message (Reader *reader, JsonNode *node, guint index, JsonArray *messages)
{
  g_auto (Message) message = { index, FALSE, g_string_new (NULL), json_array_new () };
  const char *role = NULL;
  JsonObject *object;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return refuse (reader, "messages[%u]: an object is expected", index);
  object = json_node_get_object (node);
  if (!app_members_get_string (object, "role", &role, reader->error))
    return FALSE;
  message.is_user = g_strcmp0 (role, "user") == 0;
  if (app_members_has (object, "tool_calls"))
    return refuse (reader, "messages[%u]: tools are not supported", index);
  if (g_strcmp0 (role, "system") == 0 || g_strcmp0 (role, "developer") == 0) {
    if (!read_content (reader, object, &message))
      return FALSE;
    if (reader->system->len > 0)
      g_string_append (reader->system, "\n\n");
    g_string_append (reader->system, message.text->str);
    return TRUE;
  }
  if (!message.is_user && g_strcmp0 (role, "assistant") != 0)
    return refuse (reader, "messages[%u].role: system, developer, user or assistant is expected",
                   index);
  if (!read_content (reader, object, &message))
    return FALSE;
  json_array_add_object_element (messages, make_message (&message));
  return TRUE;
}

static gboolean
read_messages (Reader *reader, JsonObject *body, JsonObject *request)
{
  g_autoptr (JsonArray) messages = json_array_new ();
  JsonArray *given = NULL;

  if (!app_members_get_array (body, "messages", &given, reader->error))
    return FALSE;
  if (given == NULL)
    return refuse (reader, "messages is missing");
  if (json_array_get_length (given) > MAX_MESSAGES)
    return refuse (reader, "messages: more than %d", MAX_MESSAGES);
  for (guint i = 0; i < json_array_get_length (given); i++)
    if (!read_message (reader, json_array_get_element (given, i), i, messages))
      return FALSE;
  json_object_set_array_member (request, "messages", g_steal_pointer (&messages));
  if (reader->system->len > 0)
    json_object_set_string_member (request, "system", reader->system->str);
  return TRUE;
}

static gboolean
read_sampling (Reader *reader, JsonObject *body, JsonObject *request)
{
  static const struct {
    const char *name;
    double min, max;
  } numbers[] = {
    { "temperature", 0, 2 }, { "top_p", 0, 1 },           { "top_k", 0, G_MAXINT },
    { "min_p", 0, 1 },       { "repeat_penalty", 0, 10 },
  };
  g_autoptr (JsonObject) sampling = json_object_new ();
  double seed = -1;

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++) {
    double value = -1;

    if (!app_members_get_number (body, numbers[i].name, numbers[i].min, numbers[i].max, &value,
                                 reader->error))
      return FALSE;
    /* To the sampler, 0 is that all are taken; here, that one is. */
    if (value == 0 && g_str_equal (numbers[i].name, "top_p"))
      value = 1e-6;
    if (value >= 0)
      json_object_set_double_member (sampling, numbers[i].name, value);
  }
  if (!app_members_get_number (body, "seed", 0, 9007199254740991.0, &seed, reader->error))
    return FALSE;
  if (seed >= 0)
    json_object_set_double_member (sampling, "seed", seed);
  json_object_set_object_member (request, "sampling", g_steal_pointer (&sampling));
  return TRUE;
}

static gboolean
read_limits (Reader *reader, JsonObject *body, JsonObject *request)
{
  int max_tokens = 0;

  if (!app_members_get_int (body, "max_tokens", 1, MAX_TOKENS, &max_tokens, reader->error)
      || !app_members_get_int (body, "max_completion_tokens", 1, MAX_TOKENS, &max_tokens,
                               reader->error))
    return FALSE;
  if (max_tokens > 0)
    json_object_set_int_member (request, "max_tokens", max_tokens);
  return TRUE;
}

static gboolean
read_stop (Reader *reader, JsonObject *body, AppChatRequest *request)
{
  g_autoptr (GStrvBuilder) texts = g_strv_builder_new ();
  JsonNode *node = json_object_get_member (body, "stop");
  g_autoptr (JsonArray) list = json_array_new ();
  JsonArray *given = list;

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (JSON_NODE_HOLDS_ARRAY (node))
    given = json_node_get_array (node);
  else
    json_array_add_element (list, json_node_copy (node));
  if (json_array_get_length (given) > MAX_STOPS)
    return refuse (reader, "stop: more than %d texts", MAX_STOPS);
  for (guint i = 0; i < json_array_get_length (given); i++) {
    JsonNode *text = json_array_get_element (given, i);

    if (!JSON_NODE_HOLDS_VALUE (text) || json_node_get_value_type (text) != G_TYPE_STRING
        || *json_node_get_string (text) == '\0')
      return refuse (reader, "stop: texts are expected");
    g_strv_builder_add (texts, json_node_get_string (text));
  }
  request->stop = g_strv_builder_end (texts);
  return TRUE;
}

static gboolean
read_form (Reader *reader, JsonObject *body, JsonObject *request)
{
  JsonObject *form = NULL, *holder = NULL, *schema = NULL;
  const char *type = NULL;

  if (!app_members_get_object (body, "response_format", &form, reader->error))
    return FALSE;
  if (form == NULL)
    return TRUE;
  if (!app_members_get_string (form, "type", &type, reader->error))
    return FALSE;
  if (g_strcmp0 (type, "text") == 0)
    return TRUE;
  if (g_strcmp0 (type, "json_schema") != 0)
    return refuse (reader, "response_format.type: text or json_schema is expected; what is JSON "
                           "without a schema, the schema must say");
  if (!app_members_get_object (form, "json_schema", &holder, reader->error)
      || (holder != NULL && !app_members_get_object (holder, "schema", &schema, reader->error)))
    return FALSE;
  if (schema == NULL)
    return refuse (reader, "response_format.json_schema.schema is missing");
  json_object_set_object_member (request, "schema", json_object_ref (schema));
  return TRUE;
}

/* What would change the answer, and cannot be heeded. */
static gboolean
check_others (Reader *reader, JsonObject *body)
{
  static const char *const refused[] = {
    "tools",      "functions",         "logprobs",          "top_logprobs",
    "logit_bias", "presence_penalty",  "frequency_penalty", "audio",
    "prediction", "web_search_options"
  };
  int n = 1;

  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    if (app_members_has (body, refused[i]))
      return refuse (reader, "%s: this is not supported here", refused[i]);
  return app_members_get_int (body, "n", 1, 1, &n, reader->error);
}

static gboolean
read_options (Reader *reader, JsonObject *body, AppChatRequest *request)
{
  JsonObject *stream_options = NULL;
  const char *model = NULL;

  if (!app_members_get_string (body, "model", &model, reader->error)
      || !app_members_get_bool (body, "stream", &request->is_stream, reader->error)
      || !app_members_get_bool (body, "evidence", &request->has_evidence, reader->error)
      || !app_members_get_object (body, "stream_options", &stream_options, reader->error)
      || (stream_options != NULL
          && !app_members_get_bool (stream_options, "include_usage", &request->has_usage,
                                    reader->error)))
    return FALSE;
  request->model = g_strdup (model);
  json_object_set_boolean_member (request->request, "evidence", request->has_evidence);
  return TRUE;
}

AppChatRequest *
app_chat_request_parse (const char *body, gsize n_bytes, AppSaveRecording save, gpointer user_data,
                        GError **error)
{
  g_autoptr (JsonNode) root = app_members_parse (body, n_bytes, error);
  g_autoptr (AppChatRequest) request = g_new0 (AppChatRequest, 1);
  g_autoptr (GString) system = g_string_new (NULL);
  Reader reader = { save, user_data, system, error };
  JsonObject *object;

  request->request = json_object_new ();
  if (root == NULL)
    return NULL;
  object = json_node_get_object (root);
  if (!check_others (&reader, object) || !read_options (&reader, object, request)
      || !read_sampling (&reader, object, request->request)
      || !read_limits (&reader, object, request->request) || !read_stop (&reader, object, request)
      || !read_form (&reader, object, request->request)
      || !read_messages (&reader, object, request->request))
    return NULL;
  return g_steal_pointer (&request);
}
