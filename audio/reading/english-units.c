/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Units of measure behind a number. */

#include <string.h>

#include "audio/reading/english-private.h"

static const struct {
  const char *sign, *one, *many;
} units[] = {
  { "km/h", "kilometer per hour", "kilometers per hour" },
  { "m/s", "meter per second", "meters per second" },
  { "km²", "square kilometer", "square kilometers" },
  { "m²", "square meter", "square meters" },
  { "m³", "cubic meter", "cubic meters" },
  { "km2", "square kilometer", "square kilometers" },
  { "m2", "square meter", "square meters" },
  { "km", "kilometer", "kilometers" },
  { "cm", "centimeter", "centimeters" },
  { "mm", "millimeter", "millimeters" },
  { "kg", "kilogram", "kilograms" },
  { "mg", "milligram", "milligrams" },
  { "ml", "milliliter", "milliliters" },
  { "mL", "milliliter", "milliliters" },
  { "mph", "mile per hour", "miles per hour" },
  { "mi", "mile", "miles" },
  { "ft", "foot", "feet" },
  { "yd", "yard", "yards" },
  { "oz", "ounce", "ounces" },
  { "lbs", "pound", "pounds" },
  { "lb", "pound", "pounds" },
  { "tbsp", "tablespoon", "tablespoons" },
  { "tsp", "teaspoon", "teaspoons" },
  { "kWh", "kilowatt hour", "kilowatt hours" },
  { "kW", "kilowatt", "kilowatts" },
  { "GHz", "gigahertz", "gigahertz" },
  { "MHz", "megahertz", "megahertz" },
  { "kHz", "kilohertz", "kilohertz" },
  { "Hz", "hertz", "hertz" },
  { "Gbps", "gigabit per second", "gigabits per second" },
  { "Mbps", "megabit per second", "megabits per second" },
  { "kbps", "kilobit per second", "kilobits per second" },
  { "Gbit/s", "gigabit per second", "gigabits per second" },
  { "Mbit/s", "megabit per second", "megabits per second" },
  { "kbit/s", "kilobit per second", "kilobits per second" },
  { "MB/s", "megabyte per second", "megabytes per second" },
  { "GB/s", "gigabyte per second", "gigabytes per second" },
  { "kph", "kilometer per hour", "kilometers per hour" },
  { "mAh", "milliampere hour", "milliampere hours" },
  { "dB", "decibel", "decibels" },
  { "kcal", "kilocalorie", "kilocalories" },
  { "sq ft", "square foot", "square feet" },
  { "TB", "terabyte", "terabytes" },
  { "GB", "gigabyte", "gigabytes" },
  { "MB", "megabyte", "megabytes" },
  { "KB", "kilobyte", "kilobytes" },
  { "kB", "kilobyte", "kilobytes" },
  { "mins", "minute", "minutes" },
  { "min", "minute", "minutes" },
  { "hrs", "hour", "hours" },
  { "hr", "hour", "hours" },
  { "secs", "second", "seconds" },
  { "sec", "second", "seconds" },
  { "pts", "point", "points" },
  { "ms", "millisecond", "milliseconds" },
  { "m", "meter", "meters" },
  { "g", "gram", "grams" },
  { "V", "volt", "volts" },
  { "W", "watt", "watts" },
  { "L", "liter", "liters" },
};

const char *
english_find_unit (const char *at, gboolean is_one, size_t *n_bytes)
{
  for (size_t i = 0; i < G_N_ELEMENTS (units); i++) {
    const size_t n = strlen (units[i].sign);
    if (g_str_has_prefix (at, units[i].sign) && at[n] != '\''
        && !g_unichar_isalnum (g_utf8_get_char (at + n))) {
      *n_bytes = n;
      return is_one ? units[i].one : units[i].many;
    }
  }
  return NULL;
}

gboolean
english_names_things (const char *at)
{
  static const char *const words[] = { "people", "children", "men", "women", "users" };
  /* What is run, swum or jumped is measured in meters. */
  static const char *const others[] = {
    "hurdles", "sprints", "races", "finals", "heats", "records",
    "events",  "titles",  "times", "across", "this",  "towards"
  };
  const size_t n = strspn (at, "abcdefghijklmnopqrstuvwxyz");
  g_autofree char *word = g_strndup (at, n);

  for (size_t i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (word, words[i]))
      return TRUE;
  for (size_t i = 0; i < G_N_ELEMENTS (others); i++)
    if (g_str_equal (word, others[i]))
      return FALSE;
  return n > 3 && word[n - 1] == 's' && strchr ("sui", word[n - 2]) == NULL;
}

gboolean
english_is_attribute (const char *text, const char *at, const char *after)
{
  static const char *const before[] = { " a ", " an ", "'s ", " another ", "A " };
  g_autofree char *clause = g_strconcat (" ", text, NULL);
  gboolean follows = FALSE;

  clause[at - text + 1] = '\0';
  for (size_t i = 0; i < G_N_ELEMENTS (before); i++)
    follows = follows || g_str_has_suffix (clause, before[i]);
  return follows && (*after == ' ' || *after == '-') && g_ascii_islower (after[1]);
}
