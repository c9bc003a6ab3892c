/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/text/markdown-view.h"

#include "ui/base/slices.h"
#include "ui/base/text-direction.h"
#include "ui/text/code-block.h"
#include "ui/text/markdown.h"

#define INDENT 24
#define CELL_CHARS 32

struct _HsMarkdownView {
  GtkWidget parent_instance;
  GtkWidget *box;
  GPtrArray *shown;  /* of HsBlock, a child of the box for each */
  GPtrArray *wanted; /* of HsBlock, NULL for those that are shown already */
  guint n_done;      /* of the wanted */
};

G_DEFINE_FINAL_TYPE (HsMarkdownView, hs_markdown_view, GTK_TYPE_WIDGET)

static GtkWidget *
create_label (const char *markup)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_markup (GTK_LABEL (label), markup);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_set_hexpand (label, TRUE);
  return label;
}

static GtkWidget *
create_heading (const HsBlock *block)
{
  static const char *const classes[] = { "title-2", "title-3", "title-4", "heading" };
  GtkWidget *label = create_label (block->text);

  gtk_widget_add_css_class (label, classes[CLAMP (block->level - 1, 0, 3)]);
  return label;
}

static int
count_chars (GtkLabel *label)
{
  return (int) MIN (g_utf8_strlen (gtk_label_get_text (label), -1), CELL_CHARS);
}

static GtkWidget *
create_table (const HsBlock *block)
{
  GtkWidget *grid = gtk_grid_new ();
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  gtk_widget_add_css_class (grid, "table");
  gtk_widget_set_halign (grid, GTK_ALIGN_START);
  for (guint row = 0; row < block->rows->len; row++) {
    GStrv cells = g_ptr_array_index (block->rows, row);
    for (int column = 0; cells[column] != NULL; column++) {
      GtkWidget *label = create_label (cells[column]);
      /* A table is as high as it would be at its least width, so that is bounded from below. */
      gtk_label_set_width_chars (GTK_LABEL (label), count_chars (GTK_LABEL (label)));
      gtk_label_set_max_width_chars (GTK_LABEL (label), CELL_CHARS);
      /* Nothing to read, nothing to stop at. */
      gtk_label_set_selectable (GTK_LABEL (label), cells[column][0] != '\0');
      gtk_widget_set_valign (label, GTK_ALIGN_START);
      gtk_widget_add_css_class (label, row == 0 ? "head" : "cell");
      gtk_grid_attach (GTK_GRID (grid), label, column, (int) row, 1, 1);
    }
  }
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_AUTOMATIC,
                                  GTK_POLICY_NEVER);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), grid);
  return scrolled;
}

static GtkWidget *
create_content (const HsBlock *block)
{
  switch (block->kind) {
  case HS_BLOCK_HEADING:
    return create_heading (block);
  case HS_BLOCK_CODE:
    return hs_code_block_new (block->text, block->language);
  case HS_BLOCK_TABLE:
    return create_table (block);
  case HS_BLOCK_RULE:
    return gtk_separator_new (GTK_ORIENTATION_HORIZONTAL);
  default:
    return create_label (block->text);
  }
}

/* The content with what stands before it: the marker of a list, the bar of a quote. */
static GtkWidget *
create_row (const HsBlock *block, GtkWidget *content)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  if (block->indent > 0) {
    GtkWidget *marker = gtk_label_new (block->marker);
    gtk_widget_set_size_request (marker, INDENT - 6, -1);
    gtk_widget_set_margin_start (marker, (MIN (block->indent, 6) - 1) * INDENT);
    gtk_widget_set_valign (marker, GTK_ALIGN_START);
    gtk_label_set_xalign (GTK_LABEL (marker), 1);
    gtk_widget_add_css_class (marker, "dim-label");
    gtk_box_append (GTK_BOX (row), marker);
  }
  if (block->quote > 0)
    gtk_widget_add_css_class (row, "quote");
  gtk_widget_set_hexpand (content, TRUE);
  gtk_box_append (GTK_BOX (row), content);
  return row;
}

static GtkWidget *
create_block (const HsBlock *block)
{
  GtkWidget *content = create_content (block);
  GtkWidget *shown = block->indent > 0 || block->quote > 0 ? create_row (block, content) : content;

  hs_text_direct (shown);
  if (HS_IS_CODE_BLOCK (content))
    hs_text_set_direction (content, GTK_TEXT_DIR_LTR);
  return shown;
}

static GtkWidget *
nth_child (HsMarkdownView *self, guint n)
{
  GtkWidget *child = gtk_widget_get_first_child (self->box);

  for (guint i = 0; i < n && child != NULL; i++)
    child = gtk_widget_get_next_sibling (child);
  return child;
}

/* A code block that only grew takes its new text, so that it does not flicker. */
static gboolean
update_code (GtkWidget *child, const HsBlock *old, const HsBlock *new)
{
  if (!HS_IS_CODE_BLOCK (child) || old->kind != HS_BLOCK_CODE || new->kind != HS_BLOCK_CODE
      || g_strcmp0 (old->language, new->language) != 0)
    return FALSE;
  hs_code_block_set_code (HS_CODE_BLOCK (child), new->text);
  return TRUE;
}

/* The next block becomes a child, in the place of the old one that stands there. */
static gboolean
show_next (gpointer object)
{
  HsMarkdownView *self = object;
  guint i = self->n_done;
  GtkWidget *child;
  HsBlock *block;

  if (i >= self->wanted->len)
    return FALSE;
  child = nth_child (self, i);
  block = g_steal_pointer (&self->wanted->pdata[i]);
  self->n_done++;
  if (child == NULL) {
    gtk_box_append (GTK_BOX (self->box), create_block (block));
    g_ptr_array_add (self->shown, block);
  } else {
    if (!update_code (child, self->shown->pdata[i], block)) {
      gtk_box_insert_child_after (GTK_BOX (self->box), create_block (block), child);
      gtk_box_remove (GTK_BOX (self->box), child);
    }
    hs_block_free (self->shown->pdata[i]);
    self->shown->pdata[i] = block;
  }
  return self->n_done < self->wanted->len;
}

/* What takes longer than a slice is shown in the next ones. */
void
hs_markdown_view_set_text (HsMarkdownView *self, const char *text)
{
  gint64 end = g_get_monotonic_time () + HS_SLICE_US;
  gboolean is_more = TRUE;

  g_ptr_array_unref (self->wanted);
  self->wanted = hs_markdown_parse (text);
  for (self->n_done = 0; self->n_done < MIN (self->wanted->len, self->shown->len); self->n_done++)
    if (!hs_block_equal (self->wanted->pdata[self->n_done], self->shown->pdata[self->n_done]))
      break;
  while (self->shown->len > self->wanted->len) {
    gtk_box_remove (GTK_BOX (self->box), gtk_widget_get_last_child (self->box));
    g_ptr_array_set_size (self->shown, (int) self->shown->len - 1);
  }
  do
    is_more = show_next (self);
  while (is_more && g_get_monotonic_time () < end);
  if (is_more)
    hs_slices_add (G_OBJECT (self), show_next);
}

static void
hs_markdown_view_dispose (GObject *object)
{
  HsMarkdownView *self = HS_MARKDOWN_VIEW (object);

  hs_slices_drop (object);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (hs_markdown_view_parent_class)->dispose (object);
}

static void
hs_markdown_view_finalize (GObject *object)
{
  HsMarkdownView *self = HS_MARKDOWN_VIEW (object);

  g_ptr_array_unref (self->shown);
  g_ptr_array_unref (self->wanted);
  G_OBJECT_CLASS (hs_markdown_view_parent_class)->finalize (object);
}

static void
hs_markdown_view_class_init (HsMarkdownViewClass *class)
{
  G_OBJECT_CLASS (class)->dispose = hs_markdown_view_dispose;
  G_OBJECT_CLASS (class)->finalize = hs_markdown_view_finalize;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (class), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (class), "markdown");
}

static void
hs_markdown_view_init (HsMarkdownView *self)
{
  self->shown = g_ptr_array_new_with_free_func ((GDestroyNotify) hs_block_free);
  self->wanted = g_ptr_array_new ();
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

GtkWidget *
hs_markdown_view_new (void)
{
  return g_object_new (HS_TYPE_MARKDOWN_VIEW, NULL);
}
