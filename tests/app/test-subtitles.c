/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/speech/subtitles.h"

#include <string.h>

#include "app/base/app-error.h"

/* A segment of words parted by "|", each `step` seconds long. */
static AudioTranscript *
make_transcript (const char *words, double step)
{
  AudioTranscript *transcript = g_new0 (AudioTranscript, 1);
  AudioSegment *segment = g_new0 (AudioSegment, 1);
  g_auto (GStrv) list = g_strsplit (words, "|", -1);

  segment->n_words = (int) g_strv_length (list);
  segment->words = g_new0 (AudioWord, g_strv_length (list));
  for (int i = 0; i < segment->n_words; i++)
    segment->words[i] = (AudioWord){ i * step, (i + 1) * step, g_strdup (list[i]), 1 };
  segment->text = g_strjoinv ("", list);
  segment->end = segment->n_words * step + 0.05;
  transcript->segments = g_ptr_array_new_with_free_func ((GDestroyNotify) audio_segment_free);
  g_ptr_array_add (transcript->segments, segment);
  return transcript;
}

static void
test_short (void)
{
  g_autoptr (AudioTranscript) transcript = make_transcript ("Hello,| world.", 0.5);
  g_autofree char *srt = app_subtitles_format (transcript, APP_FORMAT_SRT);
  g_autofree char *vtt = app_subtitles_format (transcript, APP_FORMAT_VTT);

  g_assert_cmpstr (srt, ==, "1\n00:00:00,000 --> 00:00:01,050\nHello, world.\n");
  g_assert_cmpstr (vtt, ==,
                   "WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.050\nHello, <00:00:00.500>world.\n");
}

/* All text in order, in cues that can be read and follow each other. */
static void
assert_cues (const AudioTranscript *transcript, guint n_expected)
{
  g_autofree char *srt = app_subtitles_format (transcript, APP_FORMAT_SRT);
  g_auto (GStrv) blocks = g_strsplit (srt, "\n\n", -1);
  const char *rest = ((AudioSegment *) g_ptr_array_index (transcript->segments, 0))->text;
  char last[16] = "";

  g_assert_cmpuint (g_strv_length (blocks), ==, n_expected);
  for (guint i = 0; blocks[i] != NULL; i++) {
    g_auto (GStrv) lines = g_strsplit (g_strstrip (blocks[i]), "\n", -1);
    g_assert_cmpuint (g_strv_length (lines), ==, 3);
    g_assert_cmpint (strlen (lines[2]), <=, 90);
    g_assert_cmpint (strncmp (last, lines[1], 12), <=, 0);
    g_strlcpy (last, lines[1] + 17, 13);
    const char *found = strstr (rest, lines[2]);
    g_assert_nonnull (found);
    g_assert_cmpint (found - rest, <=, 1);
    rest = found + strlen (lines[2]);
  }
  g_assert_cmpstr (rest, ==, "");
}

static void
test_long (void)
{
  g_autoptr (AudioTranscript) plain =
      make_transcript ("One| two| three| four| five| six| seven| eight| nine| ten| eleven| twelve|"
                       " thirteen| fourteen| fifteen| sixteen| seventeen| eighteen.",
                       0.3);
  g_autoptr (AudioTranscript) slow = make_transcript ("One| two| three,| four| five| six| seven|"
                                                      " eight| nine| ten.",
                                                      1.5);
  g_autoptr (AudioTranscript) giant = make_transcript ("word| word", 9);

  assert_cues (plain, 2);
  assert_cues (slow, 3);
  assert_cues (giant, 2);
}

/* At a mark of punctuation if there is one in reach. */
static void
test_punctuation (void)
{
  g_autoptr (AudioTranscript) transcript = make_transcript (
      "When| the| morning| train| arrives| at| the| station,| the| clerk| puts| her| cup| on| the|"
      " counter| and| opens| the| window| for| everyone.",
      0.2);
  g_autofree char *srt = app_subtitles_format (transcript, APP_FORMAT_SRT);

  g_assert_nonnull (strstr (srt, "station,\n"));
}

static void
test_without_words (void)
{
  g_autoptr (AudioTranscript) transcript = make_transcript ("Hm.", 1);
  AudioSegment *segment = g_ptr_array_index (transcript->segments, 0);

  g_free (segment->words[0].text);
  segment->n_words = 0;
  g_autofree char *srt = app_subtitles_format (transcript, APP_FORMAT_SRT);
  g_assert_cmpstr (srt, ==, "1\n00:00:00,000 --> 00:00:01,050\nHm.\n");
}

static void
test_format (void)
{
  g_autoptr (GError) error = NULL;
  AppFormat format;

  g_assert_true (app_subtitles_get_format ("a/b.VTT", &format, NULL));
  g_assert_cmpint (format, ==, APP_FORMAT_VTT);
  g_assert_true (app_subtitles_get_format ("b.srt", &format, NULL));
  g_assert_cmpint (format, ==, APP_FORMAT_SRT);
  g_assert_false (app_subtitles_get_format ("b.txt", &format, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/subtitles/short", test_short);
  g_test_add_func ("/app/subtitles/long", test_long);
  g_test_add_func ("/app/subtitles/punctuation", test_punctuation);
  g_test_add_func ("/app/subtitles/without-words", test_without_words);
  g_test_add_func ("/app/subtitles/format", test_format);
  return g_test_run ();
}
