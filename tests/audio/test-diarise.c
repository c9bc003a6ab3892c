/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Who speaks when, on made-up voices as far apart as those of people, and with the real weights on
 * one speaker. */

#include <math.h>

#include "audio/speaker/diarise.h"
#include "audio/vad/vad.h"
#include "tests/audio/made-up.h"
#include "tests/support/weights.h"

#define UNIT_S 0.4
#define MAX_VOICES 6

/* A conversation as it is made up: who it is stands beside each unit. */
typedef struct {
  uint32_t state;
  float common[AUDIO_SPEAKER_DIM];
  float own[MAX_VOICES][AUDIO_SPEAKER_DIM];
  GArray *units;      /* of AudioVoiceUnit */
  GArray *embeddings; /* of float */
  GArray *truth;      /* of int */
  double now;
  int span;
} Talk;

static void
fill_direction (Talk *talk, float values[AUDIO_SPEAKER_DIM])
{
  for (int i = 0; i < AUDIO_SPEAKER_DIM; i++)
    values[i] = signal_next (&talk->state) + signal_next (&talk->state);
  audio_speaker_normalise (values);
}

static void
talk_init (Talk *talk, uint32_t seed)
{
  *talk = (Talk){ .state = seed };
  fill_direction (talk, talk->common);
  for (int i = 0; i < MAX_VOICES; i++)
    fill_direction (talk, talk->own[i]);
  talk->units = g_array_new (FALSE, FALSE, sizeof (AudioVoiceUnit));
  talk->embeddings = g_array_new (FALSE, FALSE, sizeof (float));
  talk->truth = g_array_new (FALSE, FALSE, sizeof (int));
}

static void
talk_clear (Talk *talk)
{
  g_array_unref (talk->units);
  g_array_unref (talk->embeddings);
  g_array_unref (talk->truth);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Talk, talk_clear)

/* n_units of a voice, without a pause before them. The cosine of two units is about 0.75 for one
 * voice, and 0.45 for two. */
static void
say (Talk *talk, int voice, int n_units)
{
  for (int u = 0; u < n_units; u++) {
    const AudioVoiceUnit unit = { talk->now, talk->now + UNIT_S, talk->span };
    float noise[AUDIO_SPEAKER_DIM], embedding[AUDIO_SPEAKER_DIM];
    fill_direction (talk, noise);
    for (int i = 0; i < AUDIO_SPEAKER_DIM; i++)
      embedding[i] = 0.67f * talk->common[i] + 0.55f * talk->own[voice][i] + 0.5f * noise[i];
    audio_speaker_normalise (embedding);
    g_array_append_val (talk->units, unit);
    g_array_append_vals (talk->embeddings, embedding, AUDIO_SPEAKER_DIM);
    g_array_append_val (talk->truth, voice);
    talk->now += UNIT_S;
  }
}

static void
be_silent (Talk *talk, double seconds)
{
  talk->now += seconds;
  talk->span++;
}

static AudioDiarisation *
diarise (const Talk *talk, int n_speakers)
{
  const AudioDiariseOptions options = { .n_speakers = n_speakers };
  return audio_diarise_units ((const AudioVoiceUnit *) (void *) talk->units->data,
                              (const float *) (void *) talk->embeddings->data, talk->units->len,
                              &options);
}

/* Units that are given to another speaker than most of their voice are. */
static int
count_errors (const Talk *talk, const AudioDiarisation *found)
{
  int votes[MAX_VOICES][AUDIO_MAX_SPEAKERS] = { 0 }, n_right = 0;
  for (guint i = 0; i < talk->units->len; i++) {
    const AudioVoiceUnit *unit = &g_array_index (talk->units, AudioVoiceUnit, i);
    const int speaker =
        audio_diarisation_find_speaker (found, unit->start + 0.01, unit->end - 0.01);
    g_assert_cmpint (speaker, >=, 0);
    g_assert_cmpint (speaker, <, found->n_speakers);
    votes[g_array_index (talk->truth, int, i)][speaker]++;
  }
  for (int v = 0; v < MAX_VOICES; v++) {
    int most = 0;
    for (int s = 0; s < found->n_speakers; s++)
      most = MAX (most, votes[v][s]);
    n_right += most;
  }
  return (int) talk->units->len - n_right;
}

/* What holds for every result. */
static void
check_form (const AudioDiarisation *found)
{
  double end = 0, sum = 0, speech = 0;
  int n_seen = 0;
  for (guint i = 0; i < found->turns->len; i++) {
    const AudioTurn *turn = &g_array_index (found->turns, AudioTurn, i);
    g_assert_cmpfloat (turn->start, >=, end);
    g_assert_cmpfloat (turn->end, >, turn->start);
    g_assert_cmpfloat (turn->confidence, >=, 0);
    g_assert_cmpfloat (turn->confidence, <=, 1);
    g_assert_cmpint (turn->speaker, <=, n_seen);
    n_seen = MAX (n_seen, turn->speaker + 1);
    end = turn->end;
    speech += turn->end - turn->start;
  }
  g_assert_cmpint (n_seen, ==, found->n_speakers);
  for (int i = 0; i < found->n_speakers; i++) {
    const float *voice = found->embeddings + i * AUDIO_SPEAKER_DIM;
    g_assert_cmpfloat (found->seconds[i], >, 0);
    g_assert_cmpfloat (fabsf (audio_speaker_compare (voice, voice) - 1.0f), <, 1e-4f);
    sum += found->seconds[i];
  }
  g_assert_cmpfloat (sum, <=, speech + 1e-6);
}

static void
test_counts (void)
{
  for (int n = 1; n <= MAX_VOICES; n++) {
    g_auto (Talk) talk = { 0 };
    talk_init (&talk, (uint32_t) n);
    for (int turn = 0; turn < 5 * n; turn++) {
      say (&talk, (turn * 5 + turn / n) % n, 4 + turn % 9);
      be_silent (&talk, 0.3 + 0.1 * (turn % 4));
    }
    g_autoptr (AudioDiarisation) found = diarise (&talk, 0);
    g_test_message ("%d voices: %d speakers", n, found->n_speakers);
    g_assert_cmpint (found->n_speakers, ==, n);
    g_assert_cmpint (count_errors (&talk, found), ==, 0);
    check_form (found);
  }
}

/* Two people who leave no pause: the change is found where it is. */
static void
test_no_pause (void)
{
  g_auto (Talk) talk = { 0 };
  talk_init (&talk, 3);
  for (int turn = 0; turn < 8; turn++)
    say (&talk, turn % 2, 6 + turn);
  g_autoptr (AudioDiarisation) found = diarise (&talk, 0);
  g_assert_cmpint (found->n_speakers, ==, 2);
  g_assert_cmpuint (found->turns->len, ==, 8);
  g_assert_cmpint (count_errors (&talk, found), ==, 0);
  check_form (found);
}

/* A word in between, of somebody who is known from elsewhere; and a pause within a turn. */
static void
test_short_turns (void)
{
  g_auto (Talk) talk = { 0 };
  talk_init (&talk, 4);
  say (&talk, 0, 12);
  be_silent (&talk, 0.4);
  say (&talk, 1, 12);
  be_silent (&talk, 0.4);
  say (&talk, 0, 2);
  be_silent (&talk, 0.4);
  say (&talk, 1, 8);
  be_silent (&talk, 0.8);
  say (&talk, 1, 8);
  be_silent (&talk, 2.5);
  say (&talk, 1, 8);
  g_autoptr (AudioDiarisation) found = diarise (&talk, 0);
  g_assert_cmpint (found->n_speakers, ==, 2);
  g_assert_cmpint (count_errors (&talk, found), ==, 0);
  /* The pause of 0.8 s is inside a turn, that of 2.5 s is not. */
  g_assert_cmpuint (found->turns->len, ==, 5);
  g_assert_cmpint (audio_diarisation_find_speaker (found, 1e6, 1e6 + 1), ==, 1);
}

static void
test_known_number (void)
{
  g_auto (Talk) talk = { 0 };
  talk_init (&talk, 5);
  for (int turn = 0; turn < 12; turn++) {
    say (&talk, turn % 3, 6);
    be_silent (&talk, 0.5);
  }
  for (int n = 1; n <= 3; n++) {
    g_autoptr (AudioDiarisation) found = diarise (&talk, n);
    g_assert_cmpint (found->n_speakers, ==, n);
    check_form (found);
  }
  const AudioDiariseOptions options = { .max_speakers = 2 };
  g_autoptr (AudioDiarisation) found = audio_diarise_units (
      (const AudioVoiceUnit *) (void *) talk.units->data,
      (const float *) (void *) talk.embeddings->data, talk.units->len, &options);
  g_assert_cmpint (found->n_speakers, ==, 2);
}

static void
test_little (void)
{
  g_auto (Talk) talk = { 0 };
  talk_init (&talk, 6);
  g_autoptr (AudioDiarisation) nothing = diarise (&talk, 0);
  g_assert_cmpint (nothing->n_speakers, ==, 0);
  g_assert_cmpuint (nothing->turns->len, ==, 0);
  g_assert_cmpint (audio_diarisation_find_speaker (nothing, 0, 1), ==, -1);
  say (&talk, 0, 1);
  g_autoptr (AudioDiarisation) one_word = diarise (&talk, 0);
  g_assert_cmpint (one_word->n_speakers, ==, 1);
  say (&talk, 0, 7);
  g_autoptr (AudioDiarisation) clip = diarise (&talk, 0);
  g_assert_cmpint (clip->n_speakers, ==, 1);
  g_assert_cmpuint (clip->turns->len, ==, 1);
  check_form (clip);
  /* Units without a voice, among others and alone. */
  for (guint i = 0; i < talk.embeddings->len; i++)
    if (i >= 6 * AUDIO_SPEAKER_DIM)
      g_array_index (talk.embeddings, float, i) = 0;
  g_autoptr (AudioDiarisation) partly = diarise (&talk, 0);
  g_assert_cmpint (partly->n_speakers, ==, 1);
  for (guint i = 0; i < talk.embeddings->len; i++)
    g_array_index (talk.embeddings, float, i) = 0;
  g_autoptr (AudioDiarisation) silent = diarise (&talk, 3);
  g_assert_cmpint (silent->n_speakers, ==, 1);
}

/* Many blocks: three hours; and noise, of which no two units are alike. */
static void
test_long (void)
{
  g_auto (Talk) talk = { 0 }, noise = { 0 };
  talk_init (&talk, 7);
  while (talk.now < 10800) {
    say (&talk, (int) (talk.units->len / 7 % 4), 5 + (int) (talk.units->len % 11));
    be_silent (&talk, 0.4);
  }
  g_autoptr (AudioDiarisation) found = diarise (&talk, 0);
  g_assert_cmpint (found->n_speakers, ==, 4);
  g_assert_cmpint (count_errors (&talk, found), ==, 0);
  talk_init (&noise, 8);
  for (int i = 0; i < 1500; i++) {
    float values[AUDIO_SPEAKER_DIM];
    say (&noise, 0, 1);
    fill_direction (&noise, values);
    for (int j = 0; j < AUDIO_SPEAKER_DIM; j++)
      g_array_index (noise.embeddings, float, i *AUDIO_SPEAKER_DIM + j) = fabsf (values[j]);
  }
  g_autoptr (AudioDiarisation) any = diarise (&noise, 0);
  g_assert_cmpint (any->n_speakers, <=, AUDIO_MAX_SPEAKERS);
  check_form (any);
}

static void
count_progress (double fraction, gpointer user_data)
{
  g_assert_cmpfloat (fraction, >, 0);
  g_assert_cmpfloat (fraction, <=, 1);
  *(double *) user_data = fraction;
}

/* Eleven seconds of one person, with many pauses. */
static void
test_real (void)
{
  g_autofree char *model = weights_find ("ge2e-speaker");
  g_autofree char *vad_model = model != NULL ? weights_find ("silero-vad") : NULL;
  g_autofree char *path =
      g_build_filename (g_getenv ("HEARSAY_SOURCE_ROOT"), "data", "samples", "inaugural.wav", NULL);
  g_autoptr (GError) error = NULL;
  double fraction = 0;
  if (vad_model == NULL)
    return;
  NnContext *context = nn_context_new (2);
  g_autoptr (AudioSpeakerEncoder) encoder = audio_speaker_encoder_load (context, model, &error);
  g_assert_no_error (error);
  g_autoptr (AudioVad) vad = audio_vad_load (vad_model, &error);
  g_assert_no_error (error);
  g_autoptr (AudioClip) clip = audio_clip_load (path, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (GArray) spans =
      audio_vad_find_speech (vad, clip, &(AudioVadOptions){ 0 }, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (AudioDiarisation) found =
      audio_diarise (encoder, clip, spans, NULL, count_progress, &fraction, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (fraction, ==, 1);
  g_assert_cmpint (found->n_speakers, ==, 1);
  check_form (found);
  atomic_store (&context->cancel, true);
  g_assert_null (audio_diarise (encoder, clip, spans, NULL, NULL, NULL, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_CANCELLED);
  nn_context_free (context);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/audio/diarise/counts", test_counts);
  g_test_add_func ("/audio/diarise/no-pause", test_no_pause);
  g_test_add_func ("/audio/diarise/short-turns", test_short_turns);
  g_test_add_func ("/audio/diarise/known-number", test_known_number);
  g_test_add_func ("/audio/diarise/little", test_little);
  g_test_add_func ("/audio/diarise/long", test_long);
  g_test_add_func ("/audio/diarise/real", test_real);
  return g_test_run ();
}
