/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Lines of text to parts: voices, manners, pauses. */

#include "app/speech/script-private.h"

#include <string.h>

#include "app/base/read-file.h"

#define MAX_PAUSE_S 60.0
#define MAX_NAME 64
#define SHOWN_BYTES 60

static const AppScriptManner plain = { 1, 1, 1, AUDIO_FEELING_NONE };

static const struct {
  const char *name;
  AppScriptManner manner;
} manners[] = {
  { "slow", { 0.85, 1, 1 } },
  { "very slow", { 0.7, 1, 1 } },
  { "fast", { 1.15, 1, 1 } },
  { "very fast", { 1.3, 1, 1 } },
  { "low", { 1, 0.89, 1 } },
  { "high", { 1, 1.12, 1 } },
  { "flat", { 1, 1, 0.5 } },
  { "lively", { 1.03, 1, 1.4 } },
  { "calm", { 0.93, 0.97, 0.75 } },
  { "glad", { 1.08, 1.2, 1.7 } },
  { "sad", { 0.85, 0.88, 0.7, AUDIO_FEELING_SAD } },
  { "angry", { 1.1, 0.97, 1, AUDIO_FEELING_ANGRY } },
};

static void
free_part (gpointer data)
{
  AppScriptPart *part = data;

  g_free (part->text);
  g_free (part->voice);
  g_free (part->manner_words);
  g_free (part);
}

void
app_script_free (AppScript *script)
{
  if (script == NULL)
    return;
  g_free (script->title);
  g_ptr_array_unref (script->parts);
  g_free (script);
}

char *
app_script_get_text (const AppScript *script)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < script->parts->len; i++) {
    const AppScriptPart *part = g_ptr_array_index (script->parts, i);
    if (part->text != NULL)
      g_string_append_printf (text, "%s\n", part->text);
  }
  return g_string_free (text, FALSE);
}

void
app_script_builder_init (AppScriptBuilder *builder)
{
  *builder = (AppScriptBuilder){ .manner = plain };
  builder->script = g_new0 (AppScript, 1);
  builder->script->parts = g_ptr_array_new_with_free_func (free_part);
  builder->cast = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

AppScript *
app_script_builder_end (AppScriptBuilder *builder, GError **error)
{
  AppScript *script = builder->script;

  g_hash_table_unref (builder->cast);
  g_free (builder->voice);
  g_free (builder->manner_words);
  if (builder->problem == NULL)
    return script;
  g_propagate_error (error, builder->problem);
  app_script_free (script);
  return NULL;
}

#define MANNERS                                                                                    \
  "slow, fast, very slow, very fast, low, high, flat, lively, calm, glad, sad, angry, speed 0.5 "  \
  "to 2 or pitch 0.5 to 2"

static void
fail (AppScriptBuilder *builder, const char *what, const char *line)
{
  g_autofree char *shown = g_utf8_make_valid (line, (gssize) MIN (strlen (line), SHOWN_BYTES));

  if (builder->problem == NULL)
    g_set_error (&builder->problem, APP_ERROR, APP_ERROR_ARGUMENT, "%s in the script: “%s”", what,
                 shown);
}

/* (transfer full): in one line; where Chinese was broken into lines no space is put. */
static char *
join_lines (const char *text)
{
  GString *out = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    if (c != '\n' && c != '\r' && c != '\t') {
      g_string_append_unichar (out, c);
      continue;
    }
    const char *next = p + strspn (p, " \n\r\t");
    gunichar before = out->len > 0 ? g_utf8_get_char (g_utf8_prev_char (out->str + out->len)) : ' ';
    if (before != ' ' && *next != '\0'
        && !(g_unichar_iswide (before) && g_unichar_iswide (g_utf8_get_char (next))))
      g_string_append_c (out, ' ');
  }
  g_strstrip (out->str);
  return g_string_free (out, FALSE);
}

static AppScriptPart *
add_part (AppScriptBuilder *builder, AppScriptKind kind)
{
  AppScriptPart *part = g_new0 (AppScriptPart, 1);

  part->kind = kind;
  part->voice = g_strdup (builder->voice);
  part->manner = builder->manner;
  part->manner_words = g_strdup (builder->manner_words);
  g_ptr_array_add (builder->script->parts, part);
  return part;
}

static void
add_text (AppScriptBuilder *builder, AppScriptKind kind, const char *text, gsize n)
{
  g_autofree char *piece = g_strndup (text, n);
  g_autofree char *line = join_lines (piece);

  if (*line == '\0')
    return;
  AppScriptPart *part = add_part (builder, kind);
  part->text = g_steal_pointer (&line);
  if (kind == APP_SCRIPT_HEADING && builder->script->title == NULL)
    builder->script->title = g_strdup (part->text);
}

void
app_script_builder_add_pause (AppScriptBuilder *builder, double seconds)
{
  add_part (builder, APP_SCRIPT_PAUSE)->pause_s = seconds;
}

/* "[pause 0.5s]" at text: its length in bytes, or 0. */
static gsize
read_pause (AppScriptBuilder *builder, const char *text, double *seconds)
{
  char *end;

  if (g_ascii_strncasecmp (text, "[pause", 6) != 0
      || (text[6] != ' ' && text[6] != ':' && text[6] != ']'))
    return 0;
  const char *close = strchr (text, ']');
  if (close == NULL)
    return 0;
  *seconds = 1;
  const char *number = text + 6 + strspn (text + 6, " :");
  if (number != close) {
    *seconds = g_ascii_strtod (number, &end);
    gboolean is_ms = end > number && g_str_has_prefix (end, "ms");
    if (is_ms)
      *seconds /= 1000;
    end += end > number ? strspn (end, " ms") : 0;
    if (end == number || end != close || !(*seconds >= 0 && *seconds <= MAX_PAUSE_S))
      fail (builder, "a pause has up to 60 seconds, as [pause 0.5s];", text);
  }
  return (gsize) (close + 1 - text);
}

/* Text between marks of pauses. */
static void
add_text_with_pauses (AppScriptBuilder *builder, AppScriptKind kind, const char *text)
{
  const char *begin = text;
  double seconds;

  for (const char *p = text; *p != '\0'; p++) {
    gsize n = *p == '[' ? read_pause (builder, p, &seconds) : 0;
    if (n == 0)
      continue;
    add_text (builder, kind, begin, (gsize) (p - begin));
    app_script_builder_add_pause (builder, seconds);
    begin = p + n;
    p = begin - 1;
  }
  add_text (builder, kind, begin, strlen (begin));
}

/* One word of a manner, "slow" or "speed 0.9"; FALSE if it is not known. */
static gboolean
apply_manner (AppScriptManner *manner, const char *word)
{
  char *end;

  for (gsize i = 0; i < G_N_ELEMENTS (manners); i++)
    if (g_ascii_strcasecmp (word, manners[i].name) == 0) {
      manner->speed *= manners[i].manner.speed;
      manner->pitch *= manners[i].manner.pitch;
      manner->spread *= manners[i].manner.spread;
      if (manners[i].manner.feeling != AUDIO_FEELING_NONE)
        manner->feeling = manners[i].manner.feeling;
      return TRUE;
    }
  gboolean is_speed = g_ascii_strncasecmp (word, "speed ", 6) == 0;
  if (!is_speed && g_ascii_strncasecmp (word, "pitch ", 6) != 0)
    return FALSE;
  double value = g_ascii_strtod (word + 6, &end);
  if (*end != '\0' || !(value >= 0.5 && value <= 2))
    return FALSE;
  *(is_speed ? &manner->speed : &manner->pitch) *= value;
  return TRUE;
}

static gboolean
apply_manners (AppScriptManner *manner, const char *words)
{
  g_auto (GStrv) list = g_strsplit (words, ",", -1);
  gboolean is_known = TRUE;

  *manner = plain;
  for (guint i = 0; list[i] != NULL; i++)
    is_known &= apply_manner (manner, g_strstrip (list[i]));
  return is_known;
}

gboolean
app_script_read_manner (const char *words, AppScriptManner *manner, GError **error)
{
  if (apply_manners (manner, words))
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "“%s” is no manner; there are " MANNERS,
               words);
  return FALSE;
}

/* Bytes of a colon at p, also of a wide one; 0: none. */
static gsize
colon_length (const char *p)
{
  return *p == ':' ? 1 : g_str_has_prefix (p, "：") ? strlen ("：") : 0;
}

static void
choose_voice (AppScriptBuilder *builder, const char *name)
{
  const char *voice = g_hash_table_lookup (builder->cast, name);

  g_clear_pointer (&builder->voice, g_free);
  if (voice != NULL || g_ascii_strcasecmp (name, "narrator") != 0)
    builder->voice = g_strdup (voice != NULL ? voice : name);
}

void
app_script_direction_clear (AppScriptDirection *direction)
{
  g_clear_pointer (&direction->name, g_free);
  g_clear_pointer (&direction->voice, g_free);
  g_clear_pointer (&direction->manner, g_free);
}

gsize
app_script_read_direction (const char *line, AppScriptDirection *direction)
{
  gsize n_line = strcspn (line, "\n");
  gsize n_name = 0;
  g_autofree char *whole = g_strndup (line, n_line);

  *direction = (AppScriptDirection){ NULL };
  if (whole[0] != '@')
    return 0;
  const char *name = whole + 1;
  while (name[n_name] != '\0' && strchr (" (=:\t", name[n_name]) == NULL
         && colon_length (name + n_name) == 0)
    n_name++;
  if (n_name == 0 || n_name > MAX_NAME)
    return 0;
  const char *p = name + n_name + strspn (name + n_name, " \t");
  if (*p == '=') {
    direction->name = g_strndup (name, n_name);
    direction->voice = g_strstrip (g_strdup (p + 1));
    return n_line;
  }
  const char *close = *p == '(' ? strchr (p, ')') : NULL;
  const char *words = p + 1;
  const gsize n_words = close != NULL ? (gsize) (close - words) : 0;
  if (close != NULL)
    p = close + 1 + strspn (close + 1, " \t");
  if (colon_length (p) == 0)
    return 0;
  direction->name = g_strndup (name, n_name);
  direction->manner = close != NULL ? g_strndup (words, n_words) : NULL;
  return (gsize) (p - whole) + colon_length (p);
}

/* Returns how many bytes the direction takes, 0 if the line is text. */
static gsize
follow_direction (AppScriptBuilder *builder, const char *line)
{
  g_auto (AppScriptDirection) direction = { NULL };
  gsize n = app_script_read_direction (line, &direction);
  g_autofree char *whole = g_strndup (line, strcspn (line, "\n"));

  if (n == 0)
    return 0;
  if (direction.voice != NULL) {
    g_hash_table_insert (builder->cast, g_steal_pointer (&direction.name),
                         g_steal_pointer (&direction.voice));
    return n;
  }
  choose_voice (builder, direction.name);
  g_free (builder->manner_words);
  builder->manner_words = g_steal_pointer (&direction.manner);
  if (!apply_manners (&builder->manner, builder->manner_words != NULL ? builder->manner_words : ""))
    fail (builder, "a manner is " MANNERS ";", whole);
  return n;
}

void
app_script_builder_add_block (AppScriptBuilder *builder, AppScriptKind kind, const char *text)
{
  const guint n_before = builder->script->parts->len;
  g_autoptr (GString) held = g_string_new (NULL);

  for (const char *line = text; *line != '\0';) {
    line += strspn (line, " \t");
    gsize n = kind == APP_SCRIPT_TEXT ? follow_direction (builder, line) : 0;
    line += n;
    gsize n_rest = strcspn (line, "\n");
    g_string_append_len (held, line, (gssize) n_rest);
    line += n_rest + (line[n_rest] == '\n');
    const char *next = line + strspn (line, " \t");
    if (*next == '@' || *line == '\0') {
      add_text_with_pauses (builder, kind, held->str);
      g_string_truncate (held, 0);
    } else
      g_string_append_c (held, '\n');
  }
  if (builder->script->parts->len > n_before) {
    AppScriptPart *last =
        g_ptr_array_index (builder->script->parts, builder->script->parts->len - 1);
    last->ends_paragraph = TRUE;
  }
}

static void
parse_plain (AppScriptBuilder *builder, const char *text)
{
  g_autoptr (GString) block = g_string_new (NULL);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++) {
    gboolean is_empty = lines[i][strspn (lines[i], " \t\r\f\v")] == '\0';
    if (!is_empty)
      g_string_append_printf (block, "%s\n", lines[i]);
    if (is_empty || lines[i + 1] == NULL) {
      app_script_builder_add_block (builder, APP_SCRIPT_TEXT, block->str);
      g_string_truncate (block, 0);
    }
  }
}

/* (transfer full): valid UTF-8 without zeros. */
static char *
copy_valid (const char *text, gsize n_bytes)
{
  g_autofree char *copy = g_malloc (n_bytes + 1);

  memcpy (copy, text, n_bytes);
  copy[n_bytes] = '\0';
  for (gsize i = 0; i < n_bytes; i++)
    if (copy[i] == '\0')
      copy[i] = ' ';
  return g_utf8_make_valid (copy, -1);
}

AppScript *
app_script_parse (const char *text, gsize n_bytes, gboolean is_markdown, GError **error)
{
  g_autofree char *valid = copy_valid (text, n_bytes);
  AppScriptBuilder builder;

  /* The mark of byte order that some editors write. */
  const char *begin = g_str_has_prefix (valid, "\357\273\277") ? valid + 3 : valid;
  app_script_builder_init (&builder);
  if (is_markdown)
    app_script_parse_markdown (&builder, begin);
  else
    parse_plain (&builder, begin);
  return app_script_builder_end (&builder, error);
}

AppScript *
app_script_parse_text (const char *text, gsize n_bytes)
{
  g_autofree char *copy = copy_valid (text, n_bytes);
  AppScriptBuilder builder;

  app_script_builder_init (&builder);
  AppScriptPart *part = add_part (&builder, APP_SCRIPT_TEXT);
  part->text = g_steal_pointer (&copy);
  part->ends_paragraph = TRUE;
  return app_script_builder_end (&builder, NULL);
}

AppScript *
app_script_load (const char *path, GError **error)
{
  gboolean is_stdin = g_str_equal (path, "-");
  g_autofree char *shown = g_filename_display_name (path);
  g_autofree char *lower = g_ascii_strdown (path, -1);
  gsize n_bytes = 0;
  g_autofree char *text = app_read_file (path, APP_READ_FILE_MAX_BYTES, &n_bytes, error);

  if (text == NULL)
    return NULL;
  g_autoptr (AppScript) script = app_script_parse (
      text, n_bytes,
      is_stdin || g_str_has_suffix (lower, ".md") || g_str_has_suffix (lower, ".markdown"), error);
  if (script == NULL) {
    g_prefix_error (error, "%s: ", shown);
    return NULL;
  }
  for (guint i = 0; i < script->parts->len; i++)
    if (((AppScriptPart *) g_ptr_array_index (script->parts, i))->kind != APP_SCRIPT_PAUSE)
      return g_steal_pointer (&script);
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "%s: there is nothing in the script to speak",
               shown);
  return NULL;
}
