/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "llm/text/pretokenizer.h"

#include <stdint.h>

typedef struct {
  gunichar first, last;
  LlmCharClass cls;
} Range;

/* Letters and numbers of Unicode 15.1 to 16 that GLib 2.74 (Unicode 15) does not know: with them
 * ids do not depend on the GLib at hand. Sorted. Source: UnicodeData.txt, general categories L*
 * and N*. */
static const Range newer[] = {
  { 0x1C89, 0x1C8A, LLM_CHAR_LETTER },   { 0xA7CB, 0xA7CD, LLM_CHAR_LETTER },
  { 0xA7DA, 0xA7DC, LLM_CHAR_LETTER },   { 0x105C0, 0x105F3, LLM_CHAR_LETTER },
  { 0x10D40, 0x10D49, LLM_CHAR_NUMBER }, { 0x10D4A, 0x10D65, LLM_CHAR_LETTER },
  { 0x10D6F, 0x10D85, LLM_CHAR_LETTER }, { 0x10EC2, 0x10EC4, LLM_CHAR_LETTER },
  { 0x11380, 0x11389, LLM_CHAR_LETTER }, { 0x1138B, 0x1138B, LLM_CHAR_LETTER },
  { 0x1138E, 0x1138E, LLM_CHAR_LETTER }, { 0x11390, 0x113B5, LLM_CHAR_LETTER },
  { 0x113B7, 0x113B7, LLM_CHAR_LETTER }, { 0x113D1, 0x113D1, LLM_CHAR_LETTER },
  { 0x113D3, 0x113D3, LLM_CHAR_LETTER }, { 0x116D0, 0x116E3, LLM_CHAR_NUMBER },
  { 0x11BC0, 0x11BE0, LLM_CHAR_LETTER }, { 0x11BF0, 0x11BF9, LLM_CHAR_NUMBER },
  { 0x13460, 0x143FA, LLM_CHAR_LETTER }, { 0x16100, 0x1611D, LLM_CHAR_LETTER },
  { 0x16130, 0x16139, LLM_CHAR_NUMBER }, { 0x16D40, 0x16D6C, LLM_CHAR_LETTER },
  { 0x16D70, 0x16D79, LLM_CHAR_NUMBER }, { 0x18CFF, 0x18CFF, LLM_CHAR_LETTER },
  { 0x1CCF0, 0x1CCF9, LLM_CHAR_NUMBER }, { 0x1E5D0, 0x1E5ED, LLM_CHAR_LETTER },
  { 0x1E5F0, 0x1E5F0, LLM_CHAR_LETTER }, { 0x1E5F1, 0x1E5FA, LLM_CHAR_NUMBER },
  { 0x2EBF0, 0x2EE5D, LLM_CHAR_LETTER },
};

static gboolean
is_space (gunichar c)
{
  if (c < 0x85)
    return c == ' ' || (c >= 0x09 && c <= 0x0D);
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028
         || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

static LlmCharClass
newer_class (gunichar c)
{
  size_t low = 0, high = G_N_ELEMENTS (newer);

  while (low < high) {
    size_t middle = (low + high) / 2;

    if (c > newer[middle].last)
      low = middle + 1;
    else
      high = middle;
  }
  if (low < G_N_ELEMENTS (newer) && c >= newer[low].first)
    return newer[low].cls;
  return LLM_CHAR_OTHER;
}

LlmCharClass
llm_char_class (gunichar c)
{
  if (c < 0x80) {
    if (g_ascii_isalpha ((char) c))
      return LLM_CHAR_LETTER;
    if (g_ascii_isdigit ((char) c))
      return LLM_CHAR_NUMBER;
    return is_space (c) ? LLM_CHAR_SPACE : LLM_CHAR_OTHER;
  }
  if (is_space (c))
    return LLM_CHAR_SPACE;
  switch (g_unichar_type (c)) {
  case G_UNICODE_LOWERCASE_LETTER:
  case G_UNICODE_MODIFIER_LETTER:
  case G_UNICODE_OTHER_LETTER:
  case G_UNICODE_TITLECASE_LETTER:
  case G_UNICODE_UPPERCASE_LETTER:
    return LLM_CHAR_LETTER;
  case G_UNICODE_DECIMAL_NUMBER:
  case G_UNICODE_LETTER_NUMBER:
  case G_UNICODE_OTHER_NUMBER:
    return LLM_CHAR_NUMBER;
  case G_UNICODE_UNASSIGNED:
    return newer_class (c);
  default:
    return LLM_CHAR_OTHER;
  }
}

gunichar
llm_utf8_next (const char *text, size_t length, size_t *n_bytes)
{
  const uint8_t *s = (const uint8_t *) text;
  size_t n = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
  gunichar c, least;

  *n_bytes = 1;
  if (s[0] < 0x80)
    return s[0];
  if (s[0] < 0xC2 || s[0] > 0xF4 || length < n)
    return 0xFFFD;
  c = s[0] & (0x7F >> n);
  for (size_t i = 1; i < n; i++) {
    if ((s[i] & 0xC0) != 0x80)
      return 0xFFFD;
    c = c << 6 | (s[i] & 0x3F);
  }
  least = n == 4 ? 0x10000 : n == 3 ? 0x800 : 0x80;
  if (c < least || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
    return 0xFFFD;
  *n_bytes = n;
  return c;
}

/* A text and how far it may be looked at. */
typedef struct {
  const char *text;
  size_t length;
} Span;

static LlmCharClass
class_at (Span span, size_t at, size_t *n_bytes)
{
  return llm_char_class (llm_utf8_next (span.text + at, span.length - at, n_bytes));
}

/* The end of a run of one class, of at most `limit` characters. */
static size_t
skip_class (Span span, size_t at, LlmCharClass cls, size_t limit)
{
  size_t n;

  while (at < span.length && limit-- > 0 && class_at (span, at, &n) == cls)
    at += n;
  return at;
}

/* Where 's 't 're 've 'm 'll 'd ends if it stands at `at`, else `at`. Case is folded as regular
 * expressions fold it, so U+017F is an s. */
static size_t
skip_contraction (Span span, size_t at, gboolean fold)
{
  const char *s = span.text + at;
  size_t left = span.length - at;
  char a, b;

  if (left < 2 || s[0] != '\'')
    return at;
  a = fold ? g_ascii_tolower (s[1]) : s[1];
  if (a == 's' || a == 't' || a == 'm' || a == 'd')
    return at + 2;
  if (left < 3)
    return at;
  b = fold ? g_ascii_tolower (s[2]) : s[2];
  if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l'))
    return at + 3;
  if (fold && (uint8_t) s[1] == 0xC5 && (uint8_t) s[2] == 0xBF)
    return at + 3;
  return at;
}

/* \s+(?!\S)|\s+ : a run of spaces but for the last before a word; newlines: \s*[\r\n]+ first. */
static size_t
skip_spaces (Span span, size_t at, gboolean newlines)
{
  size_t end = at, last = at, after_newline = at, n;

  while (end < span.length && class_at (span, end, &n) == LLM_CHAR_SPACE) {
    last = end;
    end += n;
    if (span.text[last] == '\r' || span.text[last] == '\n')
      after_newline = end;
  }
  if (newlines && after_newline > at)
    return after_newline;
  if (end == span.length || last == at)
    return end;
  return last;
}

/* 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+ */
static size_t
next_gpt2 (Span span, size_t start)
{
  size_t at = skip_contraction (span, start, FALSE), n;
  LlmCharClass cls;

  if (at > start)
    return at;
  if (span.text[at] == ' ' && at + 1 < span.length)
    at++;
  cls = class_at (span, at, &n);
  if (cls == LLM_CHAR_SPACE)
    return skip_spaces (span, start, FALSE);
  return skip_class (span, at, cls, SIZE_MAX);
}

/* (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,n}| ?[^\s\p{L}\p{N}]+[\r\n]*
 * |\s*[\r\n]+|\s+(?!\S)|\s+ */
static size_t
next_qwen2 (Span span, size_t start, size_t max_digits)
{
  size_t at = skip_contraction (span, start, TRUE), n, n_next;
  LlmCharClass cls;

  if (at > start)
    return at;
  cls = class_at (span, at, &n);
  if (cls == LLM_CHAR_LETTER)
    return skip_class (span, at, LLM_CHAR_LETTER, SIZE_MAX);
  if (cls == LLM_CHAR_NUMBER)
    return skip_class (span, at, LLM_CHAR_NUMBER, max_digits);
  if (span.text[at] != '\r' && span.text[at] != '\n' && at + n < span.length
      && class_at (span, at + n, &n_next) == LLM_CHAR_LETTER)
    return skip_class (span, at + n, LLM_CHAR_LETTER, SIZE_MAX);
  if (span.text[at] == ' ' && at + 1 < span.length
      && class_at (span, at + 1, &n_next) == LLM_CHAR_OTHER) {
    at++;
    cls = LLM_CHAR_OTHER;
  }
  if (cls == LLM_CHAR_SPACE)
    return skip_spaces (span, start, TRUE);
  at = skip_class (span, at, LLM_CHAR_OTHER, SIZE_MAX);
  while (at < span.length && (span.text[at] == '\r' || span.text[at] == '\n'))
    at++;
  return at;
}

/* Every digit is a pre-token, and what stands between digits is cut as a text of its own. */
static size_t
next_smollm (LlmPretokens *cut)
{
  Span span = { cut->text, cut->length };
  size_t n;

  if (cut->at >= cut->stop) {
    if (class_at (span, cut->at, &n) == LLM_CHAR_NUMBER)
      return cut->at + n;
    cut->stop = cut->at;
    while (cut->stop < cut->length && class_at (span, cut->stop, &n) != LLM_CHAR_NUMBER)
      cut->stop += n;
  }
  span.length = cut->stop;
  return next_gpt2 (span, cut->at);
}

gboolean
llm_pretokens_next (LlmPretokens *cut, size_t *start, size_t *end)
{
  Span span = { cut->text, cut->length };

  if (cut->at >= cut->length)
    return FALSE;
  *start = cut->at;
  switch (cut->pre) {
  case LLM_PRE_QWEN2:
    *end = next_qwen2 (span, cut->at, 1);
    break;
  case LLM_PRE_LLAMA3:
    *end = next_qwen2 (span, cut->at, 3);
    break;
  case LLM_PRE_SMOLLM:
    *end = next_smollm (cut);
    break;
  case LLM_PRE_GPT2:
  default:
    *end = next_gpt2 (span, cut->at);
    break;
  }
  cut->at = *end;
  return TRUE;
}

gboolean
llm_pretokenizer_from_name (const char *name, LlmPretokenizer *pre, GError **error)
{
  static const struct {
    const char *name;
    LlmPretokenizer pre;
  } names[] = {
    { "gpt-2", LLM_PRE_GPT2 },       { "gpt2", LLM_PRE_GPT2 },
    { "qwen2", LLM_PRE_QWEN2 },      { "deepseek-r1-qwen", LLM_PRE_QWEN2 },
    { "llama-bpe", LLM_PRE_LLAMA3 }, { "llama3", LLM_PRE_LLAMA3 },
    { "llama-v3", LLM_PRE_LLAMA3 },  { "smollm", LLM_PRE_SMOLLM },
    { "starcoder", LLM_PRE_SMOLLM },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (name, names[i].name)) {
      *pre = names[i].pre;
      return TRUE;
    }
  g_set_error (error, LLM_ERROR, LLM_ERROR_MODEL,
               "unknown pre-tokenizer '%s' (known: gpt-2, qwen2, llama-bpe, smollm)", name);
  return FALSE;
}
