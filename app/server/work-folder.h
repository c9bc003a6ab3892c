/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Files that live as long as a request: recordings that came, speech that goes. They stand in a
 * folder of the system's for temporary files that only the user may look into, each request's in
 * one of its own, and go with it. What servers have left that were killed is removed by the next
 * one: a folder that is in use is locked (flock). One thread at a time.
 *
 *   g_autoptr (AppWorkFolder) work = app_work_folder_new (&error);
 *   g_autofree char *folder = app_work_folder_open (work, &error);
 *   ...
 *   app_work_folder_close (work, folder);
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _AppWorkFolder AppWorkFolder;

/* APP_ERROR_DISK. */
AppWorkFolder *app_work_folder_new (GError **error);
/* With all that is in it. */
void app_work_folder_free (AppWorkFolder *work);
const char *app_work_folder_get_path (const AppWorkFolder *work);
/* (transfer full): a new, empty folder in it; APP_ERROR_DISK. */
char *app_work_folder_open (AppWorkFolder *work, GError **error);
/* Removes it, and its files. */
void app_work_folder_close (AppWorkFolder *work, const char *folder);
/* (transfer full): the last part of a name that came from elsewhere, as a file may be called here:
 * letters, digits, "-", "_" and ".", not at the beginning; `otherwise` where nothing is left. */
char *app_work_folder_make_name (const char *name, const char *otherwise);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppWorkFolder, app_work_folder_free)

G_END_DECLS
