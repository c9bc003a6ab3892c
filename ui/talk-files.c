/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/talk-files.h"

#include <glib/gi18n.h>
#include <string.h>

/* Lives as long as its dialogue is open. */
typedef struct {
  HsWindow *window;
  gint64 talk;
  gboolean is_markdown;
} Choice;

static AppConversations *
get_store (void)
{
  return hs_application_get_store (hs_application_get ());
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsWindow) window = user_data;
  g_autoptr (GError) error = NULL;

  if (!g_file_replace_contents_finish (G_FILE (source), result, NULL, &error))
    hs_window_tell_error (window, error);
}

static void
write_to (const Choice *choice, GFile *file)
{
  g_autoptr (GError) error = NULL;
  char *text = choice->is_markdown
                   ? app_conversations_export_markdown (get_store (), choice->talk, &error)
                   : app_conversations_export_json (get_store (), choice->talk, &error);
  g_autoptr (GBytes) bytes = text != NULL ? g_bytes_new_take (text, strlen (text)) : NULL;

  if (bytes == NULL)
    hs_window_tell_error (choice->window, error);
  else
    g_file_replace_contents_bytes_async (file, bytes, NULL, FALSE, G_FILE_CREATE_NONE, NULL,
                                         written_cb, g_object_ref (choice->window));
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsWindow) window = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GArray) talks = NULL;
  gsize length;

  if (g_file_load_contents_finish (G_FILE (source), result, &text, &length, NULL, &error))
    talks = app_conversations_import (get_store (), text, (gssize) length, &error);
  if (talks == NULL)
    hs_window_tell_error (window, error);
  else if (talks->len > 0)
    gtk_widget_activate_action (GTK_WIDGET (window), "win.open-conversation", "x",
                                g_array_index (talks, gint64, 0));
}

static void
chosen_cb (GtkNativeDialog *dialog, int response, gpointer user_data)
{
  Choice *choice = user_data;
  g_autoptr (GFile) file = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  if (file != NULL && choice->talk != 0)
    write_to (choice, file);
  else if (file != NULL)
    g_file_load_contents_async (file, NULL, read_cb, g_object_ref (choice->window));
  g_object_unref (choice->window);
  g_free (choice);
  g_object_unref (dialog);
}

static void
choose (HsWindow *window, GtkFileChooserNative *dialog, gint64 talk, gboolean is_markdown)
{
  Choice *choice = g_new0 (Choice, 1);

  choice->window = g_object_ref (window);
  choice->talk = talk;
  choice->is_markdown = is_markdown;
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect (dialog, "response", G_CALLBACK (chosen_cb), choice);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

void
hs_talk_files_export (HsWindow *window, gint64 talk, const char *ending)
{
  g_autoptr (AppTalk) state = app_conversations_get (get_store (), talk, NULL);
  GtkFileChooserNative *dialog;
  g_autofree char *name = NULL;

  if (state == NULL)
    return;
  name = g_strdup_printf ("%s.%s", state->title, ending);
  g_strdelimit (name, "/", '-');
  dialog = gtk_file_chooser_native_new (_ ("Export Conversation"), GTK_WINDOW (window),
                                        GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Export"), NULL);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  choose (window, dialog, talk, g_str_equal (ending, "md"));
}

void
hs_talk_files_import (HsWindow *window)
{
  choose (window,
          gtk_file_chooser_native_new (_ ("Import Conversations"), GTK_WINDOW (window),
                                       GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Import"), NULL),
          0, FALSE);
}
