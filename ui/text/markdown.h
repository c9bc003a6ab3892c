/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Markdown as a flat list of blocks, each of which becomes one widget.
 *
 * Nesting is kept as numbers (indent of lists, depth of quotes), so that a text which grows while
 * it streams can be compared block by block with what is shown. Text is Pango markup; what stands
 * in the source as markup of Pango or HTML is shown as it is. Links lead to http, https and mailto
 * only. Pure functions; any thread.
 *
 *   g_autoptr (GPtrArray) blocks = hs_markdown_parse (text);
 *
 * Source: CommonMark 0.30 by way of md4c, with tables, strikethrough, task lists and math
 * (math-text.h).
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  HS_BLOCK_TEXT,
  HS_BLOCK_HEADING,
  HS_BLOCK_CODE,
  HS_BLOCK_TABLE,
  HS_BLOCK_RULE
} HsBlockKind;

typedef struct {
  HsBlockKind kind;
  char *text;      /* markup; of code the code itself; NULL for tables and rules */
  char *marker;    /* what stands before a list's item: "•", "3."; NULL: none */
  char *language;  /* of code, "" if it is not said; else NULL */
  int level;       /* of a heading: 1..6 */
  int indent;      /* how many lists it stands in */
  int quote;       /* how many quotes it stands in */
  GPtrArray *rows; /* of a table: GStrv of markup, the first is the head; else NULL */
} HsBlock;

/* (transfer full): of HsBlock. */
GPtrArray *hs_markdown_parse (const char *text);
void hs_block_free (HsBlock *block);
gboolean hs_block_equal (const HsBlock *a, const HsBlock *b);

G_END_DECLS
