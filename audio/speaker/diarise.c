/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Windows and their embeddings, then the sequence of speakers. audio/speaker/SPEAKER.md describes
 * both. */

#include "audio/speaker/diarise.h"

#include <math.h>
#include <string.h>

#include "audio/speaker/diarise-private.h"
#include "audio/vad/vad.h"

#define HOP 6400 /* samples between two windows of a span, at the most */
/* Windows that are embedded between two looks at progress. */
#define CHUNK 256

/* A cluster with less speech is no speaker, where there are others. */
#define MIN_SPEAKER_S 2.0
/* What the cosine of a unit and a voice weighs, and what a change of speakers costs: within a span,
 * and where there is a pause. */
#define SHARPNESS 12.0f
#define CHANGE_IN_SPAN 3.0f
#define CHANGE_AT_PAUSE 1.0f
/* A span shorter than this says less about the voice than a window. */
#define RELIABLE_S 0.8
#define N_PASSES 3
/* A pause of one speaker that is inside the turn. */
#define MAX_PAUSE_S 1.0

/* The units of a recording, and where the window of each is: in the clip, or, for a span shorter
 * than a window, in a copy of its own with zeros behind it. */
typedef struct {
  GArray *units;   /* of AudioVoiceUnit */
  GArray *windows; /* of AudioSpeakerWindow; first is that of the span if it is short */
  GArray *lengths; /* of size_t: samples of the span if it is short, else 0 */
} Plan;

static void
plan_span (Plan *plan, const AudioClip *clip, const AudioSpan *span, int index)
{
  const size_t length = span->end - span->first;
  const float gain = audio_speaker_gain (clip->samples + span->first, length);
  audio_clip_release (clip, span->first, span->end);
  const size_t is_short = length < AUDIO_SPEAKER_WINDOW ? length : 0;
  const size_t room = is_short ? 0 : length - AUDIO_SPEAKER_WINDOW;
  const size_t n = (room + HOP - 1) / HOP + 1;
  size_t start = span->first;
  for (size_t i = 0; i < n; i++) {
    const size_t offset = n > 1 ? room * i / (n - 1) : 0;
    const size_t next = n > 1 ? room * (i + 1) / (n - 1) : 0;
    /* A frame's start, so that neighbours share their frames. */
    const AudioSpeakerWindow window = {
      span->first + offset / AUDIO_SPEAKER_FRAME * AUDIO_SPEAKER_FRAME, gain
    };
    const size_t end =
        i + 1 == n ? span->end : span->first + (offset + next + AUDIO_SPEAKER_WINDOW) / 2;
    const AudioVoiceUnit unit = { (double) start / AUDIO_RATE_HZ, (double) end / AUDIO_RATE_HZ,
                                  index };
    g_array_append_val (plan->units, unit);
    g_array_append_val (plan->windows, window);
    g_array_append_val (plan->lengths, is_short);
    start = end;
  }
}

/* Windows first .. end - 1, all in the clip or all short. */
static gboolean
embed_run (AudioSpeakerEncoder *encoder, const AudioClip *clip, const Plan *plan, guint first,
           guint end, float *embeddings)
{
  const AudioSpeakerWindow *windows = &g_array_index (plan->windows, AudioSpeakerWindow, first);
  const size_t n = end - first;
  if (g_array_index (plan->lengths, size_t, first) == 0)
    return audio_speaker_embed_windows (encoder, clip->samples, clip->n_samples, windows, n,
                                        embeddings);
  /* Half a frame's window of zeros before each copy, too. */
  enum { STRIDE = AUDIO_SPEAKER_WINDOW + 4 * AUDIO_SPEAKER_FRAME, LEAD = 2 * AUDIO_SPEAKER_FRAME };
  g_autofree float *copies = g_new0 (float, n *STRIDE);
  g_autofree AudioSpeakerWindow *of_copies = g_new (AudioSpeakerWindow, n);
  for (size_t i = 0; i < n; i++) {
    memcpy (copies + i * STRIDE + LEAD, clip->samples + windows[i].first,
            g_array_index (plan->lengths, size_t, first + i) * sizeof (float));
    of_copies[i] = (AudioSpeakerWindow){ i * STRIDE + LEAD, windows[i].gain };
  }
  return audio_speaker_embed_windows (encoder, copies, n * STRIDE, of_copies, n, embeddings);
}

static gboolean
embed (AudioSpeakerEncoder *encoder, const AudioClip *clip, const Plan *plan, float *embeddings,
       AudioProgress progress, gpointer user_data)
{
  const guint n = plan->windows->len;
  for (guint first = 0, end; first < n; first = end) {
    const gboolean is_short = g_array_index (plan->lengths, size_t, first) > 0;
    end = first + 1;
    while (end < n && end - first < CHUNK
           && (g_array_index (plan->lengths, size_t, end) > 0) == is_short)
      end++;
    if (!embed_run (encoder, clip, plan, first, end,
                    embeddings + (size_t) first * AUDIO_SPEAKER_DIM))
      return FALSE;
    audio_clip_release (clip, g_array_index (plan->windows, AudioSpeakerWindow, first).first,
                        g_array_index (plan->windows, AudioSpeakerWindow, end - 1).first
                            + AUDIO_SPEAKER_WINDOW);
    if (progress != NULL)
      progress ((double) end / n, user_data);
  }
  return TRUE;
}

AudioDiarisation *
audio_diarise (AudioSpeakerEncoder *encoder, const AudioClip *clip, const GArray *spans,
               const AudioDiariseOptions *options, AudioProgress progress, gpointer user_data,
               GError **error)
{
  g_autoptr (GArray) units = g_array_new (FALSE, FALSE, sizeof (AudioVoiceUnit));
  g_autoptr (GArray) windows = g_array_new (FALSE, FALSE, sizeof (AudioSpeakerWindow));
  g_autoptr (GArray) lengths = g_array_new (FALSE, FALSE, sizeof (size_t));
  Plan plan = { units, windows, lengths };
  for (guint i = 0; i < spans->len; i++) {
    const AudioSpan *span = &g_array_index (spans, AudioSpan, i);
    if (span->end <= clip->n_samples && span->first < span->end)
      plan_span (&plan, clip, span, (int) i);
  }
  g_autofree float *embeddings = g_new (float, (gsize) units->len *AUDIO_SPEAKER_DIM);
  if (!embed (encoder, clip, &plan, embeddings, progress, user_data)) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_CANCELLED, "telling the speakers apart: stopped");
    return NULL;
  }
  return audio_diarise_units ((const AudioVoiceUnit *) (void *) units->data, embeddings, units->len,
                              options);
}

void
audio_diarisation_free (AudioDiarisation *diarisation)
{
  if (diarisation == NULL)
    return;
  g_array_unref (diarisation->turns);
  g_free (diarisation->embeddings);
  g_free (diarisation->seconds);
  g_free (diarisation);
}

/* What is passed from step to step. */
typedef struct {
  const AudioVoiceUnit *units;
  const float *embeddings;
  size_t n_units;
  GArray *clusters; /* of AudioVoiceCluster */
  guint8 *speakers; /* [n_units]: index of a cluster */
} Job;

static double
get_seconds (const AudioVoiceUnit *unit)
{
  return MAX (unit->end - unit->start, 1e-3);
}

static const float *
get_embedding (const Job *job, size_t unit)
{
  return job->embeddings + unit * AUDIO_SPEAKER_DIM;
}

static const AudioVoiceCluster *
get_cluster (const Job *job, guint index)
{
  return &g_array_index (job->clusters, AudioVoiceCluster, index);
}

/* Few seconds are no speaker, unless nobody says more or so many speakers are known of. */
static void
drop_small (Job *job, guint n_known)
{
  for (;;) {
    guint smallest = 0;
    for (guint i = 1; i < job->clusters->len; i++)
      if (get_cluster (job, i)->seconds < get_cluster (job, smallest)->seconds)
        smallest = i;
    if (job->clusters->len <= MAX (n_known, 1)
        || get_cluster (job, smallest)->seconds >= MIN_SPEAKER_S)
      return;
    g_array_remove_index (job->clusters, smallest);
  }
}

/* The likeliest sequence of speakers [Viterbi 1967]: each unit counts for whom it is like, each
 * change of speakers costs. */
static void
find_sequence (Job *job)
{
  const guint k = job->clusters->len;
  const size_t n = job->n_units;
  g_autofree guint8 *before = g_new (guint8, n * k);
  float score[AUDIO_MAX_SPEAKERS] = { 0 };
  for (size_t t = 0; t < n; t++) {
    const AudioVoiceUnit *unit = &job->units[t];
    const gboolean goes_on = t > 0 && unit->span == unit[-1].span;
    const gboolean is_alone = !goes_on && (t + 1 == n || unit->span != unit[1].span);
    const float weight =
        is_alone ? (float) MIN (get_seconds (unit) / RELIABLE_S, 1.0) * SHARPNESS : SHARPNESS;
    guint best = 0;
    for (guint i = 1; i < k; i++)
      if (score[i] > score[best])
        best = i;
    const float changed = score[best] - (goes_on ? CHANGE_IN_SPAN : CHANGE_AT_PAUSE);
    for (guint i = 0; i < k; i++) {
      before[t * k + i] = (guint8) (score[i] >= changed ? i : best);
      score[i] =
          MAX (score[i], changed)
          + weight * audio_speaker_compare (get_embedding (job, t), get_cluster (job, i)->voice);
    }
  }
  guint at = 0;
  for (guint i = 1; i < k; i++)
    if (score[i] > score[at])
      at = i;
  for (size_t t = n; t-- > 0;) {
    job->speakers[t] = (guint8) at;
    at = before[t * k + at];
  }
}

/* The clusters anew, from the units of the sequence; those without any go. */
static void
take_voices (Job *job)
{
  const guint k = job->clusters->len;
  guint left = 0;
  memset (job->clusters->data, 0, k * sizeof (AudioVoiceCluster));
  AudioVoiceCluster *all = (AudioVoiceCluster *) (void *) job->clusters->data;
  for (size_t t = 0; t < job->n_units; t++)
    audio_voice_cluster_add (&all[job->speakers[t]], get_embedding (job, t),
                             get_seconds (&job->units[t]));
  for (guint i = 0; i < k; i++) {
    if (!(all[i].seconds > 0))
      continue;
    audio_voice_cluster_finish (&all[i]);
    all[left++] = all[i];
  }
  g_array_set_size (job->clusters, left);
}

/* Speakers in the order of appearance. */
static void
number_speakers (Job *job)
{
  guint8 number[AUDIO_MAX_SPEAKERS];
  guint n = 0;
  memset (number, 0xff, sizeof number);
  for (size_t t = 0; t < job->n_units; t++) {
    guint8 *speaker = &job->speakers[t];
    if (number[*speaker] == 0xff)
      number[*speaker] = (guint8) n++;
    *speaker = number[*speaker];
  }
  g_array_set_size (job->clusters, n);
  take_voices (job);
}

static double
get_confidence (const Job *job, size_t unit)
{
  const float *embedding = get_embedding (job, unit);
  float own = 0, other = 0.5f;
  for (guint i = 0; i < job->clusters->len; i++) {
    const float likeness = audio_speaker_compare (embedding, get_cluster (job, i)->voice);
    if (i == job->speakers[unit])
      own = likeness;
    else
      other = MAX (other, likeness);
  }
  return 1.0 / (1.0 + exp (-20.0 * (double) (own - other)));
}

static void
add_turns (const Job *job, GArray *turns)
{
  double sum = 0, seconds = 0;
  for (size_t t = 0; t < job->n_units; t++) {
    const AudioVoiceUnit *unit = &job->units[t];
    AudioTurn *last = turns->len > 0 ? &g_array_index (turns, AudioTurn, turns->len - 1) : NULL;
    if (last == NULL || last->speaker != job->speakers[t]
        || unit->start - last->end > MAX_PAUSE_S) {
      const AudioTurn turn = { unit->start, unit->end, job->speakers[t], 0 };
      g_array_append_val (turns, turn);
      last = &g_array_index (turns, AudioTurn, turns->len - 1);
      sum = seconds = 0;
    }
    sum += get_confidence (job, t) * get_seconds (unit);
    seconds += get_seconds (unit);
    last->end = unit->end;
    last->confidence = (float) (sum / seconds);
  }
}

static AudioDiarisation *
finish (const Job *job)
{
  AudioDiarisation *result = g_new0 (AudioDiarisation, 1);
  const guint n = job->clusters->len;
  result->n_speakers = (int) n;
  result->turns = g_array_new (FALSE, FALSE, sizeof (AudioTurn));
  result->embeddings = g_new (float, (gsize) n *AUDIO_SPEAKER_DIM);
  result->seconds = g_new (double, n);
  for (guint i = 0; i < n; i++) {
    const AudioVoiceCluster *cluster = get_cluster (job, i);
    memcpy (result->embeddings + (size_t) i * AUDIO_SPEAKER_DIM, cluster->voice,
            sizeof cluster->voice);
    result->seconds[i] = cluster->seconds;
  }
  add_turns (job, result->turns);
  return result;
}

AudioDiarisation *
audio_diarise_units (const AudioVoiceUnit *units, const float *embeddings, size_t n_units,
                     const AudioDiariseOptions *options)
{
  AudioDiariseOptions limits = options != NULL ? *options : (AudioDiariseOptions){ 0 };
  if (limits.max_speakers <= 0 || limits.max_speakers > AUDIO_MAX_SPEAKERS)
    limits.max_speakers = AUDIO_MAX_SPEAKERS;
  limits.n_speakers = CLAMP (limits.n_speakers, 0, limits.max_speakers);
  g_autofree guint8 *speakers = g_new0 (guint8, n_units);
  g_autoptr (GArray) clusters = audio_voice_find_clusters (units, embeddings, n_units, &limits);
  Job job = { units, embeddings, n_units, clusters, speakers };
  if (n_units == 0)
    return finish (&job);
  if (clusters->len == 0) { /* no voice anywhere: one speaker, of whom nothing is known */
    const AudioVoiceCluster nobody = { 0 };
    g_array_append_val (clusters, nobody);
  }
  for (int pass = 0; pass < N_PASSES; pass++) {
    audio_voice_merge_clusters (clusters, &limits);
    drop_small (&job, (guint) limits.n_speakers);
    find_sequence (&job);
    if (pass + 1 < N_PASSES)
      take_voices (&job);
  }
  number_speakers (&job);
  return finish (&job);
}

/* The first turn that ends after a time. */
static guint
find_turn (const GArray *turns, double time)
{
  guint low = 0, high = turns->len;
  while (low < high) {
    const guint middle = (low + high) / 2;
    if (g_array_index (turns, AudioTurn, middle).end > time)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

int
audio_diarisation_find_speaker (const AudioDiarisation *diarisation, double start, double end)
{
  const GArray *turns = diarisation->turns;
  g_autofree double *shares = g_new0 (double, diarisation->n_speakers);
  double nearest = INFINITY;
  int speaker = -1, best = -1;
  const guint first = find_turn (turns, start);
  /* The last one before, those that share time, and the next one after. */
  for (guint i = first > 0 ? first - 1 : 0; i < turns->len; i++) {
    const AudioTurn *turn = &g_array_index (turns, AudioTurn, i);
    const double shared = MIN (turn->end, end) - MAX (turn->start, start);
    if (shared > 0) {
      shares[turn->speaker] += shared;
      if (best < 0 || shares[turn->speaker] > shares[best])
        best = turn->speaker;
    } else if (-shared < nearest) {
      nearest = -shared;
      speaker = turn->speaker;
    }
    if (turn->start >= end)
      break;
  }
  return best >= 0 ? best : speaker;
}
