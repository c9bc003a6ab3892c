/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How a test of widgets begins. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A folder for what the program keeps, settings in memory: before test_init_display(). (transfer
 * full): to be given to test_folder_remove(). */
char *test_make_home (const char *name);
/* g_test_init(), GTK and libadwaita. FALSE where there is no display, and says that the tests are
 * skipped. */
gboolean test_init_display (int *argc, char ***argv);

G_END_DECLS
