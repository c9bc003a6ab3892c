/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/window/talk-actions.h"

#include <glib/gi18n.h>

#include "ui/base/program.h"
#include "ui/window/instructions.h"
#include "ui/window/talk-files.h"

/* A conversation that was deleted can be brought back for so long. */
#define UNDO_S 10

static AppConversations *
get_store (void)
{
  return hs_program_get_store (hs_program_get ());
}

static void
pin_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsWindow *self = HS_WINDOW (widget);
  g_autoptr (AppTalk) talk = hs_window_get_talk (self);

  if (talk == NULL)
    return;
  app_conversations_pin (get_store (), talk->id, !talk->is_pinned, NULL);
  hs_window_update (self);
  hs_window_tell (self, talk->is_pinned ? _ ("Unpinned") : _ ("Pinned"));
}

static void
rename_cb (HsWindow *self, const char *response, AdwMessageDialog *dialog)
{
  GtkEditable *entry = GTK_EDITABLE (adw_message_dialog_get_extra_child (dialog));
  g_autofree char *title = g_strstrip (g_strdup (gtk_editable_get_text (entry)));
  g_autoptr (AppTalk) talk = hs_window_get_talk (self);
  g_autoptr (GError) error = NULL;

  if (!g_str_equal (response, "rename") || title[0] == '\0' || talk == NULL)
    return;
  if (!app_conversations_rename (get_store (), talk->id, title, &error))
    hs_window_tell_error (self, error);
  hs_window_update (self);
}

static void
rename_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsWindow *self = HS_WINDOW (widget);
  g_autoptr (AppTalk) talk = hs_window_get_talk (self);
  GtkWidget *dialog, *entry;

  if (talk == NULL)
    return;
  dialog = adw_message_dialog_new (GTK_WINDOW (self), _ ("Rename Conversation"), NULL);
  entry = gtk_entry_new ();
  gtk_editable_set_text (GTK_EDITABLE (entry), talk->title);
  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Title"), -1);
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), entry);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "rename",
                                    _ ("_Rename"), NULL);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "rename");
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "rename",
                                              ADW_RESPONSE_SUGGESTED);
  g_signal_connect_object (dialog, "response", G_CALLBACK (rename_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
instructions_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autoptr (AppTalk) talk = hs_window_get_talk (HS_WINDOW (widget));

  gtk_widget_activate_action (widget, "win.show-page", "s", "conversation");
  hs_instructions_show (HS_WINDOW (widget), talk != NULL ? talk->id : 0);
}

static void
undo_cb (HsWindow *self, AdwToast *toast)
{
  gint64 *talk = g_object_get_data (G_OBJECT (toast), "talk");

  app_conversations_restore (get_store (), *talk, NULL);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.open-conversation", "x", *talk);
}

static void
delete_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsWindow *self = HS_WINDOW (widget);
  g_autoptr (AppTalk) talk = hs_window_get_talk (self);
  g_autoptr (GError) error = NULL;
  AdwToast *toast;

  if (talk == NULL)
    return;
  gtk_widget_activate_action (widget, "win.stop", NULL);
  if (!app_conversations_delete (get_store (), talk->id, &error)) {
    hs_window_tell_error (self, error);
    return;
  }
  toast = adw_toast_new (_ ("Conversation deleted"));
  adw_toast_set_button_label (toast, _ ("_Undo"));
  adw_toast_set_timeout (toast, UNDO_S);
  g_object_set_data_full (G_OBJECT (toast), "talk", g_memdup2 (&talk->id, sizeof talk->id), g_free);
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (undo_cb), self, G_CONNECT_SWAPPED);
  hs_window_add_toast (self, toast);
  gtk_widget_activate_action (widget, "win.new-conversation", NULL);
}

static void
export_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autoptr (AppTalk) talk = hs_window_get_talk (HS_WINDOW (widget));

  if (talk != NULL)
    hs_talk_files_export (HS_WINDOW (widget), talk->id, g_variant_get_string (parameter, NULL));
}

static void
import_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  if (get_store () != NULL)
    hs_talk_files_import (HS_WINDOW (widget));
}

void
hs_talk_actions_install (GtkWidgetClass *window_class)
{
  gtk_widget_class_install_action (window_class, "win.pin", NULL, pin_action);
  gtk_widget_class_install_action (window_class, "win.rename", NULL, rename_action);
  gtk_widget_class_install_action (window_class, "win.instructions", NULL, instructions_action);
  gtk_widget_class_install_action (window_class, "win.delete", NULL, delete_action);
  gtk_widget_class_install_action (window_class, "win.export", "s", export_action);
  gtk_widget_class_install_action (window_class, "win.import", NULL, import_action);
}
