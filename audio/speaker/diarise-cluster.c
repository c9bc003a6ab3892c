/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Agglomerative clustering of voices, described in audio/speaker/SPEAKER.md. The thresholds were
 * chosen on half of the speakers there and hold for the other half. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audio/speaker/diarise-private.h"

/* Units of a block: four minutes of speech. */
#define BLOCK 600
/* Where hardly two units are alike, as in noise, only so many of a block, and in all, are kept. */
#define MAX_OF_BLOCK 40
#define MAX_CLUSTERS 400
/* Less speech than this says too little of the voice to found a cluster. */
#define MIN_UNIT_SECONDS 0.8

/* A span shorter than a window is left to those of whom so much is known, if it is so alike. */
#define KNOWN_SECONDS 3.0
#define EXPLAINED 0.65f

/* Average likeness down to which units are joined. */
#define PURE_LIKENESS 0.65f
#define PURE_LIKENESS_KNOWN 0.72f

/* Two clusters of much speech are one speaker if the cosine of their voices is at least this. */
#define SAME_VOICE 0.82
/* The cosine of a voice known from little speech is lower, and so is what is asked for, the sooner
 * the less there is. */
#define LITTLE_SPEECH 0.31
#define LITTLE_SPEECH_S 3.0

void
audio_voice_cluster_add (AudioVoiceCluster *cluster, const float *embedding, double seconds)
{
  for (int i = 0; i < AUDIO_SPEAKER_DIM; i++)
    cluster->sum[i] += embedding[i] * (float) seconds;
  cluster->seconds += seconds;
}

void
audio_voice_cluster_finish (AudioVoiceCluster *cluster)
{
  memcpy (cluster->voice, cluster->sum, sizeof cluster->voice);
  audio_speaker_normalise (cluster->voice);
}

/* A block's likenesses, and for each row that is left where its largest one stands. */
typedef struct {
  size_t n;
  float *likeness; /* [n, n]; -1 on the diagonal and where a row was joined to another */
  size_t *nearest; /* [n] */
  size_t *group;   /* [n]: to which row each was joined; itself if to none */
  double *size;    /* [n]: units */
} Block;

static void
find_nearest (const Block *block, size_t row)
{
  const float *likeness = block->likeness + row * block->n;
  size_t best = 0;
  for (size_t i = 1; i < block->n; i++)
    if (likeness[i] > likeness[best])
      best = i;
  block->nearest[row] = best;
}

/* Joins row b to row a: the likeness of the two together is the mean over all their pairs. */
static void
join (Block *block, size_t a, size_t b)
{
  const double part_a = block->size[a] / (block->size[a] + block->size[b]);
  float *row_a = block->likeness + a * block->n, *row_b = block->likeness + b * block->n;
  for (size_t i = 0; i < block->n; i++) {
    if (block->group[i] != i || i == a || i == b)
      continue;
    row_a[i] = (float) (part_a * (double) row_a[i] + (1 - part_a) * (double) row_b[i]);
    block->likeness[i * block->n + a] = row_a[i];
    block->likeness[i * block->n + b] = -1;
  }
  row_a[b] = -1;
  block->size[a] += block->size[b];
  for (size_t i = 0; i < block->n; i++)
    if (block->group[i] == b)
      block->group[i] = a;
  for (size_t i = 0; i < block->n; i++)
    if (block->group[i] == i && (i == a || block->nearest[i] == a || block->nearest[i] == b))
      find_nearest (block, i);
}

/* The mean of alike rows is never further away than the further of them, so a row's nearest can
 * only be wrong if it was a or b. */
static void
join_alike (Block *block, float threshold)
{
  for (;;) {
    size_t best = block->n;
    float highest = threshold;
    for (size_t i = 0; i < block->n; i++)
      if (block->group[i] == i && block->likeness[i * block->n + block->nearest[i]] >= highest) {
        best = i;
        highest = block->likeness[i * block->n + block->nearest[i]];
      }
    if (best == block->n)
      return;
    join (block, best, block->nearest[best]);
  }
}

static void
fill_likeness (Block *block, const float *const *rows)
{
  for (size_t i = 0; i < block->n; i++) {
    block->likeness[i * block->n + i] = -1;
    for (size_t j = 0; j < i; j++) {
      const float likeness = audio_speaker_compare (rows[i], rows[j]);
      block->likeness[i * block->n + j] = block->likeness[j * block->n + i] = likeness;
    }
  }
  for (size_t i = 0; i < block->n; i++) {
    find_nearest (block, i);
    block->group[i] = i;
    block->size[i] = 1;
  }
}

static int
compare_seconds (gconstpointer a, gconstpointer b)
{
  const double x = ((const AudioVoiceCluster *) a)->seconds;
  const double y = ((const AudioVoiceCluster *) b)->seconds;
  return x < y ? 1 : x > y ? -1 : 0;
}

/* Of the clusters from `first` on, those with the most speech. */
static void
keep_largest (GArray *clusters, guint first, guint max)
{
  if (clusters->len <= first + max)
    return;
  AudioVoiceCluster *from = &g_array_index (clusters, AudioVoiceCluster, first);
  qsort (from, clusters->len - first, sizeof *from, compare_seconds);
  g_array_set_size (clusters, first + max);
}

/* rows and seconds of n units, which become clusters at the end of `clusters`. */
static void
cluster_block (const float *const *rows, const double *seconds, size_t n, float threshold,
               GArray *clusters)
{
  g_autofree float *likeness = g_new (float, n *n);
  g_autofree size_t *nearest = g_new (size_t, n), *group = g_new (size_t, n);
  g_autofree double *size = g_new (double, n);
  Block block = { n, likeness, nearest, group, size };
  const guint n_before = clusters->len;
  if (n == 0)
    return;
  fill_likeness (&block, rows);
  join_alike (&block, threshold);
  for (size_t i = 0; i < n; i++) {
    if (group[i] != i)
      continue;
    AudioVoiceCluster cluster = { 0 };
    for (size_t j = 0; j < n; j++)
      if (group[j] == i)
        audio_voice_cluster_add (&cluster, rows[j], seconds[j]);
    audio_voice_cluster_finish (&cluster);
    g_array_append_val (clusters, cluster);
  }
  keep_largest (clusters, n_before, MAX_OF_BLOCK);
  if (clusters->len > MAX_CLUSTERS) {
    audio_voice_merge_clusters (clusters, &(AudioDiariseOptions){ 0 });
    keep_largest (clusters, 0, MAX_CLUSTERS - MAX_OF_BLOCK);
  }
}

static gboolean
has_voice (const float *embedding)
{
  for (int i = 0; i < AUDIO_SPEAKER_DIM; i++)
    if (embedding[i] != 0.0f)
      return TRUE;
  return FALSE;
}

/* Units that wait to be clustered together. */
typedef struct {
  const float *rows[BLOCK];
  double seconds[BLOCK];
  size_t n;
} Waiting;

/* Whether somebody who is known from full windows may have said it. */
static gboolean
is_explained (const float *embedding, const GArray *clusters)
{
  for (guint i = 0; i < clusters->len; i++) {
    const AudioVoiceCluster *cluster = &g_array_index (clusters, AudioVoiceCluster, i);
    if (cluster->seconds >= KNOWN_SECONDS
        && audio_speaker_compare (embedding, cluster->voice) >= EXPLAINED)
      return TRUE;
  }
  return FALSE;
}

/* Short units are as alike in their words as in their voices: a dozen times "yes" would be a
 * speaker. So only those that nobody else explains found clusters. */
static void
cluster_waiting (Waiting *full, Waiting *brief, float threshold, GArray *clusters)
{
  size_t n = 0;
  cluster_block (full->rows, full->seconds, full->n, threshold, clusters);
  for (size_t i = 0; i < brief->n; i++) {
    if (is_explained (brief->rows[i], clusters))
      continue;
    brief->rows[n] = brief->rows[i];
    brief->seconds[n++] = brief->seconds[i];
  }
  cluster_block (brief->rows, brief->seconds, n, threshold, clusters);
  full->n = brief->n = 0;
}

/* The seconds of the span that begins with a unit. */
static double
get_span_seconds (const AudioVoiceUnit *units, size_t n_units, size_t first)
{
  double seconds = 0;
  for (size_t i = first; i < n_units && units[i].span == units[first].span; i++)
    seconds += units[i].end - units[i].start;
  return seconds;
}

GArray *
audio_voice_find_clusters (const AudioVoiceUnit *units, const float *embeddings, size_t n_units,
                           const AudioDiariseOptions *options)
{
  GArray *clusters = g_array_new (FALSE, FALSE, sizeof (AudioVoiceCluster));
  const float threshold = options->n_speakers > 0 ? PURE_LIKENESS_KNOWN : PURE_LIKENESS;
  const double window_s = (double) AUDIO_SPEAKER_WINDOW / AUDIO_RATE_HZ;
  g_autofree Waiting *full = g_new0 (Waiting, 1), *brief = g_new0 (Waiting, 1);
  double longest = 0, span_seconds = 0;
  for (size_t i = 0; i < n_units; i++)
    longest = MAX (longest, units[i].end - units[i].start);
  /* Where nobody says more, the little has to do. */
  const double least = MIN (MIN_UNIT_SECONDS, longest);
  for (size_t i = 0; i < n_units; i++) {
    const float *embedding = embeddings + i * AUDIO_SPEAKER_DIM;
    /* A unit in a longer span stands for less time than its window hears. */
    if (i == 0 || units[i].span != units[i - 1].span)
      span_seconds = get_span_seconds (units, n_units, i);
    if (span_seconds >= least && has_voice (embedding)) {
      Waiting *waiting = span_seconds < window_s - 1e-6 ? brief : full;
      waiting->rows[waiting->n] = embedding;
      waiting->seconds[waiting->n++] = units[i].end - units[i].start;
    }
    if (full->n == BLOCK || brief->n == BLOCK || i + 1 == n_units)
      cluster_waiting (full, brief, threshold, clusters);
  }
  return clusters;
}

/* How far two clusters are above the cosine at which they are as likely one speaker as two. */
static double
get_margin (const AudioVoiceCluster *a, const AudioVoiceCluster *b)
{
  const double seconds = MIN (a->seconds, b->seconds);
  return (double) audio_speaker_compare (a->voice, b->voice) - SAME_VOICE
         + LITTLE_SPEECH * exp (-MAX (seconds - 1.0, 0.0) / LITTLE_SPEECH_S);
}

typedef struct {
  guint n;
  float *margins; /* [n, n], both halves */
} Table;

static void
fill_row (Table *table, const AudioVoiceCluster *all, guint row, guint n)
{
  for (guint i = 0; i < n; i++)
    if (i != row)
      table->margins[row * table->n + i] = table->margins[i * table->n + row] =
          (float) get_margin (&all[row], &all[i]);
}

/* The pair with the largest margin among the first n. */
static float
find_pair (const Table *table, guint n, guint *best_a, guint *best_b)
{
  float best = -INFINITY;
  for (guint a = 0; a < n; a++)
    for (guint b = a + 1; b < n; b++)
      if (table->margins[a * table->n + b] > best) {
        best = table->margins[a * table->n + b];
        *best_a = a;
        *best_b = b;
      }
  return best;
}

void
audio_voice_merge_clusters (GArray *clusters, const AudioDiariseOptions *options)
{
  const guint max = (guint) (options->max_speakers > 0 ? options->max_speakers : G_MAXINT);
  const guint known = (guint) MAX (options->n_speakers, 0);
  g_autofree float *margins = g_new (float, (gsize) clusters->len * clusters->len);
  Table table = { clusters->len, margins };
  AudioVoiceCluster *all = (AudioVoiceCluster *) (void *) clusters->data;
  for (guint i = 0; i < clusters->len; i++)
    fill_row (&table, all, i, i);
  while (clusters->len > MAX (known, 1)) {
    guint a = 0, b = 1;
    const float margin = find_pair (&table, clusters->len, &a, &b);
    if (margin < 0 && known == 0 && clusters->len <= max)
      return;
    for (int i = 0; i < AUDIO_SPEAKER_DIM; i++)
      all[a].sum[i] += all[b].sum[i];
    all[a].seconds += all[b].seconds;
    audio_voice_cluster_finish (&all[a]);
    /* The last one takes the place of b. */
    const guint last = clusters->len - 1;
    all[b] = all[last];
    g_array_set_size (clusters, last);
    if (b < last)
      fill_row (&table, all, b, last);
    fill_row (&table, all, a, last);
  }
}
