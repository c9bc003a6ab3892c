/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Watches a folder: hands out its recordings, one after the other, and writes what was heard.
 *
 * Changes are told by the system, and where it tells none, as on a network drive, the folder is
 * looked into each half a minute. Looking happens in a thread, so that a slow disk holds nobody up;
 * "changed" is emitted in the main context that was the thread's default when the watcher was made,
 * and all functions are for that thread. A folder that goes away is waited for.
 *
 *   g_autoptr (AppWatcher) watcher = app_watcher_new (&folder);
 *   while ((path = app_watcher_take (watcher)) != NULL) {
 *     result = app_watcher_plan (watcher, path);
 *     ok = app_watch_result_write (result, listen_to (path), &error);
 *     app_watcher_end (watcher, path, ok ? APP_WATCH_DONE : APP_WATCH_FAILED, result);
 *   }
 *
 * signal "changed" (): take, the counts or the problem may be others.
 */

#pragma once

#include <gio/gio.h>

#include "app/listen/watch-folder.h"

G_BEGIN_DECLS

#define APP_TYPE_WATCHER (app_watcher_get_type ())
G_DECLARE_FINAL_TYPE (AppWatcher, app_watcher, APP, WATCHER, GObject)

/* (transfer full): begins at once. folder is copied. */
AppWatcher *app_watcher_new (const AppWatchFolder *folder);
/* (transfer full) (nullable): the path of a recording, which is the caller's until
 * app_watcher_end(). */
char *app_watcher_take (AppWatcher *watcher);
/* (transfer full): where the result of one that was taken goes; for any thread. */
AppWatchResult *app_watcher_plan (AppWatcher *watcher, const char *path);
/* result (transfer full) (nullable): what was written. */
void app_watcher_end (AppWatcher *watcher, const char *path, AppWatchEnd end,
                      AppWatchResult *result);
/* The folder was looked into at least once. */
gboolean app_watcher_has_looked (AppWatcher *watcher);
/* (nullable): why the folder cannot be read now. */
const char *app_watcher_get_problem (AppWatcher *watcher);
void app_watcher_count (AppWatcher *watcher, AppWatchCounts *counts);

G_END_DECLS
