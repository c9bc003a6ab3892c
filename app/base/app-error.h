/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The one error domain of app/. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  APP_ERROR_NOT_INSTALLED, /* a model that is needed is not in the store; the message has the
                              command */
  APP_ERROR_CATALOGUE,     /* the catalogue does not know the id, or breaks its own form */
  APP_ERROR_DOWNLOAD,      /* the network, the server, or a package client failed */
  APP_ERROR_CHECKSUM,      /* what came is not what was asked for */
  APP_ERROR_DISK,          /* no room, or not writable */
  APP_ERROR_BUSY,          /* another process holds the lock */
  APP_ERROR_NO_SPEECH,     /* a recording in which nobody speaks */
  APP_ERROR_ARGUMENT,      /* what the user asked for cannot be done; the message says why */
  APP_ERROR_FORMAT,        /* a file of our own that does not hold what it should */
  APP_ERROR_CANCELLED,
  APP_ERROR_ENGINE,    /* the engine's process, or a layer below app/ in it */
  APP_ERROR_RECORDING, /* a file that is no recording, or one that cannot be used */
  APP_ERROR_DEVICE     /* no microphone, no loudspeaker, or it went away */
} AppError;

#define APP_ERROR (app_error_quark ())
GQuark app_error_quark (void);

/* Of which kind an error is, also one of audio/; -1: of none of these. */
int app_error_get_kind (const GError *error);

G_END_DECLS
