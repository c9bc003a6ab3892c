/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The conversations in the search of the desktop's shell: org.gnome.Shell.SearchProvider2 on the
 * application's connection, "SearchProvider" below the application's path.
 *
 * A result is a conversation, its id in decimal. Calls that come before the conversations are open
 * wait until they are. Main thread.
 */

#pragma once

#include "ui/base/program.h"

G_BEGIN_DECLS

typedef struct _HsSearchProvider HsSearchProvider;

/* application_path: of the application's objects. The provider must not outlive the program. */
HsSearchProvider *hs_search_provider_new (HsProgram *program, GDBusConnection *connection,
                                          const char *application_path, GError **error);
void hs_search_provider_free (HsSearchProvider *provider);

G_END_DECLS
