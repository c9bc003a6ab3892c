/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/listen/listen.h"

#include "app/listen/contrast.h"
#include "app/listen/listen-private.h"
#include "app/listen/wording.h"

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

/* Needs the chat model: without one installed, nothing is told of it. */
static gboolean
compare_words_and_tone (const AppListening *listening, GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (app_contrast_find (listening->engine, listening->hearing, &problem)
      || g_error_matches (problem, APP_ERROR, APP_ERROR_NOT_INSTALLED))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* (transfer full): the words, and then by whom and how they are said. */
static AppHearing *
complete (AppEngine *engine, const AppListenOptions *options, const AudioClip *clip,
          const AudioTranscript *transcript, const char *path, GError **error)
{
  g_autoptr (AppHearing) hearing = app_hearing_new (path, transcript);
  const AppListening listening = { engine, options, clip, transcript->speech, hearing };

  if (!app_listen_to_speakers (&listening, error) || !app_listen_to_manner (&listening, error)
      || !compare_words_and_tone (&listening, error))
    return NULL;
  return g_steal_pointer (&hearing);
}

static AppHearing *
listen_anew (AppEngine *engine, const char *path, const AppListenOptions *options,
             AudioOnSegment on_segment, gpointer user_data, GError **error)
{
  g_autoptr (AppWording) wording = options->reword ? app_wording_new (engine) : NULL;
  Listening listening = { engine, on_segment, user_data };
  AudioTranscribeOptions transcribe = options->transcribe;
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
  /* What is translated sounds otherwise. */
  transcribe.on_alternatives = wording != NULL && !transcribe.translate ? app_wording_choose : NULL;
  transcribe.alternatives_data = wording;
  transcript = audio_transcribe (transcriber, clip, &transcribe, heard_segment, &listening, error);
  if (transcript == NULL)
    return NULL;
  if (transcript->segments->len == 0) {
    g_autofree char *name = g_filename_display_name (path);

    g_set_error (error, APP_ERROR, APP_ERROR_NO_SPEECH, "%s: no speech was found", name);
    return NULL;
  }
  return complete (engine, options, clip, transcript, path, error);
}

/* (transfer full): all that the Hearing of a file depends on. */
static char *
describe_settings (AppEngine *engine, const AppListenOptions *options, gboolean reword)
{
  const AudioTranscribeOptions *transcribe = &options->transcribe;
  g_autofree char *listener = app_engine_describe_listener (engine, NULL);
  g_autoptr (GString) out = NULL;

  if (listener == NULL)
    return NULL;
  out = g_string_new (listener);
  g_string_append_printf (out,
                          "language %s, beam %d,%s translate %d, script %d, no_vad %d, "
                          "attributes %d, speakers %d %d",
                          transcribe->language != NULL ? transcribe->language : "found",
                          transcribe->beam_size, reword ? " reworded," : "", transcribe->translate,
                          (int) transcribe->script, transcribe->no_vad, !options->no_attributes,
                          !options->no_speakers, options->n_speakers);
  for (int i = 0; i < transcribe->n_prompt_tokens; i++)
    g_string_append_printf (out, " %d", transcribe->prompt_tokens[i]);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* (transfer full) (nullable): what was heard before with these settings. Words and tone are
 * compared now if there was no chat model then; for want of one, or with one that does not work,
 * what was kept must do. */
static AppHearing *
recall_one (AppEngine *engine, const char *content, const char *settings, const char *path)
{
  AppArchive *archive = app_engine_get_archive (engine);
  g_autoptr (AppHearing) hearing = app_archive_recall (archive, content, settings, path);
  g_autoptr (AppHearing) kept = NULL;

  if (hearing == NULL || !app_contrast_is_open (hearing))
    return g_steal_pointer (&hearing);
  /* Without the names that people gave. */
  kept = app_hearing_cache_get (archive->hearings, content, settings, path);
  if (kept == NULL || !app_contrast_find (engine, kept, NULL))
    return g_steal_pointer (&hearing);
  app_archive_keep (archive, content, settings, kept);
  return g_steal_pointer (&kept);
}

/* (transfer full) (nullable): what was heard before, and its words weighed as language or not: it
 * stays as it was once read. */
static AppHearing *
recall (AppEngine *engine, const AppListenOptions *options, const char *content, const char *path)
{
  AppHearing *hearing = NULL;

  for (int reword = 1; reword >= 0 && hearing == NULL; reword--) {
    g_autofree char *settings = describe_settings (engine, options, reword);

    if (settings != NULL)
      hearing = recall_one (engine, content, settings, path);
  }
  return hearing;
}

AppHearing *
app_listen (AppEngine *engine, const char *path, const AppListenOptions *options,
            AudioOnSegment on_segment, gpointer user_data, GError **error)
{
  static const AppListenOptions defaults = { 0 };
  AppArchive *archive = app_engine_get_archive (engine);
  g_autoptr (AppHearing) hearing = NULL;
  g_autofree char *settings = NULL;
  g_autofree char *content = NULL;

  if (options == NULL)
    options = &defaults;
  if (archive != NULL) {
    app_engine_begin_stage (engine, APP_STAGE_READING_AUDIO);
    content = app_recording_identify (path, &app_engine_get_context (engine)->cancel, NULL);
  }
  if (content != NULL) {
    settings = describe_settings (engine, options, options->reword);
    hearing = recall (engine, options, content, path);
  }
  if (hearing != NULL)
    return g_steal_pointer (&hearing);
  hearing = listen_anew (engine, path, options, on_segment, user_data, error);
  if (hearing != NULL && settings != NULL)
    app_archive_keep (archive, content, settings, hearing);
  return hearing != NULL ? app_hearing_round (hearing, path) : NULL;
}
