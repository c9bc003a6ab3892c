/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/listen-private.h"

#include "audio/prosody.h"

gboolean
app_listen_to_manner (const AppListening *listening, GError **error)
{
  AppEngine *engine = listening->engine;
  AppHearing *hearing = listening->hearing;
  g_autoptr (AudioProsodyTrack) track = NULL;

  app_engine_begin_stage (engine, APP_STAGE_HEARING_MANNER);
  track = audio_prosody_track_new (listening->clip, app_engine_report, engine,
                                   &app_engine_get_context (engine)->cancel, error);
  if (track == NULL)
    return FALSE;
  for (guint i = 0; i < hearing->segments->len; i++) {
    AppHearingSegment *segment = g_ptr_array_index (hearing->segments, i);

    audio_prosody_measure (track, segment->start, segment->end, listening->speech,
                           &segment->prosody);
    segment->has_prosody = TRUE;
  }
  return TRUE;
}
