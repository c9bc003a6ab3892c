/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/speech/speak.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "app/speech/first-words.h"
#include "app/speech/spoken-text.h"
#include "audio/base/audio-error.h"
#include "audio/sound/playback.h"

/* The writer waits so long for the first sound; then it goes on beside the voice. */
#define MAX_WAIT_MS 2000
#define WAIT_STEP_MS 20
/* For an operation of the voice to notice that it was cancelled. */
#define MAX_STOP_MS 1000

/* Spoken unheard when the voice is loaded: its pace is measured, and its weights are in memory. */
#define PROBE                                                                                      \
  "The weather was fine, so they walked down to the river. There they sat, and talked for a "      \
  "while."
/* Characters of English that take as long as one of Chinese. */
#define ENGLISH_PER_CHINESE 4.0
#define PROBE_CHINESE "今天天氣很好，他們一起走到河邊。大家坐下來，聊了一會兒天。"

/* A sentence, or a text that becomes a narration. */
typedef struct {
  char *text;
  char *path; /* of the narration; NULL: a sentence */
  AppNarrationCheck check;
  gboolean is_silent;
} Task;

struct _AppSpeaker {
  AppEngine *engine; /* of the worker, once it runs */
  char *voice;
  double speed;
  AppAccent accent;          /* asked for */
  AppAccent spoken;          /* by the last sentence that told */
  const atomic_bool *cancel; /* of the caller, or NULL */
  AudioPlayback *playback;
  pthread_t worker;
  gboolean has_worker;

  /* Of the caller. */
  AppSpokenText *text;
  GPtrArray *ready; /* sentences that have just become whole */
  gint64 begin_us;  /* of the text; 0: not begun */

  pthread_mutex_t lock;
  pthread_cond_t changed;
  /* Below the lock. */
  GQueue waiting; /* of Task */
  gboolean is_loaded, is_busy, is_quitting, is_broken;
  GError *error;
  gint64 sentence_us; /* when the text's first sentence was whole; 0: not yet */
  gint64 sound_us;
  double rate;
  AppSpeakerReport report;
};

static void
wait_changed (AppSpeaker *speaker, int ms)
{
  struct timespec until;

  clock_gettime (CLOCK_MONOTONIC, &until);
  until.tv_nsec += (long) (ms % 1000) * 1000000;
  until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  pthread_cond_timedwait (&speaker->changed, &speaker->lock, &until);
}

static void
free_task (gpointer data)
{
  Task *task = data;

  g_free (task->text);
  g_free (task->path);
  g_free (task);
}

/* Samples to the loudspeaker; waits while it has enough. */
static gboolean
play (AppSpeaker *speaker, const float *samples, size_t n_samples, GError **error)
{
  atomic_bool *cancel = &app_engine_get_context (speaker->engine)->cancel;
  const size_t n_first = MIN (n_samples, AUDIO_KOKORO_RATE / 10);

  if (!audio_playback_append (speaker->playback, samples, n_first, cancel, error))
    return FALSE;
  pthread_mutex_lock (&speaker->lock);
  if (speaker->sound_us == 0) {
    speaker->sound_us = g_get_monotonic_time ();
    pthread_cond_broadcast (&speaker->changed);
  }
  speaker->report.seconds += (double) n_samples / AUDIO_KOKORO_RATE;
  pthread_mutex_unlock (&speaker->lock);
  return audio_playback_append (speaker->playback, samples + n_first, n_samples - n_first, cancel,
                                error);
}

static gboolean
play_said (const AppSaid *said, gpointer user_data, GError **error)
{
  return play (user_data, said->samples, said->n_samples, error);
}

static gboolean
play_take (const float *samples, gsize n_samples, gpointer user_data, GError **error)
{
  AppSpeaker *speaker = user_data;

  pthread_mutex_lock (&speaker->lock);
  speaker->report.n_sentences++;
  pthread_mutex_unlock (&speaker->lock);
  return play (speaker, samples, n_samples, error);
}

/* What there is of it becomes the file, also after a stop. */
static gboolean
narrate (AppSpeaker *speaker, AppVoiceModels *models, const Task *task, GError **error)
{
  const AppNarrationOptions options = { .path = task->path,
                                        .voice = speaker->voice,
                                        .speed = speaker->speed,
                                        .accent = speaker->accent,
                                        .check = task->check,
                                        .on_take = task->is_silent ? NULL : play_take,
                                        .take_data = speaker,
                                        .is_heard = TRUE,
                                        .models = models };
  g_autoptr (AppScript) script = app_script_parse (task->text, strlen (task->text), TRUE, error);
  g_autoptr (AppNarration) narration =
      script != NULL ? app_narration_new (speaker->engine, script, &options, error) : NULL;

  if (narration == NULL)
    return FALSE;
  gboolean is_done = app_narration_speak (narration, NULL, NULL, error);
  return app_narration_write (narration, is_done ? error : NULL) && is_done;
}

static gboolean
say (AppSpeaker *speaker, AppVoiceModels *models, const Task *task, gboolean is_first,
     GError **error)
{
  const AppSayOptions options = { .voice = speaker->voice,
                                  .speed = speaker->speed,
                                  .is_heard = is_first };

  speaker->spoken = app_accent_choose (speaker->accent, task->text, speaker->spoken);
  app_voice_models_set_accent (models, speaker->spoken);
  return app_say (models, task->text, &options, play_said, speaker, error);
}

static gboolean
is_skippable (const GError *error)
{
  return g_error_matches (error, AUDIO_ERROR, AUDIO_ERROR_LANGUAGE)
         || g_error_matches (error, AUDIO_ERROR, AUDIO_ERROR_MARKUP)
         || g_error_matches (error, APP_ERROR, APP_ERROR_ARGUMENT)
         || g_error_matches (error, APP_ERROR, APP_ERROR_NOT_INSTALLED);
}

/* What cannot be spoken is passed over; without a loudspeaker there is nothing more to do. */
static void
note_result (AppSpeaker *speaker, const Task *task, GError *error)
{
  if (error == NULL) {
    speaker->report.n_sentences += task->path == NULL;
    return;
  }
  gboolean is_stopped = app_engine_is_cancelled (speaker->engine);
  if (is_skippable (error) || g_error_matches (error, APP_ERROR, APP_ERROR_DISK))
    speaker->report.n_skipped++;
  else if (!is_stopped)
    speaker->is_broken = TRUE;
  if (!is_stopped && speaker->error == NULL)
    speaker->error = error;
  else
    g_error_free (error);
}

static void
speak_waiting (AppSpeaker *speaker, AppVoiceModels *models)
{
  pthread_mutex_lock (&speaker->lock);
  while (!speaker->is_quitting) {
    Task *task = g_queue_pop_head (&speaker->waiting);
    GError *error = NULL;

    if (task == NULL || speaker->is_broken) {
      speaker->is_busy = FALSE;
      pthread_cond_broadcast (&speaker->changed);
      if (task == NULL)
        pthread_cond_wait (&speaker->changed, &speaker->lock);
      else
        free_task (task);
      continue;
    }
    speaker->is_busy = TRUE;
    app_engine_clear_cancel (speaker->engine);
    const gboolean is_first = speaker->sound_us == 0;
    pthread_mutex_unlock (&speaker->lock);
    if (task->path != NULL ? narrate (speaker, models, task, &error)
                           : say (speaker, models, task, is_first, &error))
      audio_playback_end (speaker->playback, &app_engine_get_context (speaker->engine)->cancel,
                          &error);
    pthread_mutex_lock (&speaker->lock);
    note_result (speaker, task, error);
    free_task (task);
  }
  pthread_mutex_unlock (&speaker->lock);
}

static gboolean
measure (const AppSaid *said, gpointer user_data, GError **error)
{
  double *seconds = user_data;

  *seconds += (double) said->n_samples / AUDIO_KOKORO_RATE;
  return TRUE;
}

/* Also tells whether the voice can speak at all. */
static gboolean
probe (AppSpeaker *speaker, AppVoiceModels *models, double *rate, GError **error)
{
  const gboolean is_chinese = speaker->voice != NULL && speaker->voice[0] == 'z';
  const char *text = is_chinese ? PROBE_CHINESE : PROBE;
  double seconds = 0;

  if (!app_say (models, text, &(AppSayOptions){ .voice = speaker->voice, .speed = speaker->speed },
                measure, &seconds, error))
    return FALSE;
  *rate = (double) g_utf8_strlen (text, -1) / seconds * (is_chinese ? ENGLISH_PER_CHINESE : 1);
  return TRUE;
}

static void *
work (void *data)
{
  AppSpeaker *speaker = data;
  GError *error = NULL;
  double rate = 0;
  g_autoptr (AppVoiceModels) models = app_voice_models_load (speaker->engine, &error);
  gboolean is_fit = models != NULL && probe (speaker, models, &rate, &error);

  pthread_mutex_lock (&speaker->lock);
  speaker->is_loaded = TRUE;
  speaker->is_broken = !is_fit;
  speaker->rate = rate;
  speaker->error = error;
  pthread_cond_broadcast (&speaker->changed);
  pthread_mutex_unlock (&speaker->lock);
  if (is_fit)
    speak_waiting (speaker, models);
  return NULL;
}

static gboolean
start_worker (AppSpeaker *speaker, GError **error)
{
  int problem = pthread_create (&speaker->worker, NULL, work, speaker);

  if (problem != 0) {
    g_set_error (error, APP_ERROR, APP_ERROR_ENGINE, "no thread for the voice: %s",
                 g_strerror (problem));
    return FALSE;
  }
  speaker->has_worker = TRUE;
  pthread_mutex_lock (&speaker->lock);
  while (!speaker->is_loaded)
    pthread_cond_wait (&speaker->changed, &speaker->lock);
  GError *failure = g_steal_pointer (&speaker->error);
  pthread_mutex_unlock (&speaker->lock);
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, failure);
  return FALSE;
}

AppSpeaker *
app_speaker_new (const AppSpeakerOptions *options, GError **error)
{
  g_autoptr (AppSpeaker) speaker = g_new0 (AppSpeaker, 1);
  pthread_condattr_t monotonic;

  pthread_condattr_init (&monotonic);
  pthread_condattr_setclock (&monotonic, CLOCK_MONOTONIC);
  pthread_mutex_init (&speaker->lock, NULL);
  pthread_cond_init (&speaker->changed, &monotonic);
  pthread_condattr_destroy (&monotonic);
  speaker->engine = app_engine_new (&(AppEngineOptions){ .n_threads = options->n_threads });
  speaker->voice = g_strdup (options->voice);
  speaker->speed = options->speed;
  speaker->accent = options->accent;
  speaker->spoken = app_accent_get_default ();
  speaker->cancel = options->cancel;
  speaker->text = app_spoken_text_new ();
  speaker->ready = g_ptr_array_new ();
  speaker->playback = audio_playback_start (options->device, AUDIO_KOKORO_RATE, error);
  if (speaker->playback == NULL || !start_worker (speaker, error))
    return NULL;
  return g_steal_pointer (&speaker);
}

void
app_speaker_free (AppSpeaker *speaker)
{
  if (speaker == NULL)
    return;
  if (speaker->has_worker) {
    app_speaker_stop (speaker);
    pthread_mutex_lock (&speaker->lock);
    speaker->is_quitting = TRUE;
    pthread_cond_broadcast (&speaker->changed);
    pthread_mutex_unlock (&speaker->lock);
    pthread_join (speaker->worker, NULL);
  }
  g_clear_pointer (&speaker->playback, audio_playback_free);
  app_engine_free (speaker->engine);
  app_spoken_text_free (speaker->text);
  g_ptr_array_unref (speaker->ready);
  g_queue_clear_full (&speaker->waiting, free_task);
  g_clear_error (&speaker->error);
  pthread_cond_destroy (&speaker->changed);
  pthread_mutex_destroy (&speaker->lock);
  g_free (speaker->voice);
  g_free (speaker);
}

/* Below the lock, like those that follow. */
static void
queue_task (AppSpeaker *speaker, Task task)
{
  g_queue_push_tail (&speaker->waiting, g_memdup2 (&task, sizeof task));
  speaker->is_busy = TRUE;
}

static void
note_first_sentence (AppSpeaker *speaker)
{
  if (speaker->sentence_us != 0)
    return;
  speaker->sentence_us = g_get_monotonic_time ();
  speaker->sound_us = 0;
  speaker->report.first_sentence_s =
      (double) (speaker->sentence_us - speaker->begin_us) / G_USEC_PER_SEC;
}

static void
queue_ready (AppSpeaker *speaker)
{
  for (guint i = 0; i < speaker->ready->len; i++) {
    g_autofree char *sentence = g_ptr_array_index (speaker->ready, i);
    size_t n_first = speaker->sentence_us == 0 ? app_first_words_find (sentence) : 0;

    note_first_sentence (speaker);
    if (n_first > 0)
      queue_task (speaker, (Task){ .text = g_strndup (sentence, n_first) });
    queue_task (speaker, (Task){ .text = g_strdup (sentence + n_first) });
  }
  g_ptr_array_set_size (speaker->ready, 0);
  pthread_cond_broadcast (&speaker->changed);
}

static void
begin_text (AppSpeaker *speaker)
{
  speaker->begin_us = g_get_monotonic_time ();
  pthread_mutex_lock (&speaker->lock);
  speaker->report = (AppSpeakerReport){ 0 };
  speaker->sentence_us = speaker->sound_us = 0;
  pthread_mutex_unlock (&speaker->lock);
}

static gboolean
is_preparing (const AppSpeaker *speaker)
{
  return speaker->sentence_us != 0 && speaker->sound_us == 0 && speaker->is_busy
         && !speaker->is_broken;
}

void
app_speaker_add (AppSpeaker *speaker, const char *piece)
{
  if (speaker->begin_us == 0)
    begin_text (speaker);
  app_spoken_text_add (speaker->text, piece, speaker->ready);
  if (speaker->ready->len == 0)
    return;
  pthread_mutex_lock (&speaker->lock);
  queue_ready (speaker);
  gint64 until = speaker->sentence_us + MAX_WAIT_MS * 1000;
  while (is_preparing (speaker) && g_get_monotonic_time () < until
         && (speaker->cancel == NULL || !atomic_load (speaker->cancel)))
    wait_changed (speaker, WAIT_STEP_MS);
  pthread_mutex_unlock (&speaker->lock);
}

void
app_speaker_narrate (AppSpeaker *speaker, const char *text, const char *path,
                     AppNarrationCheck check, gboolean is_silent)
{
  const Task task = { g_strdup (text), g_strdup (path), check, is_silent };

  if (speaker->begin_us == 0)
    begin_text (speaker);
  pthread_mutex_lock (&speaker->lock);
  note_first_sentence (speaker);
  queue_task (speaker, task);
  pthread_cond_broadcast (&speaker->changed);
  pthread_mutex_unlock (&speaker->lock);
}

void
app_speaker_finish (AppSpeaker *speaker)
{
  if (speaker->begin_us == 0)
    begin_text (speaker);
  app_spoken_text_finish (speaker->text, speaker->ready);
  pthread_mutex_lock (&speaker->lock);
  queue_ready (speaker);
  pthread_mutex_unlock (&speaker->lock);
  speaker->begin_us = 0;
}

gboolean
app_speaker_is_done (AppSpeaker *speaker)
{
  pthread_mutex_lock (&speaker->lock);
  gboolean is_broken = speaker->is_broken;
  gboolean is_said = !speaker->is_busy && g_queue_is_empty (&speaker->waiting);
  pthread_mutex_unlock (&speaker->lock);
  return is_broken || (is_said && audio_playback_get_waiting (speaker->playback) <= 0);
}

void
app_speaker_stop (AppSpeaker *speaker)
{
  const gint64 until = g_get_monotonic_time () + MAX_STOP_MS * 1000;

  pthread_mutex_lock (&speaker->lock);
  g_queue_clear_full (&speaker->waiting, free_task);
  app_engine_cancel (speaker->engine);
  audio_playback_clear (speaker->playback);
  pthread_cond_broadcast (&speaker->changed);
  while (speaker->is_busy && !speaker->is_broken && g_get_monotonic_time () < until)
    wait_changed (speaker, 10);
  pthread_mutex_unlock (&speaker->lock);
  audio_playback_clear (speaker->playback);
}

GError *
app_speaker_take_error (AppSpeaker *speaker)
{
  pthread_mutex_lock (&speaker->lock);
  GError *error = g_steal_pointer (&speaker->error);
  pthread_mutex_unlock (&speaker->lock);
  return error;
}

void
app_speaker_get_report (AppSpeaker *speaker, AppSpeakerReport *report)
{
  pthread_mutex_lock (&speaker->lock);
  *report = speaker->report;
  if (speaker->sentence_us != 0 && speaker->sound_us != 0)
    report->first_sound_s = (double) (speaker->sound_us - speaker->sentence_us) / G_USEC_PER_SEC;
  pthread_mutex_unlock (&speaker->lock);
}

double
app_speaker_get_rate (AppSpeaker *speaker, gboolean is_chinese)
{
  pthread_mutex_lock (&speaker->lock);
  double rate = speaker->rate;
  pthread_mutex_unlock (&speaker->lock);
  return is_chinese ? rate / ENGLISH_PER_CHINESE : rate;
}
