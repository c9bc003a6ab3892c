/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/base/slices.h"

/* Between two slices, so that each is laid out and drawn by itself: what is made costs the toolkit
 * more than it cost to make. */
#define PAUSE_MS 16

typedef struct {
  GObject *object;
  HsSlice slice;
} Task;

static GArray *tasks; /* of Task; the last one is done next */
static guint source_id;

/* -1: it has none. */
static int
find (GObject *object)
{
  for (guint i = 0; tasks != NULL && i < tasks->len; i++)
    if (g_array_index (tasks, Task, i).object == object)
      return (int) i;
  return -1;
}

static void
gone_cb (gpointer data, GObject *object)
{
  int i = find (object);

  if (i >= 0)
    g_array_remove_index (tasks, (guint) i);
}

void
hs_slices_drop (GObject *object)
{
  if (find (object) < 0)
    return;
  gone_cb (NULL, object);
  g_object_weak_unref (object, gone_cb, NULL);
}

static gboolean
work_cb (gpointer user_data)
{
  gint64 end = g_get_monotonic_time () + HS_SLICE_US;

  while (tasks->len > 0 && g_get_monotonic_time () < end) {
    Task task = g_array_index (tasks, Task, tasks->len - 1);
    g_autoptr (GObject) kept = g_object_ref (task.object);
    if (!task.slice (task.object))
      hs_slices_drop (task.object);
  }
  source_id = tasks->len > 0
                  ? g_timeout_add_full (G_PRIORITY_DEFAULT_IDLE, PAUSE_MS, work_cb, NULL, NULL)
                  : 0;
  return G_SOURCE_REMOVE;
}

void
hs_slices_add (GObject *object, HsSlice slice)
{
  Task task = { .object = object, .slice = slice };

  if (tasks == NULL)
    tasks = g_array_new (FALSE, FALSE, sizeof (Task));
  if (find (object) >= 0)
    return;
  g_array_append_val (tasks, task);
  g_object_weak_ref (object, gone_cb, NULL);
  if (source_id == 0)
    source_id = g_idle_add (work_cb, NULL);
}
