/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the model is given for a recording: text tokens and audio tokens, side by side. */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void hs_token_window_show (GtkWindow *parent, const char *path);

G_END_DECLS
