/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Pinyin and bopomofo, and the symbols of their sounds. */

#include <string.h>

#include "audio/reading/chinese-private.h"

typedef struct {
  const char *spelled;
  const char *symbols;
} Initial;

/* Aspiration is written; the retroflex ones have a symbol of their own. */
static const Initial initials[] = {
  { "zh", "ꭧ" }, { "ch", "ꭧʰ" }, { "sh", "ʂ" }, { "b", "p" },  { "p", "pʰ" }, { "m", "m" },
  { "f", "f" },    { "d", "t" },      { "t", "tʰ" }, { "n", "n" },  { "l", "l" },  { "g", "k" },
  { "k", "kʰ" },   { "h", "x" },      { "j", "ʨ" },  { "q", "ʨʰ" }, { "x", "ɕ" },  { "r", "ɻ" },
  { "z", "ʦ" },    { "c", "ʦʰ" },     { "s", "s" },
};

typedef struct {
  const char *spelled; /* after an initial */
  const char *alone;   /* as a syllable of its own; NULL: there is none */
  const char *before;  /* symbols before the tone */
  const char *after;   /* and after it */
} Final;

static const Final finals[] = {
  { "a", "a", "a", "" },         { "ai", "ai", "ai", "" },      { "an", "an", "a", "n" },
  { "ang", "ang", "a", "ŋ" },    { "ao", "ao", "au", "" },      { "e", "e", "ɤ", "" },
  { "ei", "ei", "ei", "" },      { "en", "en", "ə", "n" },      { "eng", "eng", "ə", "ŋ" },
  { "i", "yi", "i", "" },        { "ia", "ya", "ja", "" },      { "ian", "yan", "jɛ", "n" },
  { "iang", "yang", "ja", "ŋ" }, { "iao", "yao", "jau", "" },   { "ie", "ye", "je", "" },
  { "in", "yin", "i", "n" },     { "ing", "ying", "i", "ŋ" },   { "iong", "yong", "jʊ", "ŋ" },
  { "iu", "you", "jou", "" },    { "ong", NULL, "ʊ", "ŋ" },     { "ou", "ou", "ou", "" },
  { "u", "wu", "u", "" },        { "ua", "wa", "wa", "" },      { "uai", "wai", "wai", "" },
  { "uan", "wan", "wa", "n" },   { "uang", "wang", "wa", "ŋ" }, { "ui", "wei", "wei", "" },
  { "un", "wen", "wə", "n" },    { "ueng", "weng", "wə", "ŋ" }, { "uo", "wo", "wo", "" },
  { "o", NULL, "wo", "" },       { "v", "yu", "y", "" },        { "ve", "yue", "ɥe", "" },
  { "van", "yuan", "ɥɛ", "n" },  { "vn", "yun", "y", "n" },     { NULL, "er", "ɚ", "" },
  { NULL, "o", "ɔ", "" },        { NULL, "yo", "jɔ", "" },      { "iai", "yai", "jai", "" },
};

static const char *const tones[] = { "→", "↗", "↓", "↘", "" };

/* The final of a syllable's rest after `initial` (NULL: none). */
static const Final *
find_final (const char *initial, const char *rest, size_t length)
{
  /* j, q and x have ü only, and write it u. */
  gboolean is_front = initial != NULL && strchr ("jqx", initial[0]) != NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (finals); i++) {
    const char *spelled = initial != NULL ? finals[i].spelled : finals[i].alone;
    if (spelled == NULL || strlen (spelled) != length)
      continue;
    if (strncmp (spelled, rest, length) == 0 && !(is_front && spelled[0] == 'u'))
      return &finals[i];
    if (is_front && rest[0] == 'u' && spelled[0] == 'v'
        && strncmp (spelled + 1, rest + 1, length - 1) == 0)
      return &finals[i];
  }
  return NULL;
}

/* length: without the tone's number. */
static const Final *
parse (const char *syllable, size_t length, const Initial **initial)
{
  *initial = NULL;
  for (size_t i = 0; i < G_N_ELEMENTS (initials); i++) {
    size_t n = strlen (initials[i].spelled);
    if (length > n && strncmp (syllable, initials[i].spelled, n) == 0) {
      *initial = &initials[i];
      return find_final (initials[i].spelled, syllable + n, length - n);
    }
  }
  return find_final (NULL, syllable, length);
}

char *
audio_chinese_read_syllable (const char *syllable)
{
  const size_t length = strlen (syllable);
  const Initial *initial;

  if (length < 2 || syllable[length - 1] < '1' || syllable[length - 1] > '5')
    return NULL;
  const char *tone = tones[syllable[length - 1] - '1'];
  const Final *final = parse (syllable, length - 1, &initial);
  /* huar1: the r takes the place of what closes the syllable. "er" itself is a final. */
  gboolean has_r = final == NULL && length > 2 && syllable[length - 2] == 'r';
  if (has_r)
    final = parse (syllable, length - 2, &initial);
  if (final == NULL)
    return NULL;
  /* The vowel of zi and zhi. */
  gboolean is_apical = initial != NULL && g_strcmp0 (final->spelled, "i") == 0
                       && strchr ("zcsr", initial->spelled[0]) != NULL;
  return g_strconcat (initial != NULL ? initial->symbols : "", is_apical ? "ɨ" : final->before,
                      tone, has_r ? "ɚ" : final->after, NULL);
}

static const struct {
  const char *sign, *spelled;
} bopomofo[] = {
  { "ㄅ", "b" },   { "ㄆ", "p" },  { "ㄇ", "m" },  { "ㄈ", "f" },  { "ㄉ", "d" },  { "ㄊ", "t" },
  { "ㄋ", "n" },   { "ㄌ", "l" },  { "ㄍ", "g" },  { "ㄎ", "k" },  { "ㄏ", "h" },  { "ㄐ", "j" },
  { "ㄑ", "q" },   { "ㄒ", "x" },  { "ㄓ", "zh" }, { "ㄔ", "ch" }, { "ㄕ", "sh" }, { "ㄖ", "r" },
  { "ㄗ", "z" },   { "ㄘ", "c" },  { "ㄙ", "s" },  { "ㄧ", "i" },  { "一", "i" },  { "ㄨ", "u" },
  { "ㄩ", "v" },   { "ㄚ", "a" },  { "ㄛ", "o" },  { "ㄜ", "e" },  { "ㄝ", "e" },  { "ㄞ", "ai" },
  { "ㄟ", "ei" },  { "ㄠ", "ao" }, { "ㄡ", "ou" }, { "ㄢ", "an" }, { "ㄣ", "en" }, { "ㄤ", "ang" },
  { "ㄥ", "eng" }, { "ㄦ", "er" },
};

/* Bopomofo puts finals together from parts that pinyin contracts. */
static const struct {
  const char *parts, *spelled;
} contracted[] = {
  { "iou", "iu" },   { "uei", "ui" },    { "uen", "un" }, { "ien", "in" },
  { "ieng", "ing" }, { "veng", "iong" }, { "ven", "vn" },
};

/* Letters as the signs give them to a syllable of pinyin. */
static char *
spell_bopomofo (const char *letters)
{
  size_t n_initial = strspn (letters, "bpmfdtnlgkhjqxrzcs");
  const char *rest = letters + n_initial;
  g_autofree char *initial = g_strndup (letters, n_initial);

  for (size_t i = 0; i < G_N_ELEMENTS (contracted); i++)
    if (g_str_equal (rest, contracted[i].parts)) {
      rest = contracted[i].spelled;
      break;
    }
  if (n_initial > 0) {
    if (*rest == '\0' && strchr ("zcsr", initial[0]) != NULL)
      rest = "i"; /* ㄓ is zhi */
    if (g_str_equal (rest, "ueng"))
      rest = "ong";
    if (*rest == 'v' && strchr ("jqx", initial[0]) != NULL)
      return g_strconcat (initial, "u", rest + 1, NULL);
    return g_strconcat (initial, rest, NULL);
  }
  for (size_t i = 0; i < G_N_ELEMENTS (finals); i++)
    if (finals[i].alone != NULL && g_strcmp0 (finals[i].spelled, rest) == 0)
      return g_strdup (finals[i].alone);
  return g_strdup (rest);
}

/* A tone as a number, a sign of bopomofo or a mark over a vowel; 0: none. */
static int
find_tone (gunichar c)
{
  static const gunichar signs[][5] = {
    { '1', '2', '3', '4', '5' },
    { 0x2c9, 0x2ca, 0x2c7, 0x2cb, 0x2d9 },
    { 0x304, 0x301, 0x30c, 0x300, 0 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (signs); i++)
    for (int tone = 1; tone <= 5; tone++)
      if (c != 0 && signs[i][tone - 1] == c)
        return tone;
  return c == '0' ? 5 : 0;
}

typedef struct {
  GPtrArray *syllables;
  GString *letters;
  int tone;
  gboolean is_bopomofo;
} SoundParser;

static gboolean
end_syllable (SoundParser *parser)
{
  g_autofree char *spelled = NULL, *sound = NULL;

  if (parser->letters->len == 0)
    return parser->tone == 0;
  spelled =
      parser->is_bopomofo ? spell_bopomofo (parser->letters->str) : g_strdup (parser->letters->str);
  /* Without a sign, bopomofo has the first tone, pinyin none. */
  int tone = parser->tone > 0 ? parser->tone : parser->is_bopomofo ? 1 : 5;
  char *syllable = g_strdup_printf ("%s%d", spelled, tone);
  g_ptr_array_add (parser->syllables, syllable);
  g_string_truncate (parser->letters, 0);
  parser->tone = 0;
  sound = audio_chinese_read_syllable (syllable);
  return sound != NULL && strlen (syllable) < CHINESE_MAX_READING;
}

static const char *
find_bopomofo (const char *at)
{
  for (size_t i = 0; i < G_N_ELEMENTS (bopomofo); i++)
    if (g_str_has_prefix (at, bopomofo[i].sign))
      return bopomofo[i].spelled;
  return NULL;
}

static gboolean
parse_sign (SoundParser *parser, const char *at)
{
  const gunichar c = g_utf8_get_char (at);
  const int tone = find_tone (c);
  const char *sign = find_bopomofo (at);
  /* A mark over a vowel stands inside of pinyin's syllable, another sign behind it. */
  const gboolean is_over = c >= 0x300 && c < 0x370;

  if (tone > 0 && !is_over) {
    if (parser->letters->len == 0) { /* the sign of the neutral tone may stand before */
      parser->tone = tone;
      return tone == 5;
    }
    parser->tone = tone;
    return end_syllable (parser);
  }
  if (sign != NULL) {
    gboolean begins = strchr ("bpmfdtnlgkhjqxrzcs", sign[0]) != NULL;
    if (parser->letters->len > 0 && (begins || !parser->is_bopomofo) && !end_syllable (parser))
      return FALSE;
    parser->is_bopomofo = TRUE;
    g_string_append (parser->letters, sign);
    return TRUE;
  }
  if (tone > 0)
    parser->tone = tone;
  else if (c == 0x308 && g_str_has_suffix (parser->letters->str, "u"))
    parser->letters->str[parser->letters->len - 1] = 'v';
  else if (c < 128 && g_ascii_isalpha ((char) c)) {
    parser->is_bopomofo = FALSE;
    g_string_append_c (parser->letters, g_ascii_tolower ((char) c));
  } else if (g_unichar_isspace (c) || c == '\'')
    return end_syllable (parser);
  else
    return FALSE;
  return TRUE;
}

char **
audio_chinese_parse_sounds (const char *text)
{
  g_autoptr (GString) letters = g_string_new (NULL);
  g_autofree char *apart = g_utf8_normalize (text, -1, G_NORMALIZE_NFD);
  SoundParser parser = { g_ptr_array_new_with_free_func (g_free), letters, 0, FALSE };
  gboolean is_read = apart != NULL;

  for (const char *at = apart; is_read && *at != '\0'; at = g_utf8_next_char (at))
    is_read = parse_sign (&parser, at);
  is_read = is_read && end_syllable (&parser) && parser.syllables->len > 0;
  if (!is_read) {
    g_ptr_array_unref (parser.syllables);
    return NULL;
  }
  g_ptr_array_add (parser.syllables, NULL);
  return (char **) g_ptr_array_free (parser.syllables, FALSE);
}
