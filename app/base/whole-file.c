/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/base/whole-file.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

gboolean
app_whole_file_write (const char *path, const char *data, gsize n_bytes, GError **error)
{
  /* A link stays a link: what it leads to is replaced. */
  char *real = realpath (path, NULL);
  g_autoptr (GError) inner = NULL;
  gboolean ok = g_file_set_contents_full (real != NULL ? real : path, data, (gssize) n_bytes,
                                          G_FILE_SET_CONTENTS_CONSISTENT, 0666, &inner);
  free (real);
  if (!ok) {
    const char *reason = strrchr (inner->message, ':');
    g_set_error (error, inner->domain, inner->code, "could not write %s%s", path,
                 reason != NULL ? reason : "");
  }
  return ok;
}
