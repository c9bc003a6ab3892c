/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The program with its one window, and what all of the window shares: the engine in its process,
 * the conversations, the settings, the answers that are being written.
 *
 * A second start hands its files to the first. The store of conversations is opened by another
 * thread and is there when "store-ready" is emitted, or with hs_application_get_store() if that has
 * been. All in the main thread.
 */

#pragma once

#include <adwaita.h>

#include "app/talks/conversations.h"
#include "app/service/remote.h"

G_BEGIN_DECLS

#define HS_APPLICATION_ID "io.github.hearsay_app.Hearsay"

#define HS_TYPE_APPLICATION (hs_application_get_type ())
G_DECLARE_FINAL_TYPE (HsApplication, hs_application, HS, APPLICATION, AdwApplication)

HsApplication *hs_application_new (void);
/* (transfer none): the one that runs. */
HsApplication *hs_application_get (void);
/* All (transfer none). The store is NULL until it is open. */
AppRemote *hs_application_get_remote (HsApplication *application);
AppConversations *hs_application_get_store (HsApplication *application);
/* (nullable): what is wrong with the file of the store, since it was opened. */
const char *hs_application_get_notice (HsApplication *application);
GSettings *hs_application_get_settings (HsApplication *application);

G_END_DECLS
