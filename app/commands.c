/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/commands.h"

const AppCommand app_commands[] = {
  { NULL, NULL, NULL, NULL },
};
