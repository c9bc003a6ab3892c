/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the model store does with files: the lock, checksums, room on the disk, renaming. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "app/models/model-store-private.h"

#define LOCK_POLL_US 100000
#define CHUNK_BYTES (1 << 20)

struct _AppStoreLock {
  int fd;
};

gboolean
app_install_is_cancelled (const AppInstallContext *context, GError **error)
{
  if (context == NULL || context->cancel == NULL || !atomic_load (context->cancel))
    return FALSE;
  g_set_error (error, APP_ERROR, APP_ERROR_CANCELLED, "stopped");
  return TRUE;
}

void
app_install_report (const AppInstallContext *context, const AppInstallProgress *progress)
{
  if (context != NULL && context->on_progress != NULL)
    context->on_progress (progress, context->user_data);
}

/* Who holds the lock, as it says of itself. */
static void
report_waiting (int fd, const AppInstallContext *context)
{
  char holder[64] = { 0 };
  gssize n = pread (fd, holder, sizeof holder - 1, 0);
  g_strstrip (holder);
  app_install_report (
      context,
      &(AppInstallProgress){ .stage = APP_INSTALL_WAITING,
                             .detail = n > 0 && holder[0] != '\0' ? holder : "another process" });
}

static gboolean
take_lock (int fd, const char *path, const AppInstallContext *context, GError **error)
{
  gboolean said = FALSE;
  while (flock (fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      g_set_error (error, APP_ERROR, APP_ERROR_BUSY, "cannot lock %s: %s", path,
                   g_strerror (errno));
      return FALSE;
    }
    if (!said)
      report_waiting (fd, context);
    said = TRUE;
    if (app_install_is_cancelled (context, error))
      return FALSE;
    g_usleep (LOCK_POLL_US);
  }
  return TRUE;
}

AppStoreLock *
app_store_lock_new (const AppModelStore *store, const AppInstallContext *context, GError **error)
{
  g_autofree char *path = g_build_filename (store->folder, ".lock", NULL);
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) {
    g_set_error (error, APP_ERROR, APP_ERROR_DISK, "cannot write %s: %s", path, g_strerror (errno));
    return NULL;
  }
  if (!take_lock (fd, path, context, error)) {
    close (fd);
    return NULL;
  }
  /* Only for the message of whoever waits, so a failure does not matter. */
  if (ftruncate (fd, 0) == 0)
    dprintf (fd, "process %d\n", (int) getpid ());
  AppStoreLock *lock = g_new0 (AppStoreLock, 1);
  lock->fd = fd;
  return lock;
}

void
app_store_lock_free (AppStoreLock *lock)
{
  close (lock->fd);
  g_free (lock);
}

static gboolean
hash_file (int fd, GChecksum *checksum, AppInstallProgress *progress,
           const AppInstallContext *context, GError **error)
{
  g_autofree guchar *chunk = g_malloc (CHUNK_BYTES);
  gssize n;
  while ((n = read (fd, chunk, CHUNK_BYTES)) != 0) {
    if (n < 0 && errno != EINTR) {
      g_set_error (error, APP_ERROR, APP_ERROR_DISK, "%s", g_strerror (errno));
      return FALSE;
    }
    if (app_install_is_cancelled (context, error))
      return FALSE;
    g_checksum_update (checksum, chunk, MAX (n, 0));
    progress->n_done += (guint64) MAX (n, 0);
    app_install_report (context, progress);
  }
  return TRUE;
}

char *
app_file_sha256 (const char *path, const char *id, const AppInstallContext *context, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    g_set_error (error, APP_ERROR, APP_ERROR_DISK, "cannot read %s: %s", path, g_strerror (errno));
    return NULL;
  }
  AppInstallProgress progress = { .stage = APP_INSTALL_CHECKING, .id = id };
  progress.n_total = (guint64) lseek (fd, 0, SEEK_END);
  lseek (fd, 0, SEEK_SET);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gboolean ok = hash_file (fd, checksum, &progress, context, error);
  close (fd);
  if (!ok) {
    g_prefix_error (error, "%s: ", path);
    return NULL;
  }
  return g_strdup (g_checksum_get_string (checksum));
}

gboolean
app_check_free_disk (const char *folder, const char *id, guint64 n_bytes, GError **error)
{
  struct statvfs info;
  if (statvfs (folder, &info) != 0)
    return TRUE; /* writing will tell */
  guint64 n_free = (guint64) info.f_bavail * info.f_frsize;
  const char *pretended = g_getenv ("HEARSAY_TEST_FREE_BYTES");
  if (pretended != NULL)
    n_free = g_ascii_strtoull (pretended, NULL, 10);
  if (n_free >= n_bytes)
    return TRUE;
  g_autofree char *needed = g_format_size (n_bytes);
  g_autofree char *there = g_format_size (n_free);
  g_set_error (error, APP_ERROR, APP_ERROR_DISK, "%s needs %s of disk to install, %s has %s free",
               id, needed, folder, there);
  return FALSE;
}

gboolean
app_rename_durably (const char *from, const char *to, GError **error)
{
  if (rename (from, to) != 0) {
    g_set_error (error, APP_ERROR, APP_ERROR_DISK, "cannot rename %s to %s: %s", from, to,
                 g_strerror (errno));
    return FALSE;
  }
  g_autofree char *folder = g_path_get_dirname (to);
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    fsync (fd);
    close (fd);
  }
  return TRUE;
}
