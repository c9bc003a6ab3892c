/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Plays a file, or a range of it, at any speed from 0.5 to 2 without changing the pitch.
 *
 * A thread of its own reads the file as it is needed and fills the device; it exists from the first
 * app_player_play() to the end of the object. Functions return at once. All for one thread, the one
 * whose main context was the default when it was made; the signals come there.
 *
 * Signals: "changed" (): it began, paused, or came to its end; "failed" (const char *message): no
 * loudspeaker, or the file cannot be read.
 *
 *   AppPlayer *player = app_player_new ("talk.mp3");
 *   app_player_play (player);
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define APP_PLAYER_MIN_SPEED 0.5
#define APP_PLAYER_MAX_SPEED 2.0

#define APP_TYPE_PLAYER (app_player_get_type ())
G_DECLARE_FINAL_TYPE (AppPlayer, app_player, APP, PLAYER, GObject)

AppPlayer *app_player_new (const char *path);
/* From where it is; from the beginning if it is at its end. */
void app_player_play (AppPlayer *player);
void app_player_pause (AppPlayer *player);
void app_player_seek (AppPlayer *player, double seconds);
/* Seeks and plays, and pauses at end. */
void app_player_play_range (AppPlayer *player, double start, double end);
void app_player_set_speed (AppPlayer *player, double speed);
gboolean app_player_is_playing (AppPlayer *player);
/* What is being heard now, in seconds of the file. */
double app_player_get_position (AppPlayer *player);

G_END_DECLS
