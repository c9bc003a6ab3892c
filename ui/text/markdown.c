/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/text/markdown.h"

#include <md4c.h>
#include <string.h>

#include "ui/text/math-text.h"

#define FLAGS                                                                                      \
  (MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS | MD_FLAG_PERMISSIVEURLAUTOLINKS     \
   | MD_FLAG_NOHTML | MD_FLAG_LATEXMATHSPANS)
#define MAX_LISTS 16

typedef struct {
  GPtrArray *blocks;
  GString *text;    /* of the block that is being read; NULL between blocks */
  HsBlock *code;    /* the code block that is being read */
  HsBlock *table;   /* the table that is being read */
  GPtrArray *cells; /* the row of it */
  char *marker;     /* of the item that has begun and has no block yet */
  int level;        /* of the heading that is being read; 0: none */
  int indent;       /* lists */
  int quote;
  guint numbers[MAX_LISTS]; /* of the next item; 0 in a list without numbers */
  GPtrArray *open;          /* of tags: spans that have begun, "" for what needs none */
  GString *math;            /* the formula that is being read; NULL: none */
} Reader;

void
hs_block_free (HsBlock *block)
{
  if (block == NULL)
    return;
  g_free (block->text);
  g_free (block->marker);
  g_free (block->language);
  g_clear_pointer (&block->rows, g_ptr_array_unref);
  g_free (block);
}

static gboolean
rows_equal (GPtrArray *a, GPtrArray *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    if (!g_strv_equal (g_ptr_array_index (a, i), g_ptr_array_index (b, i)))
      return FALSE;
  return TRUE;
}

gboolean
hs_block_equal (const HsBlock *a, const HsBlock *b)
{
  return a->kind == b->kind && a->level == b->level && a->indent == b->indent
         && a->quote == b->quote && g_strcmp0 (a->text, b->text) == 0
         && g_strcmp0 (a->marker, b->marker) == 0 && g_strcmp0 (a->language, b->language) == 0
         && rows_equal (a->rows, b->rows);
}

static void
append (Reader *reader, const char *markup)
{
  if (reader->text == NULL)
    reader->text = g_string_new (NULL);
  g_string_append (reader->text, markup);
}

static void
append_escaped (Reader *reader, const char *text, gsize length)
{
  g_autofree char *escaped = g_markup_escape_text (text, (gssize) length);

  append (reader, escaped);
}

static void
begin_span (Reader *reader, const char *tag, const char *opening)
{
  append (reader, opening);
  g_ptr_array_add (reader->open, (gpointer) tag);
}

/* With what has begun in it. md4c 0.4 tells the ends of spans whose beginning stands in the address
 * of a link, and the beginnings of those that end there. */
static void
end_span (Reader *reader, const char *tag)
{
  guint n = reader->open->len;

  while (n > 0 && !g_str_equal (reader->open->pdata[n - 1], tag))
    n--;
  while (n > 0 && reader->open->len >= n) {
    const char *inner = g_ptr_array_steal_index (reader->open, reader->open->len - 1);
    g_autofree char *closing = inner[0] != '\0' ? g_strdup_printf ("</%s>", inner) : g_strdup ("");
    append (reader, closing);
  }
}

/* What stands by itself has a line of its own. */
static void
end_math (Reader *reader, gboolean is_display)
{
  g_autofree char *text = NULL;

  if (reader->math == NULL)
    return;
  text = hs_math_to_text (reader->math->str);
  g_string_free (g_steal_pointer (&reader->math), TRUE);
  if (is_display && reader->text != NULL && reader->text->len > 0)
    append (reader, "\n");
  append_escaped (reader, text, strlen (text));
}

static void
end_spans (Reader *reader)
{
  end_math (reader, FALSE);
  while (reader->open->len > 0)
    end_span (reader, reader->open->pdata[0]);
}

/* (transfer none) */
static HsBlock *
add_block (Reader *reader, HsBlockKind kind)
{
  HsBlock *block = g_new0 (HsBlock, 1);

  block->kind = kind;
  block->indent = reader->indent;
  block->quote = reader->quote;
  block->marker = g_steal_pointer (&reader->marker);
  g_ptr_array_add (reader->blocks, block);
  return block;
}

/* What was read of running text becomes a block. */
static void
flush (Reader *reader)
{
  if (reader->table != NULL)
    return;
  end_spans (reader);
  if (reader->text == NULL)
    return;
  HsBlock *block = add_block (reader, reader->level > 0 ? HS_BLOCK_HEADING : HS_BLOCK_TEXT);
  block->level = reader->level;
  block->text = g_string_free (g_steal_pointer (&reader->text), FALSE);
}

static void
begin_item (Reader *reader, const MD_BLOCK_LI_DETAIL *item)
{
  guint *number = &reader->numbers[CLAMP (reader->indent - 1, 0, MAX_LISTS - 1)];

  flush (reader);
  g_free (reader->marker);
  if (item->is_task)
    reader->marker = g_strdup (item->task_mark == ' ' ? "☐" : "☑");
  else if (*number > 0)
    reader->marker = g_strdup_printf ("%u.", (*number)++);
  else
    reader->marker = g_strdup ("•");
}

static void
begin_list (Reader *reader, guint first)
{
  flush (reader);
  reader->indent++;
  if (reader->indent <= MAX_LISTS)
    reader->numbers[reader->indent - 1] = first;
}

static void
begin_code (Reader *reader, const MD_BLOCK_CODE_DETAIL *detail)
{
  flush (reader);
  reader->code = add_block (reader, HS_BLOCK_CODE);
  reader->code->language = g_strndup (detail->lang.text != NULL ? detail->lang.text : "",
                                      detail->lang.text != NULL ? detail->lang.size : 0);
  reader->text = g_string_new (NULL);
}

static void
end_code (Reader *reader)
{
  GString *text = g_steal_pointer (&reader->text);

  if (text->len > 0 && text->str[text->len - 1] == '\n')
    g_string_truncate (text, text->len - 1);
  reader->code->text = g_string_free (text, FALSE);
  reader->code = NULL;
}

static int
enter_block (MD_BLOCKTYPE type, void *detail, void *user_data)
{
  Reader *reader = user_data;

  switch (type) {
  case MD_BLOCK_QUOTE:
    flush (reader);
    reader->quote++;
    break;
  case MD_BLOCK_UL:
    begin_list (reader, 0);
    break;
  case MD_BLOCK_OL:
    begin_list (reader, MAX (((MD_BLOCK_OL_DETAIL *) detail)->start, 1));
    break;
  case MD_BLOCK_LI:
    begin_item (reader, detail);
    break;
  case MD_BLOCK_H:
    flush (reader);
    reader->level = (int) ((MD_BLOCK_H_DETAIL *) detail)->level;
    break;
  case MD_BLOCK_CODE:
    begin_code (reader, detail);
    break;
  case MD_BLOCK_TABLE:
    flush (reader);
    reader->table = add_block (reader, HS_BLOCK_TABLE);
    reader->table->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
    break;
  case MD_BLOCK_TR:
    reader->cells = g_ptr_array_new_null_terminated (4, g_free, TRUE);
    break;
  default:
    break;
  }
  return 0;
}

static void
end_item (Reader *reader)
{
  flush (reader);
  if (reader->marker != NULL)
    add_block (reader, HS_BLOCK_TEXT)->text = g_strdup ("");
}

static int
leave_block (MD_BLOCKTYPE type, void *detail, void *user_data)
{
  Reader *reader = user_data;

  switch (type) {
  case MD_BLOCK_QUOTE:
    flush (reader);
    reader->quote--;
    break;
  case MD_BLOCK_UL:
  case MD_BLOCK_OL:
    flush (reader);
    reader->indent--;
    break;
  case MD_BLOCK_LI:
    end_item (reader);
    break;
  case MD_BLOCK_P:
    flush (reader);
    break;
  case MD_BLOCK_H:
    flush (reader);
    reader->level = 0;
    break;
  case MD_BLOCK_HR:
    flush (reader);
    add_block (reader, HS_BLOCK_RULE);
    break;
  case MD_BLOCK_CODE:
    end_code (reader);
    break;
  case MD_BLOCK_TABLE:
    reader->table = NULL;
    break;
  case MD_BLOCK_TR:
    g_ptr_array_add (reader->table->rows,
                     g_ptr_array_free (g_steal_pointer (&reader->cells), FALSE));
    break;
  case MD_BLOCK_TH:
  case MD_BLOCK_TD:
    end_spans (reader);
    g_ptr_array_add (reader->cells, reader->text != NULL
                                        ? g_string_free (g_steal_pointer (&reader->text), FALSE)
                                        : g_strdup (""));
    break;
  default:
    break;
  }
  return 0;
}

static const char *
get_tag (MD_SPANTYPE type)
{
  switch (type) {
  case MD_SPAN_EM:
    return "i";
  case MD_SPAN_STRONG:
    return "b";
  case MD_SPAN_DEL:
    return "s";
  case MD_SPAN_CODE:
    return "tt";
  default:
    return NULL;
  }
}

static void
begin_link (Reader *reader, const MD_SPAN_A_DETAIL *link)
{
  g_autofree char *address = g_strndup (link->href.text != NULL ? link->href.text : "",
                                        link->href.text != NULL ? link->href.size : 0);
  g_autofree char *scheme = g_uri_parse_scheme (address);
  gboolean is_linked = scheme != NULL && g_utf8_validate (address, -1, NULL)
                       && (g_str_equal (scheme, "http") || g_str_equal (scheme, "https")
                           || g_str_equal (scheme, "mailto"));

  g_autofree char *opening =
      is_linked ? g_markup_printf_escaped ("<a href=\"%s\">", address) : g_strdup ("");
  begin_span (reader, is_linked ? "a" : "", opening);
}

static int
enter_span (MD_SPANTYPE type, void *detail, void *user_data)
{
  Reader *reader = user_data;
  const char *tag = get_tag (type);

  if (type == MD_SPAN_LATEXMATH || type == MD_SPAN_LATEXMATH_DISPLAY) {
    end_math (reader, FALSE);
    reader->math = g_string_new (NULL);
  } else if (type == MD_SPAN_A) {
    begin_link (reader, detail);
  } else if (tag != NULL) {
    g_autofree char *opening = g_strdup_printf ("<%s>", tag);
    begin_span (reader, tag, opening);
  }
  return 0;
}

/* The innermost. */
static void
end_link (Reader *reader)
{
  for (guint i = reader->open->len; i > 0; i--) {
    const char *tag = reader->open->pdata[i - 1];

    if (tag[0] == '\0' || g_str_equal (tag, "a")) {
      end_span (reader, tag);
      return;
    }
  }
}

static int
leave_span (MD_SPANTYPE type, void *detail, void *user_data)
{
  Reader *reader = user_data;
  const char *tag = get_tag (type);

  if (type == MD_SPAN_LATEXMATH || type == MD_SPAN_LATEXMATH_DISPLAY) {
    end_math (reader, type == MD_SPAN_LATEXMATH_DISPLAY);
  } else if (type == MD_SPAN_A) {
    end_link (reader);
  } else if (tag != NULL) {
    end_span (reader, tag);
  }
  return 0;
}

/* The few entities that texts have; others stay as they are written. */
static void
append_entity (Reader *reader, const char *text, gsize length)
{
  g_autofree char *name = g_strndup (text, length);
  gunichar number = 0;

  if (g_str_has_prefix (name, "&#x") || g_str_has_prefix (name, "&#X"))
    number = (gunichar) g_ascii_strtoull (name + 3, NULL, 16);
  else if (g_str_has_prefix (name, "&#"))
    number = (gunichar) g_ascii_strtoull (name + 2, NULL, 10);
  if (number >= ' ' && g_unichar_validate (number)) {
    char bytes[8] = { 0 };
    append_escaped (reader, bytes, (gsize) g_unichar_to_utf8 (number, bytes));
  } else if (g_str_equal (name, "&lt;") || g_str_equal (name, "&gt;") || g_str_equal (name, "&amp;")
             || g_str_equal (name, "&quot;")) {
    append (reader, name);
  } else if (g_str_equal (name, "&nbsp;")) {
    append (reader, "\302\240");
  } else {
    append_escaped (reader, name, length);
  }
}

static int
read_text (MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE length, void *user_data)
{
  Reader *reader = user_data;

  if (reader->math != NULL)
    g_string_append_len (reader->math, type == MD_TEXT_LATEXMATH ? text : " ",
                         type == MD_TEXT_LATEXMATH ? (gssize) length : 1);
  else if (reader->code != NULL)
    g_string_append_len (reader->text, text, (gssize) length);
  else if (type == MD_TEXT_BR)
    append (reader, "\n");
  else if (type == MD_TEXT_SOFTBR)
    append (reader, " ");
  else if (type == MD_TEXT_NULLCHAR)
    append (reader, "\357\277\275");
  else if (type == MD_TEXT_ENTITY)
    append_entity (reader, text, length);
  else
    append_escaped (reader, text, length);
  return 0;
}

GPtrArray *
hs_markdown_parse (const char *text)
{
  static const MD_PARSER parser = { .flags = FLAGS,
                                    .enter_block = enter_block,
                                    .leave_block = leave_block,
                                    .enter_span = enter_span,
                                    .leave_span = leave_span,
                                    .text = read_text };
  g_autofree char *made_valid = g_utf8_make_valid (text, -1);
  g_autofree char *valid = hs_math_unify (made_valid);
  Reader reader = { 0 };

  reader.open = g_ptr_array_new ();
  reader.blocks = g_ptr_array_new_with_free_func ((GDestroyNotify) hs_block_free);
  md_parse (valid, (MD_SIZE) strlen (valid), &parser, &reader);
  flush (&reader);
  g_ptr_array_unref (reader.open);
  g_free (reader.marker);
  return reader.blocks;
}
