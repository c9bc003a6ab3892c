/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Questions in wordings that the examples of question-form.c do not have, about a made-up dialogue,
 * answered by the default chat model. */

#include <string.h>

#include "app/answer/ask.h"
#include "app/listen/contrast.h"
#include "tests/app/heard.h"
#include "tests/support/weights.h"

static const char *const lines[] = {
  "You left the oven on again, Martin.",
  "I am sorry, my mother is in hospital and I forgot everything.",
  "Your mother is in hospital? Since when?",
  "Since Tuesday. She fell on the stairs.",
  NULL,
};

typedef struct {
  const char *question;
  const char *pattern; /* of the answer */
} Item;

static const Item items[] = {
  { "Tell me the feeling you hear in the man.", "(?i)sad" },
  { "Male or female, the second voice? One word please.", "^(?i)(male|man)$" },
  { "ONE WORD IN CAPITALS: which emotion does speaker A start with?", "^(ANGRY|SURPRISED)$" },
  { "How many folks are chatting here?", "(?i)\\b(two|2)\\b" },
  { "What day of the week did his mother fall?", "(?i)tuesday" },
  { "What's the phone number of the hospital?", "(?i)does not say" },
  { "救护车的车牌号是多少？", "没有" },
  { "Put the three key points into bullets.", "^- [^\\n]+\\n- [^\\n]+\\n- [^\\n]+$" },
  { "Reply with a JSON object holding the keys \"speaker\" and \"emotion\": who is angry?",
    "^\\{\"speaker\": ?\"[^\"]*A\", ?\"emotion\": ?\"angry\"\\}$" },
  { "一個詞回答：講者B的情緒？", "^(悲傷|不確定)$" },
};

static AppHearing *
make_dialogue (void)
{
  AppHearing *hearing = heard_lines ("kitchen.wav", lines);

  for (int s = 0; s < 2; s++) {
    AppHearingSpeaker *speaker = app_hearing_add_speaker (hearing, s == 0 ? "A" : "B");

    speaker->has_attributes = speaker->gender_certain = TRUE;
    speaker->female = s == 0 ? 0.98f : 0.02f;
    speaker->embedding[s] = 1;
  }
  for (guint i = 0; i < 4; i++) {
    AppHearingSegment *line = g_ptr_array_index (hearing->segments, i);
    AudioEmotion emotion = i == 0   ? AUDIO_EMOTION_ANGRY
                           : i == 2 ? AUDIO_EMOTION_SURPRISED
                                    : AUDIO_EMOTION_SAD;

    line->speaker = (int) i % 2;
    line->has_attributes = TRUE;
    line->attributes = (AudioAttributes){ .certain = true, .gender_certain = true };
    line->attributes.female = i % 2 == 0 ? 0.98f : 0.02f;
    line->attributes.emotion[emotion] = 1;
  }
  return hearing;
}

static void
test_wordings (void)
{
  g_autofree char *path = weights_find ("qwen2.5-coder-1.5b-instruct-q4_k_m");
  g_autoptr (AppEngine) engine = NULL;
  g_autoptr (AppHearing) hearing = make_dialogue ();
  guint n_right = 0;

  if (path == NULL)
    return;
  engine = app_engine_new (&(AppEngineOptions){ .chat_model = path });
  for (gsize i = 0; i < G_N_ELEMENTS (items); i++) {
    g_autoptr (AppConversation) talk = app_conversation_new (NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (AppAnswer) answer = NULL;
    gboolean is_right;

    app_conversation_add_user (talk, &hearing, 1, items[i].question);
    answer = app_ask (engine, talk, &(AppAskOptions){ .no_evidence = TRUE }, NULL, NULL, &error);
    g_assert_no_error (error);
    is_right = g_regex_match_simple (items[i].pattern, answer->text, 0, 0);
    g_test_message ("%s %s -> %s; %s: %s", is_right ? "right" : "wrong", items[i].question,
                    app_about_get_name (answer->form.about), app_form_get_name (answer->form.form),
                    answer->text);
    n_right += is_right;
  }
  g_assert_cmpuint (n_right, >=, 8);
}

static void
test_schema (void)
{
  g_autofree char *path = weights_find ("qwen2.5-coder-1.5b-instruct-q4_k_m");
  g_autoptr (AppEngine) engine = NULL;
  g_autoptr (AppHearing) hearing = make_dialogue ();
  g_autoptr (AppConversation) talk = app_conversation_new (NULL);
  g_autoptr (AppAnswer) answer = NULL;
  GError *error = NULL;

  if (path == NULL)
    return;
  engine = app_engine_new (&(AppEngineOptions){ .chat_model = path });
  app_conversation_add_user (talk, &hearing, 1, "How many speakers are there?");
  answer = app_ask (engine, talk,
                    &(AppAskOptions){ .no_evidence = TRUE,
                                      .schema = "{\"type\": \"object\", \"properties\": {\"n\": "
                                                "{\"type\": \"integer\"}}, \"required\": "
                                                "[\"n\"]}" },
                    NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (answer->text, ==, "{\"n\": 2}");
}

static void
test_sentiment (void)
{
  g_autofree char *path = weights_find ("qwen2.5-coder-1.5b-instruct-q4_k_m");
  g_autoptr (AppEngine) engine = NULL;
  GError *error = NULL;

  if (path == NULL)
    return;
  engine = app_engine_new (&(AppEngineOptions){ .chat_model = path });
  g_assert_cmpint (
      app_contrast_judge_words (engine, "I have won, and everybody loves my work.", &error), ==,
      APP_SENTIMENT_POSITIVE);
  g_assert_cmpint (app_contrast_judge_words (engine, "我的錢包被偷了。", &error), ==,
                   APP_SENTIMENT_NEGATIVE);
  g_assert_cmpint (app_contrast_judge_words (engine, "Dogs are sitting by the door.", &error), ==,
                   APP_SENTIMENT_NEUTRAL);
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/answers/wordings", test_wordings);
  g_test_add_func ("/answers/schema", test_schema);
  g_test_add_func ("/answers/sentiment", test_sentiment);
  return g_test_run ();
}
