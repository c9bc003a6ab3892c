/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/hearing/hearing.h"

void
app_hearing_segment_free (AppHearingSegment *segment)
{
  if (segment == NULL)
    return;
  g_free (segment->text);
  for (int i = 0; i < segment->n_words; i++)
    g_free (segment->words[i].text);
  g_free (segment->words);
  g_free (segment);
}

static void
speaker_free (AppHearingSpeaker *speaker)
{
  g_free (speaker->name);
  g_free (speaker);
}

static void
copy_words (AppHearingSegment *segment, const AudioWord *words, int n_words)
{
  segment->words = n_words > 0 ? g_new0 (AppHearingWord, n_words) : NULL;
  segment->n_words = n_words;
  for (int i = 0; i < n_words; i++) {
    segment->words[i].start = words[i].start;
    segment->words[i].end = words[i].end;
    segment->words[i].text = g_strdup (words[i].text);
    segment->words[i].probability = words[i].probability;
  }
}

AppHearing *
app_hearing_new (const char *path, const AudioTranscript *transcript)
{
  AppHearing *hearing = g_atomic_rc_box_new0 (AppHearing);
  g_autofree char *base = g_path_get_basename (path);

  hearing->path = g_strdup (path);
  hearing->title = g_filename_display_name (base);
  g_strlcpy (hearing->language, transcript->language, sizeof hearing->language);
  hearing->seconds = transcript->seconds;
  hearing->encode_s = transcript->encode_s;
  hearing->decode_s = transcript->decode_s;
  hearing->segments = g_ptr_array_new_with_free_func ((GDestroyNotify) app_hearing_segment_free);
  hearing->speakers = g_ptr_array_new_with_free_func ((GDestroyNotify) speaker_free);
  hearing->pitch_hz = g_array_new (FALSE, FALSE, sizeof (float));
  hearing->loudness_lufs = g_array_new (FALSE, FALSE, sizeof (float));
  for (guint i = 0; transcript->segments != NULL && i < transcript->segments->len; i++) {
    const AudioSegment *heard = g_ptr_array_index (transcript->segments, i);
    AppHearingSegment *segment = app_hearing_add_segment (hearing);

    segment->start = heard->start;
    segment->end = heard->end;
    segment->text = g_strstrip (g_strdup (heard->text));
    copy_words (segment, heard->words, heard->n_words);
  }
  return hearing;
}

AppHearing *
app_hearing_ref (AppHearing *hearing)
{
  return g_atomic_rc_box_acquire (hearing);
}

static void
hearing_clear (gpointer data)
{
  AppHearing *hearing = data;

  g_free (hearing->path);
  g_free (hearing->title);
  g_free (hearing->missing);
  g_free (hearing->content);
  g_ptr_array_unref (hearing->segments);
  g_ptr_array_unref (hearing->speakers);
  g_array_unref (hearing->pitch_hz);
  g_array_unref (hearing->loudness_lufs);
}

void
app_hearing_unref (AppHearing *hearing)
{
  g_atomic_rc_box_release_full (hearing, hearing_clear);
}

const AppHearingSegment *
app_hearing_get (const AppHearing *hearing, guint index)
{
  return g_ptr_array_index (hearing->segments, index);
}

const AppHearingSpeaker *
app_hearing_get_speaker (const AppHearing *hearing, const AppHearingSegment *segment)
{
  if (segment->speaker < 0 || (guint) segment->speaker >= hearing->speakers->len)
    return NULL;
  return g_ptr_array_index (hearing->speakers, (guint) segment->speaker);
}

AppHearingSegment *
app_hearing_add_segment (AppHearing *hearing)
{
  AppHearingSegment *segment = g_new0 (AppHearingSegment, 1);

  segment->speaker = -1;
  g_ptr_array_add (hearing->segments, segment);
  return segment;
}

AppHearingSpeaker *
app_hearing_add_speaker (AppHearing *hearing, const char *name)
{
  AppHearingSpeaker *speaker = g_new0 (AppHearingSpeaker, 1);

  speaker->name = g_strdup (name);
  g_ptr_array_add (hearing->speakers, speaker);
  return speaker;
}
