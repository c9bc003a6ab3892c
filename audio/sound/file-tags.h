/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a sound file says of itself: its title, the program that made it, a comment. Anybody can
 * write anything there, and many programs drop it.
 *
 *   g_auto (AudioFileTags) tags = { 0 };
 *   audio_file_tags_read (path, &tags);
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Valid UTF-8; NULL: not said. */
typedef struct {
  char *title;
  char *software;
  char *comment;
} AudioFileTags;

/* Of any file that audio_clip_load() reads; of others, nothing. */
void audio_file_tags_read (const char *path, AudioFileTags *tags);
void audio_file_tags_clear (AudioFileTags *tags);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AudioFileTags, audio_file_tags_clear)

G_END_DECLS
