/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/server/speech-request.h"

#include <string.h>

#include "app/base/json-write.h"
#include "app/server/http-error.h"
#include "app/server/members.h"

#define MAX_VOICE 64

static gboolean
refuse (GError **error, const char *message)
{
  g_set_error_literal (error, APP_HTTP_ERROR, 400, message);
  return FALSE;
}

void
app_speech_request_clear (AppSpeechRequest *asked)
{
  g_clear_pointer (&asked->text, g_free);
  g_clear_pointer (&asked->voice, g_free);
  g_clear_pointer (&asked->model, g_free);
}

static gboolean
read_format (AppSpeechRequest *asked, const char *name, GError **error)
{
  static const struct {
    const char *name, *ending, *type;
  } formats[] = {
    { "mp3", ".mp3", "audio/mpeg" },   { "wav", ".wav", "audio/wav" },
    { "flac", ".flac", "audio/flac" }, { "opus", ".opus", "audio/ogg" },
    { "pcm", ".wav", "audio/pcm" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_str_equal (formats[i].name, name)) {
      asked->ending = formats[i].ending;
      asked->type = formats[i].type;
      asked->is_raw = g_str_equal (name, "pcm");
      return TRUE;
    }
  return refuse (error, "response_format: mp3, wav, flac, opus or pcm is expected");
}

/* Voices that clients have by heart, where a stock voice has the same name. */
static const char *
find_stock_voice (const char *name)
{
  static const char *const names[][2] = { { "alloy", "af_alloy" },
                                          { "echo", "am_echo" },
                                          { "fable", "bm_fable" },
                                          { "nova", "af_nova" },
                                          { "onyx", "am_onyx" } };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (names[i][0], name))
      return names[i][1];
  return name;
}

gboolean
app_speech_is_voice_name (const char *text)
{
  for (const char *c = text; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && strchr ("-_.", *c) == NULL)
      return FALSE;
  return *text != '\0' && *text != '.' && strlen (text) <= MAX_VOICE;
}

static gboolean
read_voice (AppSpeechRequest *asked, JsonObject *body, GError **error)
{
  JsonNode *node = json_object_get_member (body, "voice");
  const char *voice = NULL;

  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node)) {
    if (!app_members_get_string (json_node_get_object (node), "id", &voice, error))
      return FALSE;
  } else if (!app_members_get_string (body, "voice", &voice, error))
    return FALSE;
  if (voice == NULL || g_str_equal (voice, "default"))
    return TRUE;
  if (!app_speech_is_voice_name (voice))
    return refuse (error, "voice: the name of a voice is expected");
  asked->voice = g_strdup (find_stock_voice (voice));
  return TRUE;
}

static gboolean
read_text (AppSpeechRequest *asked, JsonObject *body, GError **error)
{
  const char *text = NULL;

  if (!app_members_get_string (body, "input", &text, error))
    return FALSE;
  if (text == NULL || *text == '\0')
    return refuse (error, "input is missing");
  if (g_utf8_strlen (text, -1) > APP_SPEECH_MAX_CHARACTERS)
    return refuse (
        error, "input: at most " G_STRINGIFY (APP_SPEECH_MAX_CHARACTERS) " characters are spoken");
  asked->text = g_strdup (text);
  return TRUE;
}

gboolean
app_speech_request_parse (AppSpeechRequest *asked, const char *body, gsize n_bytes, GError **error)
{
  g_autoptr (JsonNode) root = app_members_parse (body, n_bytes, error);
  JsonObject *object;
  const char *format = "mp3", *model = NULL, *stream = NULL;

  if (root == NULL)
    return FALSE;
  object = json_node_get_object (root);
  asked->speed = 1;
  if (!read_text (asked, object, error) || !read_voice (asked, object, error)
      || !app_members_get_number (object, "speed", 0.5, 2, &asked->speed, error)
      || !app_members_get_string (object, "model", &model, error)
      || !app_members_get_string (object, "stream_format", &stream, error)
      || !app_members_get_string (object, "response_format", &format, error)
      || !read_format (asked, format, error))
    return FALSE;
  if (app_members_has (object, "instructions"))
    return refuse (error, "instructions: this is not supported here");
  if (stream != NULL && !g_str_equal (stream, "audio"))
    return refuse (error, "stream_format: audio is expected");
  asked->model = g_strdup (model);
  return TRUE;
}

JsonNode *
app_speech_request_make (const AppSpeechRequest *asked, const char *path, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *uri = g_filename_to_uri (path, NULL, error);

  if (uri == NULL)
    return NULL;
  json_builder_begin_object (builder);
  app_json_add_string (builder, "text", asked->text);
  app_json_add_string (builder, "file", uri);
  app_json_add_string (builder, "voice", asked->voice);
  json_builder_set_member_name (builder, "speed");
  json_builder_add_double_value (builder, asked->speed);
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

GBytes *
app_speech_get_samples (GBytes *wav)
{
  gsize n_bytes, at = 12;
  const guint8 *data = g_bytes_get_data (wav, &n_bytes);

  if (n_bytes < at || memcmp (data, "RIFF", 4) != 0 || memcmp (data + 8, "WAVE", 4) != 0)
    return NULL;
  while (n_bytes - at >= 8) {
    guint32 size;

    memcpy (&size, data + at + 4, sizeof size);
    size = GUINT32_FROM_LE (size);
    if (size > n_bytes - at - 8)
      return NULL;
    if (memcmp (data + at, "data", 4) == 0)
      return g_bytes_new_from_bytes (wav, at + 8, size);
    at += 8 + size;
    at += at < n_bytes ? size % 2 : 0;
  }
  return NULL;
}
