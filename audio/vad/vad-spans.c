/* SPDX-License-Identifier: GPL-3.0-or-later */

/* From probabilities to spans of speech. */

#include <math.h>
#include <string.h>

#include "audio/vad/vad.h"

/* Once begun, speech goes on until the probability is this much below the threshold. */
#define HYSTERESIS 0.15f
/* Between two looks at whether somebody cancels. */
#define CHUNKS_AT_ONCE ((size_t) 256)

typedef struct {
  float threshold;
  size_t min_speech, min_silence, pad; /* samples */
} Limits;

static size_t
samples_or (double seconds, double otherwise)
{
  return (size_t) lround ((seconds > 0 ? seconds : otherwise) * AUDIO_RATE_HZ);
}

static Limits
get_limits (const AudioVadOptions *options)
{
  return (Limits){
    .threshold = options->threshold > 0 ? options->threshold : 0.5f,
    .min_speech = samples_or (options->min_speech_s, 0.1),
    .min_silence = samples_or (options->min_silence_s, 0.3),
    .pad = samples_or (options->pad_s, 0.1),
  };
}

/* Takes a burst into the result: drops it if it is short, pads it, joins it with the one before if
 * they touch. */
static void
add_span (GArray *spans, const Limits *limits, size_t first, size_t end, size_t n_samples)
{
  if (end - first < limits->min_speech)
    return;
  AudioSpan span = { first > limits->pad ? first - limits->pad : 0,
                     MIN (end + limits->pad, n_samples) };
  AudioSpan *last = spans->len > 0 ? &g_array_index (spans, AudioSpan, spans->len - 1) : NULL;
  if (last != NULL && span.first <= last->end)
    last->end = span.end;
  else
    g_array_append_val (spans, span);
}

GArray *
audio_vad_find_spans (const float *probabilities, size_t n_chunks, size_t n_samples,
                      const AudioVadOptions *options)
{
  Limits limits = get_limits (options);
  GArray *spans = g_array_new (FALSE, FALSE, sizeof (AudioSpan));
  gboolean is_speech = FALSE, is_pause = FALSE;
  size_t first = 0, pause = 0;
  for (size_t i = 0; i < n_chunks; i++) {
    size_t at = i * AUDIO_VAD_CHUNK;
    if (probabilities[i] >= limits.threshold) {
      if (!is_speech)
        first = at;
      is_speech = TRUE;
      is_pause = FALSE;
    } else if (is_speech && probabilities[i] < limits.threshold - HYSTERESIS) {
      if (!is_pause)
        pause = at;
      is_pause = TRUE;
    }
    if (is_pause && at + AUDIO_VAD_CHUNK - pause >= limits.min_silence) {
      add_span (spans, &limits, first, pause, n_samples);
      is_speech = is_pause = FALSE;
    }
  }
  if (is_speech)
    add_span (spans, &limits, first, is_pause ? pause : n_samples, n_samples);
  return spans;
}

GArray *
audio_vad_find_speech (AudioVad *vad, const AudioClip *clip, const AudioVadOptions *options,
                       atomic_bool *cancel, GError **error)
{
  size_t n_chunks = (clip->n_samples + AUDIO_VAD_CHUNK - 1) / AUDIO_VAD_CHUNK;
  g_autofree float *probabilities = g_new (float, n_chunks);
  size_t n_whole = clip->n_samples / AUDIO_VAD_CHUNK;
  audio_vad_reset (vad);
  for (size_t i = 0; i < n_whole; i += CHUNKS_AT_ONCE) {
    if (cancel != NULL && atomic_load (cancel)) {
      g_set_error_literal (error, AUDIO_ERROR, AUDIO_ERROR_CANCELLED, "cancelled");
      return NULL;
    }
    audio_vad_run (vad, clip->samples + i * AUDIO_VAD_CHUNK, MIN (CHUNKS_AT_ONCE, n_whole - i),
                   probabilities + i);
    audio_clip_release (clip, i * AUDIO_VAD_CHUNK, (i + CHUNKS_AT_ONCE) * AUDIO_VAD_CHUNK);
  }
  if (n_whole < n_chunks) {
    float rest[AUDIO_VAD_CHUNK] = { 0 };
    memcpy (rest, clip->samples + n_whole * AUDIO_VAD_CHUNK,
            (clip->n_samples - n_whole * AUDIO_VAD_CHUNK) * sizeof (float));
    probabilities[n_whole] = audio_vad_next (vad, rest);
  }
  return audio_vad_find_spans (probabilities, n_chunks, clip->n_samples, options);
}
