/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/base/file-dialog.h"

#include <glib/gi18n.h>

/* After its own idle functions, which have this priority and came before. */
void
hs_file_dialog_let_go (GtkFileChooserNative *dialog)
{
  g_idle_add_once (g_object_unref, dialog);
}

void
hs_file_dialog_clear (GtkFileChooserNative **dialog)
{
  if (*dialog == NULL)
    return;
  gtk_native_dialog_hide (GTK_NATIVE_DIALOG (*dialog));
  hs_file_dialog_let_go (g_steal_pointer (dialog));
}

void
hs_file_dialog_show (GtkFileChooserNative *dialog, GCallback response, gpointer object)
{
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_object (dialog, "response", response, object, G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

GtkFileChooserNative *
hs_file_dialog_open_recordings (GtkWindow *window, GCallback response, gpointer object)
{
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (
      _ ("Open Recordings"), window, GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Open"), NULL);

  gtk_file_filter_set_name (filter, _ ("Recordings"));
  gtk_file_filter_add_mime_type (filter, "audio/*");
  gtk_file_filter_add_mime_type (filter, "application/ogg");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), filter);
  gtk_file_chooser_set_select_multiple (GTK_FILE_CHOOSER (dialog), TRUE);
  hs_file_dialog_show (dialog, response, object);
  return dialog;
}
