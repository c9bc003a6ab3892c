/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Results on stdout, messages on stderr, files that are whole or not there. */

#include "app/base/json-write.h"
#include "app/cli/cli.h"

#include "app/base/whole-file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib/gstdio.h>

#include "app/cli/cli-private.h"

static int output_errno;

/* Keeps the first reason, and stops the work that nobody will see. */
static void
note_output_failure (int reason)
{
  if (output_errno == 0)
    output_errno = reason != 0 ? reason : EIO;
  app_cli_cancel ();
}

void
app_cli_print (const char *text)
{
  if (output_errno != 0)
    return;
  errno = 0;
  if (fputs (text, stdout) < 0 || fflush (stdout) != 0)
    note_output_failure (errno);
}

void
app_cli_printf (const char *format, ...)
{
  if (output_errno != 0)
    return;
  va_list list;
  va_start (list, format);
  errno = 0;
  int n = vprintf (format, list);
  va_end (list);
  if (n < 0)
    note_output_failure (errno);
}

gboolean
app_cli_finish_output (void)
{
  errno = 0;
  if (output_errno == 0 && (fflush (stdout) != 0 || ferror (stdout)))
    note_output_failure (errno);
  if (output_errno == 0)
    return TRUE;
  fprintf (stderr, "hearsay: could not write to standard output: %s\n", g_strerror (output_errno));
  return FALSE;
}

void
app_cli_print_json (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = app_json_to_text (root);
  app_cli_print (text);
}

static void say (const char *format, va_list list) G_GNUC_PRINTF (1, 0);

static void
say (const char *format, va_list list)
{
  g_autofree char *raw = g_strdup_vprintf (format, list);
  g_autofree char *text = app_json_display (raw);
  fprintf (stderr, "hearsay: %s\n", g_strstrip (text));
}

int
app_cli_fail_text (const char *format, ...)
{
  va_list list;
  va_start (list, format);
  say (format, list);
  va_end (list);
  return APP_EXIT_FAILED;
}

int
app_cli_fail (const GError *error)
{
  if (app_cli_was_interrupted ())
    return app_cli_fail_text ("stopped");
  if (output_errno != 0) /* app_cli_finish_output() says why */
    return APP_EXIT_FAILED;
  return app_cli_fail_text ("%s", error != NULL ? error->message : "unknown error");
}

int
app_cli_usage (const char *format, ...)
{
  va_list list;
  va_start (list, format);
  say (format, list);
  va_end (list);
  return APP_EXIT_USAGE;
}

void
app_cli_note (const AppCliOptions *options, const char *format, ...)
{
  if (options->quiet)
    return;
  va_list list;
  va_start (list, format);
  say (format, list);
  va_end (list);
}

static gboolean
write_all (const char *path, const char *data, gsize n_bytes, GError **error)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  gboolean ok = fd >= 0;
  for (gsize done = 0; ok && done < n_bytes;) {
    gssize n = write (fd, data + done, n_bytes - done);
    if (n > 0)
      done += (gsize) n;
    else
      ok = n < 0 && errno == EINTR && !app_cli_was_interrupted ();
  }
  int reason = errno;
  if (fd >= 0 && close (fd) != 0 && ok) {
    reason = errno;
    ok = FALSE;
  }
  if (!ok)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (reason), "could not write %s: %s", path,
                 g_strerror (reason));
  return ok;
}

gboolean
app_cli_write_file (const char *path, const char *data, gsize n_bytes, GError **error)
{
  if (g_str_equal (path, "-")) {
    if (output_errno == 0 && fwrite (data, 1, n_bytes, stdout) != n_bytes)
      note_output_failure (errno);
    return TRUE;
  }
  struct stat info;
  if (stat (path, &info) == 0 && !S_ISREG (info.st_mode) && !S_ISDIR (info.st_mode))
    return write_all (path, data, n_bytes, error);

  return app_whole_file_write (path, data, n_bytes, error);
}
