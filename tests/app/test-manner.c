/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How it is said and by whom: levels, ids of the unified vocabulary, facts, words against tone. */

#include <math.h>
#include <string.h>

#include "app/answer/conversation.h"
#include "app/answer/facts.h"
#include "app/engine/audio-vocab.h"
#include "app/hearing/manner.h"
#include "app/listen/contrast.h"
#include "tests/app/heard.h"
#include "tests/llm/tiny-tokenizer.h"

static const char *const tokens[] = { "he", "en", NULL };
static const char *const one_line[] = { "the ferry leaves", NULL };
static const char *const four_lines[] = { "one", "two", "three", "four", NULL };

static void
set_emotion (AppHearingSegment *segment, AudioEmotion emotion, gboolean certain)
{
  segment->has_attributes = TRUE;
  memset (&segment->attributes, 0, sizeof segment->attributes);
  segment->attributes.emotion[emotion] = 1;
  segment->attributes.certain = certain;
}

static void
set_prosody (AppHearingSegment *segment, double hz, double sps, double lufs)
{
  segment->has_prosody = TRUE;
  segment->prosody = (AudioProsody){ .pitch_hz = (float) hz,
                                     .rate_sps = (float) sps,
                                     .loudness_lufs = (float) lufs };
}

static void
add_speaker (AppHearing *hearing, const char *name, double female, int voice)
{
  AppHearingSpeaker *speaker = app_hearing_add_speaker (hearing, name);

  speaker->has_attributes = TRUE;
  speaker->gender_certain = TRUE;
  speaker->female = (float) female;
  if (voice >= 0)
    speaker->embedding[voice] = 1;
}

static AppHearingSegment *
line_of (AppHearing *hearing, guint index)
{
  return g_ptr_array_index (hearing->segments, index);
}

/* A woman, angry, high, fast, loud; then a man, perhaps sad, low, slow, quiet. */
static AppHearing *
make_dialogue (const char *path)
{
  AppHearing *hearing = heard_lines (path, four_lines);

  add_speaker (hearing, "A", 0.98, 0);
  add_speaker (hearing, "Otto", 0.03, 1);
  for (guint i = 0; i < 4; i++) {
    AppHearingSegment *line = line_of (hearing, i);

    line->speaker = (int) i % 2;
    set_emotion (line, i % 2 == 0 ? AUDIO_EMOTION_ANGRY : AUDIO_EMOTION_SAD, i % 2 == 0);
    set_prosody (line, i % 2 == 0 ? 290 : 85, i % 2 == 0 ? 7 : 2, i % 2 == 0 ? -15 : -30);
  }
  return hearing;
}

static LlmVocab *
make_vocab (void)
{
  g_autoptr (LlmTokenizer) tokenizer = tiny_tokenizer_new (tokens);
  LlmVocab *vocab = llm_vocab_new (tokenizer);
  GError *error = NULL;

  app_audio_vocab_register (vocab, &error);
  g_assert_no_error (error);
  return vocab;
}

/* (transfer full): the names of the ids past the text. */
static char *
name_ids (LlmVocab *vocab, const AppHearing *hearing, const AppAudioTokenOptions *options)
{
  g_autoptr (GArray) ids = app_audio_vocab_tokenize (vocab, hearing, options);
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < ids->len; i++) {
    int id = g_array_index (ids, AppAudioToken, i).id;
    g_autofree char *name = llm_vocab_print (vocab, id);

    if (!llm_vocab_is_text (vocab, id))
      g_string_append (names, name);
  }
  return g_string_free (g_steal_pointer (&names), FALSE);
}

/* (transfer full): the prompt as the model reads it. */
static char *
read_prompt (LlmVocab *vocab, AppHearing *hearing, LlmVocabReading reading, gboolean with_facts)
{
  g_autoptr (AppConversation) talk = app_conversation_new ("s");
  g_autoptr (LlmPrompt) prompt = NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  app_conversation_add_user (talk, &hearing, 1, "How?");
  app_conversation_set_reading (talk, reading, with_facts);
  prompt = app_conversation_build_prompt (talk, LLM_CHAT_CHATML, 8, vocab, 100000, NULL);
  for (int i = 0; i < llm_prompt_get_n_positions (prompt); i++) {
    int id = llm_prompt_get (prompt, i, NULL);
    g_autofree char *piece = llm_tokenizer_decode (llm_vocab_get_tokenizer (vocab), &id, 1, NULL);

    g_string_append (text, piece);
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
test_levels (void)
{
  g_autoptr (AppHearing) hearing = heard_lines ("a.wav", one_line);
  AppHearingSegment *line = line_of (hearing, 0);
  AppManner manner = app_manner_of_segment (hearing, 0);

  g_assert_cmpint (manner.pitch, ==, APP_LEVEL_UNKNOWN);
  g_assert_cmpint (manner.pauses, ==, APP_LEVEL_UNKNOWN);
  g_assert_null (app_level_get_pitch_name (manner.pitch));

  /* 170 Hz is much for a man, little for a woman, and nothing special for somebody. */
  set_prosody (line, 170, 4.5, -25);
  manner = app_manner_of_segment (hearing, 0);
  g_assert_cmpint (manner.pitch, ==, APP_LEVEL_NORMAL);
  g_assert_cmpint (manner.rate, ==, APP_LEVEL_NORMAL);
  g_assert_cmpint (manner.loudness, ==, APP_LEVEL_NORMAL);
  line->has_attributes = line->attributes.gender_certain = TRUE;
  line->attributes.female = 0.02f;
  g_assert_cmpint (app_manner_of_segment (hearing, 0).pitch, ==, APP_LEVEL_HIGH);
  line->attributes.female = 0.98f;
  line->prosody.pitch_hz = 150;
  g_assert_cmpint (app_manner_of_segment (hearing, 0).pitch, ==, APP_LEVEL_LOW);

  set_prosody (line, NAN, 2, -50);
  manner = app_manner_of_segment (hearing, 0);
  g_assert_cmpint (manner.pitch, ==, APP_LEVEL_UNKNOWN);
  g_assert_cmpint (manner.rate, ==, APP_LEVEL_LOW);
  g_assert_cmpint (manner.loudness, ==, APP_LEVEL_LOW);
}

/* Of four lines three are equally loud: the fourth is judged against them. */
static void
test_loudness_is_that_of_the_recording (void)
{
  g_autoptr (AppHearing) hearing = heard_lines ("a.wav", four_lines);

  for (guint i = 0; i < 4; i++)
    set_prosody (line_of (hearing, i), 120, 4, i == 2 ? -36 : -44);
  g_assert_cmpint (app_manner_of_segment (hearing, 2).loudness, ==, APP_LEVEL_HIGH);
  g_assert_cmpint (app_manner_of_segment (hearing, 1).loudness, ==, APP_LEVEL_NORMAL);
}

static void
test_ids_tell_by_whom_and_how (void)
{
  g_autoptr (LlmVocab) vocab = make_vocab ();
  g_autoptr (AppHearing) hearing = make_dialogue ("a.wav");
  g_autofree char *names = name_ids (vocab, hearing, NULL);
  g_autofree char *times =
      name_ids (vocab, hearing, &(AppAudioTokenOptions){ .detail = APP_DETAIL_TIMES });
  g_autofree char *words =
      name_ids (vocab, hearing, &(AppAudioTokenOptions){ .detail = APP_DETAIL_WORDS });

  g_assert_true (g_str_has_prefix (
      names, "<|audio|><|segment 1|><|time 0.0|><|speaker A|><|female|><|certain|><|angry|>"
             "<|pitch high|><|fast|><|loud|><|no pauses|><|words|>"));
  g_assert_nonnull (strstr (names, "<|speaker B|><|male|><|uncertain|><|sad|>"));
  /* Gender once a voice. */
  g_assert_nonnull (strstr (names, "<|segment 3|><|time 20.0|><|speaker A|><|certain|>"));
  g_assert_nonnull (strstr (times, "<|segment 3|><|time 20.0|><|speaker A|><|words|>"));
  g_assert_null (strstr (times, "angry"));
  g_assert_true (g_str_has_prefix (words, "<|audio|><|line|><|speaker A|><|words|>"));
  g_assert_null (strstr (words, "segment"));
  g_assert_null (strstr (words, "time"));
}

static void
test_readings (void)
{
  g_autoptr (LlmVocab) vocab = make_vocab ();
  g_autoptr (AppHearing) hearing = make_dialogue ("a.wav");
  g_autofree char *verbal = read_prompt (vocab, hearing, LLM_READ_VERBAL, FALSE);
  g_autofree char *copied = read_prompt (vocab, hearing, LLM_READ_COPIED, FALSE);

  g_assert_nonnull (strstr (verbal, "Speaker A, female, angry, high pitch, fast, loud: one"));
  g_assert_nonnull (strstr (verbal, "Speaker B, male, emotion uncertain, perhaps sad"));
  g_assert_cmpuint (strlen (copied), <, strlen (verbal));
}

static void
test_facts (void)
{
  g_autoptr (AppHearing) hearing = make_dialogue ("a.wav");
  g_autoptr (AppVoices) voices = app_voices_new (&hearing, 1);
  const AppFactsOf of = { hearing, voices, 0, 1, 0 };
  g_autofree char *facts = NULL;

  line_of (hearing, 2)->sentiment = APP_SENTIMENT_POSITIVE;
  line_of (hearing, 2)->is_contrast = TRUE;
  facts = app_facts_of_recording (&of);
  g_assert_nonnull (strstr (facts, "Language: English."));
  g_assert_nonnull (
      strstr (facts, "2 people speak.\nThe number of women is 1. The number of men is 1."));
  g_assert_nonnull (strstr (facts, "Speaker A: female, emotion angry, pitch high, speed fast"));
  g_assert_nonnull (strstr (facts, "Speaker B is Otto: male, emotion uncertain"));
  g_assert_nonnull (strstr (facts, "speaks 0:10-0:19, 0:30-0:39"));
  g_assert_nonnull (strstr (facts, "In line 3 (0:20) the tone does not fit the words: positive "
                                   "words, angry tone."));
}

static void
test_facts_stay_short (void)
{
  g_autoptr (GPtrArray) many = g_ptr_array_new ();
  g_autoptr (AppHearing) hearing = NULL;
  g_autoptr (AppVoices) voices = NULL;
  g_autofree char *facts = NULL;

  for (int i = 0; i < 600; i++)
    g_ptr_array_add (many, (gpointer) "words");
  g_ptr_array_add (many, NULL);
  hearing = heard_lines ("long.wav", (const char *const *) many->pdata);
  for (int i = 0; i < 12; i++)
    add_speaker (hearing, (char[]){ (char) ('A' + i), '\0' }, i % 2, i);
  for (guint i = 0; i < 600; i++) {
    line_of (hearing, i)->speaker = (int) i % 12;
    set_emotion (line_of (hearing, i), (AudioEmotion) (i % AUDIO_N_EMOTIONS), TRUE);
    line_of (hearing, i)->is_contrast = TRUE;
  }
  voices = app_voices_new (&hearing, 1);
  facts = app_facts_of_recording (&(AppFactsOf){ hearing, voices, 0, 1, 0 });
  g_assert_cmpuint (strlen (facts), <, 4000);
}

static void
test_voices_of_two_recordings (void)
{
  g_autoptr (AppHearing) a = heard_lines ("a.wav", one_line);
  g_autoptr (AppHearing) b = heard_lines ("b.wav", one_line);
  g_autoptr (AppHearing) c = heard_lines ("c.wav", one_line);
  AppHearing *all[] = { a, b, c };
  g_autoptr (AppVoices) voices = NULL;
  g_autofree char *same = NULL, *different = NULL;

  add_speaker (a, "A", 1, 5);
  add_speaker (b, "A", 1, 5);
  add_speaker (c, "A", 1, 6);
  voices = app_voices_new (all, 3);
  g_assert_cmpint (app_voices_get_index (voices, 1, 0), ==, 0);
  g_assert_cmpint (app_voices_get_index (voices, 2, 0), ==, 1);
  g_assert_cmpint (app_voices_get_index (voices, 2, -1), ==, -1);
  g_assert_cmpuint (app_voices_get_n (voices), ==, 2);
  same = app_facts_of_voices (all, 2, voices);
  different = app_facts_of_voices (all, 3, voices);
  g_assert_nonnull (strstr (same, "The same person speaks in \"a.wav\" and \"b.wav\"."));
  g_assert_nonnull (
      strstr (different,
              "Not the same person, but two different people speak in \"b.wav\" and \"c.wav\"."));
}

static void
test_counts_of_a_gender (void)
{
  g_autoptr (AppHearing) hearing = make_dialogue ("a.wav");
  g_autoptr (AppVoices) voices = app_voices_new (&hearing, 1);
  const AppFactsOf of = { hearing, voices, 0, 1, 0 };
  g_autoptr (GString) facts = g_string_new (NULL);

  g_assert_true (app_facts_append_count_of_gender (&of, TRUE, facts));
  g_assert_cmpstr (facts->str, ==, "The number of women who speak is 1.\n");
  g_assert_cmpstr (app_facts_get_gender (hearing, 1), ==, "male");
  g_assert_null (app_facts_get_gender (hearing, -1));
  ((AppHearingSpeaker *) hearing->speakers->pdata[1])->gender_certain = FALSE;
  g_assert_false (app_facts_append_count_of_gender (&of, TRUE, facts));
  g_assert_null (app_facts_get_gender (hearing, 1));
}

static void
test_lengths (void)
{
  g_autoptr (AppHearing) a = heard_lines ("a.wav", one_line);
  g_autoptr (AppHearing) b = make_dialogue ("b.wav");
  AppHearing *both[] = { a, b };
  g_autoptr (AppVoices) voices = app_voices_new (both, 2);
  g_autoptr (AppVoices) own = app_voices_new (&b, 1);
  g_autoptr (GString) several = g_string_new (NULL);
  g_autoptr (GString) one = g_string_new (NULL);

  a->seconds = 3.5;
  b->seconds = 40;
  ((AppHearingSpeaker *) b->speakers->pdata[1])->seconds = 18;
  app_facts_append_lengths (both, 2, voices, several);
  app_facts_append_lengths (&b, 1, own, one);
  g_assert_nonnull (strstr (several->str, "Recording 1, \"a.wav\", is 3.5 seconds long."));
  g_assert_nonnull (strstr (several->str, "The longest one is recording 2, \"b.wav\"."));
  g_assert_nonnull (strstr (several->str, "The shortest one is recording 1, \"a.wav\"."));
  g_assert_nonnull (strstr (one->str, "The recording is 40.0 seconds long."));
  g_assert_nonnull (strstr (one->str, "Speaker B speaks for 18.0 seconds."));
}

/* A question about the feeling needs no pitch. */
static void
test_aspects (void)
{
  g_autoptr (AppHearing) hearing = make_dialogue ("a.wav");
  g_autoptr (AppVoices) voices = app_voices_new (&hearing, 1);
  const AppFactsOf of = { hearing, voices, 0, 1, APP_ASPECT_GENDER | APP_ASPECT_EMOTION };
  g_autofree char *line = app_facts_of_line (&of, 0);
  g_autofree char *speaker = app_facts_of_speaker (&of, 0);

  g_assert_cmpstr (line, ==, "Speaker A, female, emotion angry");
  g_assert_nonnull (strstr (speaker, "female, emotion angry"));
  g_assert_null (strstr (speaker, "pitch"));
}

/* Switched off: nothing of it in the ids, nothing in the prompt. */
static void
test_nothing_where_attributes_are_off (void)
{
  static const char *const traces[] = { "angry",   "sad",    "female", "male",
                                        "emotion", "gender", "tone",   "certain" };
  g_autoptr (LlmVocab) vocab = make_vocab ();
  g_autoptr (AppHearing) hearing = make_dialogue ("a.wav");
  g_autofree char *prompt = NULL, *names = NULL;

  for (guint i = 0; i < 4; i++)
    line_of (hearing, i)->has_attributes = FALSE;
  for (guint i = 0; i < 2; i++)
    ((AppHearingSpeaker *) hearing->speakers->pdata[i])->has_attributes = FALSE;
  prompt = read_prompt (vocab, hearing, LLM_READ_VERBAL, TRUE);
  names = name_ids (vocab, hearing, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (traces); i++) {
    g_assert_null (strstr (prompt, traces[i]));
    g_assert_null (strstr (names, traces[i]));
  }
  g_assert_nonnull (strstr (prompt, "Speaker B is Otto"));
}

static void
test_words_against_tone (void)
{
  g_assert_true (app_contrast_is (APP_SENTIMENT_POSITIVE, AUDIO_EMOTION_SAD));
  g_assert_true (app_contrast_is (APP_SENTIMENT_NEGATIVE, AUDIO_EMOTION_HAPPY));
  g_assert_false (app_contrast_is (APP_SENTIMENT_NEGATIVE, AUDIO_EMOTION_ANGRY));
  g_assert_false (app_contrast_is (APP_SENTIMENT_NEUTRAL, AUDIO_EMOTION_SAD));
  g_assert_false (app_contrast_is (APP_SENTIMENT_POSITIVE, AUDIO_EMOTION_NEUTRAL));
}

/* Only what some words could disagree with, for certain, and what nobody judged yet. */
static void
test_open_contrasts (void)
{
  g_autoptr (AppHearing) hearing = make_dialogue ("a.wav");
  AppHearingSegment *line;

  for (guint i = 0; i < 4; i++)
    line_of (hearing, i)->has_attributes = FALSE;
  g_assert_false (app_contrast_is_open (hearing));
  line = line_of (hearing, 2);
  line->has_attributes = TRUE;
  line->attributes = (AudioAttributes){ .certain = true };
  line->attributes.emotion[AUDIO_EMOTION_SAD] = 1;
  g_assert_true (app_contrast_is_open (hearing));
  line->sentiment = APP_SENTIMENT_NEUTRAL;
  g_assert_false (app_contrast_is_open (hearing));
  line->sentiment = APP_SENTIMENT_UNKNOWN;
  line->attributes.certain = false;
  g_assert_false (app_contrast_is_open (hearing));
  line->attributes = (AudioAttributes){ .certain = true };
  line->attributes.emotion[AUDIO_EMOTION_NEUTRAL] = 1;
  g_assert_false (app_contrast_is_open (hearing));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manner/levels", test_levels);
  g_test_add_func ("/manner/loudness-is-that-of-the-recording",
                   test_loudness_is_that_of_the_recording);
  g_test_add_func ("/manner/ids-tell-by-whom-and-how", test_ids_tell_by_whom_and_how);
  g_test_add_func ("/manner/readings", test_readings);
  g_test_add_func ("/manner/facts", test_facts);
  g_test_add_func ("/manner/facts-stay-short", test_facts_stay_short);
  g_test_add_func ("/manner/voices-of-two-recordings", test_voices_of_two_recordings);
  g_test_add_func ("/manner/counts-of-a-gender", test_counts_of_a_gender);
  g_test_add_func ("/manner/lengths", test_lengths);
  g_test_add_func ("/manner/aspects", test_aspects);
  g_test_add_func ("/manner/nothing-where-attributes-are-off",
                   test_nothing_where_attributes_are_off);
  g_test_add_func ("/manner/words-against-tone", test_words_against_tone);
  g_test_add_func ("/manner/open-contrasts", test_open_contrasts);
  return g_test_run ();
}
