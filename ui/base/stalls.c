/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/base/stalls.h"

#include <stdio.h>
#include <time.h>

#define TOLD_MS 4

static FILE *file;
static gint64 turn_us, frame_us, paint_us; /* when they began; 0: not yet */
static gint64 wall_us;
static double layout_ms, paint_ms; /* of this turn */

static double
to_ms (gint64 us)
{
  return (double) us / 1000;
}

static gint64
get_cpu_us (void)
{
  struct timespec time = { 0 };

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return (gint64) time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static int
poll_cb (GPollFD *fds, guint n_fds, int timeout)
{
  double turn_ms = turn_us != 0 ? to_ms (get_cpu_us () - turn_us) : 0;
  double wall_ms = turn_us != 0 ? to_ms (g_get_monotonic_time () - wall_us) : 0;
  int result;

  if (MAX (turn_ms, wall_ms) >= TOLD_MS) {
    fprintf (file, "%.1f %.1f %.1f %.1f\n", turn_ms, layout_ms, paint_ms, wall_ms);
    fflush (file);
  }
  layout_ms = paint_ms = 0;
  result = g_poll (fds, n_fds, timeout);
  turn_us = get_cpu_us ();
  wall_us = g_get_monotonic_time ();
  return result;
}

static void
frame_cb (GdkFrameClock *clock)
{
  frame_us = get_cpu_us ();
}

static void
painting_cb (GdkFrameClock *clock)
{
  paint_us = get_cpu_us ();
  layout_ms += to_ms (paint_us - frame_us);
}

static void
painted_cb (GdkFrameClock *clock)
{
  if (paint_us > frame_us)
    paint_ms += to_ms (get_cpu_us () - paint_us);
}

static void
realized_cb (GtkWidget *window)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (window);

  g_signal_connect (clock, "before-paint", G_CALLBACK (frame_cb), NULL);
  g_signal_connect (clock, "paint", G_CALLBACK (painting_cb), NULL);
  g_signal_connect (clock, "after-paint", G_CALLBACK (painted_cb), NULL);
}

void
hs_stalls_watch (void)
{
  const char *path = g_getenv ("HEARSAY_STALLS");

  if (path == NULL || (file = fopen (path, "ae")) == NULL)
    return;
  g_main_context_set_poll_func (NULL, poll_cb);
}

void
hs_stalls_watch_window (GtkWindow *window)
{
  if (file != NULL)
    g_signal_connect_after (window, "realize", G_CALLBACK (realized_cb), NULL);
}
