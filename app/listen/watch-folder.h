/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The disk's side of a folder that is watched: what it looks like (watch-list.h decides what that
 * means), and results, of which none replaces a file that somebody else wrote or has changed since.
 * Any thread; nothing is shared.
 *
 *   state = app_watch_folder_read (&folder, settling, &error);
 *   AppWatchResult *result = app_watch_result_new (&folder, "talk", modified_us);
 *   app_watch_result_write (result, document, &error);
 */

#pragma once

#include "app/base/app-error.h"
#include "app/listen/watch-list.h"

G_BEGIN_DECLS

typedef struct {
  char *path;            /* in which recordings appear */
  char *into;            /* where results go; NULL: beside the recordings */
  char *ending;          /* of results: "txt" */
  gboolean is_recursive; /* folders in it, too, and their like in `into`; links are not followed */
} AppWatchFolder;

void app_watch_folder_clear (AppWatchFolder *folder);

/* (transfer full). settling: names, of which it is found out as far as the system tells whether
 * somebody has them open for writing. APP_ERROR_DISK if the folder cannot be read. */
AppWatchState *app_watch_folder_read (const AppWatchFolder *folder, const char *const *settling,
                                      GError **error);

/* A result, to be written or written already. */
typedef struct {
  char *folder; /* that has to be there */
  char *base;   /* below it: "monday/talk" */
  char *ending;
  gint64 recording_us; /* when the recording was modified */
  char *path;          /* NULL: not written yet */
  guint64 mark;        /* of the file that was written; another one is somebody else's */
} AppWatchResult;

/* (transfer full) */
AppWatchResult *app_watch_result_new (const AppWatchFolder *folder, const char *base,
                                      gint64 recording_us);
AppWatchResult *app_watch_result_copy (const AppWatchResult *result);
void app_watch_result_free (AppWatchResult *result);
/* Whole or not at all: in place of what was written before and is still as it was, or else under a
 * name that is free, "talk (2).txt". A file that says the same already is taken for the result. It
 * is never older than the recording. APP_ERROR_DISK. */
gboolean app_watch_result_write (AppWatchResult *result, const char *document, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AppWatchFolder, app_watch_folder_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppWatchResult, app_watch_result_free)

G_END_DECLS
