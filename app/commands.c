/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/commands.h"

const AppCommand app_commands[] = {
  { "transcribe", "FILE…", "Write down what is said in recordings", app_command_transcribe },
  { "models", "[list|install|verify|remove|add|default] [ID…]", "Install, check and remove models",
    app_command_models },
  { NULL, NULL, NULL, NULL },
};
