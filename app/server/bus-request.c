/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/server/bus-request.h"

#include <string.h>

#include "app/hearing/hearing.h"
#include "app/server/http-error.h"
#include "app/server/members.h"
#include "app/server/model-choice.h"
#include "app/server/speech-request.h"

const char *const app_bus_tasks[] = { "listen", "ask", "chat", "say", NULL };

typedef struct {
  const char *const *paths;
  GError **error;
} Reader;

static gboolean
refuse (Reader *reader, const char *message)
{
  g_set_error_literal (reader->error, APP_HTTP_ERROR, 400, message);
  return FALSE;
}

/* (transfer full) (nullable): the address of the file that stands for a number. */
static char *
find_file (Reader *reader, JsonNode *node)
{
  guint n = g_strv_length ((char **) reader->paths);
  gint64 number = -1;

  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64)
    number = json_node_get_int (node);
  if (number >= 0 && number < n)
    return g_filename_to_uri (reader->paths[number], NULL, reader->error);
  refuse (reader, "a recording is the number of a handle, from 0");
  return NULL;
}

static gboolean
replace_file (Reader *reader, JsonObject *object)
{
  JsonNode *node = json_object_get_member (object, "file");
  g_autofree char *uri = NULL;

  if (node == NULL)
    return refuse (reader, "file is missing");
  uri = find_file (reader, node);
  if (uri == NULL)
    return FALSE;
  json_object_set_string_member (object, "file", uri);
  return TRUE;
}

static gboolean
replace_recordings (Reader *reader, JsonObject *object)
{
  g_autoptr (JsonArray) files = json_array_new ();
  JsonArray *given = NULL;

  if (!app_members_get_array (object, "recordings", &given, reader->error))
    return FALSE;
  if (given == NULL)
    return TRUE;
  for (guint i = 0; i < json_array_get_length (given); i++) {
    g_autofree char *uri = find_file (reader, json_array_get_element (given, i));

    if (uri == NULL)
      return FALSE;
    json_array_add_string_element (files, uri);
  }
  json_object_set_array_member (object, "recordings", g_steal_pointer (&files));
  return TRUE;
}

static gboolean
replace_messages (Reader *reader, JsonObject *object)
{
  JsonArray *messages = NULL;

  if (!app_members_get_array (object, "messages", &messages, reader->error))
    return FALSE;
  for (guint i = 0; messages != NULL && i < json_array_get_length (messages); i++) {
    JsonNode *message = json_array_get_element (messages, i);

    if (!JSON_NODE_HOLDS_OBJECT (message))
      return refuse (reader, "messages: objects are expected");
    if (!replace_recordings (reader, json_node_get_object (message)))
      return FALSE;
  }
  return TRUE;
}

/* A model of the store, and no path. */
static gboolean
replace_model (Reader *reader, JsonObject *object, AppModelStore *store)
{
  const char *asked = NULL;
  g_autofree char *model = NULL;

  if (!app_members_get_string (object, "model", &asked, reader->error))
    return FALSE;
  model = app_model_choice_find (store, NULL, APP_TASK_CHAT, asked, reader->error);
  if (model == NULL)
    return FALSE;
  json_object_set_string_member (object, "model", model);
  return TRUE;
}

static gboolean
complete_say (Reader *reader, JsonObject *object)
{
  const char *voice = NULL;
  g_autofree char *uri = NULL;

  if (!app_members_get_string (object, "voice", &voice, reader->error))
    return FALSE;
  if (voice != NULL && !app_speech_is_voice_name (voice))
    return refuse (reader, "voice: the name of a voice is expected");
  if (json_object_has_member (object, "file") || g_strv_length ((char **) reader->paths) != 1)
    return refuse (reader, "one handle is expected, for the speech");
  uri = g_filename_to_uri (reader->paths[0], NULL, reader->error);
  if (uri == NULL)
    return FALSE;
  json_object_remove_member (object, "format");
  json_object_set_string_member (object, "file", uri);
  return TRUE;
}

static gboolean
complete (Reader *reader, const char *task, JsonObject *object, AppModelStore *store)
{
  if (g_str_equal (task, "listen"))
    return replace_file (reader, object);
  if (g_str_equal (task, "say"))
    return complete_say (reader, object);
  return replace_recordings (reader, object) && replace_messages (reader, object)
         && replace_model (reader, object, store);
}

JsonNode *
app_bus_request_make (const char *task, const char *text, const char *const *paths,
                      AppModelStore *store, GError **error)
{
  Reader reader = { paths, error };
  g_autoptr (JsonNode) given = NULL;
  g_autoptr (JsonNode) made = NULL;

  if (!g_strv_contains (app_bus_tasks, task)) {
    refuse (&reader, "listen, ask, chat and say can be asked for");
    return NULL;
  }
  given = app_members_parse (text, strlen (text), error);
  if (given == NULL)
    return NULL;
  /* What was read so may not be changed. */
  made = json_from_string (text, error);
  if (made == NULL)
    return NULL;
  return complete (&reader, task, json_node_get_object (made), store) ? g_steal_pointer (&made)
                                                                      : NULL;
}

const char *
app_bus_request_get_ending (const char *text)
{
  static const char *const endings[] = { ".wav", ".flac", ".opus", ".mp3" };
  g_autoptr (JsonNode) root = app_members_parse (text, strlen (text), NULL);
  const char *format = "wav";

  if (root == NULL
      || !app_members_get_string (json_node_get_object (root), "format", &format, NULL))
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_equal (endings[i] + 1, format))
      return endings[i];
  return NULL;
}

char *
app_bus_result_write (JsonObject *result)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_builder_begin_object (builder);
  json_object_iter_init (&iter, result);
  while (json_object_iter_next (&iter, &name, &node)) {
    g_autoptr (AppHearing) hearing = NULL;

    if (g_str_equal (name, "file"))
      continue;
    json_builder_set_member_name (builder, name);
    if (g_str_equal (name, "hearing"))
      hearing = app_hearing_new_from_json ("recording", node, NULL);
    if (hearing != NULL)
      app_hearing_build_json (hearing, APP_HEARING_WITH_WORDS | APP_HEARING_WITH_CURVES, builder);
    else if (g_str_equal (name, "hearing"))
      json_builder_add_null_value (builder);
    else
      json_builder_add_value (builder, json_node_copy (node));
  }
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}
