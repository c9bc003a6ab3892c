/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whether a file was made by this program: by the mark in the sound (audio/sound/mark.h), and by
 * what the file says of itself. Needs no models. Any thread; nothing is shared.
 *
 *   g_auto (AppVerdict) verdict = { 0 };
 *   if (app_verify (path, &cancel, &verdict, &error) && verdict.mark.is_found) …
 */

#pragma once

#include <json-glib/json-glib.h>

#include "app/base/app-error.h"
#include "audio/sound/file-tags.h"
#include "audio/sound/mark.h"

G_BEGIN_DECLS

typedef struct {
  double seconds; /* of the sound */
  AudioMarkFinding mark;
  AudioFileTags tags;
  gboolean says_made_by_hearsay; /* the tags do */
} AppVerdict;

/* cancel: may be NULL. The errors are those of audio_clip_load(); APP_ERROR_CANCELLED. Sound too
 * short to hold a mark has none. */
gboolean app_verify (const char *path, atomic_bool *cancel, AppVerdict *verdict, GError **error);
void app_verdict_clear (AppVerdict *verdict);

/* "a stock voice", "an own voice": what the mark says of the voice. */
const char *app_verdict_describe_voice (AudioMarkPayload payload);
/* (transfer full): "1 in 10^12", or "1 in 3", for a probability. */
char *app_verdict_format_chance (double log10_probability);
/* The members that docs/json.md has under verify, into an object that is open. */
void app_verdict_build_json (const AppVerdict *verdict, JsonBuilder *builder);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AppVerdict, app_verdict_clear)

G_END_DECLS
