/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Hearings for tests, made of lines. */

#pragma once

#include "app/hearing/hearing.h"

G_BEGIN_DECLS

/* Line i lasts from 10 i to 10 i + 9 seconds; lines ends with NULL. (transfer full). */
static inline AppHearing *
heard_lines (const char *path, const char *const *lines)
{
  AudioTranscript transcript = { .language = "en" };
  g_autoptr (GPtrArray) segments = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; lines[i] != NULL; i++) {
    AudioSegment *segment = g_new0 (AudioSegment, 1);

    segment->start = 10.0 * i;
    segment->end = 10.0 * i + 9;
    segment->text = (char *) lines[i];
    g_ptr_array_add (segments, segment);
  }
  transcript.segments = segments;
  transcript.seconds = 10.0 * segments->len;
  return app_hearing_new (path, &transcript);
}

G_END_DECLS
