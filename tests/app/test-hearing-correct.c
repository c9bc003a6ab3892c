/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/hearing/hearing-correct.h"

#include "app/base/app-error.h"

/* A word for each second. */
static AppHearing *
make_hearing (const char *words)
{
  const AudioTranscript none = { 0 };
  AppHearing *hearing = app_hearing_new ("/a.wav", &none);
  AppHearingSegment *segment = app_hearing_add_segment (hearing);
  g_auto (GStrv) pieces = g_strsplit (words, "|", -1);

  segment->text = g_strjoinv ("", pieces);
  segment->n_words = (int) g_strv_length (pieces);
  segment->words = g_new0 (AppHearingWord, (gsize) segment->n_words);
  for (int i = 0; i < segment->n_words; i++)
    segment->words[i] = (AppHearingWord){ i, i + 1, g_strdup (pieces[i]), 0.5f };
  segment->end = segment->n_words;
  segment->sentiment = APP_SENTIMENT_POSITIVE;
  segment->is_contrast = TRUE;
  return hearing;
}

/* The words with their beginnings, in tenths of a second. */
static void
check (const char *words, const char *text, const char *expected)
{
  g_autoptr (AppHearing) hearing = make_hearing (words);
  const AppHearingSegment *segment = app_hearing_get (hearing, 0);
  g_autoptr (GString) found = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (app_hearing_correct (hearing, 0, text, &error));
  g_assert_no_error (error);
  for (int i = 0; i < segment->n_words; i++)
    g_string_append_printf (found, "%s[%.0f]", segment->words[i].text,
                            segment->words[i].start * 10);
  g_assert_cmpstr (found->str, ==, expected);
  g_assert_cmpint (segment->sentiment, ==, APP_SENTIMENT_UNKNOWN);
  g_assert_false (segment->is_contrast);
}

static void
test_words (void)
{
  check ("ask| not| what", "ask not what", "ask[0] not[10] what[20]");
  check ("ask| nut| what", "ask not what", "ask[0] not[10] what[20]");
  check ("as| cannot| what", "ask not what", "ask[0] not[9] what[20]");
  check ("a| b", "a c d b", "a[0] c[10] d[10] b[10]");
  check ("a| b| c", "c", "c[20]");
  check ("一|二|三", "一四三", "一[0]四[10]三[20]");
  check ("你好|。", "您好。", "您[0]好。[7]");
}

static void
test_without_words (void)
{
  g_autoptr (AppHearing) hearing = make_hearing ("a");
  AppHearingSegment *segment = g_ptr_array_index (hearing->segments, 0);
  g_autoptr (GError) error = NULL;

  g_free (segment->words[0].text);
  g_clear_pointer (&segment->words, g_free);
  segment->n_words = 0;
  g_assert_true (app_hearing_correct (hearing, 0, "  b c ", &error));
  g_assert_cmpstr (segment->text, ==, "b c");
  g_assert_cmpint (segment->n_words, ==, 0);
  g_assert_false (app_hearing_correct (hearing, 0, " ", &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (app_hearing_correct (hearing, 1, "b", &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hearing-correct/words", test_words);
  g_test_add_func ("/hearing-correct/without-words", test_without_words);
  return g_test_run ();
}
