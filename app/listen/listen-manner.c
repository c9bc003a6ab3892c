/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/listen/listen-private.h"

#include <math.h>
#include <string.h>

#include "audio/heads/quality.h"
#include "audio/prosody/prosody.h"

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
  float *embeddings; /* [segments, AUDIO_SPEAKER_DIM] */
} Judge;

/* So many segments are embedded side by side. */
#define EMBEDDED_AT_ONCE 64

/* The track is made beside the embeddings. */
typedef struct {
  const AudioClip *clip;
  atomic_bool *cancel;
  GThread *thread; /* NULL: not begun, or there is to be but one */
  AudioProsodyTrack *track;
  GError *error;
} TrackJob;

static gpointer
make_track (gpointer data)
{
  TrackJob *job = data;

  job->track = audio_prosody_track_new (job->clip, NULL, NULL, job->cancel, &job->error);
  return NULL;
}

static void
start_track (TrackJob *job, NnContext *context)
{
  job->cancel = &context->cancel;
  if (nn_pool_get_n_threads (context->pool) > 1)
    job->thread = g_thread_try_new ("prosody", make_track, job, NULL);
}

/* (transfer full) */
static AudioProsodyTrack *
finish_track (TrackJob *job, GError **error)
{
  if (job->thread != NULL)
    g_thread_join (job->thread);
  else
    make_track (job);
  if (job->error != NULL)
    g_propagate_error (error, job->error);
  return job->track;
}

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

/* The samples of a segment, and where they are in the clip. */
static AudioSpeakerClip
find_samples (const AppListening *listening, guint index, size_t *first)
{
  const AudioClip *clip = listening->clip;
  double start, end;
  size_t n_samples;

  widen (listening->hearing, index, &start, &end);
  *first = MIN ((size_t) (start * AUDIO_RATE_HZ), clip->n_samples);
  n_samples = MIN ((size_t) ((end - start) * AUDIO_RATE_HZ), clip->n_samples - *first);
  return (AudioSpeakerClip){ clip->samples + *first, n_samples };
}

/* The voice of each segment. A segment has a handful of windows, and alone would take nearly as
 * long as ten. Zeros where there is no voice, and where the context was cancelled. */
static void
embed_segments (Judge *judge)
{
  const AppListening *listening = judge->listening;
  const guint n = listening->hearing->segments->len;

  judge->embeddings = g_new (float, (size_t) n *AUDIO_SPEAKER_DIM);
  for (guint begin = 0; begin < n; begin += EMBEDDED_AT_ONCE) {
    const guint n_now = MIN (EMBEDDED_AT_ONCE, n - begin);
    AudioSpeakerClip clips[EMBEDDED_AT_ONCE];
    size_t first[EMBEDDED_AT_ONCE];

    for (guint i = 0; i < n_now; i++)
      clips[i] = find_samples (listening, begin + i, &first[i]);
    audio_speaker_embed_clips (judge->encoder, clips, n_now,
                               judge->embeddings + (size_t) begin * AUDIO_SPEAKER_DIM);
    for (guint i = 0; i < n_now; i++)
      audio_clip_release (listening->clip, first[i], first[i] + clips[i].n_samples);
  }
}

static gboolean
judge_segment (const Judge *judge, guint index, GError **error)
{
  const AudioClip *clip = judge->listening->clip;
  AppHearingSegment *segment = g_ptr_array_index (judge->listening->hearing->segments, index);
  size_t first;
  const AudioSpeakerClip samples = find_samples (judge->listening, index, &first);
  const float *embedding = judge->embeddings + (size_t) index * AUDIO_SPEAKER_DIM;
  AudioAttributes *attributes = &segment->attributes;
  AudioQuality quality;
  unsigned doubts;

  if (!audio_heads_judge (judge->heads, audio_transcriber_get_whisper (judge->transcriber),
                          audio_transcriber_get_state (judge->transcriber), samples.samples,
                          samples.n_samples, audio_speaker_has_voice (embedding) ? embedding : NULL,
                          &segment->prosody, attributes, error))
    return FALSE;
  audio_quality_measure (clip, judge->track, segment->start, segment->end, judge->listening->speech,
                         &quality);
  audio_clip_release (clip, first, first + samples.n_samples);
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
  g_autofree float *embeddings = NULL;
  Judge judge = { .listening = listening };
  TrackJob job = { .clip = listening->clip };

  if (!find_models (&judge, error))
    return FALSE;
  app_engine_begin_stage (engine, APP_STAGE_HEARING_MANNER);
  start_track (&job, app_engine_get_context (engine));
  if (judge.heads != NULL)
    embed_segments (&judge);
  embeddings = judge.embeddings;
  judge.track = track = finish_track (&job, error);
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
