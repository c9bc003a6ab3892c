/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Markdown (CommonMark with tables, by md4c) to paragraphs and headings. */

#include <string.h>

#include <md4c.h>

#include "app/speech/script-private.h"

#define RULE_PAUSE_S 1.5

typedef struct {
  AppScriptBuilder *builder;
  GString *text;       /* of the block that is open */
  int n_hidden_blocks; /* code and HTML around */
  int n_hidden_spans;  /* pictures and what is struck out around */
  gboolean is_heading;
  gboolean is_first_cell;
} State;

static gboolean
is_hidden (const State *state)
{
  return state->n_hidden_blocks > 0 || state->n_hidden_spans > 0;
}

/* A block ends, or another begins in it, as a list in a list item. */
static void
end_block (State *state)
{
  if (state->text->len > 0)
    app_script_builder_add_block (
        state->builder, state->is_heading ? APP_SCRIPT_HEADING : APP_SCRIPT_TEXT, state->text->str);
  g_string_truncate (state->text, 0);
  state->is_heading = FALSE;
}

/* An item or a row is a sentence: it ends like one. */
static void
end_sentence (State *state)
{
  if (state->text->len == 0)
    return;
  gunichar last = g_utf8_get_char (g_utf8_prev_char (state->text->str + state->text->len));
  if (g_unichar_isalnum (last))
    g_string_append (state->text, g_unichar_iswide (last) ? "。" : ".");
}

static int
on_enter_block (MD_BLOCKTYPE type, void *detail, void *user_data)
{
  State *state = user_data;

  /* md4c 0.4 does not tell the end of a span that stands in the address of a link. */
  state->n_hidden_spans = 0;
  if (type == MD_BLOCK_CODE || type == MD_BLOCK_HTML)
    state->n_hidden_blocks++;
  if (type == MD_BLOCK_TR)
    state->is_first_cell = TRUE;
  if ((type == MD_BLOCK_TD || type == MD_BLOCK_TH) && !state->is_first_cell && state->text->len > 0
      && !is_hidden (state))
    g_string_append (state->text, ", ");
  if (type != MD_BLOCK_TD && type != MD_BLOCK_TH)
    end_block (state);
  else
    state->is_first_cell = FALSE;
  if (type == MD_BLOCK_HR)
    app_script_builder_add_pause (state->builder, RULE_PAUSE_S);
  state->is_heading = type == MD_BLOCK_H;
  return 0;
}

static int
on_leave_block (MD_BLOCKTYPE type, void *detail, void *user_data)
{
  State *state = user_data;

  state->n_hidden_spans = 0;
  if (type == MD_BLOCK_CODE || type == MD_BLOCK_HTML)
    state->n_hidden_blocks--;
  if (type == MD_BLOCK_TD || type == MD_BLOCK_TH)
    return 0;
  if (type == MD_BLOCK_LI || type == MD_BLOCK_TR)
    end_sentence (state);
  end_block (state);
  return 0;
}

/* "[word](/ipa/)" is for the reader, not a link. */
static gboolean
is_spelling (const MD_ATTRIBUTE *href)
{
  return href->size > 2 && href->text[0] == '/' && href->text[href->size - 1] == '/';
}

static int
on_enter_span (MD_SPANTYPE type, void *detail, void *user_data)
{
  State *state = user_data;

  if (type == MD_SPAN_IMG || type == MD_SPAN_DEL)
    state->n_hidden_spans++;
  if (type == MD_SPAN_A && is_spelling (&((MD_SPAN_A_DETAIL *) detail)->href) && !is_hidden (state))
    g_string_append_c (state->text, '[');
  return 0;
}

static int
on_leave_span (MD_SPANTYPE type, void *detail, void *user_data)
{
  State *state = user_data;

  if ((type == MD_SPAN_IMG || type == MD_SPAN_DEL) && state->n_hidden_spans > 0)
    state->n_hidden_spans--;
  if (type != MD_SPAN_A || is_hidden (state))
    return 0;
  const MD_ATTRIBUTE *href = &((MD_SPAN_A_DETAIL *) detail)->href;
  if (is_spelling (href)) {
    g_string_append (state->text, "](");
    g_string_append_len (state->text, href->text, href->size);
    g_string_append_c (state->text, ')');
  }
  return 0;
}

/* "&amp;" and the few others that are met in texts, and numbers; the rest is left out. */
static void
append_entity (GString *out, const char *text, gsize n)
{
  static const struct {
    const char *name;
    const char *text;
  } entities[] = { { "&amp;", "&" },    { "&lt;", "<" },    { "&gt;", ">" },    { "&quot;", "\"" },
                   { "&apos;", "'" },   { "&nbsp;", " " },  { "&ndash;", "–" }, { "&mdash;", "—" },
                   { "&hellip;", "…" }, { "&rsquo;", "’" }, { "&lsquo;", "‘" }, { "&rdquo;", "”" },
                   { "&ldquo;", "“" },  { "&euro;", "€" },  { "&pound;", "£" }, { "&deg;", "°" },
                   { "&times;", "×" },  { "&percnt;", "%" } };

  for (gsize i = 0; i < G_N_ELEMENTS (entities); i++)
    if (strlen (entities[i].name) == n && strncmp (entities[i].name, text, n) == 0) {
      g_string_append (out, entities[i].text);
      return;
    }
  if (n > 3 && text[1] == '#') {
    gboolean is_hex = (text[2] | 0x20) == 'x';
    guint64 code = g_ascii_strtoull (text + 2 + is_hex, NULL, is_hex ? 16 : 10);
    if (code > 0 && code <= 0x10ffff && g_unichar_validate ((gunichar) code))
      g_string_append_unichar (out, (gunichar) code);
  }
}

static int
on_text (MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE n, void *user_data)
{
  State *state = user_data;

  if (is_hidden (state) || type == MD_TEXT_HTML)
    return 0;
  if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR)
    g_string_append_c (state->text, '\n');
  else if (type == MD_TEXT_ENTITY)
    append_entity (state->text, text, n);
  else {
    /* Where something was left out there may be a space before and behind it. */
    while (n > 0 && *text == ' ' && g_str_has_suffix (state->text->str, " ")) {
      text++;
      n--;
    }
    g_string_append_len (state->text, text, n);
  }
  return 0;
}

/* What tools for websites put first, between lines of "---"; md4c would take it for a heading. */
static const char *
skip_header (const char *text)
{
  if (!g_str_has_prefix (text, "---\n") && !g_str_has_prefix (text, "---\r\n"))
    return text;
  for (const char *p = strchr (text, '\n'); p != NULL; p = strchr (p + 1, '\n'))
    if (strncmp (p, "\n---", 4) == 0 && strchr ("\r\n", p[4]) != NULL)
      return p + 4;
  return text;
}

/* (transfer full): without [^1]; "[^1]: note" is a paragraph where it stands. */
static char *
leave_out_footnote_marks (const char *text)
{
  g_autoptr (GRegex) mark = g_regex_new ("\\[\\^[^\\]\\s]+\\](:[ \\t]+)?", G_REGEX_RAW, 0, NULL);

  return g_regex_replace_literal (mark, text, -1, 0, "", 0, NULL);
}

void
app_script_parse_markdown (AppScriptBuilder *builder, const char *text)
{
  const MD_PARSER parser = { .flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS
                                      | MD_FLAG_NOINDENTEDCODEBLOCKS,
                             .enter_block = on_enter_block,
                             .leave_block = on_leave_block,
                             .enter_span = on_enter_span,
                             .leave_span = on_leave_span,
                             .text = on_text };
  g_autoptr (GString) open = g_string_new (NULL);
  State state = { .builder = builder, .text = open };
  g_autofree char *spoken = leave_out_footnote_marks (skip_header (text));

  md_parse (spoken, (MD_SIZE) strlen (spoken), &parser, &state);
}
