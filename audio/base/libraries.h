/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The libraries under audio/ and the versions that are loaded, for reports. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  const char *name;
  const char *version;
} AudioLibrary;

/* (transfer none): ends with a NULL name. */
const AudioLibrary *audio_libraries_get (void);

G_END_DECLS
