/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The heads that the program brings along, over Whisper base and the speaker encoder with their
 * real weights, against tests/golden/audio/heads-inaugural.txt (tools/goldens/heads). */

#include "audio/heads/heads.h"
#include "audio/sound/clip.h"
#include "audio/speaker/speaker.h"
#include "tests/audio/tiny-whisper.h"
#include "tests/support/weights.h"

#include <math.h>

/* The encoder may multiply in bfloat16. */
#define TOLERANCE 0.03

typedef struct {
  NnContext *context;
  AudioWhisper *whisper; /* NULL: the models are absent */
  AudioWhisperState *state;
  AudioSpeakerEncoder *encoder;
  AudioHeads *heads;
} Fixture;

static char *
data_file (const char *folder, const char *name)
{
  return g_build_filename (g_getenv ("HEARSAY_SOURCE_ROOT"), "data", folder, name, NULL);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *whisper = weights_find ("whisper-base");
  g_autofree char *speaker = whisper != NULL ? weights_find ("ge2e-speaker") : NULL;
  g_autofree char *heads = data_file ("weights", "heads.gguf");
  g_autoptr (GError) error = NULL;

  f->context = nn_context_new (0);
  if (speaker == NULL)
    return;
  f->whisper = audio_whisper_load (f->context, whisper, &error);
  g_assert_no_error (error);
  f->state = audio_whisper_state_new (f->whisper, 1, &error);
  g_assert_no_error (error);
  f->encoder = audio_speaker_encoder_load (f->context, speaker, &error);
  g_assert_no_error (error);
  f->heads = audio_heads_load (f->context, heads, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  audio_heads_free (f->heads);
  audio_speaker_encoder_free (f->encoder);
  audio_whisper_state_free (f->state);
  audio_whisper_free (f->whisper);
  nn_context_free (f->context);
}

static void
judge (Fixture *f, const float *samples, size_t n, AudioAttributes *out)
{
  g_autoptr (GError) error = NULL;
  float speaker[AUDIO_SPEAKER_DIM];
  float sum = 0.0f;

  audio_speaker_embed (f->encoder, samples, n, speaker);
  g_assert_true (
      audio_heads_judge (f->heads, f->whisper, f->state, samples, n, speaker, NULL, out, &error));
  g_assert_no_error (error);
  for (int i = 0; i < AUDIO_N_EMOTIONS; i++) {
    g_test_message ("%s %.3f", audio_emotion_get_name (i), (double) out->emotion[i]);
    sum += out->emotion[i];
  }
  g_test_message ("female %.3f, doubts %x", (double) out->female, out->doubts);
  g_assert_cmpfloat_with_epsilon (sum, 1.0, 1e-4);
}

static void
test_sample (Fixture *f, gconstpointer data)
{
  g_auto (GStrv) lines = tiny_whisper_golden ("heads-inaugural.txt", "emotion ");
  g_auto (GStrv) female_lines = tiny_whisper_golden ("heads-inaugural.txt", "female ");
  g_autofree char *path = data_file ("samples", "inaugural.wav");
  g_autofree float *emotions = NULL;
  g_autofree float *female = NULL;
  size_t n;
  g_autoptr (AudioClip) clip = NULL;
  g_autoptr (GError) error = NULL;
  AudioAttributes attributes;

  if (f->whisper == NULL)
    return;
  clip = audio_clip_load (path, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  judge (f, clip->samples, clip->n_samples, &attributes);
  emotions = tiny_whisper_numbers (lines[0], &n);
  g_assert_cmpuint (n, ==, AUDIO_N_EMOTIONS);
  for (int i = 0; i < AUDIO_N_EMOTIONS; i++)
    g_assert_cmpfloat_with_epsilon (attributes.emotion[i], emotions[i], TOLERANCE);
  female = tiny_whisper_numbers (female_lines[0], &n);
  g_assert_cmpfloat_with_epsilon (attributes.female, female[0], TOLERANCE);
  g_assert_cmpfloat (attributes.female, <, 0.15f);
  g_assert_true (attributes.gender_certain);
  g_assert_cmpuint (attributes.doubts & AUDIO_DOUBT_SHORT, ==, 0);
}

/* No verdict where there is no voice. */
static void
test_nobody (Fixture *f, gconstpointer data)
{
  const size_t n = 5 * AUDIO_RATE_HZ;
  g_autofree float *samples = g_new0 (float, n);
  AudioAttributes attributes;

  if (f->whisper == NULL)
    return;
  for (int kind = 0; kind < 4; kind++) {
    if (kind == 1)
      tiny_whisper_seeded ("noise", n, 0.3f, 0.0f, samples);
    if (kind == 2)
      for (size_t i = 0; i < n; i++)
        samples[i] = 0.3f * (float) sin (2.0 * G_PI * 440.0 * (double) i / AUDIO_RATE_HZ);
    judge (f, samples, kind == 3 ? AUDIO_RATE_HZ / 10 : n, &attributes);
    g_assert_false (attributes.certain);
    g_assert_cmpuint (attributes.doubts & ~(unsigned) AUDIO_DOUBT_GENDER, !=, 0);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/weights/heads/sample", Fixture, NULL, set_up, test_sample, tear_down);
  g_test_add ("/weights/heads/nobody", Fixture, NULL, set_up, test_nobody, tear_down);
  return g_test_run ();
}
