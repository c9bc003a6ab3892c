/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A text in Markdown: labels, tables, code with colours. While a text streams only the blocks that
 * changed are made anew, so a selection in what stands above them stays.
 *
 *   hs_markdown_view_set_text (view, text);
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define HS_TYPE_MARKDOWN_VIEW (hs_markdown_view_get_type ())
G_DECLARE_FINAL_TYPE (HsMarkdownView, hs_markdown_view, HS, MARKDOWN_VIEW, GtkWidget)

GtkWidget *hs_markdown_view_new (void);
void hs_markdown_view_set_text (HsMarkdownView *view, const char *text);

G_END_DECLS
