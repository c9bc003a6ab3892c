/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hearing/transcript-format.h"
#include "app/base/json-write.h"

#include <math.h>
#include <string.h>

/* Seen by nobody, but it parts what a player would take together. */
#define WORD_JOINER "\342\201\240"

/* What files of others say may be anything. */
#define MAX_SECONDS 1e9

static const char *const names[] = { "txt", "srt", "vtt", "md", "json" };

char *
app_format_time (double seconds)
{
  /* Rounded once, so that no minute has 60 seconds. */
  gint64 tenths = seconds > 0.0 ? (gint64) llround (MIN (seconds, MAX_SECONDS) * 10.0) : 0;
  return g_strdup_printf ("%" G_GINT64_FORMAT ":%02d.%d", tenths / 600, (int) (tenths / 10 % 60),
                          (int) (tenths % 10));
}

gboolean
app_format_parse (const char *name, AppFormat *format)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (g_str_equal (names[i], name)) {
      *format = (AppFormat) i;
      return TRUE;
    }
  }
  return FALSE;
}

const char *
app_format_get_name (AppFormat format)
{
  return names[format];
}

/* One line of valid text, without space at the ends. */
static char *
clean (const char *text)
{
  char *line = app_json_display (text);
  return g_strstrip (line);
}

static gint64
to_ms (double seconds)
{
  return seconds > 0.0 ? (gint64) llround (MIN (seconds, MAX_SECONDS) * 1000.0) : 0;
}

/* HH:MM:SS and milliseconds after `point`. */
static void
append_time (GString *out, gint64 ms, char point)
{
  g_string_append_printf (out, "%02d:%02d:%02d%c%03d", (int) (ms / 3600000),
                          (int) (ms / 60000 % 60), (int) (ms / 1000 % 60), point,
                          (int) (ms % 1000));
}

static void
append_span (GString *out, const AudioSegment *segment, char point)
{
  gint64 start = to_ms (segment->start);
  append_time (out, start, point);
  g_string_append (out, " --> ");
  append_time (out, MAX (start, to_ms (segment->end)), point);
  g_string_append_c (out, '\n');
}

/* Players read <b>, {\an8} and --> as markup and know no escapes. */
static void
append_srt_text (GString *out, const char *text)
{
  for (const char *p = text; *p != '\0'; p++) {
    g_string_append_c (out, *p);
    gboolean opens_tag = p[0] == '<' && (g_ascii_isalpha (p[1]) || p[1] == '/');
    gboolean opens_style = p[0] == '{' && p[1] == '\\';
    gboolean is_arrow = p[0] == '-' && p[1] == '>';
    if (opens_tag || opens_style || is_arrow)
      g_string_append (out, WORD_JOINER);
  }
}

static void
append_vtt_text (GString *out, const char *text)
{
  for (const char *p = text; *p != '\0'; p++) {
    if (*p == '&')
      g_string_append (out, "&amp;");
    else if (*p == '<')
      g_string_append (out, "&lt;");
    else if (*p == '>')
      g_string_append (out, "&gt;");
    else
      g_string_append_c (out, *p);
  }
}

/* With the time of each word but the first, as WebVTT has it: "One <00:00:01.500>two". */
static void
append_vtt_words (GString *out, const AudioSegment *segment, const char *text)
{
  gint64 last = to_ms (segment->start);
  const char *from = text;

  for (int i = 0; i < segment->n_words; i++) {
    g_autofree char *word = clean (segment->words[i].text);
    const gint64 start = to_ms (segment->words[i].start);
    const char *at = word[0] != '\0' ? strstr (from, word) : NULL;
    /* Times within a cue must rise. */
    if (at == NULL || at == text || start <= last || start >= to_ms (segment->end))
      continue;
    g_autofree char *before = g_strndup (from, (gsize) (at - from));
    append_vtt_text (out, before);
    g_string_append_c (out, '<');
    append_time (out, start, '.');
    g_string_append_c (out, '>');
    last = start;
    from = at;
  }
  append_vtt_text (out, from);
}

/* Enough where the text does not begin a line. */
static void
append_md_text (GString *out, const char *text)
{
  for (const char *p = text; *p != '\0'; p++) {
    if (strchr ("\\`*_[]<>|~&$", *p) != NULL)
      g_string_append_c (out, '\\');
    g_string_append_c (out, *p);
  }
}

static void
append_subtitles (GString *out, const AudioTranscript *transcript, gboolean is_vtt)
{
  int number = 0;
  if (is_vtt)
    g_string_append (out, "WEBVTT\n\n");
  for (guint i = 0; i < transcript->segments->len; i++) {
    const AudioSegment *segment = g_ptr_array_index (transcript->segments, i);
    g_autofree char *text = clean (segment->text);
    if (text[0] == '\0')
      continue;
    g_string_append_printf (out, "%s%d\n", number > 0 ? "\n" : "", number + 1);
    number++;
    append_span (out, segment, is_vtt ? '.' : ',');
    if (is_vtt && segment->n_words > 0)
      append_vtt_words (out, segment, text);
    else if (is_vtt)
      append_vtt_text (out, text);
    else
      append_srt_text (out, text);
    g_string_append_c (out, '\n');
  }
}

static void
append_markdown (GString *out, const AudioTranscript *transcript, const char *title)
{
  g_autofree char *heading = clean (title);
  g_string_append (out, "# ");
  append_md_text (out, heading);
  g_string_append (out, "\n\nLength ");
  append_time (out, to_ms (transcript->seconds), '.');
  g_string_append_printf (out, ", language %s.\n", transcript->language);
  for (guint i = 0; i < transcript->segments->len; i++) {
    const AudioSegment *segment = g_ptr_array_index (transcript->segments, i);
    g_autofree char *text = clean (segment->text);
    if (text[0] == '\0')
      continue;
    g_string_append (out, "\n**");
    append_time (out, to_ms (segment->start), '.');
    g_string_append (out, "** ");
    append_md_text (out, text);
    g_string_append_c (out, '\n');
  }
}

char *
app_transcript_format_line (const AudioSegment *segment)
{
  g_autofree char *text = clean (segment->text);
  return text[0] == '\0' ? g_strdup ("") : g_strconcat (text, "\n", NULL);
}

static void
append_lines (GString *out, const AudioTranscript *transcript)
{
  for (guint i = 0; i < transcript->segments->len; i++) {
    g_autofree char *line =
        app_transcript_format_line (g_ptr_array_index (transcript->segments, i));
    g_string_append (out, line);
  }
}

static void
build_span (JsonBuilder *builder, double start, double end)
{
  gint64 start_ms = to_ms (start);
  app_json_add_number (builder, "start", (double) start_ms / 1000.0, 3);
  app_json_add_number (builder, "end", (double) MAX (start_ms, to_ms (end)) / 1000.0, 3);
}

static void
build_segment (JsonBuilder *builder, const AudioSegment *segment)
{
  g_autofree char *text = clean (segment->text);
  if (text[0] == '\0')
    return;
  json_builder_begin_object (builder);
  build_span (builder, segment->start, segment->end);
  app_json_add_string (builder, "text", text);
  json_builder_set_member_name (builder, "words");
  json_builder_begin_array (builder);
  for (int i = 0; i < segment->n_words; i++) {
    const AudioWord *word = &segment->words[i];
    g_autofree char *word_text = clean (word->text);
    json_builder_begin_object (builder);
    build_span (builder, word->start, word->end);
    app_json_add_string (builder, "word", word_text);
    app_json_add_number (builder, "probability", word->probability, 4);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  app_json_add_number (builder, "mean_log_probability", segment->mean_log_probability, 4);
  app_json_add_number (builder, "no_speech_probability", segment->no_speech_probability, 4);
  json_builder_end_object (builder);
}

void
app_transcript_build_json (const AudioTranscript *transcript, const char *title, const char *model,
                           JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  app_json_add_string (builder, "file", title);
  app_json_add_string (builder, "language", transcript->language);
  app_json_add_number (builder, "language_probability", transcript->language_probability, 4);
  app_json_add_number (builder, "seconds", transcript->seconds, 3);
  json_builder_set_member_name (builder, "segments");
  json_builder_begin_array (builder);
  for (guint i = 0; i < transcript->segments->len; i++)
    build_segment (builder, g_ptr_array_index (transcript->segments, i));
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "timing");
  json_builder_begin_object (builder);
  app_json_add_number (builder, "encode_s", transcript->encode_s, 4);
  app_json_add_number (builder, "decode_s", transcript->decode_s, 4);
  json_builder_end_object (builder);
  app_json_add_string (builder, "model", model);
  json_builder_end_object (builder);
}

char *
app_transcript_format (const AudioTranscript *transcript, AppFormat format, const char *title,
                       const char *model)
{
  if (format == APP_FORMAT_JSON) {
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    app_transcript_build_json (transcript, title, model, builder);
    g_autoptr (JsonNode) root = json_builder_get_root (builder);
    return app_json_to_text (root);
  }
  GString *out = g_string_new (NULL);
  switch (format) {
  case APP_FORMAT_SRT:
  case APP_FORMAT_VTT:
    append_subtitles (out, transcript, format == APP_FORMAT_VTT);
    break;
  case APP_FORMAT_MD:
    append_markdown (out, transcript, title);
    break;
  case APP_FORMAT_TXT:
  case APP_FORMAT_JSON:
    append_lines (out, transcript);
    break;
  }
  return g_string_free (out, FALSE);
}
