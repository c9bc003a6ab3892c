/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/instructions.h"

#include <glib/gi18n.h>
#include <math.h>

#define HS_TYPE_INSTRUCTIONS (hs_instructions_get_type ())
G_DECLARE_FINAL_TYPE (HsInstructions, hs_instructions, HS, INSTRUCTIONS, GtkBox)

/* What stands in the dialogue. */
struct _HsInstructions {
  GtkBox parent_instance;
  GtkTextView *text;
  GtkSpinButton *temperature;
  GtkSpinButton *max_tokens;
  HsWindow *window; /* behind it, and alive as long as it is */
  gint64 talk;
};

G_DEFINE_FINAL_TYPE (HsInstructions, hs_instructions, GTK_TYPE_BOX)

static AppConversations *
get_store (void)
{
  return hs_application_get_store (hs_application_get ());
}

/* (transfer full) */
static char *
get_text (HsInstructions *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->text);
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  return g_strstrip (gtk_text_buffer_get_text (buffer, &start, &end, FALSE));
}

/* What is not shown here stays as it is. */
static void
response_cb (HsInstructions *self, const char *response)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AppTalk) talk = NULL;

  if (!g_str_equal (response, "save"))
    return;
  talk = app_conversations_get (get_store (), self->talk, &error);
  if (talk != NULL) {
    g_free (talk->settings.system);
    talk->settings.system = get_text (self);
    talk->settings.temperature = round (gtk_spin_button_get_value (self->temperature) * 100) / 100;
    talk->settings.max_tokens = gtk_spin_button_get_value_as_int (self->max_tokens);
    app_conversations_set_settings (get_store (), self->talk, &talk->settings, &error);
  }
  if (error != NULL)
    hs_window_tell (self->window, error->message);
}

static void
hs_instructions_class_init (HsInstructionsClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/hearsay_app/Hearsay/ui/instructions.ui");
  gtk_widget_class_bind_template_child (widget_class, HsInstructions, text);
  gtk_widget_class_bind_template_child (widget_class, HsInstructions, temperature);
  gtk_widget_class_bind_template_child (widget_class, HsInstructions, max_tokens);
}

static void
hs_instructions_init (HsInstructions *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
hs_instructions_show (HsWindow *window, gint64 talk)
{
  g_autoptr (AppTalk) state = app_conversations_get (get_store (), talk, NULL);
  HsInstructions *self;
  AdwMessageDialog *dialog;

  if (state == NULL)
    return;
  self = g_object_new (HS_TYPE_INSTRUCTIONS, NULL);
  self->window = window;
  self->talk = talk;
  if (state->settings.system != NULL)
    gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->text), state->settings.system, -1);
  gtk_spin_button_set_value (self->temperature, state->settings.temperature);
  gtk_spin_button_set_value (self->max_tokens, state->settings.max_tokens);
  dialog = ADW_MESSAGE_DIALOG (
      adw_message_dialog_new (GTK_WINDOW (window), _ ("Instructions"),
                              _ ("How this conversation is answered, from the next answer on")));
  adw_message_dialog_set_extra_child (dialog, GTK_WIDGET (self));
  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "save", _ ("_Save"), NULL);
  adw_message_dialog_set_default_response (dialog, "save");
  adw_message_dialog_set_response_appearance (dialog, "save", ADW_RESPONSE_SUGGESTED);
  g_signal_connect_object (dialog, "response", G_CALLBACK (response_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
  gtk_widget_grab_focus (GTK_WIDGET (self->text));
}
