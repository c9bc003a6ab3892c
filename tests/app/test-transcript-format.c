/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Goldens in tests/golden/transcript, one per format; HEARSAY_UPDATE_GOLDENS=1 writes them. */

#include "app/hearing/transcript-format.h"

#include <math.h>

#include <string.h>

#define WORD_JOINER "\342\201\240"

static void
free_segment (gpointer data)
{
  AudioSegment *segment = data;
  g_free (segment->words);
  g_free (segment);
}

static AudioSegment *
add (AudioTranscript *transcript, double start, double end, const char *text)
{
  AudioSegment *segment = g_new0 (AudioSegment, 1);
  segment->start = start;
  segment->end = end;
  segment->text = (char *) text;
  segment->mean_log_probability = -0.25f;
  segment->no_speech_probability = 0.0625f;
  g_ptr_array_add (transcript->segments, segment);
  return segment;
}

/* What each format could trip over. */
static AudioTranscript *
make_transcript (void)
{
  AudioTranscript *transcript = g_new0 (AudioTranscript, 1);
  g_strlcpy (transcript->language, "en", sizeof transcript->language);
  transcript->language_probability = 0.9875f;
  transcript->seconds = 7265.4321;
  transcript->encode_s = 1.5;
  transcript->decode_s = 0.123456;
  transcript->segments = g_ptr_array_new_with_free_func (free_segment);
  AudioSegment *first = add (transcript, 0.0, 2.5204, " And so, my fellow Americans,");
  first->n_words = 2;
  first->words = g_new0 (AudioWord, 2);
  first->words[0] = (AudioWord){ 0.0, 0.32, (char *) " And", 0.875f };
  first->words[1] = (AudioWord){ 0.32, 0.4999, (char *) " so,", 0.5f };
  add (transcript, 2.5204, 4.9996, " <b>bold</b> & 3 < 4 > 2 --> {\\an8} end");
  add (transcript, 4.9996, 4.0,
       " line one\nline two\r\n\r\nWEBVTT\t*star* _under_ `code` [l](u) #1");
  add (transcript, -0.4, 59.9995, "聽說 \xff \033[31mred\033[0m $x$ a|b ~~c~~");
  add (transcript, 60.0, 61.0, "   ");
  add (transcript, 3599.9996, 7265.4321, " An hour later, “quoted” \"too\" \\ done.");
  return transcript;
}

static void
free_transcript (AudioTranscript *transcript)
{
  g_ptr_array_unref (transcript->segments);
  g_free (transcript);
}

static void
test_golden (gconstpointer data)
{
  const char *name = data;
  AppFormat format;
  g_assert_true (app_format_parse (name, &format));
  g_assert_cmpstr (app_format_get_name (format), ==, name);
  AudioTranscript *transcript = make_transcript ();
  g_autofree char *text =
      app_transcript_format (transcript, format, "a *talk*\n.wav", "whisper-base");
  g_autofree char *file = g_strdup_printf ("transcript.%s", name);
  g_autofree char *path = g_build_filename (g_getenv ("HEARSAY_SOURCE_ROOT"), "tests", "golden",
                                            "transcript", file, NULL);
  if (g_getenv ("HEARSAY_UPDATE_GOLDENS") != NULL)
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_autofree char *golden = NULL;
  g_assert_true (g_file_get_contents (path, &golden, NULL, NULL));
  g_assert_cmpstr (text, ==, golden);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  free_transcript (transcript);
}

/* Takes out of a document what a reader of the form does not see. */
static char *
undo_markup (AppFormat format, const char *document)
{
  GString *text = g_string_new (document);
  if (format == APP_FORMAT_SRT)
    g_string_replace (text, WORD_JOINER, "", 0);
  if (format == APP_FORMAT_VTT) {
    const char *stamp;
    while ((stamp = strstr (text->str, "<00:")) != NULL)
      g_string_erase (text, stamp - text->str, (gssize) strlen ("<00:00:00.320>"));
    g_string_replace (text, "&lt;", "<", 0);
    g_string_replace (text, "&gt;", ">", 0);
    g_string_replace (text, "&amp;", "&", 0);
  }
  if (format == APP_FORMAT_MD)
    for (gsize i = 0; i < text->len; i++)
      if (text->str[i] == '\\' && g_ascii_ispunct (text->str[i + 1]))
        g_string_erase (text, (gssize) i, 1);
  return g_string_free (text, FALSE);
}

static void
test_same_content (void)
{
  AudioTranscript *transcript = make_transcript ();
  for (AppFormat format = APP_FORMAT_TXT; format <= APP_FORMAT_MD; format++) {
    g_autofree char *document = app_transcript_format (transcript, format, "t", NULL);
    g_autofree char *text = undo_markup (format, document);
    const char *from = text;
    for (guint i = 0; i < transcript->segments->len; i++) {
      g_autofree char *line =
          app_transcript_format_line (g_ptr_array_index (transcript->segments, i));
      const char *found = strstr (from, line);
      g_assert_nonnull (found);
      from = found + strlen (line);
    }
    g_assert_cmpstr (from, ==, "");
  }
  free_transcript (transcript);
}

static void
test_empty (void)
{
  AudioTranscript transcript = { .seconds = 1.0 };
  transcript.segments = g_ptr_array_new ();
  g_autofree char *vtt = app_transcript_format (&transcript, APP_FORMAT_VTT, "t", NULL);
  g_assert_cmpstr (vtt, ==, "WEBVTT\n\n");
  g_autofree char *txt = app_transcript_format (&transcript, APP_FORMAT_TXT, "t", NULL);
  g_assert_cmpstr (txt, ==, "");
  g_ptr_array_unref (transcript.segments);
}

/* Times of a transcript that another program wrote. */
static void
test_far_times (void)
{
  AudioTranscript transcript = { .seconds = 1.0 };
  transcript.segments = g_ptr_array_new_with_free_func (free_segment);
  add (&transcript, 1e300, 1e301, "far");
  g_autofree char *srt = app_transcript_format (&transcript, APP_FORMAT_SRT, "t", NULL);
  g_assert_cmpstr (srt, ==, "1\n277777:46:40,000 --> 277777:46:40,000\nfar\n");
  g_ptr_array_unref (transcript.segments);
}

static void
test_unknown_format (void)
{
  AppFormat format;
  g_assert_false (app_format_parse ("docx", &format));
  g_assert_false (app_format_parse ("", &format));
}

static void
test_times (void)
{
  static const struct {
    double seconds;
    const char *text;
  } rows[] = { { 0, "0:00.0" },     { 59.94, "0:59.9" },       { 59.97, "1:00.0" },
               { 62.25, "1:02.3" }, { 4503.2, "75:03.2" },     { -1, "0:00.0" },
               { NAN, "0:00.0" },   { 1e300, "16666666:40.0" } };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *text = app_format_time (rows[i].seconds);
    g_assert_cmpstr (text, ==, rows[i].text);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/transcript-format/golden/txt", "txt", test_golden);
  g_test_add_data_func ("/transcript-format/golden/srt", "srt", test_golden);
  g_test_add_data_func ("/transcript-format/golden/vtt", "vtt", test_golden);
  g_test_add_data_func ("/transcript-format/golden/md", "md", test_golden);
  g_test_add_data_func ("/transcript-format/golden/json", "json", test_golden);
  g_test_add_func ("/transcript-format/times", test_times);
  g_test_add_func ("/transcript-format/far-times", test_far_times);
  g_test_add_func ("/transcript-format/same-content", test_same_content);
  g_test_add_func ("/transcript-format/empty", test_empty);
  g_test_add_func ("/transcript-format/unknown-format", test_unknown_format);
  return g_test_run ();
}
