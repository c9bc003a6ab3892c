/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/hearing.h"

#include <math.h>

static void
hearing_segment_free (AppHearingSegment *segment)
{
  g_free (segment->text);
  g_free (segment);
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
  hearing->segments = g_ptr_array_new_with_free_func ((GDestroyNotify) hearing_segment_free);
  for (guint i = 0; i < transcript->segments->len; i++) {
    const AudioSegment *heard = g_ptr_array_index (transcript->segments, i);
    AppHearingSegment *segment = g_new0 (AppHearingSegment, 1);

    segment->start = heard->start;
    segment->end = heard->end;
    segment->text = g_strstrip (g_strdup (heard->text));
    segment->speaker = -1;
    g_ptr_array_add (hearing->segments, segment);
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
  g_ptr_array_unref (hearing->segments);
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

static void
add_seconds (JsonBuilder *builder, const char *name, double seconds)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_double_value (builder, round (seconds * 1000) / 1000);
}

void
app_hearing_segment_build_json (const AppHearingSegment *segment, const char *file,
                                JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  if (file != NULL) {
    json_builder_set_member_name (builder, "file");
    json_builder_add_string_value (builder, file);
  }
  add_seconds (builder, "start", segment->start);
  add_seconds (builder, "end", segment->end);
  json_builder_set_member_name (builder, "text");
  json_builder_add_string_value (builder, segment->text);
  json_builder_end_object (builder);
}

void
app_hearing_build_json (const AppHearing *hearing, JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "file");
  json_builder_add_string_value (builder, hearing->title);
  add_seconds (builder, "seconds", hearing->seconds);
  json_builder_set_member_name (builder, "language");
  json_builder_add_string_value (builder, hearing->language);
  json_builder_set_member_name (builder, "segments");
  json_builder_begin_array (builder);
  for (guint i = 0; i < hearing->segments->len; i++)
    app_hearing_segment_build_json (app_hearing_get (hearing, i), NULL, builder);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}
