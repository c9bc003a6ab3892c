/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/hearing/hearing-turns.h"

/* A segment a word of which is said each half second: "a b c d". */
static AppHearing *
hear (const char *words)
{
  const AudioTranscript none = { .language = "en", .seconds = 60 };
  AppHearing *hearing = app_hearing_new ("talk.wav", &none);
  AppHearingSegment *segment = app_hearing_add_segment (hearing);
  g_auto (GStrv) parts = g_strsplit (words, " ", -1);

  segment->n_words = (int) g_strv_length (parts);
  segment->words = g_new0 (AppHearingWord, segment->n_words);
  for (int i = 0; i < segment->n_words; i++)
    segment->words[i] =
        (AppHearingWord){ 0.5 * i, 0.5 * i + 0.4, g_strconcat (" ", parts[i], NULL), 1 };
  segment->text = g_strdup (words);
  segment->end = 0.5 * segment->n_words;
  return hearing;
}

/* (transfer full): speakers 0 and 1. */
static AudioDiarisation *
take_turns (const AudioTurn *turns, guint n)
{
  AudioDiarisation *diarisation = g_new0 (AudioDiarisation, 1);

  diarisation->n_speakers = 2;
  diarisation->turns =
      g_array_append_vals (g_array_new (FALSE, FALSE, sizeof (AudioTurn)), turns, n);
  diarisation->embeddings = g_new0 (float, 2 * AUDIO_SPEAKER_DIM);
  diarisation->embeddings[0] = 1;
  diarisation->embeddings[AUDIO_SPEAKER_DIM + 1] = 1;
  diarisation->seconds = g_new0 (double, 2);
  diarisation->seconds[1] = 5;
  return diarisation;
}

static void
assert_segment (const AppHearing *hearing, guint i, const char *speaker, const char *text)
{
  const AppHearingSegment *segment = app_hearing_get (hearing, i);

  g_assert_cmpstr (segment->text, ==, text);
  g_assert_cmpstr (app_hearing_get_speaker (hearing, segment)->name, ==, speaker);
}

static void
test_cuts_where_the_speaker_changes (void)
{
  const AudioTurn turns[] = { { 0, 0.95, 0, 1 }, { 1.05, 2, 1, 1 }, { 2, 9, 0, 1 } };
  g_autoptr (AudioDiarisation) array = take_turns (turns, 3);
  g_autoptr (AppHearing) hearing = hear ("a b c d e f");

  app_hearing_assign_speakers (hearing, array);
  g_assert_cmpuint (hearing->segments->len, ==, 3);
  g_assert_cmpuint (hearing->speakers->len, ==, 2);
  assert_segment (hearing, 0, "A", "a b");
  assert_segment (hearing, 1, "B", "c d");
  assert_segment (hearing, 2, "A", "e f");
  g_assert_cmpfloat_with_epsilon (app_hearing_get (hearing, 1)->start, 1.0, 1e-9);
  g_assert_cmpfloat_with_epsilon (app_hearing_get (hearing, 1)->end, 1.9, 1e-9);
  g_assert_cmpfloat_with_epsilon (app_hearing_get (hearing, 2)->end, 3.0, 1e-9);
  g_assert_cmpint (app_hearing_get (hearing, 2)->n_words, ==, 2);
}

/* Words in no turn go to the nearest; a change for less than a word is none. */
static void
test_short_and_silent (void)
{
  const AudioTurn turns[] = { { 0, 1, 0, 1 }, { 1.0, 1.01, 1, 1 }, { 2.2, 4, 0, 1 } };
  g_autoptr (AudioDiarisation) array = take_turns (turns, 3);
  g_autoptr (AppHearing) hearing = hear ("a b c d e f");

  ((AppHearingSegment *) hearing->segments->pdata[0])->words[2].end = 1.1;
  app_hearing_assign_speakers (hearing, array);
  g_assert_cmpuint (hearing->segments->len, ==, 1);
  assert_segment (hearing, 0, "A", "a b c d e f");
}

/* Who says no word is none of the speakers. */
static void
test_without_words (void)
{
  const AudioTurn turns[] = { { 0, 1, 0, 1 }, { 1, 5, 1, 1 } };
  g_autoptr (AudioDiarisation) two = take_turns (turns, 2);
  g_autoptr (AudioDiarisation) nobody = take_turns (turns, 0);
  g_autoptr (AppHearing) hearing = hear ("a b c d e f");
  g_autoptr (AppHearing) alone = hear ("a");
  AppHearingSegment *segment = hearing->segments->pdata[0];
  const AppHearingSpeaker *speaker;

  for (int i = 0; i < segment->n_words; i++)
    g_free (segment->words[i].text);
  segment->n_words = 0;
  app_hearing_assign_speakers (hearing, two);
  assert_segment (hearing, 0, "A", "a b c d e f");
  g_assert_cmpuint (hearing->speakers->len, ==, 1);
  speaker = g_ptr_array_index (hearing->speakers, 0);
  g_assert_cmpfloat (speaker->seconds, ==, 5);
  g_assert_cmpfloat (speaker->embedding[1], ==, 1);
  app_hearing_assign_speakers (alone, nobody);
  g_assert_cmpint (app_hearing_get (alone, 0)->speaker, ==, -1);
  g_assert_cmpuint (alone->speakers->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hearing-turns/cuts", test_cuts_where_the_speaker_changes);
  g_test_add_func ("/hearing-turns/short-and-silent", test_short_and_silent);
  g_test_add_func ("/hearing-turns/without-words", test_without_words);
  return g_test_run ();
}
