/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the answers of one conversation keep to: instructions, temperature, length, thinking. */

#pragma once

#include "ui/window/window.h"

G_BEGIN_DECLS

void hs_instructions_show (HsWindow *window, gint64 talk);

G_END_DECLS
