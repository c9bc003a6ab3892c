/* SPDX-License-Identifier: GPL-3.0-or-later */

/* In words how something is said: high or low, fast or slow, loud or quiet, with pauses or without.
 * The one place that decides what counts as such.
 *
 * Pitch is judged against what is usual for the gender; a line of somebody who says much, against
 * that voice itself. Loudness is judged against the rest of the recording, or absolutely where
 * there is too little of it. Pure functions.
 */

#pragma once

#include "app/hearing/hearing.h"

G_BEGIN_DECLS

/* What is told of how a voice sounds. */
typedef enum {
  APP_ASPECT_GENDER = 1 << 0,
  APP_ASPECT_EMOTION = 1 << 1,
  APP_ASPECT_PITCH = 1 << 2,
  APP_ASPECT_SPEED = 1 << 3,
  APP_ASPECT_LOUDNESS = 1 << 4,
  APP_ASPECT_PAUSES = 1 << 5
} AppAspect;

typedef enum { APP_LEVEL_UNKNOWN = -1, APP_LEVEL_LOW, APP_LEVEL_NORMAL, APP_LEVEL_HIGH } AppLevel;

typedef struct {
  AppLevel pitch;
  AppLevel rate;
  AppLevel loudness;
  AppLevel pauses; /* low: none worth mentioning */
} AppManner;

/* Of line `index`. */
AppManner app_manner_of_segment (const AppHearing *hearing, guint index);
/* Over all lines of a speaker; -1: of everybody. */
AppManner app_manner_of_speaker (const AppHearing *hearing, int speaker);
/* "low", "normal", "high"; "slow", ...: static; NULL: not known. */
const char *app_level_get_pitch_name (AppLevel level);
const char *app_level_get_rate_name (AppLevel level);

G_END_DECLS
