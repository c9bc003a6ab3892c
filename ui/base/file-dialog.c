/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/base/file-dialog.h"

/* After its own idle functions, which have this priority and came before. */
void
hs_file_dialog_let_go (GtkFileChooserNative *dialog)
{
  g_idle_add_once (g_object_unref, dialog);
}
