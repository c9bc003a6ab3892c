/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/english.h"

#include <string.h>

#include "audio/audio-error.h"
#include "audio/espeak.h"
#include "nn/gguf.h"

struct _AudioEnglish {
  NnGguf *gguf;
  const NnGgufString *words; /* sorted by bytes */
  const NnGgufString *sounds;
  size_t n_words;
};

typedef enum { TOKEN_WORD, TOKEN_PUNCTUATION } TokenKind;

typedef struct {
  TokenKind kind;
  char *text;
  char *sound;
  gboolean follows_space;
  gboolean is_spelled; /* letter by letter: U.S. */
} Token;

/* What comes after the word that is looked up. */
typedef enum { NEXT_NOTHING, NEXT_CONSONANT, NEXT_VOWEL } Next;

static const char *const abbreviations[][2] = {
  { "Mr", "mister" },      { "Mrs", "missus" },
  { "Ms", "miz" },         { "Dr", "doctor" },
  { "St", "saint" },       { "vs", "versus" },
  { "etc", "et cetera" },  { "No", "number" },
  { "Prof", "professor" }, { "approx", "approximately" },
};

/* Words before which a word is a verb, or a noun. */
static const char *const before_verb[] = { "to",     "will", "would", "can",   "could", "shall",
                                           "should", "may",  "might", "must",  "i",     "you",
                                           "we",     "they", "don't", "can't", "won't", "let's" };
static const char *const before_noun[] = { "the", "a",   "an",    "my",    "your", "his",
                                           "her", "its", "our",   "their", "this", "that",
                                           "of",  "no",  "every", "some",  "new",  "in" };

static gboolean
is_one_of (const char *word, const char *const *words, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (g_ascii_strcasecmp (word, words[i]) == 0)
      return TRUE;
  return FALSE;
}

AudioEnglish *
audio_english_load (const char *path, GError **error)
{
  g_autoptr (AudioEnglish) english = g_new0 (AudioEnglish, 1);
  size_t n_sounds;

  english->gguf = nn_gguf_open (path, error);
  if (english->gguf == NULL)
    return NULL;
  const char *architecture = nn_gguf_get_string (english->gguf, "general.architecture", error);
  if (architecture == NULL)
    return NULL;
  if (!g_str_equal (architecture, "pronunciations")) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                 "%s: the architecture is %s, expected pronunciations", path, architecture);
    return NULL;
  }
  english->words =
      nn_gguf_get_strings (english->gguf, "pronunciations.words", &english->n_words, error);
  if (english->words == NULL)
    return NULL;
  english->sounds = nn_gguf_get_strings (english->gguf, "pronunciations.sounds", &n_sounds, error);
  if (english->sounds == NULL)
    return NULL;
  if (n_sounds != english->n_words) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL, "%s: %zu words, %zu sounds", path,
                 english->n_words, n_sounds);
    return NULL;
  }
  return g_steal_pointer (&english);
}

void
audio_english_free (AudioEnglish *english)
{
  if (english == NULL)
    return;
  g_clear_pointer (&english->gguf, nn_gguf_unref);
  g_free (english);
}

/* (transfer full), NULL if the lexicon has no such entry. */
static char *
find (const AudioEnglish *english, const char *word)
{
  size_t low = 0, high = english->n_words, length = strlen (word);

  while (low < high) {
    size_t middle = low + (high - low) / 2;
    const NnGgufString *entry = &english->words[middle];
    int order = memcmp (entry->data, word, MIN (entry->length, length));
    if (order == 0)
      order = entry->length < length ? -1 : entry->length > length;
    if (order == 0)
      return g_strndup (english->sounds[middle].data, english->sounds[middle].length);
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

static char *
find_part (const AudioEnglish *english, const char *word, const char *part)
{
  g_autofree char *key = part != NULL ? g_strconcat (word, "|", part, NULL) : g_strdup (word);

  return find (english, key);
}

/* As it stands, in small letters, or with a capital. */
static char *
find_in_any_case (const AudioEnglish *english, const char *word, const char *part)
{
  char *sound = find_part (english, word, part);

  if (sound == NULL) {
    g_autofree char *lower = g_ascii_strdown (word, -1);
    sound = find_part (english, lower, part);
    if (sound == NULL) {
      lower[0] = g_ascii_toupper (lower[0]);
      sound = find_part (english, lower, part);
    }
  }
  return sound;
}

static gboolean
ends_with_one_of (const char *sound, const char *const *symbols)
{
  for (; *symbols != NULL; symbols++)
    if (g_str_has_suffix (sound, *symbols))
      return TRUE;
  return FALSE;
}

/* The form with -s, -ed or -ing of a stem's sound. */
static char *
inflect (char *stem, const char *ending)
{
  static const char *const voiceless[] = { "p", "t", "k", "f", "θ", NULL };
  static const char *const sibilants[] = { "s", "z", "ʃ", "ʒ", "ʧ", "ʤ", NULL };
  static const char *const to_t[] = { "p", "k", "f", "θ", "ʃ", "s", "ʧ", NULL };
  static const char *const dentals[] = { "t", "d", NULL };
  const char *sound = ending;

  if (g_str_equal (ending, "s"))
    sound = ends_with_one_of (stem, voiceless)   ? "s"
            : ends_with_one_of (stem, sibilants) ? "ᵻz"
                                                 : "z";
  else if (g_str_equal (ending, "ed"))
    sound = ends_with_one_of (stem, to_t) ? "t" : ends_with_one_of (stem, dentals) ? "ᵻd" : "d";
  else
    sound = "ɪŋ";
  char *inflected = g_strconcat (stem, sound, NULL);
  g_free (stem);
  return inflected;
}

typedef struct {
  const char *spelled;  /* how the word ends */
  const char *restored; /* what the stem has there */
  const char *ending;
} Inflection;

static const Inflection inflections[] = {
  { "'s", "", "s" },    { "s'", "", "s" },     { "s", "", "s" },  { "es", "", "s" },
  { "ies", "y", "s" },  { "ed", "", "ed" },    { "d", "", "ed" }, { "ied", "y", "ed" },
  { "ing", "", "ing" }, { "ing", "e", "ing" },
};

static char *
find_inflected (const AudioEnglish *english, const char *word)
{
  const size_t length = strlen (word);

  for (size_t i = 0; i < G_N_ELEMENTS (inflections); i++) {
    const Inflection *form = &inflections[i];
    size_t n_ending = strlen (form->spelled);

    if (length < n_ending + 2 || !g_str_has_suffix (word, form->spelled))
      continue;
    g_autofree char *kept = g_strndup (word, length - n_ending);
    g_autofree char *stem = g_strconcat (kept, form->restored, NULL);
    char *sound = find_in_any_case (english, stem, NULL);
    /* stopped, running: the consonant is doubled */
    size_t n = strlen (kept);
    if (sound == NULL && *form->restored == '\0' && form->spelled[0] != 's' && n > 3
        && kept[n - 1] == kept[n - 2]) {
      kept[n - 1] = '\0';
      sound = find_in_any_case (english, kept, NULL);
    }
    if (sound != NULL)
      return inflect (sound, form->ending);
  }
  return NULL;
}

/* Letter by letter, the last one stressed. */
static char *
spell (const AudioEnglish *english, const char *word)
{
  GString *out = g_string_new (NULL);

  for (const char *at = word; *at != '\0'; at++) {
    char letter[2] = { g_ascii_toupper (*at), '\0' };
    g_autofree char *sound = g_ascii_isalpha (*at) ? find (english, letter) : NULL;
    if (sound != NULL)
      g_string_append (out, sound);
  }
  g_string_replace (out, "ˈ", "ˌ", 0);
  char *last = g_strrstr (out->str, "ˌ");
  if (last != NULL)
    memcpy (last, "ˈ", strlen ("ˈ"));
  return g_string_free (out, FALSE);
}

static gboolean
is_capitals (const char *word)
{
  size_t n = 0;

  for (; *word != '\0'; word++, n++)
    if (!g_ascii_isupper (*word))
      return FALSE;
  return n > 1;
}

static char *
find_special (const char *word, Next next)
{
  static const struct {
    const char *word, *before_pause, *before_consonant, *before_vowel;
  } specials[] = {
    { "the", "ðə", "ðə", "ði" }, { "a", "ˈA", "ɐ", "ɐ" },     { "an", "ɐn", "ɐn", "ɐn" },
    { "to", "tu", "tə", "tʊ" },  { "in", "ˈɪn", "ɪn", "ɪn" }, { "I", "ˌI", "ˌI", "ˌI" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (specials); i++)
    if (g_ascii_strcasecmp (word, specials[i].word) == 0)
      return g_strdup (next == NEXT_NOTHING     ? specials[i].before_pause
                       : next == NEXT_CONSONANT ? specials[i].before_consonant
                                                : specials[i].before_vowel);
  return NULL;
}

static char *
find_chosen (const AudioEnglish *english, const char *word, const char *before, Next next)
{
  char *sound = NULL;

  if (before != NULL && is_one_of (before, before_verb, G_N_ELEMENTS (before_verb)))
    sound = find_in_any_case (english, word, "VERB");
  else if (before != NULL && is_one_of (before, before_noun, G_N_ELEMENTS (before_noun)))
    sound = find_in_any_case (english, word, "NOUN");
  if (sound == NULL && next == NEXT_NOTHING)
    sound = find_in_any_case (english, word, "None");
  return sound;
}

static char *
read_word (const AudioEnglish *english, const char *word, const char *before, Next next)
{
  char *sound = find_special (word, next);

  if (sound == NULL)
    sound = find_chosen (english, word, before, next);
  if (sound == NULL && is_capitals (word)) {
    sound = find (english, word);
    if (sound == NULL && strlen (word) <= 4)
      sound = spell (english, word);
  }
  if (sound == NULL)
    sound = find_in_any_case (english, word, NULL);
  if (sound == NULL)
    sound = find_inflected (english, word);
  if (sound == NULL)
    sound = audio_espeak_read_word (word);
  if (sound == NULL)
    sound = spell (english, word);
  return sound;
}

static void
free_token (gpointer data)
{
  Token *token = data;

  g_free (token->text);
  g_free (token->sound);
  g_free (token);
}

static void
add_token (GPtrArray *tokens, TokenKind kind, const char *text, size_t n, gboolean follows_space)
{
  Token *token = g_new0 (Token, 1);

  token->kind = kind;
  token->text = g_strndup (text, n);
  token->follows_space = follows_space;
  g_ptr_array_add (tokens, token);
}

static void
add_words (GPtrArray *tokens, const char *words, gboolean follows_space)
{
  g_auto (GStrv) parts = g_strsplit (words, " ", -1);

  for (size_t i = 0; parts[i] != NULL; i++)
    add_token (tokens, TOKEN_WORD, parts[i], strlen (parts[i]), i > 0 || follows_space);
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

/* What the symbols of a line are for the voice: "" for what is not spoken. */
static const char *
read_punctuation (gunichar c)
{
  switch (c) {
  case ',':
  case ';':
  case ':':
  case '.':
  case '!':
  case '?':
  case '(':
  case ')': {
    static const char marks[] = ",\0;\0:\0.\0!\0?\0(\0)\0";
    for (size_t i = 0; i < sizeof marks - 1; i += 2)
      if ((gunichar) marks[i] == c)
        return marks + i;
    return "";
  }
  case 0x2014: /* dashes */
  case 0x2013:
    return "—";
  case 0x2026:
    return "…";
  case 0x201c:
    return "“";
  case 0x201d:
    return "”";
  default:
    return "";
  }
}

static void
add_word_or_abbreviation (GPtrArray *tokens, const char **at, gboolean follows_space)
{
  size_t n = measure_word (*at);
  g_autofree char *word = g_strndup (*at, n);

  *at += n;
  if (strchr (word, '.') != NULL) {
    g_auto (GStrv) letters = g_strsplit (word, ".", -1);
    g_autofree char *joined = g_strjoinv ("", letters);
    g_autofree char *capitals = g_ascii_strup (joined, -1);
    add_token (tokens, TOKEN_WORD, capitals, strlen (capitals), follows_space);
    ((Token *) g_ptr_array_index (tokens, tokens->len - 1))->is_spelled = TRUE;
    return;
  }
  for (size_t i = 0; **at == '.' && i < G_N_ELEMENTS (abbreviations); i++)
    if (g_str_equal (word, abbreviations[i][0])) {
      (*at)++;
      add_words (tokens, abbreviations[i][1], follows_space);
      return;
    }
  add_token (tokens, TOKEN_WORD, word, n, follows_space);
}

static gboolean
add_number (GPtrArray *tokens, const char **at, gboolean follows_space)
{
  size_t n_sign = g_str_has_prefix (*at, "$")   ? 1
                  : g_str_has_prefix (*at, "£") ? strlen ("£")
                  : g_str_has_prefix (*at, "€") ? strlen ("€")
                                                : 0;
  if (!g_ascii_isdigit ((*at)[n_sign]))
    return FALSE;
  size_t n = n_sign + measure_number (*at + n_sign);
  g_autofree char *number = g_strndup (*at, n);
  g_autofree char *words = audio_english_read_number (number);
  *at += n;
  if (words != NULL)
    add_words (tokens, words, follows_space);
  else
    for (const char *digit = number; *digit != '\0'; digit++)
      if (g_ascii_isdigit (*digit)) {
        g_autofree char *word = audio_english_read_number ((char[]){ *digit, '\0' });
        add_words (tokens, word, TRUE);
      }
  return TRUE;
}

static GPtrArray *
tokenize (const char *text)
{
  GPtrArray *tokens = g_ptr_array_new_with_free_func (free_token);
  gboolean follows_space = FALSE;

  for (const char *at = text; *at != '\0';) {
    gunichar c = g_utf8_get_char (at);

    if (g_unichar_isalpha (c)) {
      add_word_or_abbreviation (tokens, &at, follows_space);
      follows_space = FALSE;
      continue;
    }
    if (add_number (tokens, &at, follows_space)) {
      follows_space = g_ascii_isalpha (*at);
      continue;
    }
    const char *mark = read_punctuation (c);
    if (c == '-' && at[1] == '-')
      mark = "—";
    if (c == '&' || c == '+' || c == '@' || c == '%')
      add_words (tokens, c == '&' ? "and" : c == '+' ? "plus" : c == '@' ? "at" : "percent", TRUE);
    else if (*mark != '\0')
      add_token (tokens, TOKEN_PUNCTUATION, mark, strlen (mark), follows_space);
    /* What stands between words parts them: "well-known", "and/or". */
    if (c != '\'' && c != '"')
      follows_space = g_unichar_isspace (c) || *mark == '\0';
    at = g_utf8_next_char (at);
  }
  return tokens;
}

/* Whether a sound begins with a vowel or a consonant, past the signs of stress. */
static Next
begins_with (const char *sound, Next otherwise)
{
  static const char vowels[] = "AIOQWYaiuæɑɒɔəɛɜɪʊʌᵻɐ";

  for (; *sound != '\0'; sound = g_utf8_next_char (sound)) {
    gunichar c = g_utf8_get_char (sound);
    if (c == 0x2c8 || c == 0x2cc)
      continue;
    return g_utf8_strchr (vowels, -1, c) != NULL ? NEXT_VOWEL : NEXT_CONSONANT;
  }
  return otherwise;
}

char *
audio_english_read (AudioEnglish *english, const char *text)
{
  g_autofree char *plain = g_utf8_make_valid (text, -1);
  g_autoptr (GString) clean = g_string_new (plain);
  g_string_replace (clean, "’", "'", 0);
  g_string_replace (clean, "‘", "'", 0);
  g_autoptr (GPtrArray) tokens = tokenize (clean->str);
  GString *out = g_string_new (NULL);
  Next next = NEXT_NOTHING;
  gboolean has_words = FALSE;

  for (guint i = tokens->len; i-- > 0;) {
    Token *token = g_ptr_array_index (tokens, i);
    const Token *before = i > 0 ? g_ptr_array_index (tokens, i - 1) : NULL;
    const char *word = before != NULL && before->kind == TOKEN_WORD ? before->text : NULL;

    if (token->kind == TOKEN_PUNCTUATION)
      next = NEXT_NOTHING;
    else {
      has_words = TRUE;
      token->sound = token->is_spelled ? spell (english, token->text)
                                       : read_word (english, token->text, word, next);
      next = begins_with (token->sound, next);
    }
  }
  for (guint i = 0; has_words && i < tokens->len; i++) {
    const Token *token = g_ptr_array_index (tokens, i);
    gboolean is_word = token->kind == TOKEN_WORD;
    if (token->follows_space && out->len > 0
        && (is_word || strchr ("(", token->text[0]) != NULL || token->text[0] == '\xe2'))
      g_string_append_c (out, ' ');
    g_string_append (out, is_word ? token->sound : token->text);
  }
  g_string_replace (out, "ɾ", "T", 0);
  g_string_replace (out, "ʔ", "t", 0);
  return g_string_free (out, FALSE);
}
