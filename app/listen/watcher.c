/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/listen/watcher.h"

#include <string.h>

#define RESCAN_US ((gint64) 30 * G_USEC_PER_SEC)
/* For a folder that has gone. */
#define RETURN_US ((gint64) 5 * G_USEC_PER_SEC)
/* Changes come in swarms. */
#define SWARM_US (G_USEC_PER_SEC / 4)
/* Of which the system tells changes; in the others they are found by looking. */
#define MAX_MONITORS 512

struct _AppWatcher {
  GObject parent_instance;
  AppWatchFolder folder;
  AppWatchList *list;
  GHashTable *results;  /* path of the recording -> AppWatchResult, those written by this watcher */
  GHashTable *monitors; /* path of a folder -> GFileMonitor */
  GSource *timer;
  gint64 due_us;
  gboolean is_looking;
  gboolean is_stale; /* something happened since the look began */
  gboolean has_looked;
  char *problem;
};

G_DEFINE_FINAL_TYPE (AppWatcher, app_watcher, G_TYPE_OBJECT)

static guint changed_signal;

static void look (AppWatcher *self);

static gboolean
due_cb (gpointer user_data)
{
  AppWatcher *self = user_data;

  g_clear_pointer (&self->timer, g_source_unref);
  look (self);
  return G_SOURCE_REMOVE;
}

static void
stop_timer (AppWatcher *self)
{
  if (self->timer != NULL)
    g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
}

/* Earlier, if it is to happen earlier anyway. */
static void
look_in (AppWatcher *self, gint64 wait_us)
{
  gint64 due_us = g_get_monotonic_time () + wait_us;

  if (self->timer != NULL && self->due_us <= due_us)
    return;
  stop_timer (self);
  self->due_us = due_us;
  self->timer = g_timeout_source_new ((guint) (wait_us / 1000 + 1));
  g_source_set_callback (self->timer, due_cb, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
}

static void
event_cb (AppWatcher *self)
{
  self->is_stale = TRUE;
  if (!self->is_looking)
    look_in (self, SWARM_US);
}

static void
free_monitor (GFileMonitor *monitor)
{
  g_file_monitor_cancel (monitor);
  g_object_unref (monitor);
}

static void
add_monitor (AppWatcher *self, const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  GFileMonitor *monitor = g_file_monitor_directory (file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);

  if (monitor == NULL)
    return;
  g_signal_connect_object (monitor, "changed", G_CALLBACK (event_cb), self, G_CONNECT_SWAPPED);
  g_hash_table_insert (self->monitors, g_strdup (path), monitor);
  /* It may have changed between the look and this. */
  self->is_stale = TRUE;
}

static void
monitor_folders (AppWatcher *self, GPtrArray *folders)
{
  GHashTableIter iter;
  gpointer path;

  g_hash_table_iter_init (&iter, self->monitors);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    if (!g_ptr_array_find_with_equal_func (folders, path, g_str_equal, NULL))
      g_hash_table_iter_remove (&iter);
  for (guint i = 0; i < folders->len && g_hash_table_size (self->monitors) < MAX_MONITORS; i++)
    if (!g_hash_table_contains (self->monitors, folders->pdata[i]))
      add_monitor (self, folders->pdata[i]);
}

/* Looking. */

typedef struct {
  AppWatchFolder folder;
  GStrv settling;
} Look;

static void
free_look (Look *work)
{
  app_watch_folder_clear (&work->folder);
  g_strfreev (work->settling);
  g_free (work);
}

static void
copy_folder (AppWatchFolder *to, const AppWatchFolder *from)
{
  *to = (AppWatchFolder){ g_canonicalize_filename (from->path, NULL),
                          from->into != NULL ? g_canonicalize_filename (from->into, NULL) : NULL,
                          g_strdup (from->ending), from->is_recursive };
  if (to->into != NULL && g_str_equal (to->into, to->path))
    g_clear_pointer (&to->into, g_free);
}

static void
run_look (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Look *work = task_data;
  GError *error = NULL;
  AppWatchState *state =
      app_watch_folder_read (&work->folder, (const char *const *) work->settling, &error);

  if (state != NULL)
    g_task_return_pointer (task, state, (GDestroyNotify) app_watch_state_free);
  else
    g_task_return_error (task, error);
}

static gint64
take_state (AppWatcher *self, const AppWatchState *state)
{
  gint64 now_us = g_get_monotonic_time ();
  gint64 wait_us;

  g_clear_pointer (&self->problem, g_free);
  app_watch_list_look (self->list, state, now_us);
  monitor_folders (self, state->folders);
  wait_us = app_watch_list_get_wait (self->list, now_us);
  if (self->is_stale)
    return SWARM_US;
  return wait_us >= 0 ? CLAMP (wait_us, SWARM_US, RESCAN_US) : RESCAN_US;
}

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  AppWatcher *self = APP_WATCHER (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (AppWatchState) state = g_task_propagate_pointer (G_TASK (result), &error);
  gint64 wait_us = RETURN_US;

  self->is_looking = FALSE;
  if (state != NULL) {
    wait_us = take_state (self, state);
  } else {
    g_free (self->problem);
    self->problem = g_strdup (error->message);
    g_hash_table_remove_all (self->monitors);
  }
  self->has_looked = TRUE;
  look_in (self, wait_us);
  g_signal_emit (self, changed_signal, 0);
}

static void
look (AppWatcher *self)
{
  g_autoptr (GTask) task = NULL;
  Look *work;

  if (self->is_looking)
    return;
  self->is_looking = TRUE;
  self->is_stale = FALSE;
  work = g_new0 (Look, 1);
  copy_folder (&work->folder, &self->folder);
  work->settling = app_watch_list_get_settling (self->list);
  task = g_task_new (self, NULL, looked_cb, NULL);
  g_task_set_task_data (task, work, (GDestroyNotify) free_look);
  g_task_run_in_thread (task, run_look);
}

/* For those who listen. */

AppWatcher *
app_watcher_new (const AppWatchFolder *folder)
{
  AppWatcher *self = g_object_new (APP_TYPE_WATCHER, NULL);

  copy_folder (&self->folder, folder);
  self->list = app_watch_list_new (folder->ending);
  look (self);
  return self;
}

static const char *
get_name (AppWatcher *self, const char *path)
{
  gsize n = strlen (self->folder.path);

  g_return_val_if_fail (g_str_has_prefix (path, self->folder.path), path);
  return path + n + strspn (path + n, "/");
}

char *
app_watcher_take (AppWatcher *self)
{
  const char *name = self->problem == NULL ? app_watch_list_take (self->list) : NULL;

  return name != NULL ? g_build_filename (self->folder.path, name, NULL) : NULL;
}

AppWatchResult *
app_watcher_plan (AppWatcher *self, const char *path)
{
  const AppWatchResult *earlier = g_hash_table_lookup (self->results, path);
  g_autofree char *base = app_watch_list_choose_base (self->list, get_name (self, path));
  gint64 modified_us = app_watch_list_get_modified (self->list, get_name (self, path));
  AppWatchResult *plan;

  if (earlier == NULL)
    return app_watch_result_new (&self->folder, base, modified_us);
  plan = app_watch_result_copy (earlier);
  plan->recording_us = modified_us;
  return plan;
}

void
app_watcher_end (AppWatcher *self, const char *path, AppWatchEnd end, AppWatchResult *result)
{
  /* Perhaps with the whole disk. */
  if (end == APP_WATCH_FAILED && !g_file_test (path, G_FILE_TEST_EXISTS))
    end = APP_WATCH_LATER;
  app_watch_list_end (self->list, get_name (self, path), end, g_get_monotonic_time ());
  if (result != NULL && end == APP_WATCH_DONE)
    g_hash_table_insert (self->results, g_strdup (path), result);
  else if (result != NULL)
    app_watch_result_free (result);
  look_in (self, SWARM_US);
}

gboolean
app_watcher_has_looked (AppWatcher *self)
{
  return self->has_looked;
}

const char *
app_watcher_get_problem (AppWatcher *self)
{
  return self->problem;
}

void
app_watcher_count (AppWatcher *self, AppWatchCounts *counts)
{
  app_watch_list_count (self->list, counts);
}

static void
app_watcher_dispose (GObject *object)
{
  AppWatcher *self = APP_WATCHER (object);

  stop_timer (self);
  g_hash_table_remove_all (self->monitors);
  G_OBJECT_CLASS (app_watcher_parent_class)->dispose (object);
}

static void
app_watcher_finalize (GObject *object)
{
  AppWatcher *self = APP_WATCHER (object);

  g_hash_table_unref (self->results);
  g_hash_table_unref (self->monitors);
  g_clear_pointer (&self->list, app_watch_list_free);
  app_watch_folder_clear (&self->folder);
  g_free (self->problem);
  G_OBJECT_CLASS (app_watcher_parent_class)->finalize (object);
}

static void
app_watcher_class_init (AppWatcherClass *class)
{
  G_OBJECT_CLASS (class)->dispose = app_watcher_dispose;
  G_OBJECT_CLASS (class)->finalize = app_watcher_finalize;
  changed_signal = g_signal_new ("changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
app_watcher_init (AppWatcher *self)
{
  self->results = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                         (GDestroyNotify) app_watch_result_free);
  self->monitors =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) free_monitor);
}
