/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Addresses of the net and of mail, sign by sign. */

#include <string.h>

#include "audio/reading/english-private.h"

static void
say (GString *out, const char *words)
{
  if (out->len > 0)
    g_string_append_c (out, ' ');
  g_string_append (out, words);
}

static void
say_digits (GString *out, const char *digits, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    g_autofree char *word = audio_english_read_number ((char[]){ digits[i], '\0' });
    say (out, word);
  }
}

static const char *
name_net_sign (char c)
{
  static const char *const names[][2] = {
    { ".", "dot" },     { "/", "slash" },         { "-", "dash" }, { "_", "underscore" },
    { "@", "at" },      { ":", "colon" },         { "&", "and" },  { "#", "hash" },
    { "=", "equals" },  { "?", "question mark" }, { "+", "plus" }, { "~", "tilde" },
    { "%", "percent" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    if (names[i][0][0] == c)
      return names[i][1];
  return NULL;
}

/* Whether text[0, n) ends in a known domain, before a path. */
static gboolean
has_domain (const char *at, size_t n)
{
  static const char *const domains[] = { "com", "org",  "net", "edu", "gov", "io",
                                         "dev", "app",  "uk",  "de",  "cn",  "tw",
                                         "jp",  "info", "eu",  "ai",  "tv" };
  const char *slash = memchr (at, '/', n);
  const size_t n_host = slash != NULL ? (size_t) (slash - at) : n;
  size_t dot = n_host;

  while (dot > 0 && at[dot - 1] != '.')
    dot--;
  if (dot < 2)
    return FALSE;
  for (size_t i = 0; i < G_N_ELEMENTS (domains); i++)
    if (n_host - dot == strlen (domains[i]) && strncmp (at + dot, domains[i], n_host - dot) == 0)
      return TRUE;
  return FALSE;
}

size_t
english_read_address (GString *out, const char *at)
{
  const size_t n_scheme = g_str_has_prefix (at, "https://")  ? 8
                          : g_str_has_prefix (at, "http://") ? 7
                                                             : 0;
  const char *host = at + n_scheme;
  size_t n = 0;

  while (host[n] != '\0' && (g_ascii_isalnum (host[n]) || name_net_sign (host[n]) != NULL))
    n++;
  while (n > 0 && strchr (".:?/-", host[n - 1]) != NULL)
    n--;
  if (n == 0 || !g_ascii_isalnum (*host))
    return 0;
  if (n_scheme == 0 && !has_domain (host, n))
    return 0;
  for (size_t i = 0; i < n;) {
    size_t run = i;
    while (run < n && g_ascii_isalpha (host[run]))
      run++;
    if (run > i) {
      g_autofree char *word = g_strndup (host + i, run - i);
      say (out, g_str_equal (word, "www") ? "~WWW" : word);
    } else if (g_ascii_isdigit (host[i])) {
      run = i + strspn (host + i, "0123456789");
      say_digits (out, host + i, run - i);
    } else
      say (out, name_net_sign (host[run++]));
    i = run;
  }
  size_t n_slash = host[n] == '/' ? 1 : 0;
  return n_scheme + n + n_slash;
}
