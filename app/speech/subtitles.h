/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A transcript as subtitles: SubRip or WebVTT, by the name's ending.
 *
 * Sentences are cut into cues that can be read: at most two lines and about seven seconds, where
 * there is a pause or a mark of punctuation if there can be. WebVTT also has the time of each word.
 *
 *   g_autofree char *document = app_subtitles_format (transcript, APP_FORMAT_VTT);
 */

#pragma once

#include "app/hearing/transcript-format.h"

G_BEGIN_DECLS

/* Whether the name ends in .srt or .vtt, and which. APP_ERROR_ARGUMENT. */
gboolean app_subtitles_get_format (const char *path, AppFormat *format, GError **error);
/* (transfer full): the document. Segments without words stay as they are. */
char *app_subtitles_format (const AudioTranscript *transcript, AppFormat format);

G_END_DECLS
