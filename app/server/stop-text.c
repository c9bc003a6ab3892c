/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/server/stop-text.h"

#include <string.h>

void
app_stop_text_init (AppStopText *stop, const char *const *texts)
{
  stop->texts = g_strdupv ((char **) texts);
  stop->held = g_string_new (NULL);
  stop->is_over = FALSE;
}

void
app_stop_text_clear (AppStopText *stop)
{
  g_clear_pointer (&stop->texts, g_strfreev);
  if (stop->held != NULL)
    g_string_free (g_steal_pointer (&stop->held), TRUE);
}

/* The first place of any of the texts; -1: none. */
static gssize
find_text (const AppStopText *stop)
{
  gssize first = -1;

  for (char **text = stop->texts; text != NULL && *text != NULL; text++) {
    const char *found = strstr (stop->held->str, *text);

    if (found != NULL && (first < 0 || found - stop->held->str < first))
      first = found - stop->held->str;
  }
  return first;
}

/* How many bytes at the end may be the beginning of a text. */
static gsize
count_open (const AppStopText *stop)
{
  const GString *held = stop->held;
  gsize n_open = 0;

  for (char **text = stop->texts; text != NULL && *text != NULL; text++)
    for (gsize n = MIN (strlen (*text) - 1, held->len); n > n_open; n--)
      if (memcmp (held->str + held->len - n, *text, n) == 0)
        n_open = n;
  return n_open;
}

char *
app_stop_text_feed (AppStopText *stop, const char *text)
{
  gssize end;
  gsize n;
  char *given;

  if (stop->is_over)
    return g_strdup ("");
  g_string_append (stop->held, text);
  end = find_text (stop);
  stop->is_over = end >= 0;
  n = stop->is_over ? (gsize) end : stop->held->len - count_open (stop);
  given = g_strndup (stop->held->str, n);
  g_string_erase (stop->held, 0, stop->is_over ? -1 : (gssize) n);
  return given;
}

char *
app_stop_text_finish (AppStopText *stop)
{
  char *given = g_strdup (stop->held->str);

  g_string_truncate (stop->held, 0);
  return given;
}

void
app_stop_text_restart (AppStopText *stop)
{
  g_string_truncate (stop->held, 0);
  stop->is_over = FALSE;
}
