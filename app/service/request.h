/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is asked of the engine, from JSON to plain data: docs/engine.md.
 *
 * All of a request is looked at before any of it is done: a member that is not known, has the wrong
 * type or is out of range is APP_ERROR_FORMAT, with a message that names it ("messages[2].text: a
 * text is expected, not a number"). Any bytes may come. Pure, but for the user's settings, which
 * hold where a request does not say how to listen.
 *
 *   g_autoptr (AppRequest) request = app_request_parse (APP_REQUEST_CHAT, text, -1, &error);
 */

#pragma once

#include "app/hearing/hearing.h"
#include "app/listen/listen.h"
#include "app/speech/narration.h"
#include "nn/ops/sampler.h"

G_BEGIN_DECLS

#define APP_REQUEST_MAX_BYTES (64 * 1024 * 1024)

/* Which members a request may have. */
typedef enum {
  APP_REQUEST_LISTEN = 1 << 0, /* listen, tokens */
  APP_REQUEST_CHAT = 1 << 1,
  APP_REQUEST_ASK = 1 << 2,
  APP_REQUEST_SAY = 1 << 3,
  APP_REQUEST_MODEL = 1 << 4,   /* install, verify, remove, measure */
  APP_REQUEST_ADD = 1 << 5,     /* add */
  APP_REQUEST_DEFAULT = 1 << 6, /* default */
  APP_REQUEST_NARRATE = 1 << 7,
  APP_REQUEST_VOICE = 1 << 8,
  APP_N_REQUESTS = 9
} AppRequestKind;

typedef struct {
  char *path;          /* in the encoding of file names */
  AppHearing *hearing; /* NULL: to be listened to */
} AppRequestRecording;

typedef struct {
  gboolean is_user;
  char *text;
  GPtrArray *recordings; /* of AppRequestRecording; may be empty */
} AppRequestTurn;

typedef struct {
  GPtrArray *turns;      /* of AppRequestTurn; chat and ask: the last one is the user's */
  GPtrArray *recordings; /* of AppRequestRecording: of listen the one, of ask those of the question,
                            of voice its files */
  char *system;
  char *schema; /* JSON that llm_json_schema_read() takes */
  char *model;
  NnSamplerOptions sampling;
  int max_tokens; /* 0: the default */
  int thinking;   /* tokens; 0: none */
  gboolean no_evidence;
  AppListenOptions listen; /* its strings are the request's */
  char *language;
  char *text;     /* ask: the question; say, narrate: what is spoken; voice: the attestation */
  char *path;     /* say, narrate: where to, in the encoding of file names */
  char *voice;    /* voice: what it will be called */
  char *sentence; /* voice: to be read into the microphone */
  double speed;   /* 0: the voice's own */
  char *manner;   /* say: the words of one, or NULL */
  char *accent;   /* say, narrate: as app_accent_read() has it */
  char *id;
  gboolean is_plain; /* narrate: no Markdown */
  AppNarrationCheck check;
  int retake;
  int choose, chosen;
  char *subtitles; /* narrate: as path; NULL: none */
} AppRequest;

/* (transfer full). length -1: up to NUL. */
AppRequest *app_request_parse (AppRequestKind kind, const char *text, gssize length,
                               GError **error);
void app_request_free (AppRequest *request);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppRequest, app_request_free)

G_END_DECLS
