/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

/* Keeps what had the focus of any window alive until the main loop turns. GTK 4.8 looks at it again
   after a label that can be selected has taken the focus from it (gtk_label_grab_focus), when the
   window's own reference is gone: a message that was taken away while it had the focus is freed
   memory by then. */
void hs_focus_keep (void);
