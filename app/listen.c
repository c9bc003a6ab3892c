/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/listen.h"

typedef struct {
  AppEngine *engine;
  AudioOnSegment on_segment;
  gpointer user_data;
} Listening;

static void
heard_segment (const AudioSegment *segment, double fraction, gpointer user_data)
{
  Listening *listening = user_data;

  app_engine_report (fraction, listening->engine);
  if (listening->on_segment != NULL)
    listening->on_segment (segment, fraction, listening->user_data);
}

AppHearing *
app_listen (AppEngine *engine, const char *path, const AppListenOptions *options,
            AudioOnSegment on_segment, gpointer user_data, GError **error)
{
  static const AppListenOptions defaults = { 0 };
  Listening listening = { engine, on_segment, user_data };
  AudioTranscribeOptions transcribe = options != NULL ? options->transcribe : defaults.transcribe;
  AudioTranscriber *transcriber;
  g_autoptr (AudioClip) clip = NULL;
  g_autoptr (AudioTranscript) transcript = NULL;

  /* The file first: that it is no recording should be said before seconds of loading. */
  app_engine_begin_stage (engine, APP_STAGE_READING_AUDIO);
  clip = audio_clip_load (path, app_engine_report, engine, &app_engine_get_context (engine)->cancel,
                          error);
  if (clip == NULL)
    return NULL;
  transcriber = app_engine_get_transcriber (engine, error);
  if (transcriber == NULL)
    return NULL;
  app_engine_begin_stage (engine, APP_STAGE_LISTENING);
  if (transcribe.beam_size == 0)
    transcribe.beam_size = APP_BEAM_SIZE;
  transcribe.words = TRUE;
  transcript = audio_transcribe (transcriber, clip, &transcribe, heard_segment, &listening, error);
  if (transcript == NULL)
    return NULL;
  if (transcript->segments->len == 0) {
    g_autofree char *name = g_filename_display_name (path);

    g_set_error (error, APP_ERROR, APP_ERROR_NO_SPEECH, "%s: no speech was found", name);
    return NULL;
  }
  return app_hearing_new (path, transcript);
}
