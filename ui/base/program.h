/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What all of the window shares: the engine in its process, the conversations, the settings; and
 * what the desktop is told about long work.
 *
 * One for the process, the application's (see application.h). The store of conversations is opened
 * by another thread and is there when "store-ready" is emitted, or with hs_program_get_store() if
 * that has been. All in the main thread.
 */

#pragma once

#include <adwaita.h>

#include "app/service/remote.h"
#include "app/talks/conversations.h"

G_BEGIN_DECLS

#define HS_APPLICATION_ID "io.github.hearsay_app.Hearsay"

#define HS_TYPE_PROGRAM (hs_program_get_type ())
G_DECLARE_FINAL_TYPE (HsProgram, hs_program, HS, PROGRAM, GObject)

/* (transfer full): with the settings alone. From now on hs_program_get() gives it, as long as it
 * lives. */
HsProgram *hs_program_new (void);
/* Begins to open the rest. */
void hs_program_open (HsProgram *program);
/* Ends the engine and closes the rest. */
void hs_program_close (HsProgram *program);
/* (transfer none): the one that runs. */
HsProgram *hs_program_get (void);
/* All (transfer none), NULL after the closing; the store is NULL until it is open, too. */
AppRemote *hs_program_get_remote (HsProgram *program);
AppConversations *hs_program_get_store (HsProgram *program);
GSettings *hs_program_get_settings (HsProgram *program);
/* (nullable): what is wrong with the file of the store, since it was opened. */
const char *hs_program_get_notice (HsProgram *program);

/* Keeps the machine from falling asleep as long as the call lives, for the reason given, which the
 * desktop shows. */
void hs_program_keep_awake (AppRemoteCall *call, const char *reason);
/* Tells somebody who went to do something else, in another window. id: a later one with the same
 * replaces it. body may be NULL. */
void hs_program_notify (const char *id, const char *title, const char *body);

G_END_DECLS
