/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Voice files: what is written is read, and a damaged one is an error that names the file. */

#include "audio/conversion/voice-file.h"

#include <math.h>

#include "nn/gguf/gguf-writer.h"
#include "tests/audio/made-up-own-voice.h"

enum { N_STATE = 64 };

static void
test_round_trip (void)
{
  g_autoptr (GBytes) bytes = made_up_voice_bytes ("mine", N_STATE, FALSE);
  g_autoptr (GError) error = NULL;
  g_autoptr (AudioVoiceFile) file = audio_voice_file_open_bytes (bytes, "a", &error);
  const AudioVoiceFacts expected = made_up_voice_facts ("mine"), *facts;
  AudioVoiceMoments moments;

  g_assert_no_error (error);
  facts = audio_voice_file_get_facts (file);
  g_assert_cmpstr (facts->name, ==, "mine");
  g_assert_cmpstr (facts->stock, ==, expected.stock);
  g_assert_cmpstr (facts->origin, ==, expected.origin);
  g_assert_cmpstr (facts->attestation, ==, expected.attestation);
  g_assert_cmpuint (facts->n_clips, ==, 2);
  g_assert_cmpstr (facts->clips[1], ==, "11ee");
  g_assert_cmpfloat (facts->f0_factor, ==, 1.25);
  g_assert_cmpfloat (facts->strength, ==, 1.15);
  g_assert_cmpfloat (facts->embedding[7], ==, 1);
  g_assert_cmpint (audio_voice_file_get_n_state (file), ==, N_STATE);
  g_assert_true (audio_voice_file_get_moments (file, &moments));
  g_assert_cmpfloat (moments.reference.mean[4], ==, -21);
  g_assert_cmpfloat (moments.converted.deviation[63], ==, 10);
  g_assert_cmpfloat (moments.map[9][0], ==, 0.125);
  g_assert_cmpfloat (moments.map[9][9], ==, 0.875);
}

/* A file from before there was a map: each band by its own deviations. */
static void
test_without_map (void)
{
  g_autoptr (GBytes) whole = made_up_voice_bytes ("mine", N_STATE, FALSE);
  gsize n;
  const char *data = g_bytes_get_data (whole, &n);
  g_autofree char *copy = g_memdup2 (data, n);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (AudioVoiceFile) file = NULL;
  AudioVoiceMoments moments;
  char *at = memmem (copy, n, "moments.map", strlen ("moments.map"));

  g_assert_nonnull (at);
  at[0] = 'X';
  bytes = g_bytes_new (copy, n);
  file = audio_voice_file_open_bytes (bytes, "old", &error);
  g_assert_no_error (error);
  g_assert_true (audio_voice_file_get_moments (file, &moments));
  for (int b = 0; b < AUDIO_VOICE_N_BANDS; b++)
    g_assert_cmpfloat (moments.map[b][b], ==, 1);
  g_assert_cmpfloat (moments.map[9][0], ==, 0);
}

static void
test_draft (void)
{
  g_autoptr (GBytes) bytes = made_up_voice_bytes ("mine", N_STATE, TRUE);
  g_autoptr (AudioVoiceFile) file = audio_voice_file_open_bytes (bytes, "a", NULL);
  AudioVoiceMoments moments;

  g_assert_nonnull (file);
  g_assert_false (audio_voice_file_get_moments (file, &moments));
}

/* A file of everything but one thing, or with one thing that is not as it should be. */
static void
test_flaws (void)
{
  g_autoptr (GBytes) whole = made_up_voice_bytes ("mine", N_STATE, FALSE);
  static const struct {
    const char *key; /* spoilt where it stands in the file */
    const char *complaint;
  } flaws[] = {
    { "voice.stock", "voice.stock" },
    { "voice.clips", "voice.clips" },
    { "voice.f0_factor", "voice.f0_factor" },
    { "voice.calibration_level_db", "voice.calibration_level_db" },
    { "reference.features", "reference.features" },
    { "calibration.envelope", "calibration.envelope" },
    { "calibration.normalisation", "calibration.normalisation" },
    { "speaker", "speaker" },
    { "general.architecture", "general.architecture" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (flaws); i++) {
    gsize n;
    const char *data = g_bytes_get_data (whole, &n);
    g_autofree char *copy = g_memdup2 (data, n);
    char *at = memmem (copy, n, flaws[i].key, strlen (flaws[i].key));
    g_autoptr (GBytes) bytes = NULL;
    g_autoptr (GError) error = NULL;

    g_assert_nonnull (at);
    at[0] = 'X';
    bytes = g_bytes_new (copy, n);
    g_assert_null (audio_voice_file_open_bytes (bytes, "bad.voice", &error));
    g_assert_nonnull (error);
    g_assert_nonnull (strstr (error->message, "bad.voice"));
    g_assert_nonnull (strstr (error->message, flaws[i].complaint));
    g_assert_null (strchr (error->message, '\n'));
  }
}

static void
test_values (void)
{
  g_autoptr (AudioVoiceFrames) frames = made_up_voice_frames (MADE_UP_VOICE_ROWS, N_STATE, 1);
  g_autoptr (AudioVoiceFrames) few = made_up_voice_frames (3, N_STATE, 1);
  AudioVoiceFacts facts = made_up_voice_facts ("mine");
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) short_one = audio_voice_file_make (&facts, few, frames, NULL);

  g_assert_null (audio_voice_file_open_bytes (short_one, "a", &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL);
  g_assert_nonnull (strstr (error->message, "3 rows"));
  g_clear_error (&error);

  facts.strength = 7;
  g_autoptr (GBytes) strong = audio_voice_file_make (&facts, frames, frames, NULL);
  g_assert_null (audio_voice_file_open_bytes (strong, "a", &error));
  g_assert_nonnull (strstr (error->message, "voice.strength is 7"));
  g_clear_error (&error);

  facts.strength = 1;
  AudioVoiceMoments moments = { 0 };
  for (int b = 0; b < AUDIO_VOICE_N_BANDS; b++) {
    moments.reference.mean[b] = moments.converted.mean[b] = -20;
    moments.reference.deviation[b] = moments.converted.deviation[b] = b == 5 ? 0 : 10;
  }
  g_autoptr (GBytes) flat = audio_voice_file_make (&facts, frames, frames, &moments);
  g_assert_null (audio_voice_file_open_bytes (flat, "a", &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL);
  g_assert_nonnull (strstr (error->message, "band 5"));
  g_clear_error (&error);

  /* The level of a set is what all others are counted from. */
  gsize n;
  g_autoptr (GBytes) whole = audio_voice_file_make (&facts, frames, frames, NULL);
  const char *data = g_bytes_get_data (whole, &n);
  g_autofree char *copy = g_memdup2 (data, n);
  static const char key[] = "voice.calibration_level_db";
  char *at = memmem (copy, n, key, strlen (key));
  g_assert_nonnull (at);
  memcpy (at + strlen (key) + 4, &(double){ NAN }, sizeof (double));
  g_autoptr (GBytes) silent = g_bytes_new (copy, n);
  g_assert_null (audio_voice_file_open_bytes (silent, "a", &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL);
  g_assert_nonnull (strstr (error->message, key));
  g_clear_error (&error);

  frames->envelope[100] = NAN;
  g_autoptr (GBytes) broken = audio_voice_file_make (&facts, frames, frames, NULL);
  g_assert_null (audio_voice_file_open_bytes (broken, "a", &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL);
  g_assert_nonnull (strstr (error->message, "reference.envelope"));
}

static void
test_cut_short (void)
{
  g_autoptr (GBytes) whole = made_up_voice_bytes ("mine", N_STATE, FALSE);
  const gsize n = g_bytes_get_size (whole);

  for (gsize part = 0; part < 50; part++) {
    g_autoptr (GBytes) bytes = g_bytes_new_from_bytes (whole, 0, n * part / 50);
    g_autoptr (GError) error = NULL;

    g_assert_null (audio_voice_file_open_bytes (bytes, "a", &error));
    g_assert_nonnull (error);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/voice-file/round-trip", test_round_trip);
  g_test_add_func ("/voice-file/draft", test_draft);
  g_test_add_func ("/voice-file/without-map", test_without_map);
  g_test_add_func ("/voice-file/flaws", test_flaws);
  g_test_add_func ("/voice-file/values", test_values);
  g_test_add_func ("/voice-file/cut-short", test_cut_short);
  return g_test_run ();
}
