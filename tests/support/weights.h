/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Real weights for tests that need them: test-weights-NAME.c, which meson puts in the suite
 * "weights". They run without sanitizers only, and skip where the model is not installed.
 *
 *   g_autofree char *path = weights_find ("whisper-base");
 *   if (path == NULL)
 *     return;
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* (transfer full): the file of a model in the user's store; NULL, and the test is marked as skipped
 * with the reason, if it is not there. */
char *weights_find (const char *id);

G_END_DECLS
