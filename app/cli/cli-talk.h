/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What was read out in a chat: a narration with its takes, in a folder of its own that goes when
 * the chat ends. "/save FILE" puts the last one where it stays.
 *
 *   path = app_cli_talk_begin (&talk, text, &error);    -- and speak it to there
 *   app_cli_talk_save (&talk, "tides.mp3", &speaking, &error);
 */

#pragma once

#include "app/cli/cli-speaking.h"

G_BEGIN_DECLS

typedef struct {
  char *folder; /* NULL: nothing was read out yet */
  char *path;   /* of the last one */
  char *text;
  guint n;
} AppCliTalk;

/* (transfer none): the file that this text is to become. APP_ERROR_DISK. */
const char *app_cli_talk_begin (AppCliTalk *talk, const char *text, GError **error);
/* The last text as the narration `path`, of the same takes; what was not spoken then is spoken now,
 * unheard. APP_ERROR_ARGUMENT if there is none; what app_narration_new() and app_narration_write()
 * say. */
gboolean app_cli_talk_save (const AppCliTalk *talk, const char *path, AppCliSpeaking *speaking,
                            GError **error);
/* Deletes the folder. */
void app_cli_talk_clear (AppCliTalk *talk);

G_END_DECLS
