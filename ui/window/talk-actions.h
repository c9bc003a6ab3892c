/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What can be done to the conversation that is shown, but for its folder (folders.h). */

#pragma once

#include "ui/window/window.h"

G_BEGIN_DECLS

/* win.rename, win.pin, win.instructions, win.delete, win.import; win.export "s": "md" or "json". */
void hs_talk_actions_install (GtkWidgetClass *window_class);

G_END_DECLS
