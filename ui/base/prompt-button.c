/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/base/prompt-button.h"

struct _HsPromptButton {
  GtkButton parent_instance;
};

G_DEFINE_FINAL_TYPE (HsPromptButton, hs_prompt_button, GTK_TYPE_BUTTON)

static void
hs_prompt_button_activate (GtkButton *button)
{
  g_signal_emit_by_name (button, "clicked");
}

static void
hs_prompt_button_class_init (HsPromptButtonClass *class)
{
  GTK_BUTTON_CLASS (class)->activate = hs_prompt_button_activate;
}

static void
hs_prompt_button_init (HsPromptButton *self)
{
}
