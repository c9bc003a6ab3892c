/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Numbers in words. */

#include <stdio.h>
#include <string.h>

#include "audio/reading/english.h"

static const char *const small[] = { "zero",    "one",     "two",       "three",    "four",
                                     "five",    "six",     "seven",     "eight",    "nine",
                                     "ten",     "eleven",  "twelve",    "thirteen", "fourteen",
                                     "fifteen", "sixteen", "seventeen", "eighteen", "nineteen" };
static const char *const tens[] = { "",      "",      "twenty",  "thirty", "forty",
                                    "fifty", "sixty", "seventy", "eighty", "ninety" };
static const char *const powers[] = { "", "thousand", "million", "billion", "trillion" };

/* The ordinals that are not the number with -th. */
static const char *const ordinals[][2] = {
  { "one", "first" },    { "two", "second" }, { "three", "third" },    { "five", "fifth" },
  { "eight", "eighth" }, { "nine", "ninth" }, { "twelve", "twelfth" },
};

enum { MAX_DIGITS = 15 };

static void
append (GString *out, const char *word)
{
  if (out->len > 0)
    g_string_append_c (out, ' ');
  g_string_append (out, word);
}

static void
append_below_thousand (GString *out, int n)
{
  if (n >= 100) {
    append (out, small[n / 100]);
    append (out, "hundred");
    n %= 100;
    if (n == 0)
      return;
  }
  if (n >= 20) {
    append (out, tens[n / 10]);
    n %= 10;
    if (n == 0)
      return;
  }
  append (out, small[n]);
}

static void
append_cardinal (GString *out, guint64 n)
{
  if (n == 0)
    append (out, small[0]);
  for (int power = G_N_ELEMENTS (powers) - 1; power >= 0; power--) {
    guint64 unit = 1;
    for (int i = 0; i < power; i++)
      unit *= 1000;
    int part = (int) (n / unit % 1000);
    if (part == 0)
      continue;
    append_below_thousand (out, part);
    if (power > 0)
      append (out, powers[power]);
  }
}

/* 1999: nineteen ninety nine; 2005: two thousand five; 1905: nineteen oh five. */
static void
append_year (GString *out, int year)
{
  if (year % 1000 < 10 || year < 1000 || year > 9999) {
    append_cardinal (out, (guint64) year);
    return;
  }
  append_below_thousand (out, year / 100);
  if (year % 100 == 0) {
    append (out, "hundred");
    return;
  }
  if (year % 100 < 10)
    append (out, "oh");
  append_below_thousand (out, year % 100);
}

static void
append_digits (GString *out, const char *digits, size_t n)
{
  for (size_t i = 0; i < n; i++)
    append (out, small[digits[i] - '0']);
}

static void
make_ordinal (GString *words)
{
  const char *space = strrchr (words->str, ' ');
  size_t at = space != NULL ? (size_t) (space - words->str) + 1 : 0;

  for (size_t i = 0; i < G_N_ELEMENTS (ordinals); i++)
    if (g_str_equal (words->str + at, ordinals[i][0])) {
      g_string_truncate (words, at);
      g_string_append (words, ordinals[i][1]);
      return;
    }
  if (words->str[words->len - 1] == 'y') {
    g_string_truncate (words, words->len - 1);
    g_string_append (words, "ie");
  }
  g_string_append (words, "th");
}

/* What a number is made of. */
typedef struct {
  const char *currency; /* "$", or NULL */
  char whole[MAX_DIGITS + 1];
  size_t n_whole;
  gboolean has_commas;
  const char *fraction;
  size_t n_fraction;
  const char *rest; /* what follows the digits */
} Number;

static gboolean
parse (const char *text, Number *number)
{
  static const char *const currencies[] = { "$", "£", "€" };
  const char *at = text;

  *number = (Number){ 0 };
  for (size_t i = 0; i < G_N_ELEMENTS (currencies); i++)
    if (g_str_has_prefix (at, currencies[i])) {
      number->currency = currencies[i];
      at += strlen (currencies[i]);
    }
  for (; g_ascii_isdigit (*at) || (*at == ',' && g_ascii_isdigit (at[1])); at++) {
    if (*at == ',') {
      number->has_commas = TRUE;
      continue;
    }
    if (number->n_whole == MAX_DIGITS)
      return FALSE;
    number->whole[number->n_whole++] = *at;
  }
  if (number->n_whole == 0)
    return FALSE;
  if (*at == '.' && g_ascii_isdigit (at[1])) {
    number->fraction = ++at;
    number->n_fraction = strspn (at, "0123456789");
    at += number->n_fraction;
  }
  number->rest = at;
  return TRUE;
}

static void
append_money (GString *out, const Number *number, guint64 whole)
{
  const char *unit = g_str_equal (number->currency, "$")   ? "dollar"
                     : g_str_equal (number->currency, "£") ? "pound"
                                                           : "euro";
  append_cardinal (out, whole);
  append (out, unit);
  if (whole != 1)
    g_string_append_c (out, 's');
  int cents =
      number->n_fraction == 2 ? (number->fraction[0] - '0') * 10 + number->fraction[1] - '0' : 0;
  if (cents > 0) {
    append (out, "and");
    append_below_thousand (out, cents);
    append (out, g_str_equal (number->currency, "£") ? "pence" : cents == 1 ? "cent" : "cents");
  }
}

/* Of an hour or a minute: thirty, oh five, zero zero. */
static void
append_sixtieth (GString *out, int n)
{
  if (n < 10)
    append (out, n == 0 ? "zero zero" : "oh");
  if (n > 0)
    append_below_thousand (out, n);
}

/* "10:30"; "38:20", "2:03:15": how long something took. */
static char *
read_time (const char *text)
{
  int hour, minute, second = -1, n = 0;

  if (sscanf (text, "%2d:%2d%n", &hour, &minute, &n) != 2 || n < 4 || !g_ascii_isdigit (text[n - 2])
      || hour < 0 || minute < 0 || minute > 59)
    return NULL;
  if (text[n] == ':' && strspn (text + n + 1, "0123456789") == 2 && text[n + 3] == '\0')
    second = (text[n + 1] - '0') * 10 + text[n + 2] - '0';
  else if (text[n] != '\0')
    return NULL;
  GString *out = g_string_new (NULL);
  append_cardinal (out, (guint64) hour);
  if (minute == 0 && second < 0)
    append (out, hour <= 24 ? "o'clock" : "minutes");
  else
    append_sixtieth (out, minute);
  if (second >= 0)
    append_sixtieth (out, second);
  return g_string_free (out, FALSE);
}

char *
audio_english_read_number (const char *text)
{
  Number number;

  if (strchr (text, ':') != NULL)
    return read_time (text);
  if (!parse (text, &number))
    return NULL;
  guint64 whole = g_ascii_strtoull (number.whole, NULL, 10);
  const char *rest = number.rest;
  gboolean is_ordinal = g_str_equal (rest, "st") || g_str_equal (rest, "nd")
                        || g_str_equal (rest, "rd") || g_str_equal (rest, "th");
  if (*rest != '\0' && !is_ordinal && !g_str_equal (rest, "%") && !g_str_equal (rest, "s"))
    return NULL;

  GString *out = g_string_new (NULL);
  if (number.currency != NULL && (number.n_fraction == 0 || number.n_fraction == 2))
    append_money (out, &number, whole);
  else if (number.fraction != NULL) {
    append_cardinal (out, whole);
    append (out, "point");
    append_digits (out, number.fraction, number.n_fraction);
  } else if (number.n_whole == 4 && !number.has_commas && !is_ordinal && *rest != '%')
    append_year (out, (int) whole);
  else if (number.whole[0] == '0' && number.n_whole > 1)
    append_digits (out, number.whole, number.n_whole);
  else
    append_cardinal (out, whole);
  if (is_ordinal)
    make_ordinal (out);
  if (*rest == '%')
    append (out, "percent");
  if (g_str_equal (rest, "s")) { /* the 1990s, in the 80s */
    if (out->str[out->len - 1] == 'y') {
      g_string_truncate (out, out->len - 1);
      g_string_append (out, "ie");
    }
    g_string_append_c (out, 's');
  }
  return g_string_free (out, FALSE);
}
