/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What was heard as a document for other programs. All forms hold the same segments; those but JSON
 * name the speaker before the words where voices are told apart. Pure functions.
 *
 *   g_autofree char *document = app_hearing_export (hearing, APP_FORMAT_SRT);
 */

#pragma once

#include "app/hearing/hearing.h"
#include "app/hearing/transcript-format.h"

G_BEGIN_DECLS

/* (transfer full): the whole document, ending in a newline. JSON is what docs/json.md has under
 * "listen", with the times of words. */
char *app_hearing_export (const AppHearing *hearing, AppFormat format);

G_END_DECLS
