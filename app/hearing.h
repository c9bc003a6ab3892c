/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What was heard in one recording: time-stamped segments, plain data without pointers into the
 * models.
 *
 * It is made once per recording, is then immutable, and is what everything later reads: prompts,
 * token views, transcripts, evidence. Reference-counted; any thread may read it.
 *
 *   g_autoptr (AppHearing) hearing = app_hearing_new (path, transcript);
 */

#pragma once

#include <json-glib/json-glib.h>

#include "audio/transcribe.h"

G_BEGIN_DECLS

typedef struct {
  double start, end; /* seconds in the recording */
  char *text;        /* without surrounding space */
  int speaker;       /* 0 is A; -1: not known */
} AppHearingSegment;

typedef struct {
  char *path;
  char *title;      /* the file's name as UTF-8 */
  char language[8]; /* ISO 639-1 */
  double seconds;
  double encode_s; /* time spent in the encoder, and in the decoder */
  double decode_s;
  GPtrArray *segments; /* of AppHearingSegment */
} AppHearing;

/* (transfer full): copies what it needs of the transcript. */
AppHearing *app_hearing_new (const char *path, const AudioTranscript *transcript);
AppHearing *app_hearing_ref (AppHearing *hearing);
void app_hearing_unref (AppHearing *hearing);
const AppHearingSegment *app_hearing_get (const AppHearing *hearing, guint index);

/* The value of "audio" in the documented JSON:
 * {"seconds","language","segments":[{"start","end","text"}]}. */
void app_hearing_build_json (const AppHearing *hearing, JsonBuilder *builder);
/* One segment, as it stands there and among the evidence of an answer; file: NULL, or the name of
 * the recording, where there are several. */
void app_hearing_segment_build_json (const AppHearingSegment *segment, const char *file,
                                     JsonBuilder *builder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppHearing, app_hearing_unref)

G_END_DECLS
