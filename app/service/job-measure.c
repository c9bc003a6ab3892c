/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The self-test of the engine's process: how fast a model is on this machine. */

#include <string.h>

#include "app/base/json-write.h"
#include "app/models/bench.h"
#include "app/models/speeds.h"
#include "app/service/job-kept.h"
#include "app/speech/sound-file.h"

#define SENTENCE "The quick brown fox jumps over the lazy dog, and nobody minds at all."
/* Of a minute of speech, about. */
#define DECODED_TOKENS_PER_S 4.0
#define WINDOW_S 30.0

typedef struct {
  AppJob *job;
  guint n_steps;
} Steps;

static void
on_step (const char *title, gpointer user_data)
{
  Steps *steps = user_data;

  app_job_report (steps->job, "measuring", MIN (++steps->n_steps, 4) / 5.0);
}

static double
get_median (const AppBench *bench, const char *name)
{
  for (guint i = 0; i < bench->results->len; i++) {
    const AppBenchResult *result = &g_array_index (bench->results, AppBenchResult, i);
    if (g_str_equal (result->name, name))
      return result->median;
  }
  return 0;
}

static gboolean
measure (AppJob *job, const char *path, void (*run) (AppBench *bench, const char *path),
         AppSpeed *speed, GError **error)
{
  g_autoptr (AppBench) bench =
      app_bench_new (app_engine_get_context (job->engine),
                     &(AppBenchOptions){ .n_runs = 2, .n_prompt = 128, .n_generate = 16 });
  Steps steps = { job, 0 };

  bench->on_step = on_step;
  bench->user_data = &steps;
  run (bench, path);
  if (app_engine_is_cancelled (job->engine)) {
    g_set_error_literal (error, APP_ERROR, APP_ERROR_CANCELLED, "stopped");
    return FALSE;
  }
  if (bench->absences->len > 0) {
    const AppBenchAbsence *absence = g_ptr_array_index (bench->absences, 0);
    g_set_error_literal (error, APP_ERROR, APP_ERROR_FORMAT, absence->reason);
    return FALSE;
  }
  double encoder_ms = get_median (bench, "encoder_ms");
  double token_ms = get_median (bench, "decoder_ms_per_token");
  speed->prompt = get_median (bench, "prompt_tokens_per_s");
  speed->generate = get_median (bench, "generated_tokens_per_s");
  if (encoder_ms > 0)
    speed->listen = WINDOW_S * 1000 / (encoder_ms + token_ms * WINDOW_S * DECODED_TOKENS_PER_S);
  return TRUE;
}

static gboolean
add_time (const AppSaid *said, gpointer user_data, GError **error)
{
  double *times = user_data;

  times[0] += (double) said->n_samples / APP_SOUND_FILE_RATE;
  times[1] += said->seconds;
  return TRUE;
}

static gboolean
measure_speech (AppJob *job, AppSpeed *speed, GError **error)
{
  AppVoiceModels *models = app_job_get_voice_models (job, error);
  double times[2] = { 0 };

  app_job_report (job, "measuring", 0);
  if (models == NULL
      || !app_say (models, SENTENCE, &(AppSayOptions){ .voice = APP_SAY_VOICE }, add_time, times,
                   error))
    return FALSE;
  speed->speak = times[1] > 0 ? times[0] / times[1] : 0;
  return TRUE;
}

/* (transfer none) (nullable) */
static const AppModel *
find_model (GPtrArray *models, const char *id)
{
  for (guint i = 0; i < models->len; i++)
    if (g_str_equal (((AppModel *) models->pdata[i])->id, id))
      return models->pdata[i];
  return NULL;
}

gboolean
app_job_measure (AppJob *job, GError **error)
{
  const char *id = job->request->id;
  g_autoptr (AppModelStore) store = app_model_store_new (NULL, error);
  g_autoptr (GPtrArray) models = store != NULL ? app_model_store_list (store, error) : NULL;
  const AppModel *model = models != NULL ? find_model (models, id) : NULL;
  g_autofree char *path = models != NULL ? app_model_store_get_path (store, id, error) : NULL;
  g_autoptr (AppSpeeds) speeds = app_speeds_load ();
  AppSpeed speed = { 0 };
  gboolean is_done;

  if (path == NULL)
    return FALSE;
  if (model != NULL && model->task == APP_TASK_CHAT)
    is_done = measure (job, path, app_bench_chat, &speed, error);
  else if (model != NULL && model->task == APP_TASK_LISTEN)
    is_done = measure (job, path, app_bench_listen, &speed, error);
  else if (model != NULL && model->task == APP_TASK_SPEAK)
    is_done = measure_speech (job, &speed, error);
  else {
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "%s has no speed to be measured", id);
    return FALSE;
  }
  if (!is_done || !app_speeds_set (speeds, model->sha256, &speed, error))
    return FALSE;
  app_json_add_string (job->result, "id", id);
  app_json_add_number (job->result, "prompt_tokens_per_s", speed.prompt, 3);
  app_json_add_number (job->result, "generated_tokens_per_s", speed.generate, 3);
  app_json_add_number (job->result, "listen_times_real", speed.listen, 3);
  app_json_add_number (job->result, "speak_times_real", speed.speak, 3);
  return TRUE;
}
