/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What was heard, from the store of conversations and back into it: an hour of speech is megabytes
 * of JSON, which other threads read and write.
 *
 *   hs_hearing_read_async (recording->id, recording->path, cancellable, read_cb, self);
 */

#pragma once

#include <gio/gio.h>

#include "app/hearing/hearing.h"

G_BEGIN_DECLS

void hs_hearing_read_async (gint64 recording, const char *path, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data);
/* (transfer full) (nullable): NULL without an error: nothing is kept. */
AppHearing *hs_hearing_read_finish (GAsyncResult *result, GError **error);

/* Keeps what the engine heard; of the node a reference is taken. content may be NULL. */
void hs_hearing_keep_async (gint64 recording, const char *content, JsonNode *hearing,
                            GAsyncReadyCallback callback, gpointer user_data);
gboolean hs_hearing_keep_finish (GAsyncResult *result, GError **error);

/* A voice gets a name, which is kept with the recording's content; that of another one joins the
 * two. */
void hs_hearing_rename_async (gint64 recording, const char *path, const char *content,
                              const char *speaker, const char *name, GAsyncReadyCallback callback,
                              gpointer user_data);
/* A segment says something else. content may be NULL. */
void hs_hearing_correct_async (gint64 recording, const char *path, const char *content,
                               guint segment, const char *text, GAsyncReadyCallback callback,
                               gpointer user_data);
/* Of both. (transfer full): the text that was kept before, for hs_hearing_put_back(); NULL with an
 * error. */
char *hs_hearing_change_finish (GAsyncResult *result, GError **error);
gboolean hs_hearing_put_back (gint64 recording, const char *content, double seconds,
                              const char *text, GError **error);

G_END_DECLS
