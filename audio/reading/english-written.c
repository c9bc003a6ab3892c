/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is written short, in words: money, measures, fractions, ranges, telephone numbers, with the
 * dates and addresses of the net of their own files. Each reader takes the text at one place and
 * gives the bytes that it has read, 0 for none. In the words, "," is a pause and "~PM" is spelled.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio/reading/english-private.h"

typedef size_t (*Reader) (GString *out, const char *text, const char *at);

static void
say_digits (GString *out, const char *digits, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (g_ascii_isdigit (digits[i]))
      english_say_number (out, digits + i, 1);
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
    const size_t n = english_count_digits (c + is_open);
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
  if (!english_ends_here (end) || !(is_local || is_long || (has_plus && n_groups >= 3)))
    return 0;
  if (has_plus)
    english_say (out, "plus");
  for (size_t i = 0; i < n_groups; i++) {
    if (i > 0)
      english_say (out, ",");
    say_digits (out, groups[i], sizes[i]);
  }
  return (size_t) (end - at);
}

static void
say_fraction (GString *out, int above, int below)
{
  if (below == 2)
    english_say (out, above == 1 ? "half" : "halves");
  else if (below == 4)
    english_say (out, above == 1 ? "quarter" : "quarters");
  else {
    english_say_ordinal (out, below);
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
  const size_t n_above = english_count_digits (at);
  if (n_above < 1 || n_above > 2 || at[n_above] != '/')
    return 0;
  const size_t n_below = english_count_digits (at + n_above + 1);
  if (n_below < 1 || n_below > 2)
    return 0;
  *above = english_parse_int (at, n_above);
  *below = english_parse_int (at + n_above + 1, n_below);
  const char *end = at + n_above + 1 + n_below;
  return *above > 0 && *below > *above && *end != '/' && english_ends_here (end)
             ? (size_t) (end - at)
             : 0;
}

static size_t
read_fraction (GString *out, const char *text, const char *at)
{
  static const char *const names[][2] = { { "24/7", "twenty four seven" },
                                          { "9/11", "nine eleven" } };
  int above, below;
  size_t n_whole = english_count_digits (at);
  const gboolean has_space = at[n_whole] == ' ';
  size_t n =
      n_whole > 0 && n_whole <= 3 ? parse_fraction (at + n_whole + has_space, &above, &below) : 0;

  (void) text;
  if (n > 0) { /* one and a half */
    english_say_number (out, at, n_whole);
    english_say (out, "and");
    if (above == 1)
      english_say (out, "a");
    else
      english_say_count (out, above);
    say_fraction (out, above, below);
    return n_whole + has_space + n;
  }
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_has_prefix (at, names[i][0]) && english_ends_here (at + 4)) {
      english_say (out, names[i][1]);
      return strlen (names[i][0]);
    }
  n = parse_fraction (at, &above, &below);
  if (n == 0)
    return 0;
  english_say_count (out, above);
  say_fraction (out, above, below);
  return n;
}

/* 10-20, 1914–1918, 1:3 */
static size_t
read_range (GString *out, const char *text, const char *at)
{
  const size_t n = english_measure_figure (at), n_dash = n > 0 ? english_measure_dash (at + n) : 0;

  (void) text;
  if (n_dash > 0) {
    const char *second = at + n + n_dash;
    const size_t n_second = english_measure_figure (second);
    if (n_second == 0 || english_measure_dash (second + n_second) > 0)
      return 0;
    english_say_number (out, at, n);
    english_say (out, "to");
    if (n == 4 && n_second == 2 && english_count_digits (at) == 4 && second[0] == '0'
        && english_parse_int (second, 2) > english_parse_int (at + 2, 2)
        && english_ends_here (second + 2)) {
      english_say (out, "oh"); /* 2008-09 */
      english_say_number (out, second + 1, 1);
      return n + n_dash + n_second;
    }
    return n + n_dash; /* the second is the next number, with its unit */
  }
  const size_t n_second = n > 0 && at[n] == ':' ? english_count_digits (at + n + 1) : 0;
  if (n > 2 || n_second != 1 || !english_ends_here (at + n + 2))
    return 0;
  english_say_number (out, at, n);
  english_say (out, "to");
  english_say_number (out, at + n + 1, 1);
  return n + 2;
}

/* dollars, or, as in a five dollar bill, dollar. */
static void
say_currency (GString *out, const char *unit, gboolean is_one)
{
  g_autofree char *one = g_strndup (unit, strlen (unit) - (g_str_has_suffix (unit, "s") ? 1 : 0));

  english_say (out, is_one ? one : unit);
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
    const size_t n =
        g_str_has_prefix (at, currencies[i].sign) ? english_measure_figure (at + n_sign) : 0;
    if (n == 0)
      continue;
    const char *rest = at + n_sign + n;
    for (size_t j = 0; j < G_N_ELEMENTS (scales); j++)
      if (g_str_has_prefix (rest, scales[j].sign)
          && english_ends_here (rest + strlen (scales[j].sign))) {
        english_say_number (out, at + n_sign, n);
        english_say (out, scales[j].name);
        say_currency (out, currencies[i].unit,
                      english_is_attribute (text, at, rest + strlen (scales[j].sign)));
        return n_sign + n + strlen (scales[j].sign);
      }
    if (strncmp (at + n_sign, "0.", 2) == 0 && n == 4 && i < 3) {
      english_say_count (out, english_parse_int (at + n_sign + 2, 2));
      english_say (out, i == 1                                  ? "pence"
                        : strncmp (at + n_sign, "0.01", 4) == 0 ? "cent"
                                                                : "cents");
      return n_sign + n;
    }
    const gboolean is_whole = memchr (at + n_sign, '.', n) == NULL;
    const gboolean is_one = is_whole && english_is_attribute (text, at, rest);
    if (i < 3 && !is_one)
      return 0; /* a number with its sign */
    english_say_number (out, at + n_sign, n);
    say_currency (out, currencies[i].unit, is_one);
    return n_sign + n;
  }
  return 0;
}

static void
say_quantity (GString *out, const char *at, size_t n)
{
  if (n == english_count_digits (at) && n == 4)
    english_say_count (out, english_parse_int (at, n));
  else
    english_say_number (out, at, n);
}

/* 2x faster, 4x4; 0x is of a program's numbers. */
static size_t
read_times (GString *out, const char *text, const char *at)
{
  const size_t n = english_measure_figure (at);
  const gboolean is_times = n > 0 && at[n] == 'x';
  const gboolean is_by = is_times && g_ascii_isdigit (at[n + 1]);

  (void) text;
  if (!is_times || !(is_by || english_ends_here (at + n + 1)) || (is_by && n == 1 && *at == '0'))
    return 0;
  english_say_number (out, at, n);
  english_say (out, is_by ? "by" : "times");
  return n + 1;
}

/* 8.7m jobs, 200k users, 5bn: the letter touches the figure. */
static size_t
read_scaled (GString *out, const char *text, const char *at)
{
  static const struct {
    const char *sign, *name;
    gboolean is_certain;
  } scales[] = {
    { "bn", "billion", TRUE }, { "tn", "trillion", TRUE }, { "m", "million", FALSE },
    { "M", "million", FALSE }, { "k", "thousand", FALSE }, { "K", "thousand", FALSE }
  };
  const size_t n = english_measure_figure (at);

  (void) text;
  for (size_t i = 0; n > 0 && i < G_N_ELEMENTS (scales); i++) {
    const char *rest = at + n + strlen (scales[i].sign);
    if (g_str_has_prefix (at + n, scales[i].sign) && english_ends_here (rest)
        && (scales[i].is_certain || (*rest == ' ' && english_names_things (rest + 1)))) {
      english_say_number (out, at, n);
      english_say (out, scales[i].name);
      return (size_t) (rest - at);
    }
  }
  return 0;
}

/* 20°C, 5 kg */
static size_t
read_measure (GString *out, const char *text, const char *at)
{
  const size_t n = english_measure_figure (at);
  /* A 10-cm gap is ten centimeter wide. */
  const gboolean is_joined = n > 0 && at[n] == '-' && g_ascii_isalpha (at[n + 1]);
  const size_t space = n > 0 && (at[n] == ' ' || is_joined) ? 1 : 0;
  const char *rest = at + n + space;
  const gboolean is_one = is_joined || (n == 1 && *at == '1');

  (void) text;
  if (n == 0)
    return 0;
  const char *scale = g_str_has_prefix (rest, "°C") || g_str_has_prefix (rest, "℃")   ? "Celsius"
                      : g_str_has_prefix (rest, "°F") || g_str_has_prefix (rest, "℉") ? "Fahrenheit"
                                                                                      : NULL;
  if (scale != NULL || g_str_has_prefix (rest, "°")) {
    say_quantity (out, at, n);
    english_say (out, is_one ? "degree" : "degrees");
    if (scale != NULL)
      english_say (out, scale);
    return n + space + 3 - (scale == NULL ? 1 : 0);
  }
  size_t n_unit;
  const char *unit = english_find_unit (rest, is_one, &n_unit);
  if (unit == NULL)
    return 0;
  say_quantity (out, at, n);
  english_say (out, unit);
  return n + space + n_unit;
}

/* 5'10", and 5' before what is measured. */
static size_t
read_height (GString *out, const char *text, const char *at)
{
  static const char *const measured[] = { " tall", " long", " wide", " high", " deep" };
  const size_t n_feet = english_count_digits (at);
  const char *rest = at + n_feet + 1;

  (void) text;
  if (n_feet < 1 || n_feet > 3 || at[n_feet] != '\'')
    return 0;
  const size_t n_inches = english_count_digits (rest);
  const gboolean has_inches = n_inches > 0 && n_inches <= 2 && rest[n_inches] == '"';
  gboolean is_measured = has_inches;
  for (size_t i = 0; i < G_N_ELEMENTS (measured); i++)
    is_measured = is_measured || (n_inches == 0 && g_str_has_prefix (rest, measured[i]));
  if (!is_measured)
    return 0;
  english_say_number (out, at, n_feet);
  english_say (out, "feet");
  if (!has_inches)
    return n_feet + 1;
  english_say_number (out, rest, n_inches);
  english_say (out, n_inches == 1 && *rest == '1' ? "inch" : "inches");
  return n_feet + 1 + n_inches + 1;
}

/* Figures one by one after a word that says so. */
static size_t
read_code (GString *out, const char *text, const char *at)
{
  static const char *const before[] = { "call ", "Call ", "dial ", "Dial ", "dialed ", "called " };
  const size_t n = english_count_digits (at);

  for (size_t i = 0; n == 3 && i < G_N_ELEMENTS (before); i++) {
    const size_t length = strlen (before[i]);
    if ((size_t) (at - text) >= length && strncmp (at - length, before[i], length) == 0
        && english_ends_here (at + n)) {
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
  english_say (out, "minus");
  return n;
}

char *
english_write_out (const char *text, const char *at, size_t *n_bytes)
{
  static const Reader readers[] = { read_address,  read_minus,   read_telephone, english_read_date,
                                    read_fraction, read_code,    read_money,     read_times,
                                    read_scaled,   read_measure, read_height,    read_range };
  g_autoptr (GString) out = g_string_new (NULL);

  for (size_t i = 0; i < G_N_ELEMENTS (readers); i++) {
    *n_bytes = readers[i](out, text, at);
    if (*n_bytes > 0)
      return g_string_free (g_steal_pointer (&out), FALSE);
  }
  return NULL;
}
