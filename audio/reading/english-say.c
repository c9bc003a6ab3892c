/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the readers of what is written short share: figures in the text, words behind those that
 * there are already. */

#include <stdlib.h>
#include <string.h>

#include "audio/reading/english-private.h"

void
english_say (GString *out, const char *words)
{
  if (out->len > 0)
    g_string_append_c (out, ' ');
  g_string_append (out, words);
}

void
english_say_number (GString *out, const char *digits, size_t n)
{
  g_autofree char *number = g_strndup (digits, n);
  g_autofree char *words = audio_english_read_number (number);

  if (words != NULL)
    english_say (out, words);
}

/* As a count, 2024 too. */
void
english_say_count (GString *out, int value)
{
  g_autofree char *digits = g_strdup_printf ("%d,%03d", value / 1000, value % 1000);
  g_autofree char *words = audio_english_read_number (
      value >= 1000 ? digits : digits + strspn (digits, "0,") + (value == 0 ? -1 : 0));

  if (words != NULL)
    english_say (out, words);
}

void
english_say_ordinal (GString *out, int value)
{
  g_autofree char *number = g_strdup_printf ("%dth", value);
  g_autofree char *words = audio_english_read_number (number);

  english_say (out, words);
}

size_t
english_count_digits (const char *at)
{
  return strspn (at, "0123456789");
}

/* Bytes of a number with commas and a decimal part. */
size_t
english_measure_figure (const char *at)
{
  size_t n = english_count_digits (at);

  while (n > 0 && at[n] == ',' && english_count_digits (at + n + 1) == 3)
    n += 4;
  if (n > 0 && at[n] == '.' && g_ascii_isdigit (at[n + 1]))
    n += 1 + english_count_digits (at + n + 1);
  return n;
}

gboolean
english_ends_here (const char *at)
{
  return !g_unichar_isalnum (g_utf8_get_char (at));
}

int
english_parse_int (const char *at, size_t n)
{
  g_autofree char *digits = g_strndup (at, MIN (n, 9));

  return atoi (digits);
}

size_t
english_measure_dash (const char *at)
{
  return *at == '-' ? 1 : g_str_has_prefix (at, "–") ? strlen ("–") : 0;
}
