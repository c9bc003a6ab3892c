/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Voice files of made-up frames, for tests of what reads them. */

#pragma once

#include <string.h>

#include "audio/conversion/voice-file.h"
#include "tests/audio/made-up.h"

#define MADE_UP_VOICE_ROWS 40

static inline void
made_up_fill (float *values, size_t n, float scale, uint32_t *state)
{
  for (size_t i = 0; i < n; i++)
    values[i] = scale * signal_next (state);
}

/* Frames whose values follow from the seed; all rows hold speech. (transfer full). */
static inline AudioVoiceFrames *
made_up_voice_frames (int n, int n_state, uint32_t seed)
{
  AudioVoiceFrames *frames = audio_voice_frames_new (n, n_state, TRUE);
  const size_t n_envelope = (size_t) n * AUDIO_VOICE_N_SUB * AUDIO_ENVELOPE_SIZE;
  uint32_t state = seed;

  made_up_fill (frames->features, (size_t) n * (size_t) n_state, 1, &state);
  made_up_fill (frames->envelope, n_envelope, 0.05f, &state);
  for (int i = 0; i < n; i++) {
    frames->level_db[i] = -30 + 8 * signal_next (&state);
    frames->voiced[i] = signal_next (&state) > 0;
  }
  return frames;
}

/* Borrows the name. */
static inline AudioVoiceFacts
made_up_voice_facts (const char *name)
{
  static const char *const clips[] = { "00ff", "11ee" };
  AudioVoiceFacts facts = { .name = name,
                            .stock = "af_heart",
                            .f0_factor = 1.25,
                            .f0_spread = 0.75,
                            .strength = 1.15,
                            .date = "2026-01-02T03:04:05Z",
                            .origin = "file",
                            .attestation = "my own voice",
                            .clips = clips,
                            .n_clips = G_N_ELEMENTS (clips),
                            .reference_s = 12.5,
                            .calibration_s = 60,
                            .score = 0.8 };

  facts.embedding[7] = 1;
  return facts;
}

/* (transfer full): a whole file, with moments unless `is_draft`. */
static inline GBytes *
made_up_voice_bytes (const char *name, int n_state, gboolean is_draft)
{
  g_autoptr (AudioVoiceFrames) reference = made_up_voice_frames (MADE_UP_VOICE_ROWS, n_state, 1);
  g_autoptr (AudioVoiceFrames) calibration =
      made_up_voice_frames (MADE_UP_VOICE_ROWS + 9, n_state, 2);
  const AudioVoiceFacts facts = made_up_voice_facts (name);
  AudioVoiceMoments moments = { 0 };

  for (int b = 0; b < AUDIO_VOICE_N_BANDS; b++) {
    moments.reference.mean[b] = -20 - (float) b / 4;
    moments.converted.mean[b] = -20 - (float) b / 5;
    moments.reference.deviation[b] = moments.converted.deviation[b] = 10;
    moments.map[b][b] = 0.875f;
    moments.map[b][0] += 0.125f;
  }
  return audio_voice_file_make (&facts, reference, calibration, is_draft ? NULL : &moments);
}
