/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is measured of a stretch: made-up voices whose loudness, jitter, shimmer, noise, rate and
 * pauses are known, a stretch by itself and within others, real speech against Praat's values
 * (tools/goldens/prosody), and stretches that tell nothing. */

#include <math.h>
#include <string.h>

#include "audio/prosody/prosody.h"
#include "audio/vad/vad.h"
#include "tests/audio/made-up-voice.h"

#define RATE 16000

static AudioProsodyTrack *
make_track (const float *samples, size_t n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AudioClip) clip = audio_clip_new (samples, n);
  AudioProsodyTrack *track = audio_prosody_track_new (clip, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  return track;
}

/* Of the whole. */
static AudioProsody
measure (const float *samples, size_t n)
{
  g_autoptr (AudioProsodyTrack) track = make_track (samples, n);
  AudioProsody prosody;
  audio_prosody_measure (track, 0, (double) n / RATE, NULL, &prosody);
  return prosody;
}

static double
from_db (double db)
{
  return pow (10, db / 20);
}

/* A mono sine of 1 kHz whose peak is at -20 dB of full scale is at -23 LUFS. */
static void
test_loudness (void)
{
  size_t n = 14 * RATE;
  g_autofree float *samples = g_new0 (float, n);
  voice_add_tone (samples, n, 1000, from_db (-36 + 3.01));
  voice_add_tone (samples + 2 * RATE, 10 * RATE, 1000, from_db (-23 + 3.01) - from_db (-36 + 3.01));
  g_autoptr (AudioProsodyTrack) track = make_track (samples, n);
  AudioProsody prosody;
  audio_prosody_measure (track, 3, 11, NULL, &prosody);
  g_assert_cmpfloat_with_epsilon (prosody.loudness_lufs, -23, 0.1);
  audio_prosody_measure (track, 0, 2, NULL, &prosody);
  g_assert_cmpfloat_with_epsilon (prosody.loudness_lufs, -36, 0.1);
  /* The quiet ends are gated, as in case 3 of EBU Tech 3341. */
  audio_prosody_measure (track, 0, 14, NULL, &prosody);
  g_assert_cmpfloat_with_epsilon (prosody.loudness_lufs, -23, 0.1);
  g_assert_cmpuint (audio_prosody_track_get_n_frames (track), ==, 1400);
  g_assert_cmpfloat_with_epsilon (audio_prosody_track_get_loudness (track)[700], -23, 0.1);
  g_assert_cmpfloat_with_epsilon (audio_prosody_track_get_level (track)[700], -23, 0.1);
}

static void
test_pitch (void)
{
  size_t n = 4 * RATE;
  g_autofree float *samples = g_new0 (float, n);
  voice_add_pulses (samples, n * 85 / 100, 120, 0.5, 0, 0);
  voice_add_pulses (samples + n * 85 / 100, n * 15 / 100, 240, 0.5, 0, 0);
  voice_make_vowel (samples, n);
  g_autoptr (AudioProsodyTrack) track = make_track (samples, n);
  AudioProsody prosody;
  audio_prosody_measure (track, 0, 4, NULL, &prosody);
  g_assert_cmpfloat_with_epsilon (prosody.pitch_low_hz, 120, 0.5);
  g_assert_cmpfloat_with_epsilon (prosody.pitch_high_hz, 240, 0.5);
  /* 15 % of the time 12 semitones higher. */
  g_assert_cmpfloat_with_epsilon (prosody.pitch_sd_st, 12 * sqrt (0.15 * 0.85), 0.1);
  g_assert_cmpfloat (prosody.voiced, >, 0.97);
  audio_prosody_measure (track, 0.5, 1.5, NULL, &prosody);
  g_assert_cmpfloat_with_epsilon (prosody.pitch_hz, 120, 0.3);
  g_assert_cmpfloat_with_epsilon (prosody.pitch_sd_st, 0, 0.05);
  g_assert_cmpfloat (prosody.pitch_move, <, 0.5);
  audio_prosody_measure (track, 3.5, 3.9, NULL, &prosody);
  g_assert_cmpfloat_with_epsilon (prosody.pitch_hz, 240, 0.3);
}

static void
test_jitter_and_shimmer (void)
{
  static const double parts[] = { 0, 0.005, 0.01, 0.015 };
  static const double pitches[] = { 90, 140, 230 };
  size_t n = 2 * RATE;
  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++) {
    for (size_t j = 0; j < G_N_ELEMENTS (pitches); j++) {
      g_autofree float *uneven = g_new0 (float, n);
      VoicePulses pulses = voice_add_pulses (uneven, n, pitches[j], 0.5, parts[i], 0);
      AudioProsody prosody = measure (uneven, n);
      g_assert_cmpfloat_with_epsilon (prosody.jitter, pulses.jitter, 0.001 + 0.05 * pulses.jitter);
      g_autofree float *shaking = g_new0 (float, n);
      pulses = voice_add_pulses (shaking, n, pitches[j], 0.5, 0, 2 * parts[i]);
      prosody = measure (shaking, n);
      g_assert_cmpfloat_with_epsilon (prosody.shimmer, pulses.shimmer,
                                      0.001 + 0.05 * pulses.shimmer);
      g_assert_cmpfloat (prosody.jitter, <, 0.001);
    }
  }
}

static void
test_hnr (void)
{
  static const double ratios[] = { 5, 10, 20, 30 };
  size_t n = 2 * RATE;
  uint32_t state = 11;
  for (size_t i = 0; i < G_N_ELEMENTS (ratios); i++) {
    g_autofree float *samples = g_new0 (float, n);
    voice_add_pulses (samples, n, 130, 0.9, 0, 0);
    voice_add_noise (samples, n, voice_get_rms (samples, n) * from_db (-ratios[i]), &state);
    AudioProsody prosody = measure (samples, n);
    g_assert_cmpfloat_with_epsilon (prosody.hnr_db, ratios[i], 1.2);
  }
}

static void
test_tilt (void)
{
  g_autofree float *samples = g_new0 (float, RATE);
  voice_add_tone (samples, RATE, 400, 0.4);
  voice_add_tone (samples, RATE, 2000, 0.1);
  AudioProsody prosody = measure (samples, RATE);
  g_assert_cmpfloat_with_epsilon (prosody.tilt_db, 12.04, 0.1);
}

/* Vowels of 150 Hz, one every so many seconds, each sounding for 60 % of that. (transfer full). */
static float *
make_syllables (size_t n, double every_s)
{
  float *samples = g_new0 (float, n);
  voice_add_pulses (samples, n, 150, 0.8, 0, 0);
  voice_make_vowel (samples, n);
  for (size_t i = 0; i < n; i++) {
    double part = fmod ((double) i / RATE / every_s, 1);
    samples[i] *= part < 0.6 ? (float) pow (sin (G_PI * part / 0.6), 2) : 0;
  }
  return samples;
}

static void
test_rate (void)
{
  static const double rates[] = { 2, 4, 6, 8 };
  size_t n = 5 * RATE;
  uint32_t state = 2;
  for (size_t i = 0; i < G_N_ELEMENTS (rates); i++) {
    g_autofree float *samples = make_syllables (n, 1 / rates[i]);
    voice_add_noise (samples, n, 1e-4, &state);
    AudioProsody prosody = measure (samples, n);
    g_assert_cmpfloat_with_epsilon (prosody.rate_sps * prosody.speech_s, 5 * rates[i], 1);
    if (rates[i] > 2) {
      g_assert_cmpint (prosody.n_pauses, ==, 0);
      g_assert_cmpfloat_with_epsilon (prosody.rate_sps, rates[i], 0.06 * rates[i]);
    }
  }
  /* Noise that comes and goes has no syllables. */
  g_autofree float *hiss = g_new0 (float, n);
  voice_add_noise (hiss, n, 0.1, &state);
  for (size_t i = 0; i < n; i++)
    hiss[i] *= i / 2000 % 2 == 0 ? 1 : 0.1f;
  AudioProsody prosody = measure (hiss, n);
  g_assert_cmpfloat (prosody.rate_sps, <, 0.5);
  g_assert_cmpfloat (prosody.voiced, <, 0.05);
  g_assert_true (isnan (prosody.jitter));
}

/* Three seconds of voice at 1, 3 and 5 s, each one long; within them a stop of 0.1 s. */
static float *
make_phrases (size_t *n)
{
  uint32_t state = 9;
  *n = 7 * RATE;
  float *samples = g_new0 (float, *n);
  for (int i = 0; i < 3; i++) {
    float *phrase = samples + (1 + 2 * i) * RATE;
    voice_add_pulses (phrase, RATE * 45 / 100, 110, 0.8, 0, 0);
    voice_add_pulses (phrase + RATE * 55 / 100, RATE * 45 / 100, 110, 0.8, 0, 0);
    voice_make_vowel (phrase, RATE);
  }
  voice_add_noise (samples, *n, 1e-4, &state);
  return samples;
}

static void
test_pauses (void)
{
  size_t n;
  g_autofree float *samples = make_phrases (&n);
  g_autoptr (AudioProsodyTrack) track = make_track (samples, n);
  AudioProsody prosody;
  audio_prosody_measure (track, 0, 7, NULL, &prosody);
  g_assert_cmpint (prosody.n_pauses, ==, 2);
  g_assert_cmpfloat_with_epsilon (prosody.pause_s, 2, 0.15);
  g_assert_cmpfloat_with_epsilon (prosody.speech_s, 3, 0.15);
  audio_prosody_measure (track, 2.9, 4.1, NULL, &prosody);
  g_assert_cmpint (prosody.n_pauses, ==, 0);
  g_assert_cmpfloat_with_epsilon (prosody.speech_s, 1, 0.06);
  /* What is outside of the spans is not speech, loud as it may be. */
  AudioSpan parts[] = { { RATE / 2, 2 * RATE + RATE / 2 }, { 5 * RATE, 6 * RATE } };
  g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, sizeof (AudioSpan));
  g_array_append_vals (spans, parts, 2);
  audio_prosody_measure (track, 0, 7, spans, &prosody);
  g_assert_cmpint (prosody.n_pauses, ==, 1);
  g_assert_cmpfloat_with_epsilon (prosody.pause_s, 3, 0.15);
  g_assert_cmpfloat_with_epsilon (prosody.speech_s, 2, 0.1);
  audio_prosody_measure (track, 2.9, 4.1, spans, &prosody);
  g_assert_true (isnan (prosody.pitch_hz));
  g_array_set_size (spans, 0);
  audio_prosody_measure (track, 0, 7, spans, &prosody);
  g_assert_cmpfloat (prosody.speech_s, ==, 0);
}

static void
assert_nothing (const AudioProsody *prosody)
{
  const float values[] = { prosody->pitch_hz,     prosody->pitch_low_hz, prosody->pitch_high_hz,
                           prosody->voiced,       prosody->rate_sps,     prosody->jitter,
                           prosody->shimmer,      prosody->hnr_db,       prosody->tilt_db,
                           prosody->pitch_sd_st,  prosody->pitch_move,   prosody->level_sd_db,
                           prosody->loudness_lufs };
  for (size_t i = 0; i < G_N_ELEMENTS (values); i++)
    g_assert_true (isnan (values[i]));
  g_assert_cmpint (prosody->n_pauses, ==, 0);
  g_assert_cmpfloat (prosody->pause_s, ==, 0);
  g_assert_cmpfloat (prosody->speech_s, ==, 0);
}

static void
test_nothing (void)
{
  static const double times[][2] = {
    { 3, 3 },   { 4, 2 },     { -5, -1 },          { 70, 80 },      { NAN, 5 },
    { 0, NAN }, { NAN, NAN }, { 1e300, INFINITY }, { INFINITY, 1 }, { 0.001, 0.002 },
  };
  size_t n;
  g_autofree float *samples = make_phrases (&n);
  g_autofree float *silence = g_new0 (float, 2 * RATE);
  g_autoptr (AudioProsodyTrack) track = make_track (samples, n);
  AudioProsody prosody;
  for (size_t i = 0; i < G_N_ELEMENTS (times); i++) {
    audio_prosody_measure (track, times[i][0], times[i][1], NULL, &prosody);
    assert_nothing (&prosody);
  }
  /* Too far is as far as the clip goes. */
  audio_prosody_measure (track, -INFINITY, INFINITY, NULL, &prosody);
  g_assert_cmpint (prosody.n_pauses, ==, 2);
  prosody = measure (silence, 2 * RATE);
  assert_nothing (&prosody);
  prosody = measure (silence, 1);
  assert_nothing (&prosody);
}

/* Any brief stretch gives numbers in range, or none. */
static void
test_brief (void)
{
  size_t n;
  g_autofree float *samples = make_phrases (&n);
  g_autoptr (AudioProsodyTrack) track = make_track (samples, n);
  AudioProsody prosody;
  for (double length_s = 0.01; length_s < 0.4; length_s += 0.03) {
    for (double start_s = 0; start_s < 7; start_s += 0.037) {
      audio_prosody_measure (track, start_s, start_s + length_s, NULL, &prosody);
      g_assert_true (isnan (prosody.loudness_lufs));
      g_assert_true (isnan (prosody.rate_sps));
      g_assert_true (isnan (prosody.pitch_hz) || fabsf (prosody.pitch_hz - 110) < 30);
      g_assert_true (isnan (prosody.voiced) || (prosody.voiced >= 0 && prosody.voiced <= 1));
      g_assert_true (isnan (prosody.jitter) || (prosody.jitter >= 0 && prosody.jitter < 0.3f));
      g_assert_cmpfloat (prosody.speech_s, <=, length_s + 0.011);
    }
  }
  audio_prosody_measure (track, 1.1, 1.3, NULL, &prosody);
  g_assert_cmpfloat_with_epsilon (prosody.pitch_hz, 110, 0.5);
}

/* Within a longer recording a stretch is what it is by itself. */
static void
test_within (void)
{
  size_t n;
  g_autofree float *samples = make_phrases (&n);
  g_autofree float *longer = g_new0 (float, n + 20 * RATE);
  memcpy (longer + 10 * RATE, samples, n * sizeof (float));
  g_autoptr (AudioProsodyTrack) track = make_track (longer, n + 20 * RATE);
  AudioProsody alone = measure (samples, n), within;
  audio_prosody_measure (track, 10, 17, NULL, &within);
  g_assert_cmpfloat_with_epsilon (within.pitch_hz, alone.pitch_hz, 0.01);
  g_assert_cmpfloat_with_epsilon (within.loudness_lufs, alone.loudness_lufs, 0.1);
  g_assert_cmpfloat_with_epsilon (within.rate_sps, alone.rate_sps, 0.01);
  g_assert_cmpfloat_with_epsilon (within.pause_s, alone.pause_s, 0.03);
  g_assert_cmpfloat_with_epsilon (within.hnr_db, alone.hnr_db, 0.1);
  g_assert_cmpfloat_with_epsilon (within.jitter, alone.jitter, 1e-3);
}

static void
test_golden (void)
{
  g_autofree char *path =
      g_test_build_filename (G_TEST_DIST, "golden", "audio", "prosody-inaugural.txt", NULL);
  g_autofree char *sample =
      g_build_filename (g_getenv ("HEARSAY_SOURCE_ROOT"), "data", "samples", "inaugural.wav", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (AudioClip) clip = audio_clip_load (sample, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  AudioProsody prosody = measure (clip->samples, clip->n_samples);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  char *at = text;
  double jitter = g_ascii_strtod (at, &at), shimmer = g_ascii_strtod (at, &at);
  double hnr_db = g_ascii_strtod (at, &at);
  g_test_message ("jitter %.4f and %.4f, shimmer %.4f and %.4f, HNR %.2f and %.2f",
                  (double) prosody.jitter, jitter, (double) prosody.shimmer, shimmer,
                  (double) prosody.hnr_db, hnr_db);
  /* They choose other frames as voiced. */
  g_assert_cmpfloat_with_epsilon (prosody.jitter, jitter, 0.2 * jitter);
  g_assert_cmpfloat_with_epsilon (prosody.shimmer, shimmer, 0.25 * shimmer);
  g_assert_cmpfloat_with_epsilon (prosody.hnr_db, hnr_db, 0.7);
  /* "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for
   * your country." */
  g_assert_cmpfloat_with_epsilon (prosody.rate_sps * prosody.speech_s, 28, 4);
}

static void
on_progress (double fraction, gpointer user_data)
{
  double *last = user_data;
  g_assert_cmpfloat (fraction, >=, *last);
  *last = fraction;
}

static void
test_progress_and_cancel (void)
{
  g_autofree float *samples = g_new0 (float, 2 * RATE);
  g_autoptr (AudioClip) clip = audio_clip_new (samples, 2 * RATE);
  g_autoptr (GError) error = NULL;
  atomic_bool cancel = false;
  double last = 0;
  g_autoptr (AudioProsodyTrack) track =
      audio_prosody_track_new (clip, on_progress, &last, &cancel, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (last, ==, 1);
  cancel = true;
  g_assert_null (audio_prosody_track_new (clip, NULL, NULL, &cancel, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/audio/prosody/loudness", test_loudness);
  g_test_add_func ("/audio/prosody/pitch", test_pitch);
  g_test_add_func ("/audio/prosody/jitter-and-shimmer", test_jitter_and_shimmer);
  g_test_add_func ("/audio/prosody/hnr", test_hnr);
  g_test_add_func ("/audio/prosody/tilt", test_tilt);
  g_test_add_func ("/audio/prosody/rate", test_rate);
  g_test_add_func ("/audio/prosody/pauses", test_pauses);
  g_test_add_func ("/audio/prosody/nothing", test_nothing);
  g_test_add_func ("/audio/prosody/brief", test_brief);
  g_test_add_func ("/audio/prosody/within", test_within);
  g_test_add_func ("/audio/prosody/golden", test_golden);
  g_test_add_func ("/audio/prosody/progress-and-cancel", test_progress_and_cancel);
  return g_test_run ();
}
