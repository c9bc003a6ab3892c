/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A request for speech, from the form of OpenAI's clients to that of docs/engine.md. Any bytes may
 * come. Pure functions.
 *
 *   g_auto (AppSpeechRequest) asked = { 0 };
 *   if (!app_speech_request_parse (&asked, body, n_bytes, &error)) ...
 *   request = app_speech_request_make (&asked, path);   // the task "say"
 */

#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Longer texts are `hearsay say --script`'s. */
#define APP_SPEECH_MAX_CHARACTERS 20000

typedef struct {
  char *text;
  char *voice; /* NULL: by the text's language */
  char *model; /* as it was asked for, or NULL */
  double speed;
  const char *ending; /* of the file to be made: ".wav" */
  const char *type;   /* the media type of what is answered */
  gboolean is_raw;    /* the samples alone: 24 kHz, mono, 16 bits, little-endian */
} AppSpeechRequest;

/* Whether it may name a voice, and is no path. */
gboolean app_speech_is_voice_name (const char *text);
/* asked: all 0. APP_HTTP_ERROR 400. */
gboolean app_speech_request_parse (AppSpeechRequest *asked, const char *body, gsize n_bytes,
                                   GError **error);
void app_speech_request_clear (AppSpeechRequest *asked);
/* (transfer full) (nullable): with the speech in the file at path. */
JsonNode *app_speech_request_make (const AppSpeechRequest *asked, const char *path, GError **error);
/* (transfer full) (nullable): the samples within a wav file; NULL if it is none. */
GBytes *app_speech_get_samples (GBytes *wav);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AppSpeechRequest, app_speech_request_clear)

G_END_DECLS
