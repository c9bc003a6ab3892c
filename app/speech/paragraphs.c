/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/speech/paragraphs.h"

#include <string.h>

#include "app/speech/script-private.h"

/* Who speaks, as the text goes on. */
typedef struct {
  char *voice;
  char *manner;
} Speaker;

struct _AppLetters {
  GString *letters; /* folded, UTF-8 */
  GArray *begins;   /* of gsize: where in the text the letter of each byte begins */
  GArray *ends;
};

AppParagraph *
app_paragraph_new (const char *voice, const char *manner, const char *text)
{
  AppParagraph *paragraph = g_new (AppParagraph, 1);

  paragraph->voice = g_strdup (voice);
  paragraph->manner = g_strdup (manner);
  paragraph->text = g_strdup (text);
  return paragraph;
}

void
app_paragraph_free (AppParagraph *paragraph)
{
  if (paragraph == NULL)
    return;
  g_free (paragraph->voice);
  g_free (paragraph->manner);
  g_free (paragraph->text);
  g_free (paragraph);
}

static void
clear_speaker (Speaker *speaker)
{
  g_clear_pointer (&speaker->voice, g_free);
  g_clear_pointer (&speaker->manner, g_free);
}

/* TRUE if the line says who speaks. n: the bytes that it takes for that. */
static gboolean
follow (Speaker *speaker, const char *line, gsize *n)
{
  g_auto (AppScriptDirection) direction = { NULL };

  *n = app_script_read_direction (line, &direction);
  if (*n == 0 || direction.voice != NULL)
    return FALSE;
  clear_speaker (speaker);
  if (g_ascii_strcasecmp (direction.name, "narrator") != 0)
    speaker->voice = g_steal_pointer (&direction.name);
  speaker->manner = g_steal_pointer (&direction.manner);
  return TRUE;
}

/* The lines behind the first, after which somebody else may speak. */
static void
follow_all (Speaker *speaker, const char *text)
{
  for (const char *line = text; line != NULL; line = strchr (line, '\n')) {
    gsize n;
    line += line != text;
    follow (speaker, line + strspn (line, " \t"), &n);
  }
}

static void
add_paragraph (GPtrArray *paragraphs, Speaker *speaker, const char *block)
{
  const char *text = block;
  gsize n;

  while (follow (speaker, text + strspn (text, " \t"), &n)) {
    text += strspn (text, " \t") + n;
    text += strspn (text, " \t\n");
  }
  if (*text == '\0')
    return;
  g_ptr_array_add (paragraphs, app_paragraph_new (speaker->voice, speaker->manner, text));
  follow_all (speaker, text);
}

static gboolean
is_fence (const char *line)
{
  line += strspn (line, " ");
  return g_str_has_prefix (line, "```") || g_str_has_prefix (line, "~~~");
}

GPtrArray *
app_paragraphs_split (const char *text)
{
  GPtrArray *paragraphs = g_ptr_array_new_with_free_func ((GDestroyNotify) app_paragraph_free);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GString) block = g_string_new (NULL);
  Speaker speaker = { NULL, NULL };
  gboolean is_code = FALSE;

  for (guint i = 0; lines[i] != NULL; i++) {
    g_strchomp (lines[i]);
    if (is_fence (lines[i]))
      is_code = !is_code;
    if (lines[i][0] != '\0' || is_code)
      g_string_append_printf (block, "%s%s", block->len > 0 ? "\n" : "", lines[i]);
    if (lines[i + 1] == NULL || (lines[i][0] == '\0' && !is_code)) {
      add_paragraph (paragraphs, &speaker, block->str);
      g_string_truncate (block, 0);
    }
  }
  clear_speaker (&speaker);
  return paragraphs;
}

/* Lists, headings and the like must begin their line. */
static gboolean
is_plain (const char *text)
{
  gunichar first = g_utf8_get_char (text);

  return g_unichar_isalpha (first) || first == '"' || first == 0x201c || first == 0x300c;
}

static void
add_direction (GString *script, const AppParagraph *paragraph)
{
  g_string_append_printf (script, "@%s", paragraph->voice != NULL ? paragraph->voice : "narrator");
  if (paragraph->manner != NULL)
    g_string_append_printf (script, " (%s)", paragraph->manner);
  g_string_append (script, is_plain (paragraph->text) ? ": " : ":\n\n");
}

char *
app_paragraphs_join (const GPtrArray *paragraphs)
{
  g_autoptr (GString) script = g_string_new (NULL);
  Speaker speaker = { NULL, NULL };

  for (guint i = 0; i < paragraphs->len; i++) {
    const AppParagraph *paragraph = g_ptr_array_index (paragraphs, i);
    if (paragraph->text[strspn (paragraph->text, " \t\r\n")] == '\0')
      continue;
    if (script->len > 0)
      g_string_append (script, "\n\n");
    if (g_strcmp0 (paragraph->voice, speaker.voice) != 0
        || g_strcmp0 (paragraph->manner, speaker.manner) != 0)
      add_direction (script, paragraph);
    g_string_append (script, paragraph->text);
    clear_speaker (&speaker);
    speaker.voice = g_strdup (paragraph->voice);
    speaker.manner = g_strdup (paragraph->manner);
    follow_all (&speaker, paragraph->text);
  }
  clear_speaker (&speaker);
  return g_string_free (g_steal_pointer (&script), FALSE);
}

AppLetters *
app_letters_new (const char *text)
{
  AppLetters *self = g_new (AppLetters, 1);

  self->letters = g_string_new (NULL);
  self->begins = g_array_new (FALSE, FALSE, sizeof (gsize));
  self->ends = g_array_new (FALSE, FALSE, sizeof (gsize));
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    gsize begin = (gsize) (p - text), end = (gsize) (g_utf8_next_char (p) - text);
    if (!g_unichar_isalnum (c))
      continue;
    g_string_append_unichar (self->letters, g_unichar_tolower (c));
    while (self->begins->len < self->letters->len) {
      g_array_append_val (self->begins, begin);
      g_array_append_val (self->ends, end);
    }
  }
  return self;
}

void
app_letters_free (AppLetters *letters)
{
  if (letters == NULL)
    return;
  g_string_free (letters->letters, TRUE);
  g_array_unref (letters->begins);
  g_array_unref (letters->ends);
  g_free (letters);
}

gboolean
app_letters_find (const AppLetters *letters, const char *piece, gsize *from, gsize *begin,
                  gsize *end)
{
  g_autoptr (AppLetters) wanted = app_letters_new (piece);
  gsize low = 0, high = letters->begins->len;

  while (low < high) {
    gsize middle = (low + high) / 2;
    if (g_array_index (letters->begins, gsize, middle) < *from)
      low = middle + 1;
    else
      high = middle;
  }
  const char *found =
      wanted->letters->len > 0 ? strstr (letters->letters->str + low, wanted->letters->str) : NULL;
  if (found == NULL)
    return FALSE;
  gsize first = (gsize) (found - letters->letters->str);
  *begin = g_array_index (letters->begins, gsize, first);
  *end = g_array_index (letters->ends, gsize, first + wanted->letters->len - 1);
  *from = *end;
  return TRUE;
}
