/* SPDX-License-Identifier: GPL-3.0-or-later */

/* English text to words and marks: what is written short is written out. */

#include <string.h>

#include "audio/reading/english-private.h"

/* Where a full stop follows; what comes after decides on the last ones. */
static const char *const abbreviations[][2] = {
  { "Mr", "mister" },
  { "Mrs", "missus" },
  { "Ms", "miz" },
  { "vs", "versus" },
  { "etc", "et cetera" },
  { "No", "number" },
  { "no", "number" },
  { "Prof", "professor" },
  { "approx", "approximately" },
  { "Jr", "junior" },
  { "Sr", "senior" },
  { "Ave", "avenue" },
  { "Blvd", "boulevard" },
  { "Rd", "road" },
  { "Mt", "mount" },
  { "Gen", "general" },
  { "Gov", "governor" },
  { "Sen", "senator" },
  { "Rep", "representative" },
  { "Capt", "captain" },
  { "Lt", "lieutenant" },
  { "Sgt", "sergeant" },
  { "Col", "colonel" },
  { "Rev", "reverend" },
  { "Inc", "incorporated" },
  { "Corp", "corporation" },
  { "Ltd", "limited" },
  { "Co", "company" },
  { "dept", "department" },
  { "Dept", "department" },
  { "est", "established" },
  { "fig", "figure" },
  { "Fig", "figure" },
  { "vol", "volume" },
  { "Vol", "volume" },
  { "p", "page" },
  { "pp", "pages" },
  { "Apt", "apartment" },
  { "Maj", "major" },
  { "Adm", "admiral" },
  { "Cmdr", "commander" },
  { "Sens", "senators" },
  { "Reps", "representatives" },
  { "Pres", "president" },
  { "Hon", "honorable" },
  { "Bros", "brothers" },
  { "Univ", "university" },
  { "Assn", "association" },
  { "Hwy", "highway" },
  { "Rm", "room" },
  { "ca", "circa" },
  { "Jan", "January" },
  { "Feb", "February" },
  { "Aug", "August" },
  { "Sept", "September" },
  { "Oct", "October" },
  { "Nov", "November" },
  { "Dec", "December" },
};

/* With full stops between. */
static const char *const latin[][2] = {
  { "e.g.", "for example" },
  { "i.e.", "that is" },
  { "a.k.a.", "also known as" },
  { "Ph.D.", "~PHD" },
};

static const char *const letters[][2] = {
  { "α", "alpha" }, { "β", "beta" },   { "γ", "gamma" }, { "δ", "delta" }, { "ε", "epsilon" },
  { "θ", "theta" }, { "λ", "lambda" }, { "μ", "mu" },    { "π", "pi" },    { "ρ", "rho" },
  { "σ", "sigma" }, { "τ", "tau" },    { "φ", "phi" },   { "χ", "chi" },   { "ψ", "psi" },
  { "ω", "omega" }, { "Δ", "delta" },  { "Σ", "sigma" }, { "Ω", "omega" },
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
    const char *part = parts[i];
    if (*part == '\0')
      continue;
    if (*part == ',') {
      tokenizer->follows_space = FALSE;
      add_token (tokenizer, TOKEN_PUNCTUATION, part, 1, n_bytes);
    } else if (*part == '~')
      add_token (tokenizer, TOKEN_WORD, part + 1, strlen (part + 1), n_bytes)->is_spelled = TRUE;
    else
      add_token (tokenizer, TOKEN_WORD, part, strlen (part), n_bytes);
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
  const size_t n_ending = strspn (at, "stndrh");
  at += !g_unichar_isalnum (g_utf8_get_char (at + n_ending)) ? n_ending : 0;
  return (size_t) (at - text) + (*at == '%');
}

static const EnglishToken *
get_last (const Tokenizer *tokenizer)
{
  const GPtrArray *tokens = tokenizer->tokens;

  return tokens->len > 0 ? g_ptr_array_index (tokens, tokens->len - 1) : NULL;
}

/* St. is a saint before a name, a street after one; Dr. a doctor or a drive. */
static const char *
find_title (const Tokenizer *tokenizer, const char *word, const char *after)
{
  const EnglishToken *last = get_last (tokenizer);
  const gboolean follows_name =
      last != NULL && last->kind == TOKEN_WORD && g_ascii_isupper (last->text[0]);
  const gboolean precedes_name = *after == ' ' && g_ascii_isupper (after[1]);

  if (g_str_equal (word, "St"))
    return precedes_name && !follows_name ? "saint" : "street";
  if (g_str_equal (word, "Dr"))
    return precedes_name || !follows_name ? "doctor" : "drive";
  return NULL;
}

static int
read_roman (const char *word)
{
  static const char signs[] = "IVXLCDM";
  static const int values[] = { 1, 5, 10, 50, 100, 500, 1000 };
  int total = 0;

  for (const char *at = word; *at != '\0'; at++) {
    const char *sign = strchr (signs, *at), *next = at[1] != '\0' ? strchr (signs, at[1]) : NULL;
    if (sign == NULL || (at[1] != '\0' && next == NULL))
      return 0;
    const int value = values[sign - signs];
    total += next != NULL && values[next - signs] > value ? -value : value;
  }
  return total;
}

/* World War II, Chapter IV; Henry VIII. */
static gboolean
add_roman (Tokenizer *tokenizer, const char *word, size_t n)
{
  static const char counted[] =
      " chapter part act scene volume book war section phase type class appendix article figure "
      "table level mark title grade stage bowl unit vol ";
  static const char rulers[] =
      " henry louis elizabeth george charles james william edward richard philip napoleon john "
      "paul pius benedict francis leo gregory innocent alexander catherine mary frederick wilhelm "
      "nicholas ivan peter ferdinand carlos juan harald gustav haakon ramses ptolemy ramesses "
      "felipe clement urban otto leopold albert christian margaret ";
  const EnglishToken *last = get_last (tokenizer);
  const int value = strlen (word) <= 6 ? read_roman (word) : 0;

  if (value == 0 || value > 999 || last == NULL || last->kind != TOKEN_WORD
      || !g_ascii_isupper (last->text[0]))
    return FALSE;
  g_autofree char *lower = g_ascii_strdown (last->text, -1);
  g_autofree char *key = g_strconcat (" ", lower, " ", NULL);
  const gboolean is_ruler = strstr (rulers, key) != NULL;
  if (!is_ruler && strstr (counted, key) == NULL)
    return FALSE;
  g_autofree char *digits = g_strdup_printf ("%d%s", value, is_ruler ? "th" : "");
  g_autofree char *words = audio_english_read_number (digits);
  if (is_ruler)
    add_words (tokenizer, "the", n);
  add_words (tokenizer, words, n);
  return TRUE;
}

/* What a word stands for, and its bytes; NULL: itself. */
static const char *
find_short (const Tokenizer *tokenizer, const char *word, const char *at, size_t *n)
{
  for (size_t i = 0; i < G_N_ELEMENTS (latin); i++)
    if (g_str_has_prefix (at, latin[i][0])) {
      *n = strlen (latin[i][0]);
      return latin[i][1];
    }
  if (g_str_equal (word, "w") && at[1] == '/') {
    const gboolean is_out = at[2] == 'o' && !g_ascii_isalnum (at[3]);
    *n = is_out ? 3 : 2;
    return is_out ? "without" : at[2] == ' ' ? "with" : NULL;
  }
  if (at[*n] != '.')
    return NULL;
  const char *title = find_title (tokenizer, word, at + *n + 1);
  for (size_t i = 0; title == NULL && i < G_N_ELEMENTS (abbreviations); i++)
    if (g_str_equal (word, abbreviations[i][0]))
      title = abbreviations[i][1];
  /* "No." is an answer too, and p. a letter, but before a figure; so is "ca.". */
  if ((g_ascii_strcasecmp (word, "no") == 0 || word[0] == 'p' || g_str_equal (word, "ca"))
      && !(at[*n + 1] == ' ' && g_ascii_isdigit (at[*n + 2])))
    return NULL;
  *n += title != NULL ? 1 : 0;
  return title;
}

static size_t
add_word_or_abbreviation (Tokenizer *tokenizer)
{
  const char *at = tokenizer->at;
  const size_t n = measure_word (at);
  size_t n_short = n;
  g_autofree char *word = g_strndup (at, n);
  const char *words = find_short (tokenizer, word, at, &n_short);

  for (size_t i = 0; words == NULL && i < G_N_ELEMENTS (letters); i++)
    if (g_str_equal (word, letters[i][0]))
      words = letters[i][1];
  if (words != NULL) {
    add_words (tokenizer, words, n_short);
    return n_short;
  }
  if (add_roman (tokenizer, word, n))
    return n;
  if (strchr (word, '.') != NULL) {
    g_auto (GStrv) parts = g_strsplit (word, ".", -1);
    g_autofree char *joined = g_strjoinv ("", parts);
    g_autofree char *capitals = g_ascii_strup (joined, -1);
    add_token (tokenizer, TOKEN_WORD, capitals, strlen (capitals), n)->is_spelled = TRUE;
    return n;
  }
  /* A380, BA117: letters, not the article and no word. */
  add_token (tokenizer, TOKEN_WORD, word, n, n)->is_spelled =
      n <= 3 && strspn (word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == n && g_ascii_isdigit (at[n]);
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
  /* 2.0.1 */
  g_auto (GStrv) parts = g_strsplit (number, ".", -1);
  if (words == NULL && g_strv_length (parts) > 2) {
    for (guint i = 0; parts[i] != NULL; i++) {
      g_autofree char *part = audio_english_read_number (parts[i]);
      if (i > 0)
        add_words (tokenizer, "point", n);
      add_words (tokenizer, part != NULL ? part : "", n);
    }
    return n;
  }
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
name_sign (gunichar c, gboolean is_before_figure)
{
  static const struct {
    const char *sign, *name;
    gboolean needs_figure;
  } signs[] = {
    { "&", "and", FALSE },
    { "+", "plus", FALSE },
    { "@", "at", FALSE },
    { "%", "percent", FALSE },
    { "=", "equals", FALSE },
    { "×", "times", FALSE },
    { "÷", "divided by", FALSE },
    { ">", "is greater than", TRUE },
    { "<", "is less than", TRUE },
    { "±", "plus or minus", TRUE },
    { "#", "number", TRUE },
    { "°", "degrees", FALSE },
    { "¢", "cents", FALSE },
    { "§", "section", TRUE },
    { "№", "number", TRUE },
    { "~", "about", TRUE },
    { "©", "copyright", FALSE },
    { "≈", "approximately", TRUE },
    { "≥", "is greater than or equal to", TRUE },
    { "≤", "is less than or equal to", TRUE },
    { "≠", "is not equal to", TRUE },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (signs); i++)
    if (g_utf8_get_char (signs[i].sign) == c && (!signs[i].needs_figure || is_before_figure))
      return signs[i].name;
  return NULL;
}

/* C# and F# minor, #topic. */
static const char *
name_hash (const Tokenizer *tokenizer)
{
  const char *at = tokenizer->at;
  const gboolean begins = at == tokenizer->copy || g_ascii_isspace (at[-1]);
  const gboolean follows_note = at > tokenizer->copy && at[-1] >= 'A' && at[-1] <= 'G'
                                && (at - 1 == tokenizer->copy || !g_ascii_isalnum (at[-2]))
                                && !g_ascii_isalnum (at[1]);

  return follows_note ? "sharp" : begins && g_ascii_isalpha (at[1]) ? "hashtag" : NULL;
}

/* $5/month, 100/min */
static const char *
name_slash (const Tokenizer *tokenizer)
{
  static const char *const shares[] = { "second", "minute", "hour",   "day",  "night", "week",
                                        "month",  "year",   "person", "user", "gallon" };
  const char *at = tokenizer->at;
  const size_t n = strspn (at + 1, "abcdefghijklmnopqrstuvwxyz");

  if (at == tokenizer->copy || !g_ascii_isdigit (at[-1]))
    return NULL;
  for (size_t i = 0; i < G_N_ELEMENTS (shares); i++)
    if (n == strlen (shares[i]) && strncmp (at + 1, shares[i], n) == 0)
      return "per";
  return NULL;
}

static void
add_sign (Tokenizer *tokenizer)
{
  const char *at = tokenizer->at;
  const gunichar c = g_utf8_get_char (at);
  const char *mark = c == '-' && at[1] == '-' ? "—" : audio_reading_find_mark (c);
  const size_t n = (size_t) (g_utf8_next_char (at) - at);

  const char *name = name_sign (c, g_ascii_isdigit (at[n + (at[n] == ' ' ? 1 : 0)]));
  if (name == NULL && c == '#')
    name = name_hash (tokenizer);
  else if (c == '/')
    name = name_slash (tokenizer);

  if (name != NULL) {
    tokenizer->follows_space = TRUE;
    add_words (tokenizer, name, n);
    mark = "";
  } else if (*mark != '\0')
    add_token (tokenizer, TOKEN_PUNCTUATION, mark, strlen (mark), n);
  /* What stands between words parts them: "well-known", "and/or". */
  if (c != '\'' && c != '"')
    tokenizer->follows_space = g_unichar_isspace (c) || *mark == '\0' || c > 127;
}

/* Only where a word begins. */
static size_t
add_written_out (Tokenizer *tokenizer)
{
  const char *at = tokenizer->at;
  size_t n;

  if (at > tokenizer->copy && g_ascii_isalnum (at[-1]) && g_ascii_isalnum (*at))
    return 0;
  g_autofree char *words = english_write_out (tokenizer->copy, at, &n);
  if (words == NULL)
    return 0;
  add_words (tokenizer, words, n);
  return n;
}

/* The full stop of an abbreviation at the very end is that of the sentence, too. */
static void
end_sentence (Tokenizer *tokenizer, const char *rest)
{
  const EnglishToken *last = get_last (tokenizer);

  if (last == NULL || last->kind != TOKEN_WORD || tokenizer->at[-1] != '.'
      || rest[strspn (rest, " \n")] != '\0')
    return;
  tokenizer->follows_space = FALSE;
  tokenizer->at--;
  add_token (tokenizer, TOKEN_PUNCTUATION, ".", 1, 1);
}

GPtrArray *
english_tokenize (const char *text, size_t begin, size_t end)
{
  g_autofree char *copy = g_strndup (text + begin, end - begin);
  Tokenizer tokenizer = { g_ptr_array_new_with_free_func (free_token), copy, begin, copy, FALSE };

  while (*tokenizer.at != '\0') {
    size_t n = add_written_out (&tokenizer);
    if (n > 0) {
      tokenizer.at += n;
      continue;
    }
    if (g_unichar_isalpha (g_utf8_get_char (tokenizer.at))) {
      tokenizer.at += add_word_or_abbreviation (&tokenizer);
      tokenizer.follows_space =
          get_last (&tokenizer)->is_spelled && g_ascii_isdigit (*tokenizer.at);
      continue;
    }
    n = add_number (&tokenizer);
    if (n > 0) {
      tokenizer.at += n;
      tokenizer.follows_space = g_ascii_isalpha (*tokenizer.at);
      continue;
    }
    add_sign (&tokenizer);
    tokenizer.at = g_utf8_next_char (tokenizer.at);
  }
  end_sentence (&tokenizer, text + end);
  return tokenizer.tokens;
}
