/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Making a track: what stands in prosody-private.h, one pass each. */

#include "audio/prosody/prosody.h"

#include <ebur128.h>
#include <math.h>

#include "audio/prosody/prosody-private.h"

/* The part of the time that goes to the pitch, for progress. */
#define PITCH_SHARE 0.5
/* Ten seconds. */
#define FRAMES_AT_ONCE ((size_t) 1000)

gboolean
prosody_track_loudness (AudioProsodyTrack *track, const AudioClip *clip, atomic_bool *cancel)
{
  ebur128_state *state = ebur128_init (1, AUDIO_RATE_HZ, EBUR128_MODE_M);
  g_assert (state != NULL);
  gboolean is_cancelled = FALSE;
  for (size_t i = 0; i < track->n_frames && !is_cancelled; i++) {
    size_t first = i * AUDIO_PITCH_HOP;
    double loudness;
    ebur128_add_frames_float (state, clip->samples + first,
                              MIN (AUDIO_PITCH_HOP, clip->n_samples - first));
    track->loudness[i] = PROSODY_SILENCE_DB;
    if (ebur128_loudness_momentary (state, &loudness) == EBUR128_SUCCESS)
      track->loudness[i] = MAX ((float) loudness, PROSODY_SILENCE_DB);
    if (i % FRAMES_AT_ONCE == 0) {
      if (i > 0)
        audio_clip_release (clip, first - FRAMES_AT_ONCE * AUDIO_PITCH_HOP, first);
      is_cancelled = cancel != NULL && atomic_load (cancel);
    }
  }
  ebur128_destroy (&state);
  return !is_cancelled;
}

typedef struct {
  AudioProgress progress; /* or NULL */
  gpointer user_data;
  const AudioClip *clip;
  size_t n_done; /* samples */
} Part;

static void
on_pitch (double fraction, gpointer user_data)
{
  Part *part = user_data;
  const size_t n = (size_t) (fraction * (double) part->clip->n_samples);
  audio_clip_release (part->clip, part->n_done, n);
  part->n_done = n;
  if (part->progress != NULL)
    part->progress (fraction * PITCH_SHARE, part->user_data);
}

static gboolean
fill (AudioProsodyTrack *track, const AudioClip *clip, AudioProgress progress, gpointer user_data,
      atomic_bool *cancel, GError **error)
{
  g_autoptr (AudioPitch) pitch = audio_pitch_new ();
  Part part = { progress, user_data, clip, 0 };
  if (!audio_pitch_track (pitch, clip->samples, clip->n_samples, track->hz, track->voicing,
                          on_pitch, &part, cancel, error))
    return FALSE;
  if (!prosody_track_spectrum (track, clip, cancel)
      || !prosody_track_loudness (track, clip, cancel)) {
    g_set_error_literal (error, AUDIO_ERROR, AUDIO_ERROR_CANCELLED, "cancelled");
    return FALSE;
  }
  prosody_track_pulses (track, clip);
  if (progress != NULL)
    progress (1, user_data);
  return TRUE;
}

AudioProsodyTrack *
audio_prosody_track_new (const AudioClip *clip, AudioProgress progress, gpointer user_data,
                         atomic_bool *cancel, GError **error)
{
  g_autoptr (AudioProsodyTrack) track = g_new0 (AudioProsodyTrack, 1);
  track->n_frames = audio_pitch_count_frames (clip->n_samples);
  float **columns[] = { &track->hz,       &track->voicing, &track->level_db, &track->nucleus_db,
                        &track->loudness, &track->low,     &track->high,     &track->hnr_db };
  for (size_t i = 0; i < G_N_ELEMENTS (columns); i++)
    *columns[i] = g_new0 (float, track->n_frames);
  track->pulses = g_array_new (FALSE, FALSE, sizeof (AudioPulse));
  if (!fill (track, clip, progress, user_data, cancel, error))
    return NULL;
  return g_steal_pointer (&track);
}

void
audio_prosody_track_free (AudioProsodyTrack *track)
{
  if (track == NULL)
    return;
  g_free (track->hz);
  g_free (track->voicing);
  g_free (track->level_db);
  g_free (track->nucleus_db);
  g_free (track->loudness);
  g_free (track->low);
  g_free (track->high);
  g_free (track->hnr_db);
  g_array_unref (track->pulses);
  g_free (track);
}

size_t
audio_prosody_track_get_n_frames (const AudioProsodyTrack *track)
{
  return track->n_frames;
}

const float *
audio_prosody_track_get_pitch (const AudioProsodyTrack *track)
{
  return track->hz;
}

const float *
audio_prosody_track_get_level (const AudioProsodyTrack *track)
{
  return track->level_db;
}

const float *
audio_prosody_track_get_loudness (const AudioProsodyTrack *track)
{
  return track->loudness;
}
