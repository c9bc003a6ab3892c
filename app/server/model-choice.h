/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Which model does a task for another program: never a file of its choosing. */

#pragma once

#include "app/models/model-store.h"

G_BEGIN_DECLS

/* (transfer full): the id of the model for a client who asks for `asked`, which may be NULL or a
 * name that clients have by heart for whatever does this. preferred: of chat, where nobody says; or
 * NULL. APP_HTTP_NO_MODEL; APP_ERROR_NOT_INSTALLED with the command that installs it. */
char *app_model_choice_find (AppModelStore *store, const char *preferred, AppTask task,
                             const char *asked, GError **error);

G_END_DECLS
