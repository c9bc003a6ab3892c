/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/engine/voiceprint.h"

#include <math.h>
#include <string.h>

/* The threshold rises with the speech there is, to this. */
#define THRESHOLD 0.755
#define THRESHOLD_FALL 0.145
#define THRESHOLD_RISE_S 1.6
/* Where a window had to be filled with zeros, all voices are more alike. */
#define THRESHOLD_PADDED 0.66
#define WINDOW_S ((double) AUDIO_SPEAKER_WINDOW / AUDIO_RATE_HZ)
/* Of the logistic function from the distance to the threshold to a probability. The fit has 42;
 * less is claimed, since microphones and moods differ more than there. */
#define SLOPE 30.0
#define MAX_CONFIDENCE 0.99

AppVoiceprint *
app_voiceprint_take (AppEngine *engine, const char *path, GError **error)
{
  atomic_bool *cancel = &app_engine_get_context (engine)->cancel;
  g_autoptr (AppVoiceprint) print = g_new0 (AppVoiceprint, 1);
  g_autofree char *base = g_path_get_basename (path);
  g_autoptr (AudioClip) clip = NULL;
  g_autoptr (GArray) spans = NULL;
  AudioSpeakerEncoder *encoder;
  AudioVad *vad;

  app_engine_begin_stage (engine, APP_STAGE_READING_AUDIO);
  print->title = g_filename_display_name (base);
  clip = audio_clip_load (path, app_engine_report, engine, cancel, error);
  vad = clip != NULL ? app_engine_get_vad (engine, error) : NULL;
  encoder = vad != NULL ? app_engine_get_speaker_encoder (engine, error) : NULL;
  if (encoder == NULL)
    return NULL;
  app_engine_begin_stage (engine, APP_STAGE_TELLING_SPEAKERS);
  spans = audio_vad_find_speech (vad, clip, &(AudioVadOptions){ 0 }, cancel, error);
  if (spans == NULL)
    return NULL;
  print->speakers = audio_diarise (encoder, clip, spans, NULL, app_engine_report, engine, error);
  if (print->speakers == NULL)
    return NULL;
  if (print->speakers->n_speakers == 0) {
    g_set_error (error, APP_ERROR, APP_ERROR_NO_SPEECH, "%s: no speech was found", print->title);
    return NULL;
  }
  int most = 0;
  for (int i = 1; i < print->speakers->n_speakers; i++)
    if (print->speakers->seconds[i] > print->speakers->seconds[most])
      most = i;
  print->seconds = print->speakers->seconds[most];
  memcpy (print->embedding, print->speakers->embeddings + (size_t) most * AUDIO_SPEAKER_DIM,
          sizeof print->embedding);
  return g_steal_pointer (&print);
}

void
app_voiceprint_free (AppVoiceprint *print)
{
  if (print == NULL)
    return;
  g_free (print->title);
  audio_diarisation_free (print->speakers);
  g_free (print);
}

AppVoiceMatch
app_voice_match (const float *a, double seconds_a, const float *b, double seconds_b)
{
  const double seconds = MIN (seconds_a, seconds_b);
  AppVoiceMatch match = { .score = (double) audio_speaker_compare (a, b),
                          .is_short = seconds < APP_VOICE_MIN_SECONDS };

  match.threshold =
      seconds < WINDOW_S
          ? THRESHOLD_PADDED
          : THRESHOLD - THRESHOLD_FALL * exp ((WINDOW_S - seconds) / THRESHOLD_RISE_S);
  match.is_same = match.score >= match.threshold;
  match.confidence = 1.0 / (1.0 + exp (-SLOPE * fabs (match.score - match.threshold)));
  match.confidence = MIN (match.confidence, MAX_CONFIDENCE);
  return match;
}

AppVoiceMatch
app_voiceprint_match (const AppVoiceprint *a, const AppVoiceprint *b)
{
  return app_voice_match (a->embedding, a->seconds, b->embedding, b->seconds);
}
