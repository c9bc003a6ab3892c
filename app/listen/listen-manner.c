/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/listen/listen-private.h"

#include <math.h>
#include <string.h>

#include "audio/prosody/prosody.h"
#include "audio/heads/quality.h"

/* Words that are less probable than this, in the mean over their tokens, are guessed at from what
 * is no speech. */
#define MIN_WORD_PROBABILITY 0.5f

#define MARGIN_S 0.4

/* Who says less in all is not judged. */
#define MIN_VOICE_S 1.0

typedef struct {
  const AppListening *listening;
  AudioProsodyTrack *track;
  AudioHeads *heads; /* NULL: not asked for, or there is no speaker encoder */
  AudioSpeakerEncoder *encoder;
  AudioTranscriber *transcriber;
} Judge;

/* Whether the recogniser itself hardly believes the words. */
static gboolean
is_hardly_speech (const AppHearingSegment *segment)
{
  double sum = 0;

  for (int i = 0; i < segment->n_words; i++)
    sum += segment->words[i].probability;
  return segment->n_words > 0 && sum < MIN_WORD_PROBABILITY * segment->n_words;
}

/* Times of segments cut into the first and last sounds; the heads trim silence themselves. */
static void
widen (const AppHearing *hearing, guint index, double *start, double *end)
{
  const AppHearingSegment *segment = app_hearing_get (hearing, index);
  double before = index > 0 ? app_hearing_get (hearing, index - 1)->end : 0;
  double after = index + 1 < hearing->segments->len ? app_hearing_get (hearing, index + 1)->start
                                                    : hearing->seconds;

  *start = MIN (segment->start, MAX (before, segment->start - MARGIN_S));
  *end = MAX (segment->end, MIN (after, segment->end + MARGIN_S));
}

static gboolean
judge_segment (const Judge *judge, guint index, GError **error)
{
  const AudioClip *clip = judge->listening->clip;
  AppHearingSegment *segment = g_ptr_array_index (judge->listening->hearing->segments, index);
  double start, end;
  size_t first, n_samples;
  const float *samples;
  float embedding[AUDIO_SPEAKER_DIM];
  gboolean has_voice;
  AudioAttributes *attributes = &segment->attributes;
  AudioQuality quality;
  unsigned doubts;

  widen (judge->listening->hearing, index, &start, &end);
  first = MIN ((size_t) (start * AUDIO_RATE_HZ), clip->n_samples);
  n_samples = MIN ((size_t) ((end - start) * AUDIO_RATE_HZ), clip->n_samples - first);
  samples = clip->samples + first;
  has_voice = audio_speaker_embed (judge->encoder, samples, n_samples, embedding);
  if (!audio_heads_judge (judge->heads, audio_transcriber_get_whisper (judge->transcriber),
                          audio_transcriber_get_state (judge->transcriber), samples, n_samples,
                          has_voice ? embedding : NULL, &segment->prosody, attributes, error))
    return FALSE;
  audio_quality_measure (clip, judge->track, segment->start, segment->end, judge->listening->speech,
                         &quality);
  audio_clip_release (clip, first, first + n_samples);
  doubts = audio_quality_get_doubts (&quality);
  if (is_hardly_speech (segment))
    doubts |= AUDIO_DOUBT_NO_SPEECH;
  audio_attributes_doubt (attributes, doubts);
  segment->has_attributes = TRUE;
  return TRUE;
}

/* A step's pitch is the mean over its voiced frames. */
static void
keep_curves (AppHearing *hearing, const AudioProsodyTrack *track)
{
  const float *pitch = audio_prosody_track_get_pitch (track);
  const float *loudness = audio_prosody_track_get_loudness (track);
  size_t n_frames = audio_prosody_track_get_n_frames (track);
  size_t step = (size_t) lround (APP_HEARING_STEP_S / AUDIO_PROSODY_HOP_S);

  for (size_t first = 0; first < n_frames; first += step) {
    size_t end = MIN (first + step, n_frames);
    float sum = 0, hz;
    int n = 0;

    for (size_t i = first; i < end; i++)
      if (pitch[i] > 0) {
        sum += pitch[i];
        n++;
      }
    hz = n > 0 ? sum / (float) n : NAN;
    g_array_append_val (hearing->pitch_hz, hz);
    g_array_append_val (hearing->loudness_lufs, loudness[end - 1]);
  }
}

static int
compare_floats (gconstpointer a, gconstpointer b)
{
  float x = *(const float *) a, y = *(const float *) b;

  return (x > y) - (x < y);
}

/* The median over the speaker's segments; NAN if none has a pitch. */
static float
find_pitch (const AppHearing *hearing, int speaker)
{
  g_autoptr (GArray) pitches = g_array_new (FALSE, FALSE, sizeof (float));

  for (guint i = 0; i < hearing->segments->len; i++) {
    const AppHearingSegment *segment = app_hearing_get (hearing, i);

    if (segment->speaker == speaker && isfinite (segment->prosody.pitch_hz))
      g_array_append_val (pitches, segment->prosody.pitch_hz);
  }
  g_array_sort (pitches, compare_floats);
  return pitches->len > 0 ? g_array_index (pitches, float, pitches->len / 2) : NAN;
}

/* The mean log odds over what the speaker says, by how long each segment is: one odd stretch does
 * not overturn the others. 0.5 if there is nothing to judge by. */
static float
find_gender (const AppHearing *hearing, int speaker)
{
  double sum = 0, seconds = 0;

  for (guint i = 0; i < hearing->segments->len; i++) {
    const AppHearingSegment *segment = app_hearing_get (hearing, i);
    double female = CLAMP ((double) segment->attributes.female, 1e-4, 1 - 1e-4);

    if (segment->speaker != speaker || !segment->has_attributes)
      continue;
    sum += (segment->end - segment->start) * log (female / (1 - female));
    seconds += segment->end - segment->start;
  }
  return seconds > 0 ? (float) (1 / (1 + exp (-sum / seconds))) : 0.5f;
}

static void
judge_speakers (const Judge *judge)
{
  AppHearing *hearing = judge->listening->hearing;

  for (guint i = 0; i < hearing->speakers->len; i++) {
    AppHearingSpeaker *speaker = g_ptr_array_index (hearing->speakers, i);

    speaker->pitch_hz = find_pitch (hearing, (int) i);
    if (judge->heads == NULL)
      continue;
    speaker->female = find_gender (hearing, (int) i);
    speaker->gender_certain = audio_heads_is_gender_certain (judge->heads, speaker->female)
                              && speaker->seconds >= MIN_VOICE_S;
    speaker->has_attributes = TRUE;
  }
}

/* What attributes need; without a speaker encoder there are none, and that was said before. */
static gboolean
find_models (Judge *judge, GError **error)
{
  AppEngine *engine = judge->listening->engine;

  if (judge->listening->options->no_attributes || judge->listening->hearing->missing != NULL)
    return TRUE;
  judge->encoder = app_engine_get_speaker_encoder (engine, error);
  judge->transcriber = judge->encoder != NULL ? app_engine_get_transcriber (engine, error) : NULL;
  judge->heads = judge->transcriber != NULL ? app_engine_get_heads (engine, error) : NULL;
  return judge->heads != NULL;
}

gboolean
app_listen_to_manner (const AppListening *listening, GError **error)
{
  AppEngine *engine = listening->engine;
  AppHearing *hearing = listening->hearing;
  g_autoptr (AudioProsodyTrack) track = NULL;
  Judge judge = { .listening = listening };

  if (!find_models (&judge, error))
    return FALSE;
  app_engine_begin_stage (engine, APP_STAGE_HEARING_MANNER);
  judge.track = track = audio_prosody_track_new (listening->clip, NULL, NULL,
                                                 &app_engine_get_context (engine)->cancel, error);
  if (track == NULL)
    return FALSE;
  for (guint i = 0; i < hearing->segments->len; i++) {
    AppHearingSegment *segment = g_ptr_array_index (hearing->segments, i);

    audio_prosody_measure (track, segment->start, segment->end, listening->speech,
                           &segment->prosody);
    segment->has_prosody = TRUE;
    if (judge.heads != NULL && !judge_segment (&judge, i, error))
      return FALSE;
    app_engine_report ((i + 1.0) / hearing->segments->len, engine);
  }
  keep_curves (hearing, track);
  judge_speakers (&judge);
  return TRUE;
}
