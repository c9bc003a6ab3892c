/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The tasks of the engine's process (docs/engine.md), each a row of one table: its name, what its
 * request may have, which thread does it, and the function that does it.
 *
 * A job is one request that is being carried out. It runs in one piece in the thread of its lane,
 * tells what it has through app_job_*(), and gives its result as the members of a JSON object. Who
 * runs it (service.h) gives it an engine, a flag that stops it, and somebody to tell.
 *
 *   static gboolean
 *   run_listen (AppJob *job, GError **error)
 *   {
 *     ...
 *     app_hearing_build_json (hearing, APP_HEARING_WHOLE, job->result);
 *     return TRUE;
 *   }
 */

#pragma once

#include "app/engine/engine.h"
#include "app/service/request.h"

G_BEGIN_DECLS

/* Requests of one lane are done one after the other, of different ones at the same time. */
typedef enum {
  APP_LANE_ENGINE, /* whatever needs models */
  APP_LANE_STORE,  /* the model store */
  APP_N_LANES
} AppLane;

typedef struct _AppJob AppJob;
typedef struct _AppJobKept AppJobKept;

typedef struct {
  const char *name;    /* NULL ends a table */
  AppRequestKind kind; /* 0: the request is not read */
  AppLane lane;
  gboolean (*run) (AppJob *job, GError **error);
} AppJobType;

/* Who is told; functions may be NULL. Texts are (transfer none). */
typedef struct {
  void (*on_progress) (AppJob *job, const char *stage, double fraction, double seconds_left);
  void (*on_thought) (AppJob *job, const char *text, guint n_tokens);
  void (*on_token) (AppJob *job, const char *text, guint n_tokens);
  void (*on_heard) (AppJob *job, const char *json);
  gpointer user_data;
} AppJobListener;

struct _AppJob {
  const char *text;    /* the request as it came */
  AppRequest *request; /* what it says; NULL if it is not read */
  AppEngine *engine;   /* NULL outside of APP_LANE_ENGINE */
  AppJobKept *kept;    /* from one job of the engine to the next */
  atomic_bool *cancel;
  JsonBuilder *result; /* in an object */
  AppJobListener listener;
  gint64 start_us;
  /* Of the stage that is shown. */
  char *stage;
  gint64 stage_us;
  gint64 shown_us;
};

/* The program's own; its last row has no name. */
extern const AppJobType app_jobs[];

/* First reads the request, then carries it out. (transfer full): the result's JSON. */
gboolean app_job_read (AppJob *job, const AppJobType *type, GError **error);
char *app_job_run (AppJob *job, const AppJobType *type, GError **error);
/* What the two have left. */
void app_job_clear (AppJob *job);

/* fraction 0..1 of the stage. Told at most 20 times a second, but for a stage that begins. */
void app_job_report (AppJob *job, const char *stage, double fraction);
/* The same, where it is known how long the stage may still take. */
void app_job_report_left (AppJob *job, const char *stage, double fraction, double seconds_left);
void app_job_tell_thought (AppJob *job, const char *text, int n_tokens);
void app_job_tell_token (AppJob *job, const char *text, int n_tokens);
/* (transfer full): the value that was built. */
void app_job_tell_heard (AppJob *job, JsonBuilder *heard);
double app_job_get_seconds (const AppJob *job); /* since it began */
/* The name of an engine's stage in docs/engine.md. */
const char *app_job_get_stage_name (AppStage stage);

/* What is kept between jobs (job-kept.h): the latest conversation, so that the next question of it
 * does not begin from nothing, and the voice. Of the engine's thread; goes before the engine. */
AppJobKept *app_job_kept_new (void);
void app_job_kept_free (AppJobKept *kept);

gboolean app_job_talk (AppJob *job, GError **error);    /* chat, ask */
gboolean app_job_listen (AppJob *job, GError **error);  /* listen */
gboolean app_job_tokens (AppJob *job, GError **error);  /* tokens */
gboolean app_job_say (AppJob *job, GError **error);     /* say */
gboolean app_job_narrate (AppJob *job, GError **error); /* narrate */
gboolean app_job_voice (AppJob *job, GError **error);   /* voice */
gboolean app_job_measure (AppJob *job, GError **error); /* measure */
gboolean app_job_install (AppJob *job, GError **error); /* install, and so on */
gboolean app_job_add (AppJob *job, GError **error);
gboolean app_job_verify (AppJob *job, GError **error);
gboolean app_job_remove (AppJob *job, GError **error);
gboolean app_job_default (AppJob *job, GError **error);

/* (transfer full): the Hearing of a recording of the request, listened to if it must be. recording:
 * its place among those of the request, for "heard"; -1: there is but one. */
AppHearing *app_job_hear (AppJob *job, const AppRequestRecording *asked, int recording,
                          GError **error);

G_END_DECLS
