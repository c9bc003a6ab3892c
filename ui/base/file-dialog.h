/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

/* Gives up a dialog for files that has been answered, in a while; (transfer full). Where there is
   no portal the dialog is GTK's own; that of 4.8 shows its menu in an idle function which does not
   know that the dialog has gone meanwhile (file_list_show_popover_in_idle). */
void hs_file_dialog_let_go (GtkFileChooserNative *dialog);

/* The same of one that may be open still, or NULL. */
void hs_file_dialog_clear (GtkFileChooserNative **dialog);

/* Shows it, alone; response (object, int response) is called as long as the object lives. */
void hs_file_dialog_show (GtkFileChooserNative *dialog, GCallback response, gpointer object);

/* (transfer full): the same of one that asks for recordings, of which several may be chosen. */
GtkFileChooserNative *hs_file_dialog_open_recordings (GtkWindow *window, GCallback response,
                                                      gpointer object);
