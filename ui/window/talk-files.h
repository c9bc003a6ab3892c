/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Conversations to files and back, by way of a dialogue that chooses the file. */

#pragma once

#include "ui/window/window.h"

G_BEGIN_DECLS

/* ending: "md" or "json". */
void hs_talk_files_export (HsWindow *window, gint64 talk, const char *ending);
/* What either of them gave; the first conversation of it is then shown. */
void hs_talk_files_import (HsWindow *window);

G_END_DECLS
