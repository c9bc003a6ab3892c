/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/listen/watch-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/base/whole-file.h"

#define MAX_DEPTH 16
#define MAX_NAMES 999

void
app_watch_folder_clear (AppWatchFolder *folder)
{
  g_clear_pointer (&folder->path, g_free);
  g_clear_pointer (&folder->into, g_free);
  g_clear_pointer (&folder->ending, g_free);
}

static gint64
get_modified_us (const struct stat *info)
{
  return (gint64) info->st_mtim.tv_sec * G_USEC_PER_SEC + info->st_mtim.tv_nsec / 1000;
}

/* What it looks like. */

typedef struct {
  const AppWatchFolder *folder;
  const char *const *settling;
  AppWatchState *state;
  gboolean is_into; /* the folder of the results is read, which is another one */
} Reading;

/* A lease to read is given only of a file that nobody writes to; only its owner may ask for it, and
 * not every file system has it. Somebody who opens the file in the moment of it is let wait, and we
 * are told by a signal that must not be one that ends the program. */
static gboolean
is_written_to (const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  gboolean is_refused;

  if (fd < 0)
    return FALSE;
  fcntl (fd, F_SETSIG, SIGURG);
  is_refused = fcntl (fd, F_SETLEASE, F_RDLCK) != 0 && errno == EAGAIN;
  if (!is_refused)
    fcntl (fd, F_SETLEASE, F_UNLCK);
  close (fd);
  return is_refused;
}

/* Firefox keeps the name of a download with an empty file, others with a growing one. */
static gboolean
has_part (const char *path)
{
  static const char *const parts[] = { ".part", ".crdownload", ".download", ".partial", ".aria2" };

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++) {
    g_autofree char *part = g_strconcat (path, parts[i], NULL);
    if (g_file_test (part, G_FILE_TEST_EXISTS))
      return TRUE;
  }
  return FALSE;
}

static void
read_file (const Reading *reading, const char *path, const char *name, const struct stat *info)
{
  const AppWatchFolder *folder = reading->folder;
  gboolean has_results_here = reading->is_into || folder->into == NULL;
  const char *point = strrchr (name, '.');

  if (has_results_here && point != NULL && g_str_equal (point + 1, folder->ending))
    app_watch_state_add_result (reading->state, name, get_modified_us (info));
  if (reading->is_into || !app_watch_is_recording (name))
    return;
  app_watch_state_add (reading->state, name, (guint64) info->st_size, get_modified_us (info),
                       reading->settling != NULL && g_strv_contains (reading->settling, name)
                           && (has_part (path) || is_written_to (path)));
}

/* below: the path below the folder, "" for itself. */
static gboolean
read_folder (const Reading *reading, const char *path, const char *below, int depth, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (GDir) dir = g_dir_open (path, 0, &problem);
  const char *base;

  if (dir == NULL) {
    const char *reason = strrchr (problem->message, ':');
    g_autofree char *shown = g_filename_display_name (path);
    g_set_error (error, APP_ERROR, APP_ERROR_DISK, "%s%s", shown,
                 reason != NULL ? reason : problem->message);
    return FALSE;
  }
  if (!reading->is_into)
    g_ptr_array_add (reading->state->folders, g_strdup (path));
  while ((base = g_dir_read_name (dir)) != NULL) {
    g_autofree char *child = g_build_filename (path, base, NULL);
    g_autofree char *name =
        below[0] != '\0' ? g_build_filename (below, base, NULL) : g_strdup (base);
    struct stat info;
    if (base[0] == '.' || lstat (child, &info) != 0)
      continue;
    if (S_ISDIR (info.st_mode) && reading->folder->is_recursive && depth < MAX_DEPTH)
      read_folder (reading, child, name, depth + 1, NULL);
    else if (stat (child, &info) == 0 && S_ISREG (info.st_mode))
      read_file (reading, child, name, &info);
  }
  return TRUE;
}

AppWatchState *
app_watch_folder_read (const AppWatchFolder *folder, const char *const *settling, GError **error)
{
  g_autoptr (AppWatchState) state = app_watch_state_new ();
  Reading reading = { folder, settling, state, FALSE };

  if (!read_folder (&reading, folder->path, "", 0, error))
    return NULL;
  reading.is_into = TRUE;
  /* Where it is missing there are no results yet; that they cannot be written is said then. */
  if (folder->into != NULL)
    read_folder (&reading, folder->into, "", 0, NULL);
  return g_steal_pointer (&state);
}

/* Results. */

AppWatchResult *
app_watch_result_new (const AppWatchFolder *folder, const char *base, gint64 recording_us)
{
  AppWatchResult *result = g_new0 (AppWatchResult, 1);

  result->folder = g_strdup (folder->into != NULL ? folder->into : folder->path);
  result->base = g_strdup (base);
  result->ending = g_strdup (folder->ending);
  result->recording_us = recording_us;
  return result;
}

AppWatchResult *
app_watch_result_copy (const AppWatchResult *result)
{
  AppWatchResult *copy = g_memdup2 (result, sizeof *result);

  copy->folder = g_strdup (result->folder);
  copy->base = g_strdup (result->base);
  copy->ending = g_strdup (result->ending);
  copy->path = g_strdup (result->path);
  return copy;
}

void
app_watch_result_free (AppWatchResult *result)
{
  g_free (result->folder);
  g_free (result->base);
  g_free (result->ending);
  g_free (result->path);
  g_free (result);
}

static gboolean
fail (const char *path, int reason, GError **error)
{
  g_autofree char *shown = g_filename_display_name (path);

  g_set_error (error, APP_ERROR, APP_ERROR_DISK, "could not write %s: %s", shown,
               g_strerror (reason));
  return FALSE;
}

/* What GLib says of a file, of which errno does not tell any more. */
static gboolean
fail_to_write (const char *where, const char *path, const GError *problem, GError **error)
{
  const char *reason = strrchr (problem->message, ':');
  g_autofree char *shown = g_filename_display_name (path);

  g_set_error (error, APP_ERROR, APP_ERROR_DISK, "could not write %s%s%s", where, shown,
               reason != NULL ? reason : "");
  return FALSE;
}

/* 0: there is no such file. */
static guint64
get_mark (const char *path)
{
  struct stat info;
  g_autofree char *text = NULL;
  g_autofree char *sum = NULL;

  if (stat (path, &info) != 0)
    return 0;
  text = g_strdup_printf ("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT,
                          (guint64) info.st_ino, (guint64) info.st_size, get_modified_us (&info));
  sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  sum[15] = '\0';
  return g_ascii_strtoull (sum, NULL, 16) | 1;
}

static gboolean
says (const char *path, const char *document)
{
  g_autofree char *text = NULL;
  gsize length;
  GStatBuf info;
  gsize expected = strlen (document);

  return g_stat (path, &info) == 0 && S_ISREG (info.st_mode) && (gsize) info.st_size == expected
         && g_file_get_contents (path, &text, &length, NULL) && length == expected
         && memcmp (text, document, length) == 0;
}

/* errno is EEXIST where the name is taken meanwhile. */
static gboolean
move_to_free_name (const char *from, const char *to)
{
  if (renameat2 (AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
    return TRUE;
  if (errno != EINVAL && errno != ENOSYS)
    return FALSE;
  /* The file system cannot promise it. */
  if (g_file_test (to, G_FILE_TEST_EXISTS) || g_file_test (to, G_FILE_TEST_IS_SYMLINK)) {
    errno = EEXIST;
    return FALSE;
  }
  return g_rename (from, to) == 0;
}

/* Under the first name that is free. */
static gboolean
write_new (AppWatchResult *result, const char *document, GError **error)
{
  g_autofree char *start = g_build_filename (result->folder, result->base, NULL);
  g_autofree char *folder = g_path_get_dirname (start);
  g_autofree char *hidden = g_strdup_printf ("%s/.hearsay-%08x", folder, g_random_int ());
  g_autoptr (GError) problem = NULL;

  if (!app_whole_file_write (hidden, document, strlen (document), &problem))
    return fail_to_write ("into ", folder, problem, error);
  for (guint n = 1; n <= MAX_NAMES; n++) {
    g_autofree char *path = app_watch_name_result (start, result->ending, n);
    gboolean is_same = says (path, document);
    if (is_same)
      g_unlink (hidden);
    if (is_same || move_to_free_name (hidden, path)) {
      result->path = g_steal_pointer (&path);
      return TRUE;
    }
    if (errno != EEXIST)
      break;
  }
  fail (start, errno, error);
  g_unlink (hidden);
  return FALSE;
}

/* Where clocks differ it would be taken for the result of an earlier recording. */
static void
make_not_older (AppWatchResult *result)
{
  struct stat info;
  struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };

  if (stat (result->path, &info) != 0 || get_modified_us (&info) >= result->recording_us)
    return;
  times[1].tv_sec = (time_t) (result->recording_us / G_USEC_PER_SEC) + 1;
  utimensat (AT_FDCWD, result->path, times, 0);
}

gboolean
app_watch_result_write (AppWatchResult *result, const char *document, GError **error)
{
  g_autofree char *start = g_build_filename (result->folder, result->base, NULL);
  g_autofree char *folder = g_path_get_dirname (start);
  gboolean is_ours = result->path != NULL && get_mark (result->path) == result->mark;
  g_autoptr (GError) problem = NULL;

  if (!g_file_test (result->folder, G_FILE_TEST_IS_DIR))
    return fail (result->folder, ENOENT, error);
  if (g_mkdir_with_parents (folder, 0777) != 0)
    return fail (folder, errno, error);
  if (is_ours) {
    if (!app_whole_file_write (result->path, document, strlen (document), &problem))
      return fail_to_write ("", result->path, problem, error);
  } else {
    g_clear_pointer (&result->path, g_free);
    if (!write_new (result, document, error))
      return FALSE;
  }
  make_not_older (result);
  result->mark = get_mark (result->path);
  return TRUE;
}
