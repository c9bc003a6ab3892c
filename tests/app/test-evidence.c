/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The evidence that is found without asking a model. */

#include "app/answer/evidence.h"

#include "tests/app/heard.h"

static const char *const lines[] = { "Where have you been?", "At the harbour, as I said.",
                                     "You never tell me anything.", "I am so sorry.", NULL };

/* A is angry in line 3, neutral in line 1; B is neutral in line 2, sad in line 4. */
static AppConversation *
make_talk (const char *question)
{
  static const AudioEmotion emotions[] = { AUDIO_EMOTION_NEUTRAL, AUDIO_EMOTION_NEUTRAL,
                                           AUDIO_EMOTION_ANGRY, AUDIO_EMOTION_SAD };
  g_autoptr (AppHearing) hearing = heard_lines ("row.wav", lines);
  AppConversation *talk = app_conversation_new (NULL);

  app_hearing_add_speaker (hearing, "A")->embedding[0] = 1;
  app_hearing_add_speaker (hearing, "B")->embedding[1] = 1;
  for (guint i = 0; i < G_N_ELEMENTS (emotions); i++) {
    AppHearingSegment *segment = g_ptr_array_index (hearing->segments, i);

    segment->speaker = (int) i % 2;
    segment->has_attributes = TRUE;
    segment->attributes.emotion[emotions[i]] = 0.9f;
    segment->attributes.certain = TRUE;
  }
  app_conversation_add_user (talk, &hearing, 1, question);
  return talk;
}

static void
assert_evidence (AppAbout about, const char *question, const char *answer, const char *expected)
{
  g_autoptr (AppConversation) talk = make_talk (question);
  g_autoptr (GArray) evidence = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GString) numbers = g_string_new (NULL);

  app_evidence_find_manner (talk, about, answer, evidence);
  for (guint i = 0; i < evidence->len; i++)
    g_string_append_printf (numbers, "%u ", g_array_index (evidence, guint, i));
  g_assert_cmpstr (numbers->str, ==, expected);
}

static void
test_named_emotion (void)
{
  assert_evidence (APP_ABOUT_EMOTION, "How does speaker B feel in the end?", "Speaker B is sad.",
                   "4 ");
  assert_evidence (APP_ABOUT_EMOTION, "說話者 A 聽起來怎麼樣?", "說話者 A 聽起來很生氣。", "3 ");
}

static void
test_named_speaker (void)
{
  assert_evidence (APP_ABOUT_GENDER, "Is speaker B a man?", "Yes.", "2 4 ");
  assert_evidence (APP_ABOUT_PITCH, "How high is the voice of A?", "Speaker A's voice is high.",
                   "1 3 ");
}

static void
test_who_said_it (void)
{
  assert_evidence (APP_ABOUT_SPEAKER, "Who was at the harbour?", "Speaker B.", "2 ");
}

static void
test_each_voice (void)
{
  assert_evidence (APP_ABOUT_COUNT, "How many people speak?", "Two.", "1 2 ");
}

static void
test_named_line (void)
{
  assert_evidence (APP_ABOUT_TONE, "Does the tone of line 3 fit?", "Yes.", "3 ");
}

static void
test_repeated_words (void)
{
  g_autoptr (AppConversation) talk = make_talk ("How many harbours are there?");

  g_assert_true (app_evidence_repeats_words (talk, "At the harbour, as he said."));
  g_assert_false (app_evidence_repeats_words (talk, "Two people speak, one of them is angry."));
}

static void
test_refusals (void)
{
  g_assert_true (app_evidence_is_refusal ("I'm afraid The Recording does not say."));
  g_assert_false (app_evidence_is_refusal ("The recording says that it rains."));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/evidence/named-emotion", test_named_emotion);
  g_test_add_func ("/evidence/named-speaker", test_named_speaker);
  g_test_add_func ("/evidence/who-said-it", test_who_said_it);
  g_test_add_func ("/evidence/each-voice", test_each_voice);
  g_test_add_func ("/evidence/named-line", test_named_line);
  g_test_add_func ("/evidence/repeated-words", test_repeated_words);
  g_test_add_func ("/evidence/refusals", test_refusals);
  return g_test_run ();
}
