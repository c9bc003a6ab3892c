/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The one error domain of audio/. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  AUDIO_ERROR_OPEN,      /* no such file, or it may not be read or written */
  AUDIO_ERROR_FORMAT,    /* not a recording, or of a kind that cannot be decoded */
  AUDIO_ERROR_EMPTY,     /* a recording without samples */
  AUDIO_ERROR_TOO_SHORT, /* less than AUDIO_MIN_SECONDS */
  AUDIO_ERROR_TOO_LONG,  /* more than AUDIO_MAX_SECONDS */
  AUDIO_ERROR_NO_SPEECH, /* decoded, but nobody speaks */
  AUDIO_ERROR_DEVICE,    /* no microphone, no loudspeaker, or it went away */
  AUDIO_ERROR_DISK,      /* writing failed: the message says how much was kept */
  AUDIO_ERROR_MODEL,     /* a weight file that does not hold the model */
  AUDIO_ERROR_LANGUAGE,  /* text in a script or language that cannot be spoken */
  AUDIO_ERROR_MARKUP,    /* a mark in a text that cannot be read */
  AUDIO_ERROR_CANCELLED
} AudioError;

#define AUDIO_ERROR (audio_error_quark ())
GQuark audio_error_quark (void);

G_END_DECLS
