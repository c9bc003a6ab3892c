/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/server/work-folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "app/base/app-error.h"

#define MAX_NAME 100
#define MAX_TRIES 10

#define PREFIX "hearsay-serve-"
#define TEMPLATE PREFIX "XXXXXX"

struct _AppWorkFolder {
  char *path;
  int fd; /* locked as long as it is used */
  guint n_opened;
};

/* A folder of ours, without following a link; -1: it is none. */
static int
open_folder (int parent, const char *name)
{
  int fd = openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat info;

  if (fd >= 0 && (fstat (fd, &info) != 0 || info.st_uid != geteuid ())) {
    close (fd);
    fd = -1;
  }
  return fd;
}

/* What is in it, and in its folders. */
static void
empty_folder (int fd, int depth)
{
  int copy = fcntl (fd, F_DUPFD_CLOEXEC, 0);
  DIR *dir = copy >= 0 ? fdopendir (copy) : NULL;
  struct dirent *entry;

  if (dir == NULL) {
    if (copy >= 0)
      close (copy);
    return;
  }
  while ((entry = readdir (dir)) != NULL) {
    int folder;

    if (g_str_equal (entry->d_name, ".") || g_str_equal (entry->d_name, "..")
        || unlinkat (fd, entry->d_name, 0) == 0 || depth == 0)
      continue;
    folder = open_folder (fd, entry->d_name);
    if (folder < 0)
      continue;
    empty_folder (folder, depth - 1);
    close (folder);
    unlinkat (fd, entry->d_name, AT_REMOVEDIR);
  }
  closedir (dir);
}

/* What servers have left that were killed: nobody has locked it. */
static void
remove_stale (void)
{
  int parent = open (g_get_tmp_dir (), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_autoptr (GDir) dir = g_dir_open (g_get_tmp_dir (), 0, NULL);
  const char *name;

  while (parent >= 0 && dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    int fd;

    if (!g_str_has_prefix (name, PREFIX) || strlen (name) != strlen (TEMPLATE))
      continue;
    fd = open_folder (parent, name);
    if (fd < 0)
      continue;
    if (flock (fd, LOCK_EX | LOCK_NB) == 0) {
      empty_folder (fd, 1);
      unlinkat (parent, name, AT_REMOVEDIR);
    }
    close (fd);
  }
  if (parent >= 0)
    close (parent);
}

/* FALSE: another server took it for a stale one in the moment before it was locked. */
static gboolean
lock_folder (AppWorkFolder *work)
{
  struct stat info;

  work->fd = open_folder (AT_FDCWD, work->path);
  if (work->fd < 0)
    return FALSE;
  if (flock (work->fd, LOCK_EX | LOCK_NB) == 0)
    return fstat (work->fd, &info) == 0 && info.st_nlink > 0;
  return errno != EWOULDBLOCK; /* where there are no locks, nobody takes it for stale */
}

AppWorkFolder *
app_work_folder_new (GError **error)
{
  g_autoptr (GError) problem = NULL;

  remove_stale ();
  for (int i = 0; i < MAX_TRIES && problem == NULL; i++) {
    g_autoptr (AppWorkFolder) work = g_new0 (AppWorkFolder, 1);

    work->fd = -1;
    work->path = g_dir_make_tmp (TEMPLATE, &problem);
    if (work->path != NULL && lock_folder (work))
      return g_steal_pointer (&work);
  }
  g_set_error (error, APP_ERROR, APP_ERROR_DISK, "no folder for temporary files: %s",
               problem != NULL ? problem->message : "others remove it");
  return NULL;
}

void
app_work_folder_free (AppWorkFolder *work)
{
  if (work == NULL)
    return;
  if (work->fd >= 0) {
    empty_folder (work->fd, 1);
    g_rmdir (work->path);
    close (work->fd);
  }
  g_free (work->path);
  g_free (work);
}

const char *
app_work_folder_get_path (const AppWorkFolder *work)
{
  return work->path;
}

char *
app_work_folder_open (AppWorkFolder *work, GError **error)
{
  g_autofree char *name = g_strdup_printf ("%u", ++work->n_opened);
  g_autofree char *path = g_build_filename (work->path, name, NULL);

  if (g_mkdir (path, 0700) == 0)
    return g_steal_pointer (&path);
  g_set_error (error, APP_ERROR, APP_ERROR_DISK, "%s: %s", path, g_strerror (errno));
  return NULL;
}

void
app_work_folder_close (AppWorkFolder *work, const char *folder)
{
  int fd = open_folder (AT_FDCWD, folder);

  if (fd >= 0) {
    empty_folder (fd, 0);
    close (fd);
  }
  g_rmdir (folder);
}

char *
app_work_folder_make_name (const char *name, const char *otherwise)
{
  const char *last = name != NULL ? name : "";
  GString *made = g_string_new (NULL);

  for (const char *c = last; *c != '\0'; c++)
    if (*c == '/' || *c == '\\')
      last = c + 1;
  for (const char *c = last; *c != '\0'; c++) {
    gboolean is_plain = g_ascii_isalnum (*c) || strchr ("-_.", *c) != NULL;

    if (made->len > 0 || (is_plain && *c != '.'))
      g_string_append_c (made, is_plain ? *c : '_');
  }
  /* The ending is what tells a format. */
  if (made->len > MAX_NAME)
    g_string_erase (made, 0, (gssize) (made->len - MAX_NAME));
  while (made->len > 0 && made->str[0] == '.')
    g_string_erase (made, 0, 1);
  if (made->len == 0)
    g_string_assign (made, otherwise);
  return g_string_free (made, FALSE);
}
