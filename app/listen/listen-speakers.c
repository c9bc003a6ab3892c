/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/listen/listen-private.h"

#include "app/hearing/hearing-turns.h"
#include "audio/speaker/diarise.h"

gboolean
app_listen_to_speakers (const AppListening *listening, GError **error)
{
  AppEngine *engine = listening->engine;
  const AudioDiariseOptions options = { .n_speakers = listening->options->no_speakers
                                                          ? 1
                                                          : listening->options->n_speakers };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AudioDiarisation) diarisation = NULL;
  AudioSpeakerEncoder *encoder;

  app_engine_begin_stage (engine, APP_STAGE_TELLING_SPEAKERS);
  encoder = app_engine_get_speaker_encoder (engine, &failure);
  if (g_error_matches (failure, APP_ERROR, APP_ERROR_NOT_INSTALLED)) {
    listening->hearing->missing =
        g_strdup_printf ("voices are not told apart, and nothing is said of emotion and gender: %s",
                         failure->message);
    return TRUE;
  }
  if (encoder == NULL) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  diarisation = audio_diarise (encoder, listening->clip, listening->speech, &options,
                               app_engine_report, engine, error);
  if (diarisation == NULL)
    return FALSE;
  app_hearing_assign_speakers (listening->hearing, diarisation);
  return TRUE;
}
