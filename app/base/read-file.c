/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/base/read-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_BYTES 65536

static void
set_error (GError **error, const char *path, const char *problem)
{
  g_autofree char *shown =
      g_str_equal (path, "-") ? g_strdup ("standard input") : g_filename_display_name (path);

  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "%s: %s", shown, problem);
}

/* FALSE: errno says why; EFBIG for more than max_bytes. */
static gboolean
read_all (int fd, gsize max_bytes, GByteArray *all)
{
  g_autofree guint8 *chunk = g_malloc (CHUNK_BYTES);

  for (;;) {
    gssize n = read (fd, chunk, CHUNK_BYTES);

    if (n == 0)
      return TRUE;
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return FALSE;
    if ((gsize) n > max_bytes - all->len) {
      errno = EFBIG;
      return FALSE;
    }
    g_byte_array_append (all, chunk, (guint) n);
  }
}

char *
app_read_file (const char *path, gsize max_bytes, gsize *n_bytes, GError **error)
{
  g_autoptr (GByteArray) all = g_byte_array_new ();
  gboolean is_stdin = g_str_equal (path, "-");
  int fd = is_stdin ? STDIN_FILENO : open (path, O_RDONLY | O_CLOEXEC);
  gboolean is_read = fd >= 0 && read_all (fd, max_bytes, all);
  int problem = errno;

  if (fd >= 0 && !is_stdin)
    close (fd);
  if (!is_read) {
    g_autofree char *size = g_format_size_full (max_bytes, G_FORMAT_SIZE_IEC_UNITS);
    g_autofree char *too_large = g_strdup_printf ("larger than %s", size);

    set_error (error, path, problem == EFBIG ? too_large : g_strerror (problem));
    return NULL;
  }
  if (n_bytes != NULL)
    *n_bytes = all->len;
  g_byte_array_append (all, (const guint8 *) "", 1);
  return (char *) g_byte_array_free (g_steal_pointer (&all), FALSE);
}
