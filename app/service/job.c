/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/service/job.h"

/* Between two reports of a stage. */
#define REPORT_US (50 * G_TIME_SPAN_MILLISECOND)
/* Before that, how long it may still take would be a guess. */
#define MIN_FRACTION 0.02
#define MIN_US (G_TIME_SPAN_SECOND)

const AppJobType app_jobs[] = {
  { "ask", APP_REQUEST_ASK, APP_LANE_ENGINE, app_job_talk },
  { "chat", APP_REQUEST_CHAT, APP_LANE_ENGINE, app_job_talk },
  { "listen", APP_REQUEST_LISTEN, APP_LANE_ENGINE, app_job_listen },
  { "tokens", APP_REQUEST_LISTEN, APP_LANE_ENGINE, app_job_tokens },
  { "say", APP_REQUEST_SAY, APP_LANE_ENGINE, app_job_say },
  { "narrate", APP_REQUEST_NARRATE, APP_LANE_ENGINE, app_job_narrate },
  { "voice", APP_REQUEST_VOICE, APP_LANE_ENGINE, app_job_voice },
  { "measure", APP_REQUEST_MODEL, APP_LANE_ENGINE, app_job_measure },
  { "install", APP_REQUEST_MODEL, APP_LANE_STORE, app_job_install },
  { "add", APP_REQUEST_ADD, APP_LANE_STORE, app_job_add },
  { "verify", APP_REQUEST_MODEL, APP_LANE_STORE, app_job_verify },
  { "remove", APP_REQUEST_MODEL, APP_LANE_STORE, app_job_remove },
  { "default", APP_REQUEST_DEFAULT, APP_LANE_STORE, app_job_default },
  { NULL, 0, APP_LANE_ENGINE, NULL },
};

static const char *const stage_names[] = {
  [APP_STAGE_LOADING_LISTENER] = "loading-listener",
  [APP_STAGE_READING_AUDIO] = "reading-audio",
  [APP_STAGE_LISTENING] = "listening",
  [APP_STAGE_TELLING_SPEAKERS] = "telling-speakers",
  [APP_STAGE_HEARING_MANNER] = "hearing-manner",
  [APP_STAGE_LOADING_CHAT] = "loading-chat",
  [APP_STAGE_SUMMING_UP] = "summing-up",
  [APP_STAGE_READING_PROMPT] = "reading-prompt",
  [APP_STAGE_THINKING] = "thinking",
  [APP_STAGE_LOADING_VOICE] = "loading-voice",
  [APP_STAGE_CHOOSING_VOICE] = "choosing-voice",
  [APP_STAGE_MAKING_VOICE] = "making-voice",
};

const char *
app_job_get_stage_name (AppStage stage)
{
  return stage_names[stage];
}

double
app_job_get_seconds (const AppJob *job)
{
  return (double) (g_get_monotonic_time () - job->start_us) / G_USEC_PER_SEC;
}

void
app_job_report_left (AppJob *job, const char *stage, double fraction, double seconds_left)
{
  gint64 now = g_get_monotonic_time ();

  if (g_strcmp0 (job->stage, stage) != 0 || fraction <= 0) {
    g_free (job->stage);
    job->stage = g_strdup (stage);
    job->stage_us = now;
  } else if (now - job->shown_us < REPORT_US)
    return;
  job->shown_us = now;
  if (seconds_left < 0 && fraction >= MIN_FRACTION && now - job->stage_us >= MIN_US)
    seconds_left = (double) (now - job->stage_us) / G_USEC_PER_SEC * (1 - fraction) / fraction;
  if (job->listener.on_progress != NULL)
    job->listener.on_progress (job, stage, CLAMP (fraction, 0, 1), seconds_left);
}

void
app_job_report (AppJob *job, const char *stage, double fraction)
{
  app_job_report_left (job, stage, fraction, -1);
}

void
app_job_tell_thought (AppJob *job, const char *text, int n_tokens)
{
  if (job->listener.on_thought != NULL && text[0] != '\0')
    job->listener.on_thought (job, text, (guint) n_tokens);
}

void
app_job_tell_token (AppJob *job, const char *text, int n_tokens)
{
  if (job->listener.on_token != NULL && text[0] != '\0')
    job->listener.on_token (job, text, (guint) n_tokens);
}

void
app_job_tell_heard (AppJob *job, JsonBuilder *heard)
{
  g_autoptr (JsonNode) root = json_builder_get_root (heard);

  if (job->listener.on_heard != NULL) {
    g_autofree char *text = json_to_string (root, FALSE);

    job->listener.on_heard (job, text);
  }
}

static void
report_engine (AppStage stage, double fraction, gpointer user_data)
{
  app_job_report (user_data, app_job_get_stage_name (stage), fraction);
}

gboolean
app_job_read (AppJob *job, const AppJobType *type, GError **error)
{
  job->start_us = g_get_monotonic_time ();
  if (type->kind == 0)
    return TRUE;
  job->request = app_request_parse (type->kind, job->text, -1, error);
  return job->request != NULL;
}

char *
app_job_run (AppJob *job, const AppJobType *type, GError **error)
{
  g_autoptr (JsonBuilder) result = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  gboolean is_done;

  job->result = result;
  json_builder_begin_object (result);
  if (job->engine != NULL)
    app_engine_set_progress (job->engine, report_engine, job);
  is_done = type->run (job, error);
  if (job->engine != NULL)
    app_engine_set_progress (job->engine, NULL, NULL);
  job->result = NULL;
  if (!is_done)
    return NULL;
  json_builder_end_object (result);
  root = json_builder_get_root (result);
  return json_to_string (root, FALSE);
}

void
app_job_clear (AppJob *job)
{
  g_clear_pointer (&job->request, app_request_free);
  g_clear_pointer (&job->stage, g_free);
}
