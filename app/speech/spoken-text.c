/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/speech/spoken-text.h"

#include <string.h>

#include "audio/reading/reading.h"

#define MAX_SENTENCE_BYTES 300
/* Code within a line that is at most so long and looks like a name is spoken. */
#define MAX_NAME_BYTES 40
/* An opening bracket without its other half does not hold up a sentence for longer. */
#define MAX_OPEN_BYTES 300

struct _AppSpokenText {
  GString *line; /* as it was written */
  gsize n_said;  /* bytes of the line, made plain, that came out */
  gboolean is_code, has_said_code;
  const char *language; /* of what came out last */
};

AppSpokenText *
app_spoken_text_new (void)
{
  AppSpokenText *text = g_new0 (AppSpokenText, 1);

  text->line = g_string_new (NULL);
  return text;
}

void
app_spoken_text_free (AppSpokenText *text)
{
  if (text == NULL)
    return;
  g_string_free (text->line, TRUE);
  g_free (text);
}

static gboolean
is_word (char c)
{
  return g_ascii_isalnum (c) || (c & 0x80) != 0;
}

static gboolean
is_name (const char *code, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (!is_word (code[i]) && strchr (" _-.", code[i]) == NULL)
      return FALSE;
  return n > 0 && n <= MAX_NAME_BYTES;
}

static void plain_inline (GString *out, const char *begin, const char *end);

/* Each of these looks at a sign and says where what it begins ends; NULL: it begins nothing. */

static const char *
take_code (GString *out, const char *at, const char *end)
{
  gsize n_ticks = strspn (at, "`");
  const char *from = at + n_ticks;

  for (const char *to = from; to < end; to++) {
    gsize n = strspn (to, "`");
    if (n == n_ticks) {
      if (is_name (from, (gsize) (to - from)))
        for (const char *c = from; c < to; c++)
          g_string_append_c (out, *c == '_' ? ' ' : *c);
      return to + n;
    }
    to += n;
  }
  return from;
}

static const char *
find_close (const char *at, const char *end, char open, char close)
{
  int depth = 0;

  for (; at < end; at++) {
    depth += *at == open;
    if (*at == close && --depth == 0)
      return at;
  }
  return NULL;
}

/* "[words](address)", "[words][name]", "[words]"; "[1]" and "[^note]" are not spoken. */
static const char *
take_bracket (GString *out, const char *at, const char *end)
{
  const char *close = find_close (at, end, '[', ']'), *after;

  if (close == NULL)
    return at + 1;
  after = close + 1;
  if (after < end && (*after == '(' || *after == '[')) {
    const char *target = find_close (after, end, *after, *after == '(' ? ')' : ']');
    after = target != NULL ? target + 1 : after;
  } else if (at[1] == '^' || strspn (at + 1, "0123456789, ") == (gsize) (close - at - 1))
    return after;
  plain_inline (out, at + 1, close);
  return after;
}

/* Of an address, its host. */
static const char *
take_address (GString *out, const char *at, const char *end)
{
  static const char *const begins[] = { "https://www.", "http://www.", "https://", "http://",
                                        "www." };

  for (gsize i = 0; i < G_N_ELEMENTS (begins); i++) {
    gsize n = strlen (begins[i]);
    if ((gsize) (end - at) <= n || g_ascii_strncasecmp (at, begins[i], n) != 0)
      continue;
    const char *to = at + n;
    while (to < end && (is_word (*to) || *to == '.' || *to == '-') && (*to & 0x80) == 0)
      to++;
    while (to > at + n && to[-1] == '.')
      to--;
    g_string_append_len (out, at + n, to - at - (gssize) n);
    if (to < end && strchr ("/:?#", *to) != NULL)
      while (to < end && !g_ascii_isspace (*to) && (*to & 0x80) == 0
             && strchr (")>,;", *to) == NULL)
        to++;
    while (to > at && strchr (".!?", to[-1]) != NULL)
      to--;
    return to;
  }
  return NULL;
}

static const char *
take_tag (GString *out, const char *at, const char *end)
{
  const char *close = memchr (at, '>', (gsize) (end - at));

  if (close == NULL || !(g_ascii_isalpha (at[1]) || at[1] == '/' || at[1] == '!'))
    return NULL;
  take_address (out, at + 1, close);
  return close + 1;
}

static const char *
take_entity (GString *out, const char *at, const char *end)
{
  static const char *const entities[][2] = {
    { "&amp;", "&" }, { "&lt;", "<" }, { "&gt;", ">" }, { "&nbsp;", " " }, { "&quot;", "\"" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (entities); i++) {
    gsize n = strlen (entities[i][0]);
    if ((gsize) (end - at) >= n && strncmp (at, entities[i][0], n) == 0) {
      g_string_append (out, entities[i][1]);
      return at + n;
    }
  }
  return NULL;
}

/* Signs of emphasis: gone, but for those that stand alone or between numbers or within a name. */
static const char *
take_emphasis (GString *out, const char *at, const char *begin, const char *end)
{
  const char *after = at;
  char sign = *at, before = at > begin ? at[-1] : ' ', next;

  while (after < end && *after == sign)
    after++;
  next = after < end ? *after : ' ';
  if (sign == '*' && after == at + 1 && g_ascii_isdigit (before) && g_ascii_isdigit (next))
    g_string_append (out, " times ");
  else if (sign == '_' && is_word (before) && is_word (next))
    g_string_append_c (out, ' ');
  else if (sign == '~' && after == at + 1)
    g_string_append_c (out, '~');
  return after;
}

static const char *
take_sign (GString *out, const char *at, const char *begin, const char *end)
{
  const char *after = NULL;

  if (*at == '\\' && at + 1 < end && g_ascii_ispunct (at[1])) {
    if (strchr ("[]`", at[1]) == NULL)
      g_string_append_c (out, at[1]);
    return at + 2;
  }
  switch (*at) {
  case '`':
    return take_code (out, at, end);
  case '!':
    return at + 1 < end && at[1] == '[' ? at + 1 : NULL;
  case '[':
    return take_bracket (out, at, end);
  case ']':
    return at + 1;
  case '<':
    return take_tag (out, at, end);
  case '&':
    return take_entity (out, at, end);
  case '|':
    g_string_append_c (out, ',');
    return at + 1;
  case '*':
  case '_':
  case '~':
    return take_emphasis (out, at, begin, end);
  default:
    if (at == begin || !is_word (at[-1]))
      after = take_address (out, at, end);
    return after;
  }
}

static void
plain_inline (GString *out, const char *begin, const char *end)
{
  for (const char *at = begin; at < end;) {
    const char *after = take_sign (out, at, begin, end);

    if (after == NULL)
      g_string_append_c (out, *at++);
    else
      at = after;
  }
}

/* Whether the line has only these characters, and one of them at least thrice. */
static gboolean
is_rule (const char *line)
{
  for (const char *sign = "-*_="; *sign != '\0'; sign++) {
    gsize n = 0;
    const char *at = line;
    for (; *at == *sign || *at == ' '; at++)
      n += *at == *sign;
    if (*at == '\0' && n >= 3)
      return TRUE;
  }
  return FALSE;
}

/* (transfer full): a line, or as much as there is of it, without Markdown. */
static char *
make_plain (const char *line)
{
  GString *out = g_string_new (NULL);
  const char *at = line;
  gsize n;

  while (*at == ' ' || *at == '\t' || *at == '>')
    at++;
  if (is_rule (at) || (*at == '|' && at[strspn (at, "|-: \t")] == '\0'))
    return g_string_free (out, FALSE);
  n = strspn (at, "#");
  if (n > 0 && n <= 6 && at[n] == ' ')
    at += n + 1;
  else if ((*at == '-' || *at == '*' || *at == '+') && at[1] == ' ')
    at += 2;
  n = strspn (at, "0123456789");
  if (n > 0 && n <= 3 && (at[n] == '.' || at[n] == ')') && at[n + 1] == ' ') {
    g_string_append_len (out, at, (gssize) n);
    g_string_append_c (out, ':');
    at += n + 1;
  }
  if (*at == '|')
    at++;
  plain_inline (out, at, at + strlen (at));
  return g_string_free (out, FALSE);
}

static gboolean
has_words (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_isalnum (g_utf8_get_char (p)))
      return TRUE;
  return FALSE;
}

static gboolean
is_punctuation (gunichar c)
{
  return g_unichar_ispunct (c) && strchr (")\"'%", (int) (c < 128 ? c : 'x')) == NULL;
}

/* A heading or an item of a list ends like a sentence. */
static void
say (AppSpokenText *text, const char *words, gsize n, GPtrArray *sentences)
{
  g_autofree char *plain = g_strstrip (g_strndup (words, n));
  const char *language = audio_reading_guess_language (plain);
  gsize length = strlen (plain);

  while (length > 0 && strchr (",:; \t#", plain[length - 1]) != NULL)
    plain[--length] = '\0';
  if (!has_words (plain))
    return;
  text->language = language != NULL ? language : text->language;
  gunichar last = g_utf8_get_char (g_utf8_prev_char (plain + length));
  const char *end = is_punctuation (last) ? "" : g_strcmp0 (text->language, "zh") == 0 ? "。" : ".";
  g_ptr_array_add (sentences, g_strconcat (plain, end, NULL));
}

static gboolean
is_fence (const char *line)
{
  const char *at = line + strspn (line, " \t>");

  return g_str_has_prefix (at, "```") || g_str_has_prefix (at, "~~~");
}

static void
cross_fence (AppSpokenText *text, GPtrArray *sentences)
{
  text->is_code = !text->is_code;
  if (!text->is_code || text->has_said_code)
    return;
  g_ptr_array_add (sentences,
                   g_strdup (g_strcmp0 (text->language, "zh") == 0 ? "程式碼在螢幕上。"
                                                                   : "The code is on the screen."));
  text->has_said_code = TRUE;
}

static void
end_line (AppSpokenText *text, GPtrArray *sentences)
{
  if (is_fence (text->line->str))
    cross_fence (text, sentences);
  else if (!text->is_code) {
    g_autofree char *plain = make_plain (text->line->str);
    gsize n = strlen (plain), n_said = MIN (text->n_said, n);
    g_autoptr (GArray) spans = audio_reading_split (plain + n_said, MAX_SENTENCE_BYTES);

    for (guint i = 0; i < spans->len; i++) {
      const AudioReadingSpan *span = &g_array_index (spans, AudioReadingSpan, i);
      say (text, plain + n_said + span->begin, span->end - span->begin, sentences);
    }
  }
  g_string_truncate (text->line, 0);
  text->n_said = 0;
}

/* (transfer full): the words of the line that what follows cannot change any more. */
static char *
take_settled (const GString *line)
{
  gsize end = line->len, open = 0;
  gboolean is_open = FALSE;

  for (gsize i = 0; i < line->len; i++) {
    char c = line->str[i];
    if (!is_open && (c == '[' || c == '`' || c == '<')) {
      open = i;
      is_open = TRUE;
    } else if (is_open
               && ((line->str[open] == '`' && c == '`') || (c == ')' && line->str[open] == '[')
                   || (c == '>' && line->str[open] == '<')))
      is_open = FALSE;
  }
  if (is_open && line->len - open < MAX_OPEN_BYTES)
    end = open;
  while (end > 0 && !g_ascii_isspace (line->str[end - 1]) && (line->str[end - 1] & 0x80) == 0)
    end--;
  return g_strndup (line->str, end);
}

/* All sentences of the line but the last, which may go on. */
static void
say_whole_sentences (AppSpokenText *text, GPtrArray *sentences)
{
  if (text->is_code || strchr ("`~|", text->line->str[strspn (text->line->str, " \t>")]) != NULL)
    return;
  g_autofree char *settled = take_settled (text->line);
  g_autofree char *plain = make_plain (settled);
  gsize from = MIN (text->n_said, strlen (plain));
  g_autoptr (GArray) spans = audio_reading_split (plain + from, MAX_SENTENCE_BYTES);

  for (guint i = 0; i + 1 < spans->len; i++) {
    const AudioReadingSpan *span = &g_array_index (spans, AudioReadingSpan, i);
    say (text, plain + from + span->begin, span->end - span->begin, sentences);
    text->n_said = from + span->end;
  }
}

void
app_spoken_text_add (AppSpokenText *text, const char *piece, GPtrArray *sentences)
{
  for (const char *at = piece; *at != '\0';) {
    gsize n = strcspn (at, "\n");

    g_string_append_len (text->line, at, (gssize) n);
    at += n;
    if (*at == '\n') {
      end_line (text, sentences);
      at++;
    }
  }
  say_whole_sentences (text, sentences);
}

void
app_spoken_text_finish (AppSpokenText *text, GPtrArray *sentences)
{
  end_line (text, sentences);
  text->is_code = text->has_said_code = FALSE;
  text->language = NULL;
}
