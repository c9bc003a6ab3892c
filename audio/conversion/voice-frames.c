/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/conversion/voice-frames.h"

#include <math.h>
#include <string.h>

#include "audio/prosody/pitch.h"
#include "audio/whisper/mel.h"

/* Rows that pass the encoder together: 12 s. */
#define MAX_PART 600
#define LEAST_DB -100.0f
#define SPEECH_RANGE_DB 30.0f

struct _AudioVoiceAnalyser {
  AudioWhisper *whisper;
  AudioWhisperState *state;
  AudioMel *mel;
  AudioPitch *pitch;
  AudioEnvelope *envelope;
};

AudioVoiceFrames *
audio_voice_frames_new (int n, int n_state, gboolean with_envelope)
{
  AudioVoiceFrames *frames = g_new0 (AudioVoiceFrames, 1);
  const size_t rows = (size_t) n;

  frames->n = n;
  frames->n_state = n_state;
  frames->features = g_new0 (float, rows *(size_t) n_state);
  if (with_envelope)
    frames->envelope = g_new0 (float, rows *AUDIO_VOICE_N_SUB *AUDIO_ENVELOPE_SIZE);
  frames->level_db = g_new0 (float, rows);
  frames->voiced = g_new0 (float, rows);
  return frames;
}

void
audio_voice_frames_free (AudioVoiceFrames *frames)
{
  if (frames == NULL)
    return;
  g_free (frames->features);
  g_free (frames->envelope);
  g_free (frames->level_db);
  g_free (frames->voiced);
  g_free (frames);
}

static void
append (float **to, int n, const float *from, int first, int end, size_t width)
{
  *to = g_renew (float, *to, (size_t) (n + end - first) * width);
  memcpy (*to + (size_t) n * width, from + (size_t) first * width,
          (size_t) (end - first) * width * sizeof (float));
}

void
audio_voice_frames_append (AudioVoiceFrames *frames, const AudioVoiceFrames *from, int first,
                           int end)
{
  g_return_if_fail (frames->n_state == from->n_state && first >= 0 && end <= from->n);

  if (first >= end)
    return;
  append (&frames->features, frames->n, from->features, first, end, (size_t) from->n_state);
  if (from->envelope != NULL)
    append (&frames->envelope, frames->n, from->envelope, first, end,
            AUDIO_VOICE_N_SUB * AUDIO_ENVELOPE_SIZE);
  append (&frames->level_db, frames->n, from->level_db, first, end, 1);
  append (&frames->voiced, frames->n, from->voiced, first, end, 1);
  frames->n += end - first;
}

float
audio_voice_frames_get_level (const AudioVoiceFrames *frames)
{
  float loudest = LEAST_DB;
  double sum = 0;
  int n = 0;

  for (int i = 0; i < frames->n; i++)
    loudest = MAX (loudest, frames->level_db[i]);
  for (int i = 0; i < frames->n; i++)
    if (frames->level_db[i] > loudest - SPEECH_RANGE_DB) {
      sum += pow (10, 0.1 * (double) frames->level_db[i]);
      n++;
    }
  return n > 0 ? (float) (10 * log10 (sum / n)) : LEAST_DB;
}

void
audio_voice_frames_normalise (const float *x, const float *mean, const float *deviation, int n,
                              float *y)
{
  double squares = 0;

  for (int i = 0; i < n; i++) {
    y[i] = (x[i] - mean[i]) / MAX (deviation[i], 1e-5f);
    squares += (double) y[i] * (double) y[i];
  }
  const float scale = squares > 0 ? (float) (1 / sqrt (squares)) : 0;
  for (int i = 0; i < n; i++)
    y[i] *= scale;
}

AudioVoiceAnalyser *
audio_voice_analyser_new (AudioWhisper *whisper, AudioWhisperState *state)
{
  AudioVoiceAnalyser *analyser = g_new0 (AudioVoiceAnalyser, 1);

  analyser->whisper = whisper;
  analyser->state = state;
  analyser->mel = audio_mel_new (audio_whisper_get_config (whisper)->n_mels);
  analyser->pitch = audio_pitch_new ();
  analyser->envelope = audio_envelope_new ();
  return analyser;
}

void
audio_voice_analyser_free (AudioVoiceAnalyser *analyser)
{
  audio_mel_free (analyser->mel);
  audio_pitch_free (analyser->pitch);
  audio_envelope_free (analyser->envelope);
  g_free (analyser);
}

/* The features of rows first .. first + n - 1. */
static gboolean
encode_part (AudioVoiceAnalyser *analyser, const float *samples, size_t n_samples, int first, int n,
             AudioVoiceFrames *frames)
{
  const AudioWhisperConfig *config = audio_whisper_get_config (analyser->whisper);
  const size_t from = (size_t) first * AUDIO_VOICE_ROW;
  const size_t count = MIN (n_samples - from, (size_t) n * AUDIO_VOICE_ROW);
  g_autofree float *mel = g_new (float, (size_t) (2 * n) * (size_t) config->n_mels);
  const float *states;

  audio_mel_compute (analyser->mel, samples + from, count, 2 * n, mel);
  states =
      audio_whisper_encode_blocks (analyser->whisper, analyser->state, mel, 2 * n,
                                   MIN (AUDIO_VOICE_BLOCKS, config->n_audio_layers), NULL, NULL);
  if (states == NULL)
    return FALSE;
  memcpy (frames->features + (size_t) first * (size_t) frames->n_state, states,
          (size_t) n * (size_t) frames->n_state * sizeof (float));
  return TRUE;
}

static void
measure_row (const float *samples, size_t n_samples, const float *hz, int row,
             AudioVoiceFrames *frames)
{
  const size_t centre = (size_t) row * AUDIO_VOICE_ROW;
  const size_t first = centre > AUDIO_VOICE_ROW / 2 ? centre - AUDIO_VOICE_ROW / 2 : 0;
  const size_t end = MIN (centre + AUDIO_VOICE_ROW / 2, n_samples);
  double sum = 0;

  for (size_t i = first; i < end; i++)
    sum += (double) samples[i] * (double) samples[i];
  frames->level_db[row] = MAX (10 * log10f ((float) (sum / AUDIO_VOICE_ROW) + 1e-20f), LEAST_DB);
  frames->voiced[row] = hz[centre / AUDIO_PITCH_HOP] > 0;
}

static void
fill_envelopes (AudioVoiceAnalyser *analyser, const float *samples, size_t n_samples,
                const float *hz, AudioVoiceFrames *frames)
{
  for (int i = 0; i < frames->n * AUDIO_VOICE_N_SUB; i++) {
    const size_t centre = (size_t) MAX (i - AUDIO_VOICE_N_SUB / 2, 0) * AUDIO_VOICE_HOP;
    const size_t at = MIN (centre, n_samples - 1);

    audio_envelope_compute (analyser->envelope, samples, n_samples, at, hz[at / AUDIO_PITCH_HOP],
                            frames->envelope + (size_t) i * AUDIO_ENVELOPE_SIZE);
  }
}

AudioVoiceFrames *
audio_voice_analyser_run (AudioVoiceAnalyser *analyser, const float *samples, size_t n_samples,
                          gboolean with_envelope, GError **error)
{
  const AudioWhisperConfig *config = audio_whisper_get_config (analyser->whisper);
  NnContext *context = audio_whisper_get_context (analyser->whisper);
  const int n = (int) ((n_samples + AUDIO_VOICE_ROW - 1) / AUDIO_VOICE_ROW);
  const int most = MIN (MAX_PART, config->n_audio_ctx);
  const int n_parts = (n + most - 1) / most;
  g_autoptr (AudioVoiceFrames) frames = audio_voice_frames_new (n, config->n_state, with_envelope);
  const size_t n_pitch = audio_pitch_count_frames (n_samples);
  g_autofree float *hz = g_new (float, n_pitch);
  g_autofree float *voicing = g_new (float, n_pitch);

  for (int i = 0; i < n_parts; i++) {
    const int first = (int) ((gint64) n * i / n_parts);
    const int end = (int) ((gint64) n * (i + 1) / n_parts);

    if (!encode_part (analyser, samples, n_samples, first, end - first, frames)) {
      g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_CANCELLED, "listening to a voice was stopped");
      return NULL;
    }
  }
  if (!audio_pitch_track (analyser->pitch, samples, n_samples, hz, voicing, NULL, NULL,
                          &context->cancel, error))
    return NULL;
  for (int row = 0; row < n; row++)
    measure_row (samples, n_samples, hz, row, frames);
  if (with_envelope)
    fill_envelopes (analyser, samples, n_samples, hz, frames);
  return g_steal_pointer (&frames);
}
