/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is written short, in words: dates, times, money, measures, fractions, ranges, telephone
 * numbers, addresses of the net. Each reader takes the text at one place and gives the bytes that
 * it has read, 0 for none. In the words, "," is a pause and "~PM" is spelled. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio/reading/english-private.h"

typedef size_t (*Reader) (GString *out, const char *text, const char *at);

static const struct {
  const char *name, *abbreviation;
} months[] = {
  { "January", "Jan" },    { "February", "Feb" }, { "March", "Mar" },    { "April", "Apr" },
  { "May", "May" },        { "June", "Jun" },     { "July", "Jul" },     { "August", "Aug" },
  { "September", "Sept" }, { "October", "Oct" },  { "November", "Nov" }, { "December", "Dec" },
};

static void
say (GString *out, const char *words)
{
  if (out->len > 0)
    g_string_append_c (out, ' ');
  g_string_append (out, words);
}

static void
say_number (GString *out, const char *digits, size_t n)
{
  g_autofree char *number = g_strndup (digits, n);
  g_autofree char *words = audio_english_read_number (number);

  if (words != NULL)
    say (out, words);
}

/* As a count, 2024 too. */
static void
say_count (GString *out, int value)
{
  g_autofree char *digits = g_strdup_printf ("%d,%03d", value / 1000, value % 1000);
  g_autofree char *words = audio_english_read_number (
      value >= 1000 ? digits : digits + strspn (digits, "0,") + (value == 0 ? -1 : 0));

  if (words != NULL)
    say (out, words);
}

static void
say_ordinal (GString *out, int value)
{
  g_autofree char *number = g_strdup_printf ("%dth", value);
  g_autofree char *words = audio_english_read_number (number);

  say (out, words);
}

static void
say_digits (GString *out, const char *digits, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (g_ascii_isdigit (digits[i]))
      say_number (out, digits + i, 1);
}

static size_t
count_digits (const char *at)
{
  return strspn (at, "0123456789");
}

/* Bytes of a number with commas and a decimal part. */
static size_t
measure_figure (const char *at)
{
  size_t n = count_digits (at);

  while (n > 0 && at[n] == ',' && count_digits (at + n + 1) == 3)
    n += 4;
  if (n > 0 && at[n] == '.' && g_ascii_isdigit (at[n + 1]))
    n += 1 + count_digits (at + n + 1);
  return n;
}

static gboolean
ends_here (const char *at)
{
  return !g_unichar_isalnum (g_utf8_get_char (at));
}

static int
read_int (const char *at, size_t n)
{
  g_autofree char *digits = g_strndup (at, MIN (n, 9));

  return atoi (digits);
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
    const size_t n_day = count_digits (at + n + 1);
    const int day = read_int (at + n + 1, n_day);
    const char *after = at + n + 1 + n_day;
    if (n_day > 2 || day < 1 || day > 31 || *after == ':' || *after == '%')
      return 0;
    if (strspn (after, "stndrh") == 2)
      after += 2;
    if (!ends_here (after))
      return 0;
    say (out, months[i].name);
    say_ordinal (out, day);
    return (size_t) (after - at);
  }
  return 0;
}

/* 15 May 1990, 3 Feb: the fifteenth of May. */
static size_t
read_day (GString *out, const char *text, const char *at)
{
  const size_t n_day = count_digits (at);
  const char *month = at + n_day + 1;

  (void) text;
  if (n_day < 1 || n_day > 2 || at[n_day] != ' ' || read_int (at, n_day) < 1
      || read_int (at, n_day) > 31)
    return 0;
  for (size_t i = 0; i < G_N_ELEMENTS (months); i++) {
    const gboolean is_whole = g_str_has_prefix (month, months[i].name);
    if (!is_whole && !g_str_has_prefix (month, months[i].abbreviation))
      continue;
    size_t n = strlen (is_whole ? months[i].name : months[i].abbreviation);
    const gboolean has_year = month[n] == ' ' && count_digits (month + n + 1) == 4;
    if (!is_whole && month[n] == '.' && month[n + 1] == ' ')
      n++;
    /* May and March are other words, too. */
    if (!ends_here (month + n) || (!has_year && (i == 2 || i == 4)))
      return 0;
    say (out, "the");
    say_ordinal (out, read_int (at, n_day));
    say (out, "of");
    say (out, months[i].name);
    return n_day + 1 + n;
  }
  return 0;
}

static void
say_date (GString *out, int year, int month, int day)
{
  g_autofree char *digits = g_strdup_printf ("%d", year);

  say (out, months[month - 1].name);
  say_ordinal (out, day);
  say (out, ",");
  say_number (out, digits, strlen (digits));
}

/* 2024-03-15 and 12/25/2023. */
static size_t
read_date (GString *out, const char *text, const char *at)
{
  int a, b, c, n = 0;

  (void) text;
  if (!g_ascii_isdigit (*at))
    return 0;
  if (sscanf (at, "%4d-%2d-%2d%n", &a, &b, &c, &n) == 3 && n == 10 && count_digits (at) == 4
      && b >= 1 && b <= 12 && c >= 1 && c <= 31 && ends_here (at + n)) {
    say_date (out, a, b, c);
    return (size_t) n;
  }
  if (sscanf (at, "%2d/%2d/%4d%n", &a, &b, &c, &n) == 3 && count_digits (at) <= 2 && a >= 1
      && a <= 12 && b >= 1 && b <= 31 && c >= 1000 && ends_here (at + n)) {
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
    if (g_str_has_prefix (at + space, written[i][0]) && ends_here (at + space + n)) {
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
  const size_t n_hour = count_digits (at);
  const char *letters = NULL;
  size_t n = n_hour;

  (void) text;
  if (n_hour < 1 || n_hour > 2)
    return 0;
  const gboolean has_minutes =
      at[n] == ':' && count_digits (at + n + 1) == 2 && at[n + 1] < '6' && read_int (at, n) <= 24;
  if (has_minutes)
    n += 3;
  const size_t n_half = find_half_of_day (at + n, &letters);
  if (n_half == 0)
    return 0; /* a plain time is a number */
  if (has_minutes && strncmp (at + n - 2, "00", 2) != 0)
    say_number (out, at, n);
  else
    say_number (out, at, n_hour);
  say (out, letters);
  return n + n_half;
}

/* (212) 555-0199, 555-1234, +1 212 555 0199: figure by figure. */
static size_t
read_telephone (GString *out, const char *text, const char *at)
{
  size_t sizes[8], n_groups = 0;
  const char *groups[8], *c = at;
  const gboolean has_plus = *at == '+';

  (void) text;
  if (has_plus)
    c++;
  while (n_groups < G_N_ELEMENTS (sizes)) {
    const gboolean is_open = *c == '(' && g_ascii_isdigit (c[1]);
    const size_t n = count_digits (c + is_open);
    if (n == 0 || n > 4)
      break;
    groups[n_groups] = c + is_open;
    sizes[n_groups++] = n;
    c += is_open + n;
    if (is_open && *c == ')')
      c++;
    if ((*c == '-' || *c == ' ' || *c == '.') && (g_ascii_isdigit (c[1]) || c[1] == '('))
      c++;
  }
  const char *end = n_groups > 0 ? groups[n_groups - 1] + sizes[n_groups - 1] : at;
  const gboolean is_local = n_groups == 2 && sizes[0] == 3 && sizes[1] == 4 && at[3] == '-';
  const gboolean is_long = n_groups == 3 && sizes[0] == 3 && sizes[1] == 3 && sizes[2] == 4;
  if (!ends_here (end) || !(is_local || is_long || (has_plus && n_groups >= 3)))
    return 0;
  if (has_plus)
    say (out, "plus");
  for (size_t i = 0; i < n_groups; i++) {
    if (i > 0)
      say (out, ",");
    say_digits (out, groups[i], sizes[i]);
  }
  return (size_t) (end - at);
}

static void
say_fraction (GString *out, int above, int below)
{
  if (below == 2)
    say (out, above == 1 ? "half" : "halves");
  else if (below == 4)
    say (out, above == 1 ? "quarter" : "quarters");
  else {
    say_ordinal (out, below);
    if (above != 1)
      g_string_append_c (out, 's');
  }
}

static const struct {
  const char *sign;
  int above, below;
} vulgar[] = { { "½", 1, 2 }, { "⅓", 1, 3 }, { "⅔", 2, 3 }, { "¼", 1, 4 }, { "¾", 3, 4 },
               { "⅛", 1, 8 }, { "⅜", 3, 8 }, { "⅝", 5, 8 }, { "⅞", 7, 8 } };

/* A fraction at `at`, as 3/4 or ¾: its bytes. */
static size_t
parse_fraction (const char *at, int *above, int *below)
{
  for (size_t i = 0; i < G_N_ELEMENTS (vulgar); i++)
    if (g_str_has_prefix (at, vulgar[i].sign)) {
      *above = vulgar[i].above;
      *below = vulgar[i].below;
      return strlen (vulgar[i].sign);
    }
  const size_t n_above = count_digits (at);
  if (n_above < 1 || n_above > 2 || at[n_above] != '/')
    return 0;
  const size_t n_below = count_digits (at + n_above + 1);
  if (n_below < 1 || n_below > 2)
    return 0;
  *above = read_int (at, n_above);
  *below = read_int (at + n_above + 1, n_below);
  const char *end = at + n_above + 1 + n_below;
  return *above > 0 && *below > *above && *end != '/' && ends_here (end) ? (size_t) (end - at) : 0;
}

static size_t
read_fraction (GString *out, const char *text, const char *at)
{
  int above, below;
  size_t n_whole = count_digits (at);
  const gboolean has_space = at[n_whole] == ' ';
  size_t n =
      n_whole > 0 && n_whole <= 3 ? parse_fraction (at + n_whole + has_space, &above, &below) : 0;

  (void) text;
  if (n > 0) { /* one and a half */
    say_number (out, at, n_whole);
    say (out, "and");
    if (above == 1)
      say (out, "a");
    else
      say_count (out, above);
    say_fraction (out, above, below);
    return n_whole + has_space + n;
  }
  if (g_str_has_prefix (at, "24/7") && ends_here (at + 4)) {
    say (out, "twenty four seven");
    return 4;
  }
  n = parse_fraction (at, &above, &below);
  if (n == 0)
    return 0;
  say_count (out, above);
  say_fraction (out, above, below);
  return n;
}

static size_t
measure_dash (const char *at)
{
  return *at == '-' ? 1 : g_str_has_prefix (at, "–") ? strlen ("–") : 0;
}

/* 10-20, 1914–1918, 1:3 */
static size_t
read_range (GString *out, const char *text, const char *at)
{
  const size_t n = measure_figure (at), n_dash = n > 0 ? measure_dash (at + n) : 0;

  (void) text;
  if (n_dash > 0) {
    const char *second = at + n + n_dash;
    const size_t n_second = measure_figure (second);
    if (n_second == 0 || measure_dash (second + n_second) > 0)
      return 0;
    say_number (out, at, n);
    say (out, "to");
    if (n == 4 && n_second == 2 && count_digits (at) == 4 && second[0] == '0'
        && read_int (second, 2) > read_int (at + 2, 2) && ends_here (second + 2)) {
      say (out, "oh"); /* 2008-09 */
      say_number (out, second + 1, 1);
      return n + n_dash + n_second;
    }
    return n + n_dash; /* the second is the next number, with its unit */
  }
  const size_t n_second = n > 0 && at[n] == ':' ? count_digits (at + n + 1) : 0;
  if (n > 2 || n_second != 1 || !ends_here (at + n + 2))
    return 0;
  say_number (out, at, n);
  say (out, "to");
  say_number (out, at + n + 1, 1);
  return n + 2;
}

/* dollars, or, as in a five dollar bill, dollar. */
static void
say_currency (GString *out, const char *unit, gboolean is_one)
{
  g_autofree char *one = g_strndup (unit, strlen (unit) - (g_str_has_suffix (unit, "s") ? 1 : 0));

  say (out, is_one ? one : unit);
}

/* $3.5 million, $2B, ¥500, $0.99 */
static size_t
read_money (GString *out, const char *text, const char *at)
{
  static const struct {
    const char *sign, *unit;
  } currencies[] = { { "$", "dollars" }, { "£", "pounds" }, { "€", "euros" },
                     { "¥", "yen" },     { "￥", "yen" },   { "₹", "rupees" } };
  static const struct {
    const char *sign, *name;
  } scales[] = { { " million", "million" },   { " billion", "billion" },
                 { " trillion", "trillion" }, { " thousand", "thousand" },
                 { "K", "thousand" },         { "k", "thousand" },
                 { "M", "million" },          { "B", "billion" },
                 { "bn", "billion" },         { "m", "million" } };

  for (size_t i = 0; i < G_N_ELEMENTS (currencies); i++) {
    const size_t n_sign = strlen (currencies[i].sign);
    const size_t n = g_str_has_prefix (at, currencies[i].sign) ? measure_figure (at + n_sign) : 0;
    if (n == 0)
      continue;
    const char *rest = at + n_sign + n;
    for (size_t j = 0; j < G_N_ELEMENTS (scales); j++)
      if (g_str_has_prefix (rest, scales[j].sign) && ends_here (rest + strlen (scales[j].sign))) {
        say_number (out, at + n_sign, n);
        say (out, scales[j].name);
        say_currency (out, currencies[i].unit,
                      english_is_attribute (text, at, rest + strlen (scales[j].sign)));
        return n_sign + n + strlen (scales[j].sign);
      }
    if (strncmp (at + n_sign, "0.", 2) == 0 && n == 4 && i < 3) {
      say_count (out, read_int (at + n_sign + 2, 2));
      say (out, i == 1 ? "pence" : strncmp (at + n_sign, "0.01", 4) == 0 ? "cent" : "cents");
      return n_sign + n;
    }
    const gboolean is_whole = memchr (at + n_sign, '.', n) == NULL;
    const gboolean is_one = is_whole && english_is_attribute (text, at, rest);
    if (i < 3 && !is_one)
      return 0; /* a number with its sign */
    say_number (out, at + n_sign, n);
    say_currency (out, currencies[i].unit, is_one);
    return n_sign + n;
  }
  return 0;
}

static void
say_quantity (GString *out, const char *at, size_t n)
{
  if (n == count_digits (at) && n == 4)
    say_count (out, read_int (at, n));
  else
    say_number (out, at, n);
}

/* 8.7m jobs, 200k users, 5bn: the letter touches the figure. */
static size_t
read_scaled (GString *out, const char *text, const char *at)
{
  static const struct {
    const char *sign, *name;
    gboolean is_certain;
  } scales[] = { { "bn", "billion", TRUE },
                 { "tn", "trillion", TRUE },
                 { "m", "million", FALSE },
                 { "k", "thousand", FALSE },
                 { "K", "thousand", FALSE } };
  const size_t n = measure_figure (at);

  (void) text;
  for (size_t i = 0; n > 0 && i < G_N_ELEMENTS (scales); i++) {
    const char *rest = at + n + strlen (scales[i].sign);
    if (g_str_has_prefix (at + n, scales[i].sign) && ends_here (rest)
        && (scales[i].is_certain || (*rest == ' ' && english_names_things (rest + 1)))) {
      say_number (out, at, n);
      say (out, scales[i].name);
      return (size_t) (rest - at);
    }
  }
  return 0;
}

/* 20°C, 5 kg */
static size_t
read_measure (GString *out, const char *text, const char *at)
{
  const size_t n = measure_figure (at);
  const size_t space = n > 0 && at[n] == ' ' ? 1 : 0;
  const char *rest = at + n + space;
  const gboolean is_one = n == 1 && *at == '1';

  (void) text;
  if (n == 0)
    return 0;
  const char *scale = g_str_has_prefix (rest, "°C") || g_str_has_prefix (rest, "℃")   ? "Celsius"
                      : g_str_has_prefix (rest, "°F") || g_str_has_prefix (rest, "℉") ? "Fahrenheit"
                                                                                      : NULL;
  if (scale != NULL || g_str_has_prefix (rest, "°")) {
    say_quantity (out, at, n);
    say (out, is_one ? "degree" : "degrees");
    if (scale != NULL)
      say (out, scale);
    return n + space + 3 - (scale == NULL ? 1 : 0);
  }
  size_t n_unit;
  const char *unit = english_find_unit (rest, is_one, &n_unit);
  if (unit == NULL)
    return 0;
  say_quantity (out, at, n);
  say (out, unit);
  return n + space + n_unit;
}

/* 5'10", and 5' before what is measured. */
static size_t
read_height (GString *out, const char *text, const char *at)
{
  static const char *const measured[] = { " tall", " long", " wide", " high", " deep" };
  const size_t n_feet = count_digits (at);
  const char *rest = at + n_feet + 1;

  (void) text;
  if (n_feet < 1 || n_feet > 3 || at[n_feet] != '\'')
    return 0;
  const size_t n_inches = count_digits (rest);
  const gboolean has_inches = n_inches > 0 && n_inches <= 2 && rest[n_inches] == '"';
  gboolean is_measured = has_inches;
  for (size_t i = 0; i < G_N_ELEMENTS (measured); i++)
    is_measured = is_measured || (n_inches == 0 && g_str_has_prefix (rest, measured[i]));
  if (!is_measured)
    return 0;
  say_number (out, at, n_feet);
  say (out, "feet");
  if (!has_inches)
    return n_feet + 1;
  say_number (out, rest, n_inches);
  say (out, n_inches == 1 && *rest == '1' ? "inch" : "inches");
  return n_feet + 1 + n_inches + 1;
}

/* Figures one by one after a word that says so. */
static size_t
read_code (GString *out, const char *text, const char *at)
{
  static const char *const before[] = { "call ", "Call ", "dial ", "Dial ", "dialed ", "called " };
  const size_t n = count_digits (at);

  for (size_t i = 0; n == 3 && i < G_N_ELEMENTS (before); i++) {
    const size_t length = strlen (before[i]);
    if ((size_t) (at - text) >= length && strncmp (at - length, before[i], length) == 0
        && ends_here (at + n)) {
      say_digits (out, at, n);
      return n;
    }
  }
  return 0;
}

static size_t
read_address (GString *out, const char *text, const char *at)
{
  (void) text;
  return english_read_address (out, at);
}

/* -5: where no word and no number is before it. */
static size_t
read_minus (GString *out, const char *text, const char *at)
{
  const size_t n = *at == '-' ? 1 : g_str_has_prefix (at, "−") ? strlen ("−") : 0;

  if (n == 0 || !g_ascii_isdigit (at[n])
      || (at > text && !g_ascii_isspace (at[-1]) && at[-1] != '('))
    return 0;
  say (out, "minus");
  return n;
}

char *
english_write_out (const char *text, const char *at, size_t *n_bytes)
{
  static const Reader readers[] = { read_address, read_minus, read_telephone, read_date,
                                    read_month,   read_day,   read_time,      read_fraction,
                                    read_code,    read_money, read_scaled,    read_measure,
                                    read_height,  read_range };
  g_autoptr (GString) out = g_string_new (NULL);

  for (size_t i = 0; i < G_N_ELEMENTS (readers); i++) {
    *n_bytes = readers[i](out, text, at);
    if (*n_bytes > 0)
      return g_string_free (g_steal_pointer (&out), FALSE);
  }
  return NULL;
}
