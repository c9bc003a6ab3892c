/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Between the files of the command-line framework (cli.c, cli-output.c, cli-interrupt.c). */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Flushes stdout; FALSE, after saying so, if something that was printed did not arrive. */
gboolean app_cli_finish_output (void);
/* Sets the flag that app_cli_watch_interrupt() was given, if any. */
void app_cli_cancel (void);

G_END_DECLS
