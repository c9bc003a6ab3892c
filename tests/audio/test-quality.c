/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What makes a recording unfit to be judged: a clean one gives no doubt, and each way of spoiling
 * it the one that belongs to it. */

#include <math.h>
#include <string.h>

#include "audio/heads/quality.h"
#include "audio/vad/vad.h"
#include "tests/audio/made-up-voice.h"

#define RATE 16000

static AudioClip *
load_sample (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path =
      g_build_filename (g_getenv ("HEARSAY_SOURCE_ROOT"), "data", "samples", "inaugural.wav", NULL);
  AudioClip *clip = audio_clip_load (path, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  return clip;
}

static AudioQuality
measure (const AudioClip *clip, double start_s, double end_s, const GArray *spans)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AudioProsodyTrack) track = audio_prosody_track_new (clip, NULL, NULL, NULL, &error);
  AudioQuality quality;
  g_assert_no_error (error);
  audio_quality_measure (clip, track, start_s, end_s, spans, &quality);
  g_test_message ("%.2f s, SNR %.1f dB, clipped %.4f, up to %.0f Hz, voiced %.2f",
                  (double) quality.speech_s, (double) quality.snr_db, (double) quality.clipped,
                  (double) quality.band_edge_hz, (double) quality.voiced);
  return quality;
}

static unsigned
get_doubts (const AudioClip *clip)
{
  AudioQuality quality = measure (clip, 0, clip->seconds, NULL);
  return audio_quality_get_doubts (&quality);
}

static void
test_clean (void)
{
  g_autoptr (AudioClip) clip = load_sample ();
  AudioQuality quality = measure (clip, 0, clip->seconds, NULL);
  g_assert_cmpuint (audio_quality_get_doubts (&quality), ==, 0);
  g_assert_cmpfloat (quality.clipped, ==, 0);
  g_assert_cmpfloat (quality.snr_db, >, 20);
  /* Softer, it is the same recording. */
  for (size_t i = 0; i < clip->n_samples; i++)
    clip->samples[i] *= 0.05f;
  g_assert_cmpuint (get_doubts (clip), ==, 0);
}

static void
test_noise (void)
{
  static const double ratios[] = { 0, 5, 20 };
  uint32_t state = 4;
  for (size_t i = 0; i < G_N_ELEMENTS (ratios); i++) {
    g_autoptr (AudioClip) clip = load_sample ();
    double rms = voice_get_rms (clip->samples, clip->n_samples);
    voice_add_noise (clip->samples, clip->n_samples, rms * pow (10, -ratios[i] / 20), &state);
    AudioQuality quality = measure (clip, 0, clip->seconds, NULL);
    gboolean is_noisy = (audio_quality_get_doubts (&quality) & AUDIO_DOUBT_NOISE) != 0;
    g_assert_cmpint (is_noisy, ==, ratios[i] < 10);
    /* Speech is louder than the mean with the pauses, and the quietest frames softer than noise is
     * in the mean. */
    g_assert_cmpfloat_with_epsilon (quality.snr_db, ratios[i] + 3.5, 2.5);
  }
}

/* A stretch without a pause is judged by what is around it. */
static void
test_around (void)
{
  g_autofree float *samples = g_new0 (float, 8 * RATE);
  uint32_t state = 6;
  voice_add_pulses (samples + 2 * RATE, 4 * RATE, 140, 0.8, 0, 0);
  voice_make_vowel (samples, 8 * RATE);
  voice_add_noise (samples, 8 * RATE, 1e-4, &state);
  g_autoptr (AudioClip) clip = audio_clip_new (samples, 8 * RATE);
  AudioQuality quality = measure (clip, 3, 5, NULL);
  g_assert_cmpfloat (quality.snr_db, >, 25);
  g_assert_cmpfloat_with_epsilon (quality.speech_s, 2, 0.02);
}

static void
test_clipped (void)
{
  static const float gains[] = { 8, 20 };
  for (size_t i = 0; i < G_N_ELEMENTS (gains); i++) {
    g_autoptr (AudioClip) clip = load_sample ();
    for (size_t j = 0; j < clip->n_samples; j++)
      clip->samples[j] = CLAMP (gains[i] * clip->samples[j], -0.9f, 0.9f);
    AudioQuality quality = measure (clip, 0, clip->seconds, NULL);
    g_assert_cmpuint (audio_quality_get_doubts (&quality) & AUDIO_DOUBT_CLIPPED, !=, 0);
    /* Made softer and filtered afterwards. */
    for (size_t j = clip->n_samples - 1; j > 0; j--)
      clip->samples[j] = 0.2f * clip->samples[j] + 0.05f * clip->samples[j - 1];
    g_assert_cmpuint (get_doubts (clip) & AUDIO_DOUBT_CLIPPED, !=, 0);
  }
}

/* A windowed sinc: nothing is left above the edge. */
static void
cut_above (AudioClip *clip, double hz)
{
  enum { REACH = 128 };
  float taps[2 * REACH + 1];
  g_autofree float *out = g_new0 (float, clip->n_samples);
  for (int i = -REACH; i <= REACH; i++) {
    double x = 2 * hz / RATE * i, sinc = i == 0 ? 1 : sin (G_PI * x) / (G_PI * x);
    taps[i + REACH] = (float) (2 * hz / RATE * sinc * (0.5 + 0.5 * cos (G_PI * i / (REACH + 1))));
  }
  for (size_t i = REACH; i + REACH < clip->n_samples; i++)
    for (int j = -REACH; j <= REACH; j++)
      out[i] += taps[j + REACH] * clip->samples[i + (size_t) (j + REACH) - REACH];
  memcpy (clip->samples, out, clip->n_samples * sizeof *out);
}

static void
test_narrow (void)
{
  static const double edges[] = { 3400, 4000 };
  for (size_t i = 0; i < G_N_ELEMENTS (edges); i++) {
    g_autoptr (AudioClip) clip = load_sample ();
    cut_above (clip, edges[i]);
    AudioQuality quality = measure (clip, 0, clip->seconds, NULL);
    g_assert_cmpfloat_with_epsilon (quality.band_edge_hz, edges[i], 400);
    g_assert_cmpuint (audio_quality_get_doubts (&quality), ==, AUDIO_DOUBT_NARROW);
  }
}

/* Each sample's sign is drawn: the level of speech, without a pitch. */
static void
test_whisper (void)
{
  g_autoptr (AudioClip) clip = load_sample ();
  g_autofree float *noise = g_new0 (float, clip->n_samples);
  uint32_t state = 8;
  float level = 0;
  voice_add_noise (noise, clip->n_samples, 1, &state);
  for (size_t i = 0; i < clip->n_samples; i++) {
    level += 0.005f * (fabsf (clip->samples[i]) - level);
    clip->samples[i] = CLAMP (level * noise[i], -1, 1);
  }
  g_assert_cmpuint (get_doubts (clip), ==, AUDIO_DOUBT_UNVOICED);
}

static void
test_short (void)
{
  g_autoptr (AudioClip) clip = load_sample ();
  g_autoptr (GArray) none = g_array_new (FALSE, FALSE, sizeof (AudioSpan));
  static const double times[][2] = { { 0, 0 },       { 4, 3 },     { 20, 30 },  { NAN, 2 },
                                     { 3.30, 3.31 }, { 3.3, 3.5 }, { 3.3, 3.6 } };
  for (size_t i = 0; i < G_N_ELEMENTS (times); i++) {
    AudioQuality quality = measure (clip, times[i][0], times[i][1], NULL);
    g_assert_cmpuint (audio_quality_get_doubts (&quality) & AUDIO_DOUBT_SHORT, !=, 0);
  }
  /* Nobody speaks. */
  AudioQuality quality = measure (clip, 0, clip->seconds, none);
  g_assert_cmpfloat (quality.speech_s, ==, 0);
  g_assert_cmpuint (audio_quality_get_doubts (&quality), ==, AUDIO_DOUBT_SHORT);
  memset (clip->samples, 0, clip->n_samples * sizeof (float));
  g_assert_cmpuint (get_doubts (clip), ==, AUDIO_DOUBT_SHORT);
}

/* Values at the limits, without sound. */
static void
test_doubts (void)
{
  AudioQuality good = {
    .speech_s = 3, .snr_db = 30, .clipped = 0, .band_edge_hz = 8000, .voiced = 0.6f
  };
  AudioQuality unknown = good;
  g_assert_cmpuint (audio_quality_get_doubts (&good), ==, 0);
  unknown.snr_db = unknown.clipped = unknown.band_edge_hz = unknown.voiced = NAN;
  g_assert_cmpuint (audio_quality_get_doubts (&unknown), ==, 0);
  AudioQuality bad = {
    .speech_s = 0.3f, .snr_db = 3, .clipped = 0.02f, .band_edge_hz = 4000, .voiced = 0.05f
  };
  g_assert_cmpuint (audio_quality_get_doubts (&bad), ==,
                    AUDIO_DOUBT_SHORT | AUDIO_DOUBT_NOISE | AUDIO_DOUBT_CLIPPED | AUDIO_DOUBT_NARROW
                        | AUDIO_DOUBT_UNVOICED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/audio/quality/clean", test_clean);
  g_test_add_func ("/audio/quality/noise", test_noise);
  g_test_add_func ("/audio/quality/around", test_around);
  g_test_add_func ("/audio/quality/clipped", test_clipped);
  g_test_add_func ("/audio/quality/narrow", test_narrow);
  g_test_add_func ("/audio/quality/whisper", test_whisper);
  g_test_add_func ("/audio/quality/short", test_short);
  g_test_add_func ("/audio/quality/doubts", test_doubts);
  return g_test_run ();
}
