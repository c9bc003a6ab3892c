/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/reading/english.h"

#include <string.h>

#include "audio/base/audio-error.h"
#include "audio/reading/english-private.h"
#include "audio/reading/espeak.h"

struct _AudioEnglish {
  AudioWordList list;
  GHashTable *own; /* the user's words, in small letters: char * -> char * */
};

/* What comes after the word that is looked up. */
typedef enum { NEXT_NOTHING, NEXT_CONSONANT, NEXT_VOWEL } Next;

AudioEnglish *
audio_english_load (const char *path, GError **error)
{
  g_autoptr (AudioEnglish) english = g_new0 (AudioEnglish, 1);

  if (!audio_word_list_open (&english->list, path, "pronunciations", "pronunciations.sounds",
                             error))
    return NULL;
  english->own = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return g_steal_pointer (&english);
}

void
audio_english_free (AudioEnglish *english)
{
  if (english == NULL)
    return;
  audio_word_list_close (&english->list);
  g_clear_pointer (&english->own, g_hash_table_unref);
  g_free (english);
}

void
english_add_word (AudioEnglish *english, const char *word, const char *sound)
{
  g_hash_table_replace (english->own, g_utf8_strdown (word, -1), g_strdup (sound));
}

/* (transfer full), NULL if the lexicon has no such entry. */
static char *
find (const AudioEnglish *english, const char *word)
{
  size_t index;

  if (!audio_word_list_find (&english->list, word, strlen (word), &index))
    return NULL;
  return g_strndup (english->list.values[index].data, english->list.values[index].length);
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

/* CDs, URLs */
static char *
read_plural_capitals (const AudioEnglish *english, const char *word)
{
  const size_t length = strlen (word);
  g_autofree char *capitals = length > 2 ? g_strndup (word, length - 1) : NULL;

  if (capitals == NULL || word[length - 1] != 's' || !is_capitals (capitals))
    return NULL;
  char *sound = find (english, capitals);
  return inflect (sound != NULL ? sound : spell (english, capitals), "s");
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

/* As the words around tell, or at the end of a phrase. */
static char *
find_chosen (const AudioEnglish *english, const GPtrArray *tokens, guint at, Next next)
{
  const EnglishToken *token = g_ptr_array_index (tokens, at);
  const char *own = english_find_own_sound (tokens, at);
  const char *parts[ENGLISH_MAX_PARTS];
  char *sound = g_strdup (own);

  english_find_parts (tokens, at, parts);
  for (guint i = 0; sound == NULL && parts[i] != NULL; i++)
    sound = find_in_any_case (english, token->text, parts[i]);
  if (sound == NULL && next == NEXT_NOTHING)
    sound = find_in_any_case (english, token->text, "None");
  return sound;
}

/* WHO, US and IT are initials, but in a text all in capitals. */
static gboolean
is_initials (const GPtrArray *tokens, guint at)
{
  const char *word = ((const EnglishToken *) g_ptr_array_index (tokens, at))->text;
  const char *before =
      at > 0 ? ((const EnglishToken *) g_ptr_array_index (tokens, at - 1))->text : "";
  const char *after =
      at + 1 < tokens->len ? ((const EnglishToken *) g_ptr_array_index (tokens, at + 1))->text : "";
  const gboolean is_set_off = !is_capitals (before) && !is_capitals (after);

  if (g_str_equal (word, "US"))
    return is_set_off && (g_ascii_isalpha (*before) || g_ascii_isalpha (*after));
  if (g_str_equal (word, "WHO") || g_str_equal (word, "IT"))
    return is_set_off
           && (g_ascii_strcasecmp (before, "the") == 0 || g_ascii_strcasecmp (before, "an") == 0
               || g_str_has_suffix (before, "'s"));
  return FALSE;
}

static char *
read_word (const AudioEnglish *english, const GPtrArray *tokens, guint at, Next next)
{
  const char *word = ((const EnglishToken *) g_ptr_array_index (tokens, at))->text;
  g_autofree char *small = g_utf8_strdown (word, -1);
  const char *own = g_hash_table_lookup (english->own, small);
  char *sound = own != NULL ? g_strdup (own) : find_special (word, next);

  if (sound == NULL && is_initials (tokens, at))
    sound = spell (english, word);
  if (sound == NULL)
    sound = find_chosen (english, tokens, at, next);
  if (sound == NULL && is_capitals (word)) {
    sound = find (english, word);
    if (sound == NULL && strlen (word) <= 4)
      sound = spell (english, word);
  }
  if (sound == NULL)
    sound = read_plural_capitals (english, word);
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

void
english_append (AudioEnglish *english, const char *text, size_t begin, size_t end,
                AudioReadingBuilder *builder)
{
  g_autoptr (GPtrArray) tokens = english_tokenize (text, begin, end);
  Next next = NEXT_NOTHING;

  for (guint i = tokens->len; i-- > 0;) {
    EnglishToken *token = g_ptr_array_index (tokens, i);
    if (token->kind == TOKEN_PUNCTUATION) {
      next = NEXT_NOTHING;
      continue;
    }
    g_autofree char *sound =
        token->is_spelled ? spell (english, token->text) : read_word (english, tokens, i, next);
    g_autoptr (GString) symbols = g_string_new (sound);
    g_string_replace (symbols, "ɾ", "T", 0);
    g_string_replace (symbols, "ʔ", "t", 0);
    token->sound = g_strdup (symbols->str);
    next = begins_with (token->sound, next);
  }
  for (guint i = 0; i < tokens->len; i++) {
    const EnglishToken *token = g_ptr_array_index (tokens, i);
    /* Where the text was cut for its language, nothing shows what stood before. */
    const gboolean is_apart = token->follows_space || i == 0;
    if (token->kind == TOKEN_WORD)
      audio_reading_add_word (builder, token->begin, token->end, token->sound, is_apart);
    else
      audio_reading_add_mark (builder, token->text, is_apart);
  }
}

char *
audio_english_read (AudioEnglish *english, const char *text)
{
  g_autofree char *plain = g_utf8_make_valid (text, -1);
  g_autoptr (GString) clean = g_string_new (plain);
  AudioReadingBuilder builder = { g_string_new (NULL), 0, NULL, NULL };

  builder.words = g_array_new (FALSE, FALSE, sizeof (AudioReadingWord));
  g_string_replace (clean, "’", "'", 0);
  g_string_replace (clean, "‘", "'", 0);
  english_append (english, clean->str, 0, clean->len, &builder);
  if (builder.words->len == 0)
    g_string_truncate (builder.phonemes, 0);
  g_array_unref (builder.words);
  return g_string_free (builder.phonemes, FALSE);
}
