/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The end of an engine's process before that of the program, whose files it may still have open. */

#pragma once

#include "app/service/remote.h"

G_BEGIN_DECLS

/* remote: (transfer full): what is under way fails. Turns the main loop until the process has
 * ended, two and a half seconds at the most. */
void app_farewell (AppRemote *remote);

G_END_DECLS
