/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/server/farewell.h"

#include <errno.h>
#include <signal.h>

/* A little more than the engine's process takes at the most. */
#define FAREWELL_MS 2500

static gboolean
wake (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

void
app_farewell (AppRemote *remote)
{
  gint64 end_us = g_get_monotonic_time () + FAREWELL_MS * G_TIME_SPAN_MILLISECOND;
  guint ticks = g_timeout_add (10, wake, NULL);
  int pid = app_remote_get_pid (remote);

  g_object_unref (remote);
  while (pid > 0 && (kill (pid, 0) == 0 || errno != ESRCH) && g_get_monotonic_time () < end_us)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (ticks);
}
