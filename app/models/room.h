/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whether a model has room in memory, asked before it is loaded: a machine that swaps is as good as
 * dead to its user, and in a container the process is ended without a word.
 *
 *   if (!app_room_check (store, path, APP_TASK_CHAT, app_room_get_free (), &error)) return NULL;
 */

#pragma once

#include "app/models/model-store.h"

G_BEGIN_DECLS

/* Bytes that this process may still take: what is free without swapping, or less where a control
 * group has less left; swap counts in full, as being slow is no reason to refuse. */
guint64 app_room_get_free (void);
/* What the model at `path` needs: as the catalogue says, or else by its tensors; 0: cannot be told.
 * store may be NULL. */
guint64 app_room_get_need (AppModelStore *store, const char *path);
/* NN_ERROR_MEMORY if it needs more than free_bytes; the message says what of the same task would
 * fit. */
gboolean app_room_check (AppModelStore *store, const char *path, AppTask task, guint64 free_bytes,
                         GError **error);

G_END_DECLS
