/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A transcript as a document: plain text, SubRip, WebVTT, Markdown, JSON.
 *
 * All forms hold the same segments in the same order. Text is made safe for the form: line breaks
 * and control characters become spaces, and what the form would read as markup is written so that
 * a reader sees what was said. Times are rounded to milliseconds; none is negative, and none ends
 * before it starts. Pure functions.
 *
 *   g_autofree char *document = app_transcript_format (transcript, APP_FORMAT_SRT, "talk.mp3",
 * NULL);
 *
 * Sources: WebVTT (W3C), CommonMark 0.30; SubRip has no specification, so what players do.
 */

#pragma once

#include <json-glib/json-glib.h>

#include "audio/whisper/transcribe.h"

G_BEGIN_DECLS

/* (transfer full): a time in a recording as people read it, to a tenth of a second: "1:02.3". */
char *app_format_time (double seconds);

typedef enum {
  APP_FORMAT_TXT, /* a segment a line */
  APP_FORMAT_SRT,
  APP_FORMAT_VTT,
  APP_FORMAT_MD,
  APP_FORMAT_JSON /* docs/json.md */
} AppFormat;

/* "txt", "srt", "vtt", "md", "json". FALSE for another name. */
gboolean app_format_parse (const char *name, AppFormat *format);
/* The name, which is also the ending of a file. */
const char *app_format_get_name (AppFormat format);

/* (transfer full): the whole document, ending in a newline. title: the recording's name; model: of
 * the model, or NULL. */
char *app_transcript_format (const AudioTranscript *transcript, AppFormat format, const char *title,
                             const char *model);
/* (transfer full): the line that APP_FORMAT_TXT has for this segment, with its newline; empty if
 * nothing was said. */
char *app_transcript_format_line (const AudioSegment *segment);
/* The JSON object, as a value. */
void app_transcript_build_json (const AudioTranscript *transcript, const char *title,
                                const char *model, JsonBuilder *builder);

G_END_DECLS
