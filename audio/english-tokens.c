/* SPDX-License-Identifier: GPL-3.0-or-later */

/* English text to words and marks: what is written short is written out. */

#include <string.h>

#include "audio/english-private.h"

static const char *const abbreviations[][2] = {
  { "Mr", "mister" },      { "Mrs", "missus" },
  { "Ms", "miz" },         { "Dr", "doctor" },
  { "St", "saint" },       { "vs", "versus" },
  { "etc", "et cetera" },  { "No", "number" },
  { "Prof", "professor" }, { "approx", "approximately" },
};

/* Tokens of text[begin, end), which stand in `copy`. */
typedef struct {
  GPtrArray *tokens;
  const char *copy;
  size_t begin;
  const char *at; /* where the next token begins */
  gboolean follows_space;
} Tokenizer;

static void
free_token (gpointer data)
{
  EnglishToken *token = data;

  g_free (token->text);
  g_free (token->sound);
  g_free (token);
}

/* A token of `n` bytes of the text. */
static EnglishToken *
add_token (Tokenizer *tokenizer, TokenKind kind, const char *text, size_t n, size_t n_bytes)
{
  EnglishToken *token = g_new0 (EnglishToken, 1);

  token->kind = kind;
  token->text = g_strndup (text, n);
  token->follows_space = tokenizer->follows_space;
  token->begin = tokenizer->begin + (size_t) (tokenizer->at - tokenizer->copy);
  token->end = token->begin + n_bytes;
  g_ptr_array_add (tokenizer->tokens, token);
  return token;
}

/* What `n_bytes` of the text are read as. */
static void
add_words (Tokenizer *tokenizer, const char *words, size_t n_bytes)
{
  g_auto (GStrv) parts = g_strsplit (words, " ", -1);

  for (size_t i = 0; parts[i] != NULL; i++) {
    if (*parts[i] == '\0')
      continue;
    add_token (tokenizer, TOKEN_WORD, parts[i], strlen (parts[i]), n_bytes);
    tokenizer->follows_space = TRUE;
  }
}

/* Letters, with apostrophes inside, and single letters with full stops (U.S.): their bytes. */
static size_t
measure_word (const char *text)
{
  const char *at = text;

  if (g_ascii_isalpha (*at) && at[1] == '.' && g_ascii_isalpha (at[2]) && at[3] == '.')
    while (g_ascii_isalpha (*at) && at[1] == '.')
      at += 2;
  else
    while (*at != '\0') {
      gunichar c = g_utf8_get_char (at);
      const char *next = g_utf8_next_char (at);
      if (!g_unichar_isalpha (c)
          && !(c == '\'' && at > text && g_unichar_isalpha (g_utf8_get_char (next))))
        break;
      at = next;
    }
  return (size_t) (at - text);
}

static size_t
measure_number (const char *text)
{
  const char *at = text;

  for (; *at != '\0'; at++) {
    gboolean is_inner = (*at == ',' || *at == '.' || *at == ':') && g_ascii_isdigit (at[1]);
    if (!g_ascii_isdigit (*at) && !is_inner)
      break;
  }
  at += strspn (at, "stndrh%") == strlen (at) || strchr (" ,.;:!?)%", at[strspn (at, "stndrh")])
            ? strspn (at, "stndrh")
            : 0;
  return (size_t) (at - text) + (*at == '%');
}

static size_t
add_word_or_abbreviation (Tokenizer *tokenizer)
{
  const char *at = tokenizer->at;
  size_t n = measure_word (at);
  g_autofree char *word = g_strndup (at, n);

  if (strchr (word, '.') != NULL) {
    g_auto (GStrv) letters = g_strsplit (word, ".", -1);
    g_autofree char *joined = g_strjoinv ("", letters);
    g_autofree char *capitals = g_ascii_strup (joined, -1);
    add_token (tokenizer, TOKEN_WORD, capitals, strlen (capitals), n)->is_spelled = TRUE;
    return n;
  }
  for (size_t i = 0; at[n] == '.' && i < G_N_ELEMENTS (abbreviations); i++)
    if (g_str_equal (word, abbreviations[i][0])) {
      add_words (tokenizer, abbreviations[i][1], n + 1);
      return n + 1;
    }
  add_token (tokenizer, TOKEN_WORD, word, n, n);
  return n;
}

/* Bytes of a number, 0: there is none. */
static size_t
add_number (Tokenizer *tokenizer)
{
  const char *at = tokenizer->at;
  size_t n_sign = g_str_has_prefix (at, "$")   ? 1
                  : g_str_has_prefix (at, "£") ? strlen ("£")
                  : g_str_has_prefix (at, "€") ? strlen ("€")
                                               : 0;
  if (!g_ascii_isdigit (at[n_sign]))
    return 0;
  size_t n = n_sign + measure_number (at + n_sign);
  g_autofree char *number = g_strndup (at, n);
  g_autofree char *words = audio_english_read_number (number);
  if (words != NULL)
    add_words (tokenizer, words, n);
  else
    for (const char *digit = number; *digit != '\0'; digit++)
      if (g_ascii_isdigit (*digit)) {
        g_autofree char *word = audio_english_read_number ((char[]){ *digit, '\0' });
        add_words (tokenizer, word, n);
      }
  return n;
}

static const char *
name_sign (gunichar c)
{
  return c == '&' ? "and" : c == '+' ? "plus" : c == '@' ? "at" : c == '%' ? "percent" : NULL;
}

static void
add_sign (Tokenizer *tokenizer)
{
  const char *at = tokenizer->at;
  const gunichar c = g_utf8_get_char (at);
  const char *mark = c == '-' && at[1] == '-' ? "—" : audio_reading_find_mark (c);
  const size_t n = (size_t) (g_utf8_next_char (at) - at);

  if (name_sign (c) != NULL) {
    tokenizer->follows_space = TRUE;
    add_words (tokenizer, name_sign (c), n);
    mark = "";
  } else if (*mark != '\0')
    add_token (tokenizer, TOKEN_PUNCTUATION, mark, strlen (mark), n);
  /* What stands between words parts them: "well-known", "and/or". */
  if (c != '\'' && c != '"')
    tokenizer->follows_space = g_unichar_isspace (c) || *mark == '\0' || c > 127;
}

GPtrArray *
english_tokenize (const char *text, size_t begin, size_t end)
{
  g_autofree char *copy = g_strndup (text + begin, end - begin);
  Tokenizer tokenizer = { g_ptr_array_new_with_free_func (free_token), copy, begin, copy, FALSE };

  while (*tokenizer.at != '\0') {
    if (g_unichar_isalpha (g_utf8_get_char (tokenizer.at))) {
      tokenizer.at += add_word_or_abbreviation (&tokenizer);
      tokenizer.follows_space = FALSE;
      continue;
    }
    size_t n = add_number (&tokenizer);
    if (n > 0) {
      tokenizer.at += n;
      tokenizer.follows_space = g_ascii_isalpha (*tokenizer.at);
      continue;
    }
    add_sign (&tokenizer);
    tokenizer.at = g_utf8_next_char (tokenizer.at);
  }
  return tokenizer.tokens;
}
