/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The steps of listening after the words are there. Each fills in a Hearing that nobody else reads
 * yet. FALSE with an error: cancelled, or a model is damaged; a model that is not installed is no
 * error, and hearing->missing says so. */

#pragma once

#include "app/listen/listen.h"

G_BEGIN_DECLS

/* What the steps work on. */
typedef struct {
  AppEngine *engine;
  const AppListenOptions *options;
  const AudioClip *clip;
  const GArray *speech; /* of AudioSpan; NULL: not known */
  AppHearing *hearing;
} AppListening;

/* Who says what: the segments are cut where the speaker changes. */
gboolean app_listen_to_speakers (const AppListening *listening, GError **error);
/* How each segment is said. */
gboolean app_listen_to_manner (const AppListening *listening, GError **error);

G_END_DECLS
