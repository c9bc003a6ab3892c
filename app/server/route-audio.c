/* SPDX-License-Identifier: GPL-3.0-or-later */

/* POST /v1/audio/transcriptions, POST /v1/audio/speech */

#include <string.h>

#include <glib/gstdio.h>

#include "app/server/exchange.h"
#include "app/server/http-error.h"
#include "app/server/speech-request.h"
#include "app/server/transcription.h"

typedef struct {
  AppTranscription asked;
  char *path;
} Transcription;

static void
transcription_free (gpointer data)
{
  Transcription *transcription = data;

  app_transcription_clear (&transcription->asked);
  g_free (transcription->path);
  g_free (transcription);
}

static void
on_heard (AppExchange *exchange, JsonObject *result)
{
  const Transcription *transcription = exchange->data;
  JsonNode *json = json_object_get_member (result, "hearing");
  g_autoptr (GError) error = NULL;
  g_autoptr (AppHearing) hearing =
      json != NULL ? app_hearing_new_from_json (transcription->path, json, &error) : NULL;
  g_autoptr (GBytes) bytes = NULL;
  const char *type;
  char *text;

  if (hearing == NULL) {
    if (error == NULL)
      g_set_error (&error, APP_ERROR, APP_ERROR_ENGINE, "the engine has heard nothing");
    app_exchange_fail (exchange, error);
    return;
  }
  text = app_transcription_write (&transcription->asked, hearing, &type);
  bytes = g_bytes_new_take (text, strlen (text));
  app_exchange_reply (exchange, 200, type, bytes);
}

/* (transfer full): the file of the form as a file of its own. */
static char *
keep_file (AppExchange *exchange, const AppPart *part, GError **error)
{
  const char *folder = app_exchange_get_folder (exchange, error);
  g_autofree char *name = app_work_folder_make_name (part->file_name, "recording");
  g_autofree char *path = folder != NULL ? g_build_filename (folder, name, NULL) : NULL;

  if (path == NULL)
    return NULL;
  if (!g_file_set_contents_full (path, part->data, (gssize) part->n_bytes, G_FILE_SET_CONTENTS_NONE,
                                 0600, NULL)) {
    g_set_error (error, APP_ERROR, APP_ERROR_DISK, "there is no room for the recording");
    return NULL;
  }
  return g_steal_pointer (&path);
}

/* (transfer full) (nullable): what the engine is to be asked. */
static JsonNode *
read_transcription (AppExchange *exchange, GError **error)
{
  Transcription *transcription = exchange->data;
  AppTranscription *asked = &transcription->asked;
  g_autofree char *boundary =
      app_multipart_get_boundary (app_exchange_get_content_type (exchange), error);
  g_autoptr (GBytes) body = boundary != NULL ? app_exchange_take_body (exchange, error) : NULL;
  g_autoptr (GPtrArray) parts = NULL;
  g_autofree char *model = NULL;
  const char *data;
  gsize n_bytes;

  if (body == NULL)
    return NULL;
  data = g_bytes_get_data (body, &n_bytes);
  parts = app_multipart_parse (data != NULL ? data : "", n_bytes, boundary, error);
  if (parts == NULL || !app_transcription_read (asked, parts, error))
    return NULL;
  model =
      app_model_choice_find (exchange->server->store, NULL, APP_TASK_LISTEN, asked->model, error);
  if (model != NULL)
    transcription->path = keep_file (exchange, asked->file, error);
  /* It goes with the body. */
  asked->file = NULL;
  return transcription->path != NULL
             ? app_transcription_make_request (asked, transcription->path, error)
             : NULL;
}

void
app_route_transcription (AppExchange *exchange)
{
  static const AppExchangeCallbacks callbacks = { .on_done = on_heard };
  g_autoptr (GError) error = NULL;
  JsonNode *request;

  exchange->data = g_new0 (Transcription, 1);
  exchange->free_data = transcription_free;
  request = read_transcription (exchange, &error);
  if (request != NULL)
    app_exchange_start_call (exchange, "listen", request, &callbacks);
  else
    app_exchange_fail (exchange, error);
}

typedef struct {
  AppSpeechRequest asked;
  char *path;
} Speech;

static void
speech_free (gpointer data)
{
  Speech *speech = data;

  app_speech_request_clear (&speech->asked);
  g_free (speech->path);
  g_free (speech);
}

static void
on_spoken (AppExchange *exchange, JsonObject *result)
{
  Speech *speech = exchange->data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GMappedFile) file = g_mapped_file_new (speech->path, FALSE, &error);
  g_autoptr (GBytes) bytes = file != NULL ? g_mapped_file_get_bytes (file) : NULL;
  g_autoptr (GBytes) samples = NULL;

  if (bytes != NULL && speech->asked.is_raw) {
    samples = app_speech_get_samples (bytes);
    if (samples == NULL)
      g_set_error (&error, APP_ERROR, APP_ERROR_ENGINE, "the speech has no samples");
  }
  if (error != NULL)
    app_exchange_fail (exchange, error);
  else
    app_exchange_reply (exchange, 200, speech->asked.type, samples != NULL ? samples : bytes);
}

static JsonNode *
read_speech (AppExchange *exchange, GError **error)
{
  Speech *speech = exchange->data;
  g_autoptr (GBytes) body = app_exchange_take_body (exchange, error);
  g_autofree char *model = NULL;
  g_autofree char *name = NULL;
  const char *text, *folder;
  gsize n_bytes;

  if (body == NULL)
    return NULL;
  text = g_bytes_get_data (body, &n_bytes);
  if (!app_speech_request_parse (&speech->asked, text != NULL ? text : "", n_bytes, error))
    return NULL;
  model = app_model_choice_find (exchange->server->store, NULL, APP_TASK_SPEAK, speech->asked.model,
                                 error);
  folder = model != NULL ? app_exchange_get_folder (exchange, error) : NULL;
  if (folder == NULL)
    return NULL;
  name = g_strconcat ("speech", speech->asked.ending, NULL);
  speech->path = g_build_filename (folder, name, NULL);
  return app_speech_request_make (&speech->asked, speech->path, error);
}

void
app_route_speech (AppExchange *exchange)
{
  static const AppExchangeCallbacks callbacks = { .on_done = on_spoken };
  g_autoptr (GError) error = NULL;
  JsonNode *request;

  exchange->data = g_new0 (Speech, 1);
  exchange->free_data = speech_free;
  request = read_speech (exchange, &error);
  if (request != NULL)
    app_exchange_start_call (exchange, "say", request, &callbacks);
  else
    app_exchange_fail (exchange, error);
}
