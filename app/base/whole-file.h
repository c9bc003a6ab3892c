/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Files that are whole: after a crash or on a full disk there is the old one or the new one. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A temporary file beside it is renamed to `path`, in the encoding of file names; where that is a
 * link, what it leads to is replaced. Errors: G_FILE_ERROR, "could not write PATH: reason". Any
 * thread. */
gboolean app_whole_file_write (const char *path, const char *data, gsize n_bytes, GError **error);

G_END_DECLS
