/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What was heard, from the store of conversations and back into it: an hour of speech is megabytes
 * of JSON, which other threads read and write.
 *
 *   hs_hearing_read_async (recording->id, recording->path, cancellable, read_cb, self);
 */

#pragma once

#include <gio/gio.h>

#include "app/hearing.h"

G_BEGIN_DECLS

void hs_hearing_read_async (gint64 recording, const char *path, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data);
/* (transfer full) (nullable): NULL without an error: nothing is kept. */
AppHearing *hs_hearing_read_finish (GAsyncResult *result, GError **error);

/* Keeps what the engine heard; of the node a reference is taken. content may be NULL. */
void hs_hearing_keep_async (gint64 recording, const char *content, JsonNode *hearing,
                            GAsyncReadyCallback callback, gpointer user_data);
gboolean hs_hearing_keep_finish (GAsyncResult *result, GError **error);

/* Changes a Hearing, which is its own; in another thread. FALSE with an error: nothing is kept. */
typedef gboolean (*HsHearingChange) (AppHearing *hearing, gpointer data, GError **error);

/* Reads, changes and keeps it. data: (transfer full), freed with free_data. */
void hs_hearing_change_async (gint64 recording, const char *path, const char *content,
                              HsHearingChange change, gpointer data, GDestroyNotify free_data,
                              GAsyncReadyCallback callback, gpointer user_data);
/* (transfer full): the text that was kept before, for hs_hearing_put_back(); NULL with an error. */
char *hs_hearing_change_finish (GAsyncResult *result, GError **error);
gboolean hs_hearing_put_back (gint64 recording, const char *content, double seconds,
                              const char *text, GError **error);

G_END_DECLS
