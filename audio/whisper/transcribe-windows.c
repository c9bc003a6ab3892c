/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/whisper/transcribe-private.h"

#include <math.h>

#define MAX_SAMPLES ((size_t) AUDIO_WINDOW_SAMPLES)
#define MAX_GAP_SAMPLES ((size_t) (3.0 * AUDIO_RATE_HZ)) /* a longer pause ends a window */
#define MARGIN_SAMPLES ((size_t) (1.0 * AUDIO_RATE_HZ))  /* of the pause around speech */
#define QUIET_SAMPLES ((size_t) (0.2 * AUDIO_RATE_HZ))
/* Less speech than this may lie behind the last word: its end is not told more exactly. */
#define MAX_UNHEARD_S 2.0
#define MIN_ADVANCE_SAMPLES ((size_t) (1.0 * AUDIO_RATE_HZ))
#define MIN_HALVED_SAMPLES ((size_t) (10.0 * AUDIO_RATE_HZ))
#define REST_SAMPLES ((size_t) (0.5 * AUDIO_RATE_HZ)) /* a shorter end of a span has been heard */

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

static AudioSpan
get_span (const AudioClip *clip, const GArray *speech, guint index)
{
  AudioSpan span = g_array_index (speech, AudioSpan, index);

  span.end = MIN (span.end, clip->n_samples);
  span.first = MIN (span.first, span.end);
  return span;
}

/* Whisper hears a beginning and an end better with some of the pause around them: the window grows
 * by up to a second on either side, at the end to the middle of the pause at the most. */
static void
add_margins (AudioSpan *window, size_t lowest, size_t highest)
{
  size_t room = MAX_SAMPLES - (window->end - window->first);
  const size_t head = MIN (MIN (window->first - lowest, MARGIN_SAMPLES), room / 2);

  room -= head;
  window->first -= head;
  window->end += MIN (MIN (highest - window->end, MARGIN_SAMPLES), room);
}

gboolean
audio_windows_next (const AudioClip *clip, const GArray *speech, size_t position, AudioSpan *window)
{
  guint i = 0;
  guint next;
  AudioSpan span = { 0, 0 };
  size_t highest;

  if (speech == NULL) {
    window->first = position;
    window->end = MIN (clip->n_samples, position + MAX_SAMPLES);
    return window->first < window->end;
  }

  for (; i < speech->len; i++) {
    span = get_span (clip, speech, i);
    if (span.end > position && (span.first >= position || span.end - position >= REST_SAMPLES))
      break;
  }
  if (i == speech->len)
    return FALSE;

  window->first = MAX (span.first, position);
  window->end = span.end;
  if (window->end - window->first > MAX_SAMPLES) {
    window->end =
        find_quietest (clip, window->first + MAX_SAMPLES * 2 / 3, window->first + MAX_SAMPLES);
    add_margins (window, position, window->end);
    return TRUE;
  }
  for (next = i + 1; next < speech->len; next++) {
    span = get_span (clip, speech, next);
    if (span.first - window->end > MAX_GAP_SAMPLES || span.end - window->first > MAX_SAMPLES)
      break;
    window->end = span.end;
  }
  highest = clip->n_samples;
  if (next < speech->len)
    highest = window->end + (get_span (clip, speech, next).first - window->end) / 2;
  add_margins (window, position, highest);
  return TRUE;
}

gboolean
audio_windows_halve (const AudioClip *clip, AudioSpan *window)
{
  const size_t n = window->end - window->first;

  if (n < MIN_HALVED_SAMPLES)
    return FALSE;
  window->end = find_quietest (clip, window->first + n / 3, window->first + n * 2 / 3);
  return TRUE;
}

double
audio_windows_get_speech (const GArray *speech, size_t first, size_t end)
{
  size_t n = 0;

  for (guint i = 0; i < speech->len; i++) {
    const AudioSpan *span = &g_array_index (speech, AudioSpan, i);
    const size_t from = MAX (first, span->first);
    const size_t to = MIN (end, span->end);

    n += to > from ? to - from : 0;
  }
  return (double) n / AUDIO_RATE_HZ;
}

size_t
audio_windows_go_on (const GArray *speech, const AudioSpan *window, size_t heard, size_t next)
{
  if (speech == NULL || heard < window->first + MIN_ADVANCE_SAMPLES || heard >= next
      || audio_windows_get_speech (speech, heard, next) < MAX_UNHEARD_S)
    return next;
  return heard;
}
