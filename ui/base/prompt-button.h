/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

/* A button that acts at once also by a key or from a screen reader: GtkButton shows itself pressed
   for 250 ms first, which is too long for what must fall silent within 200. */

#define HS_TYPE_PROMPT_BUTTON (hs_prompt_button_get_type ())
G_DECLARE_FINAL_TYPE (HsPromptButton, hs_prompt_button, HS, PROMPT_BUTTON, GtkButton)
