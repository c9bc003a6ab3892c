/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli/terminal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define REDRAW_US 100000
#define DEFAULT_COLUMNS 80
#define MAX_BAR 32
#define MIN_BAR 6
#define METER_FLOOR_DB 60.0
/* An estimate from less than this is a guess. */
#define MIN_ESTIMATE_S 1.0
#define MIN_ESTIMATE_FRACTION 0.02

struct _AppProgress {
  char *label;
  char *detail;
  double fraction;
  gint64 start_us;
  gint64 drawn_us;
  gboolean is_drawn;
};

AppProgress *
app_progress_new (const char *label, gboolean quiet)
{
  const char *term = g_getenv ("TERM");
  if (quiet || !isatty (STDERR_FILENO) || g_strcmp0 (term, "dumb") == 0)
    return NULL;
  AppProgress *progress = g_new0 (AppProgress, 1);
  progress->label = g_strdup (label);
  progress->start_us = g_get_monotonic_time ();
  return progress;
}

void
app_progress_free (AppProgress *progress)
{
  if (progress == NULL)
    return;
  app_progress_erase (progress);
  g_free (progress->label);
  g_free (progress->detail);
  g_free (progress);
}

int
app_progress_get_n_columns (AppProgress *progress)
{
  struct winsize size;
  if (progress != NULL && ioctl (STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  return DEFAULT_COLUMNS;
}

void
app_progress_erase (AppProgress *progress)
{
  if (progress == NULL || !progress->is_drawn)
    return;
  fputs ("\r\033[K", stderr);
  fflush (stderr);
  progress->is_drawn = FALSE;
  progress->drawn_us = 0;
}

static void
draw (AppProgress *progress, const char *line)
{
  fprintf (stderr, "\r%s\033[K", line);
  fflush (stderr);
  progress->is_drawn = TRUE;
  progress->drawn_us = g_get_monotonic_time ();
}

static int
width_of (const char *text)
{
  int width = 0;
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    width += g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
  }
  return width;
}

/* Cuts in place, so that a line never wraps: what has wrapped cannot be erased. */
static void
cut (char *text, int n_columns)
{
  int width = 0;
  for (char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    width += g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
    if (width > n_columns) {
      *p = '\0';
      return;
    }
  }
}

void
app_progress_set_line (AppProgress *progress, const char *line)
{
  if (progress == NULL)
    return;
  g_autofree char *text = g_strdup (line);
  cut (text, app_progress_get_n_columns (progress) - 1);
  draw (progress, text);
}

static void
redraw (AppProgress *progress)
{
  double elapsed = (double) (g_get_monotonic_time () - progress->start_us) / 1e6;
  double left = -1.0;
  if (elapsed >= MIN_ESTIMATE_S && progress->fraction >= MIN_ESTIMATE_FRACTION)
    left = elapsed / progress->fraction * (1.0 - progress->fraction);
  g_autofree char *line =
      app_progress_format (progress->label, progress->fraction, progress->detail, left,
                           app_progress_get_n_columns (progress) - 1);
  draw (progress, line);
}

void
app_progress_set (AppProgress *progress, double fraction)
{
  if (progress == NULL)
    return;
  progress->fraction = CLAMP (fraction, 0.0, 1.0);
  if (g_get_monotonic_time () - progress->drawn_us >= REDRAW_US)
    redraw (progress);
}

void
app_progress_set_label (AppProgress *progress, const char *label)
{
  if (progress == NULL)
    return;
  g_free (progress->label);
  progress->label = g_strdup (label);
  g_clear_pointer (&progress->detail, g_free);
  progress->fraction = 0.0;
  progress->start_us = g_get_monotonic_time ();
  redraw (progress);
}

void
app_progress_set_detail (AppProgress *progress, const char *detail)
{
  if (progress == NULL)
    return;
  g_free (progress->detail);
  progress->detail = g_strdup (detail);
}

/* A bar in half columns. */
static void
append_bar (GString *line, double fraction, int n_columns)
{
  int halves = (int) lround (fraction * 2 * n_columns);
  for (int i = 0; i < n_columns; i++)
    g_string_append (line, halves >= 2 * i + 2 ? "━" : halves == 2 * i + 1 ? "╸" : " ");
}

char *
app_duration_format (double seconds)
{
  gint64 s = (gint64) ceil (MAX (seconds, 0.0));
  if (s < 100)
    return g_strdup_printf ("%d s", (int) s);
  gint64 minutes = (s + 30) / 60;
  if (minutes < 60)
    return g_strdup_printf ("%d min", (int) minutes);
  return g_strdup_printf ("%" G_GINT64_FORMAT " h %d min", minutes / 60, (int) (minutes % 60));
}

char *
app_progress_format (const char *label, double fraction, const char *detail, double seconds_left,
                     int n_columns)
{
  /* Rounded down: 100 % is said when it is done. */
  GString *line = g_string_new (NULL);
  g_string_append_printf (line, "%s  %2d %%", label, (int) floor (fraction * 100.0));
  GString *tail = g_string_new (NULL);
  if (detail != NULL)
    g_string_append_printf (tail, "  %s", detail);
  if (seconds_left >= 0.0) {
    g_autofree char *left = app_duration_format (seconds_left);
    g_string_append_printf (tail, "  %s left", left);
  }
  int room = n_columns - width_of (line->str) - 2 - width_of (tail->str);
  if (room >= MIN_BAR) {
    g_string_append (line, "  ");
    append_bar (line, fraction, MIN (room, MAX_BAR));
  }
  g_string_append (line, tail->str);
  g_string_free (tail, TRUE);
  cut (line->str, n_columns);
  return g_string_free (line, FALSE);
}

static double
to_db (double level)
{
  return level > 0.0 ? MAX (20.0 * log10 (level), -METER_FLOOR_DB) : -METER_FLOOR_DB;
}

char *
app_meter_format (double seconds, double peak, double rms, int n_columns)
{
  int s = (int) seconds;
  GString *line = g_string_new (NULL);
  if (s >= 3600)
    g_string_append_printf (line, "%d:%02d:%02d  ", s / 3600, s / 60 % 60, s % 60);
  else
    g_string_append_printf (line, "%d:%02d  ", s / 60, s % 60);
  double db = to_db (rms);
  g_autofree char *tail = peak >= 1.0             ? g_strdup ("  too loud")
                          : db <= -METER_FLOOR_DB ? g_strdup ("  silence")
                                                  : g_strdup_printf ("  %3.0f dB", db);
  int room = n_columns - width_of (line->str) - width_of (tail);
  append_bar (line, 1.0 + db / METER_FLOOR_DB, CLAMP (room, 1, 2 * MAX_BAR));
  g_string_append (line, tail);
  cut (line->str, n_columns);
  return g_string_free (line, FALSE);
}
