/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Folders of conversations: a conversation is moved, a folder renamed or dissolved. A folder is
 * there as long as something is in it. */

#pragma once

#include "ui/window/window.h"

G_BEGIN_DECLS

/* win.move: the conversation that is shown; win.move-to "(xs)": one, into the folder, "" for none;
 * win.rename-folder and win.remove-folder "s". */
void hs_folders_install_actions (GtkWidgetClass *window_class);

G_END_DECLS
