/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A request for a transcription, and what is answered: the forms of OpenAI's interface, and the
 * whole Hearing as docs/json.md has it ("hearing"). Any bytes may come. Pure functions.
 *
 *   if (!app_transcription_read (&asked, parts, &error)) ...
 *   request = app_transcription_make_request (&asked, path);       // the task "listen"
 *   body = app_transcription_write (&asked, hearing, &type);
 */

#pragma once

#include "app/hearing/hearing.h"
#include "app/server/multipart.h"

G_BEGIN_DECLS

typedef enum {
  APP_REPLY_JSON,
  APP_REPLY_TEXT,
  APP_REPLY_SRT,
  APP_REPLY_VTT,
  APP_REPLY_VERBOSE,
  APP_REPLY_DIARIZED,
  APP_REPLY_HEARING,
  APP_N_REPLIES
} AppReplyForm;

typedef struct {
  AppReplyForm form;
  char *model;    /* as it was asked for, or NULL */
  char *language; /* or NULL */
  int n_speakers; /* 0: found out */
  gboolean has_words;
  gboolean has_segments;
  const AppPart *file;
} AppTranscription;

/* asked: all 0. APP_HTTP_ERROR 400. */
gboolean app_transcription_read (AppTranscription *asked, const GPtrArray *parts, GError **error);
void app_transcription_clear (AppTranscription *asked);
/* (transfer full) (nullable): for the recording at path. */
JsonNode *app_transcription_make_request (const AppTranscription *asked, const char *path,
                                          GError **error);
/* (transfer full): the document; *type: its media type. */
char *app_transcription_write (const AppTranscription *asked, const AppHearing *hearing,
                               const char **type);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AppTranscription, app_transcription_clear)

G_END_DECLS
