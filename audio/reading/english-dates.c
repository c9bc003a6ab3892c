/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Dates, days of the week and times of the day, in words. */

#include <stdio.h>
#include <string.h>

#include "audio/reading/english-private.h"

static const struct {
  const char *name, *abbreviation;
} months[] = {
  { "January", "Jan" },    { "February", "Feb" }, { "March", "Mar" },    { "April", "Apr" },
  { "May", "May" },        { "June", "Jun" },     { "July", "Jul" },     { "August", "Aug" },
  { "September", "Sept" }, { "October", "Oct" },  { "November", "Nov" }, { "December", "Dec" },
};

/* Behind a day: 3-5. */
static size_t
read_last_day (GString *out, const char *at, int first)
{
  const size_t n_dash = english_measure_dash (at);
  const size_t n_day = n_dash > 0 ? english_count_digits (at + n_dash) : 0;
  const int day = english_parse_int (at + n_dash, n_day);

  if (n_day < 1 || n_day > 2 || day <= first || day > 31
      || !english_ends_here (at + n_dash + n_day))
    return 0;
  english_say (out, "to");
  english_say_ordinal (out, day);
  return n_dash + n_day;
}

/* March 3, Jan. 5: the day in figures is the third. */
static size_t
read_month (GString *out, const char *text, const char *at)
{
  (void) text;
  for (size_t i = 0; i < G_N_ELEMENTS (months); i++) {
    size_t n = g_str_has_prefix (at, months[i].name) ? strlen (months[i].name) : 0;
    if (n == 0 && g_str_has_prefix (at, months[i].abbreviation)) {
      n = strlen (months[i].abbreviation);
      n += at[n] == '.' ? 1 : 0;
    }
    if (n == 0 || at[n] != ' ' || !g_ascii_isdigit (at[n + 1]))
      continue;
    const size_t n_day = english_count_digits (at + n + 1);
    const int day = english_parse_int (at + n + 1, n_day);
    const char *after = at + n + 1 + n_day;
    if (n_day > 2 || day < 1 || day > 31 || *after == ':' || *after == '%')
      return 0;
    if (strspn (after, "stndrh") == 2)
      after += 2;
    if (!english_ends_here (after))
      return 0;
    english_say (out, months[i].name);
    english_say_ordinal (out, day);
    return (size_t) (after - at) + read_last_day (out, after, day);
  }
  return 0;
}

/* 15 May 1990, 3 Feb: the fifteenth of May. */
static size_t
read_day (GString *out, const char *text, const char *at)
{
  const size_t n_day = english_count_digits (at);
  const char *month = at + n_day + 1;

  (void) text;
  if (n_day < 1 || n_day > 2 || at[n_day] != ' ' || english_parse_int (at, n_day) < 1
      || english_parse_int (at, n_day) > 31)
    return 0;
  for (size_t i = 0; i < G_N_ELEMENTS (months); i++) {
    const gboolean is_whole = g_str_has_prefix (month, months[i].name);
    if (!is_whole && !g_str_has_prefix (month, months[i].abbreviation))
      continue;
    size_t n = strlen (is_whole ? months[i].name : months[i].abbreviation);
    const gboolean has_year = month[n] == ' ' && english_count_digits (month + n + 1) == 4;
    if (!is_whole && month[n] == '.' && month[n + 1] == ' ')
      n++;
    /* May and March are other words, too. */
    if (!english_ends_here (month + n) || (!has_year && (i == 2 || i == 4)))
      return 0;
    english_say (out, "the");
    english_say_ordinal (out, english_parse_int (at, n_day));
    english_say (out, "of");
    english_say (out, months[i].name);
    return n_day + 1 + n;
  }
  return 0;
}

static void
say_date (GString *out, int year, int month, int day)
{
  g_autofree char *digits = g_strdup_printf ("%d", year);

  english_say (out, months[month - 1].name);
  english_say_ordinal (out, day);
  english_say (out, ",");
  english_say_number (out, digits, strlen (digits));
}

/* 2024-03-15 and 12/25/2023. */
static size_t
read_date (GString *out, const char *text, const char *at)
{
  int a, b, c, n = 0;

  (void) text;
  if (!g_ascii_isdigit (*at))
    return 0;
  if (sscanf (at, "%4d-%2d-%2d%n", &a, &b, &c, &n) == 3 && n == 10 && english_count_digits (at) == 4
      && b >= 1 && b <= 12 && c >= 1 && c <= 31 && english_ends_here (at + n)) {
    say_date (out, a, b, c);
    return (size_t) n;
  }
  if (sscanf (at, "%2d/%2d/%4d%n", &a, &b, &c, &n) == 3 && english_count_digits (at) <= 2 && a >= 1
      && a <= 12 && b >= 1 && b <= 31 && c >= 1000 && english_ends_here (at + n)) {
    say_date (out, c, a, b);
    return (size_t) n;
  }
  return 0;
}

/* "p.m.", "PM", after a space or not: its bytes and its letters. */
static size_t
find_half_of_day (const char *at, const char **letters)
{
  static const char *const written[][2] = { { "a.m.", "~AM" }, { "p.m.", "~PM" }, { "A.M.", "~AM" },
                                            { "P.M.", "~PM" }, { "am", "~AM" },   { "pm", "~PM" },
                                            { "AM", "~AM" },   { "PM", "~PM" } };
  const size_t space = *at == ' ' ? 1 : 0;

  for (size_t i = 0; i < G_N_ELEMENTS (written); i++) {
    const size_t n = strlen (written[i][0]);
    if (g_str_has_prefix (at + space, written[i][0]) && english_ends_here (at + space + n)) {
      *letters = written[i][1];
      return space + n;
    }
  }
  return 0;
}

/* 10:30, 9:05 a.m., 7 PM */
static size_t
read_time (GString *out, const char *text, const char *at)
{
  const size_t n_hour = english_count_digits (at);
  const char *letters = NULL;
  size_t n = n_hour;

  (void) text;
  if (n_hour < 1 || n_hour > 2)
    return 0;
  const gboolean has_minutes = at[n] == ':' && english_count_digits (at + n + 1) == 2
                               && at[n + 1] < '6' && english_parse_int (at, n) <= 24;
  if (has_minutes)
    n += 3;
  const size_t n_half = find_half_of_day (at + n, &letters);
  if (n_half == 0)
    return 0; /* a plain time is a number */
  if (has_minutes && strncmp (at + n - 2, "00", 2) != 0)
    english_say_number (out, at, n);
  else
    english_say_number (out, at, n_hour);
  english_say (out, letters);
  n += n_half;
  const size_t n_dash = english_measure_dash (at + n);
  if (n_dash == 0 || !g_ascii_isdigit (at[n + n_dash]))
    return n;
  english_say (out, "to");
  return n + n_dash;
}

static size_t
measure_weekday (const char *at, const char **name)
{
  static const struct {
    const char *abbreviation, *name;
  } days[] = { { "Mon", "Monday" },    { "Tues", "Tuesday" },   { "Tue", "Tuesday" },
               { "Wed", "Wednesday" }, { "Thurs", "Thursday" }, { "Thur", "Thursday" },
               { "Thu", "Thursday" },  { "Fri", "Friday" },     { "Sat", "Saturday" },
               { "Sun", "Sunday" } };

  for (size_t i = 0; i < G_N_ELEMENTS (days); i++) {
    const size_t n = strlen (days[i].abbreviation);
    if (g_str_has_prefix (at, days[i].abbreviation) && english_ends_here (at + n)) {
      *name = days[i].name;
      return n + (at[n] == '.' ? 1 : 0);
    }
  }
  return 0;
}

static gboolean
follows_dash (const char *text, const char *at)
{
  const char *before = at > text ? g_utf8_find_prev_char (text, at) : NULL;

  return before != NULL && english_measure_dash (before) > 0;
}

/* Mon.-Fri., Sat-Sun, Tue. Alone and without a full stop they may be names or other words, and "He
 * sat." and "the Sun." are. */
static size_t
read_weekday (GString *out, const char *text, const char *at)
{
  const char *name, *next;
  const size_t n = measure_weekday (at, &name);
  const size_t n_dash = n > 0 ? english_measure_dash (at + n) : 0;
  const gboolean begins_range = n_dash > 0 && measure_weekday (at + n + n_dash, &next) > 0;

  if (n == 0 || !(begins_range || follows_dash (text, at) || (at[n - 1] == '.' && *at != 'S')))
    return 0;
  english_say (out, name);
  if (!begins_range)
    return n;
  english_say (out, "to");
  return n + n_dash;
}

size_t
english_read_date (GString *out, const char *text, const char *at)
{
  static size_t (*const readers[]) (GString *, const char *,
                                    const char *) = { read_date, read_month, read_day, read_time,
                                                      read_weekday };
  size_t n = 0;

  for (size_t i = 0; i < G_N_ELEMENTS (readers) && n == 0; i++)
    n = readers[i](out, text, at);
  return n;
}
