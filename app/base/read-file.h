/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Files that people name, of which only a small one makes sense: a script, a schema, a voice. What
 * is larger is an error before it fills the memory, also where it has no end, as a device or a
 * pipe.
 *
 *   g_autofree char *text = app_read_file (path, APP_READ_FILE_MAX_BYTES, &n_bytes, &error);
 */

#pragma once

#include <glib.h>

#include "app/base/app-error.h"

G_BEGIN_DECLS

#define APP_READ_FILE_MAX_BYTES ((gsize) 64 << 20)

/* (transfer full): all bytes, and a NUL behind them that n_bytes (may be NULL) does not count. path
 * "-": standard input. APP_ERROR_ARGUMENT, in words that begin with the path. */
char *app_read_file (const char *path, gsize max_bytes, gsize *n_bytes, GError **error);

G_END_DECLS
