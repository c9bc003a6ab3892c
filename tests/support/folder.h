/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Folders that a test makes for itself. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The file or folder, with all that is in it; nothing if there is none. */
void test_folder_remove (const char *path);
/* The file `name` of a folder, in folders of its own where the name has some: "sys/cpu/max". */
void test_folder_put (const char *folder, const char *name, const char *text);

G_END_DECLS
