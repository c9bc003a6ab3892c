/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/text/code-block.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <gtksourceview/gtksource.h>

#include "ui/base/slices.h"

struct _HsCodeBlock {
  GtkBox parent_instance;
  GtkLabel *language;
  GtkButton *copy;
  GtkSourceView *view;
  char *name; /* of the language, as it was given */
  guint reset_id;
};

G_DEFINE_FINAL_TYPE (HsCodeBlock, hs_code_block, GTK_TYPE_BOX)

static GtkSourceBuffer *
get_buffer (HsCodeBlock *self)
{
  return GTK_SOURCE_BUFFER (gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->view)));
}

static void
follow_style (HsCodeBlock *self)
{
  gboolean is_dark = adw_style_manager_get_dark (adw_style_manager_get_default ());

  gtk_source_buffer_set_style_scheme (
      get_buffer (self),
      gtk_source_style_scheme_manager_get_scheme (gtk_source_style_scheme_manager_get_default (),
                                                  is_dark ? "Adwaita-dark" : "Adwaita"));
}

static gboolean
show_copy_again (gpointer user_data)
{
  HsCodeBlock *self = user_data;

  gtk_button_set_icon_name (self->copy, "edit-copy-symbolic");
  self->reset_id = 0;
  return G_SOURCE_REMOVE;
}

static void
copy_cb (HsCodeBlock *self)
{
  GtkTextBuffer *buffer = GTK_TEXT_BUFFER (get_buffer (self));
  g_autofree char *code = NULL;
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  code = gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), code);
  gtk_button_set_icon_name (self->copy, "object-select-symbolic");
  g_clear_handle_id (&self->reset_id, g_source_remove);
  self->reset_id = g_timeout_add_seconds (2, show_copy_again, self);
}

void
hs_code_block_set_code (HsCodeBlock *self, const char *code)
{
  gtk_text_buffer_set_text (GTK_TEXT_BUFFER (get_buffer (self)), code, -1);
}

/* The names that people write and that are not the identifiers of GtkSourceView. */
static GtkSourceLanguage *
find_language (const char *name)
{
  static const char *const others[][2] = {
    { "python", "python3" }, { "py", "python3" },    { "bash", "sh" },       { "shell", "sh" },
    { "console", "sh" },     { "javascript", "js" }, { "ts", "typescript" }, { "c++", "cpp" },
    { "c#", "c-sharp" },     { "rs", "rust" },       { "md", "markdown" },   { "yml", "yaml" },
  };
  g_autofree char *lower = g_ascii_strdown (name, -1);
  const char *id = lower;

  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    if (g_str_equal (lower, others[i][0]))
      id = others[i][1];
  return id[0] != '\0' ? gtk_source_language_manager_get_language (
             gtk_source_language_manager_get_default (), id)
                       : NULL;
}

static void
hs_code_block_dispose (GObject *object)
{
  HsCodeBlock *self = HS_CODE_BLOCK (object);

  hs_slices_drop (object);
  g_clear_handle_id (&self->reset_id, g_source_remove);
  G_OBJECT_CLASS (hs_code_block_parent_class)->dispose (object);
}

static void
hs_code_block_finalize (GObject *object)
{
  g_free (HS_CODE_BLOCK (object)->name);
  G_OBJECT_CLASS (hs_code_block_parent_class)->finalize (object);
}

static void
hs_code_block_class_init (HsCodeBlockClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = hs_code_block_dispose;
  G_OBJECT_CLASS (class)->finalize = hs_code_block_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/hearsay_app/Hearsay/ui/code-block.ui");
  gtk_widget_class_bind_template_child (widget_class, HsCodeBlock, language);
  gtk_widget_class_bind_template_child (widget_class, HsCodeBlock, copy);
  gtk_widget_class_bind_template_child (widget_class, HsCodeBlock, view);
  gtk_widget_class_bind_template_callback (widget_class, copy_cb);
}

static void
hs_code_block_init (HsCodeBlock *self)
{
  g_autoptr (GtkSourceBuffer) buffer = gtk_source_buffer_new (NULL);

  g_type_ensure (GTK_SOURCE_TYPE_VIEW);
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_text_view_set_buffer (GTK_TEXT_VIEW (self->view), GTK_TEXT_BUFFER (buffer));
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark",
                           G_CALLBACK (follow_style), self, G_CONNECT_SWAPPED);
  follow_style (self);
}

/* The first time, a language has to be read. */
static gboolean
color (gpointer object)
{
  HsCodeBlock *self = object;
  GtkSourceLanguage *known = find_language (self->name);

  if (known != NULL)
    gtk_label_set_label (self->language, gtk_source_language_get_name (known));
  gtk_source_buffer_set_language (get_buffer (self), known);
  return FALSE;
}

GtkWidget *
hs_code_block_new (const char *code, const char *language)
{
  HsCodeBlock *self = g_object_new (HS_TYPE_CODE_BLOCK, NULL);

  self->name = g_strdup (language);
  gtk_label_set_label (self->language, language[0] != '\0' ? language : _ ("Code"));
  hs_code_block_set_code (self, code);
  hs_slices_add (G_OBJECT (self), color);
  return GTK_WIDGET (self);
}

static gboolean
prepare_next (gpointer object)
{
  static int step;

  switch (step++) {
  case 0:
    gtk_source_init ();
    return TRUE;
  case 1:
    find_language ("python");
    return TRUE;
  case 2:
    gtk_source_style_scheme_manager_get_scheme_ids (gtk_source_style_scheme_manager_get_default ());
    return TRUE;
  case 3:
    g_object_unref (g_object_ref_sink (gtk_source_view_new ()));
    return TRUE;
  default:
    g_object_unref (g_object_ref_sink (hs_code_block_new ("", "")));
    return FALSE;
  }
}

void
hs_code_block_prepare (GObject *owner)
{
  hs_slices_add (owner, prepare_next);
}
