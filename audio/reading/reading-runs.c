/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Which part of a text is read in which language, and what is marked up in it. */

#include <stdlib.h>
#include <string.h>

#include "audio/base/audio-error.h"
#include "audio/reading/chinese-private.h"

#define MAX_QUOTED 120 /* bytes of a sentence in a message */

typedef struct {
  const char *text;
  size_t end;
  gboolean is_chinese;
  GArray *runs;
} RunParser;

static gboolean
is_han (gunichar c)
{
  const GUnicodeScript script = g_unichar_get_script (c);

  return (script == G_UNICODE_SCRIPT_HAN && g_unichar_isalpha (c)) || c == 0x3007
         || script == G_UNICODE_SCRIPT_BOPOMOFO;
}

static gboolean
is_latin (gunichar c)
{
  const GUnicodeScript script = g_unichar_get_script (c);

  return g_unichar_isalpha (c)
         && (script == G_UNICODE_SCRIPT_LATIN || script == G_UNICODE_SCRIPT_GREEK);
}

static gunichar
get_char (const RunParser *parser, size_t at)
{
  return at < parser->end ? g_utf8_get_char (parser->text + at) : 0;
}

static size_t
get_next (const RunParser *parser, size_t at)
{
  return at + (size_t) (g_utf8_next_char (parser->text + at) - (parser->text + at));
}

static gunichar
get_before (const RunParser *parser, size_t at)
{
  return at > 0 ? g_utf8_get_char (g_utf8_prev_char (parser->text + at)) : 0;
}

char *
audio_reading_quote (const char *text, size_t at)
{
  g_autoptr (GArray) spans = audio_reading_split (text, MAX_QUOTED);

  for (guint i = 0; i < spans->len; i++) {
    const AudioReadingSpan *span = &g_array_index (spans, AudioReadingSpan, i);
    if (at < span->end || i + 1 == spans->len) {
      char *quoted = g_strndup (text + span->begin, span->end - span->begin);
      return g_strdelimit (quoted, "\n\r\t", ' ');
    }
  }
  return g_strdup ("");
}

static gboolean
fail_markup (const RunParser *parser, size_t at, const char *what, GError **error)
{
  g_autofree char *quoted = audio_reading_quote (parser->text, at);

  g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MARKUP, "%s: “%s”", what, quoted);
  return FALSE;
}

static const char *
name_script (gunichar c)
{
  switch (g_unichar_get_script (c)) {
  case G_UNICODE_SCRIPT_CYRILLIC:
    return "Cyrillic";
  case G_UNICODE_SCRIPT_ARABIC:
    return "Arabic";
  case G_UNICODE_SCRIPT_HEBREW:
    return "Hebrew";
  case G_UNICODE_SCRIPT_HANGUL:
    return "Korean";
  case G_UNICODE_SCRIPT_HIRAGANA:
  case G_UNICODE_SCRIPT_KATAKANA:
    return "Japanese";
  case G_UNICODE_SCRIPT_THAI:
    return "Thai";
  case G_UNICODE_SCRIPT_DEVANAGARI:
    return "Devanagari";
  default:
    return "this";
  }
}

/* Adds text[begin, end) to the run of its kind. */
static void
add (RunParser *parser, AudioRunKind kind, size_t begin, size_t end)
{
  AudioRun *last =
      parser->runs->len > 0 ? &g_array_index (parser->runs, AudioRun, parser->runs->len - 1) : NULL;
  AudioRun run = { .kind = kind, .begin = begin, .end = end };

  if (last != NULL && last->kind == kind)
    last->end = end;
  else
    g_array_append_val (parser->runs, run);
}

/* What stands between words goes with the part before it. */
static void
add_between (RunParser *parser, size_t begin, size_t end)
{
  AudioRunKind kind = parser->is_chinese ? AUDIO_RUN_CHINESE : AUDIO_RUN_ENGLISH;

  if (parser->runs->len > 0) {
    kind = g_array_index (parser->runs, AudioRun, parser->runs->len - 1).kind;
    if (kind == AUDIO_RUN_SPOKEN || kind == AUDIO_RUN_PAUSE)
      kind = AUDIO_RUN_ENGLISH;
  }
  add (parser, kind, begin, end);
}

/* "[pause 0.5s]", "[pause 300 ms]". */
static gboolean
parse_pause (RunParser *parser, size_t *at, GError **error)
{
  const char *inner = parser->text + *at + strlen ("[pause");
  char *rest;
  double seconds = g_ascii_strtod (inner, &rest);
  gboolean has_number = rest > inner;

  rest += strspn (rest, " ");
  if (g_str_has_prefix (rest, "ms")) {
    seconds /= 1000;
    rest += 2;
  } else if (*rest == 's')
    rest++;
  rest += strspn (rest, " ");
  if (!has_number || *rest != ']' || !(seconds >= 0 && seconds <= AUDIO_READING_MAX_PAUSE))
    return fail_markup (parser, *at, "not a pause of 0 to 60 seconds, as [pause 0.5s]", error);
  AudioRun run = { .kind = AUDIO_RUN_PAUSE,
                   .begin = *at,
                   .end = (size_t) (rest + 1 - parser->text),
                   .seconds = seconds };
  g_array_append_val (parser->runs, run);
  *at = run.end;
  return TRUE;
}

/* "[word](/ipa/)". FALSE and no error: there is none here. */
static gboolean
parse_spoken (RunParser *parser, size_t *at, GError **error)
{
  const char *open = parser->text + *at;
  const char *middle = strstr (open, "](/");
  const char *close = middle != NULL ? strstr (middle + 3, "/)") : NULL;

  if (close == NULL || memchr (open + 1, '[', (size_t) (middle - open - 1)) != NULL
      || memchr (open + 1, '\n', (size_t) (close - open - 1)) != NULL || middle == open + 1)
    return FALSE;
  g_autofree char *sound = g_strndup (middle + 3, (size_t) (close - middle) - 3);
  for (const char *c = sound; *c != '\0'; c = g_utf8_next_char (c))
    if (!audio_reading_is_symbol (g_utf8_get_char (c))) {
      g_autofree char *what =
          g_strdup_printf ("the voice has no symbol %.*s", (int) (g_utf8_next_char (c) - c), c);
      return fail_markup (parser, *at, what, error);
    }
  AudioRun run = { .kind = AUDIO_RUN_SPOKEN,
                   .begin = *at + 1,
                   .end = (size_t) (middle - parser->text),
                   .sound = g_steal_pointer (&sound) };
  g_array_append_val (parser->runs, run);
  *at = (size_t) (close - parser->text) + 2;
  return TRUE;
}

/* "[:ㄏㄠ3]" after as many characters as it has syllables. */
static gboolean
parse_given (RunParser *parser, size_t *at, GError **error)
{
  const char *inner = parser->text + *at + 2, *close = strchr (inner, ']');
  g_autofree char *sounds = close != NULL ? g_strndup (inner, (size_t) (close - inner)) : NULL;
  g_auto (GStrv) syllables = sounds != NULL ? audio_chinese_parse_sounds (sounds) : NULL;
  const char *before = parser->text + *at;

  if (syllables == NULL)
    return fail_markup (parser, *at, "not bopomofo or pinyin, as 好[:ㄏㄠ3]", error);
  for (guint i = 0; syllables[i] != NULL; i++) {
    before = before > parser->text ? g_utf8_prev_char (before) : NULL;
    if (before == NULL || !is_han (g_utf8_get_char (before)))
      return fail_markup (parser, *at, "more syllables than Chinese characters before them", error);
  }
  add (parser, AUDIO_RUN_CHINESE, *at, (size_t) (close + 1 - parser->text));
  *at = (size_t) (close + 1 - parser->text);
  return TRUE;
}

/* Letters and what holds them together: don't, well-known, GPT-4, me@example.org. */
static size_t
measure_latin (const RunParser *parser, size_t at)
{
  while (at < parser->end) {
    const gunichar c = get_char (parser, at), next = get_char (parser, get_next (parser, at));
    const gboolean joins = c < 128 && strchr ("'-._@/:&+?=#%~", (int) c) != NULL;
    if (!is_latin (c) && !g_unichar_ismark (c) && !(c < 128 && g_ascii_isdigit ((char) c))
        && !(joins && next < 128 && g_ascii_isalnum ((char) next)))
      break;
    at = get_next (parser, at);
  }
  return at;
}

static gboolean
is_number_sign (gunichar c)
{
  return c != 0 && g_utf8_strchr ("$£€¥￥-−+#±≥≤≈≠", -1, c) != NULL;
}

static gboolean
begins_number (const RunParser *parser, size_t at)
{
  if (strncmp (parser->text + at, "NT$", 3) == 0 || strncmp (parser->text + at, "HK$", 3) == 0
      || strncmp (parser->text + at, "US$", 3) == 0)
    return g_ascii_isdigit (parser->text[at + 3]);
  if (is_number_sign (get_char (parser, at)))
    at = get_next (parser, at);
  return at < parser->end && g_ascii_isdigit (parser->text[at]);
}

/* A number is read in the language of the characters that touch it, else in the text's. */
static void
parse_number (RunParser *parser, size_t *at)
{
  const size_t begin = *at;
  size_t end = begin, n_unit;

  while (!g_ascii_isdigit (parser->text[end]))
    end++;
  while (end < parser->end) {
    const gunichar next = get_char (parser, get_next (parser, end));
    const gboolean is_digit = g_ascii_isdigit (parser->text[end]);
    if (!is_digit
        && !(next < 128 && g_ascii_isdigit ((char) next) && !is_han (get_char (parser, end))
             && !is_latin (get_char (parser, end)) && !g_unichar_isspace (get_char (parser, end))))
      break;
    end = get_next (parser, end);
  }
  while (chinese_is_in (get_char (parser, end), "%‰％"))
    end = get_next (parser, end);
  const gboolean has_unit = chinese_find_unit (parser->text, end, parser->end, &n_unit) != NULL;
  const size_t after = has_unit ? end + n_unit : end;
  const gboolean is_chinese = parser->is_chinese || is_han (get_before (parser, begin))
                              || is_han (get_char (parser, after));
  if (is_chinese && has_unit)
    end = after;
  add (parser, is_chinese ? AUDIO_RUN_CHINESE : AUDIO_RUN_ENGLISH, begin,
       is_chinese ? end : MAX (end, measure_latin (parser, end)));
  *at = is_chinese ? end : MAX (end, measure_latin (parser, end));
}

static gboolean
parse_letter (RunParser *parser, size_t *at, GError **error)
{
  const gunichar c = get_char (parser, *at);

  if (is_han (c)) {
    add (parser, AUDIO_RUN_CHINESE, *at, get_next (parser, *at));
    *at = get_next (parser, *at);
    return TRUE;
  }
  if (is_latin (c)) {
    const size_t end = measure_latin (parser, *at);
    add (parser, AUDIO_RUN_ENGLISH, *at, end);
    *at = end;
    return TRUE;
  }
  g_autofree char *quoted = audio_reading_quote (parser->text, *at);
  g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_LANGUAGE,
               "%s script cannot be spoken, only English and Chinese: “%s”", name_script (c),
               quoted);
  return FALSE;
}

static gboolean
parse_part (RunParser *parser, size_t *at, GError **error)
{
  const char *here = parser->text + *at;
  GError *problem = NULL;

  if (g_str_has_prefix (here, "[pause ") || g_str_has_prefix (here, "[pause]"))
    return parse_pause (parser, at, error);
  if (g_str_has_prefix (here, "[:"))
    return parse_given (parser, at, error);
  if (*here == '[') {
    if (parse_spoken (parser, at, &problem))
      return TRUE;
    if (problem != NULL) {
      g_propagate_error (error, problem);
      return FALSE;
    }
  }
  if (begins_number (parser, *at))
    parse_number (parser, at);
  else if (g_unichar_isalpha (get_char (parser, *at)) || is_han (get_char (parser, *at)))
    return parse_letter (parser, at, error);
  else {
    add_between (parser, *at, get_next (parser, *at));
    *at = get_next (parser, *at);
  }
  return TRUE;
}

static void
clear_run (gpointer data)
{
  g_free (((AudioRun *) data)->sound);
}

GArray *
audio_reading_find_runs (const char *text, gboolean is_chinese, GError **error)
{
  RunParser parser = { text, strlen (text), is_chinese, NULL };

  parser.runs = g_array_new (FALSE, FALSE, sizeof (AudioRun));
  g_array_set_clear_func (parser.runs, clear_run);
  for (size_t at = 0; at < parser.end;)
    if (!parse_part (&parser, &at, error)) {
      g_array_unref (parser.runs);
      return NULL;
    }
  return parser.runs;
}
