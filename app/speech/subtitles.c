/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/speech/subtitles.h"

#include <string.h>

#include "app/base/app-error.h"

/* In columns: a Chinese character takes two. */
#define MAX_COLUMNS 84
#define MAX_SECONDS 7.0
/* From this part of a full cue on, a mark of punctuation ends it. */
#define ENOUGH 0.45

gboolean
app_subtitles_get_format (const char *path, AppFormat *format, GError **error)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);
  g_autofree char *shown = g_filename_display_name (path);

  *format = g_str_has_suffix (lower, ".vtt") ? APP_FORMAT_VTT : APP_FORMAT_SRT;
  if (*format == APP_FORMAT_VTT || g_str_has_suffix (lower, ".srt"))
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "%s: subtitles are written as .srt or .vtt",
               shown);
  return FALSE;
}

static int
count_columns (const char *text)
{
  int n = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    n += g_unichar_iswide (g_utf8_get_char (p)) ? 2 : 1;
  return n;
}

static gboolean
ends_phrase (const char *text)
{
  const char *end = text + strlen (text);

  return end > text
         && g_utf8_strchr (",;:.!?，、；：。！？…—", -1, g_utf8_get_char (g_utf8_prev_char (end)))
                != NULL;
}

/* (transfer full): words `first` to before `end` of the segment. */
static AudioSegment *
make_cue (const AudioSegment *segment, int first, int end)
{
  AudioSegment *cue = g_new0 (AudioSegment, 1);
  const guint n = end > first ? (guint) (end - first) : 0;
  g_autoptr (GString) text = g_string_new (NULL);

  cue->n_words = (int) n;
  cue->words = g_new0 (AudioWord, n);
  for (int i = first; i < end; i++) {
    cue->words[i - first] = segment->words[i];
    cue->words[i - first].text = g_strdup (segment->words[i].text);
    g_string_append (text, segment->words[i].text);
  }
  cue->text = g_strdup (text->str);
  cue->start = first == 0 ? segment->start : segment->words[first].start;
  cue->end = end == segment->n_words ? segment->end : segment->words[end - 1].end;
  return cue;
}

/* How many words from `first` on make a cue. */
static int
find_end (const AudioSegment *segment, int first)
{
  int columns = 0, rest = 0, best = 0;

  for (int i = first; i < segment->n_words; i++)
    rest += count_columns (segment->words[i].text);
  /* Two cues of equal length rather than a full one and a word. */
  const int target = rest > MAX_COLUMNS && rest < 2 * MAX_COLUMNS ? rest / 2 : MAX_COLUMNS;
  for (int i = first; i < segment->n_words; i++) {
    columns += count_columns (segment->words[i].text);
    gboolean is_full =
        columns > MAX_COLUMNS || segment->words[i].end - segment->words[first].start > MAX_SECONDS;
    if (is_full && i > first)
      return best > first ? best : i;
    if (ends_phrase (segment->words[i].text) && columns >= ENOUGH * MAX_COLUMNS)
      best = i + 1;
    else if (best == 0 && columns >= target && target < MAX_COLUMNS)
      best = i + 1;
  }
  return rest > MAX_COLUMNS && best > first ? best : segment->n_words;
}

char *
app_subtitles_format (const AudioTranscript *transcript, AppFormat format)
{
  AudioTranscript cues = *transcript;

  cues.segments = g_ptr_array_new_with_free_func ((GDestroyNotify) audio_segment_free);
  for (guint i = 0; i < transcript->segments->len; i++) {
    const AudioSegment *segment = g_ptr_array_index (transcript->segments, i);
    if (segment->n_words == 0) {
      AudioSegment *cue = make_cue (segment, 0, 0);
      g_free (cue->text);
      cue->text = g_strdup (segment->text);
      cue->start = segment->start;
      cue->end = segment->end;
      g_ptr_array_add (cues.segments, cue);
    }
    for (int first = 0; first < segment->n_words;) {
      int end = find_end (segment, first);
      g_ptr_array_add (cues.segments, make_cue (segment, first, end));
      first = end;
    }
  }
  char *document = app_transcript_format (&cues, format, "", NULL);
  g_ptr_array_unref (cues.segments);
  return document;
}
