/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/hearing/hearing.h"

#include <math.h>
#include <string.h>

#include "app/base/app-error.h"
#include "tests/app/heard.h"

static const char *const lines[] = { "What a day.", "Is it?", NULL };

/* Two voices; the first line with all that can be known, the second with nothing but words. */
static AppHearing *
make_hearing (void)
{
  AppHearing *hearing = heard_lines ("/tmp/day.wav", lines);
  AppHearingSpeaker *a = app_hearing_add_speaker (hearing, "A");
  AppHearingSegment *said = g_ptr_array_index (hearing->segments, 0);
  const float unvoiced = NAN, quiet = -40.5f;

  app_hearing_add_speaker (hearing, "Mara")->pitch_hz = NAN;
  a->seconds = 9;
  a->has_attributes = TRUE;
  a->female = 0.875f;
  a->pitch_hz = 210.5f;
  a->embedding[7] = 1;
  said->speaker = 0;
  g_array_append_val (hearing->pitch_hz, unvoiced);
  g_array_append_val (hearing->loudness_lufs, quiet);
  said->words = g_new0 (AppHearingWord, 1);
  said->words[said->n_words++] = (AppHearingWord){ 0.25, 0.5, g_strdup ("What"), 0.5f };
  said->has_prosody = TRUE;
  said->prosody.pitch_hz = 200.5f;
  said->prosody.hnr_db = NAN;
  said->prosody.n_pauses = 2;
  said->has_attributes = TRUE;
  said->attributes.female = 0.75f;
  said->attributes.emotion[AUDIO_EMOTION_SAD] = 0.625f;
  said->attributes.emotion[AUDIO_EMOTION_NEUTRAL] = 0.375f;
  said->attributes.certain = TRUE;
  said->attributes.doubts = AUDIO_DOUBT_NARROW | AUDIO_DOUBT_GENDER;
  said->sentiment = APP_SENTIMENT_POSITIVE;
  said->is_contrast = TRUE;
  ((AppHearingSegment *) g_ptr_array_index (hearing->segments, 1))->speaker = 1;
  return hearing;
}

static JsonNode *
to_json (const AppHearing *hearing, AppHearingParts parts)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  app_hearing_build_json (hearing, parts, builder);
  return json_builder_get_root (builder);
}

static void
test_comes_back_the_same (void)
{
  g_autoptr (AppHearing) hearing = make_hearing ();
  g_autoptr (JsonNode) json = to_json (hearing, APP_HEARING_WHOLE);
  g_autofree char *text = json_to_string (json, FALSE);
  g_autoptr (JsonNode) parsed = json_from_string (text, NULL);
  g_autoptr (AppHearing) back = app_hearing_new_from_json ("/tmp/day.wav", parsed, NULL);
  g_autoptr (JsonNode) again = NULL;
  g_autofree char *text_again = NULL;
  const AppHearingSegment *said;

  g_assert_nonnull (back);
  said = app_hearing_get (back, 0);
  g_assert_cmpfloat (said->prosody.pitch_hz, ==, 200.5f);
  g_assert_true (isnan (said->prosody.hnr_db));
  g_assert_cmpint (said->prosody.n_pauses, ==, 2);
  g_assert_cmpfloat (said->attributes.emotion[AUDIO_EMOTION_SAD], ==, 0.625f);
  g_assert_cmpuint (said->attributes.doubts, ==, AUDIO_DOUBT_NARROW | AUDIO_DOUBT_GENDER);
  g_assert_true (said->attributes.certain && said->is_contrast);
  g_assert_cmpint (said->sentiment, ==, APP_SENTIMENT_POSITIVE);
  g_assert_cmpuint (back->pitch_hz->len, ==, 1);
  g_assert_true (isnan (g_array_index (back->pitch_hz, float, 0)));
  g_assert_cmpfloat (g_array_index (back->loudness_lufs, float, 0), ==, -40.5f);
  g_assert_cmpint (said->n_words, ==, 1);
  g_assert_cmpstr (said->words[0].text, ==, "What");
  g_assert_false (app_hearing_get (back, 1)->has_attributes);
  g_assert_false (app_hearing_get (back, 1)->has_prosody);
  g_assert_cmpstr (app_hearing_get_speaker (back, app_hearing_get (back, 1))->name, ==, "Mara");
  g_assert_cmpfloat (app_hearing_get_speaker (back, said)->embedding[7], ==, 1);
  again = to_json (back, APP_HEARING_WHOLE);
  text_again = json_to_string (again, FALSE);
  g_assert_cmpstr (text_again, ==, text);
}

/* What was heard and what was kept are shown alike: 0.93496 is kept as 0.935. */
static void
test_rounds (void)
{
  g_autoptr (AppHearing) hearing = make_hearing ();
  g_autoptr (AppHearing) rounded = NULL;
  g_autoptr (AppHearing) again = NULL;
  AppHearingSegment *said;

  said = g_ptr_array_index (hearing->segments, 0);
  said->attributes.emotion[AUDIO_EMOTION_SAD] = 0.93496f;
  hearing->content = g_strdup ("12ab");
  hearing->encode_s = 0.25;
  hearing->decode_s = 0.5;
  rounded = app_hearing_round (hearing, "/tmp/day.wav");
  again = app_hearing_round (rounded, "/tmp/day.wav");
  g_assert_cmpstr (rounded->title, ==, hearing->title);
  g_assert_cmpstr (rounded->content, ==, "12ab");
  g_assert_cmpfloat (rounded->encode_s, ==, 0.25);
  g_assert_cmpfloat (rounded->decode_s, ==, 0.5);
  g_assert_cmpfloat (app_hearing_get (rounded, 0)->attributes.emotion[AUDIO_EMOTION_SAD], ==,
                     0.935f);
  g_assert_cmpfloat (app_hearing_get (again, 0)->attributes.emotion[AUDIO_EMOTION_SAD], ==, 0.935f);
}

static void
test_embeddings_stay_here (void)
{
  g_autoptr (AppHearing) hearing = make_hearing ();
  g_autoptr (JsonNode) json = to_json (hearing, APP_HEARING_WITH_WORDS);
  g_autofree char *text = json_to_string (json, FALSE);

  g_assert_null (strstr (text, "embedding"));
}

/* Whatever a file was made into, there is an error or a Hearing, and never a crash. */
static void
test_broken (void)
{
  static const char *const texts[] = {
    "[]",
    "{}",
    "{\"language\":\"en\",\"seconds\":1,\"speakers\":[],\"segments\":[1]}",
    "{\"language\":\"en\",\"seconds\":1,\"speakers\":[{}],\"segments\":[]}",
    "{\"language\":\"en\",\"seconds\":\"x\",\"speakers\":[],\"segments\":[]}",
    "{\"language\":\"en\",\"seconds\":1,\"speakers\":[],\"segments\":[{\"text\":\"a\"}]}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (JsonNode) json = json_from_string (texts[i], NULL);

    g_assert_null (app_hearing_new_from_json ("/tmp/day.wav", json, &error));
    g_assert_error (error, APP_ERROR, APP_ERROR_FORMAT);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hearing/comes-back-the-same", test_comes_back_the_same);
  g_test_add_func ("/hearing/rounds", test_rounds);
  g_test_add_func ("/hearing/embeddings-stay-here", test_embeddings_stay_here);
  g_test_add_func ("/hearing/broken", test_broken);
  return g_test_run ();
}
