/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/transcribe-private.h"

#include <math.h>

#define MAX_SAMPLES AUDIO_WINDOW_SAMPLES
#define MAX_GAP_SAMPLES ((size_t) (3.0 * AUDIO_RATE_HZ)) /* a longer pause starts a region */
#define MARGIN_SAMPLES                                                                             \
  ((size_t) (1.0 * AUDIO_RATE_HZ)) /* of what is around it, that a region takes */
#define QUIET_SAMPLES ((size_t) (0.2 * AUDIO_RATE_HZ))

/* The middle of the quietest 0.2 s between two samples. */
static size_t
find_quietest (const AudioClip *clip, size_t first, size_t end)
{
  size_t best = end;
  double best_energy = INFINITY;

  for (size_t start = first; start + QUIET_SAMPLES <= end; start += QUIET_SAMPLES / 4) {
    double energy = 0.0;

    for (size_t i = start; i < start + QUIET_SAMPLES; i++)
      energy += (double) clip->samples[i] * (double) clip->samples[i];
    if (energy < best_energy) {
      best_energy = energy;
      best = start + QUIET_SAMPLES / 2;
    }
  }
  return best;
}

/* Whisper hears a beginning and an end better with some of the pause around them: each region grows
 * by up to a second on either side, to the middle of the pause at the most. */
static void
add_margins (GArray *regions, size_t n_samples)
{
  size_t before = 0; /* where the region may begin */

  for (guint i = 0; i < regions->len; i++) {
    AudioSpan *region = &g_array_index (regions, AudioSpan, i);
    const size_t next =
        i + 1 < regions->len ? g_array_index (regions, AudioSpan, i + 1).first : n_samples;
    const size_t after = i + 1 < regions->len ? region->end + (next - region->end) / 2 : n_samples;
    size_t room = MAX_SAMPLES - (region->end - region->first);
    const size_t head = MIN (MIN (region->first - before, MARGIN_SAMPLES), room / 2);
    size_t tail;

    room -= head;
    tail = MIN (MIN (after - region->end, MARGIN_SAMPLES), room);
    region->first -= head;
    region->end += tail;
    before = after;
  }
}

GArray *
audio_regions_new (const AudioClip *clip, const GArray *speech)
{
  GArray *regions = g_array_new (FALSE, FALSE, sizeof (AudioSpan));
  AudioSpan region = { 0, 0 };

  for (guint i = 0; i < speech->len; i++) {
    AudioSpan span = g_array_index (speech, AudioSpan, i);

    span.end = MIN (span.end, clip->n_samples);
    if (span.first >= span.end)
      continue;
    if (region.end > region.first && span.first - region.end <= MAX_GAP_SAMPLES
        && span.end - region.first <= MAX_SAMPLES) {
      region.end = span.end;
      continue;
    }
    if (region.end > region.first)
      g_array_append_val (regions, region);
    while (span.end - span.first > MAX_SAMPLES) {
      const AudioSpan part = { span.first, find_quietest (clip, span.first + MAX_SAMPLES * 2 / 3,
                                                          span.first + MAX_SAMPLES) };

      g_array_append_val (regions, part);
      span.first = part.end;
    }
    region = span;
  }
  if (region.end > region.first)
    g_array_append_val (regions, region);
  add_margins (regions, clip->n_samples);
  return regions;
}
