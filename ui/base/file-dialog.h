/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

/* Gives up a dialog for files that has been answered, in a while; (transfer full). Where there is
   no portal the dialog is GTK's own; that of 4.8 shows its menu in an idle function which does not
   know that the dialog has gone meanwhile (file_list_show_popover_in_idle). */
void hs_file_dialog_let_go (GtkFileChooserNative *dialog);
