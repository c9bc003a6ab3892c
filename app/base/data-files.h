/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Where the files that belong to the program are: the catalogue, the tools, the samples.
 *
 * From the build tree they are those of the source tree that it was built from; installed, those
 * of the tree that the program stands in, else those under the package's data folder.
 * $HEARSAY_SOURCE_ROOT, if set, comes before both. Any thread.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* (transfer full): the path of a file that exists, such as "data/models.json"; APP_ERROR_CATALOGUE,
 * with the name, if it is in none of the places. */
char *app_data_file_find (const char *name, GError **error);
/* (transfer full) (nullable): what is at a path relative to the folder of the program that runs. */
char *app_data_file_beside_program (const char *path);

G_END_DECLS
