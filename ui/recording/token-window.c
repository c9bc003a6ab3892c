/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/recording/token-window.h"

#include <glib/gi18n.h>

#include "app/base/json-write.h"
#include "ui/base/program.h"
#include "ui/base/stage.h"
#include "ui/base/trouble.h"

/* More than these are no longer looked at one by one. */
#define MAX_TOKENS 5000

#define HS_TYPE_TOKEN_WINDOW (hs_token_window_get_type ())
G_DECLARE_FINAL_TYPE (HsTokenWindow, hs_token_window, HS, TOKEN_WINDOW, AdwWindow)

struct _HsTokenWindow {
  AdwWindow parent_instance;
  AdwWindowTitle *title;
  GtkStack *stack;
  GtkLabel *stage;
  GtkTextView *text;
  AppRemoteCall *call;
};

G_DEFINE_FINAL_TYPE (HsTokenWindow, hs_token_window, ADW_TYPE_WINDOW)

static void
progress_cb (HsTokenWindow *self, const char *stage, double fraction, double seconds_left)
{
  g_autofree char *text = hs_stage_describe (stage, seconds_left);

  gtk_label_set_label (self->stage, text);
}

static void
create_tags (GtkTextBuffer *buffer)
{
  gtk_text_buffer_create_tag (buffer, "text-0", NULL);
  gtk_text_buffer_create_tag (buffer, "text-1", "background", "rgba(128,128,128,0.18)", NULL);
  gtk_text_buffer_create_tag (buffer, "audio", "background", "rgba(53,132,228,0.22)", "scale", 0.85,
                              NULL);
}

/* Neighbours of the same kind are told apart by their shade, and audio tokens by a space. */
static void
add_token (GtkTextBuffer *buffer, JsonObject *token, guint index)
{
  const char *printed = json_object_get_string_member_with_default (token, "token", "");
  gboolean is_audio =
      g_strcmp0 (json_object_get_string_member_with_default (token, "kind", ""), "audio") == 0;
  GtkTextIter end;

  gtk_text_buffer_get_end_iter (buffer, &end);
  gtk_text_buffer_insert_with_tags_by_name (
      buffer, &end, printed, -1, is_audio ? "audio" : (index % 2 == 0 ? "text-0" : "text-1"), NULL);
  if (is_audio)
    gtk_text_buffer_insert (buffer, &end, " ", 1);
}

static void
done_cb (HsTokenWindow *self, JsonNode *result)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->text);
  JsonObject *object = json_node_get_object (result);
  JsonArray *tokens = json_object_get_array_member (object, "tokens");
  guint n = tokens != NULL ? json_array_get_length (tokens) : 0;
  gint64 n_text = json_object_get_int_member_with_default (object, "text_ids", 0);
  gint64 n_all = json_object_get_int_member_with_default (object, "ids", 0);
  /* Translators: how many words the vocabulary has of each kind. */
  g_autofree char *subtitle = g_strdup_printf (_ ("%u tokens; vocabulary: %d text, %d audio"), n,
                                               (int) n_text, (int) (n_all - n_text));

  g_clear_object (&self->call);
  create_tags (buffer);
  for (guint i = 0; i < MIN (n, MAX_TOKENS); i++)
    add_token (buffer, json_array_get_object_element (tokens, i), i);
  adw_window_title_set_subtitle (self->title, subtitle);
  gtk_stack_set_visible_child_name (self->stack, "tokens");
}

static void
failed_cb (HsTokenWindow *self, const GError *error)
{
  g_autofree char *text = hs_trouble_describe (error, "\n");

  g_clear_object (&self->call);
  gtk_label_set_label (self->stage, text);
}

static void
hs_token_window_dispose (GObject *object)
{
  HsTokenWindow *self = HS_TOKEN_WINDOW (object);

  if (self->call != NULL)
    app_remote_call_cancel (self->call);
  g_clear_object (&self->call);
  G_OBJECT_CLASS (hs_token_window_parent_class)->dispose (object);
}

static void
hs_token_window_class_init (HsTokenWindowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = hs_token_window_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/hearsay_app/Hearsay/ui/token-window.ui");
  gtk_widget_class_bind_template_child (widget_class, HsTokenWindow, title);
  gtk_widget_class_bind_template_child (widget_class, HsTokenWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, HsTokenWindow, stage);
  gtk_widget_class_bind_template_child (widget_class, HsTokenWindow, text);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
hs_token_window_init (HsTokenWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
hs_token_window_show (GtkWindow *parent, const char *path)
{
  HsTokenWindow *self = g_object_new (HS_TYPE_TOKEN_WINDOW, "transient-for", parent, NULL);
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  app_json_add_path (builder, "file", path);
  json_builder_end_object (builder);
  self->call = app_remote_start (hs_program_get_remote (hs_program_get ()), "tokens",
                                 json_builder_get_root (builder));
  g_signal_connect_object (self->call, "progress", G_CALLBACK (progress_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "done", G_CALLBACK (done_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (self));
}
