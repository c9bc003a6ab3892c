/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A voice of the engine's process: voice. */

#include <glib/gstdio.h>

#include "app/base/json-write.h"
#include "app/engine/people.h"
#include "app/service/job-kept.h"
#include "app/speech/own-voice-json.h"
#include "app/speech/own-voice-make.h"
#include "app/speech/own-voice-read-out.h"

/* (transfer full): on one line, without what a terminal would obey. */
static char *
get_attestation (const AppRequest *request, GError **error)
{
  g_autofree char *stripped = g_strstrip (g_strdup (request->text));
  g_autofree char *attestation = app_json_display (stripped);

  if (g_utf8_strlen (attestation, -1) >= APP_CONSENT_MIN_CHARS)
    return g_steal_pointer (&attestation);
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT,
               "attest: at least %d characters are expected: whose voice it is, and that they "
               "agreed",
               APP_CONSENT_MIN_CHARS);
  return NULL;
}

/* reading: a recording of the sentence that was read out, or NULL. (transfer full) */
static GStrv
list_clips (const AppRequest *request, const char *reading, GError **error)
{
  g_autoptr (GStrvBuilder) clips = g_strv_builder_new ();

  if (reading != NULL)
    g_strv_builder_add (clips, reading);
  for (guint i = 0; i < request->recordings->len; i++)
    g_strv_builder_add (clips, ((AppRequestRecording *) request->recordings->pdata[i])->path);
  if (reading != NULL || request->recordings->len > 0)
    return g_strv_builder_end (clips);
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "files: there is no recording");
  return NULL;
}

static void
build_result (AppJob *job, const AppOwnVoice *voice, const AppOwnVoiceResult *made)
{
  app_own_voice_build_json (voice, job->result);
  json_builder_set_member_name (job->result, "notes");
  json_builder_begin_array (job->result);
  for (guint i = 0; i < made->notes->len; i++)
    json_builder_add_string_value (job->result, made->notes->pdata[i]);
  json_builder_end_array (job->result);
}

static gboolean
make (AppJob *job, const AppOwnVoiceRequest *request, GError **error)
{
  AppVoiceModels *models = app_job_get_voice_models (job, error);
  g_autoptr (AppOwnVoiceResult) made =
      models != NULL ? app_own_voice_make (job->engine, models, request, error) : NULL;
  g_autoptr (AppOwnVoice) voice = NULL;

  if (made == NULL || !app_own_voice_keep (request->name, made->bytes, NULL, NULL, error))
    return FALSE;
  voice = app_own_voice_get (request->name, error);
  if (voice == NULL)
    return FALSE;
  build_result (job, voice, made);
  return TRUE;
}

gboolean
app_job_voice (AppJob *job, GError **error)
{
  const char *name = job->request->voice;
  const char *sentence = job->request->sentence;
  g_autofree char *attestation = NULL;
  g_autofree char *reading = NULL;
  g_auto (GStrv) clips = NULL;
  gboolean is_made;

  /* What is wrong with the request is said before the work. */
  if (!app_own_voice_check_name (name, error))
    return FALSE;
  attestation = get_attestation (job->request, error);
  if (attestation == NULL)
    return FALSE;
  if (sentence != NULL) {
    app_job_report (job, "recording", 0);
    reading = app_own_voice_read_out (job->engine, sentence, NULL, error);
    if (reading == NULL)
      return FALSE;
  }
  clips = list_clips (job->request, reading, error);
  const AppOwnVoiceRequest request = { .name = name,
                                       .origin = sentence != NULL ? "microphone" : "file",
                                       .attestation = attestation,
                                       .clips = clips };
  is_made = clips != NULL && make (job, &request, error);
  if (reading != NULL)
    g_unlink (reading);
  return is_made;
}
